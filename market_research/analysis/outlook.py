"""Forecasts of revenue that print their own back-test error and interval.

Method: random walk with drift on the logarithm of annual revenue. Point forecast h years ahead:
log y(T) + h * d, with d the mean yearly change of the logarithm; its standard error is
s * sqrt(h * (1 + h / (T - 1))), s the standard deviation of the yearly changes (Hyndman and Athanasopoulos,
Forecasting: Principles and Practice, 3rd edition, section 5.5). The interval holds 80 %.
A series qualifies with six consecutive fiscal years of which the last is at most two years before the evidence's date.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, sqrt
from statistics import mean, stdev

import polars as pl

from market_research.analysis.base import Notebook, Tables, say
from market_research.writing import numbers
from market_research.writing.evidence import Fact

INPUTS = ("annual_facts",)
LEAST_YEARS = 6
OLDEST = 2
HORIZON = 3
QUANTILE_80 = 1.2815515655446004
FORMULA = "exp(log(last) + h * mean yearly log change), random walk with drift"


@dataclass(frozen=True)
class Forecast:
    """One year's forecast and the bounds of its 80 % interval."""

    base: float
    low: float
    high: float


def drift_forecast(values: list[float], horizon: int) -> list[Forecast]:
    """Forecasts for 1 to ``horizon`` steps after a positive series of at least three values."""
    logs = [log(value) for value in values]
    changes = [b - a for a, b in pairwise(logs)]
    drift, spread = mean(changes), stdev(changes)
    steps = len(values) - 1
    found = []
    for h in range(1, horizon + 1):
        centre = logs[-1] + h * drift
        error = QUANTILE_80 * spread * sqrt(h * (1 + h / steps))
        found.append(Forecast(exp(centre), exp(centre - error), exp(centre + error)))
    return found


def back_test(values: list[float]) -> float:
    """Mean absolute percentage error of one-step forecasts from every origin with at least three values before it."""
    errors = [
        abs(drift_forecast(values[:origin], 1)[0].base - values[origin]) / values[origin]
        for origin in range(3, len(values))
    ]
    return 100 * mean(errors)


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: forecast, one per company whose series qualifies; else a gap that says what is missing."""
    # The logarithm needs positive values: a year without revenue ends the run as a missing one does.
    revenue = tables["annual_facts"].filter(
        (pl.col("metric") == "revenue") & (pl.col("unit") == "USD") & (pl.col("value") > 0)
    )
    made = 0
    for (company,), part in sorted(revenue.partition_by(["entity"], as_dict=True).items()):
        run = consecutive(part.sort("fiscal_year").select("fiscal_year", "value", "fact_id").rows())
        if len(run) >= LEAST_YEARS and run[-1][0] >= notebook.subject.as_of.year - OLDEST:
            _forecast(notebook, str(company), run)
            made += 1
    if not made:
        notebook.gap(
            "forecastable_series",
            "No company has enough consecutive fiscal years up to the date of the evidence, so no forecast is printed; "
            "company facts for the missing years would allow one.",
        )


def consecutive(series: list[tuple[int, float, str]]) -> list[tuple[int, float, str]]:
    """The run of consecutive years that ends with the last."""
    run: list[tuple[int, float, str]] = []
    for row in reversed(series):
        if run and row[0] != run[-1][0] - 1:
            break
        run.append(row)
    return run[::-1]


def _forecast(notebook: Notebook, company: str, run: list[tuple[int, float, str]]) -> None:
    book = notebook.book
    inputs = [fact_id for _, _, fact_id in run]
    last_year = run[-1][0]
    error = book.derive(
        "forecast_mape", company, back_test([v for _, v, _ in run]), "percent",
        formula="mean(|one-step forecast - actual| / actual), rolling origin", inputs=inputs, fiscal_year=last_year,
        start_year=run[0][0],
    )  # fmt: skip
    made: list[tuple[Fact, Fact, Fact]] = []
    for step, forecast in enumerate(drift_forecast([v for _, v, _ in run], HORIZON), 1):
        year = last_year + step
        made.append(
            tuple(  # type: ignore[arg-type]
                book.derive(metric, company, value, "USD", formula=formula, inputs=inputs, fiscal_year=year)
                for metric, value, formula in (
                    ("revenue_forecast", forecast.base, FORMULA),
                    ("revenue_forecast_low", forecast.low, f"{FORMULA}; lower bound of the 80 % interval"),
                    ("revenue_forecast_high", forecast.high, f"{FORMULA}; upper bound of the 80 % interval"),
                )
            )
        )
    base, low, high = made[-1]
    now = book.facts[inputs[-1]]
    level = book.derive("interval_level", company, 80, "percent", formula="level of the interval", inputs=[])
    width = book.derive(
        "forecast_range", company, high.value / low.value, "ratio", formula="upper bound / lower bound",
        inputs=[high.fact_id, low.fact_id], fiscal_year=base.fiscal_year,
    )  # fmt: skip
    notebook.find(
        "forecast",
        [
            say(
                f"{company}'s own trend leads from {numbers.money(now.value)} in fiscal {last_year} to "
                f"{numbers.money(base.value)} in fiscal {base.fiscal_year}; the low case is {numbers.money(low.value)} "
                f"and the high case {numbers.money(high.value)}.",
                now, base, low, high,
            ),
            say(
                f"Tested on its own past, the method missed the next year by {numbers.percent(error.value)} on "
                f"average; the range is an {numbers.percent(level.value, 0)} interval.",
                error, level,
            ),
        ],
        meaning=[
            say(
                f"With a high case {numbers.times(width.value)} the low one, the forecast bounds a budget and does not "
                "set one; a year outside the range would prove the trend broken.",
                width,
            )
        ],
        about=company, value=base.value, unit="USD", stake_usd=(base.value - now.value) / HORIZON,
        confidence=max(20.0, 80.0 - error.value),
    )  # fmt: skip
