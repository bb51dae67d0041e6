"""From outside to staged records: what the inbox holds becomes raw documents, and those become typed rows.

The checks of staged tables run here, in the step that writes them, because bad rows must not get past it.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.conditions import AFTER_SOURCES, DOWNSTREAM
from assets.connectors import source_key
from assets.step import FRESHNESS, INDUSTRIES, OWNERS, inputs_hash, table_metadata
from market_research.cleaning.schema import (
    DOCUMENT_VERSIONS,
    DOCUMENTS,
    FACTS,
    PASSAGES,
    QUALITY_FLAGS,
    QUARANTINE,
    REPLACED_ROWS,
    SECURITY_EVENTS,
    TABLE_ROWS,
    Table,
)
from market_research.connectors.registry import connectors
from market_research.sources.datasets import DATASET_TABLES
from resources.checks import check_table
from resources.inbox import collect
from resources.received import RECEIVED, received
from resources.staging import LAYER, stage_industry, staging_version
from resources.workspace import Workspace
from resources.workspace_resource import WorkspaceResource

CHECKED: tuple[Table, ...] = (
    DOCUMENTS, DOCUMENT_VERSIONS, FACTS, PASSAGES, TABLE_ROWS, REPLACED_ROWS, *DATASET_TABLES, QUARANTINE,
    SECURITY_EVENTS, QUALITY_FLAGS,
)  # fmt: skip


@dg.asset(
    partitions_def=INDUSTRIES,
    deps=[source_key(connector) for connector in connectors().values()],
    group_name="sources",
    kinds={"file"},
    owners=OWNERS,
    freshness_policy=FRESHNESS,
    description="Documents as received, by content hash: from the industry's inbox folder and from its sources.",
    automation_condition=AFTER_SOURCES,
)
def raw_documents(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    space, industry = workspace.workspace(), context.partition_key
    space.registry.ensure(industry)
    space.registry.set_status(industry, "ingesting")
    collected = collect(space.lake, space.inbox(industry), industry, max_bytes=space.max_bytes)
    for refusal in collected.refusals:
        context.log.warning(f"{refusal.uri}: {refusal.reason}")
    version = inputs_hash(*received(space.lake, industry).select("path", "sha256", "uri", "title").rows())
    return dg.MaterializeResult(
        metadata={
            **table_metadata(space.lake, RECEIVED, DOCUMENTS.name, industry),
            "new_or_changed": len(collected.new),
            "refused": len(collected.refusals),
            "inbox": dg.MetadataValue.path(str(space.inbox(industry))),
        },
        data_version=dg.DataVersion(version),
    )


def _key(table: Table) -> dg.AssetKey:
    return dg.AssetKey([LAYER, table.name])


@dg.multi_asset(
    name="staged",
    specs=[
        dg.AssetSpec(
            _key(table),
            deps=[raw_documents],
            group_name="staging",
            kinds={"parquet"},
            owners=OWNERS,
            freshness_policy=FRESHNESS,
            description=table.description,
            automation_condition=DOWNSTREAM,
        )
        for table in CHECKED
    ],
    check_specs=[
        dg.AssetCheckSpec(
            "schema_and_rules",
            asset=_key(table),
            blocking=True,
            partitions_def=INDUSTRIES,
            description="Columns, keys, nulls, ranges, sets, patterns: the schema registry through Great Expectations, "
            "or through DuckDB where a table is large.",
        )
        for table in CHECKED
    ],
    partitions_def=INDUSTRIES,
)
def staged(
    context: dg.AssetExecutionContext, workspace: WorkspaceResource
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Parse new documents into typed records and check every table against the registry."""
    space, industry = workspace.workspace(), context.partition_key
    space.registry.set_status(industry, "processing")
    parsed = stage_industry(space.lake, industry)
    for document in parsed:
        if document.reason:
            context.log.warning(f"{document.path}: {document.reason}")
    documents = space.lake.read(LAYER, DOCUMENTS, industry).drop("retrieved_at")
    version = inputs_hash(staging_version(), *documents.rows())  # whatever files its rows lie in
    for table in CHECKED:
        fingerprint = space.lake.fingerprint(LAYER, table.name, industry)
        yield dg.MaterializeResult(
            asset_key=_key(table),
            metadata={
                **table_metadata(space.lake, LAYER, table.name, industry),
                "documents_parsed": len(parsed),
                "columns": dg.MetadataValue.table_schema(_columns(table)),
            },
            data_version=dg.DataVersion(version),
        )
        yield _check(space, industry, table, fingerprint)


def _columns(table: Table) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[dg.TableColumn(name=c.name, type=str(c.dtype), description=c.description) for c in table.columns]
    )


def _check(space: Workspace, industry: str, table: Table, fingerprint: str) -> dg.AssetCheckResult:
    """Check a table, unless these very rows passed these very rules before."""
    name = f"check-{table.name}"
    state = inputs_hash(fingerprint, table)
    stamp = space.lake.read_stamp(industry, name)
    metadata: dict[str, Any]
    if stamp is not None and stamp.get("state") == state:
        metadata = {"rules": stamp["rules"], "unchanged": True}
        passed = True
    else:
        outcome = check_table(space.lake, LAYER, table, industry)
        passed = outcome.passed
        metadata = {"rules": outcome.evaluated, "unchanged": False}
        if outcome.failures:
            metadata["failures"] = dg.MetadataValue.md("\n".join(f"- {failure}" for failure in outcome.failures))
        if passed:
            space.lake.write_stamp(industry, name, {"state": state, "rules": outcome.evaluated})
    return dg.AssetCheckResult(passed=passed, asset_key=_key(table), check_name="schema_and_rules", metadata=metadata)
