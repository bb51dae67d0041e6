"""Places in a JSON document: ``$.facts.us-gaap.Revenues.units.USD[3]``."""

import json
import re
from typing import Any

from market_research.errors import UnreadableDocument
from market_research.sources.decode import decode

_PLAIN_KEY = re.compile(r"[\w\-/:%$ ]+")
_STEP = re.compile(r"\.([\w\-/:%$ ]+)|\[(\d+)\]|\[(\"(?:[^\"\\]|\\.)*\")\]")


class NumberText(str):
    """A number exactly as the document writes it; texts in quotes stay plain ``str``."""

    __slots__ = ()


def load(text: str) -> Any:
    """JSON by the letter of the standard, numbers kept as their own text (``NumberText``).

    Raises:
        ValueError: the text is not JSON; NaN and Infinity are not.
        RecursionError: it is nested too deeply.
    """
    return json.loads(text, parse_float=NumberText, parse_int=NumberText, parse_constant=_no_constant)


def load_document(content: bytes, name: str) -> Any:
    """A whole JSON document (see ``load``).

    Raises:
        UnreadableDocument: it is not JSON; the message names the place.
    """
    try:
        return load(decode(content, name))
    except json.JSONDecodeError as error:
        raise UnreadableDocument(
            f"{name}: not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except ValueError as error:
        raise UnreadableDocument(f"{name}: not valid JSON: {error}.") from error
    except RecursionError as error:
        raise UnreadableDocument(f"{name}: JSON nested too deeply to be read; flatten it.") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")


def child(path: str, key: str | int) -> str:
    """The path of a member or element below ``path``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{json.dumps(key)}]"


def find(document: Any, path: str) -> Any:
    """The value at a path made by ``child``, or None if there is none."""
    position = 1
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return None
        position = step.end()
        key, index, quoted = step.groups()
        try:
            document = document[int(index)] if index is not None else document[key or json.loads(quoted)]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def text_of(value: Any) -> str | None:
    """A JSON value as the text of a cell: strings bare, numbers as written, other values as JSON."""
    if value is None:
        return None
    return str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
