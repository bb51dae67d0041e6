"""Upkeep of the data store by hand: documents expire or are deleted, facts are corrected; each leaves an audit row."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from market_research.cleaning.schema import ANSWERS, CORRECTIONS, DOCUMENT_VERSIONS, DOCUMENTS, FACTS
from market_research.errors import InvalidInput, NotFound
from market_research.ids import content_id
from resources import appended, audit, security
from resources.bundles import KEPT, LAYER, forget, keep_only
from resources.inbox import FILES, FILES_SCHEMA, INBOX, files_seen
from resources.lake import Lake, raw_key
from resources.received import RECEIVED, received, settle, versions
from resources.staging import PARTS, staged_documents

CORRECTED = "corrections"
ANSWERED = "answers"
DELETION = "deletion"  # when something was last deleted: what was published before must be published again


def dated_documents(lake: Lake, industry: str) -> pl.DataFrame:
    """Current documents with what was read from inside, and ``dated``: when published, else when received."""
    current = received(lake, industry)
    inside = staged_documents(lake, industry).select(
        "document_id", staged_kind="kind", staged_title="title", staged_published="published_at"
    )
    return (
        current.join(inside, on="document_id", how="left", maintain_order="left")
        .with_columns(
            kind=pl.coalesce("staged_kind", "kind"),
            title=pl.coalesce("staged_title", "title"),
            published_at=pl.coalesce("staged_published", "published_at"),
        )
        .with_columns(dated=pl.coalesce("published_at", "retrieved_at"))
        .select(*DOCUMENTS.schema, "dated")
    )


def freshness(
    lake: Lake, industry: str, hours: dict[str, float], default: float, *, now: datetime | None = None
) -> pl.DataFrame:
    """One row a source: documents, newest publication and arrival, age of the newest arrival, and whether it is stale.

    ``hours`` says per source how old the newest arrival may be.
    """
    now = now or datetime.now(UTC)
    rows = (
        dated_documents(lake, industry)
        .group_by("source")
        .agg(
            documents=pl.len(),
            newest_published=pl.col("published_at").max(),
            newest_received=pl.col("retrieved_at").max(),
        )
    )
    age = (pl.lit(now) - pl.col("newest_received")).dt.total_seconds() / 3600
    allowed = pl.col("source").replace_strict(hours, default=default, return_dtype=pl.Float64)
    return (
        rows.sort("source")
        .with_columns(age_hours=age.round(1), allowed_hours=allowed)
        .with_columns(
            state=pl.when(pl.col("age_hours") > pl.col("allowed_hours"))
            .then(pl.lit("stale"))
            .otherwise(pl.lit("fresh"))
        )
    )


def expire(
    lake: Lake, industry: str, *, inbox: Path, older_than: timedelta, source: str | None = None, dry_run: bool = False,
    now: datetime | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Take documents dated before ``now - older_than`` out of the current ones; they stay in the history.

    ``inbox`` is the industry's folder: files there are left alone, and stay out until they are put there anew.

    Returns:
        What expired (or would): columns document_id, source, path, title, dated.
    """
    now = now or datetime.now(UTC)
    old = dated_documents(lake, industry).filter(pl.col("dated") < now - older_than)
    if source is not None:
        old = old.filter(pl.col("source") == source)
    if not dry_run and old.height:
        _end(lake, industry, old, "expired", now, inbox)
        reason = f"older than {older_than.days} days"
        audit.record(
            lake,
            industry,
            (
                {"operation": "expire", "record_id": document_id, "original": path, "reason": reason}
                for document_id, path in old.select("document_id", "path").rows()
            ),
            now=now,
        )
    return old.select("document_id", "source", "path", "title", "dated")


def delete(
    lake: Lake, industry: str, *, inbox: Path, reason: str, document_id: str | None = None, source: str | None = None,
    now: datetime | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Delete a document, or all of a source, with every earlier version's rows and, unless needed elsewhere, the bytes.

    ``inbox`` as for ``expire``.

    Returns:
        What was deleted: columns document_id, source, path, bytes (``deleted``, or who still holds them).

    Raises:
        InvalidInput: no reason, or not exactly one of a document and a source.
        NotFound: the industry has no such document.
    """
    now = now or datetime.now(UTC)
    if not reason.strip():
        raise InvalidInput("A deletion needs a reason; say it with --reason.")
    if (document_id is None) == (source is None):
        raise InvalidInput("Name one document by its id, or one source with --source.")
    wanted = pl.col("document_id") == document_id if document_id else pl.col("source") == source
    ever = versions(lake, industry).filter(wanted)
    if ever.is_empty():
        what = document_id or f"document of the source {source!r}"
        raise NotFound(f"{industry} has no {what}; `market-research data documents --industry {industry}` lists them.")
    gone = received(lake, industry).filter(wanted)
    _end(lake, industry, gone, "deleted", now, inbox)
    documents = ever["document_id"].unique(maintain_order=True).to_list()
    for table in KEPT:
        forget(lake, table, industry, documents)
    security.forget(lake, industry, documents)
    # Answers quote what they rest on, and with other evidence none of them would be given again.
    appended.replace(lake, ANSWERED, ANSWERS, industry, ANSWERS.frame())
    holders = _holders(lake, industry, ever["sha256"].unique().to_list())
    for sha256 in set(ever["sha256"]) - set(holders):
        lake.store.delete(raw_key(sha256))
    told = ever.unique("document_id", keep="last", maintain_order=True)
    audit.record(
        lake,
        industry,
        (
            {"operation": "delete", "record_id": key, "original": path, "reason": reason}
            for key, path in told.select("document_id", "path").rows()
        ),
        now=now,
    )
    lake.forget_cached(industry)
    lake.write_stamp(industry, DELETION, {"at": now.isoformat()})
    kept = told["sha256"].replace_strict(holders, default="deleted", return_dtype=pl.String)
    return told.select("document_id", "source", "path").with_columns(kept.alias("bytes"))


def _end(lake: Lake, industry: str, gone: pl.DataFrame, how: str, now: datetime, inbox: Path) -> None:
    """Take documents out of the received and the staged ones, and keep them from coming back by themselves."""
    _mark_dropped(lake, industry, gone, inbox)
    left = received(lake, industry).join(gone, on="document_id", how="anti")
    settle(lake, industry, left, ended_by=how, now=now)
    listing = staged_documents(lake, industry).join(left, on=["document_id", "path"], how="semi")
    appended.replace(lake, LAYER, DOCUMENTS, industry, listing)
    ever = versions(lake, industry)
    ended = set(ever.filter(pl.col("valid_to").is_not_null())["document_id"]) - set(left["document_id"])
    for table in PARTS:
        keep_only(lake, table, industry, listing["document_id"], past=ended)
    lake.write(LAYER, DOCUMENT_VERSIONS.name, industry, ever)


def _mark_dropped(lake: Lake, industry: str, gone: pl.DataFrame, inbox: Path) -> None:
    """Note that these very files, and these very answers of connectors, shall not be taken again."""
    index = files_seen(lake, industry)
    seen = index.join(gone, on=["path", "sha256"], how="semi")
    unseen = [
        (path, *_state(inbox / path, size), sha256, True)
        for path, size, sha256 in gone.join(index, on=["path", "sha256"], how="anti")
        .select("path", "size_bytes", "sha256")
        .rows()
    ]
    marked = [seen.with_columns(dropped=pl.lit(value=True)), pl.DataFrame(unseen, schema=FILES_SCHEMA, orient="row")]
    lake.write(INBOX, FILES, industry, pl.concat([index.join(seen, on="path", how="anti"), *marked]))


def _state(path: Path, size: int) -> tuple[int, int]:
    """Size and time of the file that a document came from; -1 where there is none such."""
    try:
        status = path.stat()
    except OSError:
        return -1, -1
    return (size, status.st_mtime_ns) if status.st_size == size else (-1, -1)


def _holders(lake: Lake, industry: str, hashes: Sequence[str]) -> dict[str, str]:
    """Which of these contents another industry, also one removed from research, has or had; with its key."""
    found: dict[str, str] = {}
    for other in lake.industries(RECEIVED, DOCUMENTS.name):
        if other != industry:
            held = versions(lake, other).filter(pl.col("sha256").is_in(list(hashes)))
            found |= dict.fromkeys(held["sha256"], f"kept, {other} holds them")
    return found


def correct(lake: Lake, industry: str, fact_id: str, value: float, *, reason: str, now: datetime | None = None) -> str:
    """Put a corrected fact in the place of a reported one; returns its id. The original stays, as superseded.

    The correction holds for this fact of this document: another version of the document is read as it stands.

    Raises:
        InvalidInput: no reason, or the fact has that value already.
        NotFound: the industry's documents state no such fact.
    """
    now = now or datetime.now(UTC)
    if not reason.strip():
        raise InvalidInput("A correction needs a reason; say it with --reason.")
    before = lake.read(CORRECTED, CORRECTIONS, industry).sort("corrected_at")
    earlier = before.filter(pl.col("corrected_id") == fact_id)
    original_id = earlier["fact_id"][0] if earlier.height else fact_id
    stated = pl.concat([lake.read(LAYER, FACTS, industry).filter(pl.col("fact_id") == original_id), FACTS.frame()])
    if stated.is_empty():
        raise NotFound(
            f"No document of {industry} states the fact {fact_id}; only reported facts can be corrected "
            f"(`market-research data facts --industry {industry}` lists them)."
        )
    original = float(stated["value"][0])
    same = before.filter(pl.col("fact_id") == original_id)
    stands = float(same["value"][-1]) if same.height else original
    if stands == value:
        raise InvalidInput(f"{fact_id} has the value {value:.15g} already; nothing was changed.")
    corrected_id = content_id("fact", original_id, value, now.isoformat())
    row = {
        "fact_id": original_id, "industry": industry, "corrected_id": corrected_id, "original_value": original,
        "value": value, "reason": reason, "actor": audit.actor(), "corrected_at": now,
    }  # fmt: skip
    appended.append(lake, CORRECTED, CORRECTIONS, industry, CORRECTIONS.frame([row]))
    audit.record(
        lake,
        industry,
        [
            {"operation": "correct", "record_id": original_id, "original": f"{stands:.15g}", "changed": f"{value:.15g}",
             "reason": reason}
        ],
        now=now,
    )  # fmt: skip
    return corrected_id
