"""What to do about prices, buyers and stock: rules that make actions from findings, ranked by impact and urgency."""

from collections.abc import Iterator

import polars as pl

from market_research.analysis.base import say
from market_research.analysis.offers import plural, table
from market_research.writing import numbers
from market_research.writing.evidence import Fact, Finding
from market_research.writing.material import Material
from market_research.writing.offline.action_parts import cited, from_finding
from market_research.writing.outline import Action, Level

LIMIT = 6
PER_RULE = 2
RANK = {"high": 3, "medium": 2, "low": 1}
DEEP_CUT = 15.0
"""Percent from which a rival's cut is urgent."""


def recommend(m: Material) -> list[Action]:
    """Up to six actions, the largest product of impact and urgency first, of equal ones the surer first."""
    made = [action for rule in RULES for action in rule(m)]
    return ranked(made)[:LIMIT]


def ranked(actions: list[Action]) -> list[Action]:
    return sorted(
        actions, key=lambda a: (-RANK[a.impact] * RANK[a.urgency], -a.confidence, a.who, a.what.text)
    )  # fmt: skip


def impact(m: Material, stake: float | None) -> Level:
    """High from 1 % of a year's revenue of the own offers, medium from 0.2 %: one offer is a small part of many."""
    total = m.book.get("sales_value", m.subject.name)
    if stake is None or total is None or total.value <= 0:
        return "low"
    part = stake / (total.value * 365 / 90)
    return "high" if part >= 0.01 else "medium" if part >= 0.002 else "low"


def reprice(m: Material) -> Iterator[Action]:
    """Prices that the offer's own sales speak for."""
    for finding in m.of("price_recommendation")[:PER_RULE]:
        asked, price = cited(m, finding, "recommended_price"), cited(m, finding, "price")
        revenue, kept = cited(m, finding, "expected_revenue_change"), cited(m, finding, "expected_contribution_change")
        low, high = cited(m, finding, "price_elasticity_low"), cited(m, finding, "price_elasticity_high")
        pieces = _expected_pieces(m, asked)
        if not (asked and price and revenue and kept and low and high and pieces):
            continue
        more = "more" if pieces.value >= 0 else "less"
        yield Action(
            who="Pricing",
            what=from_finding(finding, say(
                f"Set the price of {finding.subject} to {numbers.price(asked.value, asked.unit)}, from "
                f"{numbers.price(price.value, price.unit)}.", asked, price,
            )),
            by_when="With the next change of prices",
            measure=say(
                f"Pieces sold a day move by no more than expected, {numbers.percent(abs(pieces.value))} {more}.", pieces
            ),
            effect=say(
                f"What is left after the cost of the goods is expected to change by {numbers.percent(kept.value)}, "
                f"revenue by {numbers.percent(revenue.value)}.", kept, revenue,
            ),
            risk=say(
                f"The elasticity may be anything from {low.value:.1f} to {high.value:.1f}, and rivals may answer.",
                low, high,
            ),
            impact=impact(m, finding.stake_usd),
            urgency="medium",
            confidence=finding.confidence,
        )  # fmt: skip


def _expected_pieces(m: Material, asked: Fact | None) -> Fact | None:
    return next(
        (
            fact for fact in m.book.facts.values()
            if asked and fact.metric == "expected_quantity_change" and fact.dimensions == asked.dimensions
        ),
        None,
    )  # fmt: skip


def restock(m: Material) -> Iterator[Action]:
    """Orders that keep stock from running out."""
    for finding in m.of("inventory_risk"):
        order, stock, day = (
            cited(m, finding, "order_quantity"),
            cited(m, finding, "on_hand"),
            cited(m, finding, "stock_out_day"),
        )
        if not (order and order.period_end and stock and order.value > 0):
            continue
        severity = _severity(m, stock)
        soon = (order.period_end - m.subject.as_of).days <= 7 or severity in ("high", "critical")
        there = f"today {plural(stock.value, 'piece')} {'is' if stock.value == 1 else 'are'} there"
        if not stock.value:
            there, day = "today none is there", None
        elif day and day.period_end:
            lasts = "is" if stock.value == 1 else "are"
            there += f" and {lasts} forecast to last until {numbers.day(day.period_end)}"
        yield Action(
            who="Purchasing",
            what=from_finding(finding, say(
                f"Order {numbers.count(order.value)} pieces of {finding.subject} by {numbers.day(order.period_end)}.",
                order,
            )),
            by_when=numbers.day(order.period_end),
            measure=say(
                f"Stock of {finding.subject} stays above zero; {there}.", stock, day,
            ),
            effect=None,
            risk=say("A forecast is no sale: what does not sell stays in stock.", order),
            impact=_of_stock(impact(m, finding.stake_usd), severity),
            urgency="high" if soon else "medium",
            confidence=finding.confidence,
        )  # fmt: skip


def _of_stock(level: Level, severity: str | None) -> Level:
    """What is critical is not of low impact: the stake counts only what is missed before an order of today comes."""
    return "medium" if level == "low" and severity == "critical" else level


def _severity(m: Material, stock: Fact) -> str | None:
    """The severity of the risk of an offer's stock."""
    frame, product = table(m.tables, "inventory_risks"), stock.dimensions.partition("=")[2]
    rows = frame.filter(pl.col("product_id") == product)["severity"].to_list() if frame.height else []
    return next(iter(rows), None)


def answer_rival(m: Material) -> Iterator[Action]:
    """Cuts of rivals on what one sells oneself."""
    for finding in m.of("price_alert")[:PER_RULE]:
        change, new = cited(m, finding, "price_change"), _new_price(m, finding)
        gap = cited(m, finding, "price_gap")
        if not (change and change.value < 0 and new and gap and gap.value > 0):
            continue
        yield Action(
            who="Category management",
            what=from_finding(finding, say(
                f"Decide whether to follow the rival's cut of {numbers.percent(-change.value)} on {finding.subject}, "
                "or to stand by the own price.", change,
            )),
            by_when="Within a week",
            measure=say(
                f"The own price, {numbers.percent(gap.value)} above the rival's, and pieces sold are watched daily.",
                gap,
            ),
            effect=None,
            risk=say(f"The cut to {numbers.price(new.value, new.unit)} may be a short promotion.", new),
            impact=impact(m, finding.stake_usd),
            urgency="high" if change.value <= -DEEP_CUT else "medium",
            confidence=finding.confidence,
        )  # fmt: skip


def _new_price(m: Material, finding: Finding) -> Fact | None:
    change = cited(m, finding, "price_change")
    return m.book.facts.get(change.inputs[0]) if change and change.inputs else None


def mend(m: Material) -> Iterator[Action]:
    """What most reviews complain of."""
    for finding in sorted(m.of("complaint"), key=lambda f: (-(f.value or 0), f.subject or ""))[:1]:
        part, many = cited(m, finding, "complaint_part"), cited(m, finding, "complaint_reviews")
        if not (part and many):
            continue
        yield Action(
            who="Product and quality",
            what=from_finding(finding, say(
                f"Find the cause behind {numbers.count(many.value)} reviews that complain{_how(finding)}", many,
                passages=finding.passage_ids,
            )),
            by_when="Within the quarter",
            measure=say(f"The complaint becomes rarer than in {numbers.percent(part.value)} of the reviews.", part),
            effect=None,
            risk=say(f"Words are counted, not causes: read the reviews behind the {numbers.percent(part.value)} first.",
                     part),
            impact="high" if part.value >= 10 else "medium" if part.value >= 3 else "low",
            urgency="medium",
            confidence=finding.confidence,
        )  # fmt: skip


def _how(finding: Finding) -> str:
    """How the finding says in which words: from its own sentence."""
    _, inside, words = finding.statement.partition(" in ")
    return f" in {words}" if inside else "."


def improve(m: Material) -> Iterator[Action]:
    """The offer that buyers like least."""
    for finding in sorted(m.of("product_sentiment"), key=lambda f: (f.value or 0, f.finding_id))[:1]:
        score, many = cited(m, finding, "sentiment"), cited(m, finding, "reviews")
        high = cited(m, finding, "sentiment_high")
        if not (score and many and high) or score.value >= 0:
            continue
        blamed = cited(m, finding, "aspect_sentiment")
        aspect = f", the {blamed.dimensions.partition('=')[2]} first" if blamed else ""
        yield Action(
            who="Product and quality",
            what=from_finding(finding, say(f"Improve {finding.subject}{aspect}, or take it out of the range.",
                                           score, blamed)),
            by_when="With the next purchase of goods",
            measure=say(f"Its score, {numbers.score(score.value)} now, turns positive.", score),
            effect=None,
            risk=say(f"It rests on {numbers.count(many.value)} reviews; the interval ends at "
                     f"{numbers.score(high.value)}.", many, high),
            impact="medium",
            urgency="medium" if score.value <= -0.25 else "low",
            confidence=finding.confidence,
        )  # fmt: skip


RULES = (reprice, restock, answer_rival, mend, improve)
