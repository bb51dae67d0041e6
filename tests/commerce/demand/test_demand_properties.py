"""Properties 21 to 25 of demand forecasts: horizons, seasons, imbalances, warnings, uncertainty."""

from datetime import timedelta

import numpy as np
import polars as pl
from demand_shops import LAST, quick, shop
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.cleaning.schema.demand import DEMAND_SUMMARIES
from market_research.commerce.demand.inventory import (
    CRITICAL,
    OVERSTOCK,
    REVIEW_DAYS,
    STOCK,
    STOCK_OUT,
    Demand,
    Stock,
    inventory_risks,
    risk_of,
)
from market_research.commerce.demand.seasonality import MONTHS, WEEKDAYS
from market_research.commerce.demand.sufficiency import LOW_CONFIDENCE
from market_research.commerce.demand.tables import FORECAST, INSUFFICIENT, backtest_rows, forecast_rows, summary_rows

SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def histories(draw: st.DrawFn, *, least: int = 95, most: int = 260) -> dict[str, list[float]]:
    """Series with sales on some days, of any level, with returns now and then, and a gap."""
    rng = np.random.default_rng(draw(SEEDS))
    made = {}
    for at in range(draw(st.integers(1, 3))):
        days = draw(st.integers(least, most))
        pieces = rng.poisson(draw(st.floats(0.3, 60)), days) * (rng.random(days) < draw(st.floats(0.3, 1)))
        pieces[[0, 1, -1]] += 1
        if draw(st.booleans()):
            pieces[rng.integers(2, days - 1)] = -3
        made[f"p{at}"] = pieces.astype(float).tolist()
    return made


@settings(max_examples=100, deadline=None)
@given(histories(), st.booleans())
def test_property_21_every_offer_with_enough_sales_is_forecast_over_all_horizons(
    series: dict[str, list[float]], zeros: bool
) -> None:
    found = quick(shop(series, zeros=zeros))
    sold = {name: sum(value > 0 for value in values) for name, values in series.items()}
    said = DEMAND_SUMMARIES.conform(summary_rows(found))
    enough = [name for name, days in sold.items() if days >= 25]
    mine = said.filter(pl.col("product_id").is_in(enough) & (pl.col("days_without_stock") == 0))
    assert (mine["status"] == FORECAST).all()
    assert set(said["horizon_days"]) == {7, 30, 90}
    rows = forecast_rows(found)
    for product, status in said.filter(horizon_days=90).select("product_id", "status").rows():
        ahead = rows.filter(product_id=product)
        if status == FORECAST:
            assert ahead["date"].to_list() == [LAST + timedelta(days=day) for day in range(1, 91)]
    for frame in (rows, said.filter(status=FORECAST)):
        order = frame.select("lower_95", "lower_80", "quantity", "upper_80", "upper_95").to_numpy()
        assert (np.diff(order, axis=1) >= -1e-4).all()
        assert (order >= 0).all()
        assert np.isfinite(order).all()
    assert (
        backtest_rows(found)
        .group_by("product_id", "horizon_days")
        .agg(pl.col("is_chosen").sum())["is_chosen"]
        .eq(1)
        .all()
    )


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(0, 6), st.floats(15, 200), st.floats(1.8, 4), st.integers(150, 300))
def test_property_22_a_weekly_season_is_found_named_and_forecast(
    seed: int, peak: int, level: float, factor: float, days: int
) -> None:
    dates = [LAST - timedelta(days=days - 1 - day) for day in range(days)]
    wanted = [level * (factor if day.weekday() == peak else 1) for day in dates]
    found = quick(shop({"p": np.random.default_rng(seed).poisson(wanted).astype(float).tolist()}))
    assert summary_rows(found).filter(status=FORECAST)["season"].str.contains(f"highest on {WEEKDAYS[peak]}").all()
    ahead = forecast_rows(found).with_columns(day=pl.col("date").dt.weekday())
    means = ahead.group_by("day").agg(pl.col("quantity").mean()).sort("quantity")
    assert means["day"][-1] == peak + 1
    assert means["quantity"][-1] > 1.2 * means["quantity"][-2]


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(1, 12), st.floats(8, 80), st.floats(0.4, 0.9))
def test_property_22_a_yearly_season_is_found_named_and_forecast(
    seed: int, month: int, level: float, share: float
) -> None:
    dates = [LAST - timedelta(days=729 - day) for day in range(730)]
    middle = (month - 0.5) / 12
    wanted = [level * (1 + share * np.cos(2 * np.pi * (day.timetuple().tm_yday / 365 - middle))) for day in dates]
    found = quick(shop({"p": np.random.default_rng(seed).poisson(wanted).astype(float).tolist()}))
    said = DEMAND_SUMMARIES.conform(summary_rows(found))["season"][0]
    assert "yearly" in said
    named = MONTHS.index(said.split("yearly, highest in ")[1])
    assert min((named - month + 1) % 12, (month - 1 - named) % 12) <= 1


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    daily = draw(st.floats(0.3, 500))
    days = np.arange(2 * 730 + 1)
    return Demand(daily * days, draw(st.floats(0.1, 2)) * np.sqrt(daily * days))


@given(demands(), st.integers(1, 60), st.floats(0, 1), st.integers(1, 50))
def test_property_23_stock_far_from_what_will_be_sold_is_reported(
    demand: Demand, lead: int, part: float, multiple: int
) -> None:
    short = Stock(part * 0.9 * demand.daily * lead, 0, lead, multiple)
    risk = risk_of(demand, short)
    if demand.daily * (lead + REVIEW_DAYS) >= 0.5:
        assert risk is not None
        assert risk.kind == STOCK_OUT
        assert risk.order_quantity % multiple == 0
        assert short.on_hand + risk.order_quantity >= demand.daily * (lead + REVIEW_DAYS) - 1e-6
    long = Stock(3 * float(demand.mean[90]) + 5 * float(demand.error[90]) + 1, 0, lead, multiple)
    over = risk_of(demand, long)
    assert over is not None
    assert over.kind == OVERSTOCK
    assert over.order_quantity == 0


@given(demands(), st.floats(0, 3000), st.none() | st.integers(0, 90), st.floats(0, 500), st.integers(0, 40))
def test_property_24_every_risk_has_a_kind_a_severity_a_day_and_reasons(
    demand: Demand, on_hand: float, lead: int | None, on_order: float, later: int
) -> None:
    risk = risk_of(demand, Stock(on_hand, on_order, lead, days_later=later))
    if on_hand == 0 and demand.daily >= 1:
        assert risk is not None
        assert (risk.kind, risk.severity) == (STOCK_OUT, CRITICAL)
    if risk:
        assert risk.kind in (STOCK_OUT, OVERSTOCK)
        assert risk.severity in ("low", "medium", "high", "critical")
        assert risk.day >= 0
        assert risk.reasons
        assert (risk.order_day is None) == (risk.kind == OVERSTOCK)


@settings(max_examples=100, deadline=None)
@given(
    SEEDS, st.integers(1, 89), st.sampled_from(["some", "none", "returns", "one"]), st.booleans()
)  # fmt: skip
def test_property_25_too_little_history_is_said_and_never_trusted(
    seed: int, days: int, kind: str, stocked: bool
) -> None:
    pieces = np.random.default_rng(seed).poisson(2, days).astype(float)
    if kind != "some":
        pieces[:] = 0
        pieces[0] = {"none": 0, "returns": -2, "one": 1}[kind]
    found = quick(shop({"short": pieces.tolist()}))
    said = DEMAND_SUMMARIES.conform(summary_rows(found))
    for horizon, status, confidence, reasons, quantity in said.select(
        "horizon_days", "status", "confidence", "reasons", "quantity"
    ).rows():
        if days < max(28, horizon) or kind != "some":
            assert status == INSUFFICIENT
        if status == INSUFFICIENT:
            assert confidence < LOW_CONFIDENCE
            assert quantity is None
        assert reasons
    assert forecast_rows(found)["ahead_days"].max() in (None, 7, 30)
    stock = pl.DataFrame([("short", LAST, 5.0, None, None, None)], schema=STOCK, orient="row")
    assert inventory_risks(found, stock if stocked else stock.clear(), said)["confidence"].is_between(0, 100).all()
