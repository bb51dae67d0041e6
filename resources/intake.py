"""Bringing documents in by hand: into the inbox first, so that one way leads on from there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from market_research import files
from market_research.cleaning.schema import QUARANTINE
from market_research.errors import InvalidInput
from resources.inbox import collect
from resources.staging import stage_industry
from resources.workspace import Workspace

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Ingested:
    """What an ingestion brought: one row a document read, and one a record set aside."""

    created: bool
    documents: pl.DataFrame
    refused: pl.DataFrame


def copy_into_inbox(workspace: Workspace, paths: Sequence[Path], industry: str) -> int:
    """Copy files and the contents of folders into an industry's inbox, each atomically; returns how many.

    Raises:
        InvalidInput: a path does not exist or cannot be read.
    """
    inbox = workspace.inbox(industry)
    inbox.mkdir(parents=True, exist_ok=True)
    copied = 0
    for path in paths:
        if not path.exists():
            raise InvalidInput(f"{path} does not exist.")
        base = path if path.is_dir() else path.parent
        listed = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for source in listed:
            try:
                content = source.read_bytes()
            except OSError as error:
                raise InvalidInput(f"{source} cannot be read: {error.strerror}.") from error
            files.write_bytes(inbox / source.relative_to(base), content)
            copied += 1
    return copied


def ingest_files(
    workspace: Workspace, paths: Sequence[Path], industry: str, *, progress: Progress | None = None
) -> Ingested:
    """Copy into the inbox, collect and parse."""
    for path in paths:
        if not path.exists():
            raise InvalidInput(f"{path} does not exist.")
    created = workspace.registry.ensure(industry)
    copy_into_inbox(workspace, paths, industry)
    with workspace.lock(industry):
        collect(workspace.lake, workspace.inbox(industry), industry, max_bytes=workspace.max_bytes)
        staged = stage_industry(workspace.lake, industry, progress=progress)
        quarantine = workspace.lake.read("staged", QUARANTINE, industry)
    rows = [
        (d.path, d.kind, d.document_id, d.facts, d.passages, d.rows, d.quarantined) for d in staged if d.reason is None
    ]
    columns = ["file", "kind", "document_id", "facts", "passages", "rows", "set_aside"]
    documents = pl.DataFrame(
        rows, schema=dict(zip(columns, [pl.String] * 3 + [pl.Int64] * 4, strict=True)), orient="row"
    )
    fresh = [d.document_id for d in staged]
    refused = quarantine.filter(pl.col("document_id").is_in(fresh) | (pl.col("locator") == "whole file"))
    return Ingested(created, documents, refused.select("uri", "locator", "reason"))
