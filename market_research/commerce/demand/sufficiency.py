"""Whether an offer's history is enough to forecast it, and how far to trust what comes of it, in plain words."""

from dataclasses import dataclass

import numpy as np

from market_research.commerce.demand.arrays import Floats

LEAST_DAYS, LEAST_SALE_DAYS = 28, 5
LOW_CONFIDENCE = 50.0
"""Below this a forecast is uncertain; one that cannot be made has none."""
_YEAR, _TWO_YEARS = 365, 730


@dataclass(frozen=True)
class History:
    """What is known of an offer's demand."""

    days: int
    """Days of which demand is known."""
    hidden: int
    """Days on which it could not be seen, as nothing was there to be sold."""
    sale_days: int
    returned: float = 0.0


@dataclass(frozen=True)
class Quality:
    """How a forecast of an offer over a horizon did, or is expected to do."""

    quantity: float
    lower: float
    upper: float
    origins: int
    """Origins of the back-test that lie at least a horizon before the end."""
    mase: float | None


def missing(history: History, horizon: int) -> tuple[str, ...]:
    """What is missing for a forecast over so many days; nothing where it can be made."""
    if not history.sale_days and history.returned > 0:
        return (f"only returns are recorded ({history.returned:g} pieces came back), no day with a sale",)
    if not history.sale_days:
        known = f" in the {history.days} days that are known" if history.days else ""
        return (f"no piece was sold{known}",)
    needed, said = max(LEAST_DAYS, horizon), []
    if history.days < needed:
        said.append(
            f"{horizon} days ahead need {needed} days of which demand is known; there are {history.days}, "
            f"so {needed - history.days} more are needed"
        )
    if history.sale_days < LEAST_SALE_DAYS:
        said.append(f"{LEAST_SALE_DAYS} days with a sale are needed; there are {history.sale_days}")
    return tuple(said)


def reach(history: History, horizons: tuple[int, ...]) -> int:
    """The longest horizon that can be forecast; 0 where none can."""
    return max((days for days in horizons if not missing(history, days)), default=0)


def confidence(history: History, quality: Quality, horizon: int) -> tuple[float, tuple[str, ...]]:
    """From 0 to 100, and what limits it, the most limiting first.

    It starts at 95 and loses: up to 40 by the width of the interval, up to 25 by a history under a year, 20 where no
    back-test was possible, up to 20 by days without stock, up to 15 by few days with a sale, 10 where the back-test was
    no better than the same day a week before, 5 where a yearly season could not be seen.
    """
    size = (quality.upper - quality.lower) / 2 / quality.quantity if quality.quantity > 0 else 1.0
    share = history.hidden / max(history.days + history.hidden, 1)
    found = [
        (40 * min(1.0, size), 20.0, f"the 95 % interval reaches {100 * size:.0f} % to either side of the forecast"),
        (25 * max(0.0, 1 - history.days / _YEAR), 5.0, f"demand is known of only {history.days} days"),
        (20.0 if not quality.origins else 0.0, 5.0, f"too short a history to test forecasts of {horizon} days"),
        (20 * share, 1.0, f"on {history.hidden} days nothing could be sold, so demand was not seen"),
        (15 * max(0.0, 1 - history.sale_days / 30), 3.0, f"pieces were sold on only {history.sale_days} days"),
        (
            10.0 if quality.mase is not None and quality.mase > 1 else 0.0, 5.0,
            "in the back-test it was no better than the same weekday a week before",
        ),
        (
            5.0 if history.days + history.hidden < _TWO_YEARS and horizon > 30 else 0.0, 4.0,
            "less than two years are known, so a yearly season cannot be seen",
        ),
    ]  # fmt: skip
    reasons = tuple(text for lost, least, text in sorted(found, key=lambda one: -one[0]) if lost >= least)
    return float(np.clip(95 - sum(lost for lost, *_ in found), 5, 95)), reasons


def histories(quantity: Floats, hidden: np.ndarray, returned: Floats) -> list[History]:
    """What is known of each series (series, days; NaN before it began)."""
    begun = ~np.isnan(quantity)
    days = (begun & ~hidden).sum(axis=1)
    unseen = (begun & hidden).sum(axis=1)
    sold = (np.nan_to_num(quantity) > 0).sum(axis=1)
    return [
        History(int(known), int(none), int(sales), float(back))
        for known, none, sales, back in zip(days, unseen, sold, returned, strict=True)
    ]
