"""Findings state what was missing, what was done about it, and which sources may be out of date."""

from datetime import date
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from market_research.analysis import data_quality
from market_research.analysis.base import Notebook, Subject
from market_research.industries import ResearchRequest
from market_research.writing.evidence import Evidence, FactBook
from market_research.writing.gate import judge

COUNTS = {"industry": pl.String, "measure": pl.String, "detail": pl.String, "count": pl.Int64, "documents": pl.Int64}
SOURCES = {
    "source": pl.String, "title": pl.String, "documents": pl.Int64, "received_on": pl.Date,
    "state": pl.String, "asked": pl.Int64, "unanswered": pl.Int64, "asked_on": pl.Date, "answered_on": pl.Date,
    "days_behind": pl.Int64, "allowed_hours": pl.Float64,
}  # fmt: skip
LANGUAGES = ["de", "fr", "ja", "zh", "pt"]
MEASURES = st.sampled_from(sorted(data_quality.SENTENCES))


def found(
    counts: list[tuple[str, int]], sources: list[dict[str, Any]] | None = None, details: list[str] | None = None
) -> Notebook:
    names = details or [LANGUAGES[n % 5] for n in range(len(counts))]
    quality = pl.DataFrame(
        [("chips", measure, detail, count, 1) for (measure, count), detail in zip(counts, names, strict=True)],
        schema=COUNTS,
        orient="row",
    )
    request = ResearchRequest(industry="chips", definition="Makers of chips.", title="Chips")
    notebook = Notebook(Subject(request, date(2025, 1, 1)), "data_quality", FactBook("chips"))
    tables = {"data_quality": quality, "source_freshness": pl.DataFrame(sources or [], schema=SOURCES)}
    data_quality.analyse(tables, notebook)
    return notebook


def source(name: str, state: str, *, asked: int = 5, unanswered: int = 2, day: date, behind: int = 9) -> dict[str, Any]:
    return {
        "source": name, "title": f"The {name.title()}", "documents": 4, "state": state, "asked": asked,
        "received_on": day, "unanswered": unanswered,
        "asked_on": day, "answered_on": day, "days_behind": behind, "allowed_hours": 48.0,
    }  # fmt: skip


def evidence(notebook: Notebook) -> Evidence:
    return Evidence("chips", notebook.book.facts, {f.finding_id: f for f in notebook.findings}, {}, {})


def test_nothing_missing_is_no_finding() -> None:
    assert found([], [source("gdelt", "fresh", day=date(2024, 1, 2))]).findings == []


def test_languages_are_named_most_first() -> None:
    counts = [("foreign", 3), ("foreign", 12), ("foreign", 1), ("foreign", 1)]
    (finding,) = found(counts, details=["fr", "de", "ja", "nl"]).findings
    assert finding.statement.startswith("17 passages are not in English (German, French, Japanese and others);")


def test_a_source_behind_is_told_with_its_last_answer() -> None:
    (finding,) = found([], [source("gdelt", "behind", day=date(2024, 12, 23))]).findings
    assert finding.statement == (
        "The Gdelt last gave a fresh answer on 2024-12-23, 9 days before the newest evidence; at most 48 hours are "
        "meant to pass."
    )
    assert (finding.subject, finding.value, finding.unit) == ("stale gdelt", 9.0, "days")


def test_a_source_that_did_not_answer_is_told_with_the_date_of_what_is_used() -> None:
    (finding,) = found([], [source("gdelt", "unanswered", day=date(2024, 12, 23))]).findings
    assert finding.statement == (
        "The Gdelt left 2 of 5 questions without a fresh answer when it was last asked, on 2024-12-23; what it gave "
        "earlier is used, received by 2024-12-23."
    )


@given(st.lists(st.tuples(MEASURES, st.integers(1, 10**6)), max_size=8))
def test_property_47_what_is_missing_is_stated_in_numbers_that_the_gate_keeps(counts: list[tuple[str, int]]) -> None:
    notebook = found(counts)
    totals: dict[str, int] = {}
    for measure, count in counts:
        totals[measure] = totals.get(measure, 0) + count
    assert {f.subject: f.value for f in notebook.findings} == totals
    for finding in notebook.findings:
        assert finding.kind == "data_quality"
        assert judge(finding.sentences[0], evidence(notebook)).kept
