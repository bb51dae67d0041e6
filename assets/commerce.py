"""Commerce: records of offers cleaned, identified and compared. One step, for there are many small tables."""

from collections.abc import Iterator

import dagster as dg

from assets.conditions import DOWNSTREAM
from assets.sources import LAYER, _key
from assets.step import FRESHNESS, INDUSTRIES, OWNERS, inputs_hash, table_metadata, tables_hash, unless_unchanged
from market_research.cleaning.schema import (
    COMMERCE,
    DEMAND,
    DOCUMENTS,
    MATCH_DECISIONS,
    PRICE_ELASTICITIES,
    PRICE_RECOMMENDATIONS,
    PRODUCT_MATCHES,
    SENTIMENT,
)
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_all
from market_research.version import code_version
from resources.commerce import REFERENCES, write_prices, write_references
from resources.demand import write_demand
from resources.lake_sql import COMMERCE as COMMERCE_LAYER
from resources.lake_sql import run_sql_table
from resources.matching import REVIEWS, write_matches
from resources.model_registry import decided_by_hand
from resources.sentiment import write_sentiment
from resources.workspace_resource import WorkspaceResource

TABLES = [table for table in read_all(SQL_FOLDER).values() if table.layer == COMMERCE_LAYER]
MADE = (PRICE_ELASTICITIES, PRICE_RECOMMENDATIONS, *SENTIMENT, *DEMAND)
DESCRIBED = [("offers", "Every offer that records name, with its SKU in one form and its trade item number.", "")]
DESCRIBED += [(made.name, made.description, "") for made in (PRODUCT_MATCHES, *MADE)]
DESCRIBED += [(table.name, table.description, table.statement) for table in TABLES]
MATCHES = ("reference", PRODUCT_MATCHES.name)
READS = [*((LAYER, table.name) for table in (*COMMERCE, DOCUMENTS)), (REVIEWS, MATCH_DECISIONS.name)]


@dg.multi_asset(
    name="commerce",
    specs=[
        dg.AssetSpec(
            dg.AssetKey(name),
            deps=[_key(table) for table in (*COMMERCE, DOCUMENTS)],
            group_name="commerce",
            kinds={"duckdb", "sql"} if statement else {"parquet"},
            owners=OWNERS,
            freshness_policy=FRESHNESS,
            description=f"{description}\n\n```sql\n{statement.strip()}\n```" if statement else description,
            automation_condition=DOWNSTREAM,
        )
        for name, description, statement in DESCRIBED
    ],
    partitions_def=INDUSTRIES,
)
def commerce(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> Iterator[dg.MaterializeResult]:
    """Name the offers, then run the SQL files of commerce in the order of what they read."""
    space, industry = workspace.workspace(), context.partition_key
    lake, request = space.lake, space.registry.get(industry)
    inputs = inputs_hash(
        tables_hash(lake, industry, READS),
        space.registry.fingerprint(industry),
        code_version(),
        *(table.version for table in TABLES),
        *decided_by_hand(lake, industry),
    )

    def make() -> dict[str, int]:
        write_references(lake, request)
        matched = None
        for table in TABLES:
            if matched is None and MATCHES in table.inputs:
                matched = write_matches(lake, space.settings, industry)
            run_sql_table(lake, industry, table, space.sql_tables)
        write_prices(lake, industry, request.commerce)
        felt = write_sentiment(lake, space.settings, industry)
        return {"pairs": matched or 0, **felt, **write_demand(lake, space.settings, industry)}

    places = {name: COMMERCE_LAYER for name, *_ in DESCRIBED} | {"offers": "reference", MATCHES[1]: MATCHES[0]}
    outputs = list(dict.fromkeys([*(("reference", name) for name in REFERENCES), *((v, k) for k, v in places.items())]))
    result = unless_unchanged(space, industry, "commerce", inputs, make, reads=READS, outputs=outputs)
    unchanged = bool(result.metadata and result.metadata["unchanged"])
    for name, layer in places.items():
        metadata = {**table_metadata(lake, layer, name, industry), "unchanged": unchanged}
        yield result._replace(asset_key=dg.AssetKey(name), metadata=metadata)
