"""Changing the embedding model: tracked, resumable, paid for once, and never in the way of a search."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from market_research.language_model.embeddings import identity
from market_research.settings import PROJECT_ROOT, Settings
from resources import embedding as embeddings
from resources import vectors as store
from resources.embedding import LOCAL, embed_passages, migrations, query_vector
from resources.lake import Lake
from resources.vectors import Vectors
from tests.language_model.provider import Asked, Fail, Provider, Say, serving

pytestmark = pytest.mark.usefixtures("light_reports")

MODEL = "openai/text-embedding-3-small"
KEY = "sk-loopback-0123456789abcdef"
INDUSTRY = "chips"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(key=KEY) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, models_folder: Path) -> Path:
    (tmp_path / "models").symlink_to(models_folder)
    return tmp_path


def passages(count: int = 6) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "passage_id": [f"pass_{n:016x}" for n in range(count)],
            "industry": [INDUSTRY] * count,
            "document_id": ["doc_1"] * count,
            "text": [f"Plant {n} makes wafers for customer {n * 7}." for n in range(count)],
        }
    )


def settings(home: Path, provider: Provider | None = None) -> Settings:
    named = {"embeddings": MODEL, "embeddings_api_base": provider.url} if provider else {}
    return Settings(home=home, llm_backoff_seconds=0.01, llm_attempts=1, llm_attempt_seconds=5, **named)


Embed = Callable[..., embeddings.Embedded]


@pytest.fixture
def embed(home: Path) -> Embed:
    def made(provider: Provider | None = None, count: int = 6) -> embeddings.Embedded:
        given = settings(home, provider)
        return embed_passages(given, Lake(given.lake), Vectors(given.vectors), INDUSTRY, passages(count), run_id="run")

    return made


def searched_by(home: Path) -> str | None:
    at = Vectors(settings(home).vectors).current(INDUSTRY)
    return at.model if at else None


def rows(home: Path) -> pl.DataFrame:
    return migrations(Lake(settings(home).lake), INDUSTRY)


def test_a_change_of_the_model_is_a_row_with_its_cost(embed: Embed, home: Path, provider: Provider) -> None:
    embed()
    assert searched_by(home) == LOCAL
    assert rows(home).is_empty()
    made = embed(provider)
    assert (made.model, made.problem, made.done.embedded) == (identity(MODEL, provider.url), "", 6)
    row = rows(home).row(0, named=True)
    assert (row["from_model"], row["to_model"]) == (LOCAL, identity(MODEL, provider.url))
    assert (row["passages"], row["embedded"]) == (6, 6)
    assert row["cost_usd"] > 0
    assert row["finished_at"] > row["started_at"]
    assert searched_by(home) == identity(MODEL, provider.url)


def test_a_query_is_embedded_by_the_model_of_the_table(embed: Embed, home: Path, provider: Provider) -> None:
    embed()
    given = settings(home, provider)
    lake, vectors = Lake(given.lake), Vectors(given.vectors)
    before = query_vector(given, lake, vectors, INDUSTRY, "wafers")
    assert before is not None
    assert before.shape == (384,)
    embed(provider)
    after = query_vector(given, lake, vectors, INDUSTRY, "wafers")
    assert after is not None
    assert after.shape == (64,)
    found = vectors.search(INDUSTRY, "Plant 3 makes wafers for customer 21.", after, limit=1)
    assert found["passage_id"].to_list() == [f"pass_{3:016x}"]


def test_where_the_provider_is_away_this_machine_embeds_and_the_next_run_goes_on(
    embed: Embed, home: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "EMBED_CHUNK", 2)
    embed()
    provider.script(Say(""), Fail(401, "denied"))
    stood_in = embed(provider)
    assert stood_in.model == LOCAL
    assert "denied" in stood_in.problem
    assert searched_by(home) == LOCAL
    begun = rows(home).row(0, named=True)
    assert (begun["finished_at"], begun["embedded"]) == (None, 2)
    assert "denied" in begun["detail"]

    went_on = embed(provider)
    assert went_on.done.embedded == 4
    texts = [text for asked in provider.asked[:1] + provider.asked[2:] for text in asked.texts]
    assert texts == passages()["text"].to_list()
    assert rows(home).height == 1
    assert rows(home)["finished_at"].null_count() == 0
    assert rows(home)["detail"].to_list() == [None]


def test_where_the_provider_is_away_at_a_search_words_are_looked_for(
    embed: Embed, home: Path, provider: Provider
) -> None:
    embed(provider)
    provider.behave(lambda asked: Fail(500))
    given = settings(home, provider)
    assert query_vector(given, Lake(given.lake), Vectors(given.vectors), INDUSTRY, "wafers") is None


RUN = """
import sys
from pathlib import Path
from resources import vectors as store
from tests.resources.test_embedding import INDUSTRY, passages, settings
from resources.embedding import embed_passages
from resources.lake import Lake
from resources.vectors import Vectors
store.EMBED_CHUNK = 2
class At:
    url = sys.argv[2]
given = settings(Path(sys.argv[1]), At())
embed_passages(given, Lake(given.lake), Vectors(given.vectors), INDUSTRY, passages(10), run_id="killed")
"""


def test_a_kill_in_the_middle_costs_no_text_twice(embed: Embed, home: Path, provider: Provider) -> None:
    embed(count=10)
    arrived: list[Asked] = []

    def slow(asked: Asked) -> Say:
        arrived.append(asked)
        return Say("", pause=0.0 if len(arrived) < 3 else 60.0)

    provider.behave(slow)
    process = subprocess.Popen([sys.executable, "-c", RUN, str(home), provider.url], cwd=PROJECT_ROOT, env=os.environ)
    ends = time.monotonic() + 120
    while len(arrived) < 3:
        assert time.monotonic() < ends
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert searched_by(home) == LOCAL

    provider.behave(lambda asked: Say(""))
    done = embed(provider, count=10)
    assert done.model == identity(MODEL, provider.url)
    answered = [text for asked in (*arrived[:2], *provider.asked[3:]) for text in asked.texts]
    assert sorted(answered) == sorted(passages(10)["text"])
    row = rows(home).row(0, named=True)
    assert (rows(home).height, row["embedded"]) == (1, 10)
    assert row["finished_at"] is not None
