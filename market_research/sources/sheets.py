"""Excel workbooks and Parquet files as tables."""

import io
import json
import zipfile
from pathlib import PurePath
from typing import Any

import polars as pl

from market_research.errors import UnreadableDocument
from market_research.sources.datasets import LOCATOR, Extract, recognised, with_subject
from market_research.sources.grid import Record, Table, damage, printable, unique_columns
from market_research.sources.parsed import Reject

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
"""Office files are ZIP archives; one that unpacks to more than this is refused before it is opened."""


def refuse_bombs(content: bytes, name: str) -> None:
    """Refuse an archive by its declared size, before anything is unpacked.

    Raises:
        UnreadableDocument: the archive is damaged, or unpacks to more than ``MAX_UNPACKED_BYTES``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableDocument(f"{name}: damaged Office file ({error}); send it again.") from error
    if size > MAX_UNPACKED_BYTES:
        raise UnreadableDocument(
            f"{name}: unpacks to {size // 2**20} MB, more than {MAX_UNPACKED_BYTES // 2**20} MB; split it."
        )


def read_excel(content: bytes, name: str) -> list[Table]:
    """One table per sheet that is not empty; locators are ``sheet "S", row 12`` as Excel numbers rows.

    Raises:
        UnreadableDocument: damaged, protected by a password, too large, or without any cell.
    """
    import fastexcel

    if content.startswith(b"PK"):
        refuse_bombs(content, name)
    tables = []
    try:
        book = fastexcel.read_excel(content)
        for sheet_name in book.sheet_names:
            sheet = book.load_sheet(sheet_name, header_row=None, skip_rows=0, dtypes="string")
            lines = sheet.to_polars().rows()
            tables.append(_sheet_table(PurePath(name).stem, sheet_name, lines, len(book.sheet_names) > 1))
    except Exception as error:
        raise UnreadableDocument(f"{name}: the workbook cannot be opened ({_first_line(error)}).") from error
    tables = [table for table in tables if table.columns]
    if not tables:
        raise UnreadableDocument(f"{name}: the workbook holds no cells; send it again.")
    return tables


def _sheet_table(stem: str, sheet: str, lines: list[tuple[str | None, ...]], several: bool) -> Table:
    filled = [(number, line) for number, line in enumerate(lines, start=1) if any(cell for cell in line)]
    name = f"{stem} {sheet}" if several else stem
    if not filled:
        return Table(name, ())
    width = max(sum(1 for cell in line if cell) for _, line in filled)
    head = next(
        (i for i, (_, line) in enumerate(filled[:12]) if sum(1 for cell in line if cell) >= max(2, 0.6 * width)), 0
    )
    table = Table(name, unique_columns([cell or "" for cell in filled[head][1]]), part=sheet if several else "")
    table.preamble = [" ".join(cell for cell in line if cell) for _, line in filled[:head]]
    for number, line in filled[head + 1 :]:
        locator = f'sheet "{sheet}", row {number}'
        reason = damage(list(line))
        if reason:
            table.rejects.append(Reject(locator, reason, printable(" | ".join(cell or "" for cell in line))))
        else:
            table.records.append(Record(locator, list(line)))
    return table


def read_parquet(content: bytes, name: str) -> list[Table]:
    """The one table of a Parquet file, its rows counted from 1; nested values as JSON.

    Raises:
        UnreadableDocument: damaged or truncated.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(content))
        texts = frame.select(_as_text(column, dtype) for column, dtype in frame.schema.items())
    except Exception as error:
        raise _damaged_parquet(name, error) from error
    table = Table(PurePath(name).stem, unique_columns(list(frame.columns)))
    for number, values in enumerate(texts.iter_rows(), start=1):
        line = [_cell(value) for value in values]
        reason = damage(line)
        if reason:
            table.rejects.append(Reject(f"row {number}", reason, printable(" | ".join(c or "" for c in line))))
        else:
            table.records.append(Record(f"row {number}", line))
    return [table]


def parquet_extract(content: bytes, name: str) -> Extract | None:
    """The rows of a Parquet file as those of a dataset, none of them an object of Python; None if it is no known one.

    Raises:
        UnreadableDocument: damaged or truncated.
    """
    try:
        frame = pl.scan_parquet(io.BytesIO(content))
        schema = frame.collect_schema()
    except Exception as error:
        raise _damaged_parquet(name, error) from error
    found = recognised(schema.names())
    if found is None:
        return None
    dataset, kept = found
    pairs = [(ours, theirs, schema[theirs]) for ours, theirs in zip(kept, schema.names(), strict=True) if ours]
    if any(dtype.is_nested() for _, _, dtype in pairs):
        return None
    texts = [_as_text(theirs, dtype, days=ours == "date").alias(ours) for ours, theirs, dtype in pairs]
    rows = frame.with_row_index("_row", offset=1).select(pl.format("row {}", "_row").alias(LOCATOR), *texts)
    return Extract(dataset, with_subject(rows, dataset, PurePath(name).stem))


def parquet_row(content: bytes, number: int) -> str | None:
    """A row of a Parquet file, counted from 1, cells joined by `` | ``."""
    frame = pl.scan_parquet(io.BytesIO(content)).slice(number - 1, 1).collect()
    if frame.is_empty():
        return None
    texts = frame.select(_as_text(column, dtype) for column, dtype in frame.schema.items())
    return " | ".join(_cell(value) or "" for value in texts.row(0))


def _damaged_parquet(name: str, error: Exception) -> UnreadableDocument:
    return UnreadableDocument(f"{name}: the Parquet file cannot be read ({_first_line(error)}).")


def _as_text(column: str, dtype: pl.DataType, *, days: bool = False) -> pl.Expr:
    """A column as texts (``days``: of points in time the day); nested values are left for Python to write as JSON."""
    expression = pl.col(column)
    if days and dtype == pl.Datetime:
        return expression.dt.date().cast(pl.String())
    if dtype.is_nested():
        return expression
    if dtype == pl.Binary:
        # The prefix keeps bytes from being taken for a number.
        return pl.lit("0x") + expression.bin.encode("hex")
    return expression.cast(pl.String())


def _cell(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
