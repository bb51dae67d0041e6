"""From raw documents to staged records: parse what is new, keep what is not, drop what was replaced."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from market_research.cleaning.schema import (
    DOCUMENTS,
    FACTS,
    PASSAGES,
    QUALITY_FLAGS,
    QUARANTINE,
    SECURITY_EVENTS,
    TABLE_ROWS,
)
from market_research.errors import UnreadableDocument
from resources.inbox import RECEIVED
from resources.lake import Lake

LAYER = "staged"
PARTS = (FACTS, PASSAGES, TABLE_ROWS, QUARANTINE, SECURITY_EVENTS, QUALITY_FLAGS)


@dataclass(frozen=True)
class StagedDocument:
    """One document's way through the parser, for people to read."""

    path: str
    document_id: str
    kind: str
    facts: int
    passages: int
    rows: int
    quarantined: int
    reason: str | None = None


def stage_industry(
    lake: Lake, industry: str, *, progress: Callable[[int, int, str], None] | None = None
) -> list[StagedDocument]:
    """Parse every received document that this parser version has not staged; returns those that it did.

    Each document's tables are parts of their own, written before its row in ``staged/documents``: a run
    killed between leaves the document unlisted, and the next run stages it again.
    """
    from market_research.sources.parse import parser_version

    version = parser_version()
    received = lake.read(RECEIVED, DOCUMENTS, industry)
    stamp = lake.read_stamp(industry, "staging") or {}
    listed = lake.read(LAYER, DOCUMENTS, industry)
    done = {row["path"]: row for row in listed.iter_rows(named=True)} if stamp.get("parser") == version else {}
    rows: list[dict[str, Any]] = []
    results: list[StagedDocument] = []
    todo = [r for r in received.iter_rows(named=True) if not _is_same(done.get(r["path"]), r)]
    for number, row in enumerate(todo, 1):
        if progress:
            progress(number, len(todo), row["path"])
        staged_row, result = _stage_document(lake, row)
        rows.append(staged_row)
        results.append(result)
    remade = {row["path"] for row in todo}
    rows += [done[path] for path in received["path"] if path not in remade]
    lake.write(LAYER, DOCUMENTS.name, industry, DOCUMENTS.frame(sorted(rows, key=lambda row: row["path"])))
    lake.write_stamp(industry, "staging", {"parser": version})
    keep = [row["document_id"] for row in rows]
    for table in PARTS:
        lake.keep_parts(LAYER, table.name, industry, [*keep, "inbox"])
    return results


def _is_same(staged: dict[str, Any] | None, received: dict[str, Any]) -> bool:
    """True if the document was staged from the same bytes and the same hints."""
    if staged is None or staged["sha256"] != received["sha256"]:
        return False
    hinted = ("uri", "publisher", "licence")
    given = ("title", "kind", "published_at")
    return all(staged[name] == received[name] for name in hinted) and all(
        not received[name] or staged[name] == received[name] for name in given
    )


def _stage_document(lake: Lake, row: dict[str, Any]) -> tuple[dict[str, Any], StagedDocument]:
    from market_research.cleaning.stage import stage, unreadable
    from market_research.sources import detect
    from market_research.sources.parse import parse

    industry, document_id = row["industry"], row["document_id"]
    reason = None
    try:
        content = lake.get_raw(row["sha256"])
        media_type = detect.media_type(content, row["path"])
        parsed = parse(content, row["path"], media_type=media_type)
        published_at = row["published_at"] or parsed.published_at
        staged = stage(
            parsed,
            industry=industry,
            document_id=document_id,
            uri=row["path"],
            quarantined_at=row["retrieved_at"],
            content=content,
            media_type=media_type,
        )
        company = parsed.company
        listed = {
            **row,
            "media_type": media_type,
            "kind": row["kind"] or parsed.kind,
            "title": row["title"] or parsed.title or row["path"],
            "published_at": published_at,
            "company": company.name if company else None,
            "ticker": company.ticker if company else None,
            "cik": company.cik if company else None,
        }
    except UnreadableDocument as error:
        reason = str(error)
        staged = unreadable(
            reason, industry=industry, document_id=document_id, uri=row["path"], quarantined_at=row["retrieved_at"]
        )
        published_at = row["published_at"]
        listed = {**row, "kind": row["kind"] or "unreadable", "title": row["title"] or row["path"]}
    filed_on = pl.lit(published_at.date() if published_at else None, dtype=pl.Date)
    frames = {
        FACTS.name: staged.facts.with_columns(pl.coalesce("filed_on", filed_on)),
        PASSAGES.name: staged.passages,
        TABLE_ROWS.name: staged.table_rows,
        QUARANTINE.name: staged.quarantine,
        SECURITY_EVENTS.name: staged.security_events,
        QUALITY_FLAGS.name: staged.quality_flags,
    }
    for name, frame in frames.items():
        lake.write(LAYER, name, industry, frame, part=document_id)
    return listed, StagedDocument(
        path=row["path"],
        document_id=document_id,
        kind=listed["kind"],
        facts=staged.facts.height,
        passages=staged.passages.height,
        rows=staged.table_rows.height,
        quarantined=staged.quarantine.height,
        reason=reason,
    )
