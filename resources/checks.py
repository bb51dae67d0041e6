"""Checking stored tables against the schema registry: by Great Expectations, or where they lie if they are large."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from market_research.cleaning.expectations import Outcome, check
from market_research.cleaning.rules_sql import duplicates, problems
from market_research.cleaning.schema import Table
from resources.lake import Lake
from resources.order import strictly_rising

LARGE_ROWS = 200_000


def check_table(lake: Lake, layer: str, table: Table, industry: str, *, large: int = LARGE_ROWS) -> Outcome:
    """Whether a table keeps its rules; from ``large`` rows on DuckDB looks, and no row becomes a Python object.

    A table without rows can break none.
    """
    paths = lake.parts(layer, table.name, industry)
    rows = sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in paths)
    if not rows:
        return Outcome(True, 0, ())
    if rows < large:
        return check(table, lake.read(layer, table, industry))
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET TimeZone = 'UTC'")
        return check_files(connection, table, paths)


def check_files(connection: duckdb.DuckDBPyConnection, table: Table, paths: Sequence[Path]) -> Outcome:
    """The rules of the registry over Parquet files: columns, types, values, key."""
    source = f"read_parquet([{', '.join(_text(str(path)) for path in paths)}])"
    failures = _columns(connection, table, source)
    rules = problems(table)
    if failures:
        return Outcome(False, 1, tuple(failures))
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition, _ in rules)
    found = connection.execute(f"SELECT {counts} FROM {source}").fetchone() if rules else ()
    failures += [f"{reason} {count} rows" for (_, reason), count in zip(rules, found or (), strict=True) if count]
    rises = not table.key or strictly_rising(paths, table.key)
    repeated = None if rises else connection.execute(duplicates(table, source)).fetchone()
    if repeated and repeated[0]:
        failures.append(f"{', '.join(table.key)}: expected to be unique; {repeated[0]} values stand on several rows")
    return Outcome(not failures, len(rules) + 2, tuple(failures))


def _columns(connection: duckdb.DuckDBPyConnection, table: Table, source: str) -> list[str]:
    """What is wrong with the columns, by name, order and type."""
    schema = connection.sql(f"SELECT * FROM {source} LIMIT 0").pl().schema
    if dict(schema) == table.schema and list(schema) == list(table.schema):
        return []
    return [f"the columns are {dict(schema)} where the registry has {table.schema}"]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
