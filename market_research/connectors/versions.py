"""Whether an answer says something new, or the same in other words."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

_STEP = re.compile(r"\.(\*|[^.\[\]]+)|\[(\*|\d+)\]|\[(\"(?:[^\"\\]|\\.)*\")\]")


def significant(content: bytes, media_type: str, volatile: Iterable[str] = ()) -> str:
    """Hash of what an answer says: two answers of the same hash are the same version.

    In JSON, white space, the order of an object's members and the members at ``volatile`` (paths such as
    ``$.meta.generated_at`` or ``$.items[*].score``) do not count; in anything else every byte does.

    Raises:
        ValueError: one of ``volatile`` is no such path.
    """
    paths = [steps_of(path) for path in volatile]
    bare = media_type.partition(";")[0].strip().lower()
    if "json" in bare or content.lstrip()[:1] in (b"{", b"["):
        lines = content.splitlines() if "ndjson" in bare or "jsonl" in bare else [content]
        try:
            canonical = "\n".join(_canonical(line, paths) for line in lines if line.strip())
        except (ValueError, RecursionError):
            return hashlib.sha256(content).hexdigest()
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    return hashlib.sha256(content).hexdigest()


def steps_of(path: str) -> list[str | int]:
    """The steps of a path below ``$``: names, positions, and ``*`` for all.

    Raises:
        ValueError: it is no path.
    """
    steps: list[str | int] = []
    position = 1 if path.startswith("$") else -1
    while 0 <= position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            break
        name, index, quoted = step.groups()
        if index is not None and index != "*":
            steps.append(int(index))
        else:
            steps.append(json.loads(quoted) if quoted else name or "*")
        position = step.end()
    if position != len(path) or not steps:
        raise ValueError(f"{path!r} is not a path like $.meta.generated_at or $.items[*].score")
    return steps


def _canonical(text: bytes, paths: list[list[str | int]]) -> str:
    # Numbers count as they are written, and differ from the same digits in quotes.
    document = json.loads(text, parse_float=_number, parse_int=_number)
    for steps in paths:
        _remove(document, steps)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _number(text: str) -> str:
    return f"\x00{text}"


def _remove(document: Any, steps: list[str | int]) -> None:
    step, rest = steps[0], steps[1:]
    if isinstance(document, dict):
        chosen = list(document) if step == "*" else [step] if step in document else []
    elif isinstance(document, list):
        chosen = list(range(len(document))) if step == "*" else [step] if _within(step, document) else []
    else:
        return
    for key in reversed(chosen):
        if rest:
            _remove(document[key], rest)
        else:
            del document[key]


def _within(step: str | int, document: list[Any]) -> bool:
    return isinstance(step, int) and step < len(document)
