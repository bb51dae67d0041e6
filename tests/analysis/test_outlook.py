"""Forecasts: the published formula, worked by hand, and the error of the back-test."""

from math import exp, log, sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from market_research.analysis.outlook import back_test, consecutive, drift_forecast

SERIES = st.lists(st.floats(1e6, 1e12), min_size=4, max_size=15)


def test_by_hand() -> None:
    """Three yearly changes of the logarithm: ln 1.1, ln 1.2, ln 1.05."""
    values = [100.0, 110.0, 132.0, 138.6]
    changes = [log(1.1), log(1.2), log(1.05)]
    drift = sum(changes) / 3
    spread = sqrt(sum((change - drift) ** 2 for change in changes) / 2)
    for h, forecast in enumerate(drift_forecast(values, 3), 1):
        error = 1.2815515655446004 * spread * sqrt(h * (1 + h / 3))
        assert forecast.base == pytest.approx(exp(log(138.6) + h * drift))
        assert forecast.low == pytest.approx(exp(log(138.6) + h * drift - error))
        assert forecast.high == pytest.approx(exp(log(138.6) + h * drift + error))


def test_the_drift_is_that_from_the_first_to_the_last_value() -> None:
    (forecast,) = drift_forecast([100.0, 250.0, 90.0, 160.0], 1)
    assert forecast.base == pytest.approx(160 * 1.6 ** (1 / 3))


def test_steady_growth_is_continued_without_doubt() -> None:
    values = [100 * 1.08**year for year in range(8)]
    for h, forecast in enumerate(drift_forecast(values, 3), 1):
        for bound in (forecast.low, forecast.base, forecast.high):
            assert bound == pytest.approx(100 * 1.08 ** (7 + h))
    assert back_test(values) == pytest.approx(0, abs=1e-9)


@given(SERIES)
def test_the_interval_holds_the_forecast_and_widens(values: list[float]) -> None:
    forecasts = drift_forecast(values, 3)
    widths = []
    for forecast in forecasts:
        assert forecast.low <= forecast.base * (1 + 1e-9)
        assert forecast.base <= forecast.high * (1 + 1e-9)
        widths.append(log(forecast.high) - log(forecast.low))
    assert widths[0] <= widths[1] + 1e-9 <= widths[2] + 2e-9


@given(SERIES, st.floats(0.001, 1000))
def test_the_unit_of_money_does_not_matter(values: list[float], factor: float) -> None:
    scaled = [value * factor for value in values]
    assume(min(scaled) > 0)
    for ours, theirs in zip(drift_forecast(values, 2), drift_forecast(scaled, 2), strict=True):
        assert ours.high * factor == pytest.approx(theirs.high, rel=1e-6)
    assert back_test(values) == pytest.approx(back_test(scaled), rel=1e-6, abs=1e-6)


def test_back_test_forecasts_each_year_from_those_before_it_only() -> None:
    values = [100.0, 110.0, 121.0, 133.1, 100.0]
    # From 121 the method says 133.1, which is right; from 133.1 it says 146.41, and 100 came.
    assert back_test(values) == pytest.approx(100 * (0 + 0.4641) / 2)


@pytest.mark.parametrize(
    ("years", "run"),
    [([2010, 2011, 2012], [2010, 2011, 2012]), ([2010, 2012, 2013], [2012, 2013]), ([2010], [2010]), ([], [])],
)
def test_the_run_of_years_that_ends_with_the_last(years: list[int], run: list[int]) -> None:
    assert [year for year, _, _ in consecutive([(year, 1.0, "") for year in years])] == run
