"""Answers as typed data: the schema that is sent, and what is made of the text that comes back."""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from market_research.language_model.calls import Message

Model = TypeVar("Model", bound=BaseModel)
# What providers refuse in a schema that they enforce; pydantic checks it all the same.
_UNENFORCED = frozenset(
    "default title examples minLength maxLength uniqueItems minContains maxContains minProperties maxProperties".split()
)
_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
MAX_STARTS = 200
MAX_PROBLEMS = 12
# Of a wrong answer, what is shown to the model again.
QUOTED = 8000


class Unfit(Exception):
    """A text is not what the schema asks for; the message says why, for the model to read."""


def response_format(schema: type[BaseModel]) -> dict[str, Any]:
    """The parameter that makes a provider enforce the schema, where it can."""
    made = schema.model_json_schema()
    strict = not _is_open(made)
    tidied = _tidied(made, strict=strict)
    return {"type": "json_schema", "json_schema": {"name": schema.__name__, "schema": tidied, "strict": strict}}


def _is_open(node: Any) -> bool:
    """True if an object may have members of any name: enforcing providers refuse that."""
    if isinstance(node, list):
        return any(map(_is_open, node))
    if not isinstance(node, dict):
        return False
    free = node.get("type") == "object" and ("properties" not in node or node.get("additionalProperties"))
    return bool(free) or any(map(_is_open, node.values()))


def _tidied(node: Any, *, strict: bool, names: bool = False) -> Any:
    """The schema without what is not enforced; ``names`` tells that a mapping's keys are the document's own."""
    if isinstance(node, list):
        return [_tidied(item, strict=strict) for item in node]
    if not isinstance(node, dict):
        return node
    made = {
        key: _tidied(value, strict=strict, names=key in ("properties", "$defs") and not names)
        for key, value in node.items()
        if names or key not in _UNENFORCED
    }
    if strict and not names and made.get("type") == "object":
        made |= {"additionalProperties": False, "required": list(made.get("properties", {}))}
    return made


def with_instruction(messages: tuple[Message, ...], schema: type[BaseModel]) -> tuple[Message, ...]:
    """The messages with the schema in words, for models that know no other way."""
    text = (
        "Answer with one JSON value that fits this JSON Schema, and with nothing else: no comment, no code fence.\n"
        + json.dumps(schema.model_json_schema(), ensure_ascii=False)
    )
    first = messages[:1] if messages and messages[0]["role"] == "system" else ()
    content = f"{first[0]['content']}\n\n{text}" if first else text
    return (Message(role="system", content=content), *messages[len(first) :])


def read(text: str, schema: type[Model]) -> Model:
    """The instance that a text holds, alone or among other words; of several that fit, the first.

    Raises:
        Unfit: there is none.
    """
    problem: str | None = None
    opening = "[" if schema.model_json_schema().get("type") == "array" else "{"
    for value in _values(_THOUGHT.sub("", text), opening):
        try:
            return schema.model_validate_json(json.dumps(value))
        except ValidationError as error:
            # What is said about the first is what the model can make use of.
            problem = problem or _problems(error)
    raise Unfit(problem or "there is no complete JSON value in it")


def _values(text: str, opening: str) -> Iterator[Any]:
    """JSON values in a text that start with this bracket, outermost first, by position."""
    decoder = json.JSONDecoder()
    position = 0
    for _ in range(MAX_STARTS):
        start = text.find(opening, position)
        if start < 0:
            return
        try:
            value, position = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            position = start + 1
            continue
        yield value


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False)
    lines = [f"{'.'.join(map(str, e['loc'])) or 'the value'}: {e['msg']}" for e in found[:MAX_PROBLEMS]]
    more = f"; and {len(found) - MAX_PROBLEMS} more" if len(found) > MAX_PROBLEMS else ""
    return "; ".join(lines) + more


def repair(messages: tuple[Message, ...], text: str, problem: str) -> tuple[Message, ...]:
    """The messages that ask for the answer once more and say what is wrong with it."""
    return (
        *messages,
        Message(role="assistant", content=text[:QUOTED] or "(nothing)"),
        Message(
            role="user",
            content=f"This answer cannot be used: {problem}. Answer again, with one JSON value that fits the schema.",
        ),
    )
