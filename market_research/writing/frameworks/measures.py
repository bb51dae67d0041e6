"""Measures behind the scores of the forces: each a value with its sentence, a score, and which way it went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import polars as pl

from market_research.analysis.base import confidence, say
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact
from market_research.writing.frameworks.rows import Direction, Row
from market_research.writing.material import Material

STALE_YEARS = 5
"""Figures of companies older than this say nothing about a force now."""


@dataclass(frozen=True)
class Scale:
    """How a value becomes a score: 1 and one more for each limit that it reaches, or 5 and one less for each."""

    label: str
    limits: tuple[float, float, float, float]
    rising: bool
    unit: str = ""

    def score(self, value: float) -> int:
        """1 to 5."""
        reached = sum(value >= limit for limit in self.limits)
        return 1 + reached if self.rising else 5 - reached

    def shown(self) -> str:
        """Its name and limits for readers: ``HHI (1,000, 1,800, 2,500, 4,000)``."""
        limits = ", ".join(f"{limit:,.0f}" for limit in self.limits)
        return f"{self.label} ({limits}{self.unit})"


@dataclass(frozen=True)
class Measure:
    """One reason for a score. ``pressure`` says which way it moved the force: 1 up, -1 down, 0 hardly.

    It is None for what is known at one date only.
    """

    item: str
    sentences: tuple[Draft, ...]
    facts: tuple[Fact, ...]
    score: int | None
    pressure: int | None
    confidence: float
    period: str

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(Row(self.item, sentence, self.confidence, self.period) for sentence in self.sentences)


def score_of(m: Material, force: str, measures: Sequence[Measure]) -> Fact | None:
    """The mean of the measures' scores, halves up, as a fact computed from theirs; None if none has one."""
    scored = [one for one in measures if one.score is not None]
    if not scored:
        return None
    mean = sum(one.score or 0 for one in scored) / len(scored)
    parts = " + ".join(f"{one.item} {one.score}" for one in scored)
    return m.book.derive(
        f"force_score_{force}", m.subject.name, numbers.round_half_up(mean, 0), "of 5",
        formula=f"mean({parts}), rounded", inputs=[fact.fact_id for one in scored for fact in one.facts],
        fiscal_year=m.year,
    )  # fmt: skip


def direction_of(measures: Iterable[Measure]) -> Direction:
    """Which way most measures that are known at two dates moved the force."""
    votes = [one.pressure for one in measures if one.pressure is not None]
    if not votes:
        return "unknown"
    total = sum(votes)
    return "rising" if total > 0 else "falling" if total < 0 else "steady"


def sign(change: float, hardly: float) -> int:
    """1 or -1 for a change; 0 if it is hardly one."""
    return 0 if abs(change) < hardly else 1 if change > 0 else -1


def ratio(m: Material, measure: str, company: str, year: int) -> Fact | None:
    """A ratio of the book, or ``cost_share``: what is left of the revenue without the gross margin."""
    if measure != "cost_share":
        return m.book.get(measure, company, year) or _from_cost(m, measure, company, year)
    margin = ratio(m, "gross_margin", company, year)
    if margin is None:
        return None
    return m.book.derive(
        measure, company, 100 - margin.value, "percent", formula="100 - gross margin", inputs=[margin.fact_id],
        fiscal_year=year,
    )  # fmt: skip


def _from_cost(m: Material, measure: str, company: str, year: int) -> Fact | None:
    """The gross margin of a company that reports the cost of its revenue and no gross profit."""
    revenue, cost = m.book.get("revenue", company, year), m.book.get("cost_of_revenue", company, year)
    if measure != "gross_margin" or revenue is None or cost is None or revenue.value <= 0 or revenue.unit != cost.unit:
        return None
    return m.book.derive(
        measure, company, 100 * (revenue.value - cost.value) / revenue.value, "percent",
        formula="100 * (revenue - cost of revenue) / revenue", inputs=[revenue.fact_id, cost.fact_id], fiscal_year=year,
    )  # fmt: skip


def newest_ratios(m: Material, measure: str) -> list[Fact]:
    """Each company's newest value of a ratio that is not stale, largest first."""
    found = []
    for company, newest in _newest_years(m).items():
        years = range(newest, max(newest - 2, m.subject.as_of.year - STALE_YEARS), -1)
        fact = next((f for year in years if (f := ratio(m, measure, company, year))), None)
        found += [fact] if fact else []
    return sorted(found, key=lambda fact: (-fact.value, fact.entity))


def _newest_years(m: Material) -> dict[str, int]:
    revenue = m.tables["annual_facts"].filter(pl.col("metric") == "revenue")
    newest = revenue.group_by("entity").agg(pl.col("fiscal_year").max()).sort("entity")
    return {company: int(year) for company, year in newest.select("entity", "fiscal_year").rows()}


def middle(m: Material, measure: str, name: str, scale: Scale, *, pressure: int, hardly: float = 0.5) -> Measure | None:
    """The median of the companies' newest values of a ratio, and how it moved in a year for the same companies.

    ``pressure`` is 1 if a rising ratio raises the force, -1 if it lowers it; under ``hardly`` points it is steady.
    """
    facts = newest_ratios(m, measure)
    if not facts:
        return None
    newest = max(fact.fiscal_year or 0 for fact in facts)
    years = sorted({fact.fiscal_year for fact in facts if fact.fiscal_year})
    when = f"fiscal {years[0]}" if len(years) == 1 else f"fiscal {years[0]} to fiscal {years[-1]}"
    sure = confidence(primary=True, companies=len(facts), year=newest, as_of=m.subject.as_of)
    before = [f for fact in facts if (f := ratio(m, measure, fact.entity, (fact.fiscal_year or 0) - 1))]
    paired = len(before) == len(facts)
    if len(facts) == 1:
        one = facts[0]
        shown = [one]
        sentences = [
            say(
                f"{name} of {one.entity}, the only company that reports it, was {numbers.percent(one.value)} of "
                f"revenue in fiscal {one.fiscal_year}"
                + (f", after {numbers.percent(before[0].value)} a year earlier." if before else "."),
                one, *before,
            )
        ]  # fmt: skip
        value, change = one.value, one.value - before[0].value if before else None
    else:
        fact = _median(m, measure, facts, newest)
        shown = [fact]
        counted = m.book.derive(
            f"companies_with_{measure}", m.subject.name, len(facts), "count", formula=f"count({measure})",
            inputs=[f.fact_id for f in facts], fiscal_year=newest,
        )  # fmt: skip
        earlier = _median(m, measure, before, newest - 1) if paired else None
        after = f", after {numbers.percent(earlier.value)} a year earlier" if earlier else ""
        sentences = [
            say(
                f"{name} of {numbers.count(len(facts))} companies had a median of {numbers.percent(fact.value)} of "
                f"revenue in {when}{after}, from {numbers.percent(facts[-1].value)} at {facts[-1].entity} to "
                f"{numbers.percent(facts[0].value)} at {facts[0].entity}.",
                fact, counted, earlier, facts[0], facts[-1],
            )
        ]  # fmt: skip
        value, change = fact.value, fact.value - earlier.value if earlier else None
    moved = None if change is None else pressure * sign(change, hardly)
    return Measure(
        name, tuple(sentences), tuple(shown), scale.score(value), moved, sure, when,
    )  # fmt: skip


def _median(m: Material, measure: str, facts: Sequence[Fact], year: int) -> Fact:
    return m.book.derive(
        f"newest_median_{measure}", m.subject.name, median(fact.value for fact in facts), "percent",
        formula=f"median(newest {measure} of {len(facts)} companies)", inputs=[fact.fact_id for fact in facts],
        fiscal_year=year,
    )  # fmt: skip
