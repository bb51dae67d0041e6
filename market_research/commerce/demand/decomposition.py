"""Naive2, the benchmark of the M competitions: the newest value, seasonally adjusted where a test finds a season.

Makridakis and Hibon, "The M3-Competition", 2000; Makridakis, Spiliotis and Assimakopoulos, "The M4 Competition", 2020:
a 90 % test of the autocorrelation at the season's lag, then the classical multiplicative decomposition.
"""

import numpy as np

from market_research.commerce.demand.arrays import Floats

_NORMAL_90 = 1.645


def is_seasonal(values: Floats, season: int) -> bool:
    """Whether one series has a season of so many periods, by the 90 % test of its autocorrelation."""
    from statsmodels.tsa.stattools import acf

    if season < 2 or len(values) < 3 * season or np.ptp(values) == 0:
        return False
    found = acf(values, nlags=season, fft=False)
    limit = _NORMAL_90 * np.sqrt((1 + 2 * np.sum(found[1:season] ** 2)) / len(values))
    return bool(abs(found[season]) > limit)


def seasonal_factors(values: Floats, season: int) -> Floats:
    """Factor of each period of one series by classical multiplicative decomposition; ones where it has no season.

    Series that reach zero or below have no multiplicative season, as in the M4 competition's code.
    """
    from statsmodels.tsa.seasonal import seasonal_decompose

    if values.min() <= 0 or not is_seasonal(values, season):
        return np.ones_like(values)
    factors = np.asarray(seasonal_decompose(values, model="multiplicative", period=season).seasonal)
    return factors if factors.min() > 0.01 else np.ones_like(values)


def following(factors: Floats, season: int, horizon: int) -> Floats:
    """The factors of the periods after a series: those of its last season again."""
    return factors[len(factors) - season + np.arange(horizon) % season]


def naive2(values: Floats, season: int, horizon: int) -> Floats:
    """Naive2 of one series for the periods that follow it."""
    factors = seasonal_factors(values, season)
    return values[-1] / factors[-1] * following(factors, season, horizon)
