"""Elasticity from a simulated history with a known truth, and no estimate where the history cannot show one."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from market_research.commerce.pricing.elasticity import elasticities

START = date(2024, 1, 1)


def history(
    product: str, truth: float, *, days: int = 400, base: float = 20, seed: int = 1, spread: float = 0.25
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sales of an offer whose price changes every ten days, as counts with weekdays that sell more."""
    rng = np.random.default_rng(seed)
    dates = [START + timedelta(days=day) for day in range(days)]
    steps = np.repeat(rng.uniform(-spread, spread, days // 10 + 1), 10)[:days]
    prices = np.round(30 * np.exp(steps), 2)
    weekday = np.array([1.4 if day.weekday() >= 5 else 1.0 for day in dates])
    sold = rng.poisson(base * weekday * (prices / 30) ** truth)
    sales = pl.DataFrame({"product_id": product, "date": dates, "quantity": sold.astype(float)})
    moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in dates]
    return sales.filter(pl.col("quantity") > 0), pl.DataFrame(
        {"product_id": product, "observed_at": moments, "amount": prices}
    )


@pytest.mark.parametrize("truth", [-3.0, -1.5, -0.6])
def test_the_interval_holds_the_truth_and_is_narrow_where_much_is_sold(truth: float) -> None:
    found = elasticities(*history("p", truth)).row(0, named=True)
    assert found["lower"] <= truth <= found["upper"]
    assert found["upper"] - found["lower"] < 1
    assert found["reason"] == ""


def test_intervals_of_95_percent_hold_the_truth_about_as_often() -> None:
    pairs = [history(f"p{seed:03d}", -2.0, seed=seed, days=200, base=5) for seed in range(100)]
    made = elasticities(pl.concat(pair[0] for pair in pairs), pl.concat(pair[1] for pair in pairs))
    held = made.select((pl.col("lower") <= -2) & (pl.col("upper") >= -2)).to_series().mean()
    assert 0.86 <= held <= 1.0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"days": 30}, "30 days"),
        ({"base": 0.01}, "pieces sold"),
        ({"spread": 0.0}, "different prices"),
    ],
)
def test_a_history_that_cannot_show_it_gives_a_reason(changes: dict[str, float], reason: str) -> None:
    found = elasticities(*history("p", -2.0, **changes)).row(0, named=True)  # type: ignore[arg-type]
    assert found["elasticity"] is None
    assert reason in found["reason"]


def test_no_sales_give_no_rows_and_sales_without_prices_a_reason() -> None:
    sales, prices = history("p", -2.0)
    assert elasticities(sales.clear(), prices).is_empty()
    assert "0 days with a price" in elasticities(sales, prices.clear())["reason"][0]
