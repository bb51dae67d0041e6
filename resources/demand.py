"""What an industry's offers will sell, from the lake to the lake: forecasts, their tests, risks of the stock."""

from typing import TYPE_CHECKING

import polars as pl

from market_research.cleaning.schema.demand import (
    DEMAND,
    DEMAND_BACKTEST_WEEKS,
    DEMAND_BACKTESTS,
    DEMAND_DAYS_WITHOUT_STOCK,
    DEMAND_FORECASTS,
    DEMAND_SUMMARIES,
    INVENTORY_RISKS,
)
from market_research.settings import Settings
from resources.lake import Lake
from resources.lake_sql import COMMERCE

if TYPE_CHECKING:
    from market_research.commerce.demand.series import Shop


def write_demand(lake: Lake, settings: Settings, industry: str) -> dict[str, int]:
    """Write the tables of ``DEMAND`` from ``sales`` and ``stock_counts``.

    Returns:
        How many offers were forecast, over one horizon at least, and how many risks of the stock there are.
    """
    from market_research.commerce.demand.series import shops

    sales, counts = _table(lake, "sales", industry), _table(lake, "stock_counts", industry)
    stock = _table(lake, "inventory", industry).with_columns(counted_on=pl.col("counted_at").dt.date())
    offers = _offers(lake, industry)
    made: dict[str, list[pl.DataFrame]] = {table.name: [table.frame()] for table in DEMAND}
    for shop in shops(sales, offers, counts, _table(lake, "promotions", industry)):
        for name, frame in _forecast(shop, stock).items():
            made[name].append(frame.with_columns(tenant=pl.lit(shop.tenant)))
    if sales.height:
        known = pl.concat([one.select("product_id") for one in made[DEMAND_SUMMARIES.name]])
        made[DEMAND_SUMMARIES.name].append(_unsold(offers, sales, stock, known))
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


def _forecast(shop: "Shop", stock: pl.DataFrame) -> dict[str, pl.DataFrame]:
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
        DEMAND_BACKTEST_WEEKS.name: tables.week_rows(found),
        DEMAND_DAYS_WITHOUT_STOCK.name: tables.hidden_rows(found),
        INVENTORY_RISKS.name: inventory_risks(found, stock, summaries),
    }


def _unsold(offers: pl.DataFrame, sales: pl.DataFrame, stock: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """``demand_summaries`` of offers of which no sale counts: those of one's own, with a stock, or with other sales.

    ``known`` are those that have their rows.
    """
    from market_research.commerce.demand.forecasting import HORIZONS

    told = sales.group_by("product_id").agg(is_early=pl.col("is_early").all(), is_told=pl.lit(value=True))
    held = stock.select("product_id", is_held=pl.lit(value=True))
    unsold = offers.join(known, on="product_id", how="anti").join(told, on="product_id", how="left")
    wanted = unsold.join(held, on="product_id", how="left").filter(pl.any_horizontal("is_own", "is_told", "is_held"))
    reason = (
        pl.when("is_early")
        .then(pl.lit("all recorded sales are from before it was listed"))
        .when("is_told")
        .then(pl.lit("its sales are dated a year or more from all others"))
        .otherwise(pl.lit("no sales of it are recorded"))
    )
    rows = wanted.select("product_id", "tenant", reasons=pl.concat_list(reason))
    return rows.join(pl.DataFrame({"horizon_days": list(HORIZONS)}), how="cross").with_columns(
        status=pl.lit("insufficient data"), observations=0, days_without_stock=0, confidence=0.0
    )


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
