"""Models that forecast each series from itself: those of statsforecast, and means, for all series at once.

statsforecast's fits let go of Python's lock, so threads use all cores; each series is fitted alone, so that their
number changes no figure.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from market_research.commerce.demand.arrays import Floats, Forecaster, Models, mean_known
from market_research.commerce.demand.decomposition import following, seasonal_factors


def per_series(build: Callable[[], Any]) -> Forecaster:
    """A forecaster from a model of statsforecast; a series that the model cannot fit gets NaN."""

    def forecast(values: Floats, horizon: int) -> Floats:
        def one(row: Floats) -> Floats:
            known = row[~np.isnan(row)]
            if not known.size:
                return np.full(horizon, np.nan)
            try:
                made = build().forecast(y=known, h=horizon)["mean"]
            except Exception:  # noqa: BLE001 - the library raises bare Exception where no model fits
                return np.full(horizon, np.nan)
            return np.asarray(made, dtype=np.float64)

        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
            rows = list(threads.map(one, values))
        made = np.array(rows).reshape(len(values), horizon)
        return np.where(np.isfinite(made), np.maximum(made, 0.0), np.nan)

    return forecast


def mean_of(periods: int) -> Forecaster:
    """The mean of the newest periods, for ever."""

    def forecast(values: Floats, horizon: int) -> Floats:
        return np.repeat(mean_known(values[:, -periods:], 1)[:, None], horizon, axis=1)

    return forecast


def level_models(names: tuple[str, ...]) -> Models:
    """Models of series without a season, by their names: what is left once the season is taken out.

    Raises:
        KeyError: a name is not known.
    """
    from statsforecast import models as library

    known: dict[str, Forecaster] = {
        "Mean28": mean_of(28),
        "Mean91": mean_of(91),
        "AutoETS": per_series(lambda: library.AutoETS(season_length=1, model="AZN", damped=True)),
        "AutoCES": per_series(lambda: library.AutoCES(season_length=1, model="N")),
        "Theta": per_series(lambda: library.Theta(season_length=1)),
        "CrostonSBA": per_series(library.CrostonSBA),
        "TSB": per_series(lambda: library.TSB(alpha_d=0.1, alpha_p=0.05)),
        "IMAPA": per_series(library.IMAPA),
    }
    return {name: known[name] for name in names}


def seasonal_models(season: int, names: tuple[str, ...]) -> Models:
    """Models of series with a season of so many periods (1: without one), for a few hundred periods at most.

    AutoARIMA gets the series seasonally adjusted as by Naive2, which costs a fraction of a seasonal one.

    Raises:
        KeyError: a name is not known.
    """
    from statsforecast import models as library

    known: dict[str, Forecaster] = {
        "AutoETS": per_series(lambda: library.AutoETS(season_length=season)),
        "DampedETS": per_series(lambda: library.AutoETS(season_length=season, damped=True)),
        "LogETS": per_series(lambda: _Logarithmic(library.AutoETS(season_length=season, model="AZA", damped=True))),
        "AutoCES": per_series(lambda: library.AutoCES(season_length=season)),
        "DynamicOptimizedTheta": per_series(lambda: library.DynamicOptimizedTheta(season_length=season)),
        "OptimizedTheta": per_series(lambda: library.OptimizedTheta(season_length=season)),
        "AutoARIMA": per_series(lambda: _Adjusted(library.AutoARIMA(), season)),
    }
    return {name: known[name] for name in names}


@dataclass(frozen=True)
class _Logarithmic:
    """A model of the logarithms of a series that is above zero; of no other."""

    model: Any

    def forecast(self, y: Floats, h: int) -> dict[str, Floats]:
        return {"mean": np.exp(self.model.forecast(y=np.log(y), h=h)["mean"])}


@dataclass(frozen=True)
class _Adjusted:
    """A model of a seasonally adjusted series."""

    model: Any
    season: int

    def forecast(self, y: Floats, h: int) -> dict[str, Floats]:
        factors = seasonal_factors(y, self.season)
        made = self.model.forecast(y=y / factors, h=h)["mean"]
        return {"mean": made * following(factors, self.season, h)}
