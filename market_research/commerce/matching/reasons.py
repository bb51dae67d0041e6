"""Why two offers are held to be one product, or not, in words."""

import polars as pl

from market_research.commerce.matching.features import LARGEST_GAP

_SPOKE = 1.0
"""A feature is named from this many log odds on: it makes the match almost three times as likely, or unlikely."""


def reasons() -> pl.Expr:
    """Text for each pair of a frame with features and their log odds (``_similarity`` and so on)."""
    percent = ((pl.col("price").exp() - 1) * 100).round(0).cast(pl.Int64, strict=False).cast(pl.String)
    texts = {
        "gtin": pl.col("gtin").replace_strict(
            {1.0: "same trade item number", -1.0: "other trade item numbers"},
            default=None, return_dtype=pl.String,
        ),
        "model": pl.col("model").replace_strict(
            {1.0: "same model", 0.7: "models begin alike", -1.0: "stated models differ"},
            default=None, return_dtype=pl.String,
        ),
        "code": pl.when(pl.col("code") > 0)
        .then(pl.format("a number in both that {} offers have", (2 / pl.col("code")).round(0).cast(pl.Int64)))
        .when(pl.col("code") == 0).then(pl.lit("no number in both")),
        "similarity": pl.format("texts alike by {}", pl.col("similarity").round(2)),
        "brand": pl.when(pl.col("brand") > 0).then(pl.lit("same brand")).when(pl.col("brand") < 0)
        .then(pl.lit("brands differ")),
        "quantities": pl.when(pl.col("quantities") > 0).then(pl.lit("same sizes or counts"))
        .when(pl.col("quantities") <= 0).then(pl.lit("sizes or counts differ")),
        "price": pl.when(pl.col("price") < 0.005).then(pl.lit("same price"))
        .when(pl.col("price") >= LARGEST_GAP).then(pl.lit("one price twenty times the other or more"))
        .when(pl.col("price").is_not_null()).then(pl.format("one price {} % above the other", percent)),
    }  # fmt: skip
    sides = {
        "for": [pl.when(pl.col(f"_{name}") >= _SPOKE).then(text) for name, text in texts.items()],
        "against": [pl.when(pl.col(f"_{name}") <= -_SPOKE).then(text) for name, text in texts.items()],
    }
    said = []
    for side, parts in sides.items():
        joined = pl.concat_str(parts, separator=", ", ignore_nulls=True)
        said.append(pl.when(joined != "").then(pl.lit(f"{side}: ") + joined))
    return pl.concat_str(said, separator="; ", ignore_nulls=True)
