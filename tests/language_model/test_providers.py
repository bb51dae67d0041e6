"""What is known of models, and a library that asks nothing of the network by itself."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.errors import InvalidInput
from market_research.language_model.cards import ModelCard, card_of, cards_of
from market_research.language_model.config import ModelConfig, config_of
from market_research.language_model.errors import NoModel
from market_research.language_model.providers import Providers, known_entry, litellm, provider_of
from market_research.language_model.redaction import LONGEST_MESSAGE, shown
from market_research.language_model.tokens import counted, estimated, fitting
from market_research.settings import PROJECT_ROOT, Settings
from tests.language_model.provider import embedding_of, serving

BLOCKED = """
import socket, sys

def blocked(*args, **kwargs):
    print("NETWORK", args, flush=True)
    raise OSError("no network here")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = blocked
from market_research.language_model.config import ModelConfig
from market_research.language_model.providers import Providers, litellm
library = litellm()
models = "openai/gpt-4o-mini anthropic/claude-sonnet-4-5 ollama/llama3 openai/house groq/llama-3.3-70b".split()
transport = Providers(ModelConfig(model=models[0]))
for model in models:
    print(model, transport.card(model).context_tokens, transport.count(model, "Net sales rose by four percent."))
print(library.telemetry, library.callbacks, library.success_callback, "LEFT" in __import__("os").environ)
"""


def test_nothing_meets_the_network_before_a_question_is_put(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LEFT=behind\n")
    code = f"import sys; sys.path.insert(0, {str(PROJECT_ROOT)!r})\n{BLOCKED}"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "NETWORK" not in done.stdout
    assert done.stderr == ""
    *counts, last = done.stdout.splitlines()
    assert counts[0] == "openai/gpt-4o-mini 128000 7"
    assert counts[2].startswith("ollama/llama3 8192")
    assert last == "False [] [] False"


def test_what_writers_import_brings_no_library_along() -> None:
    heavy = ("litellm", "openai", "tiktoken", "tokenizers", "httpx", "aiohttp")
    code = f"import sys, resources.language_model, resources.models; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_table_of_a_known_model_is_used() -> None:
    transport = Providers(ModelConfig(model="openai/gpt-4o-mini"))
    card = transport.card("openai/gpt-4o-mini")
    assert (card.input_usd, card.output_usd, card.context_tokens, card.json_schema) == (0.15, 0.6, 128_000, True)
    assert transport.card("ollama/anything-at-all").cost(10**6, 10**6) == 0
    assert transport.card("openai/house-model").cost(1, 1) is None


def test_the_same_name_at_another_provider_has_no_known_price() -> None:
    assert known_entry("openai/gpt-4o-mini") is not None
    assert known_entry("together_ai/gpt-4o-mini") is None


def test_what_is_declared_goes_before_what_is_known() -> None:
    declared = cards_of({"openai/gpt-4o-mini": {"input_usd": 9}})["openai/gpt-4o-mini"]
    card = card_of(known_entry("openai/gpt-4o-mini"), provider="openai", declared=declared)
    assert (card.input_usd, card.output_usd) == (9, 0.6)


@pytest.mark.parametrize("values", [{"input": 1}, {"input_usd": -1}, {"context_tokens": "many"}, 7])
def test_a_model_that_is_declared_wrongly_says_so(values: object) -> None:
    with pytest.raises(InvalidInput, match="MARKET_RESEARCH_LLM_MODELS, model m"):
        cards_of({"m": values})


def test_an_unknown_provider_is_an_error_with_examples() -> None:
    litellm()
    with pytest.raises(InvalidInput, match="PROVIDER/MODEL"):
        provider_of("no-such-thing-at-all")


def test_no_model_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(NoModel, match="MARKET_RESEARCH_LLM"):
        config_of(Settings())


@pytest.mark.parametrize("base", ["localhost:8000", "file:///x", "https://user:word@host/v1"])
def test_an_api_base_that_cannot_be_meant_is_an_error(base: str) -> None:
    with pytest.raises(InvalidInput, match="MARKET_RESEARCH_LLM_API_BASE") as caught:
        config_of(Settings(llm="openai/x", llm_api_base=base))
    assert "word" not in str(caught.value).replace("password", "")


def test_models_are_asked_in_order_each_once() -> None:
    config = ModelConfig(model="a", fast="b", fallbacks=("b", "c", "a"))
    assert config.chain(fast=False) == ("a", "b", "c")
    assert config.chain(fast=True) == ("b", "a", "c")


@given(st.text(max_size=300))
def test_no_text_has_more_tokens_than_bytes(text: str) -> None:
    litellm()
    assert 0 <= counted("openai/gpt-4o", text) <= len(text.encode()) + 1


def test_prose_has_fewer_tokens_than_estimated() -> None:
    litellm()
    text = "Net revenues increased to 4,231 million dollars, driven by higher volumes in North America. " * 20
    assert 0.4 < counted("openai/gpt-4o", text) / estimated(text) <= 1


def test_a_megabyte_is_counted_quickly_and_broken_text_at_all() -> None:
    litellm()
    assert counted("openai/gpt-4o", "a" * 2**20) > 10_000
    assert counted("openai/gpt-4o", "half \ud83d") > 0
    assert estimated("half \ud83d") > 0


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(-10, 400))
def test_what_fits_is_a_beginning_and_as_long_as_it_can_be(sizes: list[int], room: int) -> None:
    pieces = ["x" * size for size in sizes]
    kept = fitting(pieces, room, len)
    taken = [size + 2 for size in sizes]
    assert sum(taken[:kept]) <= max(room, 0)
    assert kept == len(pieces) or sum(taken[: kept + 1]) > room


def test_a_card_without_a_price_has_no_cost() -> None:
    assert ModelCard(input_usd=1).cost(1, 1) is None


@pytest.mark.parametrize(
    "text",
    [
        "key sk-abcdef1234567890 refused", "Bearer abcdef.ghijkl", "at https://u:secretword@host/x", "own-secret-value",
        "AIzaSyA1234567890abcdefghijk", "x" * 400 + " sk-abcdef1234567890" * 9,
    ],
)  # fmt: skip
def test_keys_are_hidden_whatever_they_look_like(text: str) -> None:
    hidden = shown(text + "\nmore", ["own-secret-value"])
    for secret in ("abcdef", "secretword", "own-secret", "AIza"):
        assert secret not in hidden
    assert "\n" not in hidden
    assert len(hidden) <= LONGEST_MESSAGE + 1


def test_the_provider_of_these_tests_embeds_as_well() -> None:
    with serving() as provider:
        asked = {"model": "openai/text-embedding-3-small", "api_base": provider.url, "api_key": "none"}
        made = litellm().embedding(input=["net sales rose", "net sales rose", "the cat sat"], **asked)
    same, again, other = (row["embedding"] for row in made.data)
    assert same == again == embedding_of("net sales rose")
    assert same != other
    assert made.usage.prompt_tokens > 0
