"""Commands about trained models on a home that has some, and a training from real records."""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from market_research.commerce.registry import stages
from market_research.commerce.simulation import simulate
from market_research.industries import ResearchRequest
from market_research.settings import Settings
from resources import matching_model, sentiment_model
from resources import model_registry as registry
from resources.commerce import write_references
from resources.inbox import collect
from resources.lake_sql import run_sql_table
from resources.model_registry import Scope, Trained
from resources.model_training import train
from resources.staging import stage_industry
from resources.workspace import Workspace
from tests.test_cli import run

KEY, NOW = "kitchen", datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    made = Workspace(Settings(home=tmp_path))
    made.registry.add(ResearchRequest(industry=KEY))
    return made


def put(
    space: Workspace, numbers: Sequence[int], model: str = sentiment_model.MODEL
) -> tuple[Scope, list[str]]:  # fmt: skip
    """A version of each number, the last of them in production."""
    scope, ids = Scope(space.lake, KEY, "default", model), []
    for number in numbers:
        made = Trained(f"{number}", f"[{number}]", f"{number:064x}", "c", 90, "first", NOW.date(), {}, "held out")
        ids.append(registry.register(scope, made, parent=None, now=NOW))
        steps = stages.trained(scope.events, ids[-1], stages.Decision(True, "As the test says."))
        registry.record(scope, steps, by_hand=False, now=NOW)
    return scope, ids


def test_each_model_is_gone_back_to_by_its_name_where_there_are_several(space: Workspace, tmp_path: Path) -> None:
    put(space, range(2))
    scope, (first, _) = put(space, range(2), matching_model.MODEL)
    rollback = ("models", "rollback", "-i", KEY, "--reason", "odd")
    assert b"several models" in run(tmp_path, *rollback).stderr
    said = run(tmp_path, *rollback, "--model", "matching")
    assert b"Version 1 of matching is in production again." in said.stdout
    assert stages.production(scope.events) == first
    shown = run(tmp_path, "models", "show", "2", "-i", KEY, "-m", "matching").stdout
    assert b"rolled back" in shown
    assert run(tmp_path, "models", "compare", "-i", KEY).stdout.count(b"matching") == 2


def test_two_at_once_wait_for_each_other_and_leave_one_version_in_production(space: Workspace) -> None:
    scope, ids = put(space, range(4))
    home = str(space.settings.root)
    promote = [sys.executable, "-m", "market_research.cli", "models", "promote", "-i", KEY, "--reason", "at once"]
    started = [
        subprocess.Popen(
            [*promote, version], env={**os.environ, "MARKET_RESEARCH_HOME": home},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for version in ids[:3]
    ]  # fmt: skip
    assert [process.communicate(timeout=120)[1] or process.returncode for process in started] == [0, 0, 0]
    assert scope.events["ordinal"].is_unique().all()
    assert list(stages.now(scope.events).values()).count("production") == 1
    assert stages.production(scope.events) in ids[:3]


def test_commands_say_what_is_missing_and_what_to_do(space: Workspace, tmp_path: Path) -> None:
    said = run(tmp_path, "models", "train", "-i", KEY)
    assert said.returncode == 1
    assert b"no data to learn from" in said.stderr
    assert b"matches review" in run(tmp_path, "models", "train", "-i", KEY, "-k", "matching").stderr
    assert b"one of: sentiment, matching, demand" in run(tmp_path, "models", "train", "-i", KEY, "-k", "price").stderr
    rollback = ("models", "rollback", "-i", KEY, "--reason", "odd")
    _, (first,) = put(space, [0])
    assert b"No version was in production before" in run(tmp_path, *rollback).stderr
    _, (second,) = put(space, [1])
    Path(space.lake.store.place(registry.find(space.lake, KEY, first)["artifact"])).unlink()
    said = run(tmp_path, *rollback)
    assert said.returncode == 1
    assert b"of version 1 of review sentiment (default) is not in the lake." in said.stderr
    assert b"models train --industry kitchen" in said.stderr
    assert registry.find(space.lake, KEY, second)["stage"] == "production"


def test_a_training_by_hand_makes_a_version_of_each_model_once(space: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    shop = simulate(products=6, days=160)
    for name in ("catalogue", "sales", "reviews"):
        shop.records[f"{name}.csv"].write_csv(folder / f"{name}.csv")
    collect(space.lake, folder, KEY, max_bytes=2**24, now=NOW)
    stage_industry(space.lake, KEY)
    write_references(space.lake, ResearchRequest(industry=KEY))
    for name in (
        "products",
        "currency_rates",
        "product_prices",
        "sales",
        "reviews",
        "inventory",
        "stock_counts",
        "promotions",
    ):
        run_sql_table(space.lake, KEY, space.sql_tables[name], space.sql_tables)
    first = train(space, KEY, ("demand",), now=NOW)
    assert [(model, said.split(",")[0]) for model, _, said in first] == [
        ("demand", "The back-test chose its first methods: version 1")
    ]
    again = train(space, KEY, ("demand",), now=NOW)
    assert again[0][2].startswith("Not trained again: there is nothing new to learn from since version 1")
    sentiment = train(space, KEY, ("sentiment",), now=NOW)
    assert sentiment[0][0] == "review sentiment"
    assert sentiment[0][2].startswith(("Trained version 1", "Not trained: There are"))
