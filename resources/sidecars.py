"""Sidecars: a ``sources.yaml`` beside files says what these cannot say themselves.

Title, publisher, kind, url, licence and published_at, by file name.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import yaml

SIDECAR = "sources.yaml"
FIELDS = {"title", "publisher", "kind", "url", "licence", "published_at"}
LEADS_OUT = "the path leads out of the inbox; copy the file in instead of linking it"

Hints = dict[str, dict[str, Any]]


def read(folder: Path, sidecars: Iterable[str]) -> tuple[Hints, list[tuple[str, str]]]:
    """What these sidecars (paths relative to the folder) say, by the path of the file that they speak of.

    Also what is wrong with them: pairs of the sidecar's path and the reason.
    """
    hints: Hints = {}
    problems: list[tuple[str, str]] = []
    root = folder.resolve()
    for uri in sidecars:
        sidecar = folder / uri
        if not sidecar.resolve().is_relative_to(root):
            problems.append((uri, LEADS_OUT))
            continue
        try:
            entries = yaml.safe_load(sidecar.read_text("utf-8")) or {}
        except (yaml.YAMLError, OSError, ValueError, RecursionError) as error:
            # ValueError: bytes that are no UTF-8, or a date such as 2024-13-45.
            problems.append((uri, f"is not valid YAML: {' '.join(str(error).split())}"))
            continue
        if not isinstance(entries, dict):
            problems.append((uri, "must map file names to title, publisher, kind, url, licence, published_at"))
            continue
        for name, hint in entries.items():
            target, problem = _target(root, sidecar, name, hint)
            if problem:
                problems.append((uri, problem))
            else:
                hints[target] = hint
    return hints, problems


def _target(root: Path, sidecar: Path, name: object, hint: object) -> tuple[str, str | None]:
    """The path that an entry speaks of, and what is wrong with the entry; None if nothing is."""
    try:
        target = (sidecar.parent / str(name)).resolve()
    except ValueError:
        return "", f"names {name!r}, which no file can be called"
    if not target.is_relative_to(root):
        return "", f"names {name!r}, which leads out of the inbox"
    if not isinstance(hint, dict) or set(hint) - FIELDS:
        return "", f"entry {name!r} may only have the fields {', '.join(sorted(FIELDS))}"
    try:
        as_time(hint.get("published_at"))
    except ValueError:
        return "", f"entry {name!r}: published_at must be a date such as 2025-02-26, not {hint['published_at']!r}"
    return target.relative_to(root).as_posix(), None


def columns(hint: Mapping[str, Any]) -> dict[str, Any]:
    """A hint as columns of ``DOCUMENTS``; what it does not say is None."""
    return {
        "kind": str(hint.get("kind") or "") or None,
        "uri": str(hint.get("url") or "") or None,
        "title": str(hint.get("title") or "") or None,
        "publisher": _as_text(hint.get("publisher")),
        "published_at": as_time(hint.get("published_at")),
        "licence": _as_text(hint.get("licence")),
    }


def _as_text(value: object) -> str | None:
    """YAML reads an unquoted year or "yes" as a number or a truth value; here it is a text."""
    return None if value is None else str(value)


def as_time(value: object) -> datetime | None:
    """A moment from a date in any usual form, without a zone in UTC; raises ValueError for what is no date."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if value is not None:
        raise ValueError(f"{value!r} is not a date")
    return None
