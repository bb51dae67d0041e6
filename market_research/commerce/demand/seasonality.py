"""Seasons of daily demand, found by tests, as factors that multiply a level.

Weekly: the weekdays' means against their common one, a chi-square test with the dispersion within weekdays, in eight
weeks or more; factors are shrunk by what chance alone would show (James and Stein, 1961). Yearly: Fourier terms (three
pairs) beside a trend, in two years or more, on which both halves agree. Promotions: what was sold on their days
against the level around them, drawn towards the shop's own mean where an offer has few such days.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from market_research.commerce.demand.arrays import Bools, Floats, mean_known, ratio
from market_research.commerce.demand.stockouts import expected

LEAST_WEEKS = 8
SIGNIFICANT = 0.01
LEAST_WEEKLY, LEAST_YEARLY = 1.1, 1.25
"""Highest over lowest factor below which a season is not worth a word."""
YEAR, PAIRS = 365.25, 3
AGREEMENT = 0.75
PRIOR_PIECES = 20.0
LARGEST_UPLIFT = 5.0
MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


@dataclass(frozen=True)
class Weekly:
    """Factors of the days from Monday to Sunday (series, 7) with mean one, and whether they are beyond chance."""

    factors: Floats
    found: Bools


@dataclass(frozen=True)
class Yearly:
    """Factors of the days of a year (series, 366) with mean one, and whether two years agree on them."""

    factors: Floats
    found: Bools


def weekly(values: Floats, first: date) -> Weekly:
    """The weekly season of each series (series, days from ``first`` on; NaN where demand is not known)."""
    from scipy.stats import chi2

    day = (np.arange(values.shape[1]) + first.weekday()) % 7
    # Against the level of its own week, so that growth is no weekday's.
    level = _smoothed(values, 7)
    mean = mean_known(values, 1)[:, None]
    relative = ratio(values, level)
    means = np.stack([mean_known(relative[:, day == one], 1) for one in range(7)], axis=1)
    counts = np.stack([(~np.isnan(relative[:, day == one])).sum(axis=1) for one in range(7)], axis=1)
    within = mean_known((relative - np.take(means, day, axis=1)) ** 2, 1)[:, None]
    centre = mean_known(relative, 1)[:, None]
    statistic = np.divide(counts * (means - centre) ** 2, within, out=np.zeros_like(means), where=within > 0).sum(
        axis=1
    )
    enough = (counts.min(axis=1) >= LEAST_WEEKS) & (mean[:, 0] > 0)
    kept = np.maximum(0.0, 1 - 6 / np.maximum(statistic, 1e-9))[:, None]
    factors = 1 + kept * (np.nan_to_num(ratio(means, centre), nan=1.0) - 1)
    factors = np.where(enough[:, None], np.maximum(factors, 0.0), 1.0)
    factors /= factors.mean(axis=1, keepdims=True)
    exact = (within[:, 0] == 0) & (np.nan_to_num(np.ptp(means, axis=1)) > 0)
    beyond = (chi2.sf(statistic, 6) < SIGNIFICANT) | exact
    strong = factors.max(axis=1) >= LEAST_WEEKLY * factors.min(axis=1)
    found = enough & beyond & strong
    return Weekly(np.where(found[:, None], factors, 1.0), found)


def yearly(values: Floats, first: date) -> Yearly:
    """The yearly season of each series, in the newest two to four whole years.

    Args:
        values: (series, days from ``first`` on), the weekly season taken out; NaN where demand is not known.
    """
    from threadpoolctl import threadpool_limits

    none = np.ones((len(values), 366))
    years = min(int(values.shape[1] / YEAR + 0.01), 4)
    if years < 2:
        return Yearly(none, np.zeros(len(values), dtype=bool))
    width = round(years * YEAR) - (1 if years * YEAR > values.shape[1] else 0)
    recent = values[:, -width:]
    start = first + timedelta(days=values.shape[1] - width)
    enough = np.isnan(recent).mean(axis=1) < 0.2
    mean = mean_known(recent, 1)[:, None]
    relative = np.nan_to_num(ratio(recent, mean), nan=1.0)
    position = (np.arange(width) + start.timetuple().tm_yday - 1) / YEAR
    curve = _fourier((np.arange(366)) / YEAR)
    half = width // 2
    # One thread: how many there are would change the last digits.
    with threadpool_limits(1):
        whole, one, other = (
            _fitted(relative[:, part], position[part]) @ curve.T
            for part in (slice(None), slice(None, half), slice(half, None))
        )
    factors = np.maximum(1 + whole, 0.05)
    factors /= factors.mean(axis=1, keepdims=True)
    found = enough & (_correlation(one, other) >= AGREEMENT)
    found &= factors.max(axis=1) >= LEAST_YEARLY * factors.min(axis=1)
    return Yearly(np.where(found[:, None], factors, 1.0), found)


def uplifts(values: Floats, promoted: Bools) -> Floats:
    """How many times as much is sold on days of a promotion, of each series; one where it never had any."""
    level = expected(np.where(promoted, np.nan, values))
    usable = promoted & ~np.isnan(values) & (level > 0)
    sold = np.where(usable, values, 0.0).sum(axis=1)
    usual = np.where(usable, level, 0.0).sum(axis=1)
    if usual.sum() == 0:
        return np.ones(len(values))
    common = sold.sum() / usual.sum()
    found = (sold + PRIOR_PIECES * common) / (usual + PRIOR_PIECES)
    return np.where(usual > 0, np.clip(found, 1 / LARGEST_UPLIFT, LARGEST_UPLIFT), np.clip(common, 0.5, 2.0))


def of_weekdays(season: Weekly, first: date, days: int) -> Floats:
    """Factors of so many days from ``first`` on (series, days)."""
    return np.take(season.factors, (np.arange(days) + first.weekday()) % 7, axis=1)


def of_year(season: Yearly, first: date, days: int) -> Floats:
    """Factors of so many days from ``first`` on (series, days)."""
    places = [(first + timedelta(days=day)).timetuple().tm_yday - 1 for day in range(days)]
    return np.take(season.factors, places, axis=1)


def named(week: Floats | None, year: Floats | None) -> str:
    """The seasons in words, from the factors of seven weekdays and of 366 days; "none found" without any."""
    said = []
    if week is not None:
        said.append(f"weekly, highest on {WEEKDAYS[int(np.argmax(week))]}")
    if year is not None:
        starts = [date(2024, month, 1).timetuple().tm_yday - 1 for month in range(1, 13)]
        means = [part.mean() for part in np.split(year, starts[1:])]
        said.append(f"yearly, highest in {MONTHS[int(np.argmax(means))]}")
    return "; ".join(said) or "none found"


def _smoothed(values: Floats, width: int) -> Floats:
    """Mean of the days around each, of those that are known; at the ends, of the nearest whole window."""
    known = ~np.isnan(values)
    sums = np.cumsum(np.pad(np.where(known, values, 0.0), ((0, 0), (1, 0))), axis=1)
    counts = np.cumsum(np.pad(known, ((0, 0), (1, 0))), axis=1)
    days = values.shape[1]
    start = np.clip(np.arange(days) - width // 2, 0, max(days - width, 0))
    end = np.minimum(start + width, days)
    total, count = sums[:, end] - sums[:, start], counts[:, end] - counts[:, start]
    return np.asarray(np.divide(total, count, out=np.full(values.shape, np.nan), where=count > 0))


def _fourier(position: Floats) -> Floats:
    """Sines and cosines (days, 2 x PAIRS) of positions in years."""
    angle = 2 * np.pi * np.outer(position, np.arange(1, PAIRS + 1))
    return np.hstack([np.sin(angle), np.cos(angle)])


def _fitted(relative: Floats, position: Floats) -> Floats:
    """Coefficients (series, 2 x PAIRS) of the Fourier terms beside a level and a trend, by least squares."""
    design = np.column_stack([np.ones(len(position)), position - position.mean(), _fourier(position)])
    found, *_ = np.linalg.lstsq(design, relative.T, rcond=None)
    return np.asarray(found[2:].T)


def _correlation(one: Floats, other: Floats) -> Floats:
    first, second = one - one.mean(axis=1, keepdims=True), other - other.mean(axis=1, keepdims=True)
    size = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.asarray(np.divide((first * second).sum(axis=1), size, out=np.zeros(len(one)), where=size > 0))
