"""Who did what to which record, and which transformation made what: rows that are only ever added."""

import getpass
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import polars as pl

from market_research.cleaning.schema import AUDIT_LOG, LINEAGE, Table
from market_research.ids import content_id
from resources import appended
from resources.lake import Lake

LAYER = "audit"
_actor: ContextVar[str | None] = ContextVar("actor", default=None)


def actor() -> str:
    """Who acts now: a Dagster run where one was named, else the user of the operating system."""
    try:
        return _actor.get() or getpass.getuser()
    except (OSError, KeyError):
        return "unknown user"


@contextmanager
def acting_as(name: str) -> Generator[None]:
    token = _actor.set(name)
    try:
        yield
    finally:
        _actor.reset(token)


def record(lake: Lake, industry: str, operations: Iterable[Mapping[str, Any]], *, now: datetime | None = None) -> None:
    """Append one batch: mappings with operation, record_id and, where known, original, changed and reason."""
    at, who = now or datetime.now(UTC), actor()
    rows = [
        {
            "audit_id": content_id("audit", industry, at.isoformat(), number, item["operation"], item["record_id"]),
            "industry": industry,
            "logged_at": at,
            "actor": who,
            **item,
        }
        for number, item in enumerate(operations)
    ]
    _append(lake, AUDIT_LOG, industry, rows)


def link(lake: Lake, industry: str, links: Iterable[Mapping[str, Any]], *, now: datetime | None = None) -> None:
    """Append what one step made of what: mappings with the columns of ``LINEAGE`` but id, industry and time."""
    at = now or datetime.now(UTC)
    rows = [
        {
            "lineage_id": content_id("lin", industry, at.isoformat(), number, *map(str, item.values())),
            "industry": industry,
            "logged_at": at,
            **item,
        }
        for number, item in enumerate(links)
    ]
    _append(lake, LINEAGE, industry, rows)


def _append(lake: Lake, table: Table, industry: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        appended.append(lake, LAYER, table, industry, table.frame(rows))
        appended.compact(lake, LAYER, table, industry)


def log(lake: Lake, industry: str) -> pl.DataFrame:
    """Rows of ``AUDIT_LOG``, oldest first, each once."""
    rows = appended.read(lake, LAYER, AUDIT_LOG, industry).drop("part")
    return rows.unique("audit_id", keep="first", maintain_order=True).sort("logged_at", maintain_order=True)


def lineage(lake: Lake, industry: str) -> pl.DataFrame:
    """Rows of ``LINEAGE``, oldest first, each once."""
    rows = appended.read(lake, LAYER, LINEAGE, industry).drop("part")
    return rows.unique("lineage_id", keep="first", maintain_order=True).sort("logged_at", maintain_order=True)
