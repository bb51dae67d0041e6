"""Free texts of records that are loaded whole: personal data leave, markup leaves, orders to a reader are noticed."""

from dataclasses import dataclass, field

import polars as pl

from market_research.cleaning import neutral, personal, suspicion
from market_research.cleaning.schema import Table


@dataclass(frozen=True)
class Treated:
    """What was found in a table's texts, and the rows without it."""

    rows: pl.DataFrame
    redactions: list[personal.Redaction] = field(default_factory=list)
    markup: list[neutral.Neutralised] = field(default_factory=list)
    events: list[suspicion.Event] = field(default_factory=list)


def free_texts(table: Table) -> tuple[str, ...]:
    """Columns in which anybody may have written anything."""
    return tuple(column.name for column in table.columns if column.free or column.personal)


def treated(table: Table, rows: pl.DataFrame) -> Treated:
    """A registered table's rows with its free texts made harmless. ``rows`` needs its ``locator`` or ``row_number``."""
    columns = free_texts(table)
    place = pl.coalesce("locator", pl.format("row {}", pl.coalesce("row_number", pl.int_range(2, pl.len() + 2))))
    placed = rows.with_columns(locator=place)
    events = [
        event
        for name in columns
        for event in suspicion.in_texts(placed.select("locator", text=pl.col(name)).drop_nulls(), amidst=False)
    ]
    made, markup = neutral.neutral_frame(table, placed, *columns)
    made, redactions = personal.redact_frame(table, made)
    return Treated(made.with_columns(rows["locator"]), redactions, markup, events)
