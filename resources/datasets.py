"""Documents that hold a known kind of table, loaded whole into the lake instead of row by row."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import duckdb
import polars as pl

from market_research import files
from market_research.errors import UnreadableDocument
from market_research.sources.datasets import HEAD_BYTES, SUFFIXES, Layout, is_utf8, layout
from market_research.sources.parsed import Row
from resources.bulk import Loaded, load_csv
from resources.bundles import LAYER, PACKED_BYTES
from resources.lake import Lake

_ROW = re.compile(r"row (\d+)")
_SAMPLE = 50


def load_dataset(lake: Lake, row: Mapping[str, Any]) -> Loaded | None:
    """Load a received document into its dataset's staged table, as a part of its own; None if it is no dataset.

    Files in other encodings than UTF-8 are read once more as UTF-8, so that one way of typing is left.

    Raises:
        NotFound: its bytes are not in the lake.
        UnreadableDocument: it is a dataset, but cannot be read as one.
    """
    industry, name, document_id = row["industry"], row["path"], row["document_id"]
    if PurePath(name).suffix.lower() not in SUFFIXES:
        return None
    with _source(lake, row["sha256"], name) as found:
        if found is None:
            return None
        source, how = found
        table = how.dataset.table.name
        place = lake.root / LAYER / table / f"industry={industry}" / f"{document_id}.parquet"
        with files.scratch(place) as target:
            try:
                loaded = load_csv(
                    source, how, target, industry=industry, document_id=document_id, numbered_below=PACKED_BYTES
                )
            except duckdb.Error as error:
                raise UnreadableDocument(
                    f"{name}: cannot be loaded as a table of {table} ({' '.join(str(error).split())[:300]}); "
                    "send it again."
                ) from error
            if loaded.rows:
                lake.adopt(LAYER, table, industry, target, part=document_id)
            else:
                lake.delete_part(LAYER, table, industry, document_id)
    return loaded


def load_rows(lake: Lake, row: Mapping[str, Any], rows: Sequence[Row]) -> Loaded | None:
    """Load rows that declared rules left of a document into a dataset's staged table; None if they are no dataset.

    Rows keep the numbers that they have in the file, so only those of files whose rows are numbered can be loaded.
    """
    numbers = [int(match[1]) for item in rows if (match := _ROW.fullmatch(item.locator))]
    if not numbers or len(numbers) < len(rows):
        return None
    texts = pl.DataFrame([item.record for item in rows], schema=dict.fromkeys(rows[0].record, pl.String()))
    texts = texts.with_columns(pl.all().str.replace_all(r"[\r\n]+", " "))
    how = layout(texts.head(_SAMPLE).write_csv().encode(), row["path"])
    if how is None:
        return None
    industry, document_id, table = row["industry"], row["document_id"], how.dataset.table
    place = lake.root / LAYER / table.name / f"industry={industry}" / f"{document_id}.parquet"
    with files.scratch(place) as target, files.scratch(lake.root / "ruled.csv") as copy:
        texts.write_csv(copy)
        loaded = load_csv(copy, how, target, industry=industry, document_id=document_id, numbered_below=2**62)
        # The copy's rows were counted from its header on.
        found = pl.read_parquet(target)
        at = pl.col("row_number").replace_strict(dict(enumerate(numbers, 2)), return_dtype=pl.Int64)
        if found.height:
            lake.write(LAYER, table.name, industry, table.conform(found.with_columns(at)), part=document_id)
        else:
            lake.delete_part(LAYER, table.name, industry, document_id)
    rejects = [
        replace(reject, locator=_in_file(reject.locator, numbers), reason=_in_file(reject.reason, numbers))
        for reject in loaded.rejects
    ]
    return Loaded(loaded.rows, rejects)


def _in_file(text: str, numbers: Sequence[int]) -> str:
    """A text that names rows of the copy by number, with their numbers in the file."""
    return _ROW.sub(lambda match: f"row {numbers[int(match[1]) - 2]}", text)


@contextmanager
def _source(lake: Lake, sha256: str, name: str) -> Generator[tuple[Path, Layout] | None]:
    """The document as a UTF-8 file with its layout; None if it is no dataset."""
    head = lake.raw_head(sha256, HEAD_BYTES)
    if is_utf8(head):
        how = layout(head, name)
        if how is None:
            yield None
            return
        with lake.raw_file(sha256) as path:
            yield path, how
        return
    content = _as_utf8(lake.get_raw(sha256), name)
    how = layout(content[:HEAD_BYTES], name)
    if how is None:
        yield None
        return
    lake.root.mkdir(parents=True, exist_ok=True)
    with files.scratch(lake.root / "utf8.csv") as copy:
        copy.write_bytes(content)
        yield copy, how


def _as_utf8(content: bytes, name: str) -> bytes:
    """The document's text; nothing where it is none."""
    from market_research.sources.decode import decode

    try:
        return decode(content, name).encode("utf-8", "replace")
    except UnreadableDocument:
        return b""
