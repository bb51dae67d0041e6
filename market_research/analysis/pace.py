"""How the pace of growth differs: between years, and between companies."""

from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, Tables, say
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact


def growth_fact(notebook: Notebook, row: dict[str, Any]) -> Fact:
    """A company's CAGR of revenue over the growth window."""
    return notebook.book.derive(
        "revenue_cagr", row["company"], row["cagr_pct"], "percent",
        formula="100 * ((end / start) ^ (1 / years) - 1)", inputs=[row["start_fact_id"], row["end_fact_id"]],
        fiscal_year=row["end_year"], start_year=row["start_year"],
    )  # fmt: skip


def breaks(tables: Tables, notebook: Notebook, sure: float) -> None:
    """Name the strongest and the weakest year of the constant panel, and the latest pace against the average before."""
    grown = tables["market_size"].filter(
        pl.col("panel_growth_pct").is_not_null() & (pl.col("panel_companies") >= 0.5 * pl.col("companies").max())
    )
    if grown.height < 3:
        return
    facts = [notebook.book.get("panel_growth", notebook.subject.name, y) for y in grown["fiscal_year"]]
    known = [fact for fact in facts if fact is not None]
    best, worst = max(known, key=lambda f: f.value), min(known, key=lambda f: f.value)
    latest = known[-1]
    before = notebook.book.derive(
        "mean_growth_before", notebook.subject.name, sum(f.value for f in known[:-1]) / len(known[:-1]), "percent",
        formula="mean of the yearly growth rates before the latest", inputs=[f.fact_id for f in known[:-1]],
        fiscal_year=latest.fiscal_year, start_year=known[0].fiscal_year,
    )  # fmt: skip
    pace = "faster" if latest.value >= before.value else "slower"
    said = f"fell {numbers.percent(-latest.value)}" if latest.value < 0 else f"grew {numbers.percent(latest.value)}"
    rank = (
        " the strongest year of all and"
        if latest is best
        else " the weakest year of all and"
        if latest is worst
        else ""
    )
    sentences = [
        say(
            f"Same-company revenue {said} in fiscal {latest.fiscal_year},{rank} {pace} than the "
            f"{numbers.percent(before.value)} a year that the years before averaged.",
            latest, before,
        )
    ]  # fmt: skip
    if latest is not best:
        sentences.append(
            say(f"The strongest year was fiscal {best.fiscal_year} with {numbers.percent(best.value)}.", best)
        )
    if latest is not worst:
        low = f"a fall of {numbers.percent(-worst.value)}" if worst.value < 0 else numbers.percent(worst.value)
        sentences.append(say(f"The weakest was fiscal {worst.fiscal_year} with {low}.", worst))
    notebook.find("growth_break", sentences, value=latest.value, unit="percent", confidence=sure - 5)


def race(tables: Tables, notebook: Notebook, sure: float) -> None:
    """Fastest and slowest growers by CAGR; every company's rate becomes a fact."""
    facts = []
    ends: dict[str, dict[str, Any]] = {}
    for row in tables["company_growth"].to_dicts():
        fact = growth_fact(notebook, row)
        if row["in_panel"]:
            facts.append(fact)
            ends[row["company"]] = row
    if len(facts) < 3:
        return
    first, second, last = facts[0], facts[1], facts[-1]
    start = first.period_start.year if first.period_start else first.fiscal_year
    slow = f"shrank {numbers.percent(-last.value)}" if last.value < 0 else f"managed {numbers.percent(last.value)}"
    notebook.find(
        "growth_race",
        [
            say(
                f"{first.entity} grew fastest from fiscal {start} to fiscal {first.fiscal_year}, at "
                f"{numbers.percent(first.value)} a year, ahead of {second.entity} with "
                f"{numbers.percent(second.value)}; "
                f"{last.entity} {slow} a year.",
                first, second, last,
            ),
        ],
        meaning=_lag(notebook, last, ends[last.entity]),
        about=first.entity, value=first.value, unit="percent", confidence=sure,
    )  # fmt: skip


def _lag(notebook: Notebook, last: Fact, row: dict[str, Any]) -> list[Draft]:
    """What the slowest would have sold at the pace of all companies together."""
    together = notebook.book.get("panel_cagr", notebook.subject.name, row["end_year"])
    if together is None or together.value <= last.value:
        return []
    years = row["end_year"] - row["start_year"]
    missed = notebook.book.derive(
        "revenue_behind_pace", last.entity,
        row["start_revenue_usd"] * (1 + together.value / 100) ** years - row["end_revenue_usd"], "USD",
        formula="revenue at the start * (1 + panel CAGR) ^ years - revenue at the end",
        inputs=[row["start_fact_id"], together.fact_id, row["end_fact_id"]], fiscal_year=row["end_year"],
        start_year=row["start_year"],
    )  # fmt: skip
    return [
        say(
            f"At the pace of all companies together, {last.entity} would have sold {numbers.money(missed.value)} "
            f"more in fiscal {row['end_year']}.",
            missed,
        )
    ]  # fmt: skip
