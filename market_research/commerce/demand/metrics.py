"""How good forecasts are, as the M competitions measure it.

MASE (Hyndman and Koehler, "Another look at measures of forecast accuracy", 2006), sMAPE and OWA (Makridakis, Spiliotis
and Assimakopoulos, "The M4 Competition", 2020). Arrays are (series, periods); NaN is left out.
"""

import numpy as np

from market_research.commerce.demand.arrays import Floats, mean_known, ratio


def naive_scale(values: Floats, season: int) -> Floats:
    """Mean absolute difference to the same period of the season before, of each series: the unit of the MASE.

    Where a series is shorter than a season or the same all the time, that of neighbouring periods; NaN where that is
    zero, too.
    """
    scale = mean_known(np.abs(values[:, season:] - values[:, :-season]), 1)
    step = mean_known(np.abs(values[:, 1:] - values[:, :-1]), 1)
    scale = np.where(np.isnan(scale) | (scale == 0), step, scale)
    return np.where(scale == 0, np.nan, scale)


def mase(actual: Floats, forecast: Floats, scale: Floats) -> Floats:
    """Mean absolute error of each series in units of ``naive_scale``."""
    return ratio(mean_known(np.abs(actual - forecast), 1), scale)


def smape(actual: Floats, forecast: Floats) -> Floats:
    """Symmetric mean absolute percentage error of each series, from 0 to 200; nothing for nothing is no error."""
    size = np.abs(actual) + np.abs(forecast)
    error = np.abs(actual - forecast)
    ratio = np.divide(error, size, out=np.zeros_like(error), where=size > 0)
    return 200 * mean_known(np.where(np.isnan(size), np.nan, ratio), 1)


def mape(actual: Floats, forecast: Floats) -> Floats:
    """Mean absolute percentage error of each series over the periods with an actual value; NaN without any."""
    usable = ~np.isnan(actual) & (actual != 0)
    ratio = np.divide(np.abs(actual - forecast), np.abs(actual), out=np.full(actual.shape, np.nan), where=usable)
    return 100 * mean_known(ratio, 1)


def coverage(actual: Floats, lower: Floats, upper: Floats) -> float:
    """Share of the known values that lie within their interval; NaN without any."""
    known = ~(np.isnan(actual) | np.isnan(lower))
    return float(np.mean(((actual >= lower) & (actual <= upper))[known])) if known.any() else float("nan")


def owa(smape_mean: float, mase_mean: float, naive_smape: float, naive_mase: float) -> float:
    """Overall weighted average: mean of both errors, each over that of Naive2 (means over the same series)."""
    return (smape_mean / naive_smape + mase_mean / naive_mase) / 2
