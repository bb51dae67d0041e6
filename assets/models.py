"""Trained models: what became of their predictions, and a check that warns when they have become worse.

Versions are trained in the step that takes in what they learn from (``commerce``); here they are watched.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
import polars as pl

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
)
from market_research.version import code_version
from resources import demand_watch, model_registry, model_watch
from resources.lake import Lake
from resources.lake_sql import COMMERCE
from resources.workspace import Workspace
from resources.workspace_resource import WorkspaceResource

READS = [(COMMERCE, name) for name in (demand_watch.FORECASTS, demand_watch.SALES, "review_sentiment")]
CHECK = "no_drift"
SEEN = "drift-alerts-seen"


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
    """Version, F1 or MAPE of each model in production, for the page of the asset."""
    if not model_registry.known(lake, industry):
        return {"dagster/row_count": 0}
    versions = model_registry.listed(lake, industry).filter(stage="production")
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
    shown = versions.select("tenant", "model", "number", "stage", "macro_f1", "mape_pct", "trained_on", "reason")
    return {**metadata, "in production": dg.MetadataValue.md(markdown_table(shown))}


def _check(space: Workspace, industry: str) -> dg.AssetCheckResult:
    """Fails, as a warning, on alerts of drift that are new since the last look or about a version still in use."""
    lake = space.lake
    stamp = lake.read_stamp(industry, SEEN) or {}
    found = model_registry.alerts(lake, industry).filter(pl.col("kind") == "drift", pl.col("severity") != "info")
    in_use = (
        model_registry.listed(lake, industry).filter(stage="production")["version_id"].to_list() if found.height else []
    )
    open_ = found.filter(~found["alert_id"].is_in(list(stamp.get("alerts", []))) | found["version_id"].is_in(in_use))
    if found.height:
        lake.write_stamp(industry, SEEN, {"alerts": found["alert_id"].to_list()})
    metadata: Metadata = {"alerts": found.height}
    if open_.height:
        shown = open_.select("model", "metric", "old_value", "new_value", "change_pct", "severity", "rows", "action")
        metadata["open"] = dg.MetadataValue.md(markdown_table(shown))
        metadata["worst_change_pct"] = float(open_["change_pct"].abs().max())  # type: ignore[arg-type]
    return dg.AssetCheckResult(
        passed=open_.is_empty(), asset_key=dg.AssetKey("model_evaluations"), check_name=CHECK,
        severity=dg.AssetCheckSeverity.WARN, metadata=metadata,
    )  # fmt: skip


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
