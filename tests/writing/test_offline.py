"""The offline writer over the bundled sample: what it may write, and how often it may say it."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest

from market_research.analysis.base import Subject
from market_research.analysis.run import ANALYSES, as_of, findings_from_frame, run_analysis, used_facts
from market_research.cleaning.schema import QUARANTINE
from market_research.writing import actions, quotes
from market_research.writing.evidence import Draft, Evidence, FactBook, Passage, facts_from_frame
from market_research.writing.gate import judge
from market_research.writing.material import Material
from market_research.writing.offline import summary
from market_research.writing.offline.writer import write
from market_research.writing.outline import (
    Actions,
    Bullets,
    Figure,
    Gap,
    KeyFindings,
    Outline,
    Paragraph,
    Quote,
    Section,
    Table,
)
from resources.editions import MARTS

INDUSTRIES = ("semiconductors", "retail", "streaming_cloud")


def material(sample: Any, companies: int | None = None) -> tuple[Material, Evidence]:
    """Findings and evidence of a sample industry; ``companies`` keeps only the first so many of the marts."""
    subject = Subject(sample.request, as_of(sample.documents, sample.facts))
    tables = dict(sample.tables)
    if companies is not None:
        kept = sorted(tables["company_ratios"].filter(pl.col("measure") == "operating_margin")["company"].unique())
        for name, frame in tables.items():
            column = "company" if "company" in frame.columns else "entity"
            if name in ("annual_facts", "company_ratios", "segment_results", "quarterly_results"):
                tables[name] = frame.filter(pl.col(column).is_in(kept[:companies]))
            elif name in ("market_size", "market_share", "market_concentration", "company_growth"):
                tables[name] = frame.clear()
    book = FactBook(subject.industry)
    for fact in used_facts(tables, sample.facts):
        book.add(fact)
    findings = []
    for analysis in ANALYSES.values():
        frame, derived = run_analysis(analysis, {name: tables[name] for name in analysis.inputs}, sample.facts, subject)
        for fact in facts_from_frame(derived):
            book.add(fact)
        findings += findings_from_frame(frame)
    # A writer is given no more tables than the press gives it.
    shown = {name: tables[name] for name in MARTS} | {
        "quarantine": QUARANTINE.frame([]),
        "fact_counts": pl.DataFrame({"reported": [sample.facts.height], "passages": [sample.passages.height]}),
    }
    columns = ("passage_id", "document_id", "text", "heading", "locator", "dated")
    passages = {row[0]: Passage(*row) for row in sample.passages.select(columns).rows()}

    def search(query: str, limit: int) -> list[Passage]:
        words = set(query.lower().replace(",", " ").split())
        hits = {key: len(words & set(p.text.lower().split())) for key, p in passages.items()}
        return [passages[key] for key in sorted(hits, key=lambda key: (-hits[key], key))[:limit]]

    names = {company.name: company.name for company in sample.request.companies}
    for company in sample.request.companies:
        names |= {alias: company.name for alias in company.aliases if len(alias) > 2}
    found = Material(subject, shown, book, tuple(findings), sample.documents, search)
    evidence = Evidence(subject.industry, book.facts, {f.finding_id: f for f in findings}, passages, names)
    return found, evidence


def drafts(section: Section) -> Iterator[Draft]:
    """Every sentence of a section."""
    for block in section.blocks:
        if isinstance(block, Paragraph):
            yield from block.sentences
        elif isinstance(block, KeyFindings):
            for key in block.items:
                yield from (key.headline, *key.meaning)
        elif isinstance(block, Bullets):
            for bullet in block.items:
                yield from bullet.sentences
        elif isinstance(block, Quote | Gap):
            yield block.sentence
        elif isinstance(block, Table | Figure):
            yield block.title
        elif isinstance(block, Actions):
            for action in block.items:
                yield from (d for d in (action.what, action.measure, action.effect, action.risk) if d)


@pytest.fixture(scope="module", params=[(i, n) for i in INDUSTRIES for n in (None, 1, 2)], ids=str)
def written(request: pytest.FixtureRequest, sample: Callable[[str], Any]) -> tuple[Material, Evidence, Outline]:
    industry, companies = request.param
    found, evidence = material(sample(industry), companies)
    return found, evidence, write(found)


def test_the_gate_keeps_every_sentence(written: tuple[Material, Evidence, Outline]) -> None:
    _, evidence, outline = written
    refused = [
        (draft.text, verdict.reason)
        for section in outline.sections
        for draft in drafts(section)
        if not (verdict := judge(draft, evidence)).kept
    ]
    assert not refused


def test_no_sentence_stands_in_two_sections_of_the_body(written: tuple[Material, Evidence, Outline]) -> None:
    *_, outline = written
    counted = Counter(
        text
        for section in outline.sections
        if section.key != "executive_summary"
        for text in {draft.text for draft in drafts(section)}
    )
    assert not [text for text, times in counted.items() if times > 1]


def test_few_quotations_that_stand_alone(written: tuple[Material, Evidence, Outline]) -> None:
    *_, outline = written
    quoted = [b.sentence.text.strip("“”") for s in outline.sections for b in s.blocks if isinstance(b, Quote)]
    assert len(quoted) <= quotes.LIMIT
    assert len(set(quoted)) == len(quoted)
    assert not [text for text in quoted if quotes.LEANING.search(text) or quotes.POINTER.search(text)]


def test_the_summary_has_themes_and_consequences(written: tuple[Material, Evidence, Outline]) -> None:
    found, _, outline = written
    chosen = summary.chosen(found)
    assert len(chosen) <= summary.KEY_FINDINGS
    keys = [b for s in outline.sections for b in s.blocks if isinstance(b, KeyFindings)]
    assert all(any(char.isdigit() for char in item.headline.text) for block in keys for item in block.items)
    assert sum(summary._is_old(found, f) for f in chosen) <= summary.OLD_FINDINGS


def test_the_same_material_gives_the_same_report(sample: Callable[[str], Any]) -> None:
    first, second = (write(material(sample("retail"))[0]) for _ in range(2))
    assert first == second


def test_actions_name_a_role_and_differ(written: tuple[Material, Evidence, Outline]) -> None:
    found, *_ = written
    made = actions.recommend(found)
    assert len(made) <= actions.LIMIT
    assert len({action.what.text for action in made}) == len(made)


def test_an_old_comparison_is_said_at_once(sample: Callable[[str], Any]) -> None:
    found, _ = material(sample("retail"))
    first = summary.summary(found).blocks[0]
    assert isinstance(first, Paragraph)
    assert "fiscal 2018" in first.sentences[0].text
    assert "seven years before the newest evidence" in first.sentences[0].text


def test_a_finding_weighs_half_for_every_two_years_of_age(sample: Callable[[str], Any]) -> None:
    found, _ = material(sample("retail"))
    growth, results = found.one("market_growth"), found.one("recent_results")
    assert growth is not None
    assert results is not None
    assert found.freshness(results) == 1
    # Fiscal 2018 beside evidence of 2025, of which fiscal 2024 would be fresh: six years, three halvings.
    assert found.freshness(growth) == pytest.approx(0.125)
    assert found.weight(growth) == pytest.approx((growth.stake_usd or 0) * growth.confidence / 100 * 0.125, rel=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "These rules could raise our costs by a tenth in the coming year.",
        "In addition, we invested $3 billion in new factories in the year.",
        "The company plans to open 40 stores in the next fiscal year alone.",
        "For more of this see Note 12 in the financial statements of the year.",
        "Too short a sentence, 5 words.",
    ],
)
def test_sentences_that_lean_on_others_are_not_quoted(text: str) -> None:
    assert quotes.sentences(text) == []


def test_substance_is_preferred_to_what_every_filing_says() -> None:
    figure = "Acme invested $3 billion in factories because demand for chips grew by a third."
    caution = "Demand for chips may change and could adversely affect our business and our results."
    passage = Passage("pass_a", "doc_a", f"{caution} {figure}", heading="Business")
    best = quotes.best_sentence(passage, "demand for chips", ("Acme",))
    assert best is not None
    assert best[1] == figure
    assert quotes.substance(figure, ("Acme",)) > 0.2 > 0 > quotes.substance(caution)
