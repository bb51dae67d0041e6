"""Embedding models over LiteLLM: batches, retries, costs, and answers that are no vectors."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from market_research.errors import InvalidInput
from market_research.language_model.embeddings import BATCH, RemoteEmbedder, identity, named
from market_research.language_model.errors import ModelFailed, OverBudget
from market_research.settings import Settings
from resources.lake import Lake
from resources.language_model import open_embedder
from tests.language_model.conftest import INDUSTRY
from tests.language_model.provider import Fail, Provider, Raw, Say, busy, embedding_of

MODEL = "openai/text-embedding-3-small"
Embedders = Callable[..., RemoteEmbedder]


@pytest.fixture
def embedder(provider: Provider, lake: Lake, tmp_path: Path) -> Iterator[Embedders]:
    with ExitStack() as stack:

        def open_one(model: str = MODEL, **changes: Any) -> RemoteEmbedder:
            settings = Settings(home=tmp_path, **({"llm_backoff_seconds": 0.01, "llm_attempt_seconds": 5} | changes))
            name = identity(model, provider.url)
            return stack.enter_context(
                open_embedder(settings, lake, INDUSTRY, name, run_id="run", purpose="embedding", owned=True)
            )

        yield open_one


def answer(vectors: list[Any]) -> Raw:
    rows = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
    body = {"object": "list", "data": rows, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    return Raw(json.dumps(body).encode())


def test_texts_get_unit_vectors_in_their_order_batch_by_batch(
    embedder: Embedders, provider: Provider, booked: Callable[[], pl.DataFrame]
) -> None:
    texts = [f"passage number {n} of the filing" for n in range(2 * BATCH + 3)]
    vectors = embedder().embed(texts)
    assert np.allclose(vectors, [embedding_of(text) for text in texts], atol=1e-6)
    assert sorted(len(asked.texts) for asked in provider.asked) == [3, BATCH, BATCH]
    rows = booked()
    assert rows["status"].to_list() == ["ok"] * 3
    assert rows["cost_usd"].sum() == pytest.approx(rows["tokens_in"].sum() * 0.02e-6)
    assert {asked.path for asked in provider.asked} == {"/v1/embeddings"}


def test_what_was_embedded_is_not_paid_for_again(
    embedder: Embedders, provider: Provider, booked: Callable[[], pl.DataFrame]
) -> None:
    first = embedder().embed(["one", "two"])
    again = embedder().embed(["one", "two"])
    assert np.array_equal(first, again)
    assert len(provider.asked) == 1
    assert booked()["status"].to_list() == ["ok", "cached"]


def test_busy_and_broken_answers_are_asked_for_again(embedder: Embedders, provider: Provider) -> None:
    provider.script(busy(), Fail(500), Say("", cut=40))
    assert embedder().embed(["text"]).shape == (1, 64)
    assert len(provider.asked) == 4


@pytest.mark.parametrize(
    "wrong",
    [answer([]), answer([[0.1], [0.2]]), answer([["a"]]), answer([[]]), Raw(b"<html>gateway</html>"), Raw(b"")],
    ids=["none", "too many", "words", "empty", "page", "nothing"],
)
def test_what_holds_no_vector_for_each_text_is_refused(embedder: Embedders, provider: Provider, wrong: Raw) -> None:
    provider.behave(lambda asked: wrong)
    with pytest.raises(ModelFailed):
        embedder(llm_attempts=2).embed(["text"])
    assert len(provider.asked) == 2


def test_a_budget_holds_for_embeddings_too(embedder: Embedders, provider: Provider) -> None:
    with pytest.raises(OverBudget):
        embedder(llm_run_usd=1e-9).embed(["a text that costs more than that"])
    assert provider.asked == []


def test_no_key_reaches_an_error(embedder: Embedders, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-0123456789abcdef")
    with pytest.raises(ModelFailed) as told:
        embedder().embed(["text"])
    assert "sk-wrong" not in str(told.value)


def test_a_model_elsewhere_is_another_model() -> None:
    assert identity("openai/m", "") == "openai/m"
    assert named(identity("openai/m", "http://localhost:1/v1/")) == ("openai/m", "http://localhost:1/v1")


@pytest.mark.parametrize("place", ["ftp://x", "localhost:8000", "http://user:word@host/v1"])
def test_an_api_base_that_is_no_plain_url_is_refused(lake: Lake, tmp_path: Path, place: str) -> None:
    opened = open_embedder(
        Settings(home=tmp_path), lake, INDUSTRY, f"{MODEL} at {place}", run_id="r", purpose="p", owned=False
    )
    with pytest.raises(InvalidInput, match="EMBEDDINGS_API_BASE"), opened:
        pass
