"""Forecasts from earlier days, where what came after is known: a rolling origin (Tashman, 2000).

An origin is named by its gap: how many periods before the end of the series it lies. All arrays are (series, origins,
horizon), NaN where nothing was forecast or is known.
"""

import numpy as np

from market_research.commerce.demand.arrays import Floats, Models


def forecasts(models: Models, values: Floats, gaps: tuple[int, ...], horizon: int, least: int) -> dict[str, Floats]:
    """What each model would have forecast at each origin.

    Args:
        values: (series, periods), to learn from.
        gaps: distances of the origins from the end.
        least: periods that a series must have before an origin.
    """
    made = {name: np.full((len(values), len(gaps), horizon), np.nan) for name in models}
    for at, gap in enumerate(gaps):
        if gap >= values.shape[1]:
            continue
        known = values[:, : values.shape[1] - gap]
        enough = (~np.isnan(known)).sum(axis=1) >= least
        steps = min(gap, horizon)
        if enough.any():
            known = np.where(enough[:, None], known, np.nan)
            for name, model in models.items():
                made[name][:, at, :steps] = model(known, steps)
    return made


def actuals(values: Floats, gaps: tuple[int, ...], horizon: int) -> Floats:
    """What came after each origin; NaN beyond the end, and where ``values`` say that nothing is known."""
    found = np.full((len(values), len(gaps), horizon), np.nan)
    for at, gap in enumerate(gaps):
        start = values.shape[1] - gap
        if start > 0:
            steps = min(gap, horizon)
            found[:, at, :steps] = values[:, start : start + steps]
    return found
