"""What the forecasts mean for the stock: when it runs out, what to order by when, and what lies there for too long.

Orders follow a periodic review with an order-up-to level (Silver, Pyke and Thomas, "Inventory and Production Management
in Supply Chains", 2017, chapter 6): the demand expected until an order of the next review has come, and what keeps it
from running out in 95 of 100 cases. Pieces on order are taken to come when one ordered today would.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from market_research.commerce.demand.arrays import Floats
from market_research.commerce.demand.forecasting import HORIZONS, Outlook
from market_research.commerce.demand.sufficiency import histories, reach

REVIEW_DAYS = 30
USUAL_LEAD_DAYS = 14
SERVICE = 1.645
"""Standard errors above the mean that 95 of 100 demands stay below."""
FURTHEST = 730
UNSOLD_CONFIDENCE = 80.0
_CONFIDENCES = ("product_id", "horizon_days", "confidence")
STOCK_OUT, OVERSTOCK = "stock-out", "overstock"
LOW, MEDIUM, HIGH, CRITICAL = "low", "medium", "high", "critical"
STOCK_OUT_CHANCES = ((0.5, CRITICAL), (0.2, HIGH), (0.05, MEDIUM))
"""Chance that stock runs out before what is ordered today has come, and how severe that is; without such a chance it is
low if it runs out before what would be ordered at the next review has come."""
COVER_DAYS = ((730, CRITICAL), (365, HIGH), (180, MEDIUM))
"""Days that the stock lasts; below these, it is low if 90 days' demand hardly uses it up."""
STOCK = {
    "product_id": pl.String(), "counted_on": pl.Date(), "on_hand": pl.Float64(), "on_order": pl.Float64(),
    "lead_days": pl.Float64(), "order_multiple": pl.Float64(),
}  # fmt: skip
RISKS = {
    "product_id": pl.String(), "kind": pl.String(), "severity": pl.String(), "date": pl.Date(),
    "on_hand": pl.Float64(), "on_order": pl.Float64(), "lead_days": pl.Int64(), "expected_demand": pl.Float64(),
    "order_quantity": pl.Float64(), "order_by": pl.Date(), "confidence": pl.Float64(), "reasons": pl.List(pl.String()),
}  # fmt: skip


@dataclass(frozen=True)
class Demand:
    """Cumulative demand of one offer: its mean by days ahead (from 0 on), and the standard error above it."""

    mean: Floats
    error: Floats

    @property
    def daily(self) -> float:
        """Mean of the forecast days."""
        return float(self.mean[HORIZONS[-1]] / HORIZONS[-1])


@dataclass(frozen=True)
class Stock:
    """What there is of an offer on the day of the forecast."""

    on_hand: float
    on_order: float = 0.0
    lead_days: int | None = None
    order_multiple: float = 1.0
    days_later: int = 0
    """Days after that of the forecast on which it was counted; demand until then has gone."""

    @property
    def lead(self) -> int:
        """Days until an order comes, a day at least."""
        return USUAL_LEAD_DAYS if self.lead_days is None else min(max(self.lead_days, 1), FURTHEST - REVIEW_DAYS)


@dataclass(frozen=True)
class Risk:
    """Days are ahead of the forecast's day."""

    kind: str
    severity: str
    day: int
    expected_demand: float
    order_quantity: float
    order_day: int | None
    reasons: tuple[str, ...]


def inventory_risks(found: Outlook, stock: pl.DataFrame, summaries: pl.DataFrame) -> pl.DataFrame:
    """The risks of a shop's offers, rows of ``RISKS``.

    Args:
        stock: the newest count of each offer, columns of ``STOCK``; null where not known.
        summaries: ``demand_summaries`` of the shop, for the confidence.
    """
    sure = {(product, days): value for product, days, value in summaries.select(_CONFIDENCES).rows()}
    past = histories(found.shop.quantity, found.hidden, found.shop.returned)
    known = {
        product: (demand, history)
        for product, demand, history in zip(found.shop.product_ids, _demands(found), past, strict=True)
    }
    rows = []
    for row in _at_the_day(found, stock).rows(named=True):
        demand, history = known[row["product_id"]]
        lying = _lying(row)
        furthest = reach(history, HORIZONS)
        idle = not history.sale_days and history.days >= HORIZONS[-1] and lying.on_hand > 0
        risk = _unsold(history.days) if idle else risk_of(demand, lying) if furthest else None
        if risk:
            confidence = UNSOLD_CONFIDENCE if idle else sure[row["product_id"], furthest]
            rows.append(_row(row["product_id"], risk, lying, confidence))
    days = {**RISKS, "date": pl.Int64(), "order_by": pl.Int64()}
    made = pl.lit(found.shop.last)
    return pl.DataFrame(rows, schema=days).with_columns(
        date=made + pl.duration(days="date"), order_by=made + pl.duration(days="order_by")
    )


def _lying(row: dict[str, Any]) -> Stock:
    """A row of the counts as they are on the day of the forecast."""
    return Stock(
        row["available"], row["on_order"] or 0.0, None if row["lead_days"] is None else int(row["lead_days"]),
        max(row["order_multiple"] or 1.0, 1.0), row["days_later"],
    )  # fmt: skip


def _row(product: str, risk: Risk, stock: Stock, confidence: float) -> dict[str, object]:
    return {
        "product_id": product, "kind": risk.kind, "severity": risk.severity, "date": risk.day,
        "on_hand": stock.on_hand, "on_order": stock.on_order, "lead_days": stock.lead,
        "expected_demand": round(risk.expected_demand, 4), "order_quantity": risk.order_quantity,
        "order_by": risk.order_day, "confidence": confidence, "reasons": list(risk.reasons),
    }  # fmt: skip


def risk_of(demand: Demand, stock: Stock) -> Risk | None:
    """The risk of one offer, if there is one."""
    return _stock_out(demand, stock) or _overstock(demand, stock)


def _stock_out(demand: Demand, stock: Stock) -> Risk | None:
    from scipy.stats import norm

    lead, begin = stock.lead, stock.days_later
    horizon = lead + REVIEW_DAYS
    mean, error = demand.mean - demand.mean[begin], demand.error
    until_lead = float(mean[begin + lead])
    days = np.arange(len(mean))
    coming = np.where(days >= begin + lead, stock.on_order, 0.0)
    out = (days > begin) & (mean > stock.on_hand + coming) | (days == begin) & (stock.on_hand <= 0)
    if demand.daily * horizon < 0.5 or not (out.any() or stock.on_hand <= 0):
        return None
    first = int(np.argmax(out))
    chance = float(norm.sf((stock.on_hand - until_lead) / max(float(error[lead]), 1e-9)))
    if stock.on_hand <= 0:
        chance = 1.0
    if chance < STOCK_OUT_CHANCES[-1][0] and first > begin + horizon:
        return None
    severity = next((name for least, name in STOCK_OUT_CHANCES if chance >= least), LOW)
    level = float(mean[begin + horizon]) + SERVICE * float(error[min(horizon, FURTHEST)])
    lacking = max(level - stock.on_hand - stock.on_order, 0.0)
    quantity = float(np.ceil(lacking / stock.order_multiple - 1e-9) * stock.order_multiple)
    reasons = [_why(stock, lead, until_lead, chance, first - begin)]
    if stock.on_order:
        reasons.append(f"{stock.on_order:g} pieces on order are taken to come in {lead} days")
    if stock.lead_days is None:
        reasons.append(f"how long an order takes is not known; {USUAL_LEAD_DAYS} days were taken")
    return Risk(STOCK_OUT, severity, first, until_lead, quantity, max(first - lead, 0), tuple(reasons))


def _why(stock: Stock, lead: int, until_lead: float, chance: float, lasts: int) -> str:
    if stock.on_hand <= 0:
        return "nothing is in stock"
    there = f"{stock.on_hand:g} pieces are there"
    if chance < STOCK_OUT_CHANCES[-1][0]:
        return (
            f"{there} and last {lasts} days; an order takes {lead}, and the next review is taken to be in {REVIEW_DAYS}"
        )
    return (
        f"{there} and {until_lead:.0f} are expected to be sold in the {lead} days until an order comes; the chance "
        f"that they run out before is {100 * chance:.0f} %"
    )


def _overstock(demand: Demand, stock: Stock) -> Risk | None:
    lying, quarter = stock.on_hand + stock.on_order, HORIZONS[-1]
    if lying <= float(demand.mean[quarter]) + 1.96 * float(demand.error[quarter]):
        return None
    cover = lying / demand.daily if demand.daily > 0 else float("inf")
    severity = next((name for least, name in COVER_DAYS if cover >= least), LOW)
    lasts = f"for {cover:.0f} days" if np.isfinite(cover) else "for ever"
    reason = (
        f"{lying:g} pieces are there or on order and {float(demand.mean[quarter]):.0f} are expected to be sold in "
        f"{quarter} days: they last {lasts}"
    )
    return Risk(OVERSTOCK, severity, 0, float(demand.mean[stock.lead]), 0.0, None, (reason,))


def _unsold(days: int) -> Risk:
    return Risk(OVERSTOCK, CRITICAL, 0, 0.0, 0.0, None, (f"no piece was sold in the {days} days that are known",))


def _demands(found: Outlook) -> list[Demand]:
    """Of each offer; beyond the forecast days the mean of the last four weeks goes on."""
    ahead = np.nan_to_num(found.forecast)
    tail = np.repeat(ahead[:, -28:].mean(axis=1)[:, None], 2 * FURTHEST - ahead.shape[1], axis=1)
    mean = np.cumsum(np.hstack([np.zeros((len(ahead), 1)), ahead, tail]), axis=1)
    above = [
        (np.nan_to_num(found.sums[days].intervals[0.95].upper) - np.nan_to_num(found.sums[days].quantity)) / 1.96
        for days in HORIZONS
    ]
    places = np.arange(2 * FURTHEST + 1)
    return [
        Demand(one, _error_by_days(places, np.array([error[at] for error in above]))) for at, one in enumerate(mean)
    ]


def _error_by_days(days: np.ndarray, known: Floats) -> Floats:
    """Standard errors of sums over so many days, by those of the horizons.

    Between them on a line of logarithms, before the first with the root of the days, after the last in proportion.
    """
    logs = np.log(np.maximum(known, 1e-9))
    between = np.exp(np.interp(np.log(np.maximum(days, 1)), np.log(HORIZONS), logs))
    first, last = HORIZONS[0], HORIZONS[-1]
    return np.where(
        days < first, known[0] * np.sqrt(days / first), np.where(days > last, known[-1] * days / last, between)
    )


def _at_the_day(found: Outlook, stock: pl.DataFrame) -> pl.DataFrame:
    """The counts, brought to the day of the forecast by what was sold since; later ones keep their distance."""
    last, shop = found.shop.last, found.shop
    known = stock.filter(pl.col("product_id").is_in(shop.product_ids) & pl.col("on_hand").is_not_null())
    places = {product: at for at, product in enumerate(shop.product_ids)}
    width = shop.quantity.shape[1]
    since = []
    for product, counted in known.select("product_id", "counted_on").rows():
        days = (last - counted).days
        since.append(float(np.nansum(shop.quantity[places[product], max(width - days, 0) :])) if days > 0 else 0.0)
    return known.with_columns(
        available=(pl.col("on_hand") - pl.Series(since, dtype=pl.Float64)).clip(lower_bound=0.0),
        days_later=(pl.col("counted_on") - pl.lit(last)).dt.total_days().clip(0, HORIZONS[-1]),
    ).sort("product_id")
