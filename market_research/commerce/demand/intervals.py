"""Intervals from the errors that a back-test made (split conformal prediction: Vovk, Gammerman and Shafer, 2005).

Errors are divided by a scale of each series and pooled over the series that are like it and over periods about as far
ahead; an interval reaches from the forecast to the pooled errors' quantiles, times the scale. Where fewer errors are
known than a quantile needs, Student's t on their mean square takes its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market_research.commerce.demand.arrays import Floats, mean_known

LEVELS = (0.80, 0.95)
LEAST_ERRORS = 3
UNTESTED = 2.0
"""So many scales are a standard error where no error is known."""
PRIOR_ORIGINS = 4.0


@dataclass(frozen=True)
class Interval:
    """Bounds of one level, in the shape of the forecasts; lower ones are never below zero."""

    lower: Floats
    upper: Floats


def intervals(
    forecast: Floats, scale: Floats, errors: Floats, groups: NDArray[np.str_], bands: Sequence[tuple[int, int]]
) -> dict[float, Interval]:
    """Intervals of ``LEVELS``, each within the next.

    Args:
        forecast: (series, horizon).
        scale: in its shape, above zero.
        errors: actual minus forecast in the back-test, over its scale: (series, origins, horizon); NaN where not known.
        groups: the group of each series.
        bands: first and last period ahead (from one) whose errors are pooled.
    """
    made = {level: Interval(np.zeros_like(forecast), np.zeros_like(forecast)) for level in LEVELS}
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        for first, last in bands:
            part = np.ix_(rows, np.arange(first - 1, min(last, forecast.shape[1])))
            pooled = errors[rows][:, :, first - 1 : last]
            pooled = np.sort(pooled[~np.isnan(pooled)])
            low = high = 0.0
            for level in LEVELS:
                # Few errors may give the wider level by another rule; it holds the narrower one all the same.
                least, most = _reach(pooled, level)
                low, high = min(low, least), max(high, most)
                made[level].lower[part] = np.maximum(forecast[part] + low * scale[part], 0.0)
                made[level].upper[part] = forecast[part] + high * scale[part]
    return made


def _reach(errors: Floats, level: float) -> tuple[float, float]:
    """How far below and above a forecast an interval reaches, in scales; it holds the forecast itself."""
    from scipy.stats import t

    tail = (1 - level) / 2
    count = len(errors)
    rank = int(np.ceil((count + 1) * (1 - tail)))
    if rank <= count:
        return min(float(errors[count - rank]), 0.0), max(float(errors[rank - 1]), 0.0)
    spread = float(np.sqrt(np.mean(errors**2))) if count >= LEAST_ERRORS else UNTESTED
    half = float(t.ppf(1 - tail, max(count, LEAST_ERRORS) - 1)) * max(spread, 1e-9)
    return -half, half


def dispersion(errors: Floats, forecast: Floats, groups: NDArray[np.str_]) -> Floats:
    """Variance of each series' errors over the forecast (one for Poisson), drawn towards that of its group.

    Args:
        errors: (series, origins, horizon), NaN where not known.
        forecast: in their shape.
    """
    ratio = mean_known(errors**2 / floored(forecast), (1, 2))
    origins = (~np.isnan(errors)).any(axis=2).sum(axis=1)
    made = np.ones(len(errors))
    for group in np.unique(groups):
        rows = groups == group
        known = ratio[rows][~np.isnan(ratio[rows])]
        common = float(np.median(known)) if known.size else 1.0
        own = np.where(np.isnan(ratio[rows]), common, ratio[rows])
        made[rows] = (origins[rows] * own + PRIOR_ORIGINS * common) / (origins[rows] + PRIOR_ORIGINS)
    return np.maximum(made, 0.05)


def floored(forecast: Floats) -> Floats:
    """Forecasts as variances need them: a tenth of a piece at least."""
    return np.maximum(forecast, 0.1)
