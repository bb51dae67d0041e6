"""Typed answers: by schema where the provider enforces it, in words and with a repair where not."""

import json
from collections.abc import Callable
from typing import Any, Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from market_research.language_model import structured
from market_research.language_model.errors import NotAsAsked
from tests.language_model.asking import Sentence, ask
from tests.language_model.conftest import Open
from tests.language_model.provider import Asked, Fail, Provider, Say, as_json, sloppy

Rows = Callable[[], pl.DataFrame]
GOOD = {"text": "Sales rose.", "evidence": ["fact_1"]}
PLAIN = {"openai/gpt-4o-mini": {"json_schema": False}}


class Force(BaseModel):
    """Limits that are enforced, and others."""

    name: Literal["rivalry", "buyers"]
    score: int = Field(3, ge=1, le=5)
    note: str = Field("", max_length=10)


class Forces(BaseModel):
    title: str
    forces: list[Force]


def test_the_schema_is_sent_in_the_form_that_providers_enforce(provider: Provider, opened: Open) -> None:
    provider.script(as_json({"title": "t", "forces": [{"name": "buyers", "score": 4, "note": ""}]}))
    answer = ask(opened(), schema=Forces)
    assert answer.value == Forces(title="t", forces=[Force(name="buyers", score=4)])
    sent = provider.asked[0].body["response_format"]["json_schema"]
    assert (sent["name"], sent["strict"]) == ("Forces", True)
    for node in (sent["schema"], sent["schema"]["$defs"]["Force"]):
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])
    assert "default" not in json.dumps(sent)
    assert "maxLength" not in json.dumps(sent)


def test_members_of_any_name_cannot_be_enforced_strictly() -> None:
    class Open(BaseModel):
        shares: dict[str, float]

    assert structured.response_format(Open)["json_schema"]["strict"] is False


def test_properties_may_be_named_like_rules_of_a_schema() -> None:
    class Named(BaseModel):
        title: str
        default: int

    schema = structured.response_format(Named)["json_schema"]["schema"]
    assert set(schema["properties"]) == {"title", "default"}


def test_a_model_without_schemas_is_asked_in_words(provider: Provider, opened: Open) -> None:
    provider.behave(sloppy(lambda asked: json.dumps(GOOD)))
    answer = ask(opened(llm_models=PLAIN), schema=Sentence)
    assert answer.value == Sentence(**GOOD)
    assert "response_format" not in provider.asked[0].body
    assert "JSON Schema" in provider.asked[0].messages[0]["content"]
    assert provider.asked[0].messages[0]["role"] == "system"


def test_a_wrong_answer_is_asked_for_again_with_the_reason(provider: Provider, opened: Open, booked: Rows) -> None:
    provider.script(as_json({"text": 7, "evidence": "none"}), as_json(GOOD))
    answer = ask(opened(llm_models=PLAIN), schema=Sentence)
    assert answer.value == Sentence(**GOOD)
    assert "text: Input should be a valid string" in provider.asked[1].last
    assert provider.asked[1].messages[-2] == {"role": "assistant", "content": '{"text": 7, "evidence": "none"}'}
    assert booked()["status"].to_list() == ["failed", "ok"]
    assert answer.cost_usd == pytest.approx(booked()["cost_usd"].sum())


@pytest.mark.parametrize(
    "text", ["In prose, then.", '{"text": "cut of', "[]", "null", "日本語で答えます", '{"a":' * 5000]
)
def test_it_is_asked_for_again_only_once(provider: Provider, opened: Open, text: str) -> None:
    provider.behave(lambda asked: Say(text))
    model = opened(llm_models=PLAIN)
    for _ in range(2):
        with pytest.raises(NotAsAsked, match="does not fit the schema"):
            ask(model, schema=Sentence)
    assert len(provider.asked) == 2


def test_another_model_is_asked_where_one_cannot_keep_to_the_schema(provider: Provider, opened: Open) -> None:
    provider.behave(lambda asked: "Well ..." if asked.body["model"] == "gpt-4o-mini" else json.dumps(GOOD))
    answer = ask(opened(llm_fallbacks=("openai/gpt-4o",)), schema=Sentence)
    assert (answer.model, answer.value) == ("openai/gpt-4o", Sentence(**GOOD))


def test_a_server_that_refuses_schemas_is_asked_in_words(provider: Provider, opened: Open) -> None:
    def old(asked: Asked) -> Any:
        return Fail(400, "response_format is not supported") if asked.schema else json.dumps(GOOD)

    provider.behave(old)
    model = opened()
    assert ask(model, schema=Sentence).value == Sentence(**GOOD)
    assert ask(model, "Another", schema=Sentence).value == Sentence(**GOOD)
    assert [asked.schema is not None for asked in provider.asked] == [True, False, False]


@pytest.mark.parametrize(
    "text",
    [
        "{}", "```json\n{}\n```", "Here you are: {} Good luck!", "<think>perhaps {{\"text\": \"no\"}}</think>{}",
        "I use {{braces}} and {{\"text\": 1}} first. {}", "[1] says so. {}", "{} {{\"text\": \"b\", \"evidence\": []}}",
    ],
)  # fmt: skip
def test_json_is_found_among_words(text: str) -> None:
    assert structured.read(text.format(json.dumps(GOOD)), Sentence) == Sentence(**GOOD)


@given(st.text(), st.text(), st.text(), st.lists(st.text()))
def test_what_was_written_is_read_whatever_stands_around_it(before: str, after: str, text: str, ids: list[str]) -> None:
    sentence = Sentence(text=text, evidence=ids)
    around = before.replace("{", "(").replace("<", "(")
    found = structured.read(f"{around}{sentence.model_dump_json()}{after}", Sentence)
    assert found == sentence or "<think" in text + after


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    with pytest.raises(structured.Unfit):
        structured.read(text.replace('"', "'"), Sentence)


def test_a_megabyte_of_open_brackets_is_given_up_quickly() -> None:
    for text in ("{" * 2**20, '{"a":' * 200_000, '{"text": "' + "x" * 2**20):
        with pytest.raises(structured.Unfit):
            structured.read(text, Sentence)
