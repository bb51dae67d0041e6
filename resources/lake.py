"""The lake: raw documents named by their hash, and Parquet tables by layer, table and industry.

``<root>/raw/<2 hex>/<sha256>``                                raw bytes, never changed
``<root>/<layer>/<table>/industry=<key>/<part>.parquet``       rows, one or many parts
``<root>/stamps/industry=<key>/<name>.json``                   what an asset was last made from

Every write goes to a temporary name and is renamed, so a reader sees the old state or the new one.
"""

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from market_research import files
from market_research.cleaning.schema import Table
from market_research.errors import NotFound


@dataclass(frozen=True)
class Lake:
    """Reads and writes one lake."""

    root: Path

    def raw_path(self, sha256: str) -> Path:
        return self.root / "raw" / sha256[:2] / sha256

    def put_raw(self, content: bytes) -> str:
        """Store a document's bytes; returns their SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.raw_path(sha256).is_file():
            files.write_bytes(self.raw_path(sha256), content)
        return sha256

    def get_raw(self, sha256: str) -> bytes:
        """The bytes of a document.

        Raises:
            NotFound: no such document in this lake.
        """
        path = self.raw_path(sha256)
        if not path.is_file():
            raise NotFound(f"The raw document {sha256} is not in the lake at {self.root}.")
        return path.read_bytes()

    def folder(self, layer: str, table: str, industry: str) -> Path:
        return self.root / layer / table / f"industry={industry}"

    def parts(self, layer: str, table: str, industry: str) -> list[Path]:
        """Parquet files of a table, by name."""
        return sorted(p for p in self.folder(layer, table, industry).glob("*.parquet") if not p.name.startswith("."))

    def write(self, layer: str, table: str, industry: str, frame: pl.DataFrame, *, part: str | None = None) -> bool:
        """Write one part of a table; returns False if it already held exactly these rows."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd", statistics=True)
        path = self.folder(layer, table, industry) / f"{part or table}.parquet"
        return files.write_bytes(path, buffer.getvalue())

    def read(self, layer: str, table: Table, industry: str, *, part: str | None = None) -> pl.DataFrame:
        """All rows of a declared table, or of one of its parts; empty, with the right columns, if there are none."""
        paths = [p for p in self.parts(layer, table.name, industry) if part in (None, p.stem)]
        if not paths:
            return table.frame()
        return pl.concat([table.conform(pl.read_parquet(path)) for path in paths])

    def keep_parts(self, layer: str, table: str, industry: str, parts: Iterable[str]) -> int:
        """Delete all parts but these; returns how many went."""
        keep = {f"{part}.parquet" for part in parts}
        stale = [path for path in self.parts(layer, table, industry) if path.name not in keep]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def tables(self, industry: str) -> Iterator[tuple[str, str]]:
        """Pairs of layer and table that hold rows for an industry."""
        for folder in sorted(self.root.glob(f"*/*/industry={industry}")):
            if any(folder.glob("*.parquet")):
                yield folder.parent.parent.name, folder.parent.name

    def fingerprint(self, layer: str, table: str, industry: str) -> str:
        """A hash that changes when any part of the table does. Cost: one stat per part."""
        listing = [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in self.parts(layer, table, industry)]
        return hashlib.sha256(repr(listing).encode()).hexdigest()[:16]

    def content_hash(self, layer: str, table: str, industry: str) -> str:
        """A hash of the bytes of all parts: the same on every machine, unlike ``fingerprint``."""
        listing = [(p.name, files.sha256_file(p)) for p in self.parts(layer, table, industry)]
        return hashlib.sha256(repr(listing).encode()).hexdigest()

    def stamp_path(self, industry: str, name: str) -> Path:
        return self.root / "stamps" / f"industry={industry}" / f"{name}.json"

    def read_stamp(self, industry: str, name: str) -> dict[str, Any] | None:
        """What was noted when ``name`` was last made, or None."""
        try:
            stamp = json.loads(self.stamp_path(industry, name).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return stamp if isinstance(stamp, dict) else None

    def forget_stamps(self, industry: str, *, keep: Iterable[str]) -> None:
        """Delete what was noted of an industry's assets, so that all but ``keep`` are made again."""
        for path in self.stamp_path(industry, "any").parent.glob("*.json"):
            if path.stem not in keep:
                path.unlink(missing_ok=True)

    def write_stamp(self, industry: str, name: str, stamp: Mapping[str, Any]) -> None:
        content = json.dumps(stamp, sort_keys=True, indent=1).encode()
        files.write_bytes(self.stamp_path(industry, name), content)
