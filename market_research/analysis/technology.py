"""Where each technology stands on its adoption curve, how fast it moves, and how long it took."""

from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, Tables, say
from market_research.writing import numbers
from market_research.writing.evidence import Fact

INPUTS = ("technology_adoption",)
# Rogers (Diffusion of Innovations, 1962) parts adopters at 2.5, 16, 50 and 84 percent.
STAGES = (
    (2.5, "innovators"),
    (16.0, "early adopters"),
    (50.0, "early majority"),
    (84.0, "late majority"),
    (100.1, "laggards"),
)


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: adoption_level (one per technology), adoption_race."""
    frame = tables["technology_adoption"]
    if frame.is_empty():
        notebook.gap("adoption_series", "No technology adoption series was received, so adoption is not analysed.")
        return
    levels: list[Fact] = []
    for (technology, population), part in sorted(
        frame.partition_by(["technology", "population"], as_dict=True).items()
    ):
        series = part.sort("year").to_dicts()
        level = _level(notebook, str(technology), str(population), series)
        if level is not None:
            levels.append(level)
    _race(notebook, levels)


def stage(level: float) -> str:
    """The group of adopters that a technology has reached at this level, in percent."""
    return next(name for limit, name in STAGES if level <= limit or limit > 100)


def _level(notebook: Notebook, technology: str, population: str, series: list[dict[str, Any]]) -> Fact | None:
    book = notebook.book
    last = series[-1]
    latest = book.facts.get(last["fact_id"])
    if latest is None:
        return None
    place = population.partition("=")[2] or "the covered population"
    place = {"World": "the world"}.get(place, f"the {place}" if place.startswith(("United ", "Netherlands")) else place)
    sentences = [
        say(
            f"{technology} stood at {numbers.percent(latest.value)} in {place} in {last['year']}, the stage of the "
            f"{stage(latest.value)}.",
            latest,
        )
    ]  # fmt: skip
    change = _five_years(notebook, technology, last)
    if change is not None:
        text = (
            f"It moved by {numbers.points(change.value)} over the five years before"
            if change.value >= 0
            else f"It fell by {numbers.points(-change.value)} over the five years before"
        )
        five = book.derive(
            "window", technology, 5, "years", formula="five years", inputs=change.inputs, fiscal_year=last["year"]
        )
        sentences.append(say(text + ".", change, five))
    _duration(notebook, technology, series)
    meaning = [_meaning(latest, change)]
    notebook.find(
        "adoption_level", sentences, meaning=meaning, about=technology, value=latest.value, unit="percent",
        confidence=max(50.0, 90.0 - 3 * max(0, notebook.subject.as_of.year - last["year"] - 2)),
    )  # fmt: skip
    return latest


def _meaning(latest: Fact, change: Fact | None) -> Any:
    moving = change is not None and change.value >= 5
    if latest.value >= 84:
        text = "Demand now comes from replacement and new uses, no longer from first-time buyers."
    elif latest.value >= 50 and moving:
        text = "The first-time buyers who remain are late adopters, who wait for price and simplicity."
    elif moving:
        text = "This is the steep part of the curve, where suppliers that scale first set the standard."
    elif change is not None and change.value < 0:
        text = "It is being replaced, and spending on it is at risk."
    else:
        text = "It has levelled off, so a plan should not count on more users."
    return say(text, latest, change)


def _five_years(notebook: Notebook, technology: str, last: dict[str, Any]) -> Fact | None:
    if last["change_5y_pp"] is None:
        return None
    return notebook.book.derive(
        "adoption_change", technology, last["change_5y_pp"], "percentage points",
        formula="adoption - adoption five years before", inputs=[last["fact_id"], last["five_years_before_fact_id"]],
        fiscal_year=last["year"], start_year=last["year"] - 5, dimensions=last["population"],
    )  # fmt: skip


def _duration(notebook: Notebook, technology: str, series: list[dict[str, Any]]) -> Fact | None:
    """Years from the first value at or above 10 % to the first at or above 50 %, if the series shows both crossings."""
    if series[0]["adoption_pct"] > 10:
        return None
    ten = next((row for row in series if row["adoption_pct"] >= 10), None)
    fifty = next((row for row in series if row["adoption_pct"] >= 50), None)
    if ten is None or fifty is None or fifty["year"] <= ten["year"]:
        return None
    return notebook.book.derive(
        "years_10_to_50", technology, fifty["year"] - ten["year"], "years",
        formula="first year at or above 50 % - first year at or above 10 %",
        inputs=[ten["fact_id"], fifty["fact_id"]], fiscal_year=fifty["year"], start_year=ten["year"],
        dimensions=ten["population"],
    )  # fmt: skip


def _race(notebook: Notebook, levels: list[Fact]) -> None:
    """Compare how fast technologies went from a tenth to half of the population."""
    timed = [fact for fact in notebook.book.facts.values() if fact.metric == "years_10_to_50" and fact.derived]
    # Only within one population is speed comparable, and a technology must not race against itself.
    populations = [fact.dimensions for fact in timed]
    usual = max(sorted(set(populations)), key=populations.count, default="")
    timed = [fact for fact in timed if fact.dimensions == usual]
    if len(timed) < 2:
        return
    fast, slow = min(timed, key=lambda f: (f.value, f.entity)), max(timed, key=lambda f: (f.value, f.entity))
    if fast.value == slow.value:
        return
    ratio = notebook.book.derive(
        "adoption_speed_ratio", fast.entity, slow.value / fast.value, "ratio",
        formula="years of the slowest / years of the fastest",
        inputs=[slow.fact_id, fast.fact_id],
    )  # fmt: skip
    notebook.find(
        "adoption_race",
        [
            say(
                f"{fast.entity} went from a tenth to half of the population in {numbers.plain(fast.value)} years; "
                f"{slow.entity} needed {numbers.plain(slow.value)}, {numbers.times(ratio.value)} as long.",
                fast, slow, ratio,
            )
        ],
        meaning=[
            say(
                f"What spreads like {fast.entity} leaves a supplier one product generation to enter, so plans for it "
                "need yearly revision.",
                fast,
            )
        ],
        about=fast.entity, value=fast.value, unit="years", confidence=80,
    )  # fmt: skip


def latest_levels(tables: Tables) -> pl.DataFrame:
    """The newest row of each technology, highest first."""
    return tables["technology_adoption"].filter(pl.col("is_latest")).sort("adoption_pct", descending=True)
