"""What an industry's offers will sell, from the lake to the lake: forecasts, their tests, risks of the stock."""

import polars as pl

from market_research.cleaning.schema.demand import (
    DEMAND,
    DEMAND_BACKTESTS,
    DEMAND_FORECASTS,
    DEMAND_SUMMARIES,
    INVENTORY_RISKS,
)
from market_research.commerce.demand.series import Shop, shops
from market_research.settings import Settings
from resources.lake import Lake
from resources.lake_sql import COMMERCE


def write_demand(lake: Lake, settings: Settings, industry: str) -> dict[str, int]:
    """Write the tables of ``DEMAND`` from ``sales`` and ``stock_counts``.

    Returns:
        How many offers were forecast, over one horizon at least, and how many risks of the stock there are.
    """
    sales, counts = _table(lake, "sales", industry), _table(lake, "stock_counts", industry)
    stock = _table(lake, "inventory", industry).with_columns(counted_on=pl.col("counted_at").dt.date())
    offers = _offers(lake, industry)
    made: dict[str, list[pl.DataFrame]] = {table.name: [table.frame()] for table in DEMAND}
    for shop in shops(sales, offers, counts, _table(lake, "promotions", industry)):
        for name, frame in _forecast(shop, stock).items():
            made[name].append(frame.with_columns(tenant=pl.lit(shop.tenant)))
    if sales.height:
        made[DEMAND_SUMMARIES.name].append(_unsold(offers, sales, stock))
    written = {}
    for table in DEMAND:
        found = pl.concat([table.conform(one.with_columns(industry=pl.lit(industry))) for one in made[table.name]])
        written[table.name] = found.sort(table.key)
        lake.write(COMMERCE, table.name, industry, written[table.name])
    forecast = written[DEMAND_SUMMARIES.name].filter(pl.col("status") == "forecast")
    return {
        "forecast_offers": forecast["product_id"].n_unique(),
        "inventory_risks": written[INVENTORY_RISKS.name].height,
    }


def _forecast(shop: Shop, stock: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """One shop's tables, without what names industry and tenant."""
    from market_research.commerce.demand import tables
    from market_research.commerce.demand.candidates import Candidates
    from market_research.commerce.demand.forecasting import outlook
    from market_research.commerce.demand.inventory import inventory_risks
    from market_research.commerce.demand.models import level_models

    tried = Candidates()
    found = outlook(shop, level_models((*tried.regular, *tried.rare)), tried)
    summaries = tables.summary_rows(found)
    return {
        DEMAND_FORECASTS.name: tables.forecast_rows(found),
        DEMAND_SUMMARIES.name: summaries,
        DEMAND_BACKTESTS.name: tables.backtest_rows(found),
        INVENTORY_RISKS.name: inventory_risks(found, stock, summaries),
    }


def _unsold(offers: pl.DataFrame, sales: pl.DataFrame, stock: pl.DataFrame) -> pl.DataFrame:
    """``demand_summaries`` of offers of one's own, or with a stock, of which no sale counts."""
    from market_research.commerce.demand.forecasting import HORIZONS

    sold = sales.filter(~pl.col("is_early"))
    early = sales.join(sold, on="product_id", how="anti").select("product_id").unique().with_columns(is_early=True)
    held = stock.select("product_id").with_columns(is_held=True)
    unsold = offers.join(sold, on="product_id", how="anti").join(early, on="product_id", how="left")
    wanted = unsold.join(held, on="product_id", how="left").filter(
        pl.any_horizontal("is_own", "is_early", "is_held")
    )  # fmt: skip
    reason = pl.when("is_early").then(pl.lit("all recorded sales are from before it was listed")).otherwise(
        pl.lit("no sales of it are recorded")
    )  # fmt: skip
    days = pl.DataFrame({"horizon_days": list(HORIZONS)})
    return wanted.select("product_id", "tenant", reasons=pl.concat_list(reason)).join(days, how="cross").with_columns(
        status=pl.lit("insufficient data"), observations=0, days_without_stock=0, confidence=0.0
    )  # fmt: skip


def _offers(lake: Lake, industry: str) -> pl.DataFrame:
    """Every offer that records name: product_id, tenant, marketplace, created_at, is_own."""
    named = pl.concat([pl.read_parquet(path) for path in lake.parts("reference", "offers", industry)])
    listed = _table(lake, "products", industry).select("product_id", "created_at", "is_own")
    return (
        named.select("product_id", tenant="tenant_id", marketplace="place")
        .unique("product_id")
        .join(listed, on="product_id", how="left")
        .sort("product_id")
    )


def _table(lake: Lake, name: str, industry: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in lake.parts(COMMERCE, name, industry)])
