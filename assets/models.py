"""Trained models: what became of their predictions, and a check that warns when they have become worse.

Versions are trained in the step that takes in what they learn from (``commerce``); here they are watched.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import dagster as dg
import polars as pl
from polars import selectors as cs

from assets.conditions import DOWNSTREAM
from assets.step import (
    FRESHNESS,
    INDUSTRIES,
    OWNERS,
    Metadata,
    inputs_hash,
    markdown_table,
    tables_hash,
    unless_unchanged,
)
from market_research import settings as configuration
from market_research.cleaning.schema import (
    DRIFT_ALERTS,
    MODEL_EVALUATIONS,
    MODEL_PREDICTIONS,
    MODEL_STAGES,
    MODEL_VERSIONS,
    PRODUCT_MATCHES,
)
from market_research.version import code_version
from resources import demand_watch, model_registry, model_watch
from resources.lake import Lake
from resources.lake_sql import COMMERCE
from resources.matching import REFERENCE
from resources.workspace import Workspace
from resources.workspace_resource import WorkspaceResource

READS = [(COMMERCE, name) for name in (demand_watch.FORECASTS, demand_watch.SALES, "review_sentiment")]
READS += [(REFERENCE, PRODUCT_MATCHES.name)]
CHECK = "no_drift"
SEEN = "drift-alerts-seen"
LONGEST = 300
"""Characters of a reason or of what was done, in the tables of the page."""


@dg.asset(
    name="model_evaluations",
    partitions_def=INDUSTRIES,
    deps=[name for _, name in READS],
    group_name="commerce",
    kinds={"parquet"},
    owners=OWNERS,
    freshness_policy=FRESHNESS,
    description=f"{MODEL_EVALUATIONS.description} Beside them `{MODEL_VERSIONS.name}`, `{MODEL_STAGES.name}`, "
    f"`{MODEL_PREDICTIONS.name}` and `{DRIFT_ALERTS.name}`: see `market-research models --help`.",
    automation_condition=DOWNSTREAM,
    check_specs=[
        dg.AssetCheckSpec(
            CHECK, asset="model_evaluations", blocking=False, partitions_def=INDUSTRIES,
            description="Warns when a model's predictions have become worse by more than 10 % since its version was "
            "promoted; the metadata say which, by how much, and what was done.",
        )
    ],
)  # fmt: skip
def model_evaluations(
    context: dg.AssetExecutionContext, workspace: WorkspaceResource
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Compare forecasts with what was sold, look at models that are due, and warn of drift."""
    space, industry = workspace.workspace(), context.partition_key
    lake, now = space.lake, datetime.now(UTC)
    looked = _look_by_the_clock(space, industry, now)
    clock = model_registry.rows(lake, MODEL_EVALUATIONS, industry).filter(trigger="schedule")["evaluation_id"].to_list()
    inputs = inputs_hash(tables_hash(lake, industry, READS), code_version(), clock[-1:])

    def make() -> dict[str, int]:
        return {"actuals": demand_watch.watch_demand(lake, industry, now=now), "by_the_clock": looked}

    result = unless_unchanged(space, industry, "model_evaluations", inputs, make)
    yield result._replace(metadata={**(result.metadata or {}), **_shown(lake, industry)})
    yield _check(space, industry)


def _look_by_the_clock(space: Workspace, industry: str, now: datetime) -> int:
    """Look at models that are due; returns how many were."""
    lake, critical = space.lake, space.settings.critical_models
    if not model_registry.known(lake, industry):
        return 0
    if not any(model_watch.is_due(scope, critical, now) for scope in model_watch.scopes(lake, industry)):
        return 0
    scales = demand_watch.scales(lake, industry)
    return len(model_watch.look_by_the_clock(lake, industry, critical, scales=scales, now=now))


def _shown(lake: Lake, industry: str) -> Metadata:
    """Version, F1 or MAPE of each model in production, and what became of models lately, for the page of the asset."""
    if not model_registry.known(lake, industry):
        return {"dagster/row_count": 0}
    listed = model_registry.listed(lake, industry)
    versions = listed.filter(stage="production")
    looks = model_registry.rows(lake, MODEL_EVALUATIONS, industry)
    metadata: Metadata = {"dagster/row_count": looks.height}
    for row in versions.iter_rows(named=True):
        name = f"{row['model']} ({row['tenant']})"
        metadata[f"{name}: version"] = row["number"]
        for metric in ("macro_f1", "mape_pct"):
            if row[metric] is not None:
                metadata[f"{name}: {metric} at promotion"] = round(row[metric], 4)
            last = looks.filter(version_id=row["version_id"]).tail(1)
            if last.height and last[metric][0] is not None:
                metadata[f"{name}: {metric} lately"] = round(last[metric][0], 4)
    shown = versions.select("tenant", "model", "number", "macro_f1", "mape_pct", "trained_on", "reason", "as_of")
    return {**metadata, **_tables({"in production": shown, **_lately(lake, industry, listed)})}


def _lately(lake: Lake, industry: str, listed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The newest alerts, steps between stages and looks, newest first, each version by its number."""
    steps = _numbered(model_registry.rows(lake, MODEL_STAGES, industry), listed).sort("ordinal", maintain_order=True)
    looks = _numbered(model_registry.rows(lake, MODEL_EVALUATIONS, industry), listed)
    metric = pl.coalesce("macro_f1", "mape_pct")
    return {
        "alerts": _told(_numbered(model_registry.alerts(lake, industry), listed)).reverse(),
        "stages": steps.select("happened_at", "model", "version", "stage", "cause", "by_hand", "reason").reverse(),
        "evaluations": looks.select(
            "evaluated_at", "model", "version", "rows", "baseline", "change_pct", "verdict", now=metric
        ).reverse(),
    }


def _numbered(rows: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """The rows with the number of their version as ``version``."""
    numbers = listed.select("version_id", version="number")
    return rows.join(numbers, on="version_id", how="left", maintain_order="left")


def _told(alerts: pl.DataFrame) -> pl.DataFrame:
    """What a person wants to know of alerts: which version, by how much, how sure that is, and what was done."""
    return alerts.select(
        "model", "version", "kind", "metric", pl.col("old_value").alias("from"), pl.col("new_value").alias("to"),
        "severity", "action",
    )  # fmt: skip


def _tables(frames: Mapping[str, pl.DataFrame]) -> Metadata:
    """Each frame that has rows as a table."""
    return {
        name: dg.MetadataValue.md(markdown_table(frame.with_columns(cs.float().round(4)), width=LONGEST))
        for name, frame in frames.items()
        if frame.height
    }


def _check(space: Workspace, industry: str) -> dg.AssetCheckResult:
    """Fails, as a warning, on alerts of drift that are new since the last look, or about a version that is still in use
    and was not found steady since.
    """
    lake = space.lake
    stamp = lake.read_stamp(industry, SEEN) or {}
    found = model_registry.alerts(lake, industry).filter(pl.col("kind") == "drift", pl.col("severity") != "info")
    metadata: Metadata = {"alerts": found.height}
    open_ = found.clear()
    if found.height:
        listed = model_registry.listed(lake, industry)
        standing = found["version_id"].is_in(_standing(lake, industry, listed).implode())
        seen = found["alert_id"].is_in(list(stamp.get("alerts", [])))
        open_ = _numbered(found.filter(~seen | standing), listed)
        lake.write_stamp(industry, SEEN, {"alerts": found["alert_id"].to_list()})
    if open_.height:
        metadata |= _tables({"open": _told(open_).reverse()})
        metadata["worst_change_pct"] = round(float(open_["change_pct"].abs().max()), 2)  # type: ignore[arg-type]
        for row in open_.iter_rows(named=True):
            name = f"{row['model']} ({row['tenant']}), version {row['version']}: {row['metric']}"
            change = f"{row['old_value']:.4g} to {row['new_value']:.4g} ({row['change_pct']:+.1f} %)"
            metadata[name] = f"{change}. {row['action']}"
    return dg.AssetCheckResult(
        passed=open_.is_empty(), asset_key=dg.AssetKey("model_evaluations"), check_name=CHECK,
        severity=dg.AssetCheckSeverity.WARN, metadata=metadata,
    )  # fmt: skip


def _standing(lake: Lake, industry: str, listed: pl.DataFrame) -> pl.Series:
    """Versions in production that the newest look at them did not find steady."""
    last = model_registry.rows(lake, MODEL_EVALUATIONS, industry).unique("version_id", keep="last", maintain_order=True)
    steady = last.filter(verdict="steady")["version_id"]
    in_use = listed.filter(stage="production")["version_id"]
    return in_use.filter(~in_use.is_in(steady.implode()))


@dg.schedule(
    target=[model_evaluations],
    cron_schedule=configuration.load().evaluation_cron,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Looks at trained models: critical ones each day, the others once a week.",
)
def evaluate_models(context: dg.ScheduleEvaluationContext, workspace: WorkspaceResource) -> Iterator[dg.RunRequest]:
    space, now = workspace.workspace(), context.scheduled_execution_time
    for industry in context.instance.get_dynamic_partitions(INDUSTRIES.name or "industry"):
        models = model_watch.scopes(space.lake, industry) if model_registry.known(space.lake, industry) else []
        if any(model_watch.is_due(scope, space.settings.critical_models, now) for scope in models):
            yield dg.RunRequest(
                run_key=f"models:{industry}:{now:%Y-%m-%dT%H}", partition_key=industry,
                asset_selection=[model_evaluations.key],
            )  # fmt: skip
