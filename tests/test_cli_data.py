"""`market-research data`: ask as of a day, freshness, expiry, deletion and correction, as a user types them."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from market_research.cli import app
from market_research.errors import InvalidInput, NotFound
from market_research.settings import Settings
from resources.inbox import collect
from resources.intake import ingest_files
from resources.staging import stage_industry
from resources.workspace import Workspace

RESULTS = "company,fiscal_year,revenue ($ millions)\nAlder,2024,{}\n"
Command = Callable[..., Result]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An industry with a table that was replaced a hundred days after it had come, 300 days ago."""
    workspace = Workspace(Settings(home=tmp_path))
    workspace.registry.ensure("wood")
    folder = workspace.inbox("wood")
    folder.mkdir(parents=True)
    for value, age in ((10, 400), (20, 300)):
        (folder / "results.csv").write_text(RESULTS.format(value))
        moment = datetime.now(UTC) - timedelta(days=age)
        collect(workspace.lake, folder, "wood", max_bytes=2**20, now=moment)
        stage_industry(workspace.lake, "wood")
    return workspace


@pytest.fixture
def data(workspace: Workspace) -> Command:
    def call(*arguments: str) -> Result:
        env = {"MARKET_RESEARCH_HOME": str(workspace.settings.root), "COLUMNS": "300"}
        return CliRunner().invoke(app, ["data", *arguments, "--industry", "wood"], env=env)

    return call


def days_ago(number: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=number):%Y-%m-%d}"


def test_facts_now_and_as_of_a_day_in_every_format(data: Command) -> None:
    assert "20,000,000" in data("facts").output
    early = data("facts", "--as-of", days_ago(350), "--format", "json")
    (row,) = json.loads(early.output)
    assert (row["value"], row["ended_by"]) == (10e6, "replaced")
    csv = data("facts", "--where", "metric = 'revenue'", "--format", "csv")
    assert pl.read_csv(io.StringIO(csv.output))["value"].to_list() == [20e6]
    parquet = data("facts", "--format", "parquet")
    assert pl.read_parquet(io.BytesIO(parquet.stdout_bytes))["value"].to_list() == [20e6]
    assert "No rows." in data("passages").output
    assert len(json.loads(data("documents", "--format", "json").output)) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("facts", "--as-of", "soon"), "2025-01-01"),
        (("facts", "--where", "nonsense = 1"), "nonsense"),
        (("expire", "--older-than", "a while"), "400d"),
        (("delete", "doc_x", "--reason", "x"), "doc_x"),
        (("correct", "fact_x", "--value", "1", "--reason", "x"), "fact_x"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(data: Command, arguments: tuple[str, ...], says: str) -> None:
    error = data(*arguments).exception
    assert isinstance(error, InvalidInput | NotFound)
    assert says in str(error)


def test_freshness_says_what_is_stale(data: Command, workspace: Workspace, tmp_path: Path) -> None:
    (row,) = json.loads(data("freshness", "--format", "json").output)
    assert (row["source"], row["documents"], row["state"]) == ("inbox", 1, "stale")
    new = tmp_path / "new.csv"
    new.write_text(RESULTS.format(30))
    ingest_files(workspace, [new], "wood")
    assert json.loads(data("freshness", "--format", "json").output)[0]["state"] == "fresh"


def test_expiry_shows_first_and_then_does_it(data: Command) -> None:
    assert "Would expire: 1" in data("expire", "--older-than", "200d", "--dry-run").output
    assert "20,000,000" in data("facts").output
    assert "Expired: 1" in data("expire", "--older-than", "200d").output
    assert "No rows." in data("facts").output
    assert "expire" in data("audit", "--where", "operation = 'expire'").output


def test_a_correction_and_a_deletion_leave_their_reasons(data: Command, workspace: Workspace) -> None:
    (fact,) = json.loads(data("facts", "--format", "json").output)
    done = data("correct", fact["fact_id"], "--value", "21e6", "--reason", "misprint")
    assert "stands in place of" in done.output
    assert json.loads(data("facts", "--format", "json").output)[0]["value"] == 21e6
    assert data("delete", fact["document_id"], "--reason", "licence withdrawn").exit_code == 0
    assert "No rows." in data("facts").output
    rows = json.loads(data("audit", "--format", "json").output)
    assert [row["reason"] for row in rows if row["operation"] in ("correct", "delete")] == [
        "misprint", "licence withdrawn"
    ]  # fmt: skip
    assert json.loads(data("lineage", "--format", "json").output)[0]["transformation"] == "staging"
    assert workspace.inbox("wood").joinpath("results.csv").is_file()
