"""What reviews talk about: topics by the words that go together, with names and quotes."""

import math
import warnings

import polars as pl

from market_research.commerce.sentiment import ngrams
from market_research.commerce.sentiment.clauses import clauses, telling

TOPICS = pl.Schema(
    {
        "topic": pl.String(),
        "reviews": pl.Int64(),
        "share": pl.Float64(),
        "score": pl.Float64(),
        "terms": pl.List(pl.String()),
        "review_ids": pl.List(pl.String()),
        "quotes": pl.List(pl.String()),
        "quote_review_ids": pl.List(pl.String()),
    }
)
MOST_TOPICS = 12
REVIEWS_A_TOPIC = 20
MOST_REVIEWS = 20_000
"""A sample of so many reviews shapes the topics; all are put into them."""
NAMED_BY, TERMS, QUOTES = 3, 8, 3
SEED = 7


def topics(reviews: pl.DataFrame) -> pl.DataFrame:
    """``TOPICS``, most frequent first; a review is in the topic that it is most about, if in any.

    Topics are the factors of the reviews' weighted words (non-negative matrix factorisation); how many there are grows
    with the root of the number of reviews. Names are the terms that weigh most. ``share`` is of all reviews.
    """
    said = clauses(reviews)
    counted = _counted(said)
    terms = ngrams.vocabulary(counted, max(counted["row"].n_unique(), 1))
    if terms.height < 2:
        return TOPICS.to_frame()
    rows = counted.join(terms.select("term"), on="term", how="semi").select(pl.col("row").unique().sort())["row"]
    place = pl.DataFrame({"review": rows}).with_row_index("row").cast({"row": pl.Int64})
    placed = counted.rename({"row": "review"}).join(place, on="review").drop("review")
    found = _factors(ngrams.weighted(placed, terms), len(rows), terms)
    return _described(found.join(place, on="row").drop("row"), said, reviews.height)


def _counted(said: pl.DataFrame) -> pl.DataFrame:
    """Telling words and neighbours of reviews: ``row`` (the review), ``term``, ``times`` (in how many clauses)."""
    found = telling(said).filter(pl.col("term").str.contains(r"^[\p{L} ]+$"))
    return found.group_by(row=pl.col("review").cast(pl.Int64), term="term").agg(times=pl.len()).sort("row", "term")


def _factors(weights: pl.DataFrame, reviews: int, terms: pl.DataFrame) -> pl.DataFrame:
    """The topic of each review: ``row``, ``topic``, ``weight`` and the topic's ``terms``."""
    import numpy as np
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    held = ngrams.matrix(weights, reviews, terms.height)
    wanted = min(MOST_TOPICS, max(1, round(math.sqrt(reviews / REVIEWS_A_TOPIC))), *held.shape)
    sample = np.sort(np.random.default_rng(SEED).permutation(reviews)[:MOST_REVIEWS])
    # Topics that still move a little after so many steps are topics.
    with threadpool_limits(1), warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        shaped = NMF(wanted, init="nndsvda", random_state=SEED, max_iter=200, tol=1e-3).fit(held[sample])
        shares = shaped.transform(held)
    names = terms["term"].to_numpy()
    leading = [names[np.argsort(-row, kind="stable")[: 3 * TERMS]].tolist() for row in shaped.components_]
    best = shares.argmax(axis=1)
    return pl.DataFrame(
        {
            "row": np.arange(reviews),
            "topic": best,
            "weight": shares[np.arange(reviews), best],
            "terms": pl.Series([_apart(leading[topic]) for topic in best], dtype=pl.List(pl.String)),
        }
    ).filter(pl.col("weight") > 0)


def _apart(leading: list[str]) -> list[str]:
    """Leading terms without those that are part of another one, a pair before its words."""
    kept: list[str] = []
    for term in leading:
        words = set(term.split())
        if not any(words & set(other.split()) for other in kept):
            pair = next((other for other in leading[:TERMS] if " " in other and term in other.split()), term)
            if not any(set(pair.split()) & set(other.split()) for other in kept):
                kept.append(pair)
    return kept[:TERMS]


def _described(found: pl.DataFrame, said: pl.DataFrame, reviews: int) -> pl.DataFrame:
    """Topics with their reviews and the clauses that name most of their terms."""
    joined = said.cast({"review": pl.Int64}).join(found, on="review")
    lower = pl.col("quote").str.to_lowercase()
    hits = pl.sum_horizontal(
        lower.str.contains(pl.col("terms").list.get(place, null_on_oob=True), literal=True)
        .fill_null(value=False)
        .cast(pl.Int64)
        for place in range(TERMS)
    )
    odd = (pl.col("quote").str.len_chars().cast(pl.Int64) - 80).abs()
    ranked = joined.with_columns(hits=hits, odd=odd).sort(
        ["topic", "hits", "weight", "odd", "clause"], descending=[False, True, True, False, False]
    )
    one_each = ranked.unique(["topic", "review"], keep="first", maintain_order=True)
    best = one_each.unique(["topic", "quote"], keep="first", maintain_order=True).group_by("topic", maintain_order=True)
    quotes = best.agg(quotes=pl.col("quote").head(QUOTES), quote_review_ids=pl.col("review_id").head(QUOTES))
    score = joined.group_by("topic").agg(score=pl.col("score").mean().round(4))
    return (
        one_each.group_by("topic")
        .agg(reviews=pl.len().cast(pl.Int64), review_ids=pl.col("review_id").sort(), terms=pl.col("terms").first())
        .join(quotes, on="topic")
        .join(score, on="topic")
        .with_columns(
            share=(pl.col("reviews") / max(reviews, 1)).round(4),
            topic=pl.col("terms").list.head(NAMED_BY).list.join(", "),
        )
        .sort(["reviews", "topic"], descending=[True, False])
        .match_to_schema(TOPICS)
    )
