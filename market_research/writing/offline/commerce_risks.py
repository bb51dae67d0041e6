"""Risks of commerce with their severity: by limits that stand below the table, or as the analysis of stock gave it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from market_research.analysis.base import say
from market_research.analysis.commerce_demand import risk_facts, severity
from market_research.analysis.offers import SEVERITIES, Severity, table
from market_research.writing import numbers
from market_research.writing.evidence import Fact, Finding
from market_research.writing.exhibits.commerce import offers_of
from market_research.writing.material import Material
from market_research.writing.outline import Cell, Table

MOST = 12
COMPLAINTS = 2
# From these sizes on a risk is medium, high and critical; below the first it is low.
ABOVE_MEDIAN = (7.5, 15.0, 30.0)
RIVAL_CUT = (10.0, 20.0, 30.0)
BAD_SCORE = (0.0, 0.25, 0.5)
COMPLAINED = (3.0, 8.0, 20.0)


STOCK = ". Of stock, severity is how soon it runs out against the time that an order takes."


@dataclass(frozen=True)
class Risk:
    """What may go wrong with which offer, how severe that is, and the figure that shows it."""

    what: str
    about: str
    severity: Severity
    measure: Fact
    when: Fact | None = None


def graded(size: float, limits: Sequence[float]) -> Severity:
    """The severity of a size: how many of the three limits it has reached."""
    return SEVERITIES[sum(size >= limit for limit in limits)]


def risks(m: Material) -> list[Risk]:
    """All risks, the most severe first, of equal ones those with most at stake."""
    found = [*_stock(m), *_prices(m), *_mood(m)]
    found.sort(key=lambda risk: (-SEVERITIES.index(risk.severity), risk.what, risk.about, risk.measure.fact_id))
    return found


def _stock(m: Material) -> Iterator[Risk]:
    frame, offers = table(m.tables, "inventory_risks"), offers_of(m)
    for row in frame.to_dicts() if frame.height else ():
        made = risk_facts(offers, row)
        if made is None or "on_hand" not in made[1]:
            continue
        offer, facts = made
        what = "Too much stock" if row["kind"] == "overstock" else "Stock runs out"
        yield Risk(what, offer.name, severity(row["severity"]), facts["on_hand"], facts.get("date"))


def _prices(m: Material) -> Iterator[Risk]:
    for finding in m.of("price_gap"):
        gap = _of(m, finding, "price_gap")
        if gap is not None and gap.value > 0:
            yield Risk("Dearer than equivalents", finding.subject or "", graded(gap.value, ABOVE_MEDIAN), gap)
    for finding in m.of("price_alert"):
        change = _of(m, finding, "price_change")
        if change is not None and change.value < 0:
            yield Risk("A rival cut its price", finding.subject or "", graded(-change.value, RIVAL_CUT), change, change)


def _mood(m: Material) -> Iterator[Risk]:
    for finding in m.of("product_sentiment"):
        score = _of(m, finding, "sentiment")
        if score is not None and score.value < 0:
            yield Risk("Buyers are unhappy", finding.subject or "", graded(-score.value, BAD_SCORE), score)
    complaints = sorted(m.of("complaint"), key=lambda f: (-(f.value or 0), f.subject or ""))
    for finding in complaints[:COMPLAINTS]:
        part = _of(m, finding, "complaint_part")
        if part is not None:
            yield Risk("Buyers complain", f"in the words: {finding.subject}", graded(part.value, COMPLAINED), part)


def _of(m: Material, finding: Finding, metric: str) -> Fact | None:
    facts = (m.book.facts[i] for i in finding.fact_ids)
    return next((fact for fact in facts if fact.metric == metric), None)


def _day(fact: Fact | None) -> Cell:
    return Cell(fact.period_end.isoformat(), fact) if fact and fact.period_end else Cell("–")


MEASURES = {
    "on_hand": "pieces in stock", "price_gap": "above the median", "price_change": "change of price",
    "sentiment": "score of the reviews", "complaint_part": "of all reviews",
}  # fmt: skip


def risk_table(m: Material) -> Table | None:
    """The most severe risks, each with its severity."""
    found = risks(m)[:MOST]
    if not found:
        return None
    rows = tuple(
        (
            Cell(risk.severity, strong=True), Cell(risk.what), Cell(risk.about), Cell(fact=risk.measure),
            Cell(MEASURES[risk.measure.metric]),
            _day(risk.when),
        )
        for risk in found
    )  # fmt: skip
    facts = [fact for risk in found for fact in (risk.measure, risk.when) if fact]
    return Table(
        "commerce-risks",
        say("Risks by severity: low, medium, high or critical.", facts),
        (("Severity", "left"), ("Risk", "left"), ("Of", "left"), ("Size", "right"), ("Measure", "left"),
         ("Day", "left")),
        rows,
        "Medium, high and critical begin at these sizes: " + "; ".join(
            (
                f"price above the median: {_limits(ABOVE_MEDIAN)} percent",
                f"cut of a rival: {_limits(RIVAL_CUT)} percent",
                f"score: {_limits(tuple(-limit for limit in BAD_SCORE))}",
                f"complaints: {_limits(COMPLAINED)} percent of the reviews",
            )
        ) + (STOCK if any(risk.measure.metric == "on_hand" for risk in found) else "."),
    )  # fmt: skip


def _limits(limits: Sequence[float]) -> str:
    return ", ".join(f"{numbers.round_half_up(limit, 2):g}" for limit in limits)
