"""Which price to ask: from elasticity where an offer's history shows it, else from its place among its equivalents."""

import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from market_research.commerce.pricing.rounding import rounded
from market_research.commerce.terms import CommerceTerms

ELASTICITY, POSITION = "elasticity", "position"
NEAR_PCT = 3.0
"""A price so near the equivalents' median, or a change so small, is left alone."""
LARGEST_MARKUP = 4.0
"""Where demand hardly answers to the price, the best one in theory has no bound: none is raised above this many times
the cost."""
RECOMMENDATIONS = {
    "product_id": pl.String(), "method": pl.String(), "price": pl.Float64(), "recommended_price": pl.Float64(),
    "change_pct": pl.Float64(), "cost": pl.Float64(), "margin_pct": pl.Float64(), "new_margin_pct": pl.Float64(),
    "elasticity": pl.Float64(), "elasticity_lower": pl.Float64(), "elasticity_upper": pl.Float64(),
    "quantity_effect_pct": pl.Float64(), "revenue_effect_pct": pl.Float64(), "profit_effect_pct": pl.Float64(),
    "confidence": pl.Float64(), "reasons": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """What is known of an offer of one's own; amounts in the currency of the request."""

    product_id: str
    price: float
    cost: float | None = None
    elasticity: float | None = None
    lower: float | None = None
    upper: float | None = None
    median: float | None = None
    equivalents: int = 0
    position_confidence: float = 0.0


@dataclass(frozen=True)
class Limits:
    """Within which a recommended price must lie."""

    least: float
    most: float
    why: str


def recommendations(offers: pl.DataFrame, terms: CommerceTerms) -> pl.DataFrame:
    """A price for every offer whose history or equivalents say something, as rows of ``RECOMMENDATIONS``.

    Args:
        offers: product_id, price, cost, elasticity, lower, upper, median, equivalents, position_confidence; null where
            unknown.
    """
    rows = []
    for values in offers.select(*Offer.__dataclass_fields__).iter_rows(named=True):
        known: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
        if found := recommend(Offer(**known), terms):
            rows.append(found)
    return pl.DataFrame(rows, schema=RECOMMENDATIONS)


def recommend(offer: Offer, terms: CommerceTerms) -> dict[str, Any] | None:
    """The recommended price of one offer; None where nothing speaks for another one, or no allowed price is left."""
    aim = _by_elasticity(offer) or _by_position(offer)
    if aim is None:
        return None
    method, price, reasons, confidence = aim
    limits = _limits(offer, terms)
    if limits.least > limits.most:
        return None
    kept = min(max(price, limits.least), limits.most)
    if kept != price:
        reasons.append(f"kept at {kept:,.2f} by {limits.why}")
        confidence -= 10
    made = rounded(kept, terms.rounding, least=limits.least, most=limits.most)
    if made is None or abs(made / offer.price - 1) * 100 < NEAR_PCT:
        return None
    if offer.cost is None:
        reasons.append("its cost is not known, so no margin was kept")
        confidence -= 15
    if method == ELASTICITY and made > offer.price and (dearer := _above(offer)) >= NEAR_PCT:
        # Its own buyers have borne the price so far; that they go on to is less sure the further it leaves the others.
        reasons.append(f"it is {dearer:.1f} % above the median of {offer.equivalents} equivalent offers already")
        confidence -= 15
    ratio = made / offer.price
    quantity = None if offer.elasticity is None else ratio**offer.elasticity
    profit = _profit_effect(offer, made, quantity)
    if method == POSITION and profit is not None and profit < 0:
        # However unsure the offer's own history is, it speaks against the price of others.
        return None
    if offer.upper is None or offer.upper >= 0:
        # An interval that holds zero tells of no effect: neither how large it is nor which way it goes.
        quantity = profit = None
    return {
        "product_id": offer.product_id,
        "method": method,
        "price": offer.price,
        "recommended_price": made,
        "change_pct": 100 * (ratio - 1),
        "cost": offer.cost,
        "margin_pct": _margin(offer.price, offer.cost),
        "new_margin_pct": _margin(made, offer.cost),
        "elasticity": offer.elasticity,
        "elasticity_lower": offer.lower,
        "elasticity_upper": offer.upper,
        "quantity_effect_pct": None if quantity is None else 100 * (quantity - 1),
        "revenue_effect_pct": None if quantity is None else 100 * (quantity * ratio - 1),
        "profit_effect_pct": profit,
        "confidence": min(max(confidence, 0.0), 100.0),
        "reasons": "; ".join(reasons),
    }


def _by_elasticity(offer: Offer) -> tuple[str, float, list[str], float] | None:
    """The price of the highest profit at a constant elasticity, cost × e / (1 + e) (Lerner, 1934); of the highest
    revenue where the cost is unknown, which lies at the bound that the elasticity points to.
    """
    e, lower, upper = offer.elasticity, offer.lower, offer.upper
    if e is None or lower is None or upper is None or upper >= 0:
        return None
    reasons = [
        f"demand falls {-e:.1f} % for each percent that the price rises (95 % interval {-upper:.1f} to {-lower:.1f})"
    ]
    confidence = 90 - 40 * min(1.0, (upper - lower) / 2)
    if offer.cost is None or offer.cost <= 0:
        if lower < -1 < upper:
            return None
        return ELASTICITY, math.inf if e > -1 else 0.0, reasons, confidence
    best = offer.cost * e / (1 + e) if e < -1 else math.inf
    highest = max(LARGEST_MARKUP * offer.cost, offer.price)
    if best > highest:
        best = highest
        reasons.append(f"no higher than {LARGEST_MARKUP:g} times the cost")
        confidence -= 10
    return ELASTICITY, best, reasons, confidence


def _above(offer: Offer) -> float:
    """Percent that the price is above the equivalents' median; 0 where that is unknown."""
    return 0.0 if offer.median is None else 100 * (offer.price / offer.median - 1)


def _by_position(offer: Offer) -> tuple[str, float, list[str], float] | None:
    if offer.median is None or abs(offer.price / offer.median - 1) * 100 < NEAR_PCT:
        return None
    way = "above" if offer.price > offer.median else "below"
    gap = abs(offer.price / offer.median - 1) * 100
    reasons = [
        f"{gap:.1f} % {way} the median of {offer.equivalents} equivalent offers; how demand answers is not known"
    ]
    return POSITION, offer.median, reasons, 0.6 * offer.position_confidence


def _limits(offer: Offer, terms: CommerceTerms) -> Limits:
    """From the largest change that is allowed and the least margin; a price below that margin today may only rise."""
    share = terms.largest_change_pct / 100
    least, most = offer.price * (1 - share), offer.price * (1 + share)
    why = f"the largest change of {terms.largest_change_pct:g} %"
    if offer.cost is not None:
        floor = offer.cost / (1 - terms.minimum_margin_pct / 100)
        if floor > least:
            least, why = floor, f"{why} and the least margin of {terms.minimum_margin_pct:g} %"
    return Limits(math.ceil(least * 100 - 1e-6) / 100, math.floor(most * 100 + 1e-6) / 100, why)


def _margin(price: float, cost: float | None) -> float | None:
    return None if cost is None else 100 * (price - cost) / price


def _profit_effect(offer: Offer, made: float, quantity: float | None) -> float | None:
    if quantity is None or offer.cost is None or offer.price <= offer.cost:
        return None
    return 100 * (quantity * (made - offer.cost) / (offer.price - offer.cost) - 1)
