"""One call: retries, fallbacks, limits, streams, the cache."""

import itertools
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from market_research.language_model.calls import Answer
from market_research.language_model.errors import ModelFailed, ModelRefused, PromptTooLong
from market_research.settings import Settings
from resources.lake import Lake
from resources.language_model import open_language_model
from tests.language_model.asking import Sentence, ask, call
from tests.language_model.conftest import KEY, Open
from tests.language_model.provider import Fail, Provider, Raw, Reply, Say, busy, no_quota, refuse, unknown_model

Rows = Callable[[], pl.DataFrame]


def test_an_answer_comes_with_its_tokens_and_its_cost(provider: Provider, opened: Open, booked: Rows) -> None:
    provider.script(Say("Revenue doubled in 2024, the filing says."))
    answer = ask(opened(), "How did revenue develop in the last year?", prompt_name="outlook", prompt_version="ab12")
    assert answer.text == "Revenue doubled in 2024, the filing says."
    assert (answer.tokens_in, answer.tokens_out, answer.cached) == (10, 10, False)
    assert answer.cost_usd == pytest.approx(10 * 0.15e-6 + 10 * 0.6e-6)
    row = booked().row(0, named=True)
    assert (row["status"], row["model"], row["prompt_name"], row["prompt_version"]) == (
        "ok", "openai/gpt-4o-mini", "outlook", "ab12",
    )  # fmt: skip
    assert row["cost_usd"] == answer.cost_usd
    assert (row["tokens_in"], row["tokens_out"], row["run_id"]) == (10, 10, "run")


@pytest.mark.parametrize("streamed", [False, True])
def test_tokens_that_the_provider_does_not_count_are_counted_here(
    provider: Provider, opened: Open, streamed: bool
) -> None:
    provider.script(Say("Net sales rose by four percent.", usage=False))
    answer = ask(opened(), "How did net sales develop?", on_text=(lambda piece: None) if streamed else None)
    assert 5 <= answer.tokens_in <= 20
    assert 5 <= answer.tokens_out <= 10


def test_no_longer_answer_is_asked_for_than_the_model_gives(provider: Provider, opened: Open) -> None:
    ask(opened(llm_models={"openai/gpt-4o-mini": {"answer_tokens": 100}}), max_tokens=5000)
    assert provider.asked[0].body["max_tokens"] == 100


def test_questions_are_put_without_chance(provider: Provider, opened: Open) -> None:
    ask(opened())
    assert provider.asked[0].body["temperature"] == 0
    assert provider.asked[0].body["seed"] == 0


def test_the_same_question_is_paid_once(provider: Provider, opened: Open, booked: Rows) -> None:
    first, second = ask(opened()), ask(opened(run_id="later"))
    assert second.text == first.text
    assert (second.cached, second.cost_usd, len(provider.asked)) == (True, 0.0, 1)
    assert booked()["status"].to_list() == ["ok", "cached"]
    assert booked()["cached"].to_list() == [False, True]


def test_the_same_question_asked_twice_at_once_is_paid_once(provider: Provider, opened: Open) -> None:
    provider.behave(lambda asked: Say("Yes.", pause=0.2))
    answers = opened().gather([call("Is it so?")] * 5)
    assert {answer.text for answer in answers if isinstance(answer, Answer)} == {"Yes."}
    assert len(provider.asked) == 1


@pytest.mark.parametrize("how", [{"max_tokens": 99}, {"schema": Sentence}])
def test_another_question_is_another_answer(provider: Provider, opened: Open, how: dict[str, Any]) -> None:
    provider.behave(lambda asked: '{"text": "a", "evidence": []}')
    model = opened()
    ask(model)
    assert not ask(model, **how).cached
    assert len(provider.asked) == 2


def test_an_expired_answer_is_asked_for_again(provider: Provider, opened: Open) -> None:
    ask(opened())
    assert not ask(opened(llm_cache_days=0)).cached
    assert len(provider.asked) == 2


@pytest.mark.parametrize(
    "failure",
    [
        Fail(429, "Quota of requests per minute exceeded."),
        busy(), Fail(500), Fail(503), Fail(502), Raw(b"<html>down", media_type="text/html"), Raw(b'{"choices": [{'),
        Raw(b'{"a": 1}'), Raw(b'{"choices": []}'), Raw(b"null"), Say("broken", cut=40), Say(""),
    ],
)  # fmt: skip
def test_what_passes_is_tried_again(provider: Provider, opened: Open, booked: Rows, failure: Reply) -> None:
    provider.script(failure, failure, Say("At last."))
    assert ask(opened()).text == "At last."
    assert len(provider.asked) == 3
    assert booked()["status"].to_list() == ["ok"]


def test_a_late_answer_is_given_up_and_asked_for_again(provider: Provider, opened: Open) -> None:
    provider.script(Say("Too late.", pause=3), Say("In time."))
    assert ask(opened(llm_attempt_seconds=0.3)).text == "In time."


@pytest.mark.parametrize(
    "failure", [no_quota(), unknown_model("x"), Fail(400, "Bad."), Fail(401), Fail(402), Fail(403), Fail(413)]
)
def test_what_stays_is_not_tried_again(provider: Provider, opened: Open, booked: Rows, failure: Fail) -> None:
    provider.script(failure)
    with pytest.raises(ModelFailed, match=r"openai/gpt-4o-mini gave no answer"):
        ask(opened())
    assert len(provider.asked) == 1
    assert booked().select("status", "cost_usd").row(0) == ("failed", 0.0)


def test_attempts_end(provider: Provider, opened: Open) -> None:
    provider.behave(lambda asked: Fail(500))
    with pytest.raises(ModelFailed):
        ask(opened(llm_attempts=3))
    assert len(provider.asked) == 3


def test_retry_after_is_waited_for_and_holds_other_calls_back(provider: Provider, opened: Open) -> None:
    provider.script(busy("1"))
    opened().gather([call("one"), call("two")])
    first = provider.asked[0].at
    assert all(asked.at - first >= 1 for asked in provider.asked[2:])
    assert len(provider.asked) == 3


def test_waiting_as_long_as_the_provider_says_is_no_failed_attempt(
    provider: Provider, opened: Open, booked: Rows
) -> None:
    provider.script(busy("1"), busy("1"), Say("Hello."))
    assert ask(opened(llm_attempts=1)).text == "Hello."
    assert len(provider.asked) == 3
    assert booked()["status"].to_list() == ["ok"]


def test_waits_grow_with_every_attempt(provider: Provider, opened: Open) -> None:
    provider.script(Fail(500), Fail(500), Fail(500))
    ask(opened(llm_backoff_seconds=0.1))
    times = [asked.at for asked in provider.asked]
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(wait >= floor for wait, floor in zip(waits, (0.1, 0.2, 0.4), strict=True))


def test_a_wait_that_is_longer_than_patience_is_not_begun(provider: Provider, opened: Open) -> None:
    provider.script(busy("3600"))
    started = time.monotonic()
    with pytest.raises(ModelFailed, match="Rate limit"):
        ask(opened(llm_total_seconds=2))
    assert time.monotonic() - started < 2


def test_fallbacks_are_asked_in_their_order(provider: Provider, opened: Open, booked: Rows) -> None:
    provider.models = frozenset({"gpt-4.1-nano", "gpt-4o"})
    answer = ask(opened(llm_fallbacks=("openai/gpt-4.1-nano", "openai/gpt-4o")))
    assert answer.model == "openai/gpt-4.1-nano"
    assert [asked.body["model"] for asked in provider.asked] == ["gpt-4o-mini", "gpt-4.1-nano"]
    assert booked()["status"].to_list() == ["failed", "ok"]


def test_the_error_names_every_model_that_failed(provider: Provider, opened: Open) -> None:
    provider.models = frozenset({"other"})
    with pytest.raises(ModelFailed, match=r"openai/gpt-4o-mini gave no answer.+openai/gpt-4o gave no answer"):
        ask(opened(llm_fallbacks=("openai/gpt-4o",)))


def test_small_questions_go_to_the_fast_model(provider: Provider, opened: Open) -> None:
    model = opened(llm_fast="openai/gpt-4.1-nano")
    assert ask(model, fast=True).model == "openai/gpt-4.1-nano"
    assert ask(model).model == "openai/gpt-4o-mini"


def test_a_model_that_keeps_failing_is_left_alone_and_another_asked(provider: Provider, opened: Open) -> None:
    provider.behave(lambda asked: Fail(500) if asked.body["model"] == "gpt-4o-mini" else "Here.")
    model = opened(llm_fallbacks=("openai/gpt-4o",), llm_attempts=1)
    for number in range(8):
        assert ask(model, f"Question {number}").text == "Here."
    assert sum(asked.body["model"] == "gpt-4o-mini" for asked in provider.asked) == 5


@pytest.mark.parametrize("reply", [refuse(), Say("I", finish="content_filter")])
def test_a_refusal_is_an_error_of_its_own_and_not_asked_for_again(
    provider: Provider, opened: Open, booked: Rows, reply: Say
) -> None:
    provider.script(reply)
    model = opened()
    for _ in range(2):
        with pytest.raises(ModelRefused):
            ask(model)
    assert len(provider.asked) == 1
    assert booked()["status"].to_list() == ["refused", "cached"]


def test_an_answer_cut_at_its_limit_is_no_answer(provider: Provider, opened: Open, booked: Rows) -> None:
    provider.script(Say("Revenue was 3", finish="length"))
    with pytest.raises(ModelFailed, match="cut at 20 tokens"):
        ask(opened(), max_tokens=20)
    assert booked()["status"].to_list() == ["failed"]
    assert booked()["cost_usd"][0] > 0


@pytest.mark.parametrize("streamed", [False, True])
def test_a_megabyte_of_text_is_no_answer(provider: Provider, opened: Open, streamed: bool) -> None:
    provider.script(Say("x " * 2**19))
    heard: list[str | None] = []
    with pytest.raises(ModelFailed, match="goes on far beyond the 100 tokens"):
        ask(opened(), max_tokens=100, on_text=heard.append if streamed else None)
    assert sum(len(piece or "") for piece in heard) < 2**18


def test_a_stream_is_heard_as_it_comes(provider: Provider, opened: Open, booked: Rows) -> None:
    text = "Sales rose in every segment but one."
    provider.script(Say(text, drip=0.1))
    heard: list[tuple[float, str | None]] = []
    answer = ask(opened(), on_text=lambda piece: heard.append((time.monotonic(), piece)))
    assert "".join(piece or "" for _, piece in heard) == text == answer.text
    assert heard[-1][0] - heard[0][0] >= 0.15
    assert booked()["tokens_out"][0] == 9


@pytest.mark.parametrize("broken", [Say("One two three four five six.", cut=20), Say("A" * 99, unfinished=30)])
def test_a_stream_that_breaks_off_is_never_an_answer(provider: Provider, opened: Open, broken: Say) -> None:
    provider.script(broken, Say("The whole text of it."))
    heard: list[str | None] = []
    assert ask(opened(), on_text=heard.append).text == "The whole text of it."
    anew = heard.index(None)
    assert "".join(piece or "" for piece in heard[anew:]) == "The whole text of it."


def test_bytes_that_are_no_stream_are_no_answer(provider: Provider, opened: Open) -> None:
    provider.script(Raw(b'{"choices": [{'), Say("Now."))
    assert ask(opened(), on_text=lambda piece: None).text == "Now."


def test_a_listener_that_fails_loses_no_answer(provider: Provider, opened: Open) -> None:
    def broken(piece: str | None) -> None:
        raise ZeroDivisionError

    provider.script(Say("Said all the same."))
    assert ask(opened(), on_text=broken).text == "Said all the same."


def test_independent_calls_run_at_once(provider: Provider, opened: Open) -> None:
    model = opened(llm_concurrency=6)
    ask(model, "The library is loaded with the first call.")
    provider.behave(lambda asked: Say(asked.last, pause=2))
    answers = model.gather([call(f"Section {number}") for number in range(6)])
    assert provider.most == 6
    assert [answer.text for answer in answers if isinstance(answer, Answer)] == [f"Section {n}" for n in range(6)]


def test_no_more_calls_than_allowed_are_under_way(provider: Provider, opened: Open) -> None:
    provider.behave(lambda asked: Say("ok", pause=0.05))
    opened(llm_concurrency=3).gather([call(f"Question {number}") for number in range(12)])
    assert provider.most == 3


def test_no_more_calls_leave_in_a_minute_than_allowed(provider: Provider, opened: Open) -> None:
    model = opened(llm_requests_per_minute=2, llm_total_seconds=1)
    answers = model.gather([call(f"Question {number}") for number in range(4)])
    late = [answer for answer in answers if isinstance(answer, ModelFailed)]
    assert len(late) == len(provider.asked) == 2
    assert "limit for the minute" in str(late[0])


def test_a_call_that_fails_stops_no_other(provider: Provider, opened: Open) -> None:
    provider.behave(lambda asked: Fail(400, "Bad.") if "two" in asked.last else asked.last)
    one, two, three = opened().gather([call("one"), call("two"), call("three")])
    assert isinstance(one, Answer)
    assert isinstance(two, ModelFailed)
    assert isinstance(three, Answer)


def test_a_prompt_too_long_for_the_model_is_not_sent(provider: Provider, opened: Open) -> None:
    model = opened(llm_models={"openai/gpt-4o-mini": {"context_tokens": 1000}})
    with pytest.raises(PromptTooLong, match="does not fit"):
        ask(model, "growth " * 900, max_tokens=200)
    assert provider.asked == []


def test_evidence_is_cut_from_the_end_and_never_inside_a_piece(provider: Provider, opened: Open) -> None:
    pieces = [f"Piece {number}: " + "net sales rose by four percent. " * 10 for number in range(50)]
    model = opened(llm_models={"openai/gpt-4o-mini": {"context_tokens": 2000}})
    messages = call("Write about growth.").messages
    kept = model.fitting(pieces, messages, max_tokens=500)
    assert kept == pieces[: len(kept)]
    assert 5 < len(kept) < 50
    ask(model, "Write about growth." + "\n".join(kept), max_tokens=500)
    with pytest.raises(PromptTooLong):
        ask(model, "Write about growth." + "\n".join(pieces[: len(kept) + 2]), max_tokens=500)


def test_keys_never_reach_errors_or_rows(provider: Provider, opened: Open, booked: Rows) -> None:
    provider.behave(lambda asked: Fail(400, f"Bad: {KEY}, Bearer {KEY} at https://user:word@host/x", "bad", "bad"))
    with pytest.raises(ModelFailed) as caught:
        ask(opened())
    provider.key = "another"
    with pytest.raises(ModelFailed) as denied:
        ask(opened(), "Once more")
    for text in (str(caught.value), str(denied.value), *booked()["detail"]):
        assert KEY not in text
        assert "user:word" not in text
        assert "***" in text
    assert caught.value.__cause__ is None


def test_a_key_goes_only_to_the_provider_that_it_is_of(provider: Provider, opened: Open) -> None:
    """The API base is the first model's provider's; a fallback of another one is asked where that is at home."""
    model = opened(llm_fallbacks=("ollama/llama3",))
    assert model._transport.place("openai/gpt-4o-mini") == provider.url
    assert model._transport.place("ollama/llama3") == ""


def test_a_server_of_ones_own_needs_no_key(provider: Provider, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.key = ""
    monkeypatch.delenv("OPENAI_API_KEY")
    assert ask(opened()).text == "You said: Who grew?"


def test_broken_characters_in_a_prompt_stop_nothing(provider: Provider, opened: Open) -> None:
    assert ask(opened(), "Half \ud83d of one").text == "You said: Half ? of one"


def test_a_model_that_is_closed_leaves_others_open(provider: Provider, lake: Lake, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, llm="openai/gpt-4o-mini", llm_api_base=provider.url, llm_attempts=1)
    with open_language_model(settings, lake, "chips", run_id="one") as first:
        ask(first, "one")
        with open_language_model(settings, lake, "retail", run_id="two") as second:
            ask(second, "two")
        ask(first, "three")
    assert len(provider.asked) == 3


def test_what_is_under_way_ends_when_the_model_is_closed(provider: Provider, lake: Lake, tmp_path: Path) -> None:
    provider.behave(lambda asked: Say("late", pause=20))
    settings = Settings(home=tmp_path, llm="openai/gpt-4o-mini", llm_api_base=provider.url)
    started = time.monotonic()
    with ThreadPoolExecutor() as pool:
        with open_language_model(settings, lake, "chips", run_id="one") as model:
            waiting = pool.submit(model.gather, [call("one")])
            while not provider.asked:
                time.sleep(0.01)
        with pytest.raises(CancelledError):
            waiting.result()
    assert time.monotonic() - started < 10
