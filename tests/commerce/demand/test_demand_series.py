"""Series from sales: zeros, gaps, stock-outs told and seen, listings, typing errors; kinds of demand; promotions."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from demand_shops import CHEAP, FEW, LAST, NO_COUNTS, NO_PROMOTIONS, offers, quick, sales, shop

from market_research.commerce.demand.classes import demand_classes
from market_research.commerce.demand.forecasting import outlook
from market_research.commerce.demand.models import level_models
from market_research.commerce.demand.seasonality import weekly, yearly
from market_research.commerce.demand.series import shops
from market_research.commerce.demand.stockouts import censored, filled


def counts(*rows: tuple[str, date, float]) -> pl.DataFrame:
    made = [(product, datetime(day.year, day.month, day.day, 20, tzinfo=UTC), held) for product, day, held in rows]
    return pl.DataFrame(made, schema=NO_COUNTS.schema, orient="row")


def test_days_without_a_row_are_zeros_from_the_first_sale_to_the_shops_newest_day() -> None:
    made = shop({"a": [0, 0, 2, 0, 0, 1, 0], "b": [1, 1, 1, 1, 1, 1, 3]}, zeros=False)
    assert made.last == LAST
    np.testing.assert_array_equal(made.quantity[0], [np.nan, np.nan, 2, 0, 0, 1, 0])


def test_days_from_the_listing_to_the_first_sale_are_zeros() -> None:
    listed = LAST - timedelta(days=4)
    told = sales({"a": [0, 0, 0, 0, 0, 0, 5], "b": [1] * 7}, zeros=False)
    known = pl.concat([offers("a", listed=listed), offers("b")])
    (made,) = shops(told, known, NO_COUNTS, NO_PROMOTIONS)
    np.testing.assert_array_equal(made.quantity[0], [np.nan, np.nan, 0, 0, 0, 0, 5])


def test_after_a_count_of_nothing_days_are_hidden_until_a_sale_or_another_count() -> None:
    days = [LAST - timedelta(days=back) for back in range(6, -1, -1)]
    told = counts(("a", days[1], 0), ("b", days[1], 0), ("b", days[4], 9))
    made = shop({"a": [3, 2, 0, 0, 0, 4, 0], "b": [1, 0, 0, 0, 0, 0, 1]}, told)
    assert made.empty.astype(int).tolist() == [[0, 0, 1, 1, 1, 0, 0], [0, 1, 1, 1, 0, 0, 0]]


def test_a_run_of_zeros_that_chance_does_not_give_is_hidden_and_filled_with_what_is_usual() -> None:
    values = np.random.default_rng(3).poisson(8, (1, 200)).astype(float)
    values[0, 90:104] = 0
    values[0, -5:] = 0
    hidden = censored(values, np.zeros(values.shape, dtype=bool))
    assert np.flatnonzero(hidden[0]).tolist() == list(range(90, 104))
    assert filled(values, hidden)[0, 90:104].mean() == pytest.approx(8, abs=1.5)


def test_zeros_of_rare_sales_and_of_a_closed_weekday_are_zeros() -> None:
    rng = np.random.default_rng(4)
    rare = rng.poisson(0.15, (20, 400)).astype(float)
    closed = rng.poisson(30, (5, 400)).astype(float)
    closed[:, 6::7] = 0
    for values in (rare, closed):
        assert censored(values, np.zeros(values.shape, dtype=bool)).mean() < 0.002


def test_a_date_of_another_century_moves_no_series() -> None:
    told = sales({"a": [1.0] * 150})
    stray = told.head(1).with_columns(date=pl.lit(date(2925, 12, 3)))
    (made,) = shops(pl.concat([told, stray]), offers("a"), NO_COUNTS, NO_PROMOTIONS)
    assert made.last == LAST
    assert made.quantity.shape[1] == 150


def test_kinds_of_demand_by_hand() -> None:
    rows = np.array([[4, 5, 4, 5] * 6, [1, 9, 1, 30] * 6, [0, 2, 0, 2] * 6, [0, 0, 1, 20] * 6, [0.0] * 24])
    assert demand_classes(rows).tolist() == ["smooth", "erratic", "intermittent", "lumpy", "lumpy"]


def test_noise_has_a_season_no_more_often_than_the_test_allows() -> None:
    rng = np.random.default_rng(11)
    noise = rng.poisson(np.linspace(0.5, 40, 300)[:, None], (300, 731)).astype(float)
    assert weekly(noise, date(2024, 1, 1)).found.mean() <= 0.02
    wandering = np.maximum(rng.poisson(20 + np.cumsum(rng.normal(0, 0.3, (300, 731)), axis=1).clip(-15)), 0.0)
    assert yearly(wandering.astype(float), date(2024, 1, 1)).found.mean() <= 0.1


def test_promotions_count_where_they_move_sales() -> None:
    rng = np.random.default_rng(9)
    wanted = np.full(300, 20.0)
    starts = [LAST - timedelta(days=back) for back in (280, 240, 200, 160, 120, 100, 80, 60, 40, 20, 10, -10)]
    for start in starts:
        at = 299 - (LAST - start).days
        wanted[max(at, 0) : at + 5] *= 3 if at < 300 else 1
    moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in starts]
    told = pl.DataFrame(
        {"product_id": "a", "starts_at": moments, "ends_at": [moment + timedelta(days=4) for moment in moments]},
        schema=NO_PROMOTIONS.schema,
    )
    series = {"a": rng.poisson(wanted).astype(float).tolist(), "b": rng.poisson(20, 300).astype(float).tolist()}
    (made,) = shops(sales(series), offers("a", "b"), NO_COUNTS, told)
    found = outlook(made, CHEAP, FEW)
    assert "promotions" in found.taken_out[0]
    assert found.forecast[0, 9:14].mean() > 2 * found.forecast[0, 20:40].mean()


def test_the_real_models_forecast_any_series_and_threads_change_nothing() -> None:
    rng = np.random.default_rng(1)
    rows = np.vstack([rng.poisson(9, 120), rng.poisson(0.2, 120), np.zeros(120), np.full(120, 3)]).astype(float)
    names = ("AutoETS", "AutoCES", "Theta", "CrostonSBA", "TSB", "IMAPA")
    for name, model in level_models(names).items():
        made = model(rows, 14)
        assert np.nan_to_num(made).min() >= 0, name
        assert np.isfinite(made[:2]).all(), name
        alone = np.vstack([model(row[None], 14) for row in rows])
        np.testing.assert_array_equal(made, alone, err_msg=name)


def test_the_newest_weeks_of_stock_out_do_not_pull_a_forecast_down() -> None:
    values = np.random.default_rng(2).poisson(12, 200).astype(float)
    values[-20:] = 0
    told = counts(("a", LAST - timedelta(days=20), 0))
    with_counts, without = (
        quick(shop({"a": values, "b": [1.0] * 200}, told)),
        quick(shop({"a": values, "b": [1.0] * 200})),
    )
    assert with_counts.forecast[0].mean() == pytest.approx(12, abs=1.5)
    assert without.forecast[0].mean() < 0.9 * with_counts.forecast[0].mean()


def test_a_large_shop_comes_in_blocks_that_end_on_the_same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("market_research.commerce.demand.series.BLOCK", 2)
    told = sales({"a": [1, 0, 0], "b": [2, 2, 0], "c": [3, 3, 3]}, zeros=False)
    made = list(shops(told, offers("a", "b", "c"), NO_COUNTS, NO_PROMOTIONS))
    assert [block.product_ids for block in made] == [("a", "b"), ("c",)]
    assert {block.last for block in made} == {LAST}
    assert made[0].quantity.tolist() == [[1, 0, 0], [2, 2, 0]]


def test_a_model_that_fails_on_a_series_is_not_chosen_for_it() -> None:
    def failing(values: np.ndarray, horizon: int) -> np.ndarray:
        # It would have been perfect, if it had a forecast today.
        return np.full((len(values), horizon), np.nan if horizon == 90 else 2.0)

    found = outlook(shop({"a": [2.0] * 120}), {**CHEAP, "Mean28": failing}, FEW)
    assert found.model.tolist() == ["Mean91"]
    assert np.isfinite(found.forecast).all()
