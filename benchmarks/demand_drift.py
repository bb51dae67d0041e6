"""How often the watch on forecasts of demand is right: `make bench NAME=demand_drift`; ARGS="--shops 40 --quick".

Shops are simulated: so many products with weekends and pieces that come by chance (negative binomial), and in every
week something that moves all products together by 10 % or so. 300 days are forecast as always, with back-test; the
seven days after are looked at as the registry does. Without a shift an alert is a false one; with a shift (the demand
of all products is so many times what it was) it is right.

A MAPE up by more than 10 % that is more than one in twenty by chance (``chance.of_weeks``) is told as info and changes
nothing.

Prints a table by products and shift: the share of the shops in which a rise is told, and in which it is acted on. The
last line is one JSON object: told_falsely, false_alarms and found (demand doubled) of 24 products; the same of 5.
--quick: means alone instead of all candidates.
"""

import argparse
import json
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from market_research.commerce.demand import tables
from market_research.commerce.demand.arrays import Floats
from market_research.commerce.demand.candidates import Candidates
from market_research.commerce.demand.forecasting import Outlook, outlook
from market_research.commerce.demand.models import level_models, mean_of
from market_research.commerce.demand.series import Shop
from market_research.commerce.registry import chance, drift, metrics
from market_research.commerce.registry.metrics import WEEK

DAYS, LAST = 300, date(2025, 12, 31)
SIZES, SHIFTS = (5, 24, 80), (1.0, 0.7, 1.3, 1.6, 2.0)
COMMON, DISPERSION = 0.1, 3.0
"""Standard deviation (of the logarithm) of what moves all products of a week; the negative binomial's size."""
QUICK = Candidates(regular=("Mean28", "Mean91"), rare=("Mean28", "Mean91"), medians=())


def sold(products: int, shift: float, rng: np.random.Generator) -> Floats:
    """Pieces by product and day; the last ``WEEK`` days with the shift."""
    width = DAYS + WEEK
    level = rng.lognormal(1.2, 0.8, size=(products, 1))
    weekend = np.where(np.arange(width) % 7 >= 5, rng.uniform(1, 1.8, size=(products, 1)), 1.0)
    common = np.repeat(rng.lognormal(-(COMMON**2) / 2, COMMON, size=width // 7 + 1), 7)[:width]
    mean = level * weekend * common * np.where(np.arange(width) >= DAYS, shift, 1.0)
    return rng.poisson(rng.gamma(DISPERSION, mean / DISPERSION)).astype(float)


def shop_of(quantity: Floats) -> Shop:
    """The shop that sold these pieces up to ``LAST``."""
    count, width = quantity.shape
    names = tuple(f"p{number:03d}" for number in range(count))
    never = np.zeros((count, width), dtype=bool)
    ahead = np.zeros((count, width + 90), dtype=bool)
    return Shop("own", names, LAST, quantity, np.zeros(count), never, ahead)


def looked(found: Outlook, after: Floats) -> tuple[bool, bool]:
    """Whether a rise of the MAPE is told, and whether it is acted on."""
    tested = tables.backtest_rows(found).filter("is_chosen", pl.col("horizon_days") == WEEK)["mape"].drop_nulls()
    before = tables.week_rows(found).rename(
        {"product_id": "subject_id", "quantity": "predicted", "sold": "actual"}
    )  # fmt: skip
    days = [LAST + timedelta(days=day) for day in range(1, WEEK + 1)]
    live = pl.DataFrame(
        {
            "subject_id": np.repeat(found.shop.product_ids, WEEK), "made_on": [LAST] * after.size,
            "for_date": days * len(after), "predicted": found.forecast[:, :WEEK].ravel(), "actual": after.ravel(),
            "actual_at": days[-1], "lower": 0.0, "upper": 0.0,
        }
    )  # fmt: skip
    judged = drift.judge("demand", metrics.of_quantities(live), float(tested.mean()))  # type: ignore[arg-type]
    if judged.verdict != "drift":
        return False, False
    told = chance.of_weeks(before, metrics.weeks_of(live))
    return True, told is None or told <= drift.MOST_CHANCE


def measured(products: int, shops: int, *, quick: bool) -> dict[float, tuple[float, float]]:
    """Shares of the shops in which a rise is told and acted on, by shift; the same shops for each."""
    tried = QUICK if quick else Candidates()
    models = {"Mean28": mean_of(28), "Mean91": mean_of(91)} if quick else level_models((*tried.regular, *tried.rare))
    found: dict[float, list[tuple[bool, bool]]] = {shift: [] for shift in SHIFTS}
    for seed in range(shops):
        before = sold(products, 1.0, np.random.default_rng([products, seed]))[:, :DAYS]
        made = outlook(shop_of(before), models, tried)
        for shift in SHIFTS:
            whole = sold(products, shift, np.random.default_rng([products, seed]))
            found[shift].append(looked(made, whole[:, DAYS:]))
    return {shift: (float(np.mean(rows, axis=0)[0]), float(np.mean(rows, axis=0)[1])) for shift, rows in found.items()}


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--shops", type=int, default=100)
    options.add_argument("--quick", action="store_true")
    asked = options.parse_args()
    found = {size: measured(size, asked.shops, quick=asked.quick) for size in SIZES}
    for number, what in enumerate(("told", "acted on")):
        print(f"\n{what}: products" + "".join(f"{f'demand x {shift:g}':>14}" for shift in SHIFTS))
        for size in SIZES:
            print(f"{size:18}" + "".join(f"{100 * found[size][shift][number]:12.1f} %" for shift in SHIFTS))
    keys = {
        f"{name}{end}": found[size][shift][number]
        for size, end in ((24, ""), (5, "_5"))
        for name, shift, number in (("told_falsely", 1.0, 0), ("false_alarms", 1.0, 1), ("found", 2.0, 1))
    }
    print(json.dumps({name: round(value, 4) for name, value in keys.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
