"""What is tried for which kind of demand, and how seasons and promotions are taken out before and put back after."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np

from market_research.commerce.demand import seasonality
from market_research.commerce.demand.arrays import Bools, Floats, Forecaster, mean_known
from market_research.commerce.demand.seasonality import Weekly, Yearly
from market_research.commerce.demand.series import Shop
from market_research.commerce.demand.stockouts import filled

FITTED_DAYS = 400
"""A level is fitted to the newest days; what was before says little about it and costs time."""
WEEKLY, YEARLY, PROMOTIONS = "weekly", "yearly", "promotions"
Adjusted: TypeAlias = tuple[Floats, Floats]
"""The series with seasons taken out, and the factors of the days ahead."""


@dataclass(frozen=True)
class Candidates:
    """Names of the models of series without a season (see ``models``) and of the medians of them that are tried."""

    regular: tuple[str, ...] = ("Mean28", "Mean91", "AutoETS", "AutoCES", "Theta")
    rare: tuple[str, ...] = ("Mean28", "Mean91", "CrostonSBA", "TSB", "IMAPA")
    medians: tuple[tuple[str, ...], ...] = (
        ("Mean28", "Mean91", "AutoETS", "AutoCES", "Theta"),
        ("AutoETS", "AutoCES", "Theta"),
        ("Mean28", "Mean91", "CrostonSBA", "TSB", "IMAPA"),
        ("CrostonSBA", "TSB", "IMAPA"),
    )

    def medians_of(self, names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """Those of which all models are among the names."""
        return tuple(names_ for names_ in self.medians if set(names_) <= set(names))


@dataclass(frozen=True)
class Seasons:
    """What was found in the days of a shop up to one of them."""

    week: Weekly
    year: Yearly
    uplift: Floats
    values: Floats
    """The series, hidden days replaced by what is expected of them."""


def seasons_until(shop: Shop, hidden: Bools) -> Callable[[int], Seasons]:
    """A function from a number of days to the seasons of so many first days; each is found once."""
    first = shop.days[0]

    @cache
    def found(width: int) -> Seasons:
        quantity, unseen = shop.quantity[:, :width], hidden[:, :width]
        promoted = shop.promoted[:, :width]
        seen = np.where(unseen, np.nan, quantity)
        week = seasonality.weekly(np.where(promoted, np.nan, seen), first)
        factors = seasonality.of_weekdays(week, first, width)
        level = seen / np.maximum(factors, 0.01)
        year = seasonality.yearly(np.where(promoted, np.nan, level), first)
        return Seasons(week, year, seasonality.uplifts(level, promoted), filled(quantity, unseen))

    return found


def variants(shop: Shop, seasons: Seasons) -> list[tuple[str, ...]]:
    """What may be taken out of a shop's series, the plainest first."""
    made: list[tuple[str, ...]] = [(WEEKLY,)]
    if seasons.year.found.any():
        made.append((WEEKLY, YEARLY))
    if shop.promoted.any():
        made += [(*names, PROMOTIONS) for names in made]
    return made


def adjusted(shop: Shop, seasons: Seasons, variant: tuple[str, ...], width: int, horizon: int) -> Adjusted:
    """The first ``width`` days without what the variant names, and its factors of the days after them."""
    first, days = shop.days[0], width + horizon
    factors = np.ones((len(shop.product_ids), days))
    if WEEKLY in variant:
        factors *= seasonality.of_weekdays(seasons.week, first, days)
    if YEARLY in variant:
        factors *= seasonality.of_year(seasons.year, first, days)
    if PROMOTIONS in variant:
        factors *= np.where(shop.promoted[:, :days], seasons.uplift[:, None], 1.0)
    past = factors[:, :width]
    # A weekday on which never anything is sold says nothing about the level.
    level = np.divide(seasons.values, past, out=np.full(past.shape, np.nan), where=past > 0.01)
    usual = mean_known(level, 1)[:, None]
    closed = np.isnan(level) & ~np.isnan(seasons.values)
    return np.where(closed, usual, level), factors[:, width:]


def seasonal(level: Forecaster, taken_out: Callable[[int, int], Adjusted]) -> Forecaster:
    """A forecaster of series from one of their levels; rows without any value are not forecast."""

    def forecast(known: Floats, horizon: int) -> Floats:
        values, ahead = taken_out(known.shape[1], horizon)
        wanted = (~np.isnan(known)).any(axis=1, keepdims=True)
        return level(np.where(wanted, values, np.nan)[:, -FITTED_DAYS:], horizon) * ahead

    return forecast
