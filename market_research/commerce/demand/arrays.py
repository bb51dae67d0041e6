"""Many series at once: a row a series, a column a period, the newest last, NaN where a series has not begun."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Forecaster: TypeAlias = Callable[[Floats, int], Floats]
"""From values (series, periods) and a horizon to forecasts (series, horizon); NaN where it has none for a series."""
Models: TypeAlias = Mapping[str, Forecaster]


def aligned(series: list[Floats]) -> Floats:
    """Series of different lengths as rows that end together."""
    width = max((len(one) for one in series), default=0)
    rows = np.full((len(series), width), np.nan)
    for row, one in zip(rows, series, strict=True):
        row[width - len(one) :] = one
    return rows


def mean_known(values: Floats, axis: int | tuple[int, ...]) -> Floats:
    """Mean of what is not NaN, NaN where nothing is known; without numpy's warning about that."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.asarray(np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0))


def ratio(part: Floats, whole: Floats) -> Floats:
    """The one over the other, NaN where the other is not above zero."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))
