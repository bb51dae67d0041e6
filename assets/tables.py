"""Reference tables, and every SQL file as an asset: what analysts read."""

import dagster as dg

from assets.conditions import DOWNSTREAM
from assets.sources import LAYER, _key
from assets.step import FRESHNESS, INDUSTRIES, OWNERS, inputs_hash, tables_hash, unless_unchanged
from market_research.cleaning import reference as build
from market_research.cleaning.schema import (
    DOCUMENT_VERSIONS,
    DOCUMENTS,
    ENTITIES,
    FACTS,
    NEAR_DUPLICATES,
    PASSAGES,
    SOURCE_RUNS,
)
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import SqlTable, read_all
from market_research.version import code_version
from resources.lake_sql import COMMERCE, layer_of, run_sql_table
from resources.staleness import SOURCES, stale_sources
from resources.workspace_resource import WorkspaceResource

REFERENCE = dg.AssetKey("reference")
REFERENCE_TABLES = (
    "companies",
    "company_names",
    "name_matches",
    "terms",
    "metric_concepts",
    "countries",
    "territories",
    "period",
    "stale_sources",
)


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            REFERENCE,
            deps=[_key(DOCUMENTS), _key(FACTS)],
            group_name="staging",
            kinds={"parquet"},
            owners=OWNERS,
            freshness_policy=FRESHNESS,
            description="Who the companies are, under which names they appear, and which terms to look for.",
            automation_condition=DOWNSTREAM,
        ),
        dg.AssetSpec(
            dg.AssetKey("entities"),
            deps=[_key(DOCUMENTS), _key(FACTS)],
            group_name="staging",
            kinds={"parquet"},
            owners=OWNERS,
            freshness_policy=FRESHNESS,
            description=ENTITIES.description,
            automation_condition=DOWNSTREAM,
        ),
    ],
    partitions_def=INDUSTRIES,
)
def definition(context: dg.AssetExecutionContext, workspace: WorkspaceResource):  # type: ignore[no-untyped-def]
    """Resolve names and write the reference tables."""
    space, industry = workspace.workspace(), context.partition_key
    lake = space.lake
    space.registry.set_status(industry, "analysing")
    request = space.registry.get(industry)
    reads = [(LAYER, DOCUMENTS.name), (LAYER, FACTS.name), (SOURCES, SOURCE_RUNS.name)]
    inputs = inputs_hash(
        tables_hash(lake, industry, reads),
        space.registry.fingerprint(industry),
        code_version(),
    )

    def make() -> dict[str, int]:
        documents = lake.read(LAYER, DOCUMENTS, industry)
        stated = lake.read(LAYER, FACTS, industry)["entity"].unique().sort().to_list()
        tables = build.reference_tables(request, documents, stated)
        tables["stale_sources"] = stale_sources(lake, industry)
        for name, frame in tables.items():
            lake.write("reference", name, industry, frame)
        lake.write("clean", ENTITIES.name, industry, build.entities(request, tables))
        return {"names_met": len(stated), "names_resolved": tables["company_names"].height}

    outputs = [("reference", name) for name in REFERENCE_TABLES]
    outputs.append(("clean", ENTITIES.name))
    result = unless_unchanged(space, industry, "reference", inputs, make, reads=reads, outputs=outputs)
    for key in (REFERENCE, dg.AssetKey("entities")):
        yield result._replace(asset_key=key)


@dg.asset(
    partitions_def=INDUSTRIES,
    deps=[_key(DOCUMENTS), _key(PASSAGES)],
    group_name="staging",
    kinds={"parquet"},
    owners=OWNERS,
    freshness_policy=FRESHNESS,
    description=NEAR_DUPLICATES.description,
    automation_condition=DOWNSTREAM,
)
def near_duplicates(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    space, industry = workspace.workspace(), context.partition_key
    lake = space.lake
    inputs = inputs_hash(tables_hash(lake, industry, [(LAYER, DOCUMENTS.name), (LAYER, PASSAGES.name)]), code_version())

    def make() -> dict[str, int]:
        from market_research.cleaning import duplicates

        found = duplicates.near_duplicates(lake.read(LAYER, PASSAGES, industry), lake.read(LAYER, DOCUMENTS, industry))
        lake.write("reference", NEAR_DUPLICATES.name, industry, found)
        return {"copies": found["document_id"].n_unique()}

    return unless_unchanged(
        space, industry, "near_duplicates", inputs, make, outputs=[("reference", NEAR_DUPLICATES.name)]
    )


def _dependency(schema: str, name: str) -> dg.AssetKey:
    if schema == LAYER:
        return dg.AssetKey([LAYER, name])
    if schema in ("history", "corrections"):
        return _key(DOCUMENT_VERSIONS)  # written with it, or by hand
    return REFERENCE if schema == "reference" and name in REFERENCE_TABLES else dg.AssetKey(name)


def sql_asset(table: SqlTable) -> dg.AssetsDefinition:
    """The asset of one SQL file."""

    @dg.asset(
        name=table.name,
        partitions_def=INDUSTRIES,
        deps=sorted({_dependency(schema, name) for schema, name in table.inputs}),
        group_name=table.layer,
        kinds={"duckdb", "sql"},
        owners=OWNERS,
        freshness_policy=FRESHNESS,
        code_version=table.version,
        description=f"{table.description}\n\n```sql\n{table.statement.strip()}\n```",
        automation_condition=DOWNSTREAM,
    )
    def sql_table(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
        space, industry = workspace.workspace(), context.partition_key
        tables = space.sql_tables
        read = [(schema or layer_of(tables[name]), name) for schema, name in table.inputs]
        inputs = inputs_hash(table.version, tables_hash(space.lake, industry, read))
        return unless_unchanged(
            space,
            industry,
            table.name,
            inputs,
            lambda: {"rows": run_sql_table(space.lake, industry, table, tables).height},
            reads=read,
            outputs=[(layer_of(table), table.name)],
        )

    return sql_table


SQL_ASSETS = [sql_asset(table) for table in read_all(SQL_FOLDER).values() if table.layer != COMMERCE]
