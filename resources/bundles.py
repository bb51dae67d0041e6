"""Staged rows of many documents in few files.

A document that was just staged has parts of its own, named by its id; when there are many, they are packed into
bundles. ``keep_only`` leaves exactly the rows of given documents, each once, and moves what its caller calls past
into the layer ``history``, where the records of earlier versions can still be asked for.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from market_research.cleaning.schema import FACTS, PASSAGES, TABLE_ROWS, Table
from market_research.sources.datasets import DATASET_TABLES
from resources.inbox import INBOX
from resources.lake import Lake
from resources.received import HISTORY

LAYER = "staged"
BUNDLE = "bundle-"
PACK_FROM = 100
PACKED_BYTES = 8 * 2**20
KEPT = (FACTS, PASSAGES, TABLE_ROWS, *DATASET_TABLES)


def part_name(document_ids: Sequence[str]) -> str:
    """The part that holds the rows of these documents."""
    if len(document_ids) == 1:
        return document_ids[0]
    return f"{BUNDLE}{hashlib.sha256(repr(sorted(document_ids)).encode()).hexdigest()[:16]}"


def pack(lake: Lake, table: Table, industry: str) -> None:
    """Put the parts of single documents into one bundle, once there are many; bundles themselves likewise.

    The bundle comes before its parts go: a kill between leaves rows twice, which ``keep_only`` puts right.
    """
    sizes = lake.sizes(LAYER, table.name, industry)
    names = [name for name, size in sizes.items() if name != INBOX and size < PACKED_BYTES]
    for chosen in ([n for n in names if not n.startswith(BUNDLE)], [n for n in names if n.startswith(BUNDLE)]):
        if len(chosen) >= PACK_FROM:
            rows = pl.concat(_read(lake, LAYER, table, industry, chosen))
            target = part_name(chosen)
            lake.write(LAYER, table.name, industry, rows, part=target)
            for name in chosen:
                if name != target:
                    lake.delete_part(LAYER, table.name, industry, name)


def _read(lake: Lake, layer: str, table: Table, industry: str, names: Iterable[str]) -> list[pl.DataFrame]:
    return [table.conform(pl.read_parquet(path)) for path in lake.parts(layer, table.name, industry, only=names)]


def keep_only(lake: Lake, table: Table, industry: str, documents: Iterable[str], *, past: Iterable[str] = ()) -> None:
    """Leave the rows of these documents; those of ``past`` go into the history, all others are dropped."""
    parts = [path for path in lake.parts(LAYER, table.name, industry) if path.stem != INBOX]
    if not parts:
        return
    keep = pl.DataFrame({"document_id": sorted(documents)}, schema={"document_id": pl.String})
    held = _documents_by_part(parts)
    first = held.unique("document_id", keep="first", maintain_order=True).join(keep, on="document_id")
    wrong = held.join(first, on=["part", "document_id"], how="anti")
    if wrong.is_empty():
        return
    if table in KEPT:
        _to_history(lake, table, industry, parts, wrong, past)
    rewritten = set(wrong["part"])
    for path in parts:
        if path.stem in rewritten:
            stay = first.filter(pl.col("part") == path.stem)
            rows = table.conform(pl.read_parquet(path)).join(stay, on="document_id", how="semi", maintain_order="left")
            if rows.height:
                lake.write(LAYER, table.name, industry, rows, part=path.stem)
            else:
                lake.delete_part(LAYER, table.name, industry, path.stem)


def _documents_by_part(parts: Sequence[Path]) -> pl.DataFrame:
    """Pairs of part and document, bundles first: a packed document that still has a part of its own is in both."""
    ordered = sorted(parts, key=lambda path: (not path.stem.startswith(BUNDLE), path.stem))
    frames = [
        pl.read_parquet(path, columns=["document_id"]).unique(maintain_order=True).with_columns(part=pl.lit(path.stem))
        for path in ordered
    ]
    return pl.concat(frames).select("part", "document_id")


def _to_history(
    lake: Lake, table: Table, industry: str, parts: Sequence[Path], wrong: pl.DataFrame, past: Iterable[str]
) -> None:
    ended = wrong.filter(pl.col("document_id").is_in(sorted(past))).unique("document_id", keep="first")
    kept_already = [
        pl.read_parquet(path, columns=["document_id"]).unique() for path in lake.parts(HISTORY, table.name, industry)
    ]
    for frame in kept_already:
        ended = ended.join(frame, on="document_id", how="anti")
    if ended.is_empty():
        return
    frames = [
        _numbered(table, pl.read_parquet(path)).join(
            ended.filter(pl.col("part") == path.stem), on="document_id", how="semi", maintain_order="left"
        )
        for path in parts
        if path.stem in set(ended["part"])
    ]
    lake.write(HISTORY, table.name, industry, pl.concat(frames), part=part_name(sorted(ended["document_id"])))


def _numbered(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """A part's rows, each with its number: large parts leave it out where it is the row's position."""
    rows = table.conform(rows)
    if table not in DATASET_TABLES:
        return rows
    position = pl.int_range(2, pl.len() + 2, dtype=pl.Int64)
    return rows.with_columns(row_number=pl.coalesce("row_number", position))


def forget(lake: Lake, table: Table, industry: str, documents: Iterable[str]) -> None:
    """Delete the rows of these documents from the history for good."""
    gone = sorted(documents)
    for path in lake.parts(HISTORY, table.name, industry):
        rows = table.conform(pl.read_parquet(path))
        left = rows.filter(~pl.col("document_id").is_in(gone))
        if left.is_empty():
            lake.delete_part(HISTORY, table.name, industry, path.stem)
        elif left.height < rows.height:
            lake.write(HISTORY, table.name, industry, left, part=path.stem)
