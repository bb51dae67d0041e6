"""What the SQL files of commerce refer to as ``reference.*``."""

import polars as pl

from market_research.cleaning.schema import COMMERCE, PRODUCT_RECORDS
from market_research.commerce.identifiers import OWN_SHOP, offers
from market_research.commerce.terms import own_table, terms_table
from market_research.industries import ResearchRequest
from resources.lake import Lake

REFERENCES = ("offers", "own_offers", "commerce_terms")
_NAMES = ("tenant", "marketplace", "sku")
_NAMING = tuple(table for table in COMMERCE if "sku" in table.schema)


def write_references(lake: Lake, request: ResearchRequest) -> None:
    """Write the industry's offers and the terms of its request."""
    industry = request.industry
    for name, frame in zip(
        REFERENCES,
        (offers(_named(lake, industry)), own_table(request.commerce, OWN_SHOP), terms_table(request.commerce)),
        strict=True,
    ):
        lake.write("reference", name, industry, frame)


def _named(lake: Lake, industry: str) -> pl.DataFrame:
    """Offers that any record names: tenant, marketplace, sku, gtin; each distinct row once."""
    frames = [PRODUCT_RECORDS.frame().select(*_NAMES, "gtin")]
    for table in _NAMING:
        columns = [*_NAMES, "gtin"] if table == PRODUCT_RECORDS else [*_NAMES]
        for path in lake.parts("staged", table.name, industry):
            found = pl.scan_parquet(path).select(columns).unique().collect()
            frames.append(found if "gtin" in columns else found.with_columns(gtin=pl.lit(None, pl.String)))
    return pl.concat(frames).unique(maintain_order=True).sort(*_NAMES, "gtin")
