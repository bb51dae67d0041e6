"""Findings state what was missing, what was done about it, and which sources may be out of date."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.analysis import data_quality
from market_research.analysis.base import Notebook, Subject
from market_research.cleaning.schema import DOCUMENTS, QUARANTINE
from market_research.industries import ResearchRequest
from market_research.writing.evidence import Evidence, FactBook
from market_research.writing.gate import judge
from market_research.writing.material import Material
from market_research.writing.offline.closing import limits
from market_research.writing.outline import Paragraph, Table

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
        "Fresh answers that The Gdelt did not give when it was last asked, on 2024-12-23: 2; what it gave earlier is "
        "used, received by 2024-12-23."
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


DAYS = st.dates(date(2000, 1, 1), date(2024, 12, 31))
SOURCE_STATES = st.dictionaries(
    st.sampled_from(["edgar", "feeds", "gdelt", "wikipedia"]),
    st.tuples(st.sampled_from(["fresh", "behind", "unanswered"]), st.integers(1, 40), st.integers(0, 900), DAYS),
    max_size=4,
)


@settings(max_examples=150)
@given(
    counts=st.lists(st.tuples(MEASURES, st.integers(1, 10**6)), max_size=6, unique_by=lambda row: row[0]),
    states=SOURCE_STATES,
)
def test_property_48_every_issue_of_quality_is_warned_of_in_findings_and_limits(
    counts: list[tuple[str, int]], states: dict[str, tuple[str, int, int, date]]
) -> None:
    sources = [
        source(name, state, asked=unanswered + 3, unanswered=unanswered, day=day, behind=behind)
        for name, (state, unanswered, behind, day) in states.items()
    ]
    notebook = found(counts, sources)
    stale = {name: state for name, (state, *_) in states.items() if state != "fresh"}
    assert {f.subject for f in notebook.findings} == {m for m, _ in counts} | {f"stale {name}" for name in stale}
    warned = " ".join(_limits(notebook, dict(counts).get("quarantined", 0)))
    for finding in notebook.findings:
        assert judge(finding.sentences[0], evidence(notebook)).kept, finding.statement
        if finding.subject == "quarantined":
            assert "Records that could not be accepted" in warned
        else:
            assert finding.statement in warned
        name = str(finding.subject).removeprefix("stale ")
        if name in stale:
            assert f"The {name.title()}" in finding.statement
            assert states[name][3].isoformat() in finding.statement
    if not notebook.findings:
        assert warned == ""


def _limits(notebook: Notebook, quarantined: int) -> Iterator[str]:
    """The sentences of the report's page of limits for these findings and so many records set aside."""
    row = {"uri": "a.csv", "locator": "row 2", "reason": "The text is not a number."}
    tables = {
        "annual_facts": pl.DataFrame(schema={"entity": pl.String, "metric": pl.String, "unit": pl.String,
                                             "fiscal_year": pl.Int32, "value": pl.Float64}),
        "market_size": pl.DataFrame(schema={"fiscal_year": pl.Int32, "is_reference": pl.Boolean}),
        "company_financials": pl.DataFrame(schema={"company": pl.String}),
        "quarantine": QUARANTINE.frame([row] * min(quarantined, 20)),
    }  # fmt: skip
    material = Material(
        notebook.subject, tables, notebook.book, tuple(notebook.findings), DOCUMENTS.frame(), lambda *_: []
    )
    for block in limits(material).blocks:
        if isinstance(block, Paragraph):
            yield from (draft.text for draft in block.sentences)
        elif isinstance(block, Table):
            yield block.title.text
