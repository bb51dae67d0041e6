"""What an industry's reviews say: judged, read by a model of the tenant's own ratings, and put together."""

from collections.abc import Callable
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
from market_research.settings import Settings
from resources.lake import Lake
from resources.lake_sql import COMMERCE
from resources.model_registry import Scope
from resources.sentiment_model import MODEL, readers


def write_sentiment(lake: Lake, settings: Settings, industry: str) -> dict[str, int]:
    """Write the tables of ``SENTIMENT`` from ``reviews``; returns how many reviews there are and how many are spam.

    Each tenant's reviews are read by the version in production of a model of their own ratings (``sentiment_model``),
    by the lexicon alone where there are not enough of each class.
    """
    reviews = pl.concat([pl.read_parquet(path) for path in lake.parts(COMMERCE, "reviews", industry)])
    made: dict[str, list[pl.DataFrame]] = {table.name: [table.frame()] for table in SENTIMENT}
    for (tenant,), rows in reviews.group_by("tenant", maintain_order=True):
        scope = Scope(lake, industry, tenant, MODEL)
        for name, frame in _read(settings, scope, rows).items():
            made[name].append(frame.with_columns(industry=pl.lit(industry), tenant=pl.lit(tenant)))
    for table in SENTIMENT:
        found = pl.concat([table.conform(frame) for frame in made[table.name]])
        lake.write(COMMERCE, table.name, industry, found)
    spam = sum(frame.filter("is_spam").height for frame in made[REVIEW_SENTIMENT.name])
    return {"reviews": reviews.height, "spam": spam}


def _read(settings: Settings, scope: Scope, reviews: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """One tenant's reviews as the tables of ``SENTIMENT``, without what names industry and tenant."""
    from market_research.commerce.reviews import judged
    from market_research.commerce.sentiment import aspects, patterns, products, topics

    # Copies are told by the marketplace's id, where there is one; another marketplace may count the same way.
    known = pl.coalesce(pl.format("{} {}", "product_id", "stated_id"), "review_id")
    looked_at = judged(reviews.with_columns(review_id=known))
    marked = reviews.select("review_id", "product_id").hstack(looked_at.select("is_spam", "spam_reasons"))
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
