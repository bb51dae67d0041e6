"""One asset per source: asks it for an industry, and never fails a run because a stranger's server did.

How it went is a check that blocks nothing: a warning where some questions were not answered, an error from the third
failure in a row on. What the source gave earlier stays in use. Schedules, one per source, are here too.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
import polars as pl

from assets.step import INDUSTRIES, OWNERS, inputs_hash, markdown_table, table_metadata
from market_research import settings as configuration
from market_research.cleaning.schema import DOCUMENTS, SOURCE_RUNS
from market_research.connectors.base import Connector
from market_research.connectors.registry import connectors
from market_research.report.markdown import escape
from resources.collecting import ALERT_AFTER, FETCHED, LAYER, SourceRun, collect_source, failures_in_a_row
from resources.workspace import Workspace
from resources.workspace_resource import WorkspaceResource

GROUP = "connectors"
CHECK = "answered"
SETTINGS = configuration.load()


def source_key(connector: Connector) -> dg.AssetKey:
    return dg.AssetKey(["source", connector.name])


def source_asset(connector: Connector) -> dg.AssetsDefinition:
    """The asset of one connector."""
    warn = timedelta(hours=connector.freshness_hours)

    @dg.asset(
        key=source_key(connector),
        partitions_def=INDUSTRIES,
        group_name=GROUP,
        kinds={"http"},
        owners=OWNERS,
        pool="fetching",
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=2 * warn, warn_window=warn),
        description=connector.description,
        metadata={"publisher": connector.publisher, "licence": connector.licence or "not stated"},
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=source_key(connector),
                blocking=False,
                partitions_def=INDUSTRIES,
                description="Every question got a fresh answer.",
            )
        ],
    )
    def source(
        context: dg.AssetExecutionContext, workspace: WorkspaceResource
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        space, industry = workspace.workspace(), context.partition_key
        space.registry.ensure(industry)
        with space.fetcher() as fetcher:
            run = collect_source(space, industry, connector, fetcher, progress=context.log.info)
        for problem in run.problems:
            context.log.warning(problem.message)
        yield dg.MaterializeResult(
            metadata={
                **table_metadata(space.lake, FETCHED, DOCUMENTS.name, industry, part=connector.name),
                "status": run.status,
                "asked": run.asked,
                "new": run.new,
                "changed": run.changed,
                "unchanged": run.unchanged,
                "stale": run.stale,
            },
            data_version=dg.DataVersion(documents_version(space, industry, connector.name)),
        )
        yield _check(space, connector, run)

    return source


def documents_version(space: Workspace, industry: str, source: str) -> str:
    """A hash of what the source's documents are: the same after a run that brought nothing new."""
    held = space.lake.read(FETCHED, DOCUMENTS, industry, part=source)
    return inputs_hash(held.select("path", "sha256").sort("path").rows())


def _check(space: Workspace, connector: Connector, run: SourceRun) -> dg.AssetCheckResult:
    """Passed if nothing was left unanswered; an error once the source has failed so often that somebody should look."""
    runs = space.lake.read(LAYER, SOURCE_RUNS, run.industry, part=connector.name)
    failed = failures_in_a_row(runs).height
    metadata: dict[str, Any] = {"failures_in_a_row": failed, "recent": dg.MetadataValue.md(_recent(runs))}
    if run.problems:
        metadata["unanswered"] = dg.MetadataValue.md(
            "\n".join(f"- {escape(problem.message)}" for problem in run.problems[:20])
        )
    if run.skipped:
        metadata["skipped"] = run.skipped
    return dg.AssetCheckResult(
        passed=not run.problems,
        check_name=CHECK,
        asset_key=source_key(connector),
        severity=dg.AssetCheckSeverity.ERROR if failed >= ALERT_AFTER else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def _recent(runs: pl.DataFrame) -> str:
    columns = ["started_at", "status", "asked", "new", "changed", "stale", "failed", "reason"]
    return markdown_table(runs.sort("started_at", descending=True).select(columns))


def source_schedule(connector: Connector) -> dg.ScheduleDefinition:
    """Asks the source for every industry by its clock; off until a user agent is named, since asking tells who asks."""

    @dg.schedule(
        name=f"fetch_{connector.name}",
        target=[source_key(connector)],
        cron_schedule=connector.cron,
        default_status=(dg.DefaultScheduleStatus.RUNNING if SETTINGS.is_named else dg.DefaultScheduleStatus.STOPPED),
        description=f"Asks {connector.title} for every industry.",
    )
    def fetch(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        for industry in context.instance.get_dynamic_partitions(INDUSTRIES.name or "industry"):
            yield dg.RunRequest(
                run_key=f"{connector.name}:{industry}:{context.scheduled_execution_time:%Y-%m-%dT%H:%M}",
                partition_key=industry,
                asset_selection=[source_key(connector)],
            )

    return fetch


SOURCE_ASSETS = [source_asset(connector) for connector in connectors().values()]
SOURCE_SCHEDULES = [source_schedule(connector) for connector in connectors().values()]
