"""Asking the lake itself, as of any day: documents, facts and passages in every version that ever stood.

The warehouse shows what the last finished run left; this reads the lake's Parquet as it is now, so also what was
only just ingested, and what was superseded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import duckdb
import polars as pl

from market_research.cleaning.schema import CORRECTIONS, FACTS, PASSAGES, Table
from market_research.errors import InvalidInput
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import PYTHON_SCHEMAS, read_all, read_views
from resources import audit
from resources.lake import Lake
from resources.received import HISTORY, versions
from resources.staging import LAYER, staged_documents
from resources.upkeep import dated_documents

What = Literal["facts", "documents", "passages", "audit", "lineage"]
NAMES = pl.DataFrame(schema={"stated": pl.String, "name": pl.String})
# One statement for each that can be asked; the history is joined with the versions that say when it stood.
QUERIES: dict[What, str] = {
    "facts": "SELECT * FROM facts_history",
    "documents": """
        SELECT v.*, d.kind, d.publisher, d.licence, d.uri, d.company
        FROM document_versions AS v LEFT JOIN current_documents AS d USING (document_id)
    """,
    "passages": """
        SELECT p.*, v.valid_from, v.valid_to, v.ended_by
        FROM (SELECT * FROM staged.passages UNION ALL BY NAME SELECT * FROM history.passages) AS p
        JOIN document_versions AS v USING (document_id)
    """,
    "audit": "SELECT * FROM audit_log",
    "lineage": "SELECT * FROM lineage",
}
LOGS = ("audit", "lineage")
ORDER: dict[What, str] = {
    "facts": "entity, metric, period_end, filed_on, fact_id, valid_from",
    "documents": "path, valid_from",
    "passages": "document_id, ordinal, valid_from",
    "audit": "logged_at, audit_id",
    "lineage": "logged_at, lineage_id",
}


def ask(lake: Lake, industry: str, what: What, *, where: str | None = None, as_of: date | None = None) -> pl.DataFrame:
    """Rows that stood at the end of a day (UTC), or that stand now, and for which ``where`` holds.

    Of the audit log and the lineage: all rows up to the end of that day.

    Raises:
        InvalidInput: DuckDB refuses the condition; the message says why.
    """
    moment = datetime.combine(as_of + timedelta(days=1), time(), UTC) if as_of else None
    if what in LOGS:
        stood = "true" if moment is None else "logged_at < $moment"
    elif moment is None:
        stood = "valid_to IS NULL"
    else:
        stood = "valid_from < $moment AND (valid_to IS NULL OR valid_to >= $moment)"
    condition = f"({where}\n)" if where else "true"
    query = f"SELECT * FROM ({QUERIES[what]}) AS asked WHERE {stood} AND {condition} ORDER BY {ORDER[what]}"
    with _connection(lake, industry, what) as connection:
        try:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise InvalidInput("--where must be one condition, such as \"metric = 'revenue' AND value > 1e9\".")
            return connection.sql(query, params={"moment": moment} if moment else None).pl()
        except duckdb.Error as error:
            raise InvalidInput(f"The data store refuses this condition: {str(error).strip()}") from error


@contextmanager
def _connection(lake: Lake, industry: str, what: What) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that can read the files of what is asked for and nothing else of the machine."""
    files: list[Path] = []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if what == "audit":
            _table(connection, "audit_log", audit.log(lake, industry))
        elif what == "lineage":
            _table(connection, "lineage", audit.lineage(lake, industry))
        else:
            files = _versioned(connection, lake, industry, what)
        allowed = ", ".join(_text(str(path)) for path in files)
        connection.execute(f"SET allowed_paths = [{allowed}]")
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        yield connection


def _versioned(connection: duckdb.DuckDBPyConnection, lake: Lake, industry: str, what: What) -> list[Path]:
    """Tables and views with the time in which each record stood; returns the files behind them."""
    for schema in PYTHON_SCHEMAS:
        connection.execute(f"CREATE SCHEMA {schema}")
    current = dated_documents(lake, industry)
    _table(connection, "current_documents", current)
    _table(connection, "document_versions", versions(lake, industry))
    listed = staged_documents(lake, industry).join(current, on="document_id", how="semi")
    _table(connection, "staged.documents", listed)
    if what == "documents":
        return []
    if what == "passages":
        return _tables_of_versions(connection, lake, industry, PASSAGES)
    _table(connection, "corrections", lake.read("corrections", CORRECTIONS, industry))
    connection.execute("CREATE VIEW staged.document_versions AS SELECT * FROM main.document_versions")
    connection.execute("CREATE VIEW corrections.corrections AS SELECT * FROM main.corrections")
    names = lake.parts("reference", "company_names", industry)
    _table(connection, "reference.company_names", pl.read_parquet(names) if names else NAMES)
    files = _tables_of_versions(connection, lake, industry, FACTS)
    tables = read_all(SQL_FOLDER)
    for sql in (tables["facts"], tables["superseded_facts"], read_views(SQL_FOLDER)["facts_history"]):
        connection.execute(f'CREATE VIEW "{sql.name}" AS {sql.statement}')
    return files


def _table(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    connection.register("_rows", frame)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM _rows")
    connection.unregister("_rows")


def _tables_of_versions(connection: duckdb.DuckDBPyConnection, lake: Lake, industry: str, table: Table) -> list[Path]:
    """Views of a table's rows, apart by whether their document is current; returns the files behind them.

    Between an ingestion and the next run rows of replaced documents still lie among the staged ones.
    """
    columns = ", ".join(f'"{name}"' for name in table.schema)
    found: list[Path] = []
    for layer in (LAYER, HISTORY):
        parts = lake.parts(layer, table.name, industry)
        found += parts
        if parts:
            listed = ", ".join(_text(str(path)) for path in parts)
            source = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
            connection.execute(f"CREATE VIEW {layer}._{table.name} AS SELECT DISTINCT {columns} FROM {source}")
        else:
            _table(connection, f"{layer}._{table.name}", table.frame())
    for layer, join in ((LAYER, "SEMI"), (HISTORY, "ANTI")):
        rows = f"SELECT * FROM {LAYER}._{table.name}"
        if layer == HISTORY:
            rows += f" UNION SELECT * FROM {HISTORY}._{table.name}"
        chosen = f"SELECT * FROM ({rows}) {join} JOIN staged.documents USING (document_id)"
        connection.execute(f"CREATE VIEW {layer}.{table.name} AS {chosen}")
    return found


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
