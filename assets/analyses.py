"""Passages made searchable, and one asset per analysis: findings with their evidence."""

from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from assets.commerce import DESCRIBED
from assets.conditions import DOWNSTREAM
from assets.step import (
    FRESHNESS,
    INDUSTRIES,
    OWNERS,
    Metadata,
    inputs_hash,
    note_lineage,
    tables_hash,
    unless_unchanged,
)
from assets.tables import LAYER
from market_research.analysis.base import Analysis, Subject
from market_research.analysis.run import ANALYSES, as_of, run_analysis
from market_research.cleaning.schema import DOCUMENTS, FACTS, FINDINGS
from market_research.guard import trained
from market_research.report.markdown import escape
from market_research.version import code_version
from resources import commerce, security
from resources.embedding import embed_passages, wanted
from resources.lake_sql import COMMERCE
from resources.searching import searchable
from resources.vectors import SHAPE
from resources.workspace import Workspace
from resources.workspace_resource import WorkspaceResource

COMMERCE_TABLES = frozenset(name for name, *_ in DESCRIBED)


@dg.asset(
    partitions_def=INDUSTRIES,
    deps=["passages", "mentions"],
    group_name="retrieval",
    kinds={"lancedb", "onnx"},
    owners=OWNERS,
    freshness_policy=FRESHNESS,
    pool="embedding",
    description="Passages embedded and indexed for search by words and by meaning, within kinds, dates and entities.",
    automation_condition=DOWNSTREAM,
)
def passage_vectors(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    space, industry = workspace.workspace(), context.partition_key
    failed = []

    def make() -> Metadata:
        passages = searchable(space.lake, industry)
        made = embed_passages(
            space.settings,
            space.lake,
            space.vectors,
            industry,
            passages,
            run_id=context.run_id,
            progress=lambda n, of: context.log.info(f"Embedded {n} of {of} passages."),
        )
        failed.append(made.problem)
        done = made.done
        said: Metadata = {"passages": done.total, "embedded": done.embedded, "deleted": done.deleted}
        said |= {"suspected": security.judge(space.lake, space.vectors, industry, passages)}
        return said | {"model": made.model} | ({"problem": made.problem} if made.problem else {})

    read = [("clean", "passages"), ("clean", "mentions")]
    inputs = inputs_hash(tables_hash(space.lake, industry, read), wanted(space.settings), SHAPE, trained.version())
    result = unless_unchanged(space, industry, "passage_vectors", inputs, make)
    if any(failed):
        # Another model than the configured one stood in: the next run tries that again.
        space.lake.write_stamp(industry, "asset-passage_vectors", {})
    return result


def analysis_asset(analysis: Analysis) -> dg.AssetsDefinition:
    """The asset of one registered analysis."""

    @dg.asset(
        name=analysis.name,
        key_prefix="analysis",
        partitions_def=INDUSTRIES,
        deps=sorted({"facts", *analysis.inputs, *(name for name in analysis.commerce if name in COMMERCE_TABLES)}),
        group_name="analyses",
        kinds={"polars"},
        owners=OWNERS,
        freshness_policy=FRESHNESS,
        description=analysis.description,
        automation_condition=DOWNSTREAM,
    )
    def run(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
        space, industry = workspace.workspace(), context.partition_key
        marts = [("marts", name) for name in analysis.inputs]
        marts += [(COMMERCE, name) for name in analysis.commerce if name in COMMERCE_TABLES]
        reads = [*marts, ("clean", "facts"), (LAYER, DOCUMENTS.name)]
        name = f"analysis-{analysis.name}"
        inputs = inputs_hash(
            code_version(), space.registry.fingerprint(industry), tables_hash(space.lake, industry, reads)
        )

        def make() -> dict[str, Any]:
            made = _run(space, industry, analysis)
            rows = {("findings", FINDINGS.name): made["findings"], ("derived", FACTS.name): made["derived_facts"]}
            note_lineage(space.lake, industry, name, inputs, reads, rows)
            return made

        return unless_unchanged(space, industry, name, inputs, make)

    return run


def _run(space: Workspace, industry: str, analysis: Analysis) -> dict[str, Any]:
    lake = space.lake
    tables = {name: pl.read_parquet(lake.parts("marts", name, industry)) for name in analysis.inputs}
    tables |= commerce.tables(lake, industry, analysis.commerce) if analysis.commerce else {}
    facts = lake.read("clean", FACTS, industry)
    newest = partial(commerce.newest_record, lake, industry)
    subject = Subject(space.registry.get(industry), as_of(lake.read(LAYER, DOCUMENTS, industry), facts, newest))
    findings, derived = run_analysis(analysis, tables, facts, subject)
    lake.write("derived", FACTS.name, industry, derived, part=analysis.name)
    lake.write("findings", FINDINGS.name, industry, findings, part=analysis.name)
    statements = "\n".join(f"- {escape(text)}" for text in findings["statement"].to_list()[:10])
    return {
        "findings": findings.height,
        "derived_facts": derived.height,
        "statements": dg.MetadataValue.md(statements or "No finding."),
    }


ANALYSIS_ASSETS = [analysis_asset(analysis) for analysis in ANALYSES.values()]
