"""What is remembered: answers, calls and spending, over kills and months."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning.schema import LLM_CALLS
from market_research.language_model.calls import Answer, Paid, Reply
from market_research.language_model.errors import OverBudget
from market_research.settings import PROJECT_ROOT
from resources import appended
from resources.lake import Lake
from resources.language_model import ASKING, LakeRecords
from tests.language_model.asking import ask, call
from tests.language_model.conftest import INDUSTRY, Open
from tests.language_model.provider import Asked, Provider, Say

Rows = Callable[[], pl.DataFrame]
PRICES = {"openai/gpt-4o-mini": {"input_usd": 0.0, "output_usd": 1000.0, "context_tokens": 100_000}}


def _row(call_id: str, cost: float, *, run_id: str = "other", at: datetime | None = None) -> dict[str, object]:
    return {
        "call_id": call_id, "industry": INDUSTRY, "purpose": "test", "model": "m", "prompt_name": "",
        "prompt_version": "", "prompt_sha256": "0" * 64, "cost_usd": cost, "cached": False, "status": "ok",
        "run_id": run_id,         "called_at": at or datetime.now(UTC),
    }  # fmt: skip


def _records(lake: Lake, run_id: str = "run") -> LakeRecords:
    return LakeRecords(lake, INDUSTRY, run_id, None, 30.0)


def test_a_kill_in_the_middle_of_calls_pays_no_answer_twice(
    provider: Provider, tmp_path: Path, lake: Lake, booked: Rows
) -> None:
    """Killed with three calls under way, and started again, the process asks again only what was not answered."""
    answered: list[str] = []

    def slowly(asked: Asked) -> Say:
        time.sleep(0.3)
        answered.append(asked.last)
        return Say(f"About {asked.last}")

    provider.behave(slowly)
    command = [sys.executable, "-m", "tests.language_model.paying", str(tmp_path), provider.url, "0", "12"]
    killed = subprocess.Popen(command, cwd=PROJECT_ROOT, env={**os.environ}, stdout=subprocess.PIPE)
    until = time.monotonic() + 60
    while len(booked()) < 5 and time.monotonic() < until:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    kept = set(booked().filter(pl.col("status") == "ok")["prompt_sha256"])
    assert len(kept) >= 5
    under_way = [entry.name for entry in lake.store.entries(f"{ASKING}/industry={INDUSTRY}")]
    assert 1 <= len(under_way) <= 3

    provider.behave(lambda asked: f"About {asked.last}")
    before = len(provider.asked)
    done = subprocess.run(command, cwd=PROJECT_ROOT, env={**os.environ}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "12"
    assert done.stderr == ""
    rows = booked()
    assert rows.filter(pl.col("status") == "ok")["prompt_sha256"].is_unique().all()
    assert rows.filter(pl.col("status") == "ok").height == 12
    # What came in and was written is not asked for again; the rest is once.
    assert len(provider.asked) - before == 12 - rows.filter("cached").height
    interrupted = rows.filter(pl.col("detail").is_not_null())
    assert set(interrupted["status"]) <= {"failed"}
    assert (interrupted["cost_usd"] > 0).all()
    assert lake.store.entries(f"{ASKING}/industry={INDUSTRY}") == []


def test_an_answer_that_arrived_before_the_kill_is_booked_afterwards(lake: Lake, booked: Rows) -> None:
    row = _row("call_1", 9.0, run_id="killed") | {"status": "failed", "prompt_sha256": "ab" * 32}
    _records(lake, "killed").begin(row)
    reply = Reply("Text", "stop", 10, 20)
    _records(lake).keep("ab" * 32, Paid(reply, "call_1", datetime.now(UTC), 0.5))
    _records(lake).settle()
    kept = booked().row(0, named=True)
    assert (kept["status"], kept["cost_usd"], kept["tokens_out"], kept["run_id"]) == ("ok", 0.5, 20, "killed")
    _records(lake).settle()
    assert booked().height == 1


def test_a_call_without_its_answer_counts_as_the_most_it_can_have_cost(lake: Lake, booked: Rows) -> None:
    _records(lake).begin(_row("call_1", 9.0) | {"status": "failed"})
    _records(lake).settle()
    assert booked().select("status", "cost_usd").row(0) == ("failed", 9.0)


def test_an_answer_that_cannot_be_read_is_none(lake: Lake) -> None:
    records = _records(lake)
    records.keep("ab" * 32, Paid(Reply("Text", "stop", 1, 1), "call_1", datetime.now(UTC), None))
    assert records.find("ab" * 32) is not None
    lake.store.write(f"llm/answers/ab/{'ab' * 32}.json", b'{"reply": {"te')
    assert records.find("ab" * 32) is None


def test_the_budget_of_a_run_stops_spending(provider: Provider, opened: Open, booked: Rows) -> None:
    """Whatever runs at once: what is under way is set aside, so that the sum never goes over."""
    provider.behave(lambda asked: Say("y" * 400))
    model = opened(llm_run_usd=1.0, llm_models=PRICES, llm_concurrency=8)
    answers = model.gather([call(f"Question {number}", max_tokens=150) for number in range(20)])
    refused = [answer for answer in answers if isinstance(answer, OverBudget)]
    assert len(answers) - len(refused) >= 5
    assert "MARKET_RESEARCH_LLM_RUN_USD" in str(refused[0])
    rows = booked()
    assert rows["cost_usd"].sum() <= 1.0
    assert len(provider.asked) == rows.filter(pl.col("status") == "ok").height
    assert rows.filter(pl.col("status") == "over budget").height == len(refused)
    assert any("80 %" in notice for notice in model.notices)


def test_a_cached_answer_is_there_when_the_budget_is_spent(provider: Provider, opened: Open) -> None:
    provider.behave(lambda asked: Say("y" * 3600))
    model = opened(llm_run_usd=1.0, llm_models=PRICES)
    first = ask(model, max_tokens=990)
    with pytest.raises(OverBudget):
        ask(model, "Another", max_tokens=990)
    assert ask(model, max_tokens=990).text == first.text


def test_a_resumed_run_goes_on_with_the_same_budget(provider: Provider, opened: Open) -> None:
    provider.behave(lambda asked: Say("y" * 3600))
    how = {"llm_run_usd": 1.0, "llm_models": PRICES}
    ask(opened(**how), max_tokens=990)
    with pytest.raises(OverBudget):
        ask(opened(**how), "Another", max_tokens=990)
    assert isinstance(ask(opened(run_id="new", **how), "Another", max_tokens=990), Answer)


def test_the_budget_of_the_month_counts_every_industry_and_no_earlier_month(
    provider: Provider, opened: Open, lake: Lake
) -> None:
    rows = [_row("call_1", 4.0), _row("call_2", 100.0, at=datetime.now(UTC) - timedelta(days=32))]
    appended.append(lake, "editions", LLM_CALLS, "retail", LLM_CALLS.frame(rows))
    ask(opened(llm_month_usd=5.0, llm_models=PRICES), max_tokens=900)
    with pytest.raises(OverBudget, match="MARKET_RESEARCH_LLM_MONTH_USD"):
        ask(opened(llm_month_usd=5.0, llm_models=PRICES), "Another", max_tokens=1100)


def test_rows_that_stand_twice_after_a_kill_count_once(lake: Lake) -> None:
    rows = LLM_CALLS.frame([_row("call_1", 4.0)])
    appended.append(lake, "editions", LLM_CALLS, INDUSTRY, rows)
    lake.write("editions", LLM_CALLS.name, INDUSTRY, rows)
    assert _records(lake).spent() == (0.0, 4.0)


def test_a_model_without_a_known_price_is_not_asked_where_a_budget_holds(provider: Provider, opened: Open) -> None:
    with pytest.raises(OverBudget, match="MARKET_RESEARCH_LLM_MODELS"):
        ask(opened(llm="openai/house-model"))
    assert provider.asked == []
    free = {"openai/house-model": {"input_usd": 0, "output_usd": 0}}
    assert ask(opened(llm="openai/house-model", llm_models=free)).cost_usd == 0
    unlimited = opened(llm="openai/house-model", llm_run_usd=0, llm_month_usd=0)
    assert ask(unlimited, "Another").cost_usd is None


def test_what_may_have_been_charged_without_an_answer_is_counted(
    provider: Provider, opened: Open, booked: Rows
) -> None:
    provider.script(Say("Lost on its way", cut=40), Say("y" * 40))
    ask(opened(llm_models=PRICES), max_tokens=100)
    assert booked()["cost_usd"][0] == pytest.approx(0.1 + 0.01)


def test_calls_become_one_part_in_time(provider: Provider, opened: Open, lake: Lake, booked: Rows) -> None:
    for number in range(100):
        appended.append(lake, "editions", LLM_CALLS, INDUSTRY, LLM_CALLS.frame([_row(f"call_{number}", 1.0)]))
    model = opened(llm_month_usd=1000)
    ask(model)
    appended.compact(lake, "editions", LLM_CALLS, INDUSTRY)
    assert lake.names("editions", LLM_CALLS.name, INDUSTRY) == [LLM_CALLS.name]
    assert booked().height == 101


def test_expired_answers_are_deleted_once_a_day(lake: Lake) -> None:
    records = _records(lake)
    records.keep("ab" * 32, Paid(Reply("Text", "stop", 1, 1), "call_1", datetime.now(UTC), None))
    records.keep("cd" * 32, Paid(Reply("Text", "stop", 1, 1), "call_2", datetime.now(UTC), None))
    old = time.time() - 40 * 86_400
    os.utime(lake.root / f"llm/answers/ab/{'ab' * 32}.json", (old, old))
    records.forget_expired()
    assert not lake.store.exists(f"llm/answers/ab/{'ab' * 32}.json")
    assert lake.store.exists(f"llm/answers/cd/{'cd' * 32}.json")


def test_nothing_that_is_stored_holds_a_key(provider: Provider, opened: Open, lake: Lake) -> None:
    ask(opened())
    provider.key = "other"
    opened(run_id="two").gather([call("denied")])
    stored = [path.read_bytes() for path in lake.root.rglob("*") if path.is_file()]
    assert len(stored) >= 3
    assert not any(b"sk-loopback" in content for content in stored)
    assert json.loads(next((lake.root / "llm/answers").rglob("*.json")).read_text())["reply"]["finish"] == "stop"
