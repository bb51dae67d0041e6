"""Cost follows change: after a new document a model is asked again for what its evidence reaches, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import yaml

from market_research.settings import Settings
from market_research.writing.frameworks.rows import SWOT
from resources.editions import latest
from resources.language_model import calls
from resources.runner import run_industries
from resources.sample import install_sample
from resources.workspace import Workspace
from tests.language_model.provider import Provider, serving
from tests.writing.llm.authors import honest

KEY = "sk-loopback-0123456789abcdef"
INDUSTRY = "streaming_cloud"
# A year that the sample does not have, of a technology that its report shows.
ADOPTION = "technology,region,year,adoption (%)\nSocial media,United States,2020,81\n"
# Tells nothing that a section asks for, and is newer than all else.
MEETING = "Netflix held its annual meeting in Los Gatos, and shareholders elected the directors.\n"
COURT = "Snowflake was sued by a former customer over a breach of its systems, and denied that it was at fault.\n"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with pytest.MonkeyPatch.context() as patch, serving(key=KEY) as server:
        patch.setenv("OPENAI_API_KEY", KEY)
        patch.setenv("MARKET_RESEARCH_LLM", "openai/gpt-4o-mini")
        patch.setenv("MARKET_RESEARCH_LLM_API_BASE", server.url)
        server.behave(honest)
        yield server


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, models_folder: Path, provider: Provider) -> Workspace:
    """An industry of the sample, run to the end with a model."""
    root = tmp_path_factory.mktemp("rewriting")
    (root / "models").symlink_to(models_folder)
    made = Workspace(Settings(home=root))
    install_sample(made)
    run_industries(made, [INDUSTRY])
    assert provider.asked
    return made


def add(workspace: Workspace, name: str, text: str, published: str, publisher: str = "A paper") -> None:
    inbox = workspace.inbox(INDUSTRY)
    sidecar = yaml.safe_load((inbox / "sources.yaml").read_text("utf-8"))
    sidecar[name] = {"title": name, "publisher": publisher, "kind": "news", "published_at": published}
    (inbox / "sources.yaml").write_text(yaml.safe_dump(sidecar), "utf-8")
    (inbox / name).write_text(text, "utf-8")


def asked_again(workspace: Workspace, provider: Provider) -> list[str]:
    """What the next run pays for; the provider must have been asked for just that."""
    before, asked = set(calls(workspace.lake, INDUSTRY)["call_id"]), len(provider.asked)
    run_industries(workspace, [INDUSTRY])
    new = calls(workspace.lake, INDUSTRY).filter(~pl.col("call_id").is_in(before))
    paid = new.filter(~pl.col("cached"))["purpose"].to_list()
    assert len(paid) == len(provider.asked) - asked
    return paid


def as_of(workspace: Workspace) -> str:
    newest = latest(workspace.lake, INDUSTRY)
    assert newest is not None
    return str(newest["as_of"])


@pytest.mark.long
def test_a_document_is_paid_for_where_it_is_read_and_nowhere_else(workspace: Workspace, provider: Provider) -> None:
    """In one test, for each step rests on the one before."""
    assert asked_again(workspace, provider) == []
    before = as_of(workspace)
    add(workspace, "Annual meeting.txt", MEETING, "2025-10-01")
    # The two frameworks of the field search widely, so they may come upon it; no section does.
    assert set(asked_again(workspace, provider)) <= {"five forces", "pestel"}
    assert as_of(workspace) == "2025-10-01" > before
    # Findings of the whole field are the evidence of the two frameworks of the field and of the summary.
    add(workspace, "Adoption.csv", ADOPTION, "2025-11-01")
    of_the_field = {"five forces", "pestel", "section executive_summary"}
    assert set(asked_again(workspace, provider)) == of_the_field | {"section technology_adoption"}
    add(workspace, "Snowflake in court.txt", COURT, "2025-12-01", "Snowflake")
    paid = asked_again(workspace, provider)
    assert {f"swot {name} of Snowflake" for name in SWOT} <= set(paid)
    assert not [one for one in paid if one.startswith("swot") and not one.endswith("of Snowflake")]
    assert asked_again(workspace, provider) == []
