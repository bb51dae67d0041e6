"""Days on which nothing could be sold: such days say nothing about demand and are no zeros.

Where stock was counted, counts tell. Elsewhere a run of days without a sale counts as one if chance hardly gives it: at
the mean of the same weekdays around, Poisson with the offer's own dispersion, less often than once in 10,000 runs. Long
runs, and one at the end that no count explains, are left as they are: an offer may have ended.
"""

import numpy as np

from market_research.commerce.demand.arrays import Bools, Floats, mean_known

LONGEST = 60
WEEKS_AROUND = 4
_LIMIT = float(-np.log(1e-4))


def censored(quantity: Floats, empty: Bools) -> Bools:
    """Days of each series (series, days) on which demand cannot be seen.

    Args:
        quantity: pieces a day, NaN before the first day.
        empty: days that counts say were without stock.
    """
    return empty | _improbable(quantity)


def expected(quantity: Floats, runs: Floats | None = None) -> Floats:
    """Mean of the same weekday in four weeks before and after each day, of days of other runs; NaN without any."""
    around = []
    for week in range(1, WEEKS_AROUND + 1):
        for shift in (7 * week, -7 * week):
            moved = _moved(quantity, shift)
            if runs is not None:
                same = (_moved(runs, shift) == runs) & (runs > 0)
                moved = np.where(same, np.nan, moved)
            around.append(moved)
    return mean_known(np.stack(around), 0)


def filled(quantity: Floats, hidden: Bools) -> Floats:
    """The series with hidden days replaced by what is expected of them, so that models can be fitted."""
    seen = np.where(hidden, np.nan, quantity)
    guess = expected(seen)
    level = mean_known(seen, 1)[:, None]
    guess = np.where(np.isnan(guess), np.nan_to_num(level), guess)
    return np.where(hidden & ~np.isnan(quantity), guess, quantity)


def _improbable(quantity: Floats) -> Bools:
    zero = quantity == 0
    starts = zero & ~np.pad(zero, ((0, 0), (1, 0)))[:, :-1]
    runs = np.where(zero, np.cumsum(starts.ravel()).reshape(starts.shape), 0)
    if not starts.any():
        return zero
    around = expected(quantity, runs)
    spread = np.where(zero, np.nan, (quantity - around) ** 2 / np.maximum(around, 0.1))
    dispersion = np.maximum(np.nan_to_num(mean_known(spread, 1)), 1.0)[:, None]
    weight = np.nan_to_num(around) / dispersion
    sums = np.bincount(runs.ravel(), weight.ravel())
    lengths = np.bincount(runs.ravel())
    chosen = (sums > _LIMIT) & (lengths <= LONGEST)
    chosen[0] = False
    chosen[runs[:, -1]] = False
    return chosen[runs]


def _moved(values: np.ndarray, shift: int) -> Floats:
    """Columns moved to the right by ``shift`` (left where negative), NaN where nothing is."""
    made = np.full(values.shape, np.nan)
    if abs(shift) < values.shape[1]:
        if shift > 0:
            made[:, shift:] = values[:, :-shift]
        else:
            made[:, :shift] = values[:, -shift:]
    return made
