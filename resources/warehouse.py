"""The warehouse: one DuckDB file built beside the old one and swapped in.

A publication replaces one industry's rows and takes the others' from the file before it, so that every industry
is seen as its last finished run left it. Readers that hold the old file open keep the old state until they reopen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
from filelock import FileLock

from market_research import files
from market_research.cleaning.schema import DEMAND, MODEL_TABLES, SENTIMENT, TABLES
from market_research.errors import InvalidInput, NotFound
from market_research.sqlfiles import SqlTable
from resources.lake import Lake
from resources.lake_sql import COMMERCE

# Where each contract table's rows lie in the lake; marts and cleaned tables are found by listing theirs.
CONTRACT_LAYERS: dict[str, tuple[str, ...]] = {
    "documents": ("staged",),
    "document_versions": ("staged",),
    "quarantine": ("staged",),
    "table_rows": ("staged",),
    "replaced_rows": ("staged",),
    "security_events": ("staged", "judged", "typed", "withheld"),
    "quality_flags": ("staged",),
    "facts": ("clean", "derived"),
    "passages": ("clean",),
    "entities": ("clean",),
    "name_matches": ("reference",),
    "near_duplicates": ("reference",),
    "stale_sources": ("reference",),
    "product_matches": ("reference",),
    "match_decisions": ("reviews",),
    "price_elasticities": (COMMERCE,),
    "price_recommendations": (COMMERCE,),
    "exchange_rates": ("staged",),
    **{table.name: (COMMERCE,) for table in (*SENTIMENT, *DEMAND)},
    **{table.name: ("models",) for table in MODEL_TABLES},
    "findings": ("findings",),
    "claims": ("editions",),
    "claim_decisions": ("reviews",),
    "framework_items": ("editions",),
    "framework_changes": ("editions",),
    "editions": ("editions",),
    "requests": ("registry",),
    "llm_calls": ("editions",),
    "vector_migrations": ("vectors",),
    "answers": ("answers",),
    "source_runs": ("sources",),
    "alerts": ("sources",),
    "audit_log": ("audit",),
    "lineage": ("audit",),
    "corrections": ("corrections",),
}

# Derived facts are kept by each edition that cites them; rows that are only added may stand twice after a kill, and so
# does what the guard notes of a text that is typed twice.
REPEATING = {"facts", "audit_log", "lineage", "security_events", "llm_calls", "claim_decisions"}
REPEATING |= {table.name for table in MODEL_TABLES}


@dataclass(frozen=True)
class Published:
    """What a publication wrote."""

    tables: int
    rows: int
    size_bytes: int


@dataclass(frozen=True)
class Warehouse:
    """The file at ``path``."""

    path: Path

    def publish(
        self,
        lake: Lake,
        industry: str,
        industries: pl.DataFrame,
        comments: dict[str, str],
        *,
        marts: Iterable[str],
        views: Iterable[SqlTable] = (),
    ) -> Published:
        """Put an industry's present state into the warehouse.

        Args:
            lake: where its tables are.
            industry: the key.
            industries: rows of ``INDUSTRIES``; others than these are dropped from all tables.
            comments: descriptions of cleaned tables and marts.
            marts: names of the tables in the layers ``clean``, ``marts`` and ``commerce``.
            views: what is shown over these tables.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_suffix(".lock")), files.replacing(self.path) as target:
            with duckdb.connect(str(target)) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                old_tables = self._attach_old(connection)
                # One transaction: otherwise each of some two hundred statements is written to the disk by itself.
                connection.begin()
                keep = sorted(set(industries["industry"]) - {industry})
                names = sorted({*CONTRACT_LAYERS, *marts})
                for name in names:
                    self._write_table(connection, lake, name, industry, keep, old_tables)
                connection.register("_industries", industries)
                connection.execute("CREATE TABLE industries AS SELECT * FROM _industries ORDER BY industry")
                for name in [*names, "industries"]:
                    _comment(connection, name, comments)
                for view in views:
                    connection.execute(f'CREATE VIEW "{view.name}" AS {view.statement}')
                    connection.execute(f'COMMENT ON VIEW "{view.name}" IS {_text(view.description)}')
                counts = connection.execute(
                    "SELECT count(*), coalesce(sum(estimated_size), 0) FROM duckdb_tables() WHERE database_name = "
                    "current_database()"
                ).fetchone()
                assert counts is not None
                connection.commit()
                if old_tables:
                    connection.execute("DETACH old")
                connection.execute("CHECKPOINT")
            size = target.stat().st_size
        return Published(int(counts[0]), int(counts[1]), size)

    def remove_leftovers(self, *, older_than: float) -> int:
        """Delete what a killed publication left beside the file; returns how many files went."""
        left = [path for path in self.path.parent.glob(f".{self.path.name}.*") if path.is_file()]
        gone = [path for path in left if files.is_leftover(path, older_than=older_than)]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _attach_old(self, connection: duckdb.DuckDBPyConnection) -> set[str]:
        """Attach the present file read-only as ``old``; returns its tables. An unreadable one counts as none."""
        if not self.path.is_file():
            return set()
        try:
            connection.execute(f"ATTACH {_text(str(self.path))} AS old (READ_ONLY)")
        except duckdb.Error:
            return set()
        rows = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'old'").fetchall()
        return {row[0] for row in rows}

    @staticmethod
    def _write_table(
        connection: duckdb.DuckDBPyConnection,
        lake: Lake,
        name: str,
        industry: str,
        keep: list[str],
        old_tables: set[str],
    ) -> None:
        layers = CONTRACT_LAYERS.get(name, ("clean", "marts", COMMERCE))
        parts = [str(path) for layer in layers for path in lake.parts(layer, name, industry)]
        sources = []
        if name in TABLES:
            connection.register("_empty", TABLES[name].frame())
            sources.append("SELECT * FROM _empty")
        if parts:
            listed = ", ".join(_text(part) for part in parts)
            sources.append(f"SELECT * FROM read_parquet([{listed}], union_by_name = true, hive_partitioning = false)")
        if name in old_tables and keep:
            others = ", ".join(_text(key) for key in keep)
            sources.append(f'SELECT * FROM old."{name}" WHERE industry IN ({others})')
        if not sources:
            return
        union = " UNION ALL BY NAME ".join(sources)
        columns = "DISTINCT *" if name in REPEATING else "*"
        connection.execute(f'CREATE TABLE "{name}" AS SELECT {columns} FROM ({union})')

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A read-only connection that can reach nothing but the warehouse.

        Raises:
            NotFound: nothing has been published yet.
        """
        if not self.path.is_file():
            raise NotFound(f"There is no warehouse at {self.path} yet; `market-research run` makes it.")
        connection = duckdb.connect(
            str(self.path), read_only=True, config={"enable_external_access": "false", "lock_configuration": "true"}
        )
        return connection

    def query(self, sql: str, parameters: list[object] | None = None) -> pl.DataFrame:
        """Rows that a SELECT gives.

        Raises:
            NotFound: nothing has been published yet.
            InvalidInput: DuckDB refuses the statement; the message says why.
        """
        with self.connect() as connection:
            try:
                return connection.sql(sql, params=parameters).pl()
            except duckdb.Error as error:
                raise InvalidInput(f"The warehouse refuses this query: {str(error).strip()}") from error


def _comment(connection: duckdb.DuckDBPyConnection, name: str, comments: dict[str, str]) -> None:
    """Descriptions on the table and its columns, from the registry or the SQL file's header."""
    exists = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = ? AND database_name = current_database()", [name]
    ).fetchone()
    if not exists or not exists[0]:
        return
    description = TABLES[name].description if name in TABLES else comments.get(name, "")
    connection.execute(f'COMMENT ON TABLE "{name}" IS {_text(description)}')
    if name in TABLES:
        for column in TABLES[name].columns:
            connection.execute(f'COMMENT ON COLUMN "{name}"."{column.name}" IS {_text(column.description)}')


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
