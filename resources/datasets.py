"""Documents that hold a known kind of table, loaded whole into the lake instead of row by row."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import duckdb
import polars as pl

from market_research import files
from market_research.errors import UnreadableDocument
from market_research.sources.datasets import HEAD_BYTES, SUFFIXES, Dataset, Extract, Layout, is_utf8, layout
from resources.bulk import Loaded, load_csv, load_extracts
from resources.bundles import LAYER, PACKED_BYTES
from resources.lake import Lake


def load_dataset(lake: Lake, row: Mapping[str, Any]) -> Loaded | None:
    """Load a received document into its dataset's staged table, as a part of its own; None if it is no dataset.

    Files in other encodings than UTF-8 are read once more as UTF-8, so that one way of typing is left.

    Raises:
        NotFound: its bytes are not in the lake.
        UnreadableDocument: it is a dataset, but cannot be read as one.
    """
    name = row["path"]
    if PurePath(name).suffix.lower() not in SUFFIXES:
        return None
    with _source(lake, row["sha256"], name) as found:
        if found is None:
            return None
        source, how = found
        return _loaded(lake, row, how.dataset, partial(load_csv, source, how))


def load_read(lake: Lake, row: Mapping[str, Any], extracts: Sequence[Extract]) -> list[Loaded]:
    """As ``load_dataset``, of what a parser found in a document of any other format; one a kind of table.

    Raises:
        UnreadableDocument: it cannot be read to its end.
    """
    kinds: dict[str, list[Extract]] = {}
    for extract in extracts:
        kinds.setdefault(extract.dataset.table.name, []).append(extract)
    return [_loaded(lake, row, alike[0].dataset, partial(load_extracts, alike)) for alike in kinds.values()]


def _loaded(lake: Lake, row: Mapping[str, Any], dataset: Dataset, load: Callable[..., Loaded]) -> Loaded:
    """Make what is loaded the document's part of its dataset's table."""
    industry, document_id, table = row["industry"], row["document_id"], dataset.table.name
    place = lake.root / LAYER / table / f"industry={industry}" / f"{document_id}.parquet"
    place.parent.mkdir(parents=True, exist_ok=True)
    with files.scratch(place) as target:
        try:
            loaded = load(target, industry=industry, document_id=document_id, numbered_below=PACKED_BYTES)
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            raise UnreadableDocument(
                f"{row['path']}: cannot be loaded as a table of {table} ({' '.join(str(error).split())[:300]}); "
                "send it again."
            ) from error
        if loaded.rows:
            lake.adopt(LAYER, table, industry, target, part=document_id)
        else:
            lake.delete_part(LAYER, table, industry, document_id)
    return loaded


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
