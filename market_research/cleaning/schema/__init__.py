"""The schema registry: every table that is stored, its columns, types, units and rules.

One place from which come the Parquet schemas, the quality checks, the column comments in the
warehouse and the data dictionary. A table that is not here is a mart: its SQL file describes it.
"""

from market_research.cleaning.schema.audit import AUDIT_LOG, CORRECTIONS, LINEAGE
from market_research.cleaning.schema.commerce import (
    COMMERCE,
    EXCHANGE_RATES,
    INVENTORY_RECORDS,
    MATCH_DECISIONS,
    PRICE_ELASTICITIES,
    PRICE_RECOMMENDATIONS,
    PRICE_RECORDS,
    PRODUCT_MATCHES,
    PRODUCT_RECORDS,
    PROMOTION_RECORDS,
    REVIEW_RECORDS,
    SALES_RECORDS,
)
from market_research.cleaning.schema.demand import DEMAND
from market_research.cleaning.schema.documents import ALERTS, DOCUMENT_VERSIONS, DOCUMENTS, SOURCE_RUNS, STALE_SOURCES
from market_research.cleaning.schema.models import (
    DRIFT_ALERTS,
    MODEL_EVALUATIONS,
    MODEL_METRICS,
    MODEL_PREDICTIONS,
    MODEL_SPLITS,
    MODEL_STAGES,
    MODEL_TABLES,
    MODEL_VERSIONS,
)
from market_research.cleaning.schema.names import ENTITIES, NAME_MATCHES
from market_research.cleaning.schema.quality import NEAR_DUPLICATES, QUALITY_FLAGS, QUARANTINE, SECURITY_EVENTS
from market_research.cleaning.schema.records import FACTS, PASSAGES, PRICES, REPLACED_ROWS, TABLE_ROWS
from market_research.cleaning.schema.research import (
    ANSWERS,
    CLAIM_DECISIONS,
    CLAIMS,
    EDITIONS,
    FINDINGS,
    FRAMEWORK_CHANGES,
    FRAMEWORK_ITEMS,
    INDUSTRIES,
    LLM_CALLS,
    REQUESTS,
    VECTOR_MIGRATIONS,
)
from market_research.cleaning.schema.sentiment import SENTIMENT
from market_research.cleaning.schema.types import UTC_TIME, Column, Table

__all__ = [
    "ALERTS",
    "ANSWERS",
    "AUDIT_LOG",
    "CLAIMS",
    "CLAIM_DECISIONS",
    "COMMERCE",
    "CORRECTIONS",
    "DEMAND",
    "DOCUMENTS",
    "DOCUMENT_VERSIONS",
    "DRIFT_ALERTS",
    "EDITIONS",
    "ENTITIES",
    "EXCHANGE_RATES",
    "FACTS",
    "FINDINGS",
    "FRAMEWORK_CHANGES",
    "FRAMEWORK_ITEMS",
    "INDUSTRIES",
    "INVENTORY_RECORDS",
    "KEPT",
    "LINEAGE",
    "LLM_CALLS",
    "MATCH_DECISIONS",
    "MODEL_EVALUATIONS",
    "MODEL_METRICS",
    "MODEL_PREDICTIONS",
    "MODEL_SPLITS",
    "MODEL_STAGES",
    "MODEL_TABLES",
    "MODEL_VERSIONS",
    "NAME_MATCHES",
    "NEAR_DUPLICATES",
    "PASSAGES",
    "PRICES",
    "PRICE_ELASTICITIES",
    "PRICE_RECOMMENDATIONS",
    "PRICE_RECORDS",
    "PRODUCT_MATCHES",
    "PRODUCT_RECORDS",
    "PROMOTION_RECORDS",
    "QUALITY_FLAGS",
    "QUARANTINE",
    "REPLACED_ROWS",
    "REQUESTS",
    "REVIEW_RECORDS",
    "SALES_RECORDS",
    "SECURITY_EVENTS",
    "SENTIMENT",
    "SOURCE_RUNS",
    "STAGED",
    "STALE_SOURCES",
    "TABLES",
    "TABLE_ROWS",
    "UTC_TIME",
    "VECTOR_MIGRATIONS",
    "Column",
    "Table",
]

STAGED: tuple[Table, ...] = (
    DOCUMENTS, FACTS, PASSAGES, TABLE_ROWS, REPLACED_ROWS, PRICES, *COMMERCE, QUARANTINE, SECURITY_EVENTS,
    QUALITY_FLAGS,
)  # fmt: skip
KEPT: tuple[Table, ...] = (DOCUMENT_VERSIONS, AUDIT_LOG, LINEAGE, CORRECTIONS)
TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *STAGED,
        ENTITIES,
        NAME_MATCHES,
        NEAR_DUPLICATES,
        INDUSTRIES,
        FINDINGS,
        CLAIMS,
        CLAIM_DECISIONS,
        FRAMEWORK_ITEMS,
        FRAMEWORK_CHANGES,
        EDITIONS,
        REQUESTS,
        LLM_CALLS,
        VECTOR_MIGRATIONS,
        ANSWERS,
        SOURCE_RUNS,
        STALE_SOURCES,
        ALERTS,
        PRODUCT_MATCHES,
        MATCH_DECISIONS,
        PRICE_ELASTICITIES,
        PRICE_RECOMMENDATIONS,
        *SENTIMENT,
        *DEMAND,
        *MODEL_TABLES,
        *KEPT,
    )
}
