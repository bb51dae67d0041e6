"""Exhibits about one company."""

import polars as pl

from market_research.analysis.base import say
from market_research.analysis.segments import finest_split
from market_research.report.model import Chart, Point, Series
from market_research.writing.exhibits.parts import cell, columns, point
from market_research.writing.material import Material
from market_research.writing.outline import Cell, Figure, Table

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
            rows.append((Cell(label), *(cell(f) for f in shown)))
    ends = [m.book.get("revenue", company, year) for year in years]
    heads = [
        f"Year to {f.period_end:%b %Y}" if f and f.period_end else f"Fiscal {y}"
        for f, y in zip(ends, years, strict=True)
    ]
    return Table(
        f"statement-{company}",
        say(f"{company}: statement lines as filed, with margins.", facts),
        columns("", *heads),
        tuple(rows),
    )


NEWEST = (
    ("revenue_growth", "Growth"), ("gross_margin", "Gross margin"), ("operating_margin", "Operating margin"),
    ("rd_intensity", "R&D"), ("capital_intensity", "Capital expenditure"), ("cash_conversion", "Operating cash flow"),
)  # fmt: skip


def newest(m: Material) -> Table | None:
    """The newest results of companies with filings side by side; all but growth as parts of revenue."""
    rows, facts = [], []
    measures = [
        (metric, label)
        for metric, label in NEWEST
        if sum(m.book.get(metric, c, m.newest_year(c)) is not None for c in m.reporting) > 1
    ]
    for company in m.reporting[:12]:
        year = m.newest_year(company)
        revenue = m.book.get("revenue", company, year)
        shown = [revenue, *(m.book.get(metric, company, year) for metric, _ in measures)]
        end = f"{revenue.period_end:%b %Y}" if revenue and revenue.period_end else f"Fiscal {year}"
        facts += [f for f in shown if f]
        rows.append((Cell(company, strong=True), Cell(end), *(cell(f) for f in shown)))
    if len(rows) < 2 or not measures:
        return None
    return Table(
        "newest-results",
        say("Newest annual results compared, companies with filings.", facts),
        columns("Company", "Year to", "Revenue", *(label for _, label in measures)),
        tuple(rows),
        "Growth is on the year before; margins, R&D, capital expenditure and cash flow are parts of revenue.",
    )


def revenue_history(m: Material, company: str) -> Figure | None:
    """Bars: a single company's revenue by fiscal year, for industries where there is nobody to compare it with."""
    own = m.tables["annual_facts"].filter((pl.col("entity") == company) & (pl.col("metric") == "revenue"))
    facts = [f for f in (m.book.get("revenue", company, y) for y in sorted(own["fiscal_year"])[-10:]) if f]
    if len(facts) < 2:
        return None
    points = tuple(point(f, str(f.fiscal_year)) for f in facts)
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
                    name="Reported", entity=company, points=tuple(point(f, float(f.fiscal_year or 0)) for f in past)
                ),
                Series(name="Forecast", entity=company, points=tuple(ahead)),
            ),
            unit="USD",
            y_title="Revenue",
        ),
        f"Fan chart of {company}'s revenue and forecast.",
        "Random walk with drift on the logarithm; the band is the interval stated in the text.",
    )
