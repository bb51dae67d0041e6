"""What predictions are about, named so that the next export of the same data names it the same."""

import hashlib

import polars as pl

from market_research.commerce.sentiment.model import class_of
from market_research.ids import content_id

_SAID = ("author", "written_at", "title", "text")


def reviews_named(reviews: pl.DataFrame) -> pl.DataFrame:
    """Reviews with ``subject_id`` (from offer and the marketplace's id; without one, from offer and all that is said)
    and ``actual_class`` (of the stars, null without); of several that are named the same the first.
    """
    sep = "\x1f"
    said = pl.concat_str("product_id", *(pl.col(name).cast(pl.String).fill_null("") for name in _SAID), separator=sep)
    named = reviews.with_columns(_told=pl.coalesce(pl.concat_str("product_id", "stated_id", separator=sep), said))
    ids = [content_id("rev", told) for told in named["_told"].to_list()]
    return (
        named.drop("_told")
        .with_columns(pl.Series("subject_id", ids, pl.String), actual_class=class_of(pl.col("rating")))
        .unique("subject_id", keep="first", maintain_order=True)
    )


def pairs_named(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs of offers (product_a, product_b, same) with ``subject_id``, the same in whichever order they stand, and
    ``actual_class``: "same" or "different".
    """
    ordered = pairs.select(a=pl.min_horizontal("product_a", "product_b"), b=pl.max_horizontal("product_a", "product_b"))
    ids = [content_id("pair", a, b) for a, b in ordered.rows()]
    return pairs.with_columns(
        pl.Series("subject_id", ids, pl.String), actual_class=pair_class(pl.col("same").cast(pl.Float64))
    )


def pair_class(probability: pl.Expr) -> pl.Expr:
    """ "same" from a probability of one half on, else "different"."""
    return pl.when(probability >= 0.5).then(pl.lit("same")).otherwise(pl.lit("different"))


def data_sha256(rated: pl.DataFrame, *more: str) -> str:
    """Hash of training data, whatever their order: what is said, of which class; and of what else decides."""
    columns = [pl.col(name).fill_null("") for name in ("subject_id", "actual_class", "title", "text")]
    lines = rated.select(pl.concat_str(columns, separator="\x1f").alias("line"))["line"].sort()
    digest = hashlib.sha256("\x1f".join(more).encode())
    for line in lines.to_list():
        digest.update(hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest())
    return digest.hexdigest()
