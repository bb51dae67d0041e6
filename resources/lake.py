"""The lake: raw documents named by their hash, and Parquet tables by layer, table and industry.

``<root>/raw/<2 hex>/<sha256>``                                raw bytes, never changed
``<root>/<layer>/<table>/industry=<key>/<part>.parquet``       rows, one or many parts
``<root>/stamps/industry=<key>/<name>.json``                   what an asset was last made from

Every write is seen whole or not at all, so a reader sees the old state or the new one. The lake is a folder, or an
object store whose tables are read through a cache on this machine: ``parts`` gives local paths either way.
"""

import hashlib
import io
import json
import shutil
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from market_research import files
from market_research.cleaning.schema import Table
from market_research.errors import NotFound
from resources.store import Entry, LocalStore, RemoteStore, Replaced, Store

ATTEMPTS = 5


@dataclass(frozen=True)
class Lake:
    """Reads and writes one lake.

    ``root`` is the folder of this machine from which tables are read: the lake itself, or the cache of ``remote``.
    """

    root: Path
    remote: RemoteStore | None = None

    @cached_property
    def store(self) -> Store:
        return self.remote or LocalStore(self.root)

    def raw_place(self, sha256: str) -> str:
        """Path or URL of a document's bytes, for people."""
        return self.store.place(raw_key(sha256))

    def has_raw(self, sha256: str) -> bool:
        return self.store.exists(raw_key(sha256))

    def put_raw(self, content: bytes) -> str:
        """Store a document's bytes; returns their SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.has_raw(sha256):
            self.store.write(raw_key(sha256), content)
        return sha256

    def put_raw_file(self, path: Path) -> str:
        """As ``put_raw``, of a file of this machine that may be too large to be held in memory."""
        self.root.mkdir(parents=True, exist_ok=True)
        with files.scratch(self.root / "raw.part") as copy:
            shutil.copyfile(path, copy)
            sha256 = files.sha256_file(copy)  # of the copy: the file itself may change meanwhile
            if not self.has_raw(sha256):
                self.store.adopt(raw_key(sha256), copy)
        return sha256

    def raw_head(self, sha256: str, size: int) -> bytes:
        """The first bytes of a document.

        Raises:
            NotFound: no such document in this lake.
        """
        try:
            return self.store.head(raw_key(sha256), size)
        except FileNotFoundError as error:
            raise self._no_raw(sha256) from error

    @contextmanager
    def raw_file(self, sha256: str) -> Generator[Path]:
        """A document as a file of this machine, only to be read; where the lake is far away, a copy for the time.

        Raises:
            NotFound: no such document in this lake.
        """
        if self.remote is None:
            yield self.root / raw_key(sha256)
            return
        self.root.mkdir(parents=True, exist_ok=True)
        with files.scratch(self.root / "raw.part") as copy:
            try:
                self.store.fetch(raw_key(sha256), copy)
            except FileNotFoundError as error:
                raise self._no_raw(sha256) from error
            yield copy

    def _no_raw(self, sha256: str) -> NotFound:
        return NotFound(f"The raw document {sha256} is not in the lake at {self.store.place('')}.")

    def get_raw(self, sha256: str) -> bytes:
        """The bytes of a document.

        Raises:
            NotFound: no such document in this lake.
        """
        try:
            return self.store.read(raw_key(sha256))
        except FileNotFoundError as error:
            raise self._no_raw(sha256) from error

    def place(self, layer: str, table: str, industry: str) -> str:
        """Path or URL of a table, for people."""
        return self.store.place(_folder(layer, table, industry))

    def _entries(self, layer: str, table: str, industry: str) -> list[Entry]:
        listed = self.store.entries(_folder(layer, table, industry))
        return [entry for entry in listed if entry.name.endswith(".parquet")]

    def names(self, layer: str, table: str, industry: str) -> list[str]:
        """Names of a table's parts, sorted."""
        return list(self.sizes(layer, table, industry))

    def sizes(self, layer: str, table: str, industry: str) -> dict[str, int]:
        """Bytes of each part of a table, by name. Cost: one listing."""
        return {e.name.removesuffix(".parquet"): e.size for e in self._entries(layer, table, industry)}

    def parts(self, layer: str, table: str, industry: str, *, only: Iterable[str] | None = None) -> list[Path]:
        """Parquet files of a table on this machine, by name; all, or those of these parts."""
        wanted = None if only is None else {f"{part}.parquet" for part in only}
        for attempt in range(ATTEMPTS):
            entries = self._entries(layer, table, industry)
            if wanted is not None:
                entries = [entry for entry in entries if entry.name in wanted]
            try:
                return self.store.local(_folder(layer, table, industry), entries)
            except (Replaced, FileNotFoundError):
                if attempt == ATTEMPTS - 1:
                    raise
        return []

    def write(self, layer: str, table: str, industry: str, frame: pl.DataFrame, *, part: str | None = None) -> bool:
        """Write one part of a table; returns False if it already held exactly these rows."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd", statistics=True)
        return self.store.write(f"{_folder(layer, table, industry)}/{part or table}.parquet", buffer.getvalue())

    def adopt(self, layer: str, table: str, industry: str, path: Path, *, part: str | None = None) -> None:
        """Make a finished Parquet file one part of a table; it leaves ``path``."""
        self.store.adopt(f"{_folder(layer, table, industry)}/{part or table}.parquet", path)

    def read(self, layer: str, table: Table, industry: str, *, part: str | None = None) -> pl.DataFrame:
        """All rows of a declared table, or of one of its parts; empty, with the right columns, if there are none."""
        paths = self.parts(layer, table.name, industry, only=None if part is None else [part])
        if not paths:
            return table.frame()
        return pl.concat([table.conform(pl.read_parquet(path)) for path in paths])

    def delete_part(self, layer: str, table: str, industry: str, part: str) -> None:
        self.store.delete(f"{_folder(layer, table, industry)}/{part}.parquet")

    def forget_cached(self, industry: str) -> None:
        """Delete the copies on this machine of an industry's tables in an object store; its lock must be held."""
        if self.remote:
            for folder in self.root.glob(f"*/*/industry={industry}"):
                shutil.rmtree(folder, ignore_errors=True)

    def industries(self, layer: str, table: str) -> list[str]:
        """Industries that have a folder for a table, sorted; also those that were removed from research."""
        folders = self.store.folders(f"{layer}/{table}")
        return [name.removeprefix("industry=") for name in folders if name.startswith("industry=")]

    def tables(self, industry: str) -> Iterator[tuple[str, str]]:
        """Pairs of layer and table that hold rows for an industry."""
        for layer in self.store.folders(""):
            for table in self.store.folders(layer):
                if self._entries(layer, table, industry):
                    yield layer, table

    def fingerprint(self, layer: str, table: str, industry: str) -> str:
        """A hash that changes when any part of the table does. Cost: one listing."""
        listing = [(e.name, e.size, e.version) for e in self._entries(layer, table, industry)]
        return hashlib.sha256(repr(listing).encode()).hexdigest()[:16]

    def content_hash(self, layer: str, table: str, industry: str) -> str:
        """A hash of the bytes of all parts: the same on every machine, unlike ``fingerprint``."""
        listing = [(p.name, files.sha256_file(p)) for p in self.parts(layer, table, industry)]
        return hashlib.sha256(repr(listing).encode()).hexdigest()

    def read_stamp(self, industry: str, name: str) -> dict[str, Any] | None:
        """What was noted when ``name`` was last made, or None."""
        try:
            stamp = json.loads(self.store.read(stamp_key(industry, name)))
        except (FileNotFoundError, ValueError):
            return None
        return stamp if isinstance(stamp, dict) else None

    def forget_stamps(self, industry: str, *, keep: Iterable[str]) -> None:
        """Delete what was noted of an industry's assets, so that all but ``keep`` are made again."""
        for entry in self.store.entries(f"stamps/industry={industry}"):
            if entry.name.removesuffix(".json") not in keep:
                self.store.delete(f"stamps/industry={industry}/{entry.name}")

    def write_stamp(self, industry: str, name: str, stamp: Mapping[str, Any]) -> None:
        self.store.write(stamp_key(industry, name), json.dumps(stamp, sort_keys=True, indent=1).encode())


def raw_key(sha256: str) -> str:
    return f"raw/{sha256[:2]}/{sha256}"


def stamp_key(industry: str, name: str) -> str:
    return f"stamps/industry={industry}/{name}.json"


def _folder(layer: str, table: str, industry: str) -> str:
    return f"{layer}/{table}/industry={industry}"
