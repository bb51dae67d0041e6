"""Shops for `benchmarks/forecast.py`, a simulated and a real one, and their forecasts against what came after."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from market_research.commerce.demand import metrics, stockouts
from market_research.commerce.demand.arrays import Floats
from market_research.commerce.demand.forecasting import HORIZONS, Outlook
from market_research.commerce.demand.series import AHEAD, Shop, shops
from market_research.commerce.simulation import simulate

YEARS_DAYS, SEED = 730, 20251129
_NO_COUNTS = pl.DataFrame(
    schema={"product_id": pl.String, "counted_at": pl.Datetime("us", "UTC"), "on_hand": pl.Float64}
)
_PROMOTIONS = {"product_id": pl.String, "starts_at": pl.Datetime("us", "UTC"), "ends_at": pl.Datetime("us", "UTC")}


def simulated_shop(offers: int) -> tuple[Shop, Floats]:
    """Two years of so many offers, and the 90 days after; days of which the truth knows a stock-out are NaN there."""
    made = simulate(products=offers, days=YEARS_DAYS + AHEAD, seed=SEED)
    sales = _sales(made.records["sales.csv"].select(product_id="sku", date="date", quantity="quantity"))
    moments = [pl.col(name).str.to_datetime(time_zone="UTC", time_unit="us") for name in ("start_date", "end_date")]
    promotions = made.records["promotions.csv"].select(product_id="sku", starts_at=moments[0], ends_at=moments[1])
    shop, after = _parted(sales, promotions, AHEAD)
    places = {sku: at for at, sku in enumerate(shop.product_ids)}
    for sku, first, last in made.truth["stockouts"].rows():
        begin, end = ((day - shop.last).days - 1 for day in (first, last))
        if sku in places and end >= 0:
            after[places[sku], max(begin, 0) : end + 1] = np.nan
    return shop, after


def online_shop(folder: Path, days: int) -> tuple[Shop, Floats]:
    """Twenty products of a shop up to so many days before the end, and these days. Cancellations are taken off."""
    lines = pl.read_csv(
        folder / "uci_online_retail" / "top20_stockcodes.csv", infer_schema_length=0, encoding="utf8-lossy"
    )
    sales = lines.group_by(
        product_id="StockCode", date=pl.col("InvoiceDate").str.slice(0, 10).str.to_date()
    ).agg(pl.col("Quantity").cast(pl.Float64).sum().alias("quantity"))  # fmt: skip
    return _parted(_sales(sales), pl.DataFrame(schema=_PROMOTIONS), days)


def against_truth(found: Outlook, after: Floats) -> dict[str, float]:
    """MASE and coverage of days, coverage and sMAPE of sums; ``after`` reaches as far ahead as it is known."""
    days = after.shape[1]
    wide = found.intervals[0.95]
    scale = metrics.naive_scale(np.where(found.hidden, np.nan, found.shop.quantity), 7)
    said = {
        "mase": float(np.nanmean(metrics.mase(after, found.forecast[:, :days], scale))),
        "in_95": metrics.coverage(after, wide.lower[:, :days], wide.upper[:, :days]),
    }
    for horizon in HORIZONS:
        sums = after[:, :horizon].sum(axis=1) if horizon <= days else np.full(len(after), np.nan)
        expected, bounds = found.sums[horizon].quantity, found.sums[horizon].intervals[0.95]
        said[f"in_95_{horizon}"] = metrics.coverage(sums, bounds.lower, bounds.upper)
        errors = metrics.smape(sums[:, None], expected[:, None])
        said[f"smape_{horizon}"] = float(np.nanmean(errors)) if horizon <= days else float("nan")
    return said


def _sales(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("quantity").cast(pl.Float64), is_early=pl.lit(False))


def _parted(sales: pl.DataFrame, promotions: pl.DataFrame, days: int) -> tuple[Shop, Floats]:
    """The shop before the newest days, and these days; those without stock are NaN."""
    last = sales["date"].max()
    assert isinstance(last, date)
    offers = sales.select("product_id").unique().with_columns(
        tenant=pl.lit("own"), marketplace=pl.lit("shop"), created_at=pl.lit(None, pl.Datetime("us", "UTC"))
    )  # fmt: skip
    before = sales.filter(pl.col("date") <= last - timedelta(days=days))
    (shop,) = shops(before, offers, _NO_COUNTS, promotions)
    (whole,) = shops(sales, offers, _NO_COUNTS, promotions)
    rows = np.isin(whole.product_ids, shop.product_ids)
    hidden = stockouts.censored(whole.quantity, whole.empty)
    return shop, np.where(hidden, np.nan, whole.quantity)[rows, -days:]
