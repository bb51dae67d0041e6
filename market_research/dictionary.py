"""The data dictionary: stored tables with their columns from the schema registry, the others by their SQL files."""

from collections.abc import Iterable

import polars as pl

from market_research.cleaning.schema import TABLES, Column, Table
from market_research.errors import NotFound
from market_research.sqlfiles import SqlTable

SCHEMA = dict.fromkeys(
    ("table", "column", "type", "key", "nullable", "unit", "rules", "personal", "description"), pl.String()
)


def columns(names: Iterable[str] | None = None) -> pl.DataFrame:
    """One row a column of the registered tables; columns of ``SCHEMA``, ``yes`` or empty where it is a yes or no.

    Raises:
        NotFound: there is no such table.
    """
    chosen = sorted(TABLES) if names is None else list(names)
    for name in chosen:
        if name not in TABLES:
            raise NotFound(f"There is no table {name!r} in the registry; it has {', '.join(sorted(TABLES))}.")
    rows = [_row(TABLES[name], column) for name in chosen for column in TABLES[name].columns]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def markdown(sql_tables: Iterable[SqlTable] = (), names: Iterable[str] | None = None) -> str:
    """The dictionary as a page: registered tables with their columns, then what SQL files make, by their headers."""
    listed = columns(names)
    parts = ["# Data dictionary", "Made by `market-research dictionary`; do not edit."]
    shown = [name for name in SCHEMA if name != "table"]
    for (name,), frame in listed.group_by("table", maintain_order=True):
        head = [f"| {' | '.join(shown)} |", f"|{'---|' * len(shown)}"]
        lines = [f"| {' | '.join(_cell(value) for value in row)} |" for row in frame.select(shown).rows()]
        parts += [f"## {name}", TABLES[str(name)].description, "\n".join(head + lines)]
    made = sorted((table for table in sql_tables if table.name not in TABLES), key=lambda table: table.name)
    if made:
        parts.append("# Tables and views made by SQL")
    for table in made:
        reads = ", ".join(f"`{'.'.join(filter(None, pair))}`" for pair in table.inputs)
        parts += [f"## {table.name}", table.description, f"`sql/{table.layer}/{table.name}.sql`, from {reads}."]
    return "\n\n".join(parts) + "\n"


def _row(table: Table, column: Column) -> tuple[str, ...]:
    return (
        table.name,
        column.name,
        str(column.dtype),
        _yes(column.name in table.key),
        _yes(column.nullable),
        column.unit or "",
        "; ".join(_rules(column)),
        _yes(column.personal),
        column.description,
    )


def _rules(column: Column) -> list[str]:
    bounds = [
        *([f"at least {column.minimum:g}"] if column.minimum is not None else []),
        *([f"at most {column.maximum:g}"] if column.maximum is not None else []),
    ]
    allowed = [f"one of {', '.join(column.allowed)}"] if column.allowed else []
    return [*bounds, *allowed, *([f"matches {column.pattern}"] if column.pattern else [])]


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
