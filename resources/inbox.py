"""The inbox: folders that people drop files into, and taking what is there into the lake.

``<inbox>/<industry>/**`` holds documents. A ``sources.yaml`` beside them may say, per file name, what
the file cannot say itself: title, publisher, kind, url, licence, published_at.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from market_research.cleaning.schema import DOCUMENTS, QUARANTINE
from market_research.ids import content_id
from resources.lake import Lake

SIDECAR = "sources.yaml"
REQUEST = "request.yaml"
LEADS_OUT = "the path leads out of the inbox; copy the file in instead of linking it"
RECEIVED = "received"
STAMP = "inbox"
SIDECAR_FIELDS = {"title", "publisher", "kind", "url", "licence", "published_at"}


@dataclass(frozen=True)
class InboxFile:
    """A file waiting in the inbox; ``uri`` is its path relative to the industry's folder."""

    path: Path
    uri: str
    size: int
    modified_ns: int


@dataclass(frozen=True)
class Refusal:
    """Something in the inbox that was not taken, and why."""

    uri: str
    reason: str
    document_id: str | None = None


@dataclass(frozen=True)
class Collected:
    """What one look into the inbox brought."""

    documents: int
    new: tuple[str, ...]
    refusals: tuple[Refusal, ...]


def scan(folder: Path, *, max_bytes: int) -> tuple[list[InboxFile], list[Refusal]]:
    """Files below an industry's folder, and what must not be read: links that lead out, giants, empty files."""
    found: list[InboxFile] = []
    refused: list[Refusal] = []
    for path in _walk(folder):
        uri = path.relative_to(folder).as_posix()
        if not _printable(uri):
            shown = os.fsencode(uri).decode("utf-8", "backslashreplace")
            refused.append(Refusal(shown, "its name is not valid UTF-8; rename it"))
            continue
        real = path.resolve()
        if not real.is_relative_to(folder.resolve()):
            refused.append(Refusal(uri, LEADS_OUT))
            continue
        try:
            status = real.stat()
        except OSError as error:
            refused.append(Refusal(uri, f"cannot be read: {error.strerror}"))
            continue
        if status.st_size > max_bytes:
            limit = max_bytes // 2**20
            refused.append(Refusal(uri, f"is larger than {limit} MB; raise MARKET_RESEARCH_MAX_FILE_MB to accept it"))
        elif status.st_size == 0:
            refused.append(Refusal(uri, "is empty"))
        else:
            found.append(InboxFile(path, uri, status.st_size, status.st_mtime_ns))
    return found, refused


def _printable(name: str) -> bool:
    """False for names whose bytes are no text: they could stand in no table."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _walk(folder: Path) -> Iterator[Path]:
    """Visible files in a fixed order; links to folders are not followed but reported as they are."""
    for base, names, files in os.walk(folder, followlinks=False):
        links = [name for name in names if (Path(base) / name).is_symlink()]
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in links)
        for name in sorted([*files, *links]):
            if not name.startswith(".") and name not in (SIDECAR, REQUEST):
                yield Path(base) / name


def signature(folder: Path, *, max_bytes: int) -> str:
    """A hash of names, sizes and times of what is in the folder: changes when there is something to collect."""
    found, refused = scan(folder, max_bytes=max_bytes)
    sidecars = [(p.relative_to(folder).as_posix(), p.lstat().st_mtime_ns) for p in sorted(folder.rglob(SIDECAR))]
    listing = [(f.uri, f.size, f.modified_ns) for f in found] + [(r.uri, r.reason) for r in refused]
    return hashlib.sha256(repr((listing, sidecars)).encode()).hexdigest()[:16]


def collect(lake: Lake, folder: Path, industry: str, *, max_bytes: int, now: datetime | None = None) -> Collected:
    """Take every new or changed file of the inbox into the lake and note it in ``received/documents``.

    A path that was there before with other content replaces its earlier version in the list (the raw
    bytes stay). A second file with the same content is refused with the name of the first. Files that
    did not change size or time since the last look are not read again.
    """
    now = now or datetime.now(UTC)
    seen = signature(folder, max_bytes=max_bytes)
    found, refusals = scan(folder, max_bytes=max_bytes)
    hints, hint_refusals = _read_sidecars(folder)
    refusals += hint_refusals
    known = {row["path"]: row for row in lake.read(RECEIVED, DOCUMENTS, industry).iter_rows(named=True)}
    hashes, unreadable = _hash_files(lake, industry, found)
    refusals += unreadable
    arrived = {row["sha256"]: row["retrieved_at"] for row in known.values()}
    rows = dict(known)
    owners: dict[str, str] = {}
    for file in found:
        sha256 = hashes.get(file.uri)
        if sha256 is None:
            continue
        if sha256 in owners:
            refusals.append(Refusal(file.uri, f"has the same content as {owners[sha256]}", f"doc_{sha256[:16]}"))
            rows.pop(file.uri, None)
            continue
        owners[sha256] = file.uri
        received_at = arrived.get(sha256, now)
        rows[file.uri] = _document(file, sha256, industry, hints.get(file.path.resolve(), {}), received_at)
    for path in [path for path, row in rows.items() if owners.get(row["sha256"], path) != path]:
        del rows[path]  # renamed: its content has another path now, and one document has one row
    lake.write(RECEIVED, DOCUMENTS.name, industry, DOCUMENTS.frame(rows[path] for path in sorted(rows)))
    _note_refusals(lake, industry, refusals, now)
    _remember(lake, industry, found, hashes, seen)
    new = [path for path in owners.values() if path not in known or known[path]["sha256"] != rows[path]["sha256"]]
    return Collected(len(rows), tuple(sorted(new)), tuple(refusals))


def _hash_files(lake: Lake, industry: str, found: list[InboxFile]) -> tuple[dict[str, str], list[Refusal]]:
    """SHA-256 of each file by its URI, storing the bytes of those that changed since the last look."""
    remembered: dict[str, list[Any]] = (lake.read_stamp(industry, STAMP) or {}).get("files", {})
    hashes: dict[str, str] = {}
    refusals: list[Refusal] = []
    for file in found:
        size, modified_ns, sha256 = remembered.get(file.uri, (None, None, ""))
        if (size, modified_ns) == (file.size, file.modified_ns) and lake.has_raw(sha256):
            hashes[file.uri] = sha256
            continue
        try:
            hashes[file.uri] = lake.put_raw(file.path.read_bytes())
        except OSError as error:
            refusals.append(Refusal(file.uri, f"cannot be read: {error.strerror}"))
    return hashes, refusals


def collected_signature(lake: Lake, industry: str) -> str | None:
    """The inbox's signature when it was last collected, taken before it was read."""
    return (lake.read_stamp(industry, STAMP) or {}).get("signature")


def _remember(
    lake: Lake, industry: str, found: list[InboxFile], hashes: Mapping[str, str], signature_before: str
) -> None:
    state = {f.uri: [f.size, f.modified_ns, hashes[f.uri]] for f in found if f.uri in hashes}
    lake.write_stamp(industry, STAMP, {"files": state, "signature": signature_before})


def _document(
    file: InboxFile, sha256: str, industry: str, hint: Mapping[str, Any], retrieved_at: datetime
) -> dict[str, Any]:
    return {
        "document_id": f"doc_{sha256[:16]}",
        "industry": industry,
        "source": "inbox",
        "kind": str(hint.get("kind") or ""),
        "uri": str(hint.get("url") or file.uri),
        "path": file.uri,
        "media_type": "",
        "title": str(hint.get("title") or ""),
        "publisher": _as_text(hint.get("publisher")),
        "published_at": _as_time(hint.get("published_at")),
        "retrieved_at": retrieved_at,
        "size_bytes": file.size,
        "sha256": sha256,
        "licence": _as_text(hint.get("licence")),
    }


def _as_text(value: object) -> str | None:
    """YAML reads an unquoted year or "yes" as a number or a truth value; here it is a text."""
    return None if value is None else str(value)


def _as_time(value: object) -> datetime | None:
    """Raises ValueError for what is no date."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if value is not None:
        raise ValueError(f"{value!r} is not a date")
    return None


def _read_sidecars(folder: Path) -> tuple[dict[Path, dict[str, Any]], list[Refusal]]:
    """What the sidecars say, by absolute path of the file that they speak of."""
    hints: dict[Path, dict[str, Any]] = {}
    refusals: list[Refusal] = []
    for sidecar in sorted(folder.rglob(SIDECAR)):
        uri = sidecar.relative_to(folder).as_posix()
        if not sidecar.resolve().is_relative_to(folder.resolve()):
            refusals.append(Refusal(uri, LEADS_OUT))
            continue
        try:
            entries = yaml.safe_load(sidecar.read_text("utf-8")) or {}
        except (yaml.YAMLError, OSError, ValueError, RecursionError) as error:
            # ValueError: bytes that are no UTF-8, or a date such as 2024-13-45.
            refusals.append(Refusal(uri, f"is not valid YAML: {' '.join(str(error).split())}"))
            continue
        if not isinstance(entries, dict):
            refusals.append(Refusal(uri, "must map file names to title, publisher, kind, url, licence, published_at"))
            continue
        for name, hint in entries.items():
            problem = _hint_problem(folder, sidecar, name, hint)
            if problem:
                refusals.append(Refusal(uri, problem))
            else:
                hints[(sidecar.parent / str(name)).resolve()] = hint
    return hints, refusals


def _hint_problem(folder: Path, sidecar: Path, name: object, hint: object) -> str | None:
    """What is wrong with one entry of a sidecar; None if nothing is."""
    try:
        target = (sidecar.parent / str(name)).resolve()
    except ValueError:
        return f"names {name!r}, which no file can be called"
    if not target.is_relative_to(folder.resolve()):
        return f"names {name!r}, which leads out of the inbox"
    if not isinstance(hint, dict) or set(hint) - SIDECAR_FIELDS:
        return f"entry {name!r} may only have the fields {', '.join(sorted(SIDECAR_FIELDS))}"
    try:
        _as_time(hint.get("published_at"))
    except ValueError:
        return f"entry {name!r}: published_at must be a date such as 2025-02-26, not {hint['published_at']!r}"
    return None


def _note_refusals(lake: Lake, industry: str, refusals: list[Refusal], now: datetime) -> None:
    """Write refusals as quarantine rows; a row that was there before keeps its time."""
    earlier = pl.concat([QUARANTINE.frame(), *(pl.read_parquet(p) for p in _inbox_part(lake, industry))])
    times = dict(earlier.select("quarantine_id", "quarantined_at").iter_rows())
    rows = []
    for refusal in refusals:
        key = content_id("bad", industry, refusal.uri, refusal.reason)
        rows.append(
            {
                "quarantine_id": key,
                "industry": industry,
                "document_id": refusal.document_id,
                "uri": refusal.uri,
                "locator": "whole file",
                "reason": refusal.reason,
                "raw": None,
                "quarantined_at": times.get(key, now),
            }
        )
    lake.write("staged", QUARANTINE.name, industry, QUARANTINE.frame(rows), part="inbox")


def _inbox_part(lake: Lake, industry: str) -> list[Path]:
    return [p for p in lake.parts("staged", QUARANTINE.name, industry) if p.name == "inbox.parquet"]
