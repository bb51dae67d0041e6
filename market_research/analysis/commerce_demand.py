"""Demand and stock: what sells, what is forecast and how sure that is, and which stock runs out or piles up."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, Tables, say
from market_research.analysis.offers import (
    NAMED,
    SEVERITIES,
    WINDOW,
    YEAR,
    Offer,
    Offers,
    Severity,
    counted,
    offers_of,
    plural,
    table,
    trend_word,
    window,
)
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

COMMERCE = (
    "products", "sales_trends", "recent_sales", "inventory", "demand_summaries", "demand_forecasts", "demand_backtests",
    "inventory_risks", "price_trends",
)  # fmt: skip
AGAINST = {"increasing": "more than in", "decreasing": "less than in", "stable": "about as much as in"}
HORIZON = 30
"""Days ahead that are told of; 7 and 90 stand in ``demand_summaries``."""


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: sales_trend, demand_forecast, forecast_quality, inventory_risk."""
    offers = offers_of(tables, notebook)
    sales = table(tables, "sales_trends")
    if not sales.height:
        notebook.gap(
            "sales", "No sales have been received, so nothing is forecast and stock is not judged.",
            inputs=[offers.rows("sales")],
        )  # fmt: skip
        return
    _sales(offers, notebook, sales)
    _forecasts(offers, notebook)
    _quality(offers, notebook)
    _risks(offers, notebook)


def _sales(offers: Offers, notebook: Notebook, sales: pl.DataFrame) -> None:
    """Revenue of the window against the one before, and the offers that moved it most."""
    name, rows = notebook.subject.name, offers.rows("sales_trends")
    first, last = sales["first_day"][0], sales["last_day"][0]
    told = sales.drop_nulls("revenue")
    unknown, sales = sales.height - told.height, told if told.height else sales
    pieces = notebook.book.derive(
        "pieces_sold", name, float(sales["pieces"].sum()), numbers.PIECES, formula="sum(pieces) over the offers",
        inputs=[rows], period=(first, last),
    )  # fmt: skip
    span = window(notebook)
    if not told.height:
        text = f"In the {WINDOW} days to {numbers.day(last)} the own offers sold {plural(pieces.value, 'piece')}."
        notebook.find("sales_trend", [say(text, pieces, span)], value=pieces.value, unit=pieces.unit, confidence=90)
        return
    now, before = (
        notebook.book.derive(
            "sales_value", name, float(sales[column].sum()), offers.currency, formula=f"sum({column}) over the offers",
            inputs=[rows], period=period, dimensions=which,
        )
        for column, period, which in (
            ("revenue", (first, last), ""), ("revenue_before", (None, first), "span before"),
        )
    )  # fmt: skip
    sentences = [
        say(
            f"In the {WINDOW} days to {numbers.day(last)} the own offers took {numbers.money(now.value, now.unit)} for "
            f"{plural(pieces.value, 'piece')}.",
            now, pieces, span,
        )
    ]  # fmt: skip
    change = None
    if before.value > 0 and sales["change_pct"].drop_nulls().len():
        change = notebook.book.derive(
            "sales_change", name, 100 * (now.value - before.value) / before.value, numbers.PERCENT,
            formula="100 * (revenue - revenue of the days before) / revenue of the days before",
            inputs=[now.fact_id, before.fact_id], period=(first, last),
        )  # fmt: skip
        moved = f"{numbers.percent(abs(change.value))} {'more' if change.value >= 0 else 'less'}"
        sentences.append(say(f"That is {moved} than in the {WINDOW} days before.", change, span))
        sentences += _movers(offers, sales)
    if unknown:
        without = counted(notebook, "offers_without_revenue", unknown, rows)
        text = f"The revenue of {plural(unknown, 'offer')} is not known in {now.unit} and left out."
        sentences.append(say(text, without))
    notebook.find(
        "sales_trend", sentences, value=change.value if change else now.value,
        unit=numbers.PERCENT if change else now.unit,
        stake_usd=abs(now.value - before.value) * YEAR / WINDOW if change else None, confidence=90,
    )  # fmt: skip


def _movers(offers: Offers, sales: pl.DataFrame) -> list[Draft]:
    """Who made the change: the offer that gained most revenue and the one that lost most."""
    known = sales.drop_nulls(["change_pct", "revenue", "revenue_before"]).with_columns(
        moved=pl.col("revenue") - pl.col("revenue_before")
    )
    said = []
    for row, word in ((known.sort("moved", "product_id", descending=[True, False]), "gained"),
                      (known.sort("moved", "product_id"), "lost")):  # fmt: skip
        first = next(iter(row.head(1).to_dicts()), None)
        offer = offers.of(first["product_id"]) if first else None
        if first is None or offer is None or (first["moved"] > 0) != (word == "gained") or not first["moved"]:
            continue
        change = offers.derived(
            "sales_change_value", offer, first["moved"], offers.currency, "revenue - revenue of the days before",
            [offers.rows("sales_trends", product_id=offer.product_id)], period=(first["first_day"], first["last_day"]),
        )  # fmt: skip
        said.append(say(f"{offer.name} {word} most, {numbers.money(abs(change.value), change.unit)}.", change))
    return said


def forecast_facts(offers: Offers, row: dict[str, Any]) -> tuple[Offer, dict[str, Fact]] | None:
    """Of a row of ``demand_summaries``: the offer, and pieces with their interval as facts."""
    offer = offers.of(row["product_id"])
    if offer is None or row["quantity"] is None:
        return None
    rows = offers.rows("demand_summaries", product_id=offer.product_id, horizon_days=row["horizon_days"])
    return offer, {
        metric: offers.derived(metric, offer, float(row[column]), numbers.PIECES, formula, [rows])
        for column, metric, formula in (
            ("quantity", "demand_forecast", f"sum of the forecast of {row['model']}"),
            ("lower_95", "demand_forecast_low", "lower end of the 95 % interval"),
            ("upper_95", "demand_forecast_high", "upper end of the 95 % interval"),
        )
        if row[column] is not None
    }


def _forecasts(offers: Offers, notebook: Notebook) -> None:
    """Forecasts of the offers that sell most; and for how many offers there is none, with the reason most given."""
    frame = table(offers.tables, "demand_summaries")
    if not frame.height:
        return
    ahead = frame.filter(pl.col("horizon_days") == HORIZON)
    ranks = offers.tables["sales_trends"].select("product_id", "revenue")
    made = ahead.filter(pl.col("quantity").is_not_null()).join(ranks, on="product_id", how="left").sort(
        "revenue", "product_id", descending=[True, False], nulls_last=True
    )  # fmt: skip
    for row in made.head(NAMED).to_dicts():
        _forecast(offers, notebook, row)
    missing = ahead.height - made.height
    if missing:
        reason = _first_reason(ahead.filter(pl.col("quantity").is_null())["reasons"].to_list())
        unknown = counted(
            notebook, "offers_without_forecast", missing, offers.rows("demand_summaries", horizon_days=HORIZON)
        )
        text = f"For {plural(missing, 'offer')} there is no forecast, mostly for this reason: {_bare(reason)}."
        notebook.find("unforecast", [say(text, unknown)], value=float(missing), unit=numbers.COUNT, confidence=100)


def _first_reason(reasons: Sequence[Sequence[str] | None]) -> str:
    """The reason that most offers have first."""
    first = Counter(listed[0] for listed in reasons if listed)
    return min(first, key=lambda reason: (-first[reason], reason), default="too few sales").rstrip(".")


def _bare(reason: str) -> str:
    """A reason without figures, which belong to each offer: "too few days with sales"."""
    kept = " ".join(word for word in reason.split() if not any(c.isdigit() for c in word))
    return kept if kept and not numbers.tokens(kept) else "too little is known of their sales"


def _forecast(offers: Offers, notebook: Notebook, row: dict[str, Any]) -> None:
    made = forecast_facts(offers, row)
    if made is None or len(made[1]) < 3:
        return
    offer, facts = made
    mid, low, high = (facts[f"demand_forecast{end}"] for end in ("", "_low", "_high"))
    level = notebook.book.derive(
        "interval_level", notebook.subject.name, 95, numbers.PERCENT, formula="level of the interval", inputs=[]
    )
    season = f" Its season is {row['season']}." if row["season"] and not numbers.tokens(row["season"]) else ""
    span = window(notebook, HORIZON)
    against = AGAINST.get(trend_word(row["trend"]), "not compared with")
    sentences = [
        say(
            f"{offer.name} is forecast to sell {plural(mid.value, 'piece')} in the next {HORIZON} days; the "
            f"{numbers.percent(level.value, 0)} interval is {numbers.plain(low.value)} to {numbers.plain(high.value)}.",
            mid, low, high, level, span,
        ),
        say(f"That is {against} the {HORIZON} days before.{season}", mid, span),
    ]  # fmt: skip
    found = table(offers.tables, "demand_backtests")
    chosen = _chosen(found).filter(pl.col("product_id") == offer.product_id) if found.height else found
    error = next(iter(chosen.to_dicts()), None)
    meaning = []
    if error and error["mase"] is not None:
        mase = offers.derived(
            "forecast_mase", offer, error["mase"], numbers.RATIO,
            "mean absolute error / that of the same weekday a week before, rolling origin",
            [offers.rows("demand_backtests", product_id=offer.product_id, model=error["model"], is_chosen=True)],
        )  # fmt: skip
        meaning.append(
            say(
                f"Tested on its own past, the forecast missed by {numbers.times(mase.value, 2)} what the same weekday "
                "a week before would have.",
                mase,
            )
        )  # fmt: skip
    notebook.find(
        "demand_forecast", sentences, meaning=meaning, about=offer.name, value=mid.value, unit=numbers.PIECES,
        confidence=row["confidence"],
    )  # fmt: skip


def _chosen(backtests: pl.DataFrame) -> pl.DataFrame:
    """The back-test of each offer's chosen model at the horizon that is told of, else at its longest."""
    chosen = backtests.filter("is_chosen").with_columns(near=pl.col("horizon_days") == HORIZON)
    return chosen.sort("product_id", "near", "horizon_days").unique("product_id", keep="last", maintain_order=True)


def _quality(offers: Offers, notebook: Notebook) -> None:
    """How the chosen models did in the back-test, over all offers."""
    frame = table(offers.tables, "demand_backtests")
    chosen = _chosen(frame) if frame.height else frame
    if not chosen.height or not chosen["mase"].drop_nulls().len():
        return
    rows = offers.rows("demand_backtests", is_chosen=True)
    mase = notebook.book.derive(
        "median_mase", notebook.subject.name, float(chosen["mase"].median()), numbers.RATIO,  # type: ignore[arg-type]
        formula="median over the offers of MASE, rolling origin", inputs=[rows],
    )  # fmt: skip
    better = counted(notebook, "offers_forecast_better", chosen.filter(pl.col("mase") < 1).height, rows)
    total = counted(notebook, "forecast_offers", chosen.height, rows)
    sentences = [
        say(
            f"In the back-test the forecasts of {numbers.count(better.value)} of {plural(total.value, 'offer')} "
            f"missed by less than the same weekday a week before would have; the median ratio of the errors is "
            f"{numbers.plain(mase.value, 2)} times.",
            better, total, mase,
        )
    ]  # fmt: skip
    if chosen["coverage_95"].drop_nulls().len():
        share = float(chosen["coverage_95"].mean() or 0)  # type: ignore[arg-type]
        inside = notebook.book.derive(
            "interval_coverage", notebook.subject.name, 100 * share if share <= 1 else share, numbers.PERCENT,
            formula="mean over the offers of days inside the 95 % interval", inputs=[rows],
        )  # fmt: skip
        level = notebook.book.derive(
            "interval_level", notebook.subject.name, 95, numbers.PERCENT, formula="level of the interval", inputs=[]
        )
        sentences.append(
            say(
                f"Their {numbers.percent(level.value, 0)} intervals held {numbers.percent(inside.value)} of the days.",
                inside, level,
            )
        )  # fmt: skip
    notebook.find("forecast_quality", sentences, value=mase.value, unit=numbers.RATIO, confidence=90)


def severity(text: Any) -> Severity:
    """The severity of a risk; one that is not known counts as medium, never as nothing."""
    found = str(text).lower()
    return next((known for known in SEVERITIES if known == found), "medium")


def risk_facts(offers: Offers, row: dict[str, Any]) -> tuple[Offer, dict[str, Fact]] | None:
    """Of a row of ``inventory_risks``: the offer, and stock, demand and order as facts; those of days hold the day."""
    offer = offers.of(row["product_id"])
    if offer is None:
        return None
    rows = offers.rows("inventory_risks", product_id=offer.product_id, kind=row["kind"])
    facts: dict[str, Fact] = {}
    for stock in offers.about("inventory", offer.product_id)[:1]:
        facts["on_hand"] = offers.book.record(
            "on_hand", offer.name, float(stock["on_hand"]), numbers.PIECES, document_id=stock["document_id"],
            locator=stock["locator"], day=stock["counted_at"].date(), dimensions=offer.dimensions,
        )  # fmt: skip
    for column, unit, formula, day in (
        ("expected_demand", numbers.PIECES, "forecast until an order would arrive", None),
        ("order_quantity", numbers.PIECES, "demand and safety stock less stock, in whole orders", row["order_by"]),
        ("lead_days", numbers.DAYS, "days from order to arrival", None),
    ):
        if row[column] is not None:
            facts[column] = offers.derived(
                column, offer, float(row[column]), unit, formula, [rows], period=(None, _day(day))
            )
    if row["date"] is not None:
        facts["date"] = offers.derived(
            f"{row['kind'].replace('-', '_')}_day", offer, float(row["on_hand"] or 0), numbers.PIECES,
            "stock less forecast demand", [rows, *([facts["on_hand"]] if "on_hand" in facts else [])],
            period=(None, _day(row["date"])),
        )  # fmt: skip
    return offer, facts


def _day(value: Any) -> date | None:
    return value.date() if hasattr(value, "date") else value


def _risks(offers: Offers, notebook: Notebook) -> None:
    frame = table(offers.tables, "inventory_risks")
    if not frame.height:
        return
    found = frame.to_dicts()
    found.sort(key=lambda r: (-SEVERITIES.index(severity(r["severity"])), str(r["date"]), r["product_id"]))
    for row in found[: 2 * NAMED]:
        _risk(offers, notebook, row)


def _risk(offers: Offers, notebook: Notebook, row: dict[str, Any]) -> None:
    made = risk_facts(offers, row)
    if made is None or "on_hand" not in made[1]:
        return
    offer, facts = made
    stock, day = facts["on_hand"], facts.get("date")
    left = f"{offer.name} has {plural(stock.value, 'piece')} in stock"
    if row["kind"] == "overstock":
        first = say(f"{left}, more than it is forecast to sell.", stock)
    elif not stock.value:
        first = say(f"{offer.name} is out of stock.", stock)
    elif day and day.period_end:
        first = say(f"{left} and is forecast to run out on {numbers.day(day.period_end)}.", stock, day)
    else:
        first = say(f"{left} and may run out before an order arrives.", stock)
    meaning = []
    order, lead = facts.get("order_quantity"), facts.get("lead_days")
    if order and order.value > 0 and order.period_end and row["kind"] != "overstock":
        arrives = f", which is {plural(lead.value, 'day')} under way," if lead else ""
        meaning.append(
            say(
                f"An order of {plural(order.value, 'piece')} by {numbers.day(order.period_end)}{arrives} "
                "would cover it.",
                order, lead,
            )
        )  # fmt: skip
    notebook.find(
        "inventory_risk", [first], meaning=meaning, about=offer.name, value=stock.value, unit=numbers.PIECES,
        stake_usd=_missed(offers, offer, row), confidence=row["confidence"],
    )  # fmt: skip


def _missed(offers: Offers, offer: Offer, row: dict[str, Any]) -> float | None:
    """Revenue of the pieces that the stock is short of, at the price of the window."""
    sales = offers.about("sales_trends", offer.product_id)
    if not sales or not sales[0]["pieces"] or sales[0]["revenue"] is None or row["expected_demand"] is None:
        return None
    price = sales[0]["revenue"] / sales[0]["pieces"]
    return abs(float(row["expected_demand"]) - float(row["on_hand"] or 0)) * price
