"""Frameworks by rules over the bundled sample: every row is measured or dated, passes the gate, and comes again."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from market_research.writing import gate
from market_research.writing.evidence import Evidence
from market_research.writing.exhibits import frameworks as exhibits
from market_research.writing.frameworks import forces, rules
from market_research.writing.frameworks.measures import Measure, Scale, direction_of
from market_research.writing.frameworks.rows import COMPONENTS, Component, find, frame, judged
from market_research.writing.material import Material
from market_research.writing.outline import Framework
from tests.writing.materials import material

INDUSTRIES = ("semiconductors", "retail", "streaming_cloud")
Made = tuple[Material, Evidence, tuple[Component, ...]]


@pytest.fixture(scope="module", params=INDUSTRIES)
def made(request: pytest.FixtureRequest, sample: Callable[[str], Any]) -> Made:
    m, evidence = material(sample(request.param))
    return m, evidence, m.frameworks


def test_every_row_and_every_gap_passes_the_gate(made: Made) -> None:
    _, evidence, components = made
    drafts = [row.sentence for one in components for row in one.rows] + [one.gap for one in components]
    assert not [(d.text, v.reason) for d in drafts if not (v := gate.judge(d, evidence)).kept]


def test_every_row_has_a_figure_or_a_dated_passage_behind_it(made: Made) -> None:
    *_, components = made
    rows = [row for one in components for row in one.rows]
    assert rows
    assert all(any(c.isdigit() for c in row.sentence.text) or row.sentence.passage_ids for row in rows)
    assert all(row.period for row in rows)
    assert all(0 <= row.confidence <= 100 for row in rows)


def test_all_components_are_there_and_those_without_evidence_say_so(made: Made) -> None:
    m, _, components = made
    for framework, names in COMPONENTS.items():
        subjects = {one.subject for one in components if one.framework == framework}
        for subject in subjects:
            assert [o.name for o in components if (o.framework, o.subject) == (framework, subject)] == [*names]
    rows = frame(components, m.subject.industry, "ed_0123456789abcdef")
    gaps = rows.filter(pl.col("kind") == "gap")
    assert gaps.height == sum(not one.rows for one in components)
    assert gaps["text"].str.contains("no evidence|No filing|No measure|sources mention").all()
    assert rows["item_id"].n_unique() == rows.height


def test_a_score_is_the_mean_of_its_measures_and_traces_to_them(made: Made) -> None:
    m, _, components = made
    scored = [one for one in components if one.score]
    assert scored
    for one in scored:
        assert one.score is not None
        assert one.score.value in range(1, 6)
        assert one.score.inputs
        assert set(one.score.inputs) <= set(m.book.facts)
        assert one.score.method.startswith("mean(")
    for one in components:
        if one.framework == "five_forces" and one.score is None:
            assert one.direction == "unknown"


def test_the_same_material_gives_the_same_rows(sample: Callable[[str], Any]) -> None:
    first, second = (material(sample("retail"))[0].frameworks for _ in range(2))
    assert first == second


def test_a_company_without_a_filing_says_so(sample: Callable[[str], Any]) -> None:
    m, _ = material(sample("retail"))
    costco = find(m.frameworks, "swot", "threats", "Costco")
    assert costco is not None
    assert not costco.rows
    assert costco.gap.text.startswith("No filing of Costco was received")


def test_the_loser_of_share_has_it_as_a_weakness_and_the_winner_as_a_strength(sample: Callable[[str], Any]) -> None:
    m, _ = material(sample("retail"))
    lost, won = find(m.frameworks, "swot", "weaknesses", "Walmart"), find(m.frameworks, "swot", "strengths", "Amazon")
    assert lost is not None
    assert won is not None
    assert "gave up 7.6 percentage points of share" in " ".join(row.sentence.text for row in lost.rows)
    assert "won 8.8 percentage points of share" in " ".join(row.sentence.text for row in won.rows)
    rival = find(m.frameworks, "swot", "threats", "Walmart")
    assert rival is not None
    assert "Amazon won 8.8 percentage points" in rival.rows[0].sentence.text


def test_the_report_shows_at_most_three_companies_that_enough_is_known_of(made: Made) -> None:
    m, _, components = made
    companies = rules.shown(components)
    assert 1 <= len(companies) <= rules.SHOWN
    for company in companies:
        own = [one for one in components if one.framework == "swot" and one.subject == company]
        assert sum(bool(one.rows) for one in own) >= rules.LEAST_FILLED
    blocks = [block for block in exhibits.swot(m) if isinstance(block, Framework)]
    assert len(blocks) == len(companies)


def test_a_row_that_the_gate_refuses_is_left_out_and_noted(sample: Callable[[str], Any]) -> None:
    from dataclasses import replace

    m, evidence = material(sample("retail"))
    good = next(one for one in m.frameworks if one.rows and one.framework == "swot")
    row = good.rows[0]
    lie = replace(row, sentence=replace(row.sentence, text=row.sentence.text.replace(".", ".9", 1)))
    checked = judged(replace(good, rows=(lie, *good.rows[1:])), evidence)
    assert checked.rows == good.rows[1:]
    assert checked.refused[0].sentence is lie.sentence
    assert checked.refused[0].reason


@pytest.mark.parametrize(
    ("rising", "value", "score"),
    [(True, 0, 1), (True, 10, 4), (True, 99, 5), (False, 0, 5), (False, 5, 3), (False, 99, 1)],
)
def test_a_scale_counts_the_limits_that_a_value_reaches(rising: bool, value: float, score: int) -> None:
    assert Scale("", (2, 5, 10, 20), rising=rising).score(value) == score


def test_a_direction_needs_measures_at_two_dates() -> None:
    def measure(pressure: int | None) -> Measure:
        return Measure("", (), (), 3, pressure, 50, "")

    assert direction_of([measure(None)]) == "unknown"
    assert direction_of([measure(1), measure(1), measure(-1)]) == "rising"
    assert direction_of([measure(-1), measure(None)]) == "falling"
    assert direction_of([measure(1), measure(-1)]) == "steady"


@pytest.mark.parametrize(
    ("sentence", "share"),
    [
        ("Three direct customers accounted for 12%, 11% and 11% of revenue in the year.", 12.0),
        ("Our largest customer represented approximately 24.5% of net sales in fiscal 2024.", 24.5),
        ("No customer accounted for more than 10% of our revenue in any of the years.", 9.9),
        ("Two customers accounted for 17% and 16% of accounts receivable and revenue.", None),
        ("Sales to customers outside the United States were 53% of revenue.", None),
        ("Customers paid more.", None),
    ],
)
def test_the_largest_customer_is_read_from_a_statement(sentence: str, share: float | None) -> None:
    assert forces.customer_share(sentence) == share
