"""What all assets share: the partitions, skipping what has not changed, and metadata that helps in the UI."""

import hashlib
import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl

from market_research import settings as configuration
from market_research.report.markdown import escape
from market_research.version import code_version
from resources import audit
from resources.lake import Lake
from resources.workspace import Workspace

# Checks by partition and conditions of our own are young in Dagster; users cannot act on being told so.
for _kind in (dg.PreviewWarning, dg.BetaWarning):
    warnings.filterwarnings("ignore", category=_kind, module=r"assets\.")

INDUSTRIES = dg.DynamicPartitionsDefinition(name="industry")
_HOURS = configuration.load().freshness_hours
FRESHNESS = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=_HOURS), warn_window=timedelta(hours=0.9 * _HOURS)
)
OWNERS = ["team:analysts"]
PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 8

Metadata = dict[str, Any]


def inputs_hash(*parts: object) -> str:
    """One hash over whatever an asset is made from."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def tables_hash(lake: Lake, industry: str, tables: Iterable[tuple[str, str]]) -> str:
    """One hash over the present state of these tables (layer, name)."""
    return inputs_hash(*((layer, name, lake.fingerprint(layer, name, industry)) for layer, name in sorted(tables)))


def unless_unchanged(
    workspace: Workspace,
    industry: str,
    name: str,
    inputs: str,
    make: Callable[[], Metadata],
    *,
    reads: Iterable[tuple[str, str]] = (),
    outputs: Iterable[tuple[str, str]] = (),
) -> dg.MaterializeResult:
    """Run ``make`` unless the asset was last made from these inputs and its outputs are still there.

    What was made is noted in the lineage: each table of ``reads`` to each of ``outputs`` (layer, name).

    The stamp is written last, so an asset killed halfway is made again. The data version is the hash of
    the inputs: everything here is a function of them.
    """
    lake = workspace.lake
    stamp = lake.read_stamp(industry, f"asset-{name}")
    present = all(lake.parts(layer, table, industry) for layer, table in outputs)
    unchanged = present and stamp is not None and stamp.get("inputs") == inputs
    metadata = {} if unchanged else make()
    if not unchanged:
        plain = {key: value for key, value in metadata.items() if isinstance(value, int | float | str)}
        lake.write_stamp(industry, f"asset-{name}", {"inputs": inputs, "metadata": plain})
    elif stamp is not None:
        metadata = dict(stamp.get("metadata", {}))
    rows: dict[tuple[str, str], int] = {}
    for layer, table in outputs:
        shown = table_metadata(lake, layer, table, industry)
        rows[layer, table] = shown["dagster/row_count"]
        metadata |= shown
    if not unchanged:
        note_lineage(lake, industry, name, inputs, reads, rows)
    return dg.MaterializeResult(metadata={**metadata, "unchanged": unchanged}, data_version=dg.DataVersion(inputs))


def note_lineage(
    lake: Lake,
    industry: str,
    name: str,
    inputs: str,
    reads: Iterable[tuple[str, str]],
    rows: Mapping[tuple[str, str], int],
) -> None:
    """Append which tables an asset read and wrote; ``rows`` counts those written."""
    audit.link(
        lake,
        industry,
        [
            {
                "source_table": ".".join(source),
                "target_table": ".".join(target),
                "transformation": name,
                "code_version": code_version()[:16],
                "inputs": inputs,
                "rows_out": count,
            }
            for source in sorted(reads)
            for target, count in rows.items()
        ],
    )


def table_metadata(lake: Lake, layer: str, table: str, industry: str, *, part: str | None = None) -> Metadata:
    """Row count, folder and a preview of a table of the lake, or of one of its parts."""
    paths = lake.parts(layer, table, industry, only=None if part is None else [part])
    if not paths:
        return {"dagster/row_count": 0}
    rows = sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in paths)
    first = next((head for path in paths if (head := pl.read_parquet(path, n_rows=PREVIEW_ROWS)).height), None)
    metadata: Metadata = {
        "dagster/row_count": rows,
        "folder": dg.MetadataValue.path(lake.place(layer, table, industry)),
    }
    if first is not None:
        metadata["preview"] = dg.MetadataValue.md(markdown_table(first))
    return metadata


def markdown_table(frame: pl.DataFrame, *, width: int = 60) -> str:
    """The first rows and columns of a frame as a Markdown table, text from outside escaped.

    Values longer than ``width`` characters are cut, times told to the minute, nulls left out.
    """
    shown = frame.select(frame.columns[:PREVIEW_COLUMNS]).head(PREVIEW_ROWS)

    def cell(value: object) -> str:
        if value is None:
            return ""
        text = f"{value:,.6g}" if isinstance(value, float) else str(value)
        if isinstance(value, datetime):
            text = f"{value:%Y-%m-%d %H:%M}"
        text = " ".join(text.split())
        return escape(text if len(text) <= width else text[: width - 3] + "…")

    head = " | ".join(shown.columns)
    rule = " | ".join("---" for _ in shown.columns)
    lines = [" | ".join(cell(value) for value in row) for row in shown.rows()]
    return "\n".join(f"| {line} |" for line in (head, rule, *lines))


def bars(values: Mapping[str, float], *, unit: str = "") -> str:
    """A bar chart in Markdown: one row per name, largest first."""
    top = max(values.values(), default=0) or 1
    ordered = sorted(values.items(), key=lambda item: -item[1])[:12]
    lines = [
        f"| {escape(name)} | {'█' * max(1, round(24 * value / top))} | {value:,.1f}{unit} |" for name, value in ordered
    ]
    return "\n".join(("| | | |", "|---|---|---:|", *lines))
