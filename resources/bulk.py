"""Loading tables of a known kind whole: DuckDB reads, types and writes them, and what does not fit is set aside.

Millions of rows never become Python objects. The rules come from the schema registry; rows that break one go to the
quarantine with their place, so that the table that is written keeps them all.
"""

import csv
import mmap
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from market_research import files
from market_research.cleaning.record_texts import Treated, free_texts, treated
from market_research.cleaning.rules_sql import GIVEN, problems
from market_research.cleaning.schema import UTC_TIME, Table
from market_research.sources.datasets import LOCATOR, Extract, Layout
from market_research.sources.delimited import torn_lines
from market_research.sources.parsed import Reject
from resources.order import strictly_rising

NUMBER = "coalesce(row_number, file_row_number + 2)"
"""Number of a row in its file: what stands there, or its position where no row was set aside."""
_PLACE = f"coalesce(locator, 'row ' || {NUMBER})"
_NUMBERED = f"SELECT * EXCLUDE (file_row_number) REPLACE ({NUMBER} AS row_number)"
# Every further text costs time on every cell; these are what exports write.
NULLS = ("", "NA", "N/A", "null", "NULL", "None", "-")
_LONG_LINE = "The line is longer than 2,000,000 bytes."
_NO_TEXT = "The line holds bytes that are no UTF-8 text."
_BROKEN_QUOTE = "The quoting of this line is broken."
# Takes the place of a line that is set aside before it is read; what follows is its number among those.
_TORN = "torn-line-3b1f7a62-"
_BLANK = re.compile(rb"\n[ \t]*\r?\n")
_TYPES = {
    pl.String(): "VARCHAR", pl.Date(): "DATE", pl.Float64(): "DOUBLE", pl.Int64(): "BIGINT", pl.Boolean(): "BOOLEAN",
    UTC_TIME: "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
_ENCODING = "INVALID ENCODING"
_TOO_LONG = "LINE SIZE OVER MAXIMUM"
_RAGGED = {"MISSING COLUMNS", "TOO MANY COLUMNS"}


_Aside = tuple[int, str, str, str]
"""A row that was set aside: its number, place, the reasons, and the row as JSON."""


@dataclass(frozen=True)
class Loaded:
    """How many rows a load wrote, to which table, and what it set aside, by place. ``texts``: see ``treat_texts``."""

    rows: int
    rejects: list[Reject]
    table: str = ""
    texts: Treated | None = None


def load_csv(
    source: Path, layout: Layout, target: Path, *, industry: str, document_id: str, numbered_below: int | None = None
) -> Loaded:
    """Write the rows of a CSV file to Parquet with the columns of its dataset's table; what does not fit is a reject.

    Every record below the header is a row of ``target`` or is rejected once. The file appears whole or not at all.
    Of several rows with one key the first stays. Rows stand in the order of the file; they are numbered if some were
    set aside, or if ``target`` comes out smaller than ``numbered_below`` bytes: it may then be packed with others.
    """
    with files.replacing(target) as temporary, _connection() as connection:
        unread = _read(connection, source, layout, temporary, industry, document_id)
        if unread.height:
            _number(connection, temporary, unread)
        broken = _broken(connection, temporary, layout.dataset.table)
        if broken:
            _leave_out(connection, temporary, [number for number, *_ in broken])
        repeated = _repeated(connection, temporary, layout.dataset.table)
        if repeated:
            _leave_out(connection, temporary, [number for number, *_ in repeated])
        if numbered_below is not None and temporary.stat().st_size < numbered_below:
            _rewrite(connection, temporary, f"{_NUMBERED} FROM {_scan(temporary)}")
        counted = connection.execute(f"SELECT count(*) FROM read_parquet({_text(temporary)})").fetchone()
    found = [*unread.select("line", "place", "reason", "raw").rows(), *broken, *repeated]
    rejects = [Reject(place, reason, raw) for _, place, reason, raw in sorted(found)]
    texts = treat_texts(layout.dataset.table, target)
    return Loaded(int(counted[0]) if counted else 0, rejects, layout.dataset.table.name, texts)


def treat_texts(table: Table, target: Path) -> Treated | None:
    """Make the free texts of a loaded table harmless; what was found in them, without the rows. None if it has none."""
    if not free_texts(table):
        return None
    rows = table.conform(pl.read_parquet(target))
    found = treated(table, rows)
    if not found.rows.equals(rows):
        with files.replacing(target) as fresh:
            found.rows.write_parquet(fresh, compression="zstd")
    return replace(found, rows=table.frame())


def load_extracts(
    extracts: Sequence[Extract], target: Path, *, industry: str, document_id: str, numbered_below: int | None = None
) -> Loaded:
    """As ``load_csv``, of rows that were read from another format; they are written as CSV and typed as any other."""
    rows = pl.concat([extract.rows for extract in extracts], how="diagonal")
    names = [LOCATOR, *(name for name in rows.collect_schema().names() if name != LOCATOR)]
    # The CSV's rows are told apart by their lines, which no cell may break.
    plain = rows.select(names).with_columns(pl.all().str.replace_all(r"[\r\n]+", " "))
    layout = Layout(extracts[0].dataset, tuple((name, name) for name in names), ",", decimal_comma=False)
    with files.scratch(target.with_suffix(".csv")) as copy:
        plain.sink_csv(copy)
        return load_csv(copy, layout, target, industry=industry, document_id=document_id, numbered_below=numbered_below)


@contextmanager
def _connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        # The order of the file is the order of the rows: their places depend on it.
        connection.execute("SET preserve_insertion_order = true")
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def _read(
    connection: duckdb.DuckDBPyConnection, source: Path, layout: Layout, target: Path, industry: str, document_id: str
) -> pl.DataFrame:
    """Copy what can be read and typed to ``target``; returns the rest: line, place, reason, raw.

    Most files are read once. Where lines do not fit, it matters that DuckDB counts blank lines only when it rejects,
    and that a quote that is never closed swallows the lines after it: a copy without either is then read instead.
    """

    def copied(path: Path) -> pl.DataFrame:
        connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
        query = _select(path, layout, industry, document_id)
        connection.execute(f"COPY ({query}) TO {_text(target)} (FORMAT parquet, COMPRESSION zstd)")
        return _unread(connection)

    unread = copied(source)
    swallows = unread["torn"].any()
    if unread.height and (swallows or _has_blank_lines(source)):
        with files.scratch(target) as copy:
            torn = _repair(source, copy, layout.delimiter if swallows else None)
            unread = _with_torn(copied(copy), torn)
    return _with_places(unread, layout)


def _has_blank_lines(source: Path) -> bool:
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return _BLANK.search(content) is not None


def _repair(source: Path, copy: Path, delimiter: str | None) -> list[str]:
    """Copy a file without blank lines; given the delimiter, with a mark instead of each line whose quoting is broken.

    Returns those lines in order. However many there are, the file is read twice.
    """
    torn: set[int] = set()
    if delimiter is not None:
        with source.open("rb") as file:
            torn.update(torn_lines((line.decode("utf-8", "replace") for line in file if line.strip()), delimiter))
    found = []
    with source.open("rb") as file, copy.open("wb") as out:
        for number, line in enumerate(line for line in file if line.strip()):
            if number in torn:
                found.append(line.decode("utf-8", "replace").rstrip("\r\n"))
                line = f"{_TORN}{len(found)}\n".encode()
            out.write(line)
    return found


def _with_torn(unread: pl.DataFrame, torn: list[str]) -> pl.DataFrame:
    """The lines that marks stand for, instead of the marks."""
    marks = [f"{_TORN}{number}" for number in range(1, len(torn) + 1)]
    is_mark = pl.col("raw").is_in(marks)
    return unread.with_columns(
        reason=pl.when(is_mark).then(pl.lit(_BROKEN_QUOTE)).otherwise("reason"),
        raw=pl.col("raw").replace_strict(marks, torn, default=pl.col("raw"), return_dtype=pl.String),
    )


def _with_places(unread: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Column ``place``: the line, or what the rows say themselves, which then is no part of their raw text."""
    if layout.columns[0] != (LOCATOR, LOCATOR):
        return unread.with_columns(place=pl.format("row {}", "line"))
    rows = [next(csv.reader([raw]), [""]) for raw in unread["raw"]]
    return unread.with_columns(
        place=pl.Series([row[0] for row in rows], dtype=pl.String),
        raw=pl.Series([" | ".join(row[1:]) for row in rows], dtype=pl.String),
    )


def _select(source: Path, layout: Layout, industry: str, document_id: str) -> str:
    """The file as the dataset's table, read with its types."""
    table, kept = layout.dataset.table, {column: name for name, column in layout.columns if column}
    types = ", ".join(
        f"{_text(name)}: '{_TYPES[table.schema[column]] if column else 'VARCHAR'}'" for name, column in layout.columns
    )
    given = {"industry": industry, "document_id": document_id}
    if layout.subject is not None and layout.dataset.subject:
        given[layout.dataset.subject] = layout.subject
    codes = layout.dataset.codes
    columns = ", ".join(
        f"left(sha256({_name(kept[column])}), 16) AS {column}" if column in kept and column in codes
        else f"{_name(kept[column])} AS {column}" if column in kept
        # One value for all rows: as an enumeration it is written without a look at each of them.
        else f"{_text(given[column])}::ENUM({_text(given[column])}) AS {column}" if column in given
        else f"NULL::{_TYPES[dtype]} AS {column}"
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
            .when(kind == _TOO_LONG)
            .then(pl.lit(_LONG_LINE))
            .otherwise(pl.lit(_BROKEN_QUOTE))
            .alias("reason"),
            pl.col("csv_line").first().str.strip_chars("\r\n").alias("raw"),
            # Whatever else is wrong with the line: an open quote may also leave it with too few columns.
            (~pl.col("error_type").is_in([*_RAGGED, "CAST", _ENCODING, _TOO_LONG])).any().alias("torn"),
        )
        .with_columns(pl.col("line").cast(pl.Int64))
        .sort("line")
    )


def _broken(connection: duckdb.DuckDBPyConnection, path: Path, table: Table) -> list[_Aside]:
    """Rows that break a rule of the registry. One scan tells if there are any."""
    rules = problems(table)
    anything = " OR ".join(f"({condition})" for condition, _ in rules)
    scan = _scan(path)
    counted = connection.execute(f"SELECT count(*) FILTER ({anything}) FROM {scan}").fetchone()
    if not counted or not counted[0]:
        return []
    reasons = ", ".join(f"CASE WHEN {condition} THEN {_text(reason)} END" for condition, reason in rules)
    rows: list[_Aside] = connection.execute(
        f"SELECT {NUMBER} AS number, {_PLACE}, concat_ws(' ', {reasons}), "
        f"to_json(struct_pack({_listed(table)}))::VARCHAR FROM {scan} WHERE {anything} ORDER BY number"
    ).fetchall()
    return rows


def _repeated(connection: duckdb.DuckDBPyConnection, path: Path, table: Table) -> list[_Aside]:
    """Rows whose key an earlier one has."""
    key = [name for name in table.key if name not in GIVEN]
    if not key or strictly_rising([path], key):
        return []
    columns = ", ".join(key)
    twice = (
        f"SELECT {columns}, min({NUMBER}) AS first, arg_min({_PLACE}, {NUMBER}) AS first_place "
        f"FROM {_scan(path)} GROUP BY {columns} HAVING count(*) > 1"
    )
    reason = f"{_text(' and '.join(key) + ' are those of ')} || first_place || '.'"
    rows: list[_Aside] = connection.execute(
        f"SELECT {NUMBER} AS number, {_PLACE}, {reason}, to_json(struct_pack({_listed(table)}))::VARCHAR "
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
