"""The inbox: folders that people drop files into, and taking what is there into the lake.

``<inbox>/<industry>/**`` holds documents, with sidecars beside them. ``collect`` looks at all of it; ``take`` takes
named files whose content is new, at a cost that does not depend on what else is there. Documents that connectors
fetched come from the lake's ``fetched/documents`` and join the others here.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from market_research import files
from market_research.cleaning import titles
from market_research.cleaning.schema import DOCUMENTS, QUARANTINE, UTC_TIME
from market_research.ids import content_id
from market_research.sources.datasets import HEAD_BYTES, SUFFIXES, layout
from resources import audit, sidecars
from resources.lake import Lake
from resources.received import FETCHED, add, received, settle
from resources.sidecars import LEADS_OUT, SIDECAR, Hints

REQUEST = "request.yaml"
STAMP = "inbox"
INBOX = "inbox"
FILES = "files"
# Larger files are copied without being held in memory.
STREAMED_BYTES = 32 * 2**20
# So many times larger than other files may a table be that is loaded whole.
TABLE_FACTOR = 10
# What was found at the last look, so that a file that did not change size or time is not read again. A dropped file
# was deleted from the lake by hand: it stays out until it is put there anew.
FILES_SCHEMA = {
    "path": pl.String(),
    "size": pl.Int64(),
    "modified_ns": pl.Int64(),
    "sha256": pl.String(),
    "dropped": pl.Boolean(),
}
HINTS_SCHEMA = {
    "path": pl.String(),
    **{n: pl.String() for n in ("kind", "uri", "title", "publisher", "licence")},
    "published_at": UTC_TIME,
}
OWN_FOLDER = (
    "the folder fetched/ holds what connectors fetched and is filled by the program alone; "
    "move the file to another folder"
)


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
class Scan:
    """What one walk over an industry's folder found; sidecars by path with the time of their last change."""

    found: tuple[InboxFile, ...] = ()
    refused: tuple[Refusal, ...] = ()
    sidecars: tuple[tuple[str, int], ...] = ()

    @property
    def signature(self) -> str:
        """A hash of names, sizes and times: changes when there is something to collect."""
        listing = [(f.uri, f.size, f.modified_ns) for f in self.found] + [(r.uri, r.reason) for r in self.refused]
        return hashlib.sha256(repr((listing, list(self.sidecars))).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Collected:
    """What one look into the inbox brought."""

    documents: int
    new: tuple[str, ...]
    refusals: tuple[Refusal, ...]


def scan(folder: Path, *, max_bytes: int) -> Scan:
    """Files below an industry's folder, and what must not be read: links that lead out, giants, empty files."""
    found: list[InboxFile] = []
    refused: list[Refusal] = []
    beside: list[tuple[str, int]] = []
    root = folder.resolve()
    for entry, uri in _walk(str(folder), ""):
        if entry.name == SIDECAR:
            beside.append((uri, entry.stat(follow_symlinks=False).st_mtime_ns))
            continue
        looked = _look(entry, uri, root, max_bytes)
        if isinstance(looked, Refusal):
            refused.append(looked)
        else:
            found.append(looked)
    return Scan(tuple(found), tuple(refused), tuple(sorted(beside)))


def _walk(folder: str, prefix: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Visible entries that are no folders, with their paths, in a fixed order; links to folders are not followed."""
    try:
        with os.scandir(folder) as listed:
            entries = sorted((entry for entry in listed if entry.name[0] != "."), key=lambda entry: entry.name)
    except OSError:
        return
    folders = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
    for entry in entries:
        if entry.name != REQUEST and not entry.is_dir(follow_symlinks=False):
            yield entry, prefix + entry.name
    for entry in folders:
        yield from _walk(entry.path, f"{prefix}{entry.name}/")


def _look(entry: os.DirEntry[str] | Path, uri: str, root: Path, max_bytes: int) -> InboxFile | Refusal:
    """One entry of the inbox: a file to take, or why not. Only links need their path resolved."""
    try:
        uri.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(uri).decode("utf-8", "backslashreplace")
        return Refusal(shown, "its name is not valid UTF-8; rename it")
    if uri.startswith(f"{FETCHED}/"):
        return Refusal(uri, OWN_FOLDER)
    path = Path(entry)
    if entry.is_symlink() and not path.resolve().is_relative_to(root):
        return Refusal(uri, LEADS_OUT)
    try:
        status = entry.stat()
    except OSError as error:
        return Refusal(uri, f"cannot be read: {error.strerror}")
    if status.st_size > max_bytes and not (status.st_size <= TABLE_FACTOR * max_bytes and _is_dataset(path)):
        limit = max_bytes // 2**20
        return Refusal(uri, f"is larger than {limit} MB; raise MARKET_RESEARCH_MAX_FILE_MB to accept it")
    if status.st_size == 0:
        return Refusal(uri, "is empty")
    return InboxFile(path, uri, status.st_size, status.st_mtime_ns)


def _is_dataset(path: Path) -> bool:
    """True for a table that is loaded whole, so that its size is no burden."""
    try:
        with path.open("rb") as file:
            return path.suffix.lower() in SUFFIXES and layout(file.read(HEAD_BYTES), path.name) is not None
    except OSError:
        return False


def signature(folder: Path, *, max_bytes: int) -> str:
    """A hash of names, sizes and times of what is in the folder: changes when there is something to collect."""
    return scan(folder, max_bytes=max_bytes).signature


def collected_signature(lake: Lake, industry: str) -> str | None:
    """The inbox's signature when it was last collected, taken before it was read."""
    return (lake.read_stamp(industry, STAMP) or {}).get("signature")


def take(
    lake: Lake, folder: Path, industry: str, uris: Sequence[str], *, max_bytes: int, now: datetime | None = None
) -> pl.DataFrame | None:
    """Take named files at once if nothing else can be touched by it: all readable, each content new to the lake.

    Returns the rows added to the received documents, or None where only a look at everything (``collect``) will do.
    """
    now = now or datetime.now(UTC)
    root = folder.resolve()
    looked = [_look(folder / uri, uri, root, max_bytes) for uri in uris if _is_plain(uri)]
    taken = [item for item in looked if isinstance(item, InboxFile) and item.path.resolve().is_relative_to(root)]
    if len(taken) < len(uris) or any(file.size > STREAMED_BYTES for file in taken):
        return None
    beside = {parent / SIDECAR for file in taken for parent in file.path.parents if parent.is_relative_to(folder)}
    hints, problems = sidecars.read(folder, sorted(p.relative_to(folder).as_posix() for p in beside if p.is_file()))
    try:
        contents = [file.path.read_bytes() for file in taken]
    except OSError:
        return None
    hashes = [hashlib.sha256(content).hexdigest() for content in contents]
    if problems or len(set(hashes)) < len(hashes) or any(lake.has_raw(sha256) for sha256 in hashes):
        return None
    for file, content in zip(taken, contents, strict=True):
        with files.room_for(file.uri, str(lake.root)):
            lake.put_raw(content)
    rows = _documents(_as_frame(taken).with_columns(sha256=pl.Series(hashes, dtype=pl.String)), industry, hints)
    rows = DOCUMENTS.conform(rows.with_columns(retrieved_at=pl.lit(now, UTC_TIME)))
    add(lake, industry, rows)
    audit.record(lake, industry, [_operation("receive", row) for row in rows.select("document_id", "path").rows()])
    return rows


def _is_plain(uri: str) -> bool:
    """True for the path of a document: visible, and no file that speaks of others."""
    parts = Path(uri).parts
    return parts[-1] not in (SIDECAR, REQUEST) and not any(part.startswith(".") for part in parts)


def _operation(operation: str, row: tuple[str, str]) -> dict[str, str]:
    return {"operation": operation, "record_id": row[0], "changed": row[1]}


def collect(
    lake: Lake,
    folder: Path,
    industry: str,
    *,
    max_bytes: int,
    now: datetime | None = None,
    anew: Iterable[str] = (),
) -> Collected:
    """Take every new or changed file of the inbox, and what connectors fetched, into ``received/documents``.

    A path that was there before with other content ends its earlier version (the raw bytes stay). A second file
    with the same content is refused with the name of the first. Files that did not change size or time since the
    last look are not read again. ``anew`` names files that count as put there just now even if they were deleted.
    """
    now = now or datetime.now(UTC)
    seen = scan(folder, max_bytes=max_bytes)
    hints, problems = sidecars.read(folder, [uri for uri, _ in seen.sidecars])
    refusals = [*seen.refused, *(Refusal(*problem) for problem in problems)]
    known = received(lake, industry)
    known_files, unreadable = _hashed(lake, industry, seen.found, set(anew))
    inbox = _documents(known_files.filter(~pl.col("dropped")), industry, hints)
    candidates = pl.concat([DOCUMENTS.conform(_fetched(lake, industry)), DOCUMENTS.conform(inbox)])
    owners = candidates.unique("sha256", keep="first", maintain_order=True)
    refusals += [*unreadable, *_repeated(candidates, owners)]
    # What is gone from the inbox stays received, unless its content has another path now. What connectors do not
    # hold any more is gone.
    stay = known.filter(~pl.col("path").str.starts_with(f"{FETCHED}/"))
    stay = stay.join(candidates, on="path", how="anti").join(owners, on="sha256", how="anti")
    arrived = known.select("sha256", arrived="retrieved_at")
    dated = owners.join(arrived, on="sha256", how="left").with_columns(
        retrieved_at=pl.coalesce("arrived", "retrieved_at", pl.lit(now, UTC_TIME))
    )
    rows = pl.concat([stay, DOCUMENTS.conform(dated)]).sort("path")
    ended = settle(lake, industry, rows, now=now)
    fresh = rows.join(known, on=["path", "sha256"], how="anti").join(stay, on="path", how="anti")
    _audit(lake, industry, fresh.join(known, on="sha256", how="anti"), ended, now)
    _note_refusals(lake, industry, refusals, now)
    lake.write(INBOX, FILES, industry, known_files)
    lake.write_stamp(industry, STAMP, {"signature": seen.signature})
    return Collected(rows.height, tuple(fresh["path"]), tuple(refusals))


def _as_frame(found: Iterable[InboxFile]) -> pl.DataFrame:
    rows = [(file.uri, file.size, file.modified_ns) for file in found]
    return pl.DataFrame(
        rows, schema={name: FILES_SCHEMA[name] for name in ("path", "size", "modified_ns")}, orient="row"
    )


def files_seen(lake: Lake, industry: str) -> pl.DataFrame:
    """The index of the last look, columns of ``FILES_SCHEMA``."""
    return pl.concat([pl.DataFrame(schema=FILES_SCHEMA), *map(pl.read_parquet, lake.parts(INBOX, FILES, industry))])


def _hashed(
    lake: Lake, industry: str, found: Sequence[InboxFile], anew: set[str]
) -> tuple[pl.DataFrame, list[Refusal]]:
    """Each file with its SHA-256, storing the bytes of those that changed since the last look.

    Files that could not be read are left out. Marks of dropped documents that no file has (those of connectors) stay.
    """
    index = files_seen(lake, industry).with_columns(dropped=pl.col("dropped") & ~pl.col("path").is_in(sorted(anew)))
    listed = _as_frame(found).join(index, on=["path", "size", "modified_ns"], how="left")
    by_path = {file.uri: file for file in found}
    hashes: dict[str, str] = {}
    refusals: list[Refusal] = []
    for uri in listed.filter(pl.col("sha256").is_null() | pl.col("path").is_in(sorted(anew)))["path"]:
        try:
            file = by_path[uri]
            with files.room_for(uri, str(lake.root)):
                large = file.size > STREAMED_BYTES
                hashes[uri] = lake.put_raw_file(file.path) if large else lake.put_raw(file.path.read_bytes())
        except OSError as error:
            refusals.append(Refusal(uri, f"cannot be read: {error.strerror}"))
    new = pl.DataFrame(
        {"path": list(hashes), "new": list(hashes.values())}, schema={"path": pl.String, "new": pl.String}
    )
    hashed = listed.join(new, on="path", how="left", maintain_order="left").with_columns(
        sha256=pl.coalesce("new", "sha256"), dropped=pl.col("dropped").fill_null(value=False)
    )
    kept = index.filter("dropped").join(listed, on="path", how="anti")
    frame = pl.concat([hashed.filter(pl.col("sha256").is_not_null()).drop("new"), kept.filter(pl.col("size") < 0)])
    return frame.select(list(FILES_SCHEMA)), refusals


def _documents(listed: pl.DataFrame, industry: str, hints: Hints) -> pl.DataFrame:
    """Rows of received documents, without the time; ``listed`` has path, size and sha256."""
    rows = [{"path": path, **sidecars.columns(hint)} for path, hint in hints.items()]
    said = pl.DataFrame(rows, schema=HINTS_SCHEMA, orient="row").unique("path", keep="last")
    return (
        listed.filter(pl.col("size") >= 0)
        .join(said, on="path", how="left", maintain_order="left")
        .with_columns(
            document_id=pl.lit("doc_") + pl.col("sha256").str.head(16),
            industry=pl.lit(industry),
            source=pl.lit(INBOX),
            kind=pl.col("kind").fill_null(""),
            uri=pl.coalesce("uri", "path"),
            media_type=pl.lit(""),
            title=pl.col("title").fill_null(""),
            size_bytes="size",
        )
        .pipe(titles.clean_column)
    )


def _fetched(lake: Lake, industry: str) -> pl.DataFrame:
    """What connectors fetched, without what was deleted by hand since."""
    rows = lake.read(FETCHED, DOCUMENTS, industry)
    if rows.is_empty():
        return rows
    dropped = files_seen(lake, industry).filter("dropped")
    return titles.clean_column(rows.join(dropped, on=["path", "sha256"], how="anti").sort("path"))


def _repeated(candidates: pl.DataFrame, owners: pl.DataFrame) -> list[Refusal]:
    first = owners.select("sha256", first="path")
    repeated = candidates.join(first, on="sha256", maintain_order="left").filter(pl.col("path") != pl.col("first"))
    return [
        Refusal(path, f"has the same content as {owner}", document_id)
        for path, owner, document_id in repeated.select("path", "first", "document_id").rows()
    ]


def _audit(lake: Lake, industry: str, fresh: pl.DataFrame, ended: pl.DataFrame, now: datetime) -> None:
    operations: list[dict[str, str | None]] = [
        {"operation": "replace" if how == "replaced" else "remove", "record_id": document_id, "original": path,
         "changed": successor}
        for document_id, path, how, successor in ended.select("document_id", "path", "ended_by", "replaced_by").rows()
    ]  # fmt: skip
    received_rows = fresh.select("document_id", "path").rows()
    audit.record(lake, industry, [*operations, *(_operation("receive", row) for row in received_rows)], now=now)


def _note_refusals(lake: Lake, industry: str, refusals: Sequence[Refusal], now: datetime) -> None:
    """Write refusals as quarantine rows; a row that was there before keeps its time."""
    times = dict(lake.read("staged", QUARANTINE, industry, part=INBOX).select("quarantine_id", "quarantined_at").rows())
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
    lake.write("staged", QUARANTINE.name, industry, QUARANTINE.frame(rows), part=INBOX)
