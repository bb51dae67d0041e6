"""What has been received: the current document of every path, and every version that was current before.

``received/documents`` is a base and parts added to it: a document that came by hand is added with a content that the
lake had never seen. Whoever makes a new base notes in ``history/document_versions`` what it ends first.
"""

from datetime import UTC, datetime

import polars as pl

from market_research.cleaning import titles
from market_research.cleaning.schema import DOCUMENT_VERSIONS, DOCUMENTS, UTC_TIME
from resources import appended
from resources.lake import Lake

RECEIVED = "received"
HISTORY = "history"
FETCHED = "fetched"


def received(lake: Lake, industry: str) -> pl.DataFrame:
    """Current rows of ``DOCUMENTS`` as they were received (no title or kind read from inside), sorted by path."""
    return _split(lake, industry)[0]


def _split(lake: Lake, industry: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The current rows, and those that a later added part replaced."""
    rows = appended.read(lake, RECEIVED, DOCUMENTS, industry)
    base, later = rows.filter(pl.col("part") == 0), rows.filter(pl.col("part") > 0)
    if later.height:
        # A base that has the content was made after it was added, by a process that was killed before it tidied up.
        later = later.join(base, on="sha256", how="anti").unique("sha256", keep="first", maintain_order=True)
        rows = pl.concat([base, later]).sort("retrieved_at", "part", maintain_order=True)
    current = rows.unique("path", keep="last", maintain_order=True)
    replaced = rows.join(current, on=["path", "sha256"], how="anti")
    return current.drop("part").sort("path"), replaced.drop("part")


def add(lake: Lake, industry: str, rows: pl.DataFrame) -> None:
    """Add documents whose content is new to the lake; costs the same however many there are."""
    appended.append(lake, RECEIVED, DOCUMENTS, industry, rows)
    if len(appended.added(lake, RECEIVED, DOCUMENTS, industry)) >= appended.COMPACT_FROM:
        settle(lake, industry, received(lake, industry))


def settle(
    lake: Lake, industry: str, current: pl.DataFrame, *, ended_by: str = "removed", now: datetime | None = None
) -> pl.DataFrame:
    """Make these rows the current ones; returns the versions that this ended (rows of ``DOCUMENT_VERSIONS``).

    A version whose path has another document now was ``replaced``; what else is gone was ended by ``ended_by``.
    """
    now = now or datetime.now(UTC)
    before = pl.concat(_split(lake, industry))
    ended = _ended(before, current, ended_by, now)
    if ended.height:
        appended.append(lake, HISTORY, DOCUMENT_VERSIONS, industry, ended)
        appended.compact(lake, HISTORY, DOCUMENT_VERSIONS, industry)
    appended.replace(lake, RECEIVED, DOCUMENTS, industry, current.sort("path"))
    return ended


def _ended(before: pl.DataFrame, current: pl.DataFrame, ended_by: str, now: datetime) -> pl.DataFrame:
    """Closed versions of rows that are not current any more; the next document of the path tells when."""
    timeline = (
        pl.concat([before, current])
        .unique(["path", "document_id", "retrieved_at"], keep="first", maintain_order=True)
        .sort("retrieved_at", maintain_order=True)
        .with_columns(
            successor=pl.col("document_id").shift(-1).over("path"), since=pl.col("retrieved_at").shift(-1).over("path")
        )
    )
    holders = current.select("path", holder="document_id")
    gone = timeline.join(current, on="document_id", how="anti").join(holders, on="path", how="left")
    replaced_by = pl.coalesce("successor", "holder")
    return DOCUMENT_VERSIONS.conform(
        _opened(gone).with_columns(
            valid_to=pl.coalesce("since", pl.lit(now, UTC_TIME)),
            ended_by=pl.when(replaced_by.is_null()).then(pl.lit(ended_by)).otherwise(pl.lit("replaced")),
            replaced_by=replaced_by,
        )
    )


def _opened(rows: pl.DataFrame) -> pl.DataFrame:
    """Received documents with the columns of open versions."""
    title = pl.when(pl.col("title") == "").then("path").otherwise("title")
    return titles.clean_column(rows.with_columns(valid_from="retrieved_at", title=title))


def versions(lake: Lake, industry: str) -> pl.DataFrame:
    """Rows of ``DOCUMENT_VERSIONS``: all that ended, and the current ones without an end."""
    current, replaced = _split(lake, industry)
    past = appended.read(lake, HISTORY, DOCUMENT_VERSIONS, industry).drop("part")
    pending = _ended(replaced, current, "removed", datetime.now(UTC))
    opened = DOCUMENT_VERSIONS.conform(_opened(current))
    key = list(DOCUMENT_VERSIONS.key)
    # What is current again from the same moment on (a killed process noted its end too early) has not ended.
    ended = pl.concat([past, pending]).join(opened, on=key, how="anti").unique(key, keep="first", maintain_order=True)
    return pl.concat([ended, opened]).sort("path", "valid_from", "document_id")
