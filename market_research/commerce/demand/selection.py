"""Which forecast to take for each series: a model's, or the median of several, by their errors in the back-test.

A series has few origins, and the best of many on few is luck; so its own errors are drawn towards those of the series
that are like it. Medians of several models are candidates like the models (Makridakis and others, "The M4
Competition", 2020, on how often combinations win).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from market_research.commerce.demand.arrays import Bools, Floats, mean_known, ratio

PRIOR_ORIGINS = 12.0
"""So many origins of like series weigh as much as a series' own."""


def median_name(names: Sequence[str]) -> str:
    """What the combination of these models is called."""
    return f"median of {', '.join(names[:-1])} and {names[-1]}"


def with_medians(forecasts: Mapping[str, Floats], combinations: Sequence[tuple[str, ...]]) -> dict[str, Floats]:
    """The forecasts and the medians of the named ones; a model that has none for a series is left out of its median."""
    return {**forecasts, **{median_name(names): median([forecasts[name] for name in names]) for names in combinations}}


def median(forecasts: Sequence[Floats]) -> Floats:
    """Median of several forecasts, of those that are not NaN."""
    many = np.sort(np.stack(forecasts), axis=0)
    known = (~np.isnan(many)).sum(axis=0)[None]
    middle = [np.take_along_axis(many, np.maximum((known - 1 + more) // 2, 0), axis=0)[0] for more in (0, 1)]
    return (middle[0] + middle[1]) / 2


def choose(
    errors: Mapping[str, Floats], groups: NDArray[np.str_], possible: Mapping[str, Bools] | None = None
) -> NDArray[np.str_]:
    """The candidate of each series with the least error.

    Args:
        errors: of each candidate (series, origins, horizon), NaN where not known.
        possible: the series that a candidate has a forecast of; all where it is not said.
        groups: series of one group are like each other.

    Returns:
        Names; where a series has no errors, the best of its group, and where that has none, the first candidate.
    """
    names = list(errors)
    size = np.stack([mean_known(np.abs(errors[name]), (1, 2)) for name in names], axis=1)
    usual = mean_known(size, 1)[:, None]
    relative = np.where(usual > 0, ratio(size, usual), np.where(np.isnan(size), np.nan, 1.0))
    origins = (~np.isnan(errors[names[0]])).any(axis=2).sum(axis=1)[:, None]
    common = np.ones_like(relative)
    for group in np.unique(groups):
        rows = groups == group
        common[rows] = np.nan_to_num(mean_known(relative[rows], 0), nan=1.0)
    own = np.where(np.isnan(relative), common, relative)
    score = (origins * own + PRIOR_ORIGINS * common) / (origins + PRIOR_ORIGINS)
    # A model without any error beside others that have some could not be fitted.
    score = np.where(np.isnan(relative) & ~np.isnan(usual), np.inf, score)
    if possible is not None:
        score = np.where(np.stack([possible[name] for name in names], axis=1), score, np.inf)
    return np.array(names)[np.argmin(score, axis=1)]


def picked(forecasts: Mapping[str, Floats], names: NDArray[np.str_]) -> Floats:
    """Of each series the forecast that is named for it."""
    made = np.full(next(iter(forecasts.values())).shape, np.nan)
    for name in np.unique(names):
        made[names == name] = forecasts[str(name)][names == name]
    return made
