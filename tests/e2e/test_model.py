"""Editions with a language model behind them, from the command line to the warehouse."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from e2e.conftest import LITTLE
from e2e.house import House, wait_for
from tests.language_model.provider import Asked, Fail, Provider, Say, serving
from tests.writing.llm.authors import honest

pytestmark = pytest.mark.usefixtures("light_reports")

KEY = "sk-loopback-0123456789abcdef"
MODEL = "openai/gpt-4o-mini"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(key=KEY) as server:
        server.behave(honest)
        yield server


@pytest.fixture
def env(provider: Provider) -> dict[str, str]:
    return {"OPENAI_API_KEY": KEY, "MARKET_RESEARCH_LLM": MODEL, "MARKET_RESEARCH_LLM_API_BASE": provider.url}


@pytest.mark.long
def test_an_edition_by_a_model_is_current_until_the_model_changes(
    house: House, provider: Provider, env: dict[str, str]
) -> None:
    before = house.newest(LITTLE)
    house.cli("run", "--industry", LITTLE, env=env)
    by_model = house.newest(LITTLE)
    assert by_model != before
    assert house.query("SELECT writer FROM editions WHERE edition_id = ?", [by_model]) == [(MODEL,)]
    written = house.query("SELECT DISTINCT writer FROM claims WHERE edition_id = ? ORDER BY ALL", [by_model])
    assert written == [("offline",), (MODEL,)]
    calls = house.query("SELECT edition_id, prompt_version, cost_usd FROM llm_calls")
    assert len(calls) >= 4
    assert {edition for edition, *_ in calls} == {by_model}
    assert all(version and cost > 0 for _, version, cost in calls)
    costs = house.query("SELECT section, calls, cost_usd, kept FROM section_costs WHERE edition_id = ?", [by_model])
    assert {"industry_analysis", "executive_summary"} <= {section for section, *_ in costs}
    assert sum(calls_ for _, calls_, *_ in costs) == len(calls)
    assert all(cost > 0 for _, _, cost, _ in costs)
    assert sum(kept for *_, kept in costs) > 0
    versions = house.query(
        "SELECT DISTINCT c.section, l.prompt_name, length(l.prompt_version) FROM claims AS c "
        "JOIN llm_calls AS l USING (industry, call_id) WHERE c.edition_id = ? AND c.verdict = 'kept'",
        [by_model],
    )
    frameworks = {"swot_component": "competitive_landscape", "five_forces": "competitive_landscape",
                  "pestel": "trends_outlook"}  # fmt: skip
    assert versions
    assert all(section == frameworks.get(name, name) for section, name, _ in versions)
    assert all(length >= 12 for *_, length in versions)
    by_call = house.query("SELECT count(*) FROM claims WHERE edition_id = ? AND writer = ? AND call_id IS NULL",
                          [by_model, MODEL])  # fmt: skip
    assert by_call == [(0,)]
    asked = len(provider.asked)
    house.cli("run", "--industry", LITTLE, env=env)
    assert house.newest(LITTLE) == by_model
    assert len(provider.asked) == asked
    house.cli("run", "--industry", LITTLE)
    assert house.newest(LITTLE) == before or house.query(
        "SELECT writer FROM editions WHERE edition_id = ?", [house.newest(LITTLE)]
    ) == [("offline",)]


@pytest.mark.long
def test_an_edition_made_while_the_model_was_down_is_written_by_it_when_it_is_back(
    house: House, provider: Provider, env: dict[str, str]
) -> None:
    provider.behave(lambda asked: Fail(401))
    house.cli("run", "--industry", LITTLE, env=env)
    edition = house.newest(LITTLE)
    assert house.query("SELECT writer FROM editions WHERE edition_id = ?", [edition]) == [("offline",)]
    provider.behave(honest)
    house.cli("run", "--industry", LITTLE, env=env)
    assert house.newest(LITTLE) == edition
    assert house.query("SELECT writer FROM editions WHERE edition_id = ?", [edition]) == [(MODEL,)]
    assert house.query("SELECT count(DISTINCT claim_id) = count(*) FROM claims WHERE edition_id = ?", [edition]) == [
        (True,)
    ]


@pytest.mark.long
def test_a_run_killed_amid_its_calls_pays_for_no_answer_twice(
    house: House, provider: Provider, env: dict[str, str], tmp_path: Path
) -> None:
    def two_answers(asked: Asked) -> Say:
        return honest(asked) if len(provider.asked) <= 2 else replace(honest(asked), pause=120)

    provider.behave(two_answers)
    process = house.start("run", "--industry", LITTLE, env=env, log=tmp_path / "log")
    answers = house.root / "lake" / "llm" / "answers"
    wait_for(lambda: len([*answers.glob("*/*.json")]) >= 2 and len(provider.asked) >= 3, seconds=120)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    paid = [asked.messages for asked in provider.asked[:2]]
    provider.behave(honest)
    before = len(provider.asked)
    house.cli("run", "--industry", LITTLE, env=env)
    assert house.query("SELECT writer FROM editions WHERE edition_id = ?", [house.newest(LITTLE)]) == [(MODEL,)]
    assert not [asked for asked in provider.asked[before:] if asked.messages in paid]
    cached = house.query("SELECT count(*) FROM llm_calls WHERE cached")
    assert cached == [(2,)]
