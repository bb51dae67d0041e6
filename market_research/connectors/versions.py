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
    ``$.meta.generated_at`` or ``$.items[*].score``) do not count. In XML, the elements and attributes at those of
    ``volatile`` that do not start with ``$`` do not count (``rss/channel/lastBuildDate``, ``feed/*/@title``; names
    without their namespace). In anything else every byte counts.

    Raises:
        ValueError: one of ``volatile`` is no such path.
    """
    volatile = tuple(volatile)
    paths = [steps_of(path) for path in volatile if path.startswith("$")]
    elements = [path.lower().split("/") for path in volatile if not path.startswith("$")]
    bare = media_type.partition(";")[0].strip().lower()
    if elements and content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return hashlib.sha256(_without_elements(content, elements)).hexdigest()
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


def _without_elements(content: bytes, paths: list[list[str]]) -> bytes:
    """XML in its canonical form without some elements and attributes; the bytes as they are if it is no XML."""
    from lxml import etree

    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return content
    for steps in paths:
        _remove_element(root, steps)
    canonical: bytes = etree.tostring(root, method="c14n")
    return canonical


def _remove_element(element: Any, steps: list[str]) -> None:
    from market_research.sources.markup import local_name

    name, rest = steps[0], steps[1:]
    if name not in ("*", local_name(element)):
        return
    if not rest:
        parent = element.getparent()
        if parent is not None:
            # Its tail is what stands between it and the next element.
            parent.remove(element)
    elif rest[0].startswith("@"):
        for attribute in [key for key in element.attrib if key.rpartition("}")[2].lower() == rest[0][1:]]:
            del element.attrib[attribute]
    else:
        for inner in list(element):
            _remove_element(inner, rest)


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
