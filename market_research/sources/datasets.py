"""Tables of a known kind, told by their header: large, typed, and loaded as a whole instead of row by row."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING

import polars as pl

from market_research.cleaning.schema import PRICES
from market_research.sources import cells
from market_research.sources.commerce import COMMERCE_TABLES
from market_research.sources.dataset import Dataset, Field
from market_research.sources.delimited import numbered, sniff

if TYPE_CHECKING:
    from market_research.sources.grid import Table as Grid

LOCATOR = "locator"
HEAD_BYTES = 65_536
SUFFIXES = {".csv", ".tsv", ".tab", ".txt"}
_ROWS_LOOKED_AT = 50


@dataclass(frozen=True)
class Layout:
    """How a file holds a dataset: per column of the file its name and the dataset's column for it (None: not kept)."""

    dataset: Dataset
    columns: tuple[tuple[str, str | None], ...]
    delimiter: str
    decimal_comma: bool
    subject: str | None = None


@dataclass(frozen=True)
class Extract:
    """Rows of a dataset read from any format: texts, in the dataset's columns, with the ``locator`` of each."""

    dataset: Dataset
    rows: pl.LazyFrame


PRICE_TABLE = Dataset(
    PRICES,
    (
        Field("symbol", ("symbol", "ticker", "tic", "instrument"), needed=True),
        Field("date", ("date", "day", "trade_date", "trading_day"), needed=True),
        Field("open", ("open", "open_price")),
        Field("high", ("high", "high_price")),
        Field("low", ("low", "low_price")),
        Field("close", ("close", "close_price", "last"), needed=True),
        Field("adjusted_close", ("adjusted_close", "adj_close", "adjclose", "close_adjusted")),
        Field("volume", ("volume", "vol", "shares_traded")),
        Field("dividend", ("dividend", "dividends")),
        Field("split", ("split", "splits", "stock_splits", "split_ratio")),
        Field("currency", ("currency", "ccy")),
    ),
    subject="symbol",
)
DATASETS: tuple[Dataset, ...] = (PRICE_TABLE, *COMMERCE_TABLES)
DATASET_TABLES = tuple(dataset.table for dataset in DATASETS)


def layout(head: bytes, name: str) -> Layout | None:
    """The dataset that a CSV or TSV file holds, by the first lines of it; None if it is no known one, or not UTF-8.

    >>> found = layout(b"Date,Ticker,Close\\n2024-01-02,AAPL,185.64\\n", "quotes.csv")
    >>> [kept for _, kept in found.columns]
    ['date', 'symbol', 'close']
    """
    text = _utf8(head)
    if text is None or "\n" not in text:
        return None
    delimiter = sniff(text)
    header, *rows = [line.rstrip("\r") for line in text.split("\n")[: _ROWS_LOOKED_AT + 1]]
    names = [cell.strip().strip('"').strip() for cell in header.split(delimiter)]
    found = recognised(names)
    if found is None:
        return None
    dataset, kept = found
    subject = None if dataset.subject in (None, *kept) else PurePath(name).stem
    comma = delimiter != "," and cells.uses_decimal_comma([c for row in rows for c in row.split(delimiter)])
    return Layout(dataset, tuple(zip(names, kept, strict=True)), delimiter, comma, subject)


def extract(table: "Grid") -> Extract | None:
    """The rows of a table of any format as those of a dataset; None if it is no known one."""
    names = [table.label(index) for index in range(len(table.columns))]
    found = recognised(names)
    if found is None:
        return None
    dataset, kept = found
    texts = {
        column: [record.cells[index] for record in table.records] for index, column in enumerate(kept) if column
    } | {LOCATOR: [record.locator for record in table.records]}
    rows = pl.LazyFrame(texts, schema=dict.fromkeys(texts, pl.String))
    return Extract(dataset, with_subject(rows, dataset, table.part or table.name))


def with_subject(rows: pl.LazyFrame, dataset: Dataset, name: str) -> pl.LazyFrame:
    """Rows that say what they are about: where no column does, the name does."""
    known = rows.collect_schema().names()
    if dataset.subject in (None, *known):
        return rows
    return rows.with_columns(pl.lit(name).alias(str(dataset.subject)))


def recognised(names: Sequence[str]) -> tuple[Dataset, list[str | None]] | None:
    """The dataset that a table holds, and which of its columns each column is; None if it is no known one."""
    if not names or not all(names) or len(set(names)) != len(names):
        return None
    for dataset in DATASETS:
        kept = _match(names, dataset)
        if kept is not None:
            return dataset, kept
    return None


def row_at(content: bytes, how: Layout, number: int) -> str | None:
    """A row of a UTF-8 file, cells joined by `` | ``. The header is row 1; blank lines do not count."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", "replace", newline="\n")
    lines = (line for line in text if line.strip())
    try:
        fields = next(islice(csv.reader(lines, delimiter=how.delimiter, strict=True), number - 1, number), None)
    except csv.Error:
        # A quote that is never closed: the reader that gives up one line only knows the rows after it.
        records = numbered(content.decode("utf-8-sig", "replace"), how.delimiter)
        fields = next(((fields or [raw]) for _, fields, raw in islice(records, number - 1, number)), None)
    return None if fields is None else " | ".join(fields)


def is_utf8(head: bytes) -> bool:
    """True if the first bytes of a file can be UTF-8; the last character may be cut in two."""
    return _utf8(head) is not None


def _utf8(head: bytes) -> str | None:
    """The head as text without a character cut in two at its end; None if it is in another encoding."""
    for cut in range(4):
        try:
            return head[: len(head) - cut].decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if error.start < len(head) - 8:
                return None
    return None


def _match(names: Sequence[str], dataset: Dataset) -> list[str | None] | None:
    """The dataset's column for each of the file's; None unless all that a row needs are there."""
    known = {header: field.column for field in dataset.fields for header in field.headers}
    found = [known.get(re.sub(r"\W+", "_", name.lower()).strip("_")) for name in names]
    needed = {field.column for field in dataset.fields if field.needed}
    present = [column for column in found if column]
    missing = needed - set(present)
    if len(present) != len(set(present)) or missing - {dataset.subject}:
        return None
    # Without its subject a file is about the thing that it is named after, if all the rest of it is known.
    return found if not missing or None not in found else None
