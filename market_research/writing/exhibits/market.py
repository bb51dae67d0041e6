"""Exhibits about the field as a whole and about its companies side by side."""

import polars as pl

from market_research.analysis.base import say
from market_research.report.model import Chart, Point, Series
from market_research.writing.exhibits.parts import cell, columns, point
from market_research.writing.material import Material
from market_research.writing.outline import Cell, Figure, Table

MAX_COMPANIES = 12


def market_by_year(m: Material) -> Table | None:
    """Companies covered, their revenue, same-company growth and concentration by fiscal year."""
    name = m.subject.name
    years = [y for y in m.tables["market_size"]["fiscal_year"] if m.year is not None and m.year - 9 <= y <= m.year]
    if len(years) < 2 or m.book.get("covered_revenue", name, years[-1]) is None:
        return None
    # Among fewer than five companies, concentration would only count them.
    many = m.one("concentration") is not None
    measures = ("covered_companies", "covered_revenue", "panel_growth", *(("hhi", "cr4") if many else ()))
    rows = tuple(
        (Cell(str(year)), *(cell(m.book.get(measure, name, year)) for measure in measures)) for year in reversed(years)
    )
    facts = [cell.fact for row in rows for cell in row if cell.fact]
    return Table(
        "market-by-year",
        say(
            f"Covered revenue{', same-company growth and concentration' if many else ' and growth'} by fiscal year.",
            facts,
        ),
        columns("Fiscal year", "Companies", "Revenue", "Same-company growth", *(("HHI", "CR4") if many else ())),
        rows,
        "Growth compares only companies that report both years."
        + (" HHI (Herfindahl-Hirschman index) sums the squared shares, CR4 the four largest shares." if many else ""),
    )


def growth_against_economy(m: Material) -> Figure | None:
    """Same-company growth by year beside growth of nominal GDP."""
    name = m.subject.name
    grown = [
        fact
        for row in m.tables["market_size"].filter(pl.col("panel_companies") >= 2).to_dicts()
        if m.year is not None and row["fiscal_year"] <= m.year
        and (fact := m.book.get("panel_growth", name, row["fiscal_year"]))
    ]  # fmt: skip
    if len(grown) < 3:
        return None
    first = grown[0].fiscal_year or 0
    economy = []
    for row in m.tables["macro_indicators"].filter(pl.col("metric") == "gdp").to_dicts():
        if row["change_pct"] is not None and first <= row["year"] <= (m.year or 0):
            economy.append(
                m.book.derive(
                    "gdp_growth", row["country"], row["change_pct"], "percent",
                    formula="100 * (GDP / GDP of the year before - 1)",
                    inputs=[row["fact_id"], row["prior_fact_id"]], fiscal_year=row["year"], start_year=row["year"] - 1,
                )
            )  # fmt: skip
    series = [
        Series(name="Covered companies", entity=name, points=tuple(point(f, float(f.fiscal_year or 0)) for f in grown))
    ]
    for country in sorted({fact.entity for fact in economy})[:1]:
        own = [fact for fact in economy if fact.entity == country]
        series.append(Series(name=f"GDP, {country}", points=tuple(point(f, float(f.fiscal_year or 0)) for f in own)))
    return Figure(
        "growth-economy",
        say(
            "Did the field outgrow the economy? Yearly growth of same-company revenue and of nominal GDP.",
            grown,
            economy,
        ),
        Chart(kind="line", series=tuple(series), unit="percent", y_title="Growth on the year before", reference=0.0),
        "Line chart of yearly growth of covered revenue and of nominal GDP.",
    )


def contributions(m: Material) -> Figure | None:
    """Waterfall: who supplied the change of revenue."""
    parts = sorted((f for f in m.book.derived() if f.metric == "contribution"), key=lambda f: (-f.value, f.entity))
    change = next((f for f in m.book.derived() if f.metric == "panel_change"), None)
    if len(parts) < 3 or change is None:
        return None
    points = tuple(point(fact, fact.entity) for fact in parts)
    start = change.period_start.year if change.period_start else ""
    return Figure(
        "contributions",
        say(
            f"Who made the growth? Change of revenue by company, fiscal {start} to {change.fiscal_year}.", change, parts
        ),
        Chart(
            kind="waterfall",
            series=(Series(name="Change", points=(*points, point(change, "All"))),),
            unit="USD",
            y_title="Change of revenue",
        ),
        "Waterfall chart of each company's change of revenue, ending with the total.",
    )


def shares(m: Material) -> Figure | None:
    """Bars: share of covered revenue in the reference year."""
    found = [f for f in (m.book.get("market_share", c, m.year) for c in m.companies) if f]
    found.sort(key=lambda f: (-f.value, f.entity))
    if len(found) < 2:
        return None
    series = (Series(name="Share", points=tuple(point(f, f.entity) for f in found[:MAX_COMPANIES])),)
    return Figure(
        "market-share",
        say(f"Who holds the market? Share of covered revenue, fiscal {m.year}.", found),
        Chart(kind="bar", series=series, unit="percent", x_title="Share of covered revenue"),
        "Bar chart of each company's share of covered revenue, largest first.",
    )


def competitors(m: Material) -> Table | None:
    """The league table: revenue, share, growth, margin, share of profit."""
    if m.year is None:
        return None
    rows, facts = [], []
    held = [f for f in (m.book.get("market_share", c, m.year) for c in m.companies) if f]
    for fact in sorted(held, key=lambda f: (-f.value, f.entity)):
        company = fact.entity
        shown = [
            m.book.get("revenue", company, m.year), fact, m.book.get("share_change", company, m.year),
            m.book.get("revenue_cagr", company, m.year), m.book.get("net_margin", company, m.year),
            m.book.get("profit_share", company, m.year),
        ]  # fmt: skip
        facts += [f for f in shown if f]
        rows.append((Cell(company, strong=True), *(cell(f) for f in shown)))
    if len(rows) < 2:
        return None
    return Table(
        "competitors",
        say(f"The covered companies compared, fiscal {m.year}.", facts),
        columns("Company", "Revenue", "Share", "Share change", "Revenue CAGR", "Net margin", "Share of profit"),
        tuple(rows),
        "Share change and CAGR run from the start of the growth window; a dash marks what the sources do not give.",
    )


def positioning(m: Material) -> Figure | None:
    """Scatter: growth against net margin, bubble by revenue."""
    series, facts = [], []
    for company in m.companies:
        growth, margin = m.book.get("revenue_cagr", company, m.year), m.book.get("net_margin", company, m.year)
        revenue = m.book.get("revenue", company, m.year)
        if growth and margin and revenue:
            point = Point(x=growth.value, y=margin.value, fact_id=margin.fact_id, label=company, size=revenue.value)
            series.append(Series(name=company, entity=company, points=(point,)))
            facts += [growth, margin, revenue]
    if len(series) < 3:
        return None
    return Figure(
        "positioning",
        say(f"Who grows and who earns? Revenue growth against net margin, fiscal {m.year}.", facts),
        Chart(
            kind="scatter", series=tuple(series), unit="percent", x_unit="percent",
            x_title="Revenue CAGR over the growth window", y_title="Net margin",
        ),
        "Scatter chart of revenue growth against net margin; the area of a bubble is the company's revenue.",
        "The area of a bubble shows revenue.",
    )  # fmt: skip


def profit_pool(m: Material) -> Figure | None:
    """Grouped bars: share of profit beside share of revenue."""
    pairs = []
    for company in m.companies:
        held, taken = m.book.get("market_share", company, m.year), m.book.get("profit_share", company, m.year)
        if held and taken:
            pairs.append((held, taken))
    if len(pairs) < 3:
        return None
    pairs = sorted(pairs, key=lambda pair: -pair[0].value)[:8]
    return Figure(
        "profit-pool",
        say(
            f"Who takes the profit? Shares of revenue and of net income, fiscal {m.year}.",
            [f for p in pairs for f in p],
        ),
        Chart(
            kind="grouped_bar",
            series=(
                Series(name="Share of revenue", points=tuple(point(held, held.entity) for held, _ in pairs)),
                Series(name="Share of net income", points=tuple(point(taken, taken.entity) for _, taken in pairs)),
            ),
            unit="percent",
            y_title="Share of all covered companies",
        ),
        "Grouped bars of each company's share of revenue and share of net income.",
    )
