"""Endpoints that LiteLLM does not speak: asked and read as a YAML file says, with the same care."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from market_research.errors import InvalidInput
from market_research.language_model.endpoint import read_endpoints
from market_research.language_model.errors import ModelFailed
from tests.language_model.asking import Sentence, ask
from tests.language_model.conftest import Open

TOKEN = "house-token-123456"
Rows = Callable[[], pl.DataFrame]


@dataclass
class House:
    """A server with a format of its own; ``replies`` are status, body and headers, each used once."""

    asked: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    replies: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    text: str = "Said by the house."
    url: str = ""


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    state = House()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append(({name.lower(): value for name, value in self.headers.items()}, body))
            good = {"results": [{"text": state.text, "reason": "end"}], "usage": {"read": 11, "written": 7}}
            status, content, headers = state.replies.pop(0) if state.replies else (200, json.dumps(good).encode(), {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/generate"
    monkeypatch.setenv("HOUSE_TOKEN", TOKEN)
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(house: House, tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "endpoints.yaml"
    file.write_text(f"""
house:
  url: {house.url}
  headers: {{X-Token: "key ${{HOUSE_TOKEN}}"}}
  body: {{model: $model, input: $prompt, settings: {{t: $temperature, limit: $max_tokens, seed: $seed}},
         turns: [$messages]}}
  text: $.results[0].text
  tokens_in: $.usage.read
  tokens_out: $.usage.written
  finish: $.results[0].reason
  cut: [limit]
""")
    return {
        "llm": "endpoint/house/large",
        "llm_endpoints": file,
        "llm_models": {"endpoint/house/large": {"input_usd": 1, "output_usd": 2}},
    }


def test_a_question_is_put_and_the_answer_read_as_the_file_says(
    house: House, settings: dict[str, Any], opened: Open, booked: Rows
) -> None:
    heard: list[str | None] = []
    answer = ask(opened(**settings), 'Say "{$model}"', on_text=heard.append)
    assert (answer.text, answer.tokens_in, answer.tokens_out) == ("Said by the house.", 11, 7)
    assert answer.cost_usd == pytest.approx(25e-6)
    headers, body = house.asked[0]
    assert headers["x-token"] == f"key {TOKEN}"
    turns = [[{"role": "user", "content": 'Say "{$model}"'}]]
    assert body == {
        "model": "large", "input": 'user: Say "{$model}"', "settings": {"t": 0.0, "limit": 2048, "seed": 0},
        "turns": turns,
    }  # fmt: skip
    assert heard == ["Said by the house."]
    assert booked()["model"].to_list() == ["endpoint/house/large"]


def test_it_is_asked_for_typed_answers_in_words(house: House, settings: dict[str, Any], opened: Open) -> None:
    house.text = 'Of course: {"text": "Up.", "evidence": []}'
    assert ask(opened(**settings), schema=Sentence).value == Sentence(text="Up.", evidence=[])


@pytest.mark.parametrize(
    "reply",
    [(500, b"oops", {}), (429, b"later", {"Retry-After": "0"}), (200, b"<html>", {}), (200, b'{"results": []}', {})],
)
def test_what_passes_is_tried_again(
    house: House, settings: dict[str, Any], opened: Open, reply: tuple[int, bytes, dict[str, str]]
) -> None:
    house.replies.append(reply)
    assert ask(opened(**settings)).text == "Said by the house."


def test_an_answer_cut_at_its_limit_is_no_answer(house: House, settings: dict[str, Any], opened: Open) -> None:
    cut = {"results": [{"text": "Half", "reason": "limit"}]}
    house.replies.append((200, json.dumps(cut).encode(), {}))
    with pytest.raises(ModelFailed, match="cut at"):
        ask(opened(**settings))


def test_its_key_is_never_shown_and_follows_no_redirect(
    house: House, settings: dict[str, Any], opened: Open, booked: Rows
) -> None:
    house.replies.append((403, f"no: {TOKEN}".encode(), {}))
    with pytest.raises(ModelFailed, match=r"answered 403: no: \*\*\*"):
        ask(opened(**settings))
    house.replies.append((302, b"", {"Location": f"{house.url}/elsewhere"}))
    with pytest.raises(ModelFailed, match="answered 302"):
        ask(opened(**settings), "Another")
    assert len(house.asked) == 2
    assert all(TOKEN not in detail for detail in booked()["detail"])


def test_a_variable_that_is_not_set_is_named(
    house: House, settings: dict[str, Any], opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOUSE_TOKEN")
    with pytest.raises(ModelFailed, match="HOUSE_TOKEN"):
        ask(opened(**settings))
    assert house.asked == []


def test_an_endpoint_that_is_not_declared_is_an_error_at_once(settings: dict[str, Any], opened: Open) -> None:
    with pytest.raises(InvalidInput, match="no endpoint 'other'"):
        opened(**(settings | {"llm": "endpoint/other"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("house: {url: 'ftp://x', body: {}, text: $.a}", "url"),
        ("house: {url: 'https://user:word@x/', body: {}, text: $.a}", "url"),
        ("house: {url: 'https://x/', body: {a: $prompts}, text: $.a}", r"\$prompts is none of"),
        ("house: {url: 'https://x/', body: {}, text: a}", "text"),
        ("house: {url: 'https://x/', body: {}, text: $.a, more: 1}", "more"),
        ("- a", "written as"),
        ("a: [", "endpoints.yaml"),
    ],
)
def test_a_file_that_cannot_be_meant_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "endpoints.yaml"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=said) as caught:
        read_endpoints(file)
    assert "word" not in str(caught.value) or "user" not in str(caught.value)
