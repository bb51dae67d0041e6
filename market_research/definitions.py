"""The one place where assets, resources, checks and automation meet."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from assets import analyses, automation, commerce, connectors, models, reports, sources, tables
from resources.workspace_resource import WorkspaceResource

ASSETS: list[dg.AssetsDefinition] = [
    *connectors.SOURCE_ASSETS,
    sources.raw_documents,
    sources.staged,
    tables.definition,
    tables.near_duplicates,
    *tables.SQL_ASSETS,
    commerce.commerce,
    models.model_evaluations,
    analyses.passage_vectors,
    *analyses.ANALYSIS_ASSETS,
    reports.report,
    reports.warehouse,
]


def build_defs(resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """The definitions; tests and the command line override resources here."""
    return dg.Definitions(
        assets=ASSETS,
        jobs=automation.JOBS,
        sensors=automation.SENSORS,
        schedules=[*automation.SCHEDULES, *connectors.SOURCE_SCHEDULES, models.evaluate_models],
        resources={"workspace": WorkspaceResource(), **(resource_overrides or {})},
        executor=dg.in_process_executor,
    )


defs = build_defs()
