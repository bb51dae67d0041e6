"""Findings state what was missing and what was done about it."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from market_research.analysis import data_quality
from market_research.analysis.base import Notebook, Subject
from market_research.industries import ResearchRequest
from market_research.writing.evidence import Evidence, FactBook
from market_research.writing.gate import judge


def found(counts: list[tuple[str, int]]) -> Notebook:
    table = pl.DataFrame(
        [("chips", measure, f"d{n}", count, 1) for n, (measure, count) in enumerate(counts)],
        schema=["industry", "measure", "detail", "count", "documents"],
        schema_overrides={"count": pl.Int64},
        orient="row",
    )
    request = ResearchRequest(industry="chips", definition="Makers of chips.", title="Chips")
    notebook = Notebook(Subject(request, date(2025, 1, 1)), "data_quality", FactBook("chips"))
    data_quality.analyse({"data_quality": table}, notebook)
    return notebook


def test_nothing_missing_is_no_finding() -> None:
    assert found([]).findings == []


@given(st.lists(st.tuples(st.sampled_from(sorted(data_quality.SENTENCES)), st.integers(1, 10**6)), max_size=8))
def test_property_47_what_is_missing_is_stated_in_numbers_that_the_gate_keeps(counts: list[tuple[str, int]]) -> None:
    notebook = found(counts)
    totals: dict[str, int] = {}
    for measure, count in counts:
        totals[measure] = totals.get(measure, 0) + count
    assert {f.subject: f.value for f in notebook.findings} == totals
    evidence = Evidence("chips", notebook.book.facts, {f.finding_id: f for f in notebook.findings}, {}, {})
    for finding in notebook.findings:
        assert finding.kind == "data_quality"
        assert judge(finding.sentences[0], evidence).kept
