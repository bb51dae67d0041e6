"""Forecasts on the M3 competition, on simulated shops by size, and on a real shop: `make bench NAME=forecast`.

Prints tables, and as the last line one JSON object:
owa           on M3: mean of sMAPE and MASE over those of Naive2 (as in the M4 competition), mean of the four periods
smape, mase   on M3: means over all drawn series
coverage_95   on M3: share of all actual values within their 95 % interval
series_per_s  of 1,000 simulated daily series of two years with back-test, the most that is measured

M3: 150 series of each period are drawn with a fixed seed and forecast once. Models and the intervals' scale were chosen
on other series, 250 to 300 of each period (of "other" the 24 that are left), before the drawn ones were looked at. A
forecast is the median of the models below; its intervals come from the same median without AutoARIMA at earlier
origins, for that costs more than all others together.

Simulated shops: two years to learn from and 90 days to compare with, each size in a process of its own; days on which
the truth knows a stock-out are in no figure. The real shop: the newest 30 days of 20 products of an online shop against
the year before.

ARGS: --quick (no scaling table), --outside (M3 on other series than the drawn ones; for choosing).
"""

import argparse
import json
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.filings import FOLDER
from benchmarks.sold import against_truth, online_shop, simulated_shop
from market_research.commerce.demand import backtest, metrics, selection
from market_research.commerce.demand.arrays import Floats, aligned, mean_known
from market_research.commerce.demand.decomposition import naive2
from market_research.commerce.demand.intervals import LEVELS, Interval, intervals
from market_research.commerce.demand.models import seasonal_models

SEED, DRAWN = 20251231, 150
SIZES = (125, 250, 500, 1000)
ENOUGH = 6
"""Periods that a series must have before an origin of the back-test."""


@dataclass(frozen=True)
class Period:
    """How often a kind of M3 series is observed, how far it is forecast and from which origins it is tested."""

    season: int
    horizon: int
    gaps: tuple[int, ...]
    models: tuple[str, ...]


NON_SEASONAL = ("AutoETS", "DampedETS", "DynamicOptimizedTheta", "OptimizedTheta", "AutoARIMA")
SEASONAL = (*NON_SEASONAL, "LogETS")
PERIODS = {
    "YEARLY": Period(1, 6, (6, 5, 4, 3, 2, 1), NON_SEASONAL),
    "QUARTERLY": Period(4, 8, (8, 6, 4, 2), SEASONAL),
    "MONTHLY": Period(12, 18, (18, 12, 6), SEASONAL),
    "OTHER": Period(1, 8, (8, 6, 4, 2), NON_SEASONAL),
}


@dataclass(frozen=True)
class Measured:
    """Means of one period, and what the overall means come from."""

    smape: Floats
    mase: Floats
    owa: float
    inside: Floats
    inside_80: float
    seconds: float


def series(folder: Path, period: str, outside: bool) -> tuple[list[Floats], Floats]:
    """Values to learn from and the ones after them, of the drawn series of a period."""
    rows = [json.loads(line) for line in (folder / "m3" / "M3.jsonl").read_text("utf-8").splitlines()]
    rng = np.random.default_rng(SEED)
    # One draw a period, in their order, so that each has the same series whichever is asked for.
    for name, kind in PERIODS.items():
        here = sorted((row for row in rows if row["period"] == name), key=lambda row: row["sn"])
        order = rng.permutation(len(here))
        if name == period:
            chosen = order[DRAWN : 2 * DRAWN] if outside else order[:DRAWN]
            known = [np.array(here[at]["train"], dtype=np.float64) for at in chosen]
            return known, np.array([here[at]["test"][: kind.horizon] for at in chosen], dtype=np.float64)
    raise KeyError(period)


def forecast(known: list[Floats], kind: Period) -> tuple[Floats, dict[float, Interval]]:
    """The median of the models and its intervals."""
    values = aligned(known)
    made = [model(values, kind.horizon) for model in seasonal_models(kind.season, kind.models).values()]
    found = selection.median(made)
    cheap = seasonal_models(kind.season, tuple(name for name in kind.models if name != "AutoARIMA"))
    tested = selection.median(list(backtest.forecasts(cheap, values, kind.gaps, kind.horizon, ENOUGH).values()))
    level = mean_known(values[:, -(2 * kind.season + 3) :], 1)
    # Between the size of the series and of its changes: neither alone gives errors of the same kind at all steps.
    scale = np.sqrt(level * metrics.naive_scale(values, kind.season))[:, None]
    errors = (backtest.actuals(values, kind.gaps, kind.horizon) - tested) / scale[:, :, None]
    steps = [(step, step) for step in range(1, kind.horizon + 1)]
    return found, intervals(found, np.repeat(scale, kind.horizon, 1), errors, np.full(len(known), "all"), steps)


def measured(folder: Path, period: str, outside: bool) -> Measured:
    """One period's figures."""
    kind = PERIODS[period]
    known, actual = series(folder, period, outside)
    start = time.perf_counter()
    found, bounds = forecast(known, kind)
    seconds = time.perf_counter() - start
    scale = metrics.naive_scale(aligned(known), kind.season)
    naive = np.array([naive2(one, kind.season, kind.horizon) for one in known])
    mine, theirs = ((metrics.smape(actual, made), metrics.mase(actual, made, scale)) for made in (found, naive))
    narrow, wide = (bounds[level] for level in LEVELS)
    return Measured(
        *mine,
        owa=metrics.owa(*(float(np.nanmean(one)) for one in (*mine, *theirs))),
        inside=((actual >= wide.lower) & (actual <= wide.upper)).astype(np.float64),
        inside_80=metrics.coverage(actual, narrow.lower, narrow.upper),
        seconds=seconds,
    )


def competition(folder: Path, outside: bool) -> dict[str, float]:
    """The figures of the docstring, and a table of the periods."""
    found = {period: measured(folder, period, outside) for period in PERIODS}
    print(f"{'M3':<11}{'series':>7}{'sMAPE':>8}{'MASE':>7}{'OWA':>7}{'in 80 %':>9}{'in 95 %':>9}{'seconds':>9}")
    for period, one in found.items():
        print(
            f"{period.lower():<11}{len(one.smape):7}{np.nanmean(one.smape):8.2f}{np.nanmean(one.mase):7.3f}{one.owa:7.3f}"
            f"{one.inside_80:9.3f}{one.inside.mean():9.3f}{one.seconds:9.1f}"
        )
    return {
        "owa": float(np.mean([one.owa for one in found.values()])),
        "smape": float(np.nanmean(np.concatenate([one.smape for one in found.values()]))),
        "mase": float(np.nanmean(np.concatenate([one.mase for one in found.values()]))),
        "coverage_95": float(np.mean(np.concatenate([one.inside.ravel() for one in found.values()]))),
    }


def sized(size: int) -> dict[str, float]:
    """Seconds, memory and errors of a simulated shop of so many offers, in a process of its own."""
    asked = [sys.executable, __file__, "--size", str(size)]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def scaling() -> float:
    """A table by size; returns the series a second of the largest."""
    print(
        f"\n{'daily series':>12}{'seconds':>9}{'of cores':>10}{'a second':>10}{'peak MB':>9}{'MASE':>7}{'in 95 %':>9}",
        end="",
    )
    print("".join(f"{f'{days} days in 95 %':>19}{'sMAPE':>7}" for days in (7, 30, 90)))
    rate = 0.0
    for size in SIZES:
        one = sized(size)
        rate = size / one["seconds"]
        print(
            f"{size:12,}{one['seconds']:9.1f}{one['cpu_seconds']:10.1f}{rate:10.1f}{one['peak_mb']:9.0f}{one['mase']:7.3f}{one['in_95']:9.3f}"
            + "".join(f"{one[f'in_95_{days}']:19.3f}{one[f'smape_{days}']:7.1f}" for days in (7, 30, 90))
        )
    return rate


def simulated(size: int) -> dict[str, float]:
    """What ``sized`` reports."""
    import resource

    from market_research.commerce.demand.candidates import Candidates
    from market_research.commerce.demand.forecasting import outlook
    from market_research.commerce.demand.models import level_models
    from market_research.commerce.demand.tables import backtest_rows, forecast_rows, summary_rows

    shop, truth = simulated_shop(size)
    tried = Candidates()
    start, used = time.perf_counter(), time.process_time()
    found = outlook(shop, level_models((*tried.regular, *tried.rare)), tried)
    for rows in (forecast_rows, summary_rows, backtest_rows):
        rows(found)
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak, **against_truth(found, truth)}


def real_shop(folder: Path) -> None:
    """Twenty products of an online shop, their newest 30 days."""
    from market_research.commerce.demand.candidates import Candidates
    from market_research.commerce.demand.forecasting import outlook
    from market_research.commerce.demand.models import level_models

    days = 30
    shop, after = online_shop(folder, days)
    tried = Candidates()
    found = outlook(shop, level_models((*tried.regular, *tried.rare)), tried)
    said = against_truth(found, after)
    week = np.tile(shop.quantity[:, -7:], days // 7 + 1)[:, :days]
    scale = metrics.naive_scale(np.where(found.hidden, np.nan, shop.quantity), 7)
    plain = float(np.nanmean(metrics.mase(after[:, :days], week, scale)))
    print(
        f"\n{len(shop.product_ids)} products of an online shop, {days} days after {shop.last}: MASE {said['mase']:.3f} "
        f"(the week before again: {plain:.3f}), in 95 % {said['in_95']:.3f}, "
        f"sums of 7 and 30 days in 95 % {said['in_95_7']:.2f} and {said['in_95_30']:.2f}, "
        f"sMAPE of these {said['smape_7']:.0f} and {said['smape_30']:.0f}; kinds "
        f"{dict(pl.Series(found.kinds).value_counts().rows())}"
    )


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--quick", action="store_true")
    options.add_argument("--outside", action="store_true")
    options.add_argument("--size", type=int, help="one simulated shop of so many offers; prints JSON")
    asked = options.parse_args()
    if asked.size:
        print(json.dumps(simulated(asked.size)))
        return 0
    missing = [name for name in ("m3", "uci_online_retail") if not (FOLDER / name).is_dir()]
    if missing:
        print(f"The real data are not at {FOLDER} ({', '.join(missing)}).", file=sys.stderr)
        return 3
    warnings.simplefilter("ignore")  # of tests of stationarity beyond their tables
    found = competition(FOLDER, asked.outside)
    if asked.outside:
        return 0
    real_shop(FOLDER)
    rate = simulated_rate() if asked.quick else scaling()
    print(json.dumps({key: round(value, 4) for key, value in found.items()} | {"series_per_s": round(rate, 1)}))
    return 0


def simulated_rate() -> float:
    """Series a second of the smallest shop alone."""
    return SIZES[0] / sized(SIZES[0])["seconds"]


if __name__ == "__main__":
    sys.exit(main())
