"""Size and growth of what is covered, who made the change, and how it compares with the economy."""

from typing import Any

import polars as pl

from market_research.analysis import pace
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
from market_research.writing.evidence import Draft, Fact

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
        pace.breaks(tables, notebook, sure)
    pace.race(tables, notebook, sure)


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
            f"Revenue of {'all' if same else 'the'} {numbers.count(len(panel))} companies"
            f"{'' if same else ' that report both years'} {_rose(growth.value)} "
            f"{numbers.percent(abs(growth.value))} a year from fiscal {start_year} to fiscal {year}, "
            f"{'adding' if change.value >= 0 else 'a fall of'} {numbers.money(abs(change.value))}"
            + (f" to reach {numbers.money(total.value)}." if same else "."),
            growth, change, start, _panel_count(notebook, panel, start_year, year), total if same else None,
        )
    ]  # fmt: skip
    if not same:
        sentences.append(size_sentence)
    notebook.find(
        "market_growth", sentences, meaning=[_holders(notebook, panel, growth)], value=growth.value, unit="percent",
        stake_usd=change.value / (year - start_year), confidence=sure,
    )  # fmt: skip
    _versus_economy(tables, notebook, growth, start, change, sure)
    _contributions(notebook, panel, change, start_year, year, sure)


def _holders(notebook: Notebook, panel: list[dict[str, Any]], growth: Fact) -> Draft:
    """Who grew at least as fast as all together, and so held or gained share."""
    rates = [pace.growth_fact(notebook, row) for row in panel]
    ahead = [fact for fact in rates if fact.value >= growth.value]
    start_year = panel[0]["start_year"]
    counted = notebook.book.derive(
        "companies_at_pace", notebook.subject.name, len(ahead), "count", formula="count(revenue CAGR >= panel CAGR)",
        inputs=[growth.fact_id, *(fact.fact_id for fact in rates)], fiscal_year=growth.fiscal_year,
        start_year=start_year,
    )  # fmt: skip
    all_of_them = _panel_count(notebook, panel, start_year, panel[0]["end_year"])
    many, of = numbers.count(len(ahead)), numbers.count(len(panel))
    who = f"only {listing(f.entity for f in ahead)} did" if len(ahead) < 4 else f"{many} of the {of} did"
    led = f", led by {ahead[0].entity} with {numbers.percent(ahead[0].value)}" if len(ahead) > 1 else ""
    return say(
        f"A company had to match that pace to hold its share, and {who}{led}.", growth, counted, all_of_them, ahead
    )


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


def _versus_economy(tables: Tables, notebook: Notebook, growth: Fact, start: Fact, change: Fact, sure: float) -> None:
    """Compare with nominal GDP of the first country of the request that has it for both years."""
    start_year, year = start.fiscal_year or 0, growth.fiscal_year or 0
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
        in_step = notebook.book.derive(
            "growth_in_step", notebook.subject.name,
            start.value * ((1 + economy.value / 100) ** (year - start_year) - 1), "USD",
            formula="panel revenue at the start * ((1 + GDP CAGR) ^ years - 1)",
            inputs=[start.fact_id, economy.fact_id], fiscal_year=year, start_year=start_year,
        )  # fmt: skip
        beyond = notebook.book.derive(
            "growth_beyond_economy", notebook.subject.name, change.value - in_step.value, "USD",
            formula="change of the panel - growth in step with GDP", inputs=[change.fact_id, in_step.fact_id],
            fiscal_year=year, start_year=start_year,
        )  # fmt: skip
        meant = (
            f"Growth in step with it would have added {numbers.money(in_step.value)}; the other "
            f"{numbers.money(beyond.value)} was won beyond it."
            if beyond.value >= 0
            else f"Growth in step with it would have added {numbers.money(in_step.value)}: the companies fell short of "
            f"that by {numbers.money(-beyond.value)}."
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
            meaning=[say(meant, in_step, beyond)],
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
            f"{top.entity} alone supplied {numbers.money(top.value)} of the {numbers.money(change.value)} that the "
            f"companies added from fiscal {start_year} to fiscal {year}, or {numbers.percent(share.value)}.",
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
    notebook.find(
        "growth_contributions", sentences, meaning=_without(notebook, panel, top, start_year, year), about=top.entity,
        value=share.value, unit="percent", stake_usd=top.value / (year - start_year), confidence=sure,
    )  # fmt: skip


def _without(notebook: Notebook, panel: list[dict[str, Any]], top: Fact, start_year: int, year: int) -> list[Draft]:
    """How fast the others grew together."""
    others = [row for row in panel if row["company"] != top.entity]
    if len(others) < 2:
        return []
    first, last = (sum(row[f"{end}_revenue_usd"] for row in others) for end in ("start", "end"))
    rest = notebook.book.derive(
        "cagr_without_leader", notebook.subject.name, cagr(first, last, year - start_year), "percent",
        formula="100 * ((sum(end) / sum(start)) ^ (1 / years) - 1), all but the largest contributor",
        inputs=[row[f"{end}_fact_id"] for end in ("start", "end") for row in others], fiscal_year=year,
        start_year=start_year,
    )  # fmt: skip
    counted = notebook.book.derive(
        "other_companies", notebook.subject.name, len(others), "count", formula="companies in both years - 1",
        inputs=[row["end_fact_id"] for row in others], fiscal_year=year, start_year=start_year,
    )  # fmt: skip
    together = notebook.book.get("panel_cagr", notebook.subject.name, year)
    moved = f"grew {numbers.percent(rest.value)}" if rest.value >= 0 else f"shrank {numbers.percent(-rest.value)}"
    against = f", against {numbers.percent(together.value)} with {top.entity}" if together else ""
    return [
        say(
            f"The other {numbers.count(len(others))} companies together {moved} a year{against}.",
            rest, counted, top, together,
        )
    ]  # fmt: skip
