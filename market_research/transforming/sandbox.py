"""Users' SQL expressions over rows and lookups: nothing else can be reached, and nothing can go on for ever."""

import re
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import polars as pl

from market_research.transforming.working import ID, REJECTED, RuleFailed

SECONDS = 60.0
"""How long one expression may take over one table."""
MEMORY = "1GB"
MAX_HALVINGS = 400
_CLOSED = (
    "python_enable_replacements = false", "autoinstall_known_extensions = false", "autoload_known_extensions = false",
    "enable_progress_bar = false", "TimeZone = 'UTC'", "temp_directory = ''", f"memory_limit = '{MEMORY}'",
    "threads = 2", "enable_external_access = false", "lock_configuration = true",
)  # fmt: skip
# What is wrong with one row's values; everything else is wrong with the expression.
_OF_A_ROW = (duckdb.DataError, duckdb.InvalidInputException)
_PLAIN = {"BOOLEAN": "BOOLEAN", "DATE": "DATE", "VARCHAR": "VARCHAR", "FLOAT": "DOUBLE", "DOUBLE": "DOUBLE"}
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


@dataclass(frozen=True)
class Sandbox:
    """A database that can reach nothing, and how many seconds one expression may take in it."""

    connection: duckdb.DuckDBPyConnection
    seconds: float


@contextmanager
def opened(lookups: Mapping[str, pl.DataFrame], seconds: float = SECONDS) -> Generator[Sandbox]:
    """An in-memory DuckDB that has the lookups as tables and can reach no file, no network and no variable."""
    with duckdb.connect() as connection:
        for name, frame in lookups.items():
            connection.register("lookup\x1f", frame)
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM "lookup\x1f"')
            connection.unregister("lookup\x1f")
        for setting in _CLOSED:
            connection.execute(f"SET {setting}")
        yield Sandbox(connection, seconds)


def evaluate(box: Sandbox, frame: pl.DataFrame, expression: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The values of an expression by row (id, value), and the rows for which it fails (id, reason).

    Raises:
        RuleFailed: it cannot be evaluated over this table at all, or takes too much time or memory.
    """
    box.connection.register("rows", frame)
    try:
        try:
            return _asked(box, frame.height, f"({expression}\n)"), pl.DataFrame(schema=REJECTED)
        except _OF_A_ROW as error:
            return _without_failing(box, frame, expression, error)
    finally:
        box.connection.unregister("rows")


def _without_failing(
    box: Sandbox, frame: pl.DataFrame, expression: str, error: duckdb.Error
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Once an expression has failed: row by row with TRY, or by halves where TRY is not allowed (subqueries)."""
    reason = said(error)
    try:
        # Whether something is null is never unknown: unknown means that it failed.
        failing = _asked(box, frame.height, f"TRY(({expression}\n) IS NULL) IS NULL").filter("value")[ID]
        values = _asked(box, frame.height, f"TRY({expression}\n)")
    except RuleFailed:
        return _by_halves(box, frame, expression, error)
    failed = pl.DataFrame({ID: failing}).with_columns(reason=pl.lit(reason))
    return values.join(failed, on=ID, how="anti", maintain_order="left"), failed


def _by_halves(
    box: Sandbox, frame: pl.DataFrame, expression: str, error: duckdb.Error
) -> tuple[pl.DataFrame, pl.DataFrame]:
    if re.search(r"\bover\b", expression, re.I):
        raise RuleFailed(f"the expression fails: {said(error)}; use TRY(…) inside it")  # halves are other windows
    values: list[pl.DataFrame] = []
    failed: list[tuple[int, str]] = []
    ids = frame[ID]
    waiting = [(0, frame.height)]
    asked = 0
    while waiting:
        start, end = waiting.pop()
        if asked >= MAX_HALVINGS:
            failed += [(row, "too many other rows fail for this one to be looked at") for row in ids[start:end]]
            continue
        asked += 1
        within = f'WHERE "{ID}" BETWEEN {ids[start]} AND {ids[end - 1]}'
        try:
            values.append(_asked(box, end - start, f"({expression}\n)", within))
        except _OF_A_ROW as problem:
            if end - start == 1:
                failed.append((ids[start], said(problem)))
            else:
                middle = (start + end) // 2
                waiting += [(middle, end), (start, middle)]
    found = pl.concat(values) if values else pl.DataFrame(schema={ID: pl.Int64, "value": pl.String})
    return found, pl.DataFrame(failed, schema=REJECTED, orient="row")


def _asked(box: Sandbox, height: int, expression: str, within: str = "") -> pl.DataFrame:
    """Columns id and value, one row for each row asked, in any order."""
    query = f'SELECT "{ID}", {expression} AS value FROM rows {within}'
    with _limited(box):
        try:
            kind = str(box.connection.sql(query).types[1])
            plain = _PLAIN.get(kind) or ("BIGINT" if kind in _WHOLE else "VARCHAR")
            if kind.startswith(("DECIMAL", "HUGEINT", "UHUGEINT", "UBIGINT")):
                plain = "DOUBLE"
            if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
                raise RuleFailed("the expression gives a list or a structure; make it one text or number")
            found = box.connection.sql(f'SELECT "{ID}", value::{plain} AS value FROM ({query})').pl()
        except duckdb.InterruptException:
            raise RuleFailed(f"the expression takes longer than {box.seconds:g} seconds; make it simpler") from None
        except duckdb.OutOfMemoryException:
            raise RuleFailed(f"the expression needs more than {MEMORY} of memory; make it simpler") from None
        except _OF_A_ROW:
            raise
        except duckdb.Error as error:
            raise RuleFailed(f"the expression cannot be used on this table: {said(error)}") from None
    if found.height != height or found[ID].n_unique() != height:
        raise RuleFailed("the expression makes more or fewer rows than there are; each row must stay one row")
    if found.schema["value"].is_float():
        found = found.with_columns(pl.when(pl.col("value").is_finite()).then("value"))
    return found


@contextmanager
def _limited(box: Sandbox) -> Iterator[None]:
    timer = threading.Timer(box.seconds, box.connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def said(error: duckdb.Error) -> str:
    """DuckDB's reason in one line, without the values that it quotes: they may be personal."""
    line = str(error).strip().splitlines()[0].removeprefix("Invalid Input Error: ")
    return re.sub(r"'[^']*'", "'…'", line).split(". Use ")[0][:300]
