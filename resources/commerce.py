"""Commerce of one industry from the lake to the lake: what its SQL files refer to, and what Python makes of theirs."""

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from market_research.cleaning.schema import (
    COMMERCE,
    DOCUMENTS,
    PRICE_ELASTICITIES,
    PRICE_RECOMMENDATIONS,
    PRODUCT_RECORDS,
)
from market_research.commerce.identifiers import NO_OFFERS
from market_research.commerce.pricing.elasticity import elasticities
from market_research.commerce.pricing.recommend import recommendations
from market_research.commerce.terms import OFFER_TEXTS, CommerceTerms, references
from market_research.industries import ResearchRequest
from resources.lake import Lake
from resources.lake_sql import COMMERCE as LAYER
from resources.lake_sql import lake_connection

REFERENCES = ("offers", "own_offers", "commerce_terms", "promotion_texts")
_TEXTS = """
    SELECT
        r.tenant, r.marketplace, r.sku, r.document_id, coalesce(r.locator, 'row ' || r.row_number) AS locator,
        concat_ws('. ', r.name, r.description) AS text, r.currency, r.price,
        coalesce(r.updated_at, d.published_at) AS seen_at
    FROM staged.product_records AS r JOIN staged.documents AS d USING (industry, document_id)
    ORDER BY r.document_id, r.row_number
"""
_MOMENTS = (
    ("price_records", "observed_at"), ("product_records", "updated_at"), ("sales_records", "date"),
    ("review_records", "written_at"), ("inventory_records", "counted_at"),
)  # fmt: skip
_NAMES = ("tenant", "marketplace", "sku")
_NAMING = tuple(table for table in COMMERCE if "sku" in table.schema)


def write_references(lake: Lake, request: ResearchRequest) -> None:
    """Write the industry's offers and the terms of its request."""
    read = [("staged", table.name) for table in (PRODUCT_RECORDS, DOCUMENTS)]
    with lake_connection(lake, request.industry, read, {}) as connection:
        texts = connection.sql(_TEXTS).pl().cast(OFFER_TEXTS)
    for name, frame in references(request.commerce, _named(lake, request.industry), texts).items():
        lake.write("reference", name, request.industry, frame)


def _named(lake: Lake, industry: str) -> pl.DataFrame:
    """Offers that any record names: tenant, marketplace, sku, gtin; each distinct row once."""
    frames = [NO_OFFERS]
    for table in _NAMING:
        columns = [*_NAMES, "gtin"] if table == PRODUCT_RECORDS else [*_NAMES]
        for path in lake.parts("staged", table.name, industry):
            found = pl.scan_parquet(path).select(columns).unique().collect()
            frames.append(found if "gtin" in columns else found.with_columns(gtin=pl.lit(None, pl.String)))
    return pl.concat(frames).unique(maintain_order=True).sort(*_NAMES, "gtin")


def write_prices(lake: Lake, industry: str, terms: CommerceTerms) -> None:
    """Elasticities and recommended prices of one's own offers, from the SQL tables of commerce."""
    products, prices = _table(lake, "products", industry), _table(lake, "product_prices", industry)
    sales = _table(lake, "sales", industry).filter(~pl.col("is_early"))
    own = products.filter("is_own")
    prices = prices.filter(~pl.col("is_absurd") & (pl.col("amount") > 0)).join(own, on="product_id", how="semi")
    found = elasticities(sales.join(own, on="product_id", how="semi"), prices)
    newest = prices.sort("observed_at").unique("product_id", keep="last").select(
        "product_id", "amount", date=pl.col("observed_at").dt.date()
    )  # fmt: skip
    positions = _table(lake, "price_positions", industry).select(
        "product_id", "equivalents", median="market_median", position_confidence="confidence"
    )
    offered = (
        own.select("product_id", "cost", "currency")
        .join(newest, on="product_id")
        .join(found, on="product_id", how="left")
        .join(positions, on="product_id", how="left")
        .with_columns(price="amount")
        .sort("product_id")
    )
    offered = _converted_cost(offered, _table(lake, "currency_rates", industry), terms.currency)
    here = {"industry": pl.lit(industry)}
    made = recommendations(offered, terms)
    for table, frame in ((PRICE_ELASTICITIES, found), (PRICE_RECOMMENDATIONS, made)):
        lake.write(LAYER, table.name, industry, table.conform(frame.with_columns(**here)))


def _converted_cost(offered: pl.DataFrame, rates: pl.DataFrame, base: str) -> pl.DataFrame:
    """``cost`` from the catalogue's currency into ``base`` at the rate of ``date``; null where there is no rate."""
    known = rates.select("currency", "date", "rate").sort("date")
    rated = offered.sort("date").join_asof(known, on="date", by="currency", check_sortedness=False).sort("product_id")
    rate = pl.when(pl.col("currency").fill_null(base) == base).then(1.0).otherwise("rate")
    return rated.with_columns(cost=pl.col("cost") * rate).drop("rate", "currency", "date")


def tables(lake: Lake, industry: str, names: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Those of the named tables of commerce that have been made; ``{}`` where the industry has no offer."""
    products = lake.parts(LAYER, "products", industry)
    if not any(pl.scan_parquet(path).select(pl.len()).collect().item() for path in products):
        return {}
    there = {name: lake.parts(LAYER, name, industry) for name in names}
    return {
        name: pl.concat([pl.read_parquet(path) for path in paths], how="diagonal_relaxed")
        for name, paths in there.items() if paths
    }  # fmt: skip


def quoted_reviews(lake: Lake, industry: str, found: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Those rows of ``reviews`` whose words tables of ``found`` quote."""
    columns = ("quote_review_id", "quote_review_ids")
    wanted = [
        frame[name].explode().drop_nulls() for frame in found.values() for name in columns if name in frame.columns
    ]
    paths = lake.parts(LAYER, "reviews", industry) if wanted else []
    if not paths:
        return pl.DataFrame()
    asked = pl.concat(wanted).unique()
    return pl.concat(
        [pl.scan_parquet(path).filter(pl.col("review_id").is_in(asked.implode())).collect() for path in paths]
    ).sort("review_id")


def newest_record(lake: Lake, industry: str) -> date | None:
    """The day of the newest price, sale, review or count of stock; None where there is none.

    A record of a day after its document was received is a slip of the pen, and would make all else look old.
    """
    documents = lake.read("staged", DOCUMENTS, industry)
    told = pl.coalesce("published_at", "retrieved_at").dt.date()
    received = documents.select("document_id", told=told, received=pl.col("retrieved_at").dt.date())
    found = [
        _newest(pl.scan_parquet(path), column, received.lazy())
        for name, column in _MOMENTS
        for path in lake.parts("staged", name, industry)
    ]
    return max((day for day in found if day is not None), default=None)


def _newest(records: pl.LazyFrame, column: str, received: pl.LazyFrame) -> date | None:
    """The newest day of records that is not after they were received; a catalogue without days is of its document's."""
    dated = records.select("document_id", day=pl.col(column).cast(pl.Date))
    by_document = dated.group_by("document_id").agg(pl.col("day").max()).join(received, on="document_id").collect()
    late = by_document.filter(pl.col("day") > pl.col("received"))["document_id"].to_list()
    if late:
        kept = dated.filter(pl.col("document_id").is_in(late)).join(received, on="document_id")
        kept = kept.filter(pl.col("day") <= pl.col("received")).select("document_id", "day")
        on_time = by_document.lazy().filter(~pl.col("document_id").is_in(late)).select("document_id", "day")
        by_document = pl.concat([on_time, kept]).join(received, on="document_id").collect()
    days = by_document.select(pl.coalesce("day", "told") if column == "updated_at" else "day").to_series()
    return days.max()  # type: ignore[return-value]


def _table(lake: Lake, name: str, industry: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in lake.parts(LAYER, name, industry)])
