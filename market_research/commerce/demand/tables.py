"""What was found out about demand as tables; columns are described in ``cleaning.schema.demand``."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from market_research.commerce.demand import metrics, seasonality
from market_research.commerce.demand.arrays import Bools, Floats, mean_known, ratio
from market_research.commerce.demand.candidates import WEEKLY, YEARLY
from market_research.commerce.demand.forecasting import GAPS, HORIZONS, Outlook
from market_research.commerce.demand.series import AHEAD
from market_research.commerce.demand.sufficiency import History, Quality, confidence, histories, missing, reach

RISING, FALLING, STABLE = "rising", "falling", "stable"
NEAR_PCT = 5.0
WEEK = 7
FORECAST, INSUFFICIENT = "forecast", "insufficient data"


def forecast_rows(found: Outlook) -> pl.DataFrame:
    """``demand_forecasts`` of a shop: a row an offer and day, as many days ahead as its history allows."""
    count = len(found.shop.product_ids)
    ahead = np.tile(np.arange(1, AHEAD + 1), count)
    limits = [reach(history, HORIZONS) for history in _histories(found)]
    bounds = {
        f"{side}_{100 * level:.0f}": getattr(one, side).ravel()
        for level, one in found.intervals.items()
        for side in ("lower", "upper")
    }
    frame = pl.DataFrame(
        {
            "product_id": np.repeat(found.shop.product_ids, AHEAD),
            "model": np.repeat(found.model, AHEAD),
            "ahead_days": ahead,
            "quantity": found.forecast.ravel(),
            "limit": np.repeat(limits, AHEAD),
            **bounds,
        }
    )
    made_on = pl.lit(found.shop.last)
    return (
        frame.filter(pl.col("ahead_days") <= pl.col("limit"))
        .with_columns(
            tenant=pl.lit(found.shop.tenant), made_on=made_on,
            date=made_on + pl.duration(days="ahead_days"),
        )
        .with_columns(pl.col(pl.Float64).round(4))
    )  # fmt: skip


def summary_rows(found: Outlook) -> pl.DataFrame:
    """``demand_summaries`` of a shop: a row an offer and horizon, with what is missing where none is possible."""
    known, scale = _histories(found), _scale(found)
    said = _season_names(found)
    rows = []
    for horizon in HORIZONS:
        total = found.sums[horizon]
        wide, narrow = total.intervals[0.95], total.intervals[0.80]
        before = _before(found, horizon)
        errors = _errors(found, found.model, horizon, scale)
        for at, product in enumerate(found.shop.product_ids):
            row: dict[str, object] = {
                "product_id": product, "horizon_days": horizon, "made_on": found.shop.last,
                "observations": known[at].days, "days_without_stock": known[at].hidden,
                "demand_class": str(found.kinds[at]),
            }  # fmt: skip
            if lacking := missing(known[at], horizon):
                rows.append(row | {"status": INSUFFICIENT, "confidence": 0.0, "reasons": list(lacking)})
                continue
            quantity, lower, upper = (float(part[at]) for part in (total.quantity, wide.lower, wide.upper))
            origins, mase = int(errors["origins"][at]), float(errors["mase"][at])
            quality = Quality(quantity, lower, upper, origins, None if np.isnan(mase) else mase)
            sure, reasons = confidence(known[at], quality, horizon)
            change = 100 * (quantity / before[at] - 1) if before[at] > 0 else None
            inside = narrow.lower[at] <= before[at] <= narrow.upper[at]
            rows.append(
                row
                | {
                    "status": FORECAST, "quantity": quantity, "lower_95": lower, "upper_95": upper,
                    "lower_80": float(narrow.lower[at]), "upper_80": float(narrow.upper[at]),
                    "quantity_before": float(before[at]), "change_pct": change,
                    "trend": _trend(quantity, float(before[at]), bool(inside)), "season": said[at],
                    "model": str(found.model[at]), "confidence": sure, "reasons": list(reasons),
                }
            )  # fmt: skip
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(tenant=pl.lit(found.shop.tenant))
    return frame.sort("product_id", "horizon_days").with_columns(pl.col(pl.Float64).round(4))


def backtest_rows(found: Outlook) -> pl.DataFrame:
    """``demand_backtests`` of a shop: a row an offer, candidate and horizon that could be tested."""
    frames, scale = [], _scale(found)
    for name in found.tried:
        for horizon in HORIZONS:
            values = _errors(found, np.full(len(found.model), name), horizon, scale)
            chosen = found.model == name
            frames.append(
                pl.DataFrame(
                    {
                        "product_id": list(found.shop.product_ids), "model": [name] * len(chosen), **values,
                        "horizon_days": [horizon] * len(chosen), "is_chosen": chosen,
                        "coverage_95": np.where(chosen, found.covered, np.nan),
                    }
                )
            )  # fmt: skip
    frame = pl.concat(frames).filter(pl.col("origins") > 0).with_columns(tenant=pl.lit(found.shop.tenant))
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None).round(4)).sort("product_id", "horizon_days", "model")


def _histories(found: Outlook) -> list[History]:
    return histories(found.shop.quantity, found.hidden, found.shop.returned)


def _scale(found: Outlook) -> Floats:
    """The unit of the MASE: what the same weekday a week before misses by."""
    return metrics.naive_scale(np.where(found.hidden, np.nan, found.shop.quantity), 7)


def week_rows(found: Outlook) -> pl.DataFrame:
    """``demand_backtest_weeks`` of a shop: a row an offer and origin from which the chosen candidate was tested."""
    weeks = _tested(found, found.model, WEEK)
    made_on = [found.shop.last - timedelta(days=gap) for gap in GAPS if gap >= WEEK]
    count = len(found.shop.product_ids)
    frame = pl.DataFrame(
        {
            "product_id": np.repeat(found.shop.product_ids, len(made_on)), "made_on": made_on * count,
            "quantity": weeks.said.ravel(), "sold": weeks.sold.ravel(),
        }
    )  # fmt: skip
    frame = frame.with_columns(pl.col(pl.Float64).fill_nan(None).round(4), tenant=pl.lit(found.shop.tenant))
    return frame.drop_nulls("sold").sort("product_id", "made_on")


def hidden_rows(found: Outlook) -> pl.DataFrame:
    """``demand_days_without_stock`` of a shop: a row an offer and day that says nothing about its demand."""
    rows, columns = np.nonzero(found.hidden)
    first = found.shop.days[0]
    return pl.DataFrame(
        {
            "product_id": [found.shop.product_ids[row] for row in rows],
            "date": [first + timedelta(days=int(day)) for day in columns],
        },
        schema={"product_id": pl.String, "date": pl.Date},
    )


@dataclass(frozen=True)
class _Tested:
    """Of each series and origin: the errors of days, and both sums; NaN where more than half of the days is unknown."""

    error: Floats
    sold: Floats
    said: Floats
    usable: Bools


def _tested(found: Outlook, names: NDArray[np.str_], horizon: int) -> _Tested:
    """What the named candidates would have said over so many days; an origin counts if half of them are known."""
    at = [place for place, gap in enumerate(GAPS) if gap >= horizon]
    tested = np.stack([found.tried[str(name)].tested[row, at, :horizon] for row, name in enumerate(names)])
    actual = found.actual[:, at, :horizon]
    known = ~(np.isnan(tested) | np.isnan(actual))
    usable = known.sum(axis=2) * 2 >= horizon
    error = np.where(known & usable[:, :, None], np.abs(actual - tested), np.nan)
    sold, said = (np.where(usable, np.where(known, one, 0.0).sum(axis=2), np.nan) for one in (actual, tested))
    return _Tested(error, sold, said, usable)


def _errors(found: Outlook, names: NDArray[np.str_], horizon: int, scale: Floats) -> dict[str, Floats]:
    """Of each series: origins, and the errors of the named candidate over so many days.

    MASE is of days, sMAPE and MAPE of what is sold over the horizon together: of single days with few pieces, or none,
    percentages say nothing.
    """
    tested = _tested(found, names, horizon)
    return {
        "origins": tested.usable.sum(axis=1),
        "mase": ratio(mean_known(tested.error, (1, 2)), scale),
        "smape": metrics.smape(tested.sold, tested.said),
        "mape": metrics.mape(tested.sold, tested.said),
    }


def _before(found: Outlook, horizon: int) -> Floats:
    """What was sold over as many days before, days without stock replaced by what is expected of them."""
    return np.asarray(np.nansum(found.seasons.values[:, -horizon:], axis=1))


def _trend(quantity: float, before: float, inside: bool) -> str:
    """Against the same span before: a change counts if it is large and the span outside of the 80 % interval."""
    if inside or abs(quantity - before) * 100 < NEAR_PCT * before:
        return STABLE
    return RISING if quantity > before else FALLING


def _season_names(found: Outlook) -> list[str]:
    week, year = found.seasons.week, found.seasons.year
    return [
        seasonality.named(
            week.factors[at] if week.found[at] and WEEKLY in taken.split() else None,
            year.factors[at] if year.found[at] and YEARLY in taken.split() else None,
        )
        for at, taken in enumerate(found.taken_out)
    ]
