"""Whether a stated confidence is what is found."""

from collections.abc import Sequence

import polars as pl

DECILES = 10


def reliability(confidence: Sequence[float] | pl.Series, same: Sequence[bool] | pl.Series) -> pl.DataFrame:
    """Pairs by tenth of their confidence: from, pairs, stated (mean confidence), found (share that is one product)."""
    known = pl.DataFrame(
        {"confidence": pl.Series(confidence, dtype=pl.Float64), "same": pl.Series(same, dtype=pl.Boolean)}
    )
    tenth = (pl.col("confidence") * DECILES).floor().clip(0, DECILES - 1)
    return (
        known.group_by((tenth / DECILES).alias("from"))
        .agg(pairs=pl.len(), stated=pl.col("confidence").mean(), found=pl.col("same").cast(pl.Float64).mean())
        .sort("from")
    )


def calibration_error(table: pl.DataFrame) -> float:
    """Mean distance of stated from found in a table of ``reliability``, tenths weighing by their pairs; 0 if empty."""
    gap = (pl.col("stated") - pl.col("found")).abs() * pl.col("pairs")
    return float(table.select((gap.sum() / pl.col("pairs").sum().clip(1)).fill_null(0.0)).item())
