"""How many percent more or fewer pieces are sold when a price rises by one percent, from an offer's own history.

Pieces of a day are counts, many of them zero, so the model is a Poisson regression with a log link on the log of the
price (Santos Silva and Tenreyro, "The Log of Gravity", 2006, section 3), the day of the week and a trend; its interval
comes from errors that need no Poisson variance (White, 1980) and allow for seven days that belong together
(Newey and West, 1987).
"""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

LEAST_DAYS = 60
LEAST_PIECES = 30
LEAST_PRICES = 3
LEAST_SPREAD = 0.05
"""From the tenth to the ninetieth percentile of the days' prices, of the middle price."""
_SCHEMA = {
    "product_id": pl.String(), "elasticity": pl.Float64(), "lower": pl.Float64(), "upper": pl.Float64(),
    "days": pl.Int64(), "prices": pl.Int64(), "reason": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """An elasticity with its 95 % interval, or the reason why there is none."""

    elasticity: float | None
    lower: float | None
    upper: float | None
    days: int
    prices: int
    reason: str


def elasticities(sales: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """An estimate for every offer that has sales.

    Args:
        sales: product_id, date, quantity; days between an offer's first and last sale that have no row sold nothing.
        prices: product_id, observed_at, amount; a price holds until the next one.

    Returns:
        product_id, elasticity, lower, upper (null without an estimate), days, prices (different ones), reason (why
        there is none; empty otherwise).
    """
    if sales.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    known = (
        prices.filter(pl.col("amount") > 0)
        .sort("observed_at")
        .select("product_id", "amount", date=pl.col("observed_at").dt.date())
        .unique(["product_id", "date"], keep="last", maintain_order=True)
    )
    # Both are in the order of days; Polars cannot see that within each offer.
    days = _days(sales).join_asof(known, on="date", by="product_id", check_sortedness=False)
    rows = [{"product_id": product, **vars(estimate)} for product, estimate in _each(days)]
    return pl.DataFrame(rows, schema=_SCHEMA).sort("product_id")


def _days(sales: pl.DataFrame) -> pl.DataFrame:
    """One row an offer and day from its first sale to its last, days without a row with nothing sold; by date."""
    span = sales.group_by("product_id").agg(first=pl.col("date").min(), last=pl.col("date").max())
    full = span.select("product_id", date=pl.date_ranges("first", "last")).explode("date")
    sold = sales.group_by("product_id", "date").agg(pl.col("quantity").sum())
    return full.join(sold, on=["product_id", "date"], how="left").with_columns(
        pl.col("quantity").fill_null(0).clip(lower_bound=0)
    ).sort("date", "product_id")  # fmt: skip


def _each(days: pl.DataFrame) -> Iterator[tuple[str, Estimate]]:
    for (product,), frame in days.group_by("product_id", maintain_order=True):
        yield str(product), estimate(frame.sort("date"))


def estimate(days: pl.DataFrame) -> Estimate:
    """The elasticity of one offer from its days (date, quantity, amount; amount null where no price is known)."""
    known = days.drop_nulls("amount")
    prices = known["amount"].n_unique()

    def none(reason: str) -> Estimate:
        return Estimate(None, None, None, known.height, prices, reason)

    if known.height < LEAST_DAYS:
        return none(f"{known.height} days with a price where {LEAST_DAYS} are needed")
    if known["quantity"].sum() < LEAST_PIECES:
        return none(f"{known['quantity'].sum():g} pieces sold where {LEAST_PIECES} are needed")
    spread = known["amount"].quantile(0.9) - known["amount"].quantile(0.1)  # type: ignore[operator]
    if prices < LEAST_PRICES or spread < LEAST_SPREAD * float(known["amount"].median()):  # type: ignore[arg-type]
        return none(f"{prices} different prices, too near each other to see what a change does")
    fitted = _fitted(known)
    if fitted is None:
        return none("sales and prices move together in a way that leaves no estimate")
    value, error = fitted
    return Estimate(value, value - 1.96 * error, value + 1.96 * error, known.height, prices, "")


def _fitted(days: pl.DataFrame) -> tuple[float, float] | None:
    """Elasticity and standard error; None where the fit does not converge or says nothing."""
    import numpy as np
    import statsmodels.api as sm

    price = np.log(days["amount"].to_numpy())
    weekday = days["date"].dt.weekday().to_numpy()
    trend = np.linspace(-0.5, 0.5, days.height)
    columns = [
        np.ones(days.height),
        price - price.mean(),
        trend,
        *((weekday == day).astype(float) for day in range(2, 8)),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = sm.GLM(days["quantity"].to_numpy(), np.column_stack(columns), family=sm.families.Poisson())
            fit = model.fit(cov_type="HAC", cov_kwds={"maxlags": 7})
        except (np.linalg.LinAlgError, ValueError):
            return None
    value, error = float(fit.params[1]), float(fit.bse[1])
    usable = bool(fit.converged) and math.isfinite(value) and math.isfinite(error) and 0 < error < 10
    return (value, error) if usable else None
