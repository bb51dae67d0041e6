"""Size and growth of what is covered, who made the change, and how it compares with the economy."""

from math import log
from typing import Any

import polars as pl

from market_research.analysis.base import (
    Notebook,
    Tables,
    cagr,
    confidence,
    is_primary,
    listing,
    reference_year,
    rows,
    say,
)
from market_research.writing import numbers
from market_research.writing.evidence import Fact

INPUTS = ("annual_facts", "market_size", "company_growth", "macro_indicators")


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: market_size, market_growth, growth_versus_economy, growth_contributions, growth_break, growth_race."""
    year = reference_year(tables)
    if year is None:
        notebook.gap(
            "revenue_figures", "No annual revenue of any covered company was found, so size and growth are open."
        )
        return
    size = rows(tables["market_size"], is_reference=True)[0]
    total = yearly_totals(tables, notebook)[year]
    sure = confidence(
        primary=is_primary(tables, year), companies=size["companies"], year=year, as_of=notebook.subject.as_of
    )
    if size["companies"] < 2:
        notebook.gap(
            "peers",
            f"Only one company with annual revenue is covered for fiscal {year}, so market size and shares are not "
            "stated.",
            counted=1,
            year=year,
            inputs=size["fact_ids"],
        )
    else:
        _growth(tables, notebook, year, size, total, sure)
        _breaks(tables, notebook, sure)
    _race(tables, notebook, sure)


def yearly_totals(tables: Tables, notebook: Notebook) -> dict[int, Fact]:
    """Derived facts of each year's covered revenue, number of companies and growth on the constant panel."""
    name, book = notebook.subject.name, notebook.book
    totals = {}
    for row in tables["market_size"].to_dicts():
        year = row["fiscal_year"]
        totals[year] = book.derive(
            "covered_revenue", name, row["revenue_usd"], "USD",
            formula="sum(revenue of the covered companies)", inputs=row["fact_ids"], fiscal_year=year,
        )  # fmt: skip
        book.derive(
            "covered_companies", name, row["companies"], "count",
            formula="count(companies with revenue)", inputs=row["fact_ids"], fiscal_year=year,
        )  # fmt: skip
        if row["panel_growth_pct"] is not None:
            book.derive(
                "panel_growth", name, row["panel_growth_pct"], "percent",
                formula="100 * (sum(revenue) / sum(revenue of the same companies the year before) - 1)",
                inputs=[*row["panel_fact_ids"], *row["prior_fact_ids"]], fiscal_year=year, start_year=year - 1,
            )  # fmt: skip
    return totals


def _growth(tables: Tables, notebook: Notebook, year: int, size: dict[str, Any], total: Fact, sure: float) -> None:
    panel = rows(tables["company_growth"], in_panel=True)
    counted = notebook.book.get("covered_companies", notebook.subject.name, year)
    many = numbers.count(size["companies"])
    size_sentence = say(
        f"The {many} companies covered took {numbers.money(total.value)} of revenue in fiscal {year}.", total, counted
    )
    if len(panel) < 2:
        notebook.find(
            "market_size", [size_sentence], value=total.value, unit="USD", stake_usd=total.value, confidence=sure
        )
        return
    start_year = panel[0]["start_year"]
    growth, change, start = _panel_facts(notebook, panel, start_year, year)
    same = len(panel) == size["companies"]
    sentences = [
        say(
            f"Revenue of the {numbers.count(len(panel))} companies that report both years {_rose(growth.value)} "
            f"{numbers.percent(abs(growth.value))} a year from fiscal {start_year} to fiscal {year}, "
            f"{'adding' if change.value >= 0 else 'a fall of'} {numbers.money(abs(change.value))}"
            + (f" to reach {numbers.money(total.value)}." if same else "."),
            growth, change, start, _panel_count(notebook, panel, start_year, year), total if same else None,
        )
    ]  # fmt: skip
    if not same:
        sentences.append(size_sentence)
    meaning = []
    if growth.value > 1:
        doubling = notebook.book.derive(
            "doubling_time", notebook.subject.name, log(2) / log(1 + growth.value / 100), "years",
            formula="ln(2) / ln(1 + CAGR)", inputs=[growth.fact_id], fiscal_year=year, start_year=start_year,
        )  # fmt: skip
        meaning.append(
            say(
                f"At that pace the covered revenue doubles in {numbers.plain(doubling.value)} years, which is the "
                "yardstick for any capacity or sales plan in this field.",
                doubling,
            )
        )
    notebook.find(
        "market_growth", sentences, meaning=meaning, value=growth.value, unit="percent",
        stake_usd=change.value, confidence=sure,
    )  # fmt: skip
    _versus_economy(tables, notebook, growth, start_year, year, sure)
    _contributions(notebook, panel, change, start_year, year, sure)


def panel_facts(tables: Tables, notebook: Notebook) -> None:
    """Put the panel's revenue and growth into the book."""
    panel = rows(tables["company_growth"], in_panel=True)
    if len(panel) >= 2:
        _panel_facts(notebook, panel, panel[0]["start_year"], panel[0]["end_year"])


def _rose(value: float) -> str:
    return "grew" if value >= 0 else "fell"


def _panel_facts(
    notebook: Notebook, panel: list[dict[str, Any]], start_year: int, year: int
) -> tuple[Fact, Fact, Fact]:
    """Growth, change and start of the panel's revenue."""
    name, book = notebook.subject.name, notebook.book
    starts = [row["start_fact_id"] for row in panel]
    ends = [row["end_fact_id"] for row in panel]
    first = sum(row["start_revenue_usd"] for row in panel)
    last = sum(row["end_revenue_usd"] for row in panel)
    start = book.derive(
        "panel_revenue", name, first, "USD", formula="sum(revenue of companies in both years)", inputs=starts,
        fiscal_year=start_year,
    )  # fmt: skip
    end = book.derive(
        "panel_revenue",
        name,
        last,
        "USD",
        formula="sum(revenue of companies in both years)",
        inputs=ends,
        fiscal_year=year,
    )
    growth = book.derive(
        "panel_cagr", name, cagr(first, last, year - start_year), "percent",
        formula="100 * ((end / start) ^ (1 / years) - 1)", inputs=[start.fact_id, end.fact_id], fiscal_year=year,
        start_year=start_year,
    )  # fmt: skip
    change = book.derive(
        "panel_change", name, last - first, "USD", formula="end - start", inputs=[start.fact_id, end.fact_id],
        fiscal_year=year, start_year=start_year,
    )  # fmt: skip
    return growth, change, start


def _panel_count(notebook: Notebook, panel: list[dict[str, Any]], start_year: int, year: int) -> Fact:
    inputs = [i for row in panel for i in (row["start_fact_id"], row["end_fact_id"])]
    return notebook.book.derive(
        "panel_companies", notebook.subject.name, len(panel), "count", formula="count(companies in both years)",
        inputs=inputs, fiscal_year=year, start_year=start_year,
    )  # fmt: skip


def _versus_economy(tables: Tables, notebook: Notebook, growth: Fact, start_year: int, year: int, sure: float) -> None:
    """Compare with nominal GDP of the first country of the request that has it for both years."""
    gdp = tables["macro_indicators"].filter((pl.col("metric") == "gdp") & pl.col("year").is_in([start_year, year]))
    for country in notebook.subject.request.countries:
        ends = {row["year"]: row for row in rows(gdp, country=country)}
        if len(ends) < 2:
            continue
        economy = notebook.book.derive(
            "gdp_cagr", country, cagr(ends[start_year]["value"], ends[year]["value"], year - start_year), "percent",
            formula="100 * ((end / start) ^ (1 / years) - 1)",
            inputs=[ends[start_year]["fact_id"], ends[year]["fact_id"]], fiscal_year=year, start_year=start_year,
        )  # fmt: skip
        lead = notebook.book.derive(
            "growth_over_gdp", notebook.subject.name, growth.value - economy.value, "percentage points",
            formula="panel CAGR - GDP CAGR", inputs=[growth.fact_id, economy.fact_id], fiscal_year=year,
            start_year=start_year,
        )  # fmt: skip
        relation = "ahead of" if lead.value >= 0 else "behind"
        meant = (
            "Most of the growth was therefore won from other spending rather than given by the economy."
            if lead.value > economy.value
            else "The field moved little faster than its customers' incomes, so gains had to come from rivals."
            if lead.value >= 0
            else "Spending moved elsewhere, and a plan that leans on the economy alone would have missed."
        )
        notebook.find(
            "growth_versus_economy",
            [
                say(
                    f"Nominal GDP of the {country} grew {numbers.percent(economy.value)} a year over the same years, "
                    f"which puts the covered companies {numbers.points(abs(lead.value))} a year {relation} the "
                    "economy.",
                    economy, lead, growth,
                )
            ],
            meaning=[say(meant, lead, economy)],
            value=lead.value, unit="percentage points", confidence=sure,
        )  # fmt: skip
        return


def _contributions(
    notebook: Notebook, panel: list[dict[str, Any]], change: Fact, start_year: int, year: int, sure: float
) -> None:
    """Split the change of the panel by company; each part is a fact for the waterfall."""
    facts = {
        row["company"]: notebook.book.derive(
            "contribution", row["company"], row["change_usd"], "USD",
            formula="revenue at the end - revenue at the start",
            inputs=[row["start_fact_id"], row["end_fact_id"]], fiscal_year=year, start_year=start_year,
        )
        for row in panel
    }  # fmt: skip
    if change.value <= 0:
        return
    ordered = sorted(facts.values(), key=lambda fact: -fact.value)
    top = ordered[0]
    share = notebook.book.derive(
        "contribution_share", top.entity, 100 * top.value / change.value, "percent",
        formula="100 * contribution / change of the panel", inputs=[top.fact_id, change.fact_id], fiscal_year=year,
        start_year=start_year,
    )  # fmt: skip
    sentences = [
        say(
            f"{top.entity} alone supplied {numbers.money(top.value)} of that {numbers.money(change.value)} increase, "
            f"or {numbers.percent(share.value)}.",
            top, share, change,
        )
    ]  # fmt: skip
    losers = [fact for fact in reversed(ordered) if fact.value < 0]
    if losers:
        sentences.append(
            say(
                f"{listing(fact.entity for fact in losers[:3])} lost revenue over the same years"
                + (f", {losers[0].entity} {numbers.money(-losers[0].value)} of it." if len(losers) > 1 else
                   f": {numbers.money(-losers[0].value)} less at the end."),
                losers[:3],
            )
        )  # fmt: skip
    rest = change.value - top.value
    without = notebook.book.derive(
        "change_without_leader", notebook.subject.name, rest, "USD",
        formula="change of the panel - largest contribution",
        inputs=[change.fact_id, top.fact_id], fiscal_year=year, start_year=start_year,
    )  # fmt: skip
    meaning = [
        say(
            f"Without {top.entity} the field would have {'added' if rest >= 0 else 'lost'} {numbers.money(abs(rest))}, "
            "so growth of the market and growth of one company must not be mistaken for each other.",
            without, top,
        )
    ]  # fmt: skip
    notebook.find(
        "growth_contributions", sentences, meaning=meaning, about=top.entity, value=share.value, unit="percent",
        stake_usd=top.value, confidence=sure,
    )  # fmt: skip


def _breaks(tables: Tables, notebook: Notebook, sure: float) -> None:
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
    said = f"a fall of {numbers.percent(-latest.value)}" if latest.value < 0 else numbers.percent(latest.value)
    rank = (
        " the strongest year of all and"
        if latest is best
        else " the weakest year of all and"
        if latest is worst
        else ""
    )
    sentences = [
        say(
            f"Fiscal {latest.fiscal_year} brought {said},{rank} {pace} than the {numbers.percent(before.value)} "
            "average of the years before.",
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


def _race(tables: Tables, notebook: Notebook, sure: float) -> None:
    """Fastest and slowest growers by CAGR; every company's rate becomes a fact."""
    book = notebook.book
    facts = []
    for row in tables["company_growth"].to_dicts():
        fact = book.derive(
            "revenue_cagr", row["company"], row["cagr_pct"], "percent",
            formula="100 * ((end / start) ^ (1 / years) - 1)", inputs=[row["start_fact_id"], row["end_fact_id"]],
            fiscal_year=row["end_year"], start_year=row["start_year"],
        )  # fmt: skip
        if row["in_panel"]:
            facts.append(fact)
    if len(facts) < 3:
        return
    first, second, last = facts[0], facts[1], facts[-1]
    spread = book.derive(
        "growth_spread", notebook.subject.name, first.value - last.value, "percentage points",
        formula="fastest CAGR - slowest CAGR", inputs=[first.fact_id, last.fact_id], fiscal_year=first.fiscal_year,
        start_year=first.period_start.year if first.period_start else None,
    )  # fmt: skip
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
        meaning=[
            say(
                f"A spread of {numbers.points(spread.value)} between first and last says that position inside the "
                "field mattered more than being in it.",
                spread,
            )
        ],
        about=first.entity, value=first.value, unit="percent", confidence=sure,
    )  # fmt: skip
