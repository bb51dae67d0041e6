"""From raw documents to staged records: parse what is new, keep what is not, put what was replaced into the history.

``staged/documents`` lists what is staged. A document is listed after its rows are written and struck off before they
are moved, so a run that was killed anywhere stages at worst some documents again.
"""

import hashlib
from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from market_research import files
from market_research.cleaning.schema import (
    DOCUMENT_VERSIONS,
    DOCUMENTS,
    FACTS,
    PASSAGES,
    QUALITY_FLAGS,
    QUARANTINE,
    REPLACED_ROWS,
    SECURITY_EVENTS,
    TABLE_ROWS,
)
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources.datasets import DATASET_TABLES
from resources import appended, audit, peers
from resources.bulk import Loaded
from resources.bundles import LAYER, keep_only, pack, part_name
from resources.datasets import load_dataset, load_read
from resources.declarations import Declarations, declarations
from resources.inbox import INBOX
from resources.lake import Lake
from resources.received import received, versions
from resources.registry import Registry

if TYPE_CHECKING:
    from market_research.sources.parsed import Parsed

# Quarantine last: rows are added to it from outside, too.
PARTS = (FACTS, PASSAGES, TABLE_ROWS, REPLACED_ROWS, *DATASET_TABLES, SECURITY_EVENTS, QUALITY_FLAGS, QUARANTINE)
STAMP = "staging"
CHUNK_DOCUMENTS = 200
CHUNK_ROWS = 200_000
HINTED = ("uri", "publisher", "licence")
GIVEN = ("title", "kind", "published_at")
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class StagedDocument:
    """One document's way through the parser, for people to read; ``set_aside`` are its rows of the quarantine."""

    path: str
    document_id: str
    kind: str
    facts: int
    passages: int
    rows: int
    set_aside: pl.DataFrame
    reason: str | None = None


@dataclass(frozen=True)
class _Read:
    """One document with its rows by table, not yet written; ``loaded`` counts rows that are in the lake already."""

    listed: dict[str, Any]
    frames: dict[str, pl.DataFrame]
    result: StagedDocument
    loaded: tuple[Loaded, ...] = ()

    @property
    def rows(self) -> dict[str, int]:
        """Rows by table."""
        return {name: frame.height for name, frame in self.frames.items()} | {
            part.table: part.rows for part in self.loaded
        }


def staged_documents(lake: Lake, industry: str) -> pl.DataFrame:
    """Rows of ``DOCUMENTS`` that are staged, as read from inside, each once."""
    rows = appended.read(lake, LAYER, DOCUMENTS, industry)
    return rows.unique("document_id", keep="last", maintain_order=True).drop("part").sort("path")


def stage_industry(
    lake: Lake, industry: str, *, progress: Progress | None = None, again: Collection[str] = ()
) -> list[StagedDocument]:
    """Parse every received document that is not staged by this parser version and the present declarations.

    ``again`` are ids of documents to stage once more in any case. Returns those that were parsed.
    """
    version = staging_version()
    declared = declarations(lake, industry)
    current = _with_declarations(received(lake, industry), declared)
    stamp = lake.read_stamp(industry, STAMP) or {}
    listed = staged_documents(lake, industry) if stamp.get("parser") == version else DOCUMENTS.frame()
    done = _same(listed, current).filter(~pl.col("document_id").is_in(sorted(again)))
    made_of = {"parser": version, "peers": peers.state(current, _request(lake, industry))}
    if stamp.get("peers", made_of["peers"]) != made_of["peers"]:
        done = done.filter(~peers.IS_FRAME)
    todo = current.join(done, on="document_id", how="anti", maintain_order="left")
    if todo.is_empty() and stamp == {**made_of, "parts": _state(lake, industry)}:
        return []
    # Struck off before the version is noted: what a kill leaves listed was staged by the version that is noted.
    _list(lake, industry, done)
    lake.write_stamp(industry, STAMP, made_of)
    past = set(versions(lake, industry).filter(pl.col("valid_to").is_not_null())["document_id"])
    for table in PARTS:
        keep_only(lake, table, industry, done["document_id"], past=past - set(current["document_id"]))
    results = stage_rows(lake, industry, todo, progress=progress)
    listing = staged_documents(lake, industry)
    appended.replace(lake, LAYER, DOCUMENTS, industry, listing)
    lake.write(LAYER, DOCUMENT_VERSIONS.name, industry, versions(lake, industry))
    lake.write_stamp(industry, STAMP, {**made_of, "parts": _state(lake, industry)})
    return results


def _request(lake: Lake, industry: str) -> ResearchRequest | None:
    """The industry's definition; None where documents are staged for one that has none."""
    registry = Registry(lake)
    return registry.get(industry) if industry in registry.known() else None


def _with_declarations(rows: pl.DataFrame, declared: Declarations | None) -> pl.DataFrame:
    """Received documents with the hash of what is declared about reading each."""
    if declared is None:
        return rows.with_columns(declaration=pl.lit(None, pl.String))
    found = [declared.declaration(source, path) for source, path in rows.select("source", "path").rows()]
    return rows.with_columns(declaration=pl.Series(found, dtype=pl.String))


def staging_version() -> str:
    """Hash over the code that decides what is staged: the parsers, what loads tables whole, whose rows are kept."""
    from market_research.sources.parse import parser_version

    return hashlib.sha256(f"{parser_version()} {_loader_version()}".encode()).hexdigest()[:16]


@cache
def _loader_version() -> str:
    folder = Path(__file__).parent
    return "".join(files.sha256_file(folder / name)[:16] for name in ("bulk.py", "datasets.py", "peers.py"))


def is_of_this_version(lake: Lake, industry: str) -> bool:
    """True if what is staged is of this parser's version, so that new documents can be staged beside it."""
    return (lake.read_stamp(industry, STAMP) or {"parser": staging_version()}).get("parser") == staging_version()


def _list(lake: Lake, industry: str, done: pl.DataFrame) -> None:
    """Strike off all but these: what was added goes first, so that no kill leaves a document listed without rows."""
    appended.drop(lake, LAYER, DOCUMENTS, industry, appended.added(lake, LAYER, DOCUMENTS, industry))
    lake.write(LAYER, DOCUMENTS.name, industry, done)


def _state(lake: Lake, industry: str) -> list[str]:
    """Fingerprints of everything staged: what nobody touched since needs no second look."""
    return [lake.fingerprint(LAYER, table.name, industry) for table in (DOCUMENTS, *PARTS[:-1])]


def _same(staged: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """Staged documents that are still current, from the same bytes and the same hints; with their present path."""
    columns = ["document_id", "path", "source", "declaration", *HINTED, *GIVEN]
    both = staged.join(
        current.select(columns), on=["document_id", "path", "source"], suffix="_now", maintain_order="left"
    )
    same = [pl.col(name).eq_missing(pl.col(f"{name}_now")) for name in (*HINTED, "declaration")]
    given = [
        pl.col(f"{name}_now").is_null()
        | (pl.col(f"{name}_now").cast(pl.String) == "")
        | pl.col(name).eq_missing(pl.col(f"{name}_now"))
        for name in GIVEN
    ]
    return DOCUMENTS.conform(both.filter(*same, *given))


def stage_rows(
    lake: Lake, industry: str, rows: pl.DataFrame, *, progress: Progress | None = None
) -> list[StagedDocument]:
    """Parse received documents that are not staged and list them, some at a time; returns what came of each."""
    results: list[StagedDocument] = []
    waiting: list[_Read] = []
    declared = declarations(lake, industry)
    rows = _with_declarations(rows, declared)
    companies: frozenset[str] = frozenset()
    if rows.filter(peers.IS_FRAME).height:
        companies = peers.peers(lake, received(lake, industry), _request(lake, industry))
    with declared.session if declared else nullcontext():
        for number, row in enumerate(rows.iter_rows(named=True), 1):
            if progress:
                progress(number, rows.height, row["path"])
            waiting.append(_read(lake, row, declared, companies))
            size = sum(frame.height for read in waiting for frame in read.frames.values())
            if len(waiting) >= CHUNK_DOCUMENTS or size >= CHUNK_ROWS or number == rows.height:
                _write(lake, industry, waiting)
                results += [read.result for read in waiting]
                waiting = []
    for table in PARTS if results else ():
        pack(lake, table, industry)
    if len(appended.added(lake, LAYER, DOCUMENTS, industry)) >= appended.COMPACT_FROM:
        appended.replace(lake, LAYER, DOCUMENTS, industry, staged_documents(lake, industry))
    return results


def _write(lake: Lake, industry: str, read: list[_Read]) -> None:
    """The rows of some documents, one part a table, and then their listing."""
    from market_research.sources.parse import parser_version

    part = part_name([item.result.document_id for item in read])
    for table in (table for table in PARTS if table not in DATASET_TABLES):
        frame = pl.concat([item.frames[table.name] for item in read])
        if frame.height:
            lake.write(LAYER, table.name, industry, frame, part=part)
    appended.append(lake, LAYER, DOCUMENTS, industry, DOCUMENTS.frame(item.listed for item in read))
    audit.link(
        lake,
        industry,
        (
            {
                "source_table": "documents",
                "source_id": item.result.document_id,
                "target_table": f"{LAYER}.{name}",
                "transformation": "staging by declaration" if item.listed["declaration"] else "staging",
                "code_version": parser_version(),
                "inputs": " ".join(filter(None, (item.listed["sha256"], item.listed["declaration"]))),
                "rows_out": rows,
            }
            for item in read
            for name, rows in item.rows.items()
            if rows
        ),
    )
    audit.record(
        lake,
        industry,
        (
            {"operation": "quarantine", "record_id": key, "original": item.result.document_id, "reason": reason}
            for item in read
            for key, reason in item.frames[QUARANTINE.name].select("quarantine_id", "reason").rows()
        ),
    )


def _parsed(content: bytes, row: dict[str, Any], media_type: str, declared: Declarations | None) -> "Parsed":
    """What a document says, read as the request declares it."""
    from market_research.sources.parse import parse, parse_fetched
    from market_research.transforming.plan import parse_by_rules

    path, source = row["path"], row["source"]
    request = None if declared is None else declared.request
    found = None
    if declared is not None and (sets := declared.rules(source, path)):
        known = declared.reference_for(sets)
        found = parse_by_rules(
            content, path, media_type, source=source, request=declared.request, sets=sets, reference=known
        )
    if found is None and source != INBOX:
        found = parse_fetched(content, path, source=source, request=request)
    found = found or parse(content, path, media_type=media_type)
    # What is there to be looked up (a list of rates) is no figure about the industry.
    return replace(found, numbers=[]) if declared is not None and declared.is_lookup(path) else found


def _read(lake: Lake, row: dict[str, Any], declared: Declarations | None, companies: frozenset[str]) -> _Read:
    from market_research.cleaning import titles
    from market_research.cleaning.stage import stage, unreadable
    from market_research.connectors.edgar_peers import narrowed
    from market_research.sources import detect

    industry, document_id, source = row["industry"], row["document_id"], row["source"]
    reason: str | None = None
    parts: list[Loaded] = []
    try:
        whole = source == INBOX and not (declared and declared.rules(source, row["path"]))
        loaded = load_dataset(lake, row) if whole else None
        if loaded is not None:
            return _of_dataset(row, loaded)
        content = lake.get_raw(row["sha256"])
        media_type = detect.media_type(content, row["path"])
        parsed = _parsed(content, row, media_type, declared)
        if peers.is_frame(source, row["path"]):
            parsed = narrowed(parsed, companies)
        published_at = row["published_at"] or parsed.published_at
        parts = load_read(lake, row, parsed.extracts)
        parsed.rejects += [reject for part in parts for reject in part.rejects]
        staged = stage(
            parsed,
            industry=industry,
            document_id=document_id,
            uri=row["path"],
            quarantined_at=row["retrieved_at"],
            content=content,
            media_type=media_type,
            texts=[part.texts for part in parts if part.texts],
        )
        company = parsed.company
        listed = {
            **row,
            "media_type": media_type,
            "kind": row["kind"] or parsed.kind,
            "title": row["title"] or staged.title or titles.clean(row["path"]),
            "published_at": published_at,
            "company": company.name if company else None,
            "ticker": company.ticker if company else None,
            "cik": company.cik if company else None,
            "language": staged.language,
        }
    except UnreadableDocument as error:
        reason = str(error)
        staged = unreadable(
            reason, industry=industry, document_id=document_id, uri=row["path"], quarantined_at=row["retrieved_at"]
        )
        published_at = row["published_at"]
        listed = {**row, "kind": row["kind"] or "unreadable", "title": row["title"] or titles.clean(row["path"])}
    filed_on = pl.lit(published_at.date() if published_at else None, dtype=pl.Date)
    frames = {
        FACTS.name: staged.facts.with_columns(pl.coalesce("filed_on", filed_on)),
        PASSAGES.name: staged.passages,
        TABLE_ROWS.name: staged.table_rows,
        REPLACED_ROWS.name: staged.replaced_rows,
        QUARANTINE.name: staged.quarantine,
        SECURITY_EVENTS.name: staged.security_events,
        QUALITY_FLAGS.name: staged.quality_flags,
    }
    result = StagedDocument(
        path=row["path"],
        document_id=document_id,
        kind=listed["kind"],
        facts=staged.facts.height,
        passages=staged.passages.height,
        rows=staged.table_rows.height + sum(part.rows for part in parts),
        set_aside=staged.quarantine,
        reason=reason,
    )
    return _Read(listed, frames, result, tuple(parts))


def _of_dataset(row: dict[str, Any], loaded: Loaded) -> _Read:
    """A document whose rows were loaded whole: what is left to write is what was set aside."""
    from market_research.cleaning import titles
    from market_research.cleaning.stage import set_aside

    rejected, flags, events = set_aside(
        loaded.rejects,
        industry=row["industry"],
        document_id=row["document_id"],
        uri=row["path"],
        quarantined_at=row["retrieved_at"],
        texts=[loaded.texts] if loaded.texts else [],
    )
    listed = {
        **row,
        "media_type": "text/csv",
        "kind": row["kind"] or "table",
        "title": row["title"] or titles.clean(row["path"]),
    }
    frames = {table.name: table.frame() for table in PARTS}
    frames |= {QUARANTINE.name: rejected, QUALITY_FLAGS.name: flags, SECURITY_EVENTS.name: events}
    result = StagedDocument(
        path=row["path"],
        document_id=row["document_id"],
        kind=listed["kind"],
        facts=0,
        passages=0,
        rows=loaded.rows,
        set_aside=rejected,
    )
    return _Read(listed, frames, result, (loaded,))
