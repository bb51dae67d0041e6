"""Whether larger errors of forecasts may be chance: never alarmed by order or size, calibrated, and not blind."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.commerce.registry import chance, drift

LAST = date(2026, 1, 31)
EXAMPLES = settings(max_examples=100)


def weeks(predicted: np.ndarray, sold: np.ndarray, *, gap: int = 7, before: int = 0) -> pl.DataFrame:
    """Weeks of products (rows) by week (columns), the last of which begins so many days before ``LAST``."""
    products, count = predicted.shape
    days = [LAST - timedelta(days=before + gap * (count - 1 - week)) for week in range(count)]
    return pl.DataFrame(
        {
            "subject_id": np.repeat([f"p{number}" for number in range(products)], count), "made_on": days * products,
            "predicted": predicted.ravel().astype(float), "actual": sold.ravel().astype(float),
        }
    )  # fmt: skip


def drawn(rng: np.random.Generator, products: int, origins: int, shift: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Weeks before and one now, what all products have in common in a week included."""
    level = rng.lognormal(3, 0.8, size=(products, 1))
    common = rng.lognormal(0, 0.1, size=(1, origins + 1))
    mean = level * common * np.where(np.arange(origins + 1) == origins, shift, 1.0)
    sold = rng.poisson(rng.gamma(10, mean / 10))
    said = np.broadcast_to(level, sold.shape)
    return weeks(said[:, :-1], sold[:, :-1], before=30), weeks(said[:, -1:], sold[:, -1:])


def acted_on(products: int, shift: float, *, shops: int = 400) -> float:
    """Share of simulated shops of which a rise of errors is more than chance."""
    found = [
        chance.of_weeks(*drawn(np.random.default_rng([seed, products]), products, 7, shift)) for seed in range(shops)
    ]
    # A week without sales tells nothing.
    told = [value for value in found if value is not None]
    assert len(told) > 0.9 * shops
    return float(np.mean([value <= drift.MOST_CHANCE for value in told]))


@pytest.mark.parametrize("products", [3, 10, 40])
def test_without_a_shift_about_one_week_in_twenty_is_beyond_chance(products: int) -> None:
    # 400 draws at 5 %: two standard errors are 2.2 %.
    assert acted_on(products, 1.0) <= 0.075


def test_a_shift_of_all_products_is_found_the_surer_the_more_products_there_are() -> None:
    found = [acted_on(products, 2.0) for products in (1, 3, 10, 40)]
    assert found == sorted(found)
    assert found[-1] > 0.95
    assert acted_on(40, 0.5) > 0.95


COUNTS = st.integers(0, 200)


@st.composite
def shops(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Forecasts and sales of the weeks before, and of those now."""
    products, origins, now = draw(st.integers(1, 6)), draw(st.integers(3, 7)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    return tuple(rng.integers(0, 60, size=(products, many)) for many in (origins, origins, now, now))  # type: ignore[return-value]


@EXAMPLES
@given(shop=shops(), seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing_and_worse_forecasts_are_never_likelier_chance(
    shop: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], seed: int
) -> None:
    said, sold, said_now, sold_now = shop
    before, now = weeks(said, sold, before=60), weeks(said_now, sold_now)
    found = chance.of_weeks(before, now)
    mixed = (frame.sample(fraction=1, shuffle=True, seed=seed) for frame in (before, now))
    assert chance.of_weeks(*mixed) == found
    if found is None:
        assert before.filter(pl.col("actual") > 0)["made_on"].n_unique() < chance.LEAST_ORIGINS or not (
            set(now.filter(pl.col("actual") > 0)["subject_id"]) & set(before.filter(pl.col("actual") > 0)["subject_id"])
        )
        return
    assert 0 <= found <= 1
    worse = now.with_columns(predicted=pl.col("actual") * 1000 + 10**6)
    worst = chance.of_weeks(before, worse)
    assert worst is not None
    assert worst <= found + 1e-9


def test_weeks_that_share_days_count_once_and_products_that_were_not_tested_not_at_all() -> None:
    before, now = drawn(np.random.default_rng(1), 8, 7, 1.5)
    found = chance.of_weeks(before, now)
    older = now.with_columns(made_on=pl.col("made_on") - timedelta(days=3), predicted=pl.lit(0.0))
    strange = now.with_columns(subject_id=pl.lit("new ") + pl.col("subject_id"), predicted=pl.lit(0.0))
    assert chance.of_weeks(before, pl.concat([now, older, strange])) == found
    assert chance.of_weeks(before, strange) is None
    assert chance.of_weeks(before.filter(pl.col("made_on") > before["made_on"].max() - timedelta(days=8)), now) is None
    assert chance.of_weeks(before.clear(), now) is None
