"""What the README shows runs: its queries on the sample's warehouse, and its commands exist."""

import re
from pathlib import Path

import pytest

from market_research.settings import PROJECT_ROOT, Settings
from resources.runner import run_industries
from resources.sample import install_sample
from resources.workspace import Workspace

pytestmark = pytest.mark.usefixtures("light_reports")

README = (PROJECT_ROOT / "README.md").read_text("utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def sample_warehouse(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Workspace:
    """The retail and semiconductors industries of the sample, run to the end."""
    home = tmp_path_factory.mktemp("readme")
    (home / "models").symlink_to(models_folder)
    workspace = Workspace(Settings(home=home))
    install_sample(workspace)
    run_industries(workspace, ["retail", "semiconductors"])
    return workspace


def test_there_are_five_queries() -> None:
    assert len(QUERIES) == 5


@pytest.mark.parametrize("query", QUERIES, ids=range(1, len(QUERIES) + 1))
def test_every_query_gives_rows(sample_warehouse: Workspace, query: str) -> None:
    assert sample_warehouse.warehouse.query(query).height > 0


def test_every_command_exists() -> None:
    from typer.main import get_command

    from market_research.cli import app

    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"`market-research ([a-z]+)", README))
    assert named <= commands, f"not commands: {named - commands}"
    assert commands <= named, f"not in the README: {commands - named}"


def test_every_path_named_exists() -> None:
    for path in re.findall(r"\]\(([\w./-]+)\)", README):
        assert (PROJECT_ROOT / path).exists(), path


def test_the_sources_shown_are_ones_that_a_request_accepts() -> None:
    from market_research.industries import parse_request

    shown = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert len(shown) == 1
    request = parse_request(f"industry: shown\n{shown[0]}")
    assert [source.kind for source in request.sources] == ["rest", "sql", "web_page"]


def test_every_source_stands_in_the_table_of_sources() -> None:
    from market_research.connectors.registry import connectors

    table = README.partition("| source | what is asked")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", table)) >= set(connectors())
