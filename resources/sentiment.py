"""What an industry's reviews say: judged, read by a model of the tenant's own ratings, and put together."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import polars as pl

from market_research.cleaning.schema.sentiment import (
    ASPECT_SENTIMENT,
    COMPLAINTS,
    FEATURE_REQUESTS,
    PRODUCT_SENTIMENT,
    REVIEW_SENTIMENT,
    REVIEW_TOPICS,
    SENTIMENT,
)
from market_research.commerce.registry import subjects
from market_research.settings import Settings
from resources import model_predictions
from resources.lake import Lake
from resources.lake_sql import COMMERCE
from resources.model_registry import Scope
from resources.sentiment_model import MODEL, readers, renew


def write_sentiment(lake: Lake, settings: Settings, industry: str) -> dict[str, int]:
    """Write the tables of ``SENTIMENT`` from ``reviews``; returns how many reviews there are and how many are spam.

    Each tenant's reviews are read by the version in production of a model of their own ratings (``sentiment_model``),
    by the lexicon alone where there are not enough of each class.
    """
    reviews = _reviews(lake, industry)
    made: dict[str, list[pl.DataFrame]] = {table.name: [table.frame()] for table in SENTIMENT}
    for tenant, rows in reviews.items():
        scope = Scope(lake, industry, tenant, MODEL)
        for name, frame in _read(settings, scope, rows).items():
            made[name].append(frame.with_columns(industry=pl.lit(industry), tenant=pl.lit(tenant)))
    for table in SENTIMENT:
        found = pl.concat([table.conform(frame) for frame in made[table.name]])
        lake.write(COMMERCE, table.name, industry, found)
    spam = sum(frame.filter("is_spam").height for frame in made[REVIEW_SENTIMENT.name])
    return {"reviews": sum(rows.height for rows in reviews.values()), "spam": spam}


def train_sentiment(
    lake: Lake, settings: Settings, industry: str, tenant: str | None = None, *, now: datetime | None = None
) -> dict[str, str]:
    """Train a version of each tenant's model (or of one's) if there is anything new to learn from.

    The reviews are those that the last run took in.

    Returns:
        What was done, by tenant; empty where there are no reviews.
    """
    embed, name = _embedder(settings)
    said = {}
    for owner, rows in _reviews(lake, industry).items():
        if tenant in (None, owner):
            kept = rows.filter(~_marked(rows)["is_spam"])
            said[owner] = renew(Scope(lake, industry, owner, MODEL), rows, kept, embed, name, by_hand=True, now=now)
    return said


def withdrawn_versions(scope: Scope) -> set[str]:
    """Versions of a tenant's model that learnt from reviews which are no longer there."""
    rows = _reviews(scope.lake, scope.industry).get(scope.tenant)
    learnt = model_predictions.read(scope).filter(kind="held out")
    if rows is not None:
        learnt = learnt.join(subjects.reviews_named(rows), on="subject_id", how="anti")
    return set(learnt["version_id"])


def _reviews(lake: Lake, industry: str) -> dict[str, pl.DataFrame]:
    """Rows of ``reviews`` by tenant, as the last run took them in; empty where there was none."""
    frames = [pl.read_parquet(path) for path in lake.parts(COMMERCE, "reviews", industry)]
    if not frames:
        return {}
    return {str(tenant): rows for (tenant,), rows in pl.concat(frames).group_by("tenant", maintain_order=True)}


def _marked(reviews: pl.DataFrame) -> pl.DataFrame:
    """Which reviews are spam, and why."""
    from market_research.commerce.reviews import judged

    # Copies are told by the marketplace's id, where there is one; another marketplace may count the same way.
    known = pl.coalesce(pl.format("{} {}", "product_id", "stated_id"), "review_id")
    looked_at = judged(reviews.with_columns(review_id=known))
    return reviews.select("review_id", "product_id").hstack(looked_at.select("is_spam", "spam_reasons"))


def _read(settings: Settings, scope: Scope, reviews: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """One tenant's reviews as the tables of ``SENTIMENT``, without what names industry and tenant."""
    from market_research.commerce.sentiment import aspects, patterns, products, topics

    marked = _marked(reviews)
    kept = reviews.filter(~marked["is_spam"])
    embed, name = _embedder(settings)
    felt = readers(scope, reviews, kept, embed, name).read(kept, embed)
    said = felt.drop("product_id")
    return {
        REVIEW_SENTIMENT.name: marked.join(said, on="review_id", how="left", maintain_order="left"),
        PRODUCT_SENTIMENT.name: products.product_sentiment(felt, kept),
        ASPECT_SENTIMENT.name: aspects.aspect_sentiment(aspects.review_aspects(kept)),
        FEATURE_REQUESTS.name: patterns.feature_requests(kept),
        COMPLAINTS.name: patterns.complaints(kept),
        REVIEW_TOPICS.name: topics.topics(kept),
    }


def _embedder(settings: Settings) -> tuple[Callable[..., Any], str]:
    """The local embedder as far as sentiment needs it, loaded at its first text; and its name."""
    from market_research.commerce.sentiment.classify import EMBEDDER_LAYERS
    from market_research.retrieval import embedding, minilm

    load = partial(embedding.load, settings.models, EMBEDDER_LAYERS)
    return lambda texts: load().embed(texts), f"{minilm.MODEL_NAME}-{EMBEDDER_LAYERS}-layers"
