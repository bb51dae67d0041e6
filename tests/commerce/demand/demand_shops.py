"""Shops for tests of demand: series as sales, and models that need no fitting."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import polars as pl

from market_research.commerce.demand.candidates import Candidates
from market_research.commerce.demand.forecasting import Outlook, outlook
from market_research.commerce.demand.models import mean_of
from market_research.commerce.demand.series import Shop, shops

LAST = date(2025, 12, 31)
CHEAP = {"Mean28": mean_of(28), "Mean91": mean_of(91)}
FEW = Candidates(regular=("Mean28", "Mean91"), rare=("Mean28", "Mean91"), medians=())
NO_COUNTS = pl.DataFrame(
    schema={"product_id": pl.String, "counted_at": pl.Datetime("us", "UTC"), "on_hand": pl.Float64}
)
NO_PROMOTIONS = pl.DataFrame(
    schema={"product_id": pl.String, "starts_at": pl.Datetime("us", "UTC"), "ends_at": pl.Datetime("us", "UTC")}
)


def sales(series: Mapping[str, Sequence[float]], last: date = LAST, *, zeros: bool = True) -> pl.DataFrame:
    """Sales of days that end on ``last``; without ``zeros`` days without a sale have no row, as in most exports."""
    rows = [
        (product, last - timedelta(days=len(values) - 1 - at), float(value), False)
        for product, values in series.items()
        for at, value in enumerate(values)
        if zeros or value
    ]
    schema = {"product_id": pl.String, "date": pl.Date, "quantity": pl.Float64, "is_early": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def offers(*products: str, listed: date | None = None) -> pl.DataFrame:
    """Offers of one shop."""
    since = datetime(listed.year, listed.month, listed.day, tzinfo=UTC) if listed else None
    return pl.DataFrame(
        {"product_id": list(products), "tenant": "own", "marketplace": "shop", "created_at": since},
        schema_overrides={"product_id": pl.String, "created_at": pl.Datetime("us", "UTC")},
    )


def shop(series: Mapping[str, Sequence[float]], counts: pl.DataFrame = NO_COUNTS, *, zeros: bool = True) -> Shop:
    """A shop with these series."""
    (made,) = shops(sales(series, zeros=zeros), offers(*series), counts, NO_PROMOTIONS)
    return made


def quick(made: Shop) -> Outlook:
    """Its outlook by means alone."""
    return outlook(made, CHEAP, FEW)
