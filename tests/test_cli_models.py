"""Commands about language models, against a provider on this machine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.language_model.provider import Fail, Provider, serving
from tests.test_cli import run

KEY = "sk-loopback-0123456789abcdef"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(key=KEY) as server:
        yield server


def _configured(provider: Provider) -> dict[str, str]:
    return {
        "MARKET_RESEARCH_LLM": "openai/gpt-4o-mini",
        "MARKET_RESEARCH_LLM_API_BASE": provider.url,
        "MARKET_RESEARCH_LLM_ATTEMPTS": "1",
        "OPENAI_API_KEY": KEY,
    }


def test_the_doctor_asks_a_model_only_when_told_to_and_books_it(tmp_path: Path, provider: Provider) -> None:
    provider.behave(lambda asked: "ready")
    done = run(tmp_path, "doctor", **_configured(provider))
    assert b"openai/gpt-4o-mini: 128,000 tokens, 0.15 and 0.6 dollars" in done.stdout
    assert provider.asked == []
    done = run(tmp_path, "doctor", "--ask", **_configured(provider))
    assert b"openai/gpt-4o-mini answers in" in done.stdout
    assert len(provider.asked) == 1
    costs = json.loads(run(tmp_path, "models", "calls", "--format", "json").stdout)
    assert [(row["purpose"], row["status"], row["calls"]) for row in costs] == [("doctor", "ok", 1)]
    assert costs[0]["cost_usd"] > 0


def test_the_doctor_says_what_a_model_lacks_without_showing_a_key(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.behave(lambda asked: Fail(401, f"Incorrect API key provided: {KEY}"))
    done = run(tmp_path, "doctor", "--ask", **_configured(provider))
    assert done.returncode == 1
    assert b"gave no answer" in done.stdout
    assert KEY.encode() not in done.stdout + done.stderr
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    done = run(tmp_path, "doctor", MARKET_RESEARCH_LLM="anthropic/claude-sonnet-4-5")
    assert b"set ANTHROPIC_API_KEY" in done.stdout
    unpriced = {**_configured(provider), "MARKET_RESEARCH_LLM": "openai/house"}
    assert b"its price is not known" in run(tmp_path, "doctor", **unpriced).stdout


def test_models_are_listed_with_size_and_price(tmp_path: Path) -> None:
    own = {"MARKET_RESEARCH_LLM_MODELS": '{"openai/house": {"input_usd": 0, "output_usd": 0, "context_tokens": 4096}}'}
    done = run(tmp_path, "models", "list", "--format", "json", "--provider", "openai", "--provider", "anthropic", **own)
    rows = {row["model"]: row for row in json.loads(done.stdout)}
    assert rows["openai/gpt-4o-mini"]["context_tokens"] == 128_000
    assert rows["anthropic/claude-sonnet-4-5"]["output_usd"] == 15
    assert rows["openai/house"]["context_tokens"] == 4096
    assert {row["provider"] for row in rows.values()} == {"openai", "anthropic"}


def test_without_a_provider_the_list_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "models", "list")
    assert done.returncode == 1
    assert b"--provider openai" in done.stderr
    assert b"lists no models of nobody" in run(tmp_path, "models", "list", "-p", "nobody").stderr
