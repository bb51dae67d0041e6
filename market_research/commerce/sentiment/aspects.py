"""What about a product reviews judge, found from the reviews, and how they judge it.

An aspect is a noun that many reviews name: a word that often follows an article, a possessive or a word of praise or
blame, or is said to be something, and that is neither a small word nor one that reviews of anything are full of. Two
such words that keep together are one aspect. There is no list of aspects, so any kind of product has its own. The
sentiment of a mention is that of its clause.
"""

import polars as pl

from market_research.commerce.sentiment import lexicon
from market_research.commerce.sentiment.clauses import clauses, stop_words, terms
from market_research.commerce.sentiment.estimate import METHOD, interval

ASPECT_SENTIMENT = pl.Schema(
    {
        "product_id": pl.String(),
        "aspect": pl.String(),
        "mentions": pl.Int64(),
        "score": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "method": pl.String(),
        "review_ids": pl.List(pl.String()),
        "quote": pl.String(),
        "quote_review_id": pl.String(),
    }
)
REVIEW_ASPECTS = pl.Schema(
    {
        "review_id": pl.String(),
        "product_id": pl.String(),
        "aspect": pl.String(),
        "score": pl.Float64(),
        "quote": pl.String(),
    }
)
LEAST_REVIEWS = 2
LEAST_SHARE = 0.003
"""Of all reviews, how many must name an aspect."""
NOUN_SHARE = 0.3
"""Of a noun's uses, how many stand where nouns do."""
TOGETHER = 0.25
"""Of the rarer word's uses, how many are in the pair."""
MOST_ASPECTS = 200
_BEFORE_NOUNS = "the this that these those a an my your our its his her their each another any no some".split()
_AFTER_NOUNS = "is are was were isn't aren't wasn't weren't".split()


def review_aspects(reviews: pl.DataFrame) -> pl.DataFrame:
    """``REVIEW_ASPECTS``: one row a review and aspect that it names; ``score`` is the mean of its clauses."""
    said = clauses(reviews)
    named = _mentions(said, *_aspects(said, reviews.height))
    strongest = named.sort(
        ["review", "aspect", pl.col("score").abs(), "clause"], descending=[False, False, True, False]
    )
    return (
        strongest.group_by("review", "aspect", maintain_order=True)
        .agg(pl.col("review_id", "product_id", "quote").first(), pl.col("score").mean().round(4))
        .select("review_id", "product_id", "aspect", "score", "quote")
        .match_to_schema(REVIEW_ASPECTS)
    )


def aspect_sentiment(by_review: pl.DataFrame) -> pl.DataFrame:
    """``ASPECT_SENTIMENT`` from ``review_aspects``: one row a product and aspect, most mentioned first.

    The quote is that of the review whose score is nearest to the aspect's, and of these the one most like a sentence
    in length.
    """
    off = (pl.col("score") - pl.col("score").mean().over("product_id", "aspect")).abs().round(1)
    odd = (pl.col("quote").str.len_chars().cast(pl.Int64) - 80).abs()
    return (
        by_review.sort("product_id", "aspect", off, odd, "review_id", "quote")
        .group_by("product_id", "aspect", maintain_order=True)
        .agg(
            mentions=pl.len().cast(pl.Int64),
            **interval(pl.col("score")),
            method=pl.lit(METHOD),
            review_ids=pl.col("review_id").sort(),
            quote=pl.col("quote").first(),
            quote_review_id=pl.col("review_id").first(),
        )
        .sort(["product_id", "mentions", "aspect"], descending=[False, True, False])
        .match_to_schema(ASPECT_SENTIMENT)
    )


def _aspects(said: pl.DataFrame, reviews: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Single words (``word``, ``aspect``) and pairs (``word``, ``after``, ``aspect``) that are aspects."""
    feelings = lexicon.feelings().implode()
    stops = stop_words()
    words = terms(said).with_columns(
        felt=pl.col("word").is_in(feelings), nounlike=pl.col("before").is_in(_BEFORE_NOUNS)
        | pl.col("before").is_in(feelings)
        | pl.col("after").is_in(_AFTER_NOUNS),
    )  # fmt: skip
    words = words.join(said.select("clause", "review"), on="clause").with_columns(
        content=~pl.col("word").is_in(stops.implode())
        & ~pl.col("felt")
        & pl.col("word").str.contains(r"^\p{L}[\p{L}\p{N}'-]{2,}$")
        & ~pl.col("word").str.contains(r"ly$|n't$")
    )  # fmt: skip
    least = max(LEAST_REVIEWS, LEAST_SHARE * reviews)
    counted = words.group_by("word").agg(
        held=pl.col("review").n_unique(), used=pl.len(), noun=pl.col("nounlike").mean(),
        content=pl.col("content").first(),
    ).filter("content")  # fmt: skip
    pairs = (
        words.filter("content")
        .group_by("word", "after")
        .agg(held=pl.col("review").n_unique(), pair=pl.len(), noun=pl.col("nounlike").mean())
        .join(counted.select("word", "used"), on="word")
        .join(counted.select(after="word", used_after="used"), on="after")
        .filter(
            (pl.col("held") >= least)
            & (pl.col("pair") >= TOGETHER * pl.min_horizontal("used", "used_after"))
            & (pl.col("noun") >= NOUN_SHARE / 2)
        )
        .sort(["held", "word", "after"], descending=[True, False, False])
        .head(MOST_ASPECTS)
        .select("word", "after", aspect=pl.col("word") + " " + pl.col("after"))
    )
    single = pl.col("word").str.strip_suffix("s")
    one = counted.select(single="word", single_held="held")
    singles = (
        counted.with_columns(single=single)
        .join(one, on="single", how="left")
        .with_columns(
            aspect=pl.when(pl.col("word").str.ends_with("s") & pl.col("single_held").is_not_null())
            .then("single")
            .otherwise("word")
        )
        .with_columns(all_held=pl.col("held").sum().over("aspect"), noun=pl.col("noun").max().over("aspect"))
        .filter((pl.col("all_held") >= least) & (pl.col("noun") >= NOUN_SHARE))
        .sort(["all_held", "word"], descending=[True, False])
        .head(MOST_ASPECTS)
        .select("word", "aspect")
    )
    return singles, pairs


def _mentions(said: pl.DataFrame, singles: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Clauses with the aspect that they name, once each; a word within a pair is no mention of its own."""
    words = terms(said).join(pairs, on=["word", "after"], how="left", maintain_order="left")
    here = pl.col("clause")
    inside = pl.when(here == here.shift(1)).then(pl.col("aspect").is_not_null().shift(1)).fill_null(value=False)
    words = words.with_columns(inside=inside)
    both = pl.concat(
        [
            words.drop_nulls("aspect").select("clause", "aspect"),
            words.filter(pl.col("aspect").is_null() & ~pl.col("inside"))
            .select("clause", "word")
            .join(singles, on="word")
            .select("clause", "aspect"),
        ]
    ).unique()
    return both.join(said, on="clause").sort("clause", "aspect")
