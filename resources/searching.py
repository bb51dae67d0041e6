"""Searching an industry's passages: filters as people say them, the query's vector, the threshold of the model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import polars as pl

from market_research.cleaning.schema import DOCUMENTS, ENTITIES
from market_research.errors import InvalidInput
from market_research.retrieval.filters import Filters
from market_research.retrieval.search import HIT_SCHEMA, threshold_of
from market_research.settings import Settings
from resources.embedding import query_vector
from resources.lake import Lake
from resources.registry import Registry
from resources.vectors import Vectors

MENTIONED = ("company", "technology", "product", "segment", "regulator")
FOUND_SCHEMA = {**HIT_SCHEMA, "source": pl.String(), "publisher": pl.String(), "locator": pl.String()}


class Stores(Protocol):
    """Where an industry is searched: a workspace, or the press within it."""

    @property
    def settings(self) -> Settings: ...

    @property
    def lake(self) -> Lake: ...

    @property
    def registry(self) -> Registry: ...

    @property
    def vectors(self) -> Vectors: ...


@dataclass(frozen=True)
class Search:
    """A search as it is asked for. Entities may have any name that they are known by."""

    query: str
    industry: str
    entities: Sequence[str] = ()
    kinds: Sequence[str] = ()
    documents: Sequence[str] = ()
    since: date | None = None
    until: date | None = None
    limit: int = 8
    best: bool = field(default=False)
    """Give the best even where they are no answer."""


def searchable(lake: Lake, industry: str) -> pl.DataFrame:
    """Passages as the vector store wants them, each with whom it speaks of or whose document it is; no copies."""
    passages = pl.read_parquet(lake.parts("clean", "passages", industry))
    passages = passages.filter(pl.col("duplicate_of").is_null())
    mentions = pl.read_parquet(lake.parts("clean", "mentions", industry))
    spoken = (
        pl.concat(
            [
                mentions.filter(pl.col("kind").is_in(MENTIONED)).select("passage_id", entity="name"),
                passages.filter(pl.col("company").is_not_null()).select("passage_id", entity="company"),
            ]
        )
        .group_by("passage_id")
        .agg(entities=pl.col("entity").unique().sort())
    )
    return passages.join(spoken, on="passage_id", how="left", maintain_order="left")


def search(stores: Stores, asked: Search) -> pl.DataFrame:
    """Passages that answer, best first: columns of ``FOUND_SCHEMA``. No row where nothing reaches the threshold.

    Raises:
        NotFound: there is no such industry.
        InvalidInput: it has no such entity or kind of document, or the days are in the wrong order.
    """
    stores.registry.get(asked.industry)
    lake, vectors = stores.lake, stores.vectors
    filters = _filters(lake, asked)
    at = vectors.current(asked.industry)
    if at is None or not asked.query.strip():
        return pl.DataFrame(schema=FOUND_SCHEMA)
    vector = query_vector(stores.settings, lake, vectors, asked.industry, asked.query)
    threshold = None if asked.best else threshold_of(at.model)
    found = vectors.search(asked.industry, asked.query, vector, limit=asked.limit, filters=filters, threshold=threshold)
    documents = lake.read("staged", DOCUMENTS, asked.industry)
    text = pl.read_parquet(lake.parts("clean", "passages", asked.industry))
    return (
        found.join(text.select("passage_id", "locator"), on="passage_id", how="inner", maintain_order="left")
        .join(documents.select("document_id", "publisher", source="title"), on="document_id", how="left",
              maintain_order="left")
        .select(list(FOUND_SCHEMA))
    )  # fmt: skip


def _filters(lake: Lake, asked: Search) -> Filters:
    known = lake.read("staged", DOCUMENTS, asked.industry)["kind"].unique().sort().to_list() if asked.kinds else []
    if unknown := [kind for kind in asked.kinds if kind not in known]:
        raise InvalidInput(
            f"{asked.industry} has no documents of the kind {', '.join(unknown)}; it has {', '.join(known) or 'none'}."
        )
    return Filters(
        entities=tuple(canonical(lake, asked.industry, name) for name in asked.entities),
        kinds=tuple(asked.kinds),
        documents=tuple(asked.documents),
        since=asked.since,
        until=asked.until,
    )


def canonical(lake: Lake, industry: str, name: str) -> str:
    """The name by which the industry's records know somebody, from any of the known forms.

    Raises:
        InvalidInput: nobody is known by it.
    """
    entities = lake.read("clean", ENTITIES, industry)
    said = " ".join(name.split()).casefold()
    for known, ticker, aliases in entities.select("name", "ticker", "aliases").rows():
        if said in {form.casefold() for form in (known, ticker, *(aliases or ())) if form}:
            return str(known)
    listed = ", ".join(entities["name"].sort().head(12))
    raise InvalidInput(f"{industry} knows nobody called {name!r}; it knows {listed}{' …' * (entities.height > 12)}.")
