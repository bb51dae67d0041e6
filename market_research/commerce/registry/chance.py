"""Whether errors of forecasts that have grown may be chance: few products' percentages jump by themselves."""

import math
from datetime import date

import polars as pl

from market_research.commerce.registry.metrics import WEEK

LEAST_ORIGINS = 3
"""Fewer earlier weeks do not tell by how much weeks differ."""


def of_weeks(before: pl.DataFrame, now: pl.DataFrame) -> float | None:
    """How often forecasts that are as good as before miss by as much as these, from 0 to 1.

    Args:
        before: weeks of the back-test, from days that did not know them.
        now: weeks that are looked at. Both have subject_id, made_on, predicted and actual, the sums of seven days, a
            row a product and day of the forecast. Of weeks that share days the newest counts, and weeks without sales
            do not.

    Returns:
        One-sided p-value; None where there are fewer than ``LEAST_ORIGINS`` weeks before, or none of the same products.

    Percentages of a few pieces are too skewed for means. So each product ranks its own weeks, those before and those
    looked at together, by ``|log((predicted + 1) / (actual + 1))|``, and each week has one figure, r: the mean over its
    products of (rank - 1/2) / weeks of the product, which is about 1/2 by chance. What moves all products of one week
    together (weather, a holiday) shall count once and not once a product, so it is weeks that are compared: by
    Student's t for new observations of a normal distribution::

        t = (mean(r now) - mean(r before)) / (s * sqrt(1 / k + 1 / n)),   n - 1 degrees of freedom

    with n weeks before, their standard deviation s, and k weeks looked at. Sources: Friedman, The use of ranks to avoid
    the assumption of normality, 1937 (ranks within blocks); Conover and Iman, Rank transformations as a bridge between
    parametric and nonparametric statistics, 1981 (t of ranks); Hahn and Meeker, Statistical Intervals, 1991 (t for
    future observations). `make bench NAME=demand_drift` measures it; means of the percentages themselves, compared in
    the same way, found a third as much at the same share of false alarms.
    """
    from scipy.stats import t as student

    apart = _apart(now["made_on"].unique().to_list())
    looked = now.filter(pl.col("made_on").is_in(apart))
    parts = [_misses(before).with_columns(is_new=False), _misses(looked).with_columns(is_new=True)]
    place = (pl.col("miss").rank() - 0.5) / pl.len()
    both = pl.concat(parts).filter((~pl.col("is_new")).any().over("subject_id"))
    weeks = (
        both.sort("subject_id", "made_on")
        .with_columns(place=place.over("subject_id"))
        .sort("is_new", "made_on", "subject_id")
        .group_by("is_new", "made_on", maintain_order=True)
        .agg(pl.col("place").mean())
    )
    new, old = (weeks.filter(pl.col("is_new") == is_new)["place"] for is_new in (True, False))
    if new.is_empty() or old.len() < LEAST_ORIGINS:
        return None
    means = [float(part.sum()) / part.len() for part in (new, old)]
    spread = math.sqrt(float(((old - means[1]) ** 2).sum()) / (old.len() - 1))
    excess = means[0] - means[1]
    wide = spread * math.sqrt(1 / new.len() + 1 / old.len())
    if wide < 1e-9:
        return 0.0 if excess > 1e-9 else 1.0
    return float(student.sf(excess / wide, old.len() - 1))


def _misses(weeks: pl.DataFrame) -> pl.DataFrame:
    """subject_id, made_on and miss of weeks in which anything was sold; exact ties are told from rounding."""
    miss = ((pl.col("predicted") + 1) / (pl.col("actual") + 1)).log().abs().round(9)
    return weeks.filter(pl.col("actual") > 0).select("subject_id", "made_on", miss=miss)


def _apart(days: list[date]) -> list[date]:
    """Of these days the newest, and the newest before that whose weeks share no day with those taken."""
    taken: list[date] = []
    for day in sorted(days, reverse=True):
        if not taken or (taken[-1] - day).days >= WEEK:
            taken.append(day)
    return taken
