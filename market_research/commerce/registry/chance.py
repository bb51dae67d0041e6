"""Whether errors of forecasts that have grown may be chance: few products' percentages jump by themselves."""

import math
from datetime import date

import polars as pl

from market_research.commerce.registry.metrics import WEEK

LEAST_ORIGINS = 3
"""Fewer earlier weeks do not tell by how much weeks differ."""
_NOTHING = 1e-9


def of_weeks(before: pl.DataFrame, now: pl.DataFrame) -> float | None:
    """How often forecasts that are as good as before miss by as much as these, from 0 to 1.

    Args:
        before: weeks of the back-test, from days that did not know them.
        now: weeks that are looked at. Both have subject_id, made_on, predicted and actual, the sums of seven days, a
            row a product and day of the forecast. Of weeks that share days the newest counts, and weeks without sales
            do not.

    Returns:
        One-sided p-value; None where there are fewer than ``LEAST_ORIGINS`` weeks before, or none of the same products.

    Percentages of a few pieces are too skewed to compare, so a miss is ``|log((predicted + 1) / (actual + 1))|``, and
    each week has one figure, r: the root of the sum of its products' misses over the sum of what these products miss by
    on average in ``before``. So products that always miss by much do not tell by being there or not; roots of absolute
    errors are close to normal (Cressie and Hawkins, Robust estimation of the variogram, 1980); and what moves all
    products of one week together (weather, a holiday) counts once and not once a product. Weeks are compared by
    Student's t for new observations of a normal distribution (Hahn and Meeker, Statistical Intervals, 1991)::

        t = (mean(r now) - mean(r before)) / (s * sqrt(1 / k + 1 / n)),   n - 1 degrees of freedom

    with n weeks before, their standard deviation s, and k weeks looked at. `make bench NAME=demand_drift`: of simulated
    shops with 24 products and no shift 27 % had a MAPE that was up by more than 10 %, and 5 % a p-value of at most 0.05
    as well; of those whose demand doubled 93 % and 93 %. The same test of percentages found a third as many of these.
    """
    from scipy.stats import t as student

    old = _misses(before)
    new = _misses(now.filter(pl.col("made_on").is_in(_apart(now["made_on"].unique().to_list()))))
    usual = old.sort("subject_id", "miss").group_by("subject_id", maintain_order=True).agg(usual=pl.col("miss").mean())
    known, looked = (_by_week(part.join(usual.filter(pl.col("usual") > 0), on="subject_id")) for part in (old, new))
    if looked.is_empty() or known.len() < LEAST_ORIGINS:
        return None
    means = [float(part.sum()) / part.len() for part in (looked, known)]
    spread = math.sqrt(float(((known - means[1]) ** 2).sum()) / (known.len() - 1))
    excess, wide = means[0] - means[1], spread * math.sqrt(1 / looked.len() + 1 / known.len())
    if wide < _NOTHING:
        return 0.0 if excess > _NOTHING else 1.0
    return float(student.sf(excess / wide, known.len() - 1))


def _by_week(misses: pl.DataFrame) -> pl.Series:
    """The figure r of each week, in their order; ``misses`` has the products' ``usual`` beside them."""
    ordered = misses.sort("made_on", "subject_id")
    return ordered.group_by("made_on", maintain_order=True).agg((pl.col("miss").sum() / pl.col("usual").sum()).sqrt())[
        "miss"
    ]


def _misses(weeks: pl.DataFrame) -> pl.DataFrame:
    """subject_id, made_on and miss of weeks in which anything was sold."""
    miss = ((pl.col("predicted") + 1) / (pl.col("actual") + 1)).log().abs()
    return weeks.filter(pl.col("actual") > 0).select("subject_id", "made_on", miss=miss)


def _apart(days: list[date]) -> list[date]:
    """Of these days the newest, and the newest before that whose weeks share no day with those taken."""
    taken: list[date] = []
    for day in sorted(days, reverse=True):
        if not taken or (taken[-1] - day).days >= WEEK:
            taken.append(day)
    return taken
