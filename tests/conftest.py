"""What all tests share: the real files, the embedding model, and an environment that is nobody's."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import hypothesis
import polars as pl
import pytest

from market_research.industries import ResearchRequest
from resources.lake import Lake

# The machine's load must not decide whether a property holds, and CI must not fail on what nobody can repeat.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")

# Parallel workers are given the width of a terminal, which a console would keep from its first moment on.
os.environ.pop("COLUMNS", None)

PROJECT = Path(__file__).resolve().parents[1]
REAL_DATA = "MARKET_RESEARCH_REAL_DATA"


@pytest.fixture(scope="session", autouse=True)
def _environment_of_nobody() -> Iterator[None]:
    """Settings and keys of the person who runs the tests must not change what they find."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name == "DAGSTER_HOME" or (name.startswith("MARKET_RESEARCH_") and name != REAL_DATA):
                patch.delenv(name)
        # GX and Lance report their use, and LiteLLM fetches a price list, unless told not to.
        patch.setenv("GX_ANALYTICS_ENABLED", "False")
        patch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
        patch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        from market_research.settings import Settings

        patch.setitem(Settings.model_config, "env_file", None)
        patch.setitem(Settings.model_config, "yaml_file", None)
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of public files as their makers published them; tests that compare with them skip where it is absent."""
    folder = Path(os.environ.get(REAL_DATA) or PROJECT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"the real files are not at {folder}; {REAL_DATA} names their folder")
    return folder


@pytest.fixture(scope="module")
def light_reports() -> Iterator[None]:
    """Reports without PDF and DOCX, whose typesetting is a good part of a run: for tests that do not look at them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MARKET_RESEARCH_FORMATS", "json,md,html")
        yield


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedding model's graph, built once for all tests."""
    from market_research.retrieval import minilm

    folder = tmp_path_factory.mktemp("models")
    minilm.build(folder / f"{minilm.MODEL_NAME}.onnx")
    return folder


@dataclass(frozen=True)
class Sample:
    """One sample industry, staged and computed: what analyses and writers are given."""

    request: ResearchRequest
    lake: Lake
    tables: dict[str, pl.DataFrame]
    facts: pl.DataFrame
    documents: pl.DataFrame
    passages: pl.DataFrame


def _computed(lake: Lake, folder: Path) -> Sample:
    from market_research.cleaning.reference import reference_tables
    from market_research.cleaning.schema import DOCUMENTS, FACTS
    from market_research.industries import read_request
    from market_research.settings import SQL_FOLDER
    from market_research.sqlfiles import read_all
    from resources.commerce import write_references
    from resources.inbox import collect
    from resources.lake_sql import run_sql_table
    from resources.staging import stage_industry

    request = read_request(folder / "request.yaml")
    key = request.industry
    collect(lake, folder, key, max_bytes=2**24, now=datetime(2026, 1, 2, tzinfo=UTC))
    stage_industry(lake, key)
    documents = lake.read("staged", DOCUMENTS, key)
    stated = lake.read("staged", FACTS, key)["entity"].unique().sort().to_list()
    for name, frame in reference_tables(request, documents, stated).items():
        lake.write("reference", name, key, frame)
    write_references(lake, request)
    sql = read_all(SQL_FOLDER)
    tables = {name: run_sql_table(lake, key, table, sql) for name, table in sql.items()}
    return Sample(request, lake, tables, tables["facts"], documents, tables["passages"])


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Sample]:
    """A function from an industry's key to the bundled sample of it, each computed once."""
    lake = Lake(tmp_path_factory.mktemp("sample") / "lake")
    return cache(lambda industry: _computed(lake, PROJECT / "sample" / industry))
