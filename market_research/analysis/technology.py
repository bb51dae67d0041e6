"""Where each technology stands on its adoption curve, how fast it moves, and how long it took."""

from typing import Any

import polars as pl

from market_research.analysis import attention
from market_research.analysis.base import Notebook, Tables, listing, say, within
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

INPUTS = ("technology_adoption", attention.INPUT)
# Rogers (Diffusion of Innovations, 1962) parts adopters at 2.5, 16, 50 and 84 percent.
STAGES = (
    (2.5, "innovators"),
    (16.0, "early adopters"),
    (50.0, "early majority"),
    (84.0, "late majority"),
    (100.1, "laggards"),
)
NEARLY_ALL = 84.0


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: adoption_level (one per series), adoption_standing, adoption_race; and those of ``attention.note``."""
    attention.note(tables[attention.INPUT], notebook)
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
    _standing(notebook, tables, levels)
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
    _five_years(notebook, technology, last)
    _duration(notebook, technology, series)
    notebook.find(
        "adoption_level", [say(f"{technology}: {numbers.percent(latest.value)} in {last['year']}.", latest)],
        about=technology, value=latest.value, unit="percent", confidence=_sure(notebook, last["year"]),
    )  # fmt: skip
    return latest


def _sure(notebook: Notebook, year: int) -> float:
    return max(50.0, 90.0 - 3 * max(0, notebook.subject.as_of.year - year - 2))


def place_of(population: str) -> str:
    """The population in words: "the United States", "the world", "Germany"."""
    place = population.partition("=")[2] or "the covered population"
    return {"World": "the world"}.get(place, f"the {place}" if place.startswith(("United ", "Netherlands")) else place)


def comparable(levels: list[Fact]) -> list[Fact]:
    """Levels in the population that most series are of; one series of each technology, told by its shorter name.

    "Individuals using the Internet" beside "Internet" is one technology measured twice.
    """
    populations = [fact.dimensions for fact in levels]
    usual = max(sorted(set(populations)), key=populations.count, default="")
    own = [fact for fact in levels if fact.dimensions == usual]
    names = {fact.entity for fact in own}
    return [
        fact
        for fact in own
        if not any(other != fact.entity and other.lower() in fact.entity.lower() for other in names)
    ]


def _standing(notebook: Notebook, tables: Tables, levels: list[Fact]) -> None:
    """Which technologies still spread, which have stopped, and which have reached nearly everybody."""
    rows = {row["fact_id"]: row for row in tables["technology_adoption"].filter(pl.col("is_latest")).to_dicts()}
    chosen = sorted(comparable(levels), key=lambda f: (-f.value, f.entity))
    if len(chosen) < 2:
        return
    moves = {f.entity: m for f in chosen if (m := _five_years(notebook, f.entity, rows[f.fact_id])) is not None}
    sentences = []
    spreading = sorted((f for f in chosen if f.entity in moves and f.value < NEARLY_ALL and moves[f.entity].value > 0),
                       key=lambda f: (-moves[f.entity].value, f.entity))  # fmt: skip
    where = place_of(chosen[0].dimensions)
    for number, level in enumerate(spreading[:2]):
        move = moves[level.entity]
        five = notebook.book.derive(
            "window", level.entity, 5, "years", formula="five years", inputs=move.inputs, fiscal_year=level.fiscal_year
        )
        opening = (
            f"Of the technologies tracked in {where}, {within(level.entity)} gained most"
            if number == 0
            else f"{level.entity} came next"
        )
        sentences.append(
            say(
                f"{opening}: {numbers.points(move.value)} in five years, to {numbers.percent(level.value)} in "
                f"{level.fiscal_year}{_halt(notebook, rows[level.fact_id])}.",
                move, five, level, rows[level.fact_id]["prior_fact_id"],
            )
        )  # fmt: skip
    full = [f for f in chosen if f.value >= NEARLY_ALL]
    meaning = []
    if full:
        mark = notebook.book.derive(
            "late_majority_ends",
            notebook.subject.name,
            NEARLY_ALL,
            "percent",
            formula="end of the late majority, Rogers (1962)",
            inputs=[],
        )
        names = [f"{within(f.entity) if n else f.entity} ({numbers.percent(f.value)}, {f.fiscal_year})"
                 for n, f in enumerate(full)]  # fmt: skip
        meaning.append(
            say(
                f"{listing(names)} {_are(full)} past {numbers.percent(NEARLY_ALL, 0)}, where only laggards are left: "
                "sales there replace what people have.",
                mark, full,
            )
        )  # fmt: skip
    if not sentences:
        sentences, meaning = meaning, []
    if not sentences:
        return
    oldest = min(f.fiscal_year or 0 for f in chosen)
    lead = spreading[0] if spreading else chosen[0]
    notebook.find(
        "adoption_standing", sentences, meaning=[*_to_come(notebook, lead, moves, rows), *meaning], about=lead.entity,
        value=lead.value, unit="percent", confidence=_sure(notebook, oldest),
    )  # fmt: skip


def _are(facts: list[Fact]) -> str:
    return "is" if len(facts) == 1 else "are"


def _halt(notebook: Notebook, row: dict[str, Any]) -> str:
    """Words for a series that did not move in its last year."""
    return ", though nothing in its last year" if row["change_pp"] == 0 else ""


def _to_come(notebook: Notebook, lead: Fact, moves: dict[str, Fact], rows: dict[str, dict[str, Any]]) -> list[Draft]:
    """Years until the leader's pace would bring it to nearly everybody; nothing if it has stopped."""
    move = moves.get(lead.entity)
    if move is None or move.value <= 0 or lead.value >= NEARLY_ALL:
        return []
    if rows[lead.fact_id]["change_pp"] == 0:
        left = notebook.book.derive(
            "not_yet_adopted", lead.entity, 100 - lead.value, "percent", formula="100 - adoption",
            inputs=[lead.fact_id], fiscal_year=lead.fiscal_year, dimensions=lead.dimensions,
        )  # fmt: skip
        return [
            say(
                f"A plan that counts on the remaining {numbers.percent(left.value)} has the last year against it.",
                left, rows[lead.fact_id]["prior_fact_id"],
            )
        ]  # fmt: skip
    years = notebook.book.derive(
        "years_to_nearly_all", lead.entity, (NEARLY_ALL - lead.value) / (move.value / 5), "years",
        formula="(84 - adoption) / (change over five years / 5)", inputs=[lead.fact_id, move.fact_id],
        fiscal_year=lead.fiscal_year, dimensions=lead.dimensions,
    )  # fmt: skip
    mark = notebook.book.derive(
        "late_majority_ends",
        notebook.subject.name,
        NEARLY_ALL,
        "percent",
        formula="end of the late majority, Rogers (1962)",
        inputs=[],
    )
    return [
        say(
            f"At that pace {within(lead.entity)} would pass {numbers.percent(NEARLY_ALL, 0)}, where first-time buyers "
            f"run out, {numbers.plain(years.value, 1)} years after {lead.fiscal_year}.",
            years, mark, lead,
        )
    ]  # fmt: skip


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
    # Only within one population is speed comparable, and a technology must not race against itself.
    chosen = {(fact.entity, fact.dimensions) for fact in comparable(levels)}
    timed = sorted(
        (f for f in notebook.book.derived() if f.metric == "years_10_to_50" and (f.entity, f.dimensions) in chosen),
        key=lambda f: (f.value, f.entity),
    )
    if len(timed) < 2 or timed[0].value == timed[-1].value:
        return
    fast, slow = timed[0], timed[-1]
    years = [f.period_start.year if f.period_start else f.fiscal_year for f in (fast, slow)]
    paces = [
        notebook.book.derive(
            "points_a_year", f.entity, 40 / f.value, "percentage points", formula="(50 - 10) / years from 10 % to 50 %",
            inputs=[f.fact_id], fiscal_year=f.fiscal_year,
        )
        for f in (fast, slow)
    ]  # fmt: skip
    notebook.find(
        "adoption_race",
        [
            say(
                f"{fast.entity} took {numbers.count(fast.value)} years from a tenth to half of the population (from "
                f"{years[0]}), {within(slow.entity)} {numbers.count(slow.value)} (from {years[1]}).",
                fast, slow,
            )
        ],
        meaning=[
            say(
                f"On average that is {numbers.points(paces[0].value)} a year against "
                f"{numbers.points(paces[1].value)} for {within(slow.entity)}.",
                paces,
            )
        ],
        about=fast.entity, value=fast.value, unit="years", confidence=80,
    )  # fmt: skip


def latest_levels(tables: Tables) -> pl.DataFrame:
    """The newest row of each technology, highest first."""
    return tables["technology_adoption"].filter(pl.col("is_latest")).sort("adoption_pct", descending=True)
