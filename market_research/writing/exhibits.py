"""Tables and charts of a report, each made of facts. A function returns None where the evidence gives too little."""

from typing import Literal

import polars as pl

from market_research.analysis.base import say
from market_research.analysis.segments import finest_split
from market_research.report.model import Chart, Point, Series
from market_research.writing import numbers
from market_research.writing.evidence import Fact
from market_research.writing.material import Material
from market_research.writing.outline import Cell, Figure, Table

Align = Literal["left", "right"]
MAX_COMPANIES = 12
STATEMENT = (
    ("revenue", "Revenue"),
    ("gross_profit", "Gross profit"),
    ("research_and_development", "Research and development"),
    ("operating_income", "Operating income"),
    ("net_income", "Net income"),
    ("operating_cash_flow", "Operating cash flow"),
    ("capital_expenditure", "Capital expenditure"),
    ("gross_margin", "Gross margin"),
    ("operating_margin", "Operating margin"),
    ("net_margin", "Net margin"),
)


def _cell(fact: Fact | None) -> Cell:
    return Cell(fact=fact) if fact else Cell("–")


def _columns(*labels: str) -> tuple[tuple[str, Align], ...]:
    return tuple((label, "left" if index == 0 else "right") for index, label in enumerate(labels))


def _point(fact: Fact, x: str | float, label: str | None = None, size: float | None = None) -> Point:
    return Point(x=x, y=fact.value, fact_id=fact.fact_id, label=label, size=size)


def market_by_year(m: Material) -> Table | None:
    """Companies covered, their revenue, same-company growth and concentration by fiscal year."""
    name = m.subject.name
    years = [y for y in m.tables["market_size"]["fiscal_year"] if m.year is not None and m.year - 9 <= y <= m.year]
    if len(years) < 2 or m.book.get("covered_revenue", name, years[-1]) is None:
        return None
    measures = ("covered_companies", "covered_revenue", "panel_growth", "hhi", "cr4")
    rows = tuple(
        (Cell(str(year)), *(_cell(m.book.get(measure, name, year)) for measure in measures)) for year in reversed(years)
    )
    facts = [cell.fact for row in rows for cell in row if cell.fact]
    return Table(
        "market-by-year",
        say("Covered revenue, same-company growth and concentration by fiscal year.", facts),
        _columns("Fiscal year", "Companies", "Revenue", "Same-company growth", "HHI", "CR4"),
        rows,
        "Growth compares only companies that report both years. HHI and CR4 are measured on the covered companies.",
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
        Series(name="Covered companies", entity=name, points=tuple(_point(f, float(f.fiscal_year or 0)) for f in grown))
    ]
    for country in sorted({fact.entity for fact in economy})[:1]:
        own = [fact for fact in economy if fact.entity == country]
        series.append(Series(name=f"GDP, {country}", points=tuple(_point(f, float(f.fiscal_year or 0)) for f in own)))
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
    points = tuple(_point(fact, fact.entity) for fact in parts)
    start = change.period_start.year if change.period_start else ""
    return Figure(
        "contributions",
        say(
            f"Who made the growth? Change of revenue by company, fiscal {start} to {change.fiscal_year}.", change, parts
        ),
        Chart(
            kind="waterfall",
            series=(Series(name="Change", points=(*points, _point(change, "All"))),),
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
    series = (Series(name="Share", points=tuple(_point(f, f.entity) for f in found[:MAX_COMPANIES])),)
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
        rows.append((Cell(company, strong=True), *(_cell(f) for f in shown)))
    if len(rows) < 2:
        return None
    return Table(
        "competitors",
        say(f"The covered companies compared, fiscal {m.year}.", facts),
        _columns("Company", "Revenue", "Share", "Share change", "Revenue CAGR", "Net margin", "Share of profit"),
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
                Series(name="Share of revenue", points=tuple(_point(held, held.entity) for held, _ in pairs)),
                Series(name="Share of net income", points=tuple(_point(taken, taken.entity) for _, taken in pairs)),
            ),
            unit="percent",
            y_title="Share of all covered companies",
        ),
        "Grouped bars of each company's share of revenue and share of net income.",
    )


def statement(m: Material, company: str) -> Table | None:
    """A company's statement lines and margins for its three newest years."""
    own = m.tables["annual_facts"].filter(
        (pl.col("entity") == company) & (pl.col("source_class") == 1) & (pl.col("metric") == "revenue")
    )
    years = sorted(own["fiscal_year"].to_list(), reverse=True)[:4]
    if not years:
        return None
    rows, facts = [], []
    asked = [(metric, metric.replace("_", " ").capitalize()) for metric in m.subject.request.metrics]
    for metric, label in dict((*STATEMENT, *asked)).items():
        shown = [m.book.get(metric, company, year) for year in years]
        if any(shown):
            facts += [f for f in shown if f]
            rows.append((Cell(label), *(_cell(f) for f in shown)))
    ends = [m.book.get("revenue", company, year) for year in years]
    heads = [
        f"Year to {f.period_end:%b %Y}" if f and f.period_end else f"Fiscal {y}"
        for f, y in zip(ends, years, strict=True)
    ]
    return Table(
        f"statement-{company}",
        say(f"{company}: statement lines as filed, with margins.", facts),
        _columns("", *heads),
        tuple(rows),
    )


def revenue_history(m: Material, company: str) -> Figure | None:
    """Bars: a single company's revenue by fiscal year, for industries where there is nobody to compare it with."""
    own = m.tables["annual_facts"].filter((pl.col("entity") == company) & (pl.col("metric") == "revenue"))
    facts = [f for f in (m.book.get("revenue", company, y) for y in sorted(own["fiscal_year"])[-10:]) if f]
    if len(facts) < 2:
        return None
    points = tuple(_point(f, str(f.fiscal_year)) for f in facts)
    return Figure(
        f"revenue-{company}",
        say(f"How did {company}'s revenue develop? By fiscal year.", facts),
        Chart(
            kind="grouped_bar",
            series=(Series(name="Revenue", entity=company, points=points),),
            unit="USD",
            y_title="Revenue",
        ),
        f"Bars of {company}'s revenue by fiscal year.",
    )


def segments(m: Material, company: str, dimension: str) -> Figure | None:
    """Grouped bars: revenue by segment over the newest years."""
    frame = m.tables["segment_results"].filter(
        (pl.col("company") == company) & (pl.col("dimension") == dimension) & (pl.col("metric") == "revenue")
    )
    years = sorted(frame["fiscal_year"].unique(), reverse=True)[:3][::-1]
    newest = (
        frame.filter(pl.col("fiscal_year") == years[-1]).sort(["value_usd", "segment"], descending=[True, False])
        if years
        else frame
    )
    revenue = m.book.get("revenue", company, years[-1]) if years else None
    adding_up = finest_split(dict(newest.select("segment", "value_usd").rows()), revenue.value if revenue else None)
    names = [name for name in newest["segment"] if name in adding_up][:7]
    if len(names) < 2:
        return None
    series, ids = [], []
    for year in years:
        rows = {r["segment"]: r for r in frame.filter(pl.col("fiscal_year") == year).to_dicts()}
        points = tuple(Point(x=n, y=rows[n]["value_usd"], fact_id=rows[n]["fact_id"]) for n in names if n in rows)
        ids += [rows[n]["fact_id"] for n in names if n in rows]
        series.append(Series(name=f"Fiscal {year}", points=points))
    word = {"segment": "segment", "product": "product line", "region": "region"}[dimension]
    return Figure(
        f"segments-{company}-{dimension}",
        say(f"Where does {company}'s revenue come from? By {word}.", ids),
        Chart(kind="grouped_bar", series=tuple(series), unit="USD", y_title="Revenue"),
        f"Grouped bars of {company}'s revenue by {word} and fiscal year.",
    )


def adoption_curves(m: Material) -> Figure | None:
    """Lines: adoption by year, the six technologies with the highest newest level."""
    frame = m.tables["technology_adoption"]
    if frame.is_empty():
        return None
    newest = frame.filter(pl.col("is_latest")).sort(["adoption_pct", "technology"], descending=[True, False])
    chosen = newest.unique("technology", keep="first", maintain_order=True).head(6)
    series, ids = [], []
    for technology, population in chosen.select("technology", "population").rows():
        rows = (
            frame.filter((pl.col("technology") == technology) & (pl.col("population") == population))
            .sort("year")
            .to_dicts()
        )
        ids += [row["fact_id"] for row in rows]
        points = tuple(Point(x=float(row["year"]), y=row["adoption_pct"], fact_id=row["fact_id"]) for row in rows)
        series.append(Series(name=technology, points=points))
    return Figure(
        "adoption",
        say("How far has each technology come? Share of the population that uses it, by year.", ids),
        Chart(kind="line", series=tuple(series), unit="percent", y_title="Adoption"),
        "Line chart of adoption by year for each technology.",
    )


def adoption_table(m: Material) -> Table | None:
    """Newest level, change over five years and years from a tenth to half."""
    newest = (
        m.tables["technology_adoption"].filter(pl.col("is_latest")).sort("adoption_pct", descending=True).to_dicts()
    )
    rows, facts = [], []
    for row in newest[:14]:
        level = m.book.facts.get(row["fact_id"])
        change = m.book.get("adoption_change", row["technology"], row["year"], row["population"])
        speed = next(
            (
                f
                for f in m.book.derived()
                if f.metric == "years_10_to_50" and (f.entity, f.dimensions) == (row["technology"], row["population"])
            ),
            None,
        )
        facts += [f for f in (level, change, speed) if f]
        place = row["population"].partition("=")[2]
        rows.append(
            (
                Cell(row["technology"], strong=True),
                Cell(place),
                Cell(str(row["year"])),
                _cell(level),
                _cell(change),
                _cell(speed),
            )
        )
    if not rows:
        return None
    return Table(
        "adoption-levels",
        say("Adoption levels, their change and the years from a tenth to half of the population.", facts),
        (("Technology", "left"), ("Population", "left"), ("Year", "right"), ("Adoption", "right"),
         ("Five-year change", "right"), ("Years from 10% to 50%", "right")),
        tuple(rows),
    )  # fmt: skip


def topics(m: Material) -> Figure | None:
    """Bars: mentions of topics."""
    found = [
        fact
        for row in m.tables["topics"].head(10).to_dicts()
        if (fact := m.book.get("topic_mentions", row["topic"])) is not None
    ]
    if len(found) < 3:
        return None
    series = (Series(name="Mentions", points=tuple(_point(f, f.entity) for f in found)),)
    return Figure(
        "topics",
        say("What do the sources talk about? Mentions of topics, all documents.", found),
        Chart(kind="bar", series=series, unit="count", x_title="Mentions"),
        "Bar chart of how often each topic is mentioned.",
    )


def forecast(m: Material, company: str) -> Figure | None:
    """Fan: a company's revenue and its forecast with interval."""
    made = sorted(
        (f for f in m.book.derived() if f.metric == "revenue_forecast" and f.entity == company),
        key=lambda f: f.fiscal_year or 0,
    )
    if not made:
        return None
    past = [m.book.facts[i] for i in made[0].inputs]
    ahead = []
    for fact in made:
        low = m.book.get("revenue_forecast_low", company, fact.fiscal_year)
        high = m.book.get("revenue_forecast_high", company, fact.fiscal_year)
        if low and high:
            ahead.append(
                Point(
                    x=float(fact.fiscal_year or 0), y=fact.value, fact_id=fact.fact_id, low=low.value, high=high.value
                )
            )
    return Figure(
        f"forecast-{company}",
        say(
            f"Where does {company}'s own trend lead? Revenue by fiscal year, with base, low and high case.", past, made
        ),
        Chart(
            kind="fan",
            series=(
                Series(
                    name="Reported", entity=company, points=tuple(_point(f, float(f.fiscal_year or 0)) for f in past)
                ),
                Series(name="Forecast", entity=company, points=tuple(ahead)),
            ),
            unit="USD",
            y_title="Revenue",
        ),
        f"Fan chart of {company}'s revenue and forecast.",
        "Random walk with drift on the logarithm; the band is the interval stated in the text.",
    )


def short(fact: Fact) -> str:
    """How a cell shows a fact."""
    return numbers.short(fact.value, fact.unit)
