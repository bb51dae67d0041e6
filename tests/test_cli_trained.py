"""Commands about trained models: what they print, what they change, and errors that say what to do next."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from market_research.cli import app
from market_research.commerce.registry import stages
from market_research.industries import ResearchRequest
from market_research.settings import Settings
from resources import model_registry as registry
from resources.model_registry import Scope, Trained
from resources.workspace import Workspace

KEY = "kitchen"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """A function that runs `models` on a home with two versions of one model."""
    monkeypatch.setenv("MARKET_RESEARCH_HOME", str(tmp_path))
    space = Workspace(Settings(home=tmp_path))
    space.registry.add(ResearchRequest(industry=KEY))
    space.registry.add(ResearchRequest(industry="empty"))
    scope = Scope(space.lake, KEY, "default", "review sentiment")
    for number in "12":
        made = Trained(f"label{number}", f'["{number}"]', number * 64, "c", 90, "first", NOW.date(),
                       {"macro_f1": (int(number) / 4, 90)}, "held out")  # fmt: skip
        version = registry.register(scope, made, parent=None, now=NOW)
        steps = stages.trained(scope.events, version, stages.Decision(number == "1", "Worse: F1 0.7 against 0.8."))
        registry.record(scope, steps, by_hand=False, now=NOW)
    return lambda *words: CliRunner().invoke(app, ["models", *words], env={"COLUMNS": "250"})


def test_versions_are_listed_newest_first_and_none_is_said(ask: Ask) -> None:
    rows = json.loads(ask("list", "-i", KEY, "--format", "json").stdout)
    assert [(row["number"], row["stage"], row["macro_f1"]) for row in rows] == [
        (2, "staging", 0.5),
        (1, "production", 0.25),
    ]
    assert "No model has been trained yet" in ask("list", "-i", "empty").stdout
    assert "give one of them" in str(ask("list", "-i", KEY, "-p", "openai").exception)


def test_one_is_shown_with_its_history(ask: Ask) -> None:
    shown = ask("show", "2", "-i", KEY).stdout
    assert "Worse: F1 0.7 against 0.8." in shown
    assert "macro_f1" in shown
    assert "`market-research models list --industry kitchen`" in str(ask("show", "7", "-i", KEY).exception)


def test_a_version_is_promoted_tried_and_rolled_back(ask: Ask) -> None:
    def now() -> list[tuple[int, str, float | None]]:
        rows = json.loads(ask("list", "-i", KEY, "--format", "json").stdout)
        return [(row["number"], row["stage"], row["split_share"]) for row in rows]

    assert "reads 20% of the reviews" in ask("split", "2", "-i", KEY, "--share", "0.2").stdout
    assert now() == [(2, "staging", 0.2), (1, "production", None)]
    promoted = ask("promote", "2", "-i", KEY, "--reason", "better on complaints")
    assert "Version 2 of review sentiment is in production." in promoted.stdout
    assert f"market-research run --industry {KEY}" in promoted.stdout
    assert now() == [(2, "production", None), (1, "archived", None)]
    assert "Version 1" in ask("rollback", "-i", KEY, "--reason", "after all not").stdout
    assert now() == [(2, "archived", None), (1, "production", None)]
    assert "none to go back to" in str(ask("rollback", "-i", KEY, "--reason", "again").exception)
    assert "no such trained model" in str(ask("rollback", "-i", "empty", "--reason", "x").exception)
    assert json.loads(ask("compare", "-i", KEY, "--format", "json").stdout)[0]["live_rows"] == 0
