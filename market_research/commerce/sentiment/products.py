"""What the reviews of each product say together, and where it goes."""

from typing import Any

import polars as pl

from market_research.commerce import reviews as records
from market_research.commerce.sentiment.estimate import METHOD, interval

PRODUCT_SENTIMENT = pl.Schema(
    {
        "product_id": pl.String(),
        "reviews": pl.Int64(),
        "score": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "method": pl.String(),
        "positive": pl.Int64(),
        "neutral": pl.Int64(),
        "negative": pl.Int64(),
        "unread": pl.Int64(),
        "trend": pl.String(),
        "trend_rho": pl.Float64(),
        "trend_p": pl.Float64(),
        "trend_test": pl.String(),
        "confidence": pl.Float64(),
        "review_ids": pl.List(pl.String()),
    }
)
LEAST_FOR_TREND = 10
LEAST_DAYS = 14
SIGNIFICANT = 0.05
TESTED = "Spearman's rank correlation of score and time, two-sided, p < 0.05"
UNTESTED = f"not tested: fewer than {LEAST_FOR_TREND} dated reviews over {LEAST_DAYS} days"


def product_sentiment(sentiment: pl.DataFrame, reviews: pl.DataFrame) -> pl.DataFrame:
    """``PRODUCT_SENTIMENT``, one row a product with at least one review.

    Args:
        sentiment: ``review_sentiment`` of the reviews, in the same order.
        reviews: the reviews, for their times.

    Reviews that were not read count as ``unread`` and not in the score; where none was read, nothing is known and the
    interval is everything from −1 to 1. ``confidence`` is the mean confidence of the classes, less the fewer were read.
    ``trend`` is increasing, decreasing or stable; ``trend_test`` says how it was found, or why it was not tested.
    """
    given = sentiment.with_columns(records.conformed(reviews)["written_at"]).with_columns(read=pl.col("note").is_null())
    read = pl.col("read")
    scores = pl.when(read).then("score")
    counts = {
        name: (read & (pl.col("class") == name)).sum().cast(pl.Int64) for name in ("positive", "neutral", "negative")
    }
    sure = pl.when(read).then("confidence").sum() / (pl.len() + 1)
    made = given.group_by("product_id").agg(
        reviews=pl.len().cast(pl.Int64), **interval(scores), **counts, unread=(~read).sum().cast(pl.Int64),
        confidence=sure.round(4), review_ids=pl.col("review_id").sort(),
    )  # fmt: skip
    return (
        made.with_columns(
            pl.col("score").fill_null(0.0).fill_nan(0.0), pl.col("low").fill_null(-1.0).fill_nan(-1.0),
            pl.col("high").fill_null(1.0).fill_nan(1.0), method=pl.lit(METHOD),
        )
        .join(_trends(given.filter(read)), on="product_id", how="left", nulls_equal=True)
        .with_columns(pl.col("trend").fill_null("stable"), pl.col("trend_test").fill_null(UNTESTED))
        .sort("product_id")
        .match_to_schema(PRODUCT_SENTIMENT)
    )  # fmt: skip


def _trends(given: pl.DataFrame) -> pl.DataFrame:
    """Products with enough dated reviews: ``trend``, ``trend_rho``, ``trend_p``, ``trend_test``."""
    dated = given.drop_nulls("written_at")
    ranks = dated.select(
        "product_id",
        "written_at",
        time=pl.col("written_at").rank().over("product_id"),
        value=pl.col("score").rank().over("product_id"),
    )
    span = pl.col("written_at").max() - pl.col("written_at").min()
    found = ranks.group_by("product_id").agg(
        count=pl.len(), days=span.dt.total_days(), trend_rho=pl.corr("time", "value")
    ).filter((pl.col("count") >= LEAST_FOR_TREND) & (pl.col("days") >= LEAST_DAYS))  # fmt: skip
    # Scores that are all the same have no correlation: nothing moves.
    found = found.with_columns(pl.col("trend_rho").fill_nan(None).fill_null(0.0).clip(-1, 1))
    p = _chance(found["trend_rho"], found["count"])
    moved = pl.col("trend_p") < SIGNIFICANT
    return found.with_columns(trend_p=p).select(
        "product_id",
        pl.when(moved & (pl.col("trend_rho") > 0)).then(pl.lit("increasing"))
        .when(moved).then(pl.lit("decreasing")).otherwise(pl.lit("stable")).alias("trend"),
        pl.col("trend_rho").round(4), pl.col("trend_p").round(4), trend_test=pl.lit(TESTED),
    )  # fmt: skip


def _chance(rho: pl.Series, count: pl.Series) -> Any:
    """How often chance alone makes such a correlation."""
    import numpy as np
    from scipy.stats import t

    r, freedom = rho.to_numpy(), count.to_numpy() - 2.0
    size = np.abs(r) * np.sqrt(freedom / np.maximum(1 - r * r, 1e-12))
    return pl.Series(2 * t.sf(size, freedom), dtype=pl.Float64)
