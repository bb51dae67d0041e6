"""Tables that grow by parts: new rows are a part of their own, and now and then all parts are made one.

So adding a row costs the same however many there are. The part that bears the table's name is the base; parts whose
name starts with ``add-`` came after it, in the order of their names.
"""

import time
import uuid

import polars as pl

from market_research.cleaning.schema import Table
from resources.lake import Lake

ADDED = "add-"
COMPACT_FROM = 100


def append(lake: Lake, layer: str, table: Table, industry: str, rows: pl.DataFrame) -> None:
    """Add rows to a table, whole or not at all."""
    if rows.height:
        part = f"{ADDED}{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        lake.write(layer, table.name, industry, table.conform(rows), part=part)


def added(lake: Lake, layer: str, table: Table, industry: str) -> list[str]:
    """Names of the parts that came after the base, in order."""
    return [name for name in lake.names(layer, table.name, industry) if name.startswith(ADDED)]


def read(lake: Lake, layer: str, table: Table, industry: str) -> pl.DataFrame:
    """All rows, those of the base first; column ``part`` (0 for the base, then 1, 2, …) says when they came."""
    paths = lake.parts(layer, table.name, industry)
    ordered = sorted(paths, key=lambda path: (path.name.startswith(ADDED), path.name))
    frames = [
        table.conform(pl.read_parquet(path)).with_columns(part=pl.lit(number, pl.Int32))
        for number, path in enumerate(ordered, 0 if ordered and not ordered[0].name.startswith(ADDED) else 1)
    ]
    return pl.concat([table.frame().with_columns(part=pl.lit(0, pl.Int32)), *frames])


def replace(lake: Lake, layer: str, table: Table, industry: str, rows: pl.DataFrame) -> None:
    """Make these rows the base and drop what was added before; a kill between leaves the added parts."""
    parts = added(lake, layer, table, industry)
    lake.write(layer, table.name, industry, table.conform(rows))
    drop(lake, layer, table, industry, parts)


def drop(lake: Lake, layer: str, table: Table, industry: str, parts: list[str]) -> None:
    for part in parts:
        lake.delete_part(layer, table.name, industry, part)


def compact(lake: Lake, layer: str, table: Table, industry: str, *, from_parts: int = COMPACT_FROM) -> None:
    """Make one part of many, where rows are never changed: each key once, in the order in which they came.

    A part that is added meanwhile stays: only those are dropped that were there before reading began.
    """
    parts = added(lake, layer, table, industry)
    if len(parts) >= from_parts:
        rows = read(lake, layer, table, industry).unique(list(table.key), keep="first", maintain_order=True)
        lake.write(layer, table.name, industry, table.conform(rows))
        drop(lake, layer, table, industry, parts)
