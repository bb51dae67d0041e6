"""Endpoints that LiteLLM does not speak: a YAML file says how a question is put and where the answer stands.

``endpoint/house/large`` is the model ``large`` of the endpoint ``house``::

    house:
      url: https://models.example.com/generate
      headers: {Authorization: "Bearer ${HOUSE_TOKEN}"}   # from the environment
      body: {model: $model, input: $prompt, settings: {temperature: $temperature, limit: $max_tokens, seed: $seed}}
      text: $.results[0].text
      tokens_in: $.usage.read
      tokens_out: $.usage.written
      finish: $.results[0].reason
      cut: [limit]        # reasons that mean that the answer was cut at its limit

``$messages`` are the turns as role and content, ``$prompt`` all of them as one text.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from market_research.connectors.http.pace import retry_after
from market_research.errors import InvalidInput
from market_research.language_model.calls import Question, Reply
from market_research.language_model.errors import AttemptFailed
from market_research.language_model.tokens import estimated
from market_research.sources.jsonpath import find

if TYPE_CHECKING:
    import httpx

PREFIX = "endpoint/"
PLACEHOLDERS = ("$messages", "$prompt", "$model", "$temperature", "$max_tokens", "$seed")
MAX_BYTES = 16 * 2**20
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Endpoint(BaseModel):
    """How one endpoint is asked; ``text`` and the like are JSON paths into its answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^@\s]+$")
    headers: dict[str, str] = {}
    body: dict[str, Any]
    text: str = Field(pattern=r"^\$")
    tokens_in: str | None = Field(None, pattern=r"^\$")
    tokens_out: str | None = Field(None, pattern=r"^\$")
    finish: str | None = Field(None, pattern=r"^\$")
    cut: tuple[str, ...] = ("length", "max_tokens")


def read_endpoints(path: Path) -> dict[str, Endpoint]:
    """Endpoints by name.

    Raises:
        InvalidInput: the file is not there or says what no endpoint has.
    """
    try:
        stated = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInput(f"MARKET_RESEARCH_LLM_ENDPOINTS, {path}: {error}.") from error
    if not isinstance(stated, dict):
        raise InvalidInput(f"{path}: endpoints are written as a name with url, body and text below it.")
    made = {}
    for name, values in stated.items():
        try:
            made[str(name)] = Endpoint.model_validate(values)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
            raise InvalidInput(f"{path}, endpoint {name}: {wrong}.") from None
        unknown = sorted(_placeholders(made[str(name)].body) - set(PLACEHOLDERS))
        if unknown:
            raise InvalidInput(f"{path}, endpoint {name}: {', '.join(unknown)} is none of {', '.join(PLACEHOLDERS)}.")
    return made


def _placeholders(node: Any) -> set[str]:
    if isinstance(node, Mapping):
        return set().union(*map(_placeholders, node.values()))
    if isinstance(node, list):
        return set().union(*map(_placeholders, node))
    return {node} if isinstance(node, str) and node.startswith("$") else set()


def variables_of(endpoint: Endpoint) -> tuple[str, ...]:
    """Names of the environment's variables that an endpoint's headers want."""
    return tuple(dict.fromkeys(name for text in endpoint.headers.values() for name in _VARIABLE.findall(text)))


def headers_of(endpoint: Endpoint) -> dict[str, str]:
    """Headers with the environment's variables in place.

    Raises:
        AttemptFailed: a variable is not set.
    """
    absent = [name for name in variables_of(endpoint) if not os.environ.get(name)]
    if absent:
        raise AttemptFailed("denied", f"the environment variable {absent[0]} is not set", again=False)
    return {name: _VARIABLE.sub(lambda match: os.environ[match[1]], text) for name, text in endpoint.headers.items()}


def secrets_of(endpoint: Endpoint) -> frozenset[str]:
    """Values of the variables that an endpoint's headers name."""
    return frozenset(filter(None, map(os.environ.get, variables_of(endpoint))))


def body_of(endpoint: Endpoint, question: Question) -> Any:
    """The body with the question in it. A placeholder is a whole value, so that no text can change the form."""
    values = {
        "$messages": [dict(message) for message in question.messages],
        "$prompt": "\n\n".join(f"{message['role']}: {message['content']}" for message in question.messages),
        "$model": question.model.removeprefix(PREFIX).partition("/")[2],
        "$temperature": question.temperature,
        "$max_tokens": question.max_tokens,
        "$seed": question.seed,
    }

    def filled(node: Any) -> Any:
        if isinstance(node, Mapping):
            return {key: filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [filled(item) for item in node]
        return values[node] if isinstance(node, str) and node in values else node

    return filled(endpoint.body)


async def ask(client: "httpx.AsyncClient", endpoint: Endpoint, question: Question) -> Reply:
    """One attempt.

    Raises:
        AttemptFailed: no answer came, or none that the mapping can read.
    """
    import httpx

    content = bytearray()
    try:
        async with client.stream(
            "POST", endpoint.url, json=body_of(endpoint, question), headers=headers_of(endpoint)
        ) as answer:
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > MAX_BYTES:
                    raise AttemptFailed("lost", "the answer is larger than 16 MB", again=False, paid=True)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise AttemptFailed("unavailable", f"no connection: {error}", again=True) from None
    except httpx.HTTPError as error:
        raise AttemptFailed(
            "lost", f"the answer broke off: {error or type(error).__name__}", again=True, paid=True
        ) from None
    if answer.status_code != 200:
        raise _failure(answer.status_code, bytes(content), answer.headers.get("retry-after", ""))
    return _reply(endpoint, question, bytes(content))


def _failure(status: int, content: bytes, wait: str) -> AttemptFailed:
    said = f"the endpoint answered {status}: {content[:2000].decode('utf-8', 'replace')}"
    if status in (401, 403):
        return AttemptFailed("denied", said, again=False)
    if status == 429:
        return AttemptFailed("busy", said, again=True, wait=retry_after(wait))
    if status >= 500 or status == 408:
        return AttemptFailed("unavailable", said, again=True, wait=retry_after(wait))
    return AttemptFailed("rejected", said, again=False)


def _reply(endpoint: Endpoint, question: Question, content: bytes) -> Reply:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise AttemptFailed("lost", "the answer is not JSON", again=True, paid=True) from None
    text = find(document, endpoint.text)
    if not isinstance(text, str):
        raise AttemptFailed("lost", f"the answer has no text at {endpoint.text}", again=True, paid=True)
    reason = find(document, endpoint.finish) if endpoint.finish else None
    return Reply(
        text,
        "length" if reason in endpoint.cut else "stop",
        _tokens(document, endpoint.tokens_in, question.text),
        _tokens(document, endpoint.tokens_out, text),
    )


def _tokens(document: Any, path: str | None, text: str) -> int:
    stated = find(document, path) if path else None
    return stated if isinstance(stated, int) and not isinstance(stated, bool) and stated >= 0 else estimated(text)
