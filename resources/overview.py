"""Views for people: industries and their state, finished runs, editions and their differences."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import polars as pl

from market_research.cleaning.schema import CLAIMS, SOURCE_RUNS
from market_research.connectors.registry import connectors
from market_research.errors import NotFound
from resources.collecting import SourceRun
from resources.editions import LAYER, latest
from resources.received import received
from resources.runner import Ran
from resources.workspace import Workspace

SIMILAR = 0.6


def industries(workspace: Workspace) -> pl.DataFrame:
    """One row an industry: title, documents, status of its request, newest edition."""
    rows = []
    for key in workspace.registry.known():
        requests = workspace.registry.requests(key).sort("updated_at")
        newest = latest(workspace.lake, key)
        rows.append(
            {
                "industry": key,
                "title": workspace.registry.get(key).display_title,
                "documents": received(workspace.lake, key).height,
                "status": requests["status"][-1] if requests.height else "",
                "edition": str(newest["edition_id"]) if newest else "",
                "as_of": str(newest["as_of"]) if newest else "",
            }
        )
    return pl.DataFrame(rows)


def source_runs(runs: Sequence[SourceRun]) -> pl.DataFrame:
    """One row a run of a source: how many questions, what came of them, and why not more."""
    rows = [
        {
            "source": run.source, "result": run.status, "asked": run.asked, "new": run.new, "changed": run.changed,
            "unchanged": run.unchanged, "stale": run.stale, "failed": len(run.problems) - run.stale,
        }
        for run in runs
    ]  # fmt: skip
    return pl.DataFrame(rows)


def known_sources(workspace: Workspace, industry: str | None = None) -> pl.DataFrame:
    """One row a source: what comes of it, what it needs; with an industry, how the last asking went."""
    rows: list[dict[str, Any]] = []
    for connector in connectors().values():
        row: dict[str, Any] = {"source": connector.name, "description": connector.description}
        if industry is None:
            row |= {"licence": connector.licence or "", "needs": ", ".join(connector.needs)}
        else:
            runs = workspace.lake.read("sources", SOURCE_RUNS, industry, part=connector.name).sort("started_at")
            last = runs.row(-1, named=True) if runs.height else {}
            row |= {name: last.get(name) for name in ("status", "started_at", "new", "changed", "reason")}
        rows.append(row)
    return pl.DataFrame(rows)


def finished(workspace: Workspace, ran: Sequence[Ran]) -> pl.DataFrame:
    """One row a run: what the edition holds and where it lies."""
    rows: list[dict[str, Any]] = []
    for item in ran:
        newest = latest(workspace.lake, item.industry)
        if newest is None:
            rows.append(
                {"industry": item.industry, "result": "run finished", "kept": None, "refused": None, "report": ""}
            )
            continue
        claims = workspace.lake.read(LAYER, CLAIMS, item.industry).filter(pl.col("edition_id") == newest["edition_id"])
        rows.append(
            {
                "industry": item.industry,
                "result": "unchanged" if item.unchanged else "finished",
                "kept": int((claims["verdict"] == "kept").sum()),
                "refused": int((claims["verdict"] == "refused").sum()),
                "report": str(
                    workspace.settings.root / str(newest["pdf_path"] or newest["html_path"] or newest["json_path"])
                ),
            }
        )
    return pl.DataFrame(rows)


def edition(workspace: Workspace, name: str) -> dict[str, Any]:
    """The edition of this id, or the newest of the industry of this name.

    Raises:
        NotFound: neither.
    """
    frame = workspace.warehouse.query(
        "SELECT * FROM editions WHERE edition_id = ? OR (industry = ? AND instruction IS NULL) "
        "ORDER BY created_at DESC LIMIT 1",
        [name, name],
    )
    if frame.is_empty():
        raise NotFound(f"There is no edition or industry {name!r}; `market-research report list` shows what there is.")
    return frame.row(0, named=True)


def report_file(workspace: Workspace, name: str, format: str) -> Path:
    """Path of a report's file; ``name`` as in ``edition``.

    Raises:
        NotFound: no such edition, or it was not made in this format.
    """
    found = edition(workspace, name)
    path = found[f"{format}_path"]
    if path is None:
        made = [key.removesuffix("_path") for key, value in found.items() if key.endswith("_path") and value]
        raise NotFound(f"{found['edition_id']} was not made as {format}; its instruction asked for {', '.join(made)}.")
    return workspace.settings.root / str(path)


def difference(workspace: Workspace, name: str, other: str | None = None) -> pl.DataFrame:
    """What changed from an earlier edition to a later one: columns change (new, gone, changed), section, before, after.

    Raises:
        NotFound: an edition does not exist, or there is none before.
    """
    newer = edition(workspace, name)
    earlier = other or newer["previous_edition_id"]
    if not earlier:
        raise NotFound(
            f"{newer['edition_id']} is the first edition of {newer['industry']}; there is none to compare it with."
        )
    older = edition(workspace, str(earlier))
    before, after = (_said(workspace, row["edition_id"]) for row in (older, newer))
    gone = [item for item in before if item not in after]
    new = [item for item in after if item not in before]
    rows = []
    for section, text in new:
        pair = max(
            ((SequenceMatcher(None, old, text).ratio(), old) for where, old in gone if where == section),
            default=(0.0, ""),
        )
        if pair[0] >= SIMILAR:
            gone.remove((section, pair[1]))
            rows.append(("changed", section, pair[1], text))
        else:
            rows.append(("new", section, "", text))
    rows += [("gone", section, text, "") for section, text in gone]
    schema = dict.fromkeys(("change", "section", "before", "after"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _said(workspace: Workspace, edition_id: str) -> list[tuple[str, str]]:
    frame = workspace.warehouse.query(
        "SELECT section, text FROM claims WHERE edition_id = ? AND verdict = 'kept' ORDER BY ordinal", [edition_id]
    )
    return list(dict.fromkeys(frame.rows()))
