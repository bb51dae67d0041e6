"""Exhibits about technologies and topics."""

import polars as pl

from market_research.analysis.base import say
from market_research.report.model import Chart, Point, Series
from market_research.writing.exhibits.parts import cell, point
from market_research.writing.material import Material
from market_research.writing.outline import Cell, Figure, Table


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
                cell(level),
                cell(change),
                cell(speed),
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
    series = (Series(name="Mentions", points=tuple(point(f, f.entity) for f in found)),)
    return Figure(
        "topics",
        say("What do the sources talk about? Mentions of topics, all documents.", found),
        Chart(kind="bar", series=series, unit="count", x_title="Mentions"),
        "Bar chart of how often each topic is mentioned.",
    )
