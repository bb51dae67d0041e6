"""`market-research quarantine`: what is set aside is listed and tried again, as a user types it."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from market_research.cli import app
from market_research.errors import NotFound
from market_research.industries import parse_request
from market_research.settings import Settings
from resources import audit
from resources.intake import ingest_files
from resources.workspace import Workspace

REQUEST = """
industry: wood
transformations: [{match: sales.csv, rules: [{rule: cast, columns: {revenue: number}}, {rule: validate, conditions: {
  sold: revenue > %s}}]}]
"""
Command = Callable[..., Result]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two industries: in one a row breaks a rule and one is no number, in the other a row is damaged."""
    workspace = Workspace(Settings(home=tmp_path / "home"))
    workspace.registry.add(parse_request(REQUEST % 0))
    files = {
        "sales.csv": "company,year,revenue,mail\nAlder,2024,10,\nBirch,2024,-4,b@example.com\nCedar,2024,many,\n",
        "glass.csv": "company,year,revenue\nPane,2024,10\nVase,2024\n",
    }
    for (name, text), key in zip(files.items(), ("wood", "glass"), strict=True):
        (tmp_path / name).write_text(text)
        ingest_files(workspace, [tmp_path / name], key)
    return workspace


@pytest.fixture
def quarantine(workspace: Workspace) -> Command:
    def call(*arguments: str) -> Result:
        env = {"MARKET_RESEARCH_HOME": str(workspace.settings.root), "COLUMNS": "300"}
        return CliRunner().invoke(app, ["quarantine", *arguments], env=env)

    return call


def listed(done: Result) -> list[dict[str, str]]:
    assert done.exit_code == 0, done.output
    rows: list[dict[str, str]] = json.loads(done.stdout)
    return rows


def test_everything_set_aside_is_listed_with_place_and_reason(quarantine: Command) -> None:
    rows = listed(quarantine("list", "--format", "json"))
    assert [(row["industry"], row["uri"], row["locator"]) for row in rows] == [
        ("glass", "glass.csv", "row 3"), ("wood", "sales.csv", "row 3"), ("wood", "sales.csv", "row 4"),
    ]  # fmt: skip
    assert rows[1]["reason"] == "Transformation 1, rule 2 (validate): breaks sold: revenue > 0."
    assert json.loads(rows[1]["raw"])["mail"] == "[e-mail]"
    shown = quarantine("list", "--industry", "wood").stdout
    assert "rule 1 (cast)" in shown
    assert "quarantine retry" in shown
    assert quarantine("list", "--format", "csv").stdout.startswith("quarantine_id,industry,document_id")


def test_the_list_can_be_narrowed(quarantine: Command) -> None:
    (row,) = listed(quarantine("list", "--reason", "RULE 2 (", "--format", "json"))
    assert row["locator"] == "row 3"
    assert len(listed(quarantine("list", "--document", row["document_id"], "--format", "json"))) == 2
    assert listed(quarantine("list", "--reason", "no such reason", "--format", "json")) == []
    assert "Nothing is in quarantine." in quarantine("list", "--reason", "no such reason").stdout
    with pytest.raises(NotFound):
        raise quarantine("list", "--industry", "paper").exception or AssertionError


def test_trying_again_with_other_rules_says_what_came_free(workspace: Workspace, quarantine: Command) -> None:
    done = quarantine("retry")
    assert done.exit_code == 0, done.output
    assert "glass: 1 document read again: 0 free, 1 stayed, 0 new." in done.stdout
    assert "wood: 1 document read again: 0 free, 2 stayed, 0 new." in done.stdout
    workspace.registry.add(parse_request(REQUEST % -10))
    done = quarantine("retry", "--industry", "wood")
    assert "1 free, 1 stayed, 0 new" in done.stdout
    assert "market-research run --industry wood" in done.stdout
    assert [row["locator"] for row in listed(quarantine("list", "-i", "wood", "--format", "json"))] == ["row 4"]
    retries = audit.log(workspace.lake, "wood").filter(pl.col("operation") == "retry")
    assert retries["changed"].to_list() == ["0 free, 2 stayed, 0 new", "1 free, 1 stayed, 0 new"]


def test_one_document_is_found_whatever_its_industry(workspace: Workspace, quarantine: Command) -> None:
    document = listed(quarantine("list", "--industry", "glass", "--format", "json"))[0]["document_id"]
    done = quarantine("retry", "--document", document)
    assert "glass: 1 document read again" in done.stdout
    assert audit.log(workspace.lake, "wood").filter(pl.col("operation") == "retry").is_empty()
    with pytest.raises(NotFound, match="Nothing of doc_0123456789abcdef is in quarantine"):
        raise quarantine("retry", "--document", "doc_0123456789abcdef").exception or AssertionError


def test_the_help_teaches_with_examples(quarantine: Command) -> None:
    for command in ((), ("list",), ("retry",)):
        text = quarantine(*command, "--help").stdout
        assert "market-research quarantine" in text or "quarantine list" in text
