"""Loading tables of a known kind whole: DuckDB reads, types and writes them, and what does not fit is set aside.

Millions of rows never become Python objects. The rules come from the schema registry; rows that break one go to the
quarantine with their place, so that the table that is written keeps them all.
"""

import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from market_research import files
from market_research.cleaning.rules_sql import GIVEN, problems, rising
from market_research.cleaning.schema import Table
from market_research.sources.datasets import Layout
from market_research.sources.parsed import Reject

NUMBER = "coalesce(row_number, file_row_number + 2)"
"""Number of a row in its file: what stands there, or its position where no row was set aside."""
_NUMBERED = f"SELECT * EXCLUDE (file_row_number) REPLACE ({NUMBER} AS row_number)"
# Every further text costs time on every cell; these are what exports write.
NULLS = ("", "NA", "N/A", "null", "NULL", "None", "-")
MAX_TORN = 100
_NO_TEXT = "The line holds bytes that are no UTF-8 text."
_BROKEN_QUOTE = "The quoting of this line is broken."
_BLANK = re.compile(rb"\n[ \t]*\r?\n")
_TYPES = {pl.String(): "VARCHAR", pl.Date(): "DATE", pl.Float64(): "DOUBLE", pl.Int64(): "BIGINT"}
_ENCODING = "INVALID ENCODING"
_RAGGED = {"MISSING COLUMNS", "TOO MANY COLUMNS"}


@dataclass(frozen=True)
class Loaded:
    """How many rows a load wrote, and what it set aside, by place."""

    rows: int
    rejects: list[Reject]


def load_csv(
    source: Path, layout: Layout, target: Path, *, industry: str, document_id: str, numbered_below: int | None = None
) -> Loaded:
    """Write the rows of a CSV file to Parquet with the columns of its dataset's table; what does not fit is a reject.

    Every record below the header is a row of ``target`` or is rejected once. The file appears whole or not at all.
    Of several rows with one key the first stays. Rows stand in the order of the file; they are numbered if some were
    set aside, or if ``target`` comes out smaller than ``numbered_below`` bytes: it may then be packed with others.
    """
    with (
        files.replacing(target) as temporary,
        _without_blank_lines(source, target) as lines,
        _connection() as connection,
    ):
        unread = _read(connection, lines, layout, temporary, industry, document_id)
        if unread.height:
            _number(connection, temporary, unread)
        broken = _broken(connection, temporary, layout.dataset.table)
        if broken:
            _leave_out(connection, temporary, [number for number, _, _ in broken])
        repeated = _repeated(connection, temporary, layout.dataset.table)
        if repeated:
            _leave_out(connection, temporary, [number for number, _, _ in repeated])
        if numbered_below is not None and temporary.stat().st_size < numbered_below:
            _rewrite(connection, temporary, f"{_NUMBERED} FROM {_scan(temporary)}")
        counted = connection.execute(f"SELECT count(*) FROM read_parquet({_text(temporary)})").fetchone()
    return Loaded(int(counted[0]) if counted else 0, _rejects(unread, [*broken, *repeated]))


@contextmanager
def _connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        # The order of the file is the order of the rows: their places depend on it.
        connection.execute("SET preserve_insertion_order = true")
        connection.execute("SET enable_progress_bar = false")
        yield connection


@contextmanager
def _without_blank_lines(source: Path, target: Path) -> Iterator[Path]:
    """The file itself, or a copy without the blank lines that DuckDB counts only where it rejects."""
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        # Three plain searches over a file of ordinary lines take a third of the time of the expression.
        has_blanks = any(content.find(pair) >= 0 for pair in (b"\n\n", b"\n\r\n"))
        has_blanks = has_blanks or (
            any(content.find(pair) >= 0 for pair in (b"\n ", b"\n\t")) and _BLANK.search(content) is not None
        )
    if not has_blanks:
        yield source
        return
    copy = files.temporary_path(target)
    try:
        with source.open("rb") as file, copy.open("wb") as out:
            out.writelines(line for line in file if line.strip())
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _read(
    connection: duckdb.DuckDBPyConnection, source: Path, layout: Layout, target: Path, industry: str, document_id: str
) -> pl.DataFrame:
    """Copy what can be read and typed to ``target``; returns the rest: line, reason, raw.

    A quote that is never closed swallows the lines after it: its line is blotted out in a copy, which is then read.
    """
    torn: dict[int, str] = {}
    copy = files.temporary_path(target)
    try:
        while True:
            query = _select(copy if torn else source, layout, industry, document_id)
            connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
            connection.execute(f"COPY ({query}) TO {_text(target)} (FORMAT parquet, COMPRESSION zstd)")
            unread = _unread(connection)
            swallowing = unread.filter(pl.col("torn") & pl.col("raw").str.contains("\n"))
            if swallowing.is_empty() or len(torn) >= MAX_TORN:
                return unread.with_columns(
                    reason=pl.when(pl.col("line").is_in(sorted(torn))).then(pl.lit(_BROKEN_QUOTE)).otherwise("reason"),
                    raw=pl.col("line").replace_strict(torn, default=pl.col("raw"), return_dtype=pl.String),
                )
            line, raw = swallowing.select("line", "raw").row(0)
            torn[line] = raw.split("\n")[0].rstrip("\r")
            _blot(source, copy, {text.encode() for text in torn.values()})
    finally:
        copy.unlink(missing_ok=True)


def _blot(source: Path, copy: Path, lines: set[bytes]) -> None:
    """Copy a file with these lines replaced by one that has a single cell."""
    with source.open("rb") as file, copy.open("wb") as out:
        out.writelines(b"-\n" if line.rstrip(b"\r\n") in lines else line for line in file)


def _rejects(unread: pl.DataFrame, broken: list[tuple[int, str, str]]) -> list[Reject]:
    found = [*unread.select("line", "reason", "raw").rows(), *broken]
    return [Reject(f"row {number}", reason, raw) for number, reason, raw in sorted(found)]


def _select(source: Path, layout: Layout, industry: str, document_id: str) -> str:
    """The file as the dataset's table, read with its types."""
    table, kept = layout.dataset.table, {column: name for name, column in layout.columns if column}
    types = ", ".join(
        f"{_text(name)}: '{_TYPES[table.schema[column]] if column else 'VARCHAR'}'" for name, column in layout.columns
    )
    given = {
        "industry": _text(industry), "document_id": _text(document_id),
        layout.dataset.subject: _text(layout.subject or ""),
    }  # fmt: skip
    columns = ", ".join(
        f"{_name(kept[column])} AS {column}" if column in kept
        else f"{given.get(column, 'NULL')}::{_TYPES[dtype]} AS {column}"
        for column, dtype in table.schema.items()
    )  # fmt: skip
    missing = ", ".join(map(_text, NULLS))
    return (
        f"SELECT {columns} FROM read_csv({_text(source)}, columns = {{{types}}}, auto_detect = false, header = true, "
        f"delim = {_text(layout.delimiter)}, quote = '\"', escape = '\"', nullstr = [{missing}], "
        f"decimal_separator = '{',' if layout.decimal_comma else '.'}', "
        "allow_quoted_nulls = true, strict_mode = true, store_rejects = true, rejects_limit = 0)"
    )


def _unread(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Lines that could not be read or typed: line, reason, raw, torn; one row a line."""
    found = connection.sql(
        "SELECT line, error_type, column_name, error_message, csv_line FROM reject_errors ORDER BY line, column_idx"
    ).pl()
    cast = pl.format(
        "{}: {}.", "column_name", pl.col("error_message").str.extract(r"(Could not .*)").str.replace("Could", "could")
    )
    ragged = pl.format(
        "The row has {} fields where the header has {}.",
        pl.col("error_message").str.extract(r"Found: (\d+)"),
        pl.col("error_message").str.extract(r"Columns: (\d+)"),
    )
    kind = pl.col("error_type").first()
    return (
        found.with_columns(cast=cast, ragged=ragged)
        .group_by("line", maintain_order=True)
        .agg(
            pl.when(kind == "CAST")
            .then(pl.col("cast").str.join(" "))
            .when(kind.is_in(_RAGGED))
            .then(pl.col("ragged").first())
            .when(kind == _ENCODING)
            .then(pl.lit(_NO_TEXT))
            .otherwise(pl.lit(_BROKEN_QUOTE))
            .alias("reason"),
            pl.col("csv_line").first().str.strip_chars("\r\n").alias("raw"),
            (~kind.is_in([*_RAGGED, "CAST", _ENCODING])).alias("torn"),
        )
        .with_columns(pl.col("line").cast(pl.Int64))
        .sort("line")
    )


def _broken(connection: duckdb.DuckDBPyConnection, path: Path, table: Table) -> list[tuple[int, str, str]]:
    """Rows that break a rule of the registry: number, reasons, and the row as JSON. One scan tells if there are any."""
    rules = problems(table)
    anything = " OR ".join(f"({condition})" for condition, _ in rules)
    scan = _scan(path)
    counted = connection.execute(f"SELECT count(*) FILTER ({anything}) FROM {scan}").fetchone()
    if not counted or not counted[0]:
        return []
    reasons = ", ".join(f"CASE WHEN {condition} THEN {_text(reason)} END" for condition, reason in rules)
    rows: list[tuple[int, str, str]] = connection.execute(
        f"SELECT {NUMBER} AS number, concat_ws(' ', {reasons}), to_json(struct_pack({_listed(table)}))::VARCHAR "
        f"FROM {scan} WHERE {anything} ORDER BY number"
    ).fetchall()
    return rows


def _repeated(connection: duckdb.DuckDBPyConnection, path: Path, table: Table) -> list[tuple[int, str, str]]:
    """Rows whose key an earlier one has: number, reason, and the row as JSON."""
    key = [name for name in table.key if name not in GIVEN]
    sorted_by = connection.execute(rising(key, _scan(path))).fetchone()
    if sorted_by and sorted_by[0]:
        return []
    columns = ", ".join(key)
    twice = f"SELECT {columns}, min({NUMBER}) AS first FROM {_scan(path)} GROUP BY {columns} HAVING count(*) > 1"
    reason = f"{_text(' and '.join(key) + ' are those of row ')} || first || '.'"
    rows: list[tuple[int, str, str]] = connection.execute(
        f"SELECT {NUMBER} AS number, {reason}, to_json(struct_pack({_listed(table)}))::VARCHAR "
        f"FROM {_scan(path)} JOIN ({twice}) USING ({columns}) WHERE {NUMBER} > first ORDER BY number"
    ).fetchall()
    return rows


def _listed(table: Table) -> str:
    return ", ".join(f"{name} := {name}" for name in table.schema if name not in GIVEN)


def _number(connection: duckdb.DuckDBPyConnection, path: Path, unread: pl.DataFrame) -> None:
    """Give rows the numbers that they have in the file, counting the lines that could not be read."""
    # Before the i-th rejected line (from 0) stand line - 2 - i accepted rows, the header being line 1.
    steps = (
        unread.select("line")
        .with_row_index("i")
        .with_columns(pl.col("i").cast(pl.Int64))
        .select((pl.col("line") - 2 - pl.col("i")).alias("position"), (pl.col("i") + 1).alias("shift"))
        .group_by("position")
        .agg(pl.col("shift").max())
        .sort("position")
    )
    connection.register("_steps", steps)
    _rewrite(
        connection,
        path,
        "SELECT p.* EXCLUDE (file_row_number) REPLACE (file_row_number + 2 + coalesce(s.shift, 0) AS row_number) "
        f"FROM {_scan(path)} AS p ASOF LEFT JOIN _steps AS s ON p.file_row_number >= s.position ORDER BY row_number",
    )


def _leave_out(connection: duckdb.DuckDBPyConnection, path: Path, numbers: list[int]) -> None:
    connection.register("_out", pl.DataFrame({"row_number": numbers}, schema={"row_number": pl.Int64}))
    numbered = f"{_NUMBERED} FROM {_scan(path)}"
    _rewrite(connection, path, f"SELECT * FROM ({numbered}) ANTI JOIN _out USING (row_number) ORDER BY row_number")


def _rewrite(connection: duckdb.DuckDBPyConnection, path: Path, query: str) -> None:
    with files.replacing(path) as fresh:
        connection.execute(f"COPY ({query}) TO {_text(fresh)} (FORMAT parquet, COMPRESSION zstd)")


def _scan(path: Path) -> str:
    return f"read_parquet({_text(path)}, file_row_number = true)"


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
