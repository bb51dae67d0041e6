"""All analyses over the bundled sample: findings that the gate would keep, from facts that can be recomputed."""

import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from market_research.analysis.base import Subject
from market_research.analysis.run import ANALYSES, as_of, findings_from_frame, run_analysis, used_facts
from market_research.writing.evidence import Evidence, Fact, Finding, Passage, facts_from_frame
from market_research.writing.gate import judge

INDUSTRIES = ("semiconductors", "retail", "streaming_cloud")


class Analysed:
    """One industry's findings with everything that they may cite."""

    def __init__(self, sample: Any) -> None:
        self.subject = Subject(sample.request, as_of(sample.documents, sample.facts))
        self.findings: dict[str, list[Finding]] = {}
        facts = {fact.fact_id: fact for fact in facts_from_frame(sample.facts)}
        self.derived: dict[str, Fact] = {}
        for name, analysis in ANALYSES.items():
            tables = {table: sample.tables[table] for table in analysis.inputs}
            findings, derived = run_analysis(analysis, tables, sample.facts, self.subject)
            self.findings[name] = findings_from_frame(findings)
            self.derived |= {fact.fact_id: fact for fact in facts_from_frame(derived)}
        columns = ("passage_id", "document_id", "text", "heading", "locator", "dated")
        names = {company.name: company.name for company in sample.request.companies}
        for company in sample.request.companies:
            names |= {alias: company.name for alias in company.aliases if len(alias) > 2}
        self.evidence = Evidence(
            sample.request.industry,
            facts | self.derived,
            {f.finding_id: f for found in self.findings.values() for f in found},
            {row[0]: Passage(*row) for row in sample.passages.select(columns).rows()},
            names,
        )


@pytest.fixture(scope="module", params=INDUSTRIES)
def analysed(request: pytest.FixtureRequest, sample: Callable[[str], Any]) -> Analysed:
    return Analysed(sample(request.param))


def test_every_sentence_of_every_finding_passes_the_gate(analysed: Analysed) -> None:
    refused = [
        (name, draft.text, verdict.reason)
        for name, findings in analysed.findings.items()
        for finding in findings
        for draft in (*finding.sentences, *finding.meaning)
        if not (verdict := judge(draft, analysed.evidence)).kept
    ]
    assert not refused


def test_every_analysis_says_something_or_names_the_gap(analysed: Analysed) -> None:
    silent = {name for name, findings in analysed.findings.items() if not findings}
    # The sample of companies has no offers.
    of_commerce = {name for name, analysis in ANALYSES.items() if analysis.commerce}
    assert of_commerce <= silent
    assert silent - of_commerce <= {"contradictions"}


def test_derived_facts_come_from_facts_that_exist(analysed: Analysed) -> None:
    for fact in analysed.derived.values():
        assert all(i in analysed.evidence.facts for i in fact.inputs), fact
        assert math.isfinite(fact.value), fact
        assert fact.method
        assert fact.method != "reported"


def test_shares_and_concentration_recomputed(analysed: Analysed) -> None:
    facts = analysed.evidence.facts
    recomputed = 0
    for fact in analysed.derived.values():
        inputs = [facts[i].value for i in fact.inputs]
        if fact.metric == "covered_revenue":
            expected = sum(inputs)
        elif fact.metric == "market_share":
            own = next(facts[i] for i in fact.inputs if facts[i].entity == fact.entity)
            expected = 100 * own.value / sum(inputs)
        elif fact.metric == "hhi":
            expected = sum((100 * value / sum(inputs)) ** 2 for value in inputs)
        elif fact.metric in ("cr2", "cr4"):
            largest = sorted(inputs, reverse=True)[: int(fact.metric[-1])]
            expected = 100 * sum(largest) / sum(inputs)
        elif fact.metric == "revenue_growth":
            expected = 100 * (inputs[0] / inputs[1] - 1)
        elif fact.method.startswith("100 * ((end / start)"):
            assert fact.period_start
            years = (fact.fiscal_year or 0) - fact.period_start.year
            expected = 100 * ((inputs[1] / inputs[0]) ** (1 / years) - 1)
        else:
            continue
        recomputed += 1
        assert fact.value == pytest.approx(expected, rel=1e-9), fact
    assert recomputed > 50


def test_the_same_tables_give_the_same_findings(sample: Callable[[str], Any], analysed: Analysed) -> None:
    again = Analysed(sample(analysed.subject.industry))
    assert again.findings == analysed.findings
    assert again.derived == analysed.derived


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_no_evidence_gives_gaps_and_no_error(sample: Callable[[str], Any], industry: str) -> None:
    full = sample(industry)
    subject = Subject(full.request, as_of(full.documents, full.facts))
    for name, analysis in ANALYSES.items():
        empty = {table: full.tables[table].clear() for table in analysis.inputs}
        findings, derived = run_analysis(analysis, empty, full.facts.clear(), subject)
        assert set(findings["kind"]) <= {"gap"}, name
        for locator in derived["locator"]:
            assert json.loads(locator) == []


def test_findings_come_back_from_their_rows(sample: Callable[[str], Any]) -> None:
    full = sample("retail")
    subject = Subject(full.request, as_of(full.documents, full.facts))
    analysis = ANALYSES["market"]
    tables = {table: full.tables[table] for table in analysis.inputs}
    frame, _ = run_analysis(analysis, tables, full.facts, subject)
    for finding, row in zip(findings_from_frame(frame), frame.to_dicts(), strict=True):
        assert finding.statement == row["statement"]
        assert list(finding.fact_ids) == row["fact_ids"]
        assert finding.confidence == row["confidence"]


def test_chosen_figures_come_first_among_the_used_facts(sample: Callable[[str], Any]) -> None:
    full = sample("retail")
    chosen = full.tables["annual_facts"]["fact_id"].to_list()
    assert [fact.fact_id for fact in used_facts(full.tables, full.facts)][: len(chosen)] == chosen


def test_the_date_of_the_evidence_is_not_the_clock() -> None:
    documents = pl.DataFrame({"published_at": []}, schema={"published_at": pl.Datetime("us", "UTC")})
    facts = pl.DataFrame({"period_end": []}, schema={"period_end": pl.Date()})
    assert as_of(documents, facts).year == 1970


def test_records_newer_than_what_was_published_are_the_newest_evidence() -> None:
    documents = pl.DataFrame({"published_at": [datetime(2025, 3, 1, tzinfo=UTC)]})
    facts = pl.DataFrame({"period_end": [date(2024, 12, 31)]})
    assert as_of(documents, facts, lambda: date(2025, 12, 31)) == date(2025, 12, 31)
    assert as_of(documents, facts, lambda: date(2025, 1, 31)) == date(2025, 3, 1)
    assert as_of(documents, facts, lambda: None) == date(2025, 3, 1)
