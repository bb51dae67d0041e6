"""The finished edition, and the warehouse that shows everything to analysts."""

import dagster as dg
import polars as pl

from assets.analyses import ANALYSIS_ASSETS
from assets.commerce import commerce
from assets.conditions import DOWNSTREAM
from assets.models import model_evaluations
from assets.sources import CHECKED as STAGED_TABLES
from assets.step import FRESHNESS, INDUSTRIES, OWNERS, Metadata, bars, note_lineage
from assets.tables import SQL_ASSETS
from market_research.cleaning.schema import CLAIMS, FRAMEWORK_ITEMS
from market_research.settings import FORMATS
from market_research.writing.frameworks.progress import Notify, Progress
from resources.editions import LAYER, latest
from resources.workspace import FORCE_TAG, Workspace
from resources.workspace_resource import WorkspaceResource


@dg.asset(
    partitions_def=INDUSTRIES,
    deps=[*ANALYSIS_ASSETS, commerce, "passage_vectors", "entities", dg.AssetKey(["staged", "quarantine"])],
    group_name="reports",
    kinds={"pdf", "markdown", "html", "json"},
    owners=OWNERS,
    freshness_policy=FRESHNESS,
    pool="rendering",
    description="The finished report in five formats; every sentence past the gate, every number traced.",
    automation_condition=DOWNSTREAM,
)
def report(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    space, industry = workspace.workspace(), context.partition_key
    forced = FORCE_TAG in context.run.tags
    if not forced and space.press.is_current(industry):
        metadata: Metadata = {"unchanged": True}
    else:
        space.registry.set_status(industry, "generating")
        made = space.press.make(industry, run_id=context.run_id, notify=_told(context))
        items = space.lake.read(LAYER, FRAMEWORK_ITEMS, industry).filter(pl.col("edition_id") == made.edition_id)
        reads = [("findings", "findings"), ("derived", "facts"), ("clean", "facts"), ("clean", "passages")]
        counts = {(LAYER, CLAIMS.name): made.kept + made.refused, (LAYER, FRAMEWORK_ITEMS.name): items.height}
        note_lineage(space.lake, industry, "report", made.edition_id, reads, counts)
        metadata = {
            "unchanged": False,
            "sections": made.sections,
            "figures": made.figures,
            "sources": made.sources,
            "framework_rows": int((items["kind"] == "item").sum()),
        }
    newest = latest(space.lake, industry)
    assert newest is not None
    edition_id = str(newest["edition_id"])
    space.registry.set_status(industry, "completed", edition_id=edition_id)
    claims = space.lake.read(LAYER, CLAIMS, industry).filter(pl.col("edition_id") == edition_id)
    return dg.MaterializeResult(
        metadata={
            **metadata,
            "edition": edition_id,
            "as_of": str(newest["as_of"]),
            "claims_kept": int((claims["verdict"] == "kept").sum()),
            "claims_refused": int((claims["verdict"] == "refused").sum()),
            **_links(space, newest),
            **_share_chart(space, industry),
        },
        data_version=dg.DataVersion(edition_id),
    )


def _told(context: dg.AssetExecutionContext) -> Notify:
    """Progress of frameworks in the run's log, and an observation of the report for each source that was read."""

    def told(progress: Progress) -> None:
        context.log.info(f"{progress.subject}, {progress.title}: {progress.description} ({progress.percent} %)")
        if progress.completed:
            context.log_event(
                dg.AssetObservation(
                    context.asset_key,
                    partition=context.partition_key,
                    description=f"Framework rows about {progress.subject} from {progress.title}.",
                    metadata={"subject": progress.subject, "source": progress.source_id, "percent": progress.percent},
                )
            )

    return told


def _links(space: Workspace, newest: dict[str, object]) -> Metadata:
    made = {kind: newest[f"{kind}_path"] for kind in FORMATS}
    paths = {kind: space.settings.root / str(path) for kind, path in made.items() if path}
    return {
        "open": dg.MetadataValue.url((paths.get("html") or paths["json"]).as_uri()),
        **{kind: dg.MetadataValue.path(str(path)) for kind, path in paths.items()},
    }


def _share_chart(space: Workspace, industry: str) -> Metadata:
    shares = pl.read_parquet(space.lake.parts("marts", "market_share", industry))
    if shares.is_empty():
        return {}
    newest = shares.filter(pl.col("fiscal_year") == _reference_year(space, industry))
    return {"shares": dg.MetadataValue.md(bars(dict(newest.select("company", "share_pct").rows()), unit=" %"))}


def _reference_year(space: Workspace, industry: str) -> int:
    sizes = pl.read_parquet(space.lake.parts("marts", "market_size", industry))
    return int(sizes.filter("is_reference")["fiscal_year"][0])


@dg.asset(
    partitions_def=INDUSTRIES,
    deps=[
        report,
        *SQL_ASSETS,
        commerce,
        model_evaluations,
        *(dg.AssetKey(["staged", table.name]) for table in STAGED_TABLES),
    ],
    group_name="reports",
    kinds={"duckdb"},
    owners=OWNERS,
    freshness_policy=FRESHNESS,
    description="The DuckDB file that analysts query: built beside the old one and swapped in.",
    automation_condition=DOWNSTREAM,
)
def warehouse(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    space, industry = workspace.workspace(), context.partition_key
    published = space.publish(industry)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": published.rows,
            "tables": published.tables,
            "size_mb": round(published.size_bytes / 2**20, 2),
            "file": dg.MetadataValue.path(str(space.settings.warehouse)),
            "query": dg.MetadataValue.md('`market-research sql "SELECT * FROM market_share"`'),
        }
    )
