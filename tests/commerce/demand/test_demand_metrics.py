"""Metrics against values computed by hand, and Naive2 as the competitions define it."""

import numpy as np
import pytest

from market_research.commerce.demand import metrics
from market_research.commerce.demand.decomposition import is_seasonal, naive2
from market_research.commerce.demand.intervals import intervals


def test_mase_divides_by_what_the_season_before_misses_by() -> None:
    # Differences at a lag of two: 2, 2, 2, so a mean error of 1 is half of one.
    scale = metrics.naive_scale(np.array([[1.0, 5, 3, 7, 5]]), 2)
    assert scale.tolist() == [2.0]
    assert metrics.mase(np.array([[4.0, 6]]), np.array([[5.0, 7]]), scale).tolist() == [0.5]


def test_smape_and_mape_by_hand() -> None:
    actual, forecast = np.array([[100.0, 0, 50]]), np.array([[110.0, 0, 25]])
    assert metrics.smape(actual, forecast)[0] == pytest.approx((200 * 10 / 210 + 0 + 200 * 25 / 75) / 3)
    assert metrics.mape(actual, forecast)[0] == pytest.approx((10 + 50) / 2)


def test_owa_is_the_mean_of_both_ratios() -> None:
    assert metrics.owa(8, 0.9, 10, 1.0) == pytest.approx(0.85)


def test_what_is_not_known_counts_in_no_metric() -> None:
    actual = np.array([[np.nan, 2.0], [np.nan, np.nan]])
    assert metrics.mase(actual, np.ones((2, 2)), np.array([1.0, 1.0]))[0] == 1
    assert np.isnan(metrics.smape(actual, np.ones((2, 2)))[1])
    assert metrics.coverage(actual, np.ones((2, 2)), np.full((2, 2), 3.0)) == 1


def test_a_series_that_never_changes_has_no_scale() -> None:
    assert np.isnan(metrics.naive_scale(np.full((1, 20), 3.0), 7)[0])


def test_naive2_repeats_the_newest_value_and_its_season_where_there_is_one() -> None:
    flat = np.array([3.0, 5, 2, 6, 4, 3, 5, 6, 2, 4, 3, 4.0])
    assert not is_seasonal(flat, 5)
    assert naive2(flat, 5, 3).tolist() == [4.0, 4, 4]
    seasonal = np.tile([10.0, 20, 30, 20], 6)
    assert is_seasonal(seasonal, 4)
    assert naive2(seasonal, 4, 6) == pytest.approx([10, 20, 30, 20, 10, 20])


def test_an_interval_of_a_level_holds_that_share_of_errors_like_those_it_was_made_of() -> None:
    rng = np.random.default_rng(5)
    errors = rng.standard_t(4, (200, 5, 3))
    made = intervals(np.full((200, 3), 50.0), np.ones((200, 3)), errors, np.full(200, "one"), ((1, 1), (2, 3)))
    actual = 50 + rng.standard_t(4, (200, 3))
    for level, one in made.items():
        assert metrics.coverage(actual, one.lower, one.upper) == pytest.approx(level, abs=0.03)


def test_a_few_errors_give_a_wider_interval_than_many_of_the_same_size() -> None:
    forecast, scale = np.full((1, 1), 50.0), np.ones((1, 1))
    few = intervals(forecast, scale, np.array([[[-1.0], [1.0], [1.0]]]), np.array(["one"]), ((1, 1),))[0.95]
    many = intervals(forecast, scale, np.tile([[[-1.0], [1.0]]], (1, 50, 1)), np.array(["one"]), ((1, 1),))[0.95]
    assert few.upper[0, 0] > many.upper[0, 0]
