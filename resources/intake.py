"""Bringing documents in by hand: into the inbox first, so that one way leads on from there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from market_research import files
from market_research.errors import InvalidInput
from resources.inbox import Refusal, collect, take
from resources.staging import is_of_this_version, stage_industry, stage_rows
from resources.workspace import Workspace

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Ingested:
    """What an ingestion brought: one row a document read, and one a record set aside."""

    created: bool
    documents: pl.DataFrame
    refused: pl.DataFrame


def copy_into_inbox(workspace: Workspace, paths: Sequence[Path], industry: str) -> list[str]:
    """Copy files and the contents of folders into an industry's inbox, each atomically; returns where they are there.

    Raises:
        InvalidInput: a path does not exist or cannot be read.
    """
    inbox = workspace.inbox(industry)
    inbox.mkdir(parents=True, exist_ok=True)
    copied: list[str] = []
    for path in paths:
        if not path.exists():
            raise InvalidInput(f"{path} does not exist.")
        base = path if path.is_dir() else path.parent
        listed = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for source in listed:
            try:
                files.copy(source, inbox / source.relative_to(base))
            except OSError as error:
                raise InvalidInput(f"{source} cannot be read: {error.strerror}.") from error
            copied.append(source.relative_to(base).as_posix())
    return copied


def ingest_files(
    workspace: Workspace, paths: Sequence[Path], industry: str, *, progress: Progress | None = None
) -> Ingested:
    """Copy into the inbox, take and parse. New content costs the same however many documents there are."""
    for path in paths:
        if not path.exists():
            raise InvalidInput(f"{path} does not exist.")
    created = workspace.registry.ensure(industry)
    copied = copy_into_inbox(workspace, paths, industry)
    lake, inbox = workspace.lake, workspace.inbox(industry)
    refusals: tuple[Refusal, ...] = ()
    with workspace.lock(industry):
        taken = None
        if is_of_this_version(lake, industry):
            taken = take(lake, inbox, industry, copied, max_bytes=workspace.max_bytes)
        if taken is not None:
            staged = stage_rows(lake, industry, taken, progress=progress)
        else:
            collected = collect(lake, inbox, industry, max_bytes=workspace.max_bytes, anew=copied)
            refusals = collected.refusals
            staged = stage_industry(lake, industry, progress=progress)
    rows = [
        (d.path, d.kind, d.document_id, d.facts, d.passages, d.rows, d.set_aside.height)
        for d in staged
        if d.reason is None
    ]
    columns = ["file", "kind", "document_id", "facts", "passages", "rows", "set_aside"]
    documents = pl.DataFrame(
        rows, schema=dict(zip(columns, [pl.String] * 3 + [pl.Int64] * 4, strict=True)), orient="row"
    )
    whole = pl.DataFrame(
        [(refusal.uri, "whole file", refusal.reason) for refusal in refusals],
        schema=dict.fromkeys(("uri", "locator", "reason"), pl.String), orient="row",
    )  # fmt: skip
    refused = [d.set_aside.select("uri", "locator", "reason") for d in staged]
    return Ingested(created, documents, pl.concat([*refused, whole]))
