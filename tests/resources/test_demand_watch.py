"""The registry over forecasts of demand: actuals that come, late ones too, and errors that have grown."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.cleaning.schema import MODEL_EVALUATIONS, MODEL_VERSIONS
from market_research.cleaning.schema.demand import DEMAND_BACKTEST_WEEKS, DEMAND_DAYS_WITHOUT_STOCK
from market_research.commerce.registry import drift
from resources import demand_watch, model_predictions
from resources import model_registry as registry
from resources.model_registry import Scope
from tests.resources.registered import DEFAULT, KEY, START, forecast, scope_in, sell

EXAMPLES = settings(max_examples=100)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demand")


@EXAMPLES
@given(
    quantities=st.lists(st.floats(0, 50), min_size=1, max_size=9),
    sold=st.dictionaries(st.integers(-3, 15), st.integers(0, 40), max_size=12),
    arrivals=st.lists(st.integers(-3, 16), min_size=1, max_size=2),
)
def test_property_57_every_forecast_is_kept_and_compared_with_what_was_sold_once_its_day_has_passed(
    base: Path, quantities: list[float], sold: dict[int, int], arrivals: list[int]
) -> None:
    scope = scope_in(base, "demand")
    made_on, product = START.date(), "prod_0123456789abcdef"
    forecast(scope, quantities, made_on, product)
    sold = {-5: 1} | sold
    sell(scope, {made_on - timedelta(days=5): 1}, product)
    assert demand_watch.watch_demand(scope.lake, KEY, now=START) == 0
    for until in sorted(arrivals):
        sell(scope, {made_on + timedelta(days=day): pieces for day, pieces in sold.items() if day <= until}, product)
        demand_watch.watch_demand(scope.lake, KEY, now=START)
    newest = max(day for day in sold if day <= max(arrivals))
    held = model_predictions.read(scope).sort("for_date")
    assert held["predicted"].to_list() == quantities
    for row in held.iter_rows(named=True):
        day = (row["for_date"] - made_on).days
        assert row["actual"] == (float(sold.get(day, 0)) if day <= newest else None)
        assert (row["actual_at"] is None) == (row["actual"] is None)
    assert demand_watch.watch_demand(scope.lake, KEY, now=START) == 0
    assert model_predictions.read(scope).sort("for_date").equals(held)


def test_sales_that_come_late_or_are_corrected_replace_what_was_taken_for_the_actual(base: Path) -> None:
    scope, product, made_on = scope_in(base, "demand"), "prod_0123456789abcdef", START.date()
    days = [made_on + timedelta(days=number) for number in range(-9, 10)]
    forecast(scope, [2.0] * 9, made_on, product)
    sell(scope, {day: 2 for day in days if day <= made_on}, product)
    demand_watch.watch_demand(scope.lake, KEY, now=START)
    # The second day's sale is missing in the first export, and the third day's is wrong.
    told = {day: 2 for day in days if day != days[11]} | {days[12]: 9}
    sell(scope, told, product)
    assert demand_watch.watch_demand(scope.lake, KEY, now=START) == 9
    first = model_predictions.read(scope).sort("for_date")
    assert first["actual"].to_list() == [2, 0, 9, 2, 2, 2, 2, 2, 2]
    sell(scope, dict.fromkeys(days, 2), product)
    assert demand_watch.watch_demand(scope.lake, KEY, now=START + timedelta(days=1)) == 2
    second = model_predictions.read(scope).sort("for_date")
    assert second["actual"].to_list() == [2.0] * 9
    assert second.drop("actual").equals(first.drop("actual"))
    assert scope.of(MODEL_EVALUATIONS)["mape_pct"].to_list() == [pytest.approx(100 * 5 / 19), 0]
    assert demand_watch.watch_demand(scope.lake, KEY, now=START + timedelta(days=2)) == 0
    assert scope.of(MODEL_EVALUATIONS).height == 2


def empty(scope: Scope, days: list[date], product: str) -> None:
    """Days on which nothing could be sold, as the forecasts found out."""
    rows = [{"industry": KEY, "tenant": DEFAULT, "product_id": product, "date": day} for day in days]
    scope.lake.write("commerce", "demand_days_without_stock", KEY, DEMAND_DAYS_WITHOUT_STOCK.frame(rows))


def test_a_run_of_stock_outs_is_no_drift_and_has_no_actuals(base: Path) -> None:
    made_on, product = START.date(), "prod_0123456789abcdef"
    days = [made_on + timedelta(days=number) for number in range(-30, 36)]
    sold = {day: 0 if made_on < day <= days[50] else 10 + day.day % 2 for day in days}
    told = dict[str, set[str]]()
    for name in ("left out", "counted"):
        scope = scope_in(base, "demand")
        backtested(scope, [product], [0.05, 0.1, 0.07, 0.05], made_on)
        forecast(scope, [10.5] * 35, made_on, product)
        sell(scope, {day: sold[day] for day in days if day <= made_on}, product)
        demand_watch.watch_demand(scope.lake, KEY, now=START)
        sell(scope, sold, product)
        if name == "left out":
            empty(scope, [day for day in days if day > made_on and not sold[day]], product)
        assert demand_watch.watch_demand(scope.lake, KEY, now=START + timedelta(days=35)) == 35
        told[name] = set(registry.alerts(scope.lake, KEY)["kind"])
        held = model_predictions.read(scope).filter(kind="live").sort("for_date")
        assert held["actual"].null_count() == (20 if name == "left out" else 0)
        assert held["actual_at"].null_count() == 0
        assert demand_watch.watch_demand(scope.lake, KEY, now=START + timedelta(days=36)) == 0
    assert told["left out"] == set()
    look = scope.of(MODEL_EVALUATIONS)
    assert look["smape_pct"][-1] > 100


def test_zeros_that_turn_out_to_be_days_without_stock_are_taken_back(base: Path) -> None:
    scope, product, made_on = scope_in(base, "demand"), "prod_0123456789abcdef", START.date()
    days = [made_on + timedelta(days=number) for number in range(-9, 10)]
    forecast(scope, [2.0] * 9, made_on, product)
    sell(scope, {day: 2 for day in days if day <= made_on}, product)
    demand_watch.watch_demand(scope.lake, KEY, now=START)
    # A run at the end may be the offer's end, so its days count as zeros until it is sold again.
    sell(scope, {day: 2 for day in days if day <= made_on} | {days[-2]: 0}, product)
    assert demand_watch.watch_demand(scope.lake, KEY, now=START) == 8
    assert model_predictions.read(scope).sort("for_date")["actual"].to_list() == [0.0] * 8 + [None]
    sell(scope, {day: 2 for day in days if day <= made_on or day == days[-1]}, product)
    empty(scope, days[-9:-1], product)
    assert demand_watch.watch_demand(scope.lake, KEY, now=START + timedelta(days=1)) == 9
    held = model_predictions.read(scope).sort("for_date")
    assert held["actual"].to_list() == [None] * 8 + [2.0]
    assert held["actual_at"].to_list() == [days[-2]] * 8 + [days[-1]]
    # The records are corrected: there was stock, and a sale.
    empty(scope, days[-9:-2], product)
    assert demand_watch.watch_demand(scope.lake, KEY, now=START + timedelta(days=2)) == 1
    assert model_predictions.read(scope).sort("for_date")["actual"].to_list() == [None] * 7 + [0.0, 2.0]


def backtested(scope: Scope, products: list[str], errors: list[float], made_on: date) -> None:
    """A back-test in which each product was missed so, a share of what it sold, in so many weeks."""
    rows = [
        {"tenant": DEFAULT, "product_id": product, "model": "AutoETS", "horizon_days": 7, "mase": 0.8,
         "is_chosen": True, "mape": 100 * sum(errors) / len(errors)}
        for product in products
    ]  # fmt: skip
    scope.lake.write("commerce", "demand_backtests", KEY, pl.DataFrame(rows))
    weeks = [
        {"industry": KEY, "tenant": DEFAULT, "product_id": product, "made_on": made_on - timedelta(days=30 * number),
         "quantity": 70 * (1 + error), "sold": 70.0}
        for number, error in enumerate(errors, 1) for product in products
    ]  # fmt: skip
    scope.lake.write("commerce", "demand_backtest_weeks", KEY, DEMAND_BACKTEST_WEEKS.frame(weeks))


@pytest.mark.parametrize(("now", "severity", "reason"), [(1.22, "info", "new data"), (2.0, "critical", "drift")])
def test_errors_of_forecasts_that_earlier_weeks_had_too_are_told_as_chance(
    base: Path, now: float, severity: str, reason: str
) -> None:
    scope, made_on = scope_in(base, "demand"), START.date()
    products = [f"prod_{number:016x}" for number in range(8)]
    # One week of the back-test was as bad as the new one; no week was as bad as the shifted one.
    backtested(scope, products, [0.05, 0.3, 0.1, 0.05, 0.2, 0.1, 0.15], made_on)

    def take(until: int, model: str) -> None:
        frames = []
        for product in products:
            sell(scope, {made_on + timedelta(days=n): 10 * (now if n > 0 else 1) for n in range(-60, until)}, product)
            frames.append(pl.read_parquet(scope.lake.parts("commerce", "sales", KEY)[0]))
            forecast(scope, [10.0] * 90, made_on + timedelta(days=max(until - 1, 0)), product, model)
            frames.append(pl.read_parquet(scope.lake.parts("commerce", "demand_forecasts", KEY)[0]))
        scope.lake.write("commerce", "sales", KEY, pl.concat(frames[::2]))
        scope.lake.write("commerce", "demand_forecasts", KEY, pl.concat(frames[1::2]))
        demand_watch.watch_demand(scope.lake, KEY, now=START + timedelta(days=until))

    take(1, "AutoETS")
    assert registry.alerts(scope.lake, KEY).is_empty()
    take(9, "AutoTheta")
    (alert,) = registry.alerts(scope.lake, KEY).filter(kind="drift").rows(named=True)
    assert alert["severity"] == severity
    assert (alert["chance"] > drift.MOST_CHANCE) == (severity == "info")
    assert scope.of(MODEL_VERSIONS)["reason"].to_list() == ["first", reason]


def test_forecasts_that_become_worse_than_the_back_test_raise_an_alert_and_another_choice_is_a_version(
    base: Path,
) -> None:
    scope, product, made_on = scope_in(base, "demand"), "prod_0123456789abcdef", START.date()
    backtest = pl.DataFrame(
        {"tenant": DEFAULT, "product_id": product, "model": "AutoETS", "horizon_days": 7, "mape": 12.0, "mase": 0.8,
         "is_chosen": True}
    )  # fmt: skip
    scope.lake.write("commerce", "demand_backtests", KEY, backtest)
    forecast(scope, [10.0] * 40, made_on, product)
    history = {made_on - timedelta(days=number): 10 + number % 2 for number in range(60)}
    sell(scope, history, product)
    assert demand_watch.watch_demand(scope.lake, KEY, now=START) == 0
    sell(scope, history | {made_on + timedelta(days=number): 20 for number in range(1, 36)}, product)
    forecast(scope, [20.0] * 40, made_on + timedelta(days=35), product, model="AutoTheta")
    assert demand_watch.watch_demand(scope.lake, KEY, now=START + timedelta(days=35)) == 35
    alerts = registry.alerts(scope.lake, KEY)
    assert alerts.select("kind", "old_value", "new_value", "severity").rows() == [
        ("drift", 12.0, 50.0, "critical"),
        ("below threshold", 20.0, 50.0, "critical"),
    ]
    assert set(alerts["action"]) == {"The back-test was made again and chose otherwise: version 2, now in production."}
    versions = registry.listed(scope.lake, KEY)
    assert versions.select("number", "stage", "reason").rows() == [(2, "production", "drift"), (1, "archived", "first")]
    assert demand_watch.watch_demand(scope.lake, KEY, now=START + timedelta(days=36)) == 0
    assert registry.listed(scope.lake, KEY).height == 2
