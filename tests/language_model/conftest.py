"""A provider on this machine, and models that ask it through LiteLLM."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from market_research.language_model.client import LanguageModel
from market_research.settings import Settings
from resources.lake import Lake
from resources.language_model import calls, open_language_model
from tests.language_model.provider import Provider, serving

KEY = "sk-loopback-0123456789abcdef"
INDUSTRY = "chips"
Open = Callable[..., LanguageModel]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(key=KEY) as server:
        yield server


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def opened(provider: Provider, lake: Lake, tmp_path: Path) -> Iterator[Open]:
    """A function that opens a model with settings; all are closed at the end."""
    with ExitStack() as stack:

        def open_one(*, run_id: str = "run", **changes: Any) -> LanguageModel:
            given = {
                "llm": "openai/gpt-4o-mini",
                "llm_api_base": provider.url,
                "llm_backoff_seconds": 0.01,
                "llm_attempt_seconds": 5,
            }
            settings = Settings(home=tmp_path, **(given | changes))
            return stack.enter_context(open_language_model(settings, lake, INDUSTRY, run_id=run_id))

        yield open_one


@pytest.fixture
def booked(lake: Lake) -> Callable[[], pl.DataFrame]:
    """A function that gives the rows of ``llm_calls``."""
    return lambda: calls(lake, INDUSTRY)
