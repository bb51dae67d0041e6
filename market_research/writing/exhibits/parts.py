"""What all exhibits are made of: cells, columns and points that show facts."""

from typing import Literal

from market_research.report.model import Point
from market_research.writing.evidence import Fact
from market_research.writing.outline import Cell

Align = Literal["left", "right"]


def cell(fact: Fact | None) -> Cell:
    return Cell(fact=fact) if fact else Cell("–")


def columns(*labels: str) -> tuple[tuple[str, Align], ...]:
    return tuple((label, "left" if index == 0 else "right") for index, label in enumerate(labels))


def point(fact: Fact, x: str | float, label: str | None = None, size: float | None = None) -> Point:
    return Point(x=x, y=fact.value, fact_id=fact.fact_id, label=label, size=size)
