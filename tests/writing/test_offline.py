"""The offline writer over the bundled sample: what it may write, and how often it may say it."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from market_research.writing import actions, quotes
from market_research.writing.evidence import Draft, Evidence, Passage
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
from tests.writing.materials import material

INDUSTRIES = ("semiconductors", "retail", "streaming_cloud")


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
