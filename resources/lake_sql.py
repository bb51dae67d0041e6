"""Running SQL files over one industry's part of the lake."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count

import duckdb
import polars as pl

from market_research.cleaning.schema import TABLES
from market_research.commerce.identifiers import NO_OFFERS
from market_research.commerce.terms import CommerceTerms, references
from market_research.sources.datasets import DATASET_TABLES
from market_research.sqlfiles import PYTHON_SCHEMAS, SqlTable
from resources.lake import Lake

# Large parts leave out the number of a row where it is its position.
NUMBERED = {("staged", table.name) for table in DATASET_TABLES}
COMMERCE = "commerce"
_numbers = count(1)
DERIVED_LAYERS = {"staging": "clean", "marts": "marts", COMMERCE: COMMERCE}


@cache
def _no_commerce() -> dict[str, pl.DataFrame]:
    """References that are not written of an industry without any commerce."""
    return references(CommerceTerms(), NO_OFFERS)


def layer_of(table: SqlTable) -> str:
    """The lake's layer that a SQL file's rows go to."""
    return DERIVED_LAYERS[table.layer]


@contextmanager
def lake_connection(
    lake: Lake, industry: str, inputs: Iterable[tuple[str, str]], tables: dict[str, SqlTable]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that sees the named inputs of one industry as views and nothing else of the machine."""
    name_of_its_own = f"lake_{next(_numbers)}"
    with _database().cursor() as connection:
        connection.execute(f"ATTACH ':memory:' AS {name_of_its_own}")
        try:
            connection.execute(f"USE {name_of_its_own}")
            connection.execute("SET TimeZone = 'UTC'")
            for schema in PYTHON_SCHEMAS:
                connection.execute(f"CREATE SCHEMA {schema}")
            for schema, name in inputs:
                layer = schema or layer_of(tables[name])
                _create_view(connection, lake, layer, schema or "main", name, industry)
            yield connection
        finally:
            connection.execute("USE memory")
            connection.execute(f"DETACH {name_of_its_own}")


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One for the process: to open one takes fifteen times as long as to attach an empty one to it."""
    return duckdb.connect()


def _create_view(
    connection: duckdb.DuckDBPyConnection, lake: Lake, layer: str, schema: str, name: str, industry: str
) -> None:
    parts = [str(path) for path in lake.parts(layer, name, industry)]
    if parts:
        files = ", ".join("'" + part.replace("'", "''") + "'" for part in parts)
        rows, numbered = "SELECT *", ""
        if (layer, name) in NUMBERED:
            rows = (
                "SELECT * EXCLUDE (file_row_number) REPLACE (coalesce(row_number, file_row_number + 2) AS row_number)"
            )
            numbered = ", file_row_number = true"
        connection.execute(
            f'CREATE VIEW {schema}."{name}" AS {rows} FROM read_parquet([{files}], '
            f"union_by_name = true, hive_partitioning = false{numbered})"
        )
    elif name in TABLES or name in _no_commerce():
        empty = TABLES[name].frame() if name in TABLES else _no_commerce()[name]
        connection.register("_empty", empty)
        connection.execute(f'CREATE TABLE {schema}."{name}" AS SELECT * FROM _empty')
        connection.unregister("_empty")
    else:
        raise FileNotFoundError(f"{layer}/{name} has not been made for {industry} yet")


def run_sql_table(lake: Lake, industry: str, table: SqlTable, tables: dict[str, SqlTable]) -> pl.DataFrame:
    """Run one SQL file for one industry, write its rows to the lake and return them."""
    with lake_connection(lake, industry, table.inputs, tables) as connection:
        frame = connection.sql(table.statement).pl()
    lake.write(layer_of(table), table.name, industry, frame)
    return frame
