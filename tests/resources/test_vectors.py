"""The vector store: it holds exactly the passages given, embeds only new ones, and finds by word and meaning."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from market_research.retrieval import embedding
from market_research.retrieval.embedding import Embedder
from resources.vectors import Vectors

TEXTS = {
    "pass_a": "Export rules limit shipments of accelerators to China.",
    "pass_b": "Gross margin fell because inventory was written down.",
    "pass_c": "Subscribers left after the price of the plan went up.",
    "pass_d": "The Blackwell platform ramped faster than any product before.",
}


def passages(*ids: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "passage_id": list(ids),
            "industry": ["chips"] * len(ids),
            "document_id": ["doc_1"] * len(ids),
            "heading": [None] * len(ids),
            "text": [TEXTS[i] for i in ids],
        },
        schema_overrides={"heading": pl.String()},
    )


class Counting:
    """Embeds, and remembers what."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.seen: list[str] = []

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.seen += texts
        return self.embedder.embed(texts)


@pytest.fixture(scope="module")
def embedder(models_folder: Path) -> Embedder:
    return embedding.load(models_folder)


@pytest.fixture
def embed(embedder: Embedder) -> Counting:
    return Counting(embedder)


@pytest.fixture
def vectors(tmp_path: Path) -> Vectors:
    return Vectors(tmp_path / "vectors")


def best(vectors: Vectors, embed: Counting, query: str, industry: str = "chips", **more: str) -> list[str]:
    found = vectors.search(industry, query, embed.embedder.embed([query])[0], limit=4, **more)  # type: ignore[arg-type]
    return found["passage_id"].to_list()


def test_only_new_passages_are_embedded_and_those_gone_are_deleted(vectors: Vectors, embed: Counting) -> None:
    first = vectors.synchronise("chips", passages("pass_a", "pass_b"), embed)
    assert (first.total, first.embedded, first.deleted) == (2, 2, 0)
    second = vectors.synchronise("chips", passages("pass_b", "pass_c"), embed)
    assert (second.total, second.embedded, second.deleted) == (2, 1, 1)
    third = vectors.synchronise("chips", passages("pass_b", "pass_c"), embed)
    assert (third.embedded, third.deleted) == (0, 0)
    assert embed.seen == [TEXTS[i] for i in ("pass_a", "pass_b", "pass_c")]
    assert set(best(vectors, embed, "anything at all")) == {"pass_b", "pass_c"}


def test_a_passage_is_found_by_its_meaning_and_by_a_rare_word(vectors: Vectors, embed: Counting) -> None:
    vectors.synchronise("chips", passages(*TEXTS), embed)
    assert best(vectors, embed, "trade restrictions on Chinese customers")[0] == "pass_a"
    assert best(vectors, embed, "Blackwell")[0] == "pass_d"


def test_industries_do_not_see_each_other(vectors: Vectors, embed: Counting) -> None:
    vectors.synchronise("chips", passages("pass_a"), embed)
    vectors.synchronise("streaming", passages("pass_c"), embed)
    assert best(vectors, embed, "subscribers", "chips") == ["pass_a"]


def test_an_empty_store_finds_nothing(vectors: Vectors, embed: Counting) -> None:
    assert best(vectors, embed, "anything") == []
    vectors.synchronise("chips", passages("pass_a"), embed)
    vectors.synchronise("chips", passages(), embed)
    assert best(vectors, embed, "anything") == []


def test_who_asks_nothing_finds_nothing(vectors: Vectors, embed: Counting) -> None:
    vectors.synchronise("chips", passages("pass_a"), embed)
    assert best(vectors, embed, " ") == []


@pytest.mark.parametrize("query", ["the", "'; DROP TABLE chips; --", '"unclosed', "a AND OR (", "*", "数字"])
def test_any_query_is_answered(vectors: Vectors, embed: Counting, query: str) -> None:
    vectors.synchronise("chips", passages(*TEXTS), embed)
    assert len(best(vectors, embed, query)) == 4


def test_the_way_to_the_same_passages_does_not_matter(tmp_path: Path, embed: Counting) -> None:
    straight, roundabout = Vectors(tmp_path / "a"), Vectors(tmp_path / "b")
    straight.synchronise("chips", passages(*TEXTS), embed)
    for ids in (("pass_d",), ("pass_d", "pass_a", "pass_b"), tuple(TEXTS)):
        roundabout.synchronise("chips", passages(*ids), embed)
    for query in ("price", "inventory of accelerators", "Blackwell in China"):
        assert best(straight, embed, query) == best(roundabout, embed, query)
