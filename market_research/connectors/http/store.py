"""What servers answered, kept between runs: fresh answers, validators for unchanged ones, and the last good copy.

hishel decides by the rules of HTTP caching what is fresh and how to ask whether a copy is still good, and keeps the
copies in SQLite (complete or not at all, whenever the process is killed). Its own transport is not used: it stores an
answer before anyone has looked at it, and a page of regrets in place of JSON must not take a good copy's place. For
the same reason copies are kept whatever ``Cache-Control`` says; it decides only whether they are used unasked.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from market_research.connectors.base import Fetched

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*]+\s*=\s*(?:"[^"]*"|[^",;\s]+))*)')
_FETCHED_AT = "x-fetched-at"
_KEPT = ("cache-control", "content-type", "date", "etag", "expires", "last-modified", "link")


@dataclass(frozen=True)
class Kept:
    """A stored answer: whether it may be used unasked, and else the headers that ask whether it is still good."""

    answer: Fetched
    fresh: bool
    conditions: Mapping[str, str]
    entry: Any


class Store:
    """Answers by key, in one SQLite file in ``folder``; safe for threads and processes."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        from hishel import SqliteStorage

        folder.mkdir(parents=True, exist_ok=True)
        self._storage = SqliteStorage(database_path=folder / "answers.sqlite", max_size=max_bytes)

    def find(self, key: str, url: str) -> Kept | None:
        """The copy of an answer, however old."""
        from hishel import FromCache, Headers, IdleClient, NeedRevalidation, Request

        entries = [entry for entry in self._storage.get_entries(key) if entry.request.url == url]
        if not entries:
            return None
        entry = max(entries, key=lambda entry: str(entry.response.headers.get(_FETCHED_AT)))
        try:
            content = b"".join(_chunks(entry))
        except RuntimeError:
            # Thrown out by another process between the two looks.
            return None
        headers = entry.response.headers
        fetched_at = datetime.fromisoformat(headers[_FETCHED_AT])
        link = next_link(url, headers.get("link", ""))
        answer = Fetched(url, content, headers.get("content-type", ""), fetched_at, next_url=link)
        request = Request("GET", url, Headers({}))
        state = IdleClient(options={"shared": False}).next(request, [entry])
        conditions = dict(state.request.headers) if isinstance(state, NeedRevalidation) else {}
        return Kept(answer, isinstance(state, FromCache), conditions, entry)

    def put(self, key: str, answer: Fetched, headers: Mapping[str, str]) -> None:
        """Keep an answer in place of earlier ones; ``headers`` have lower-case names."""
        from hishel import Headers, Request, Response

        earlier = self._storage.get_entries(key)
        kept = _explicit(headers) | {"content-type": answer.media_type, _FETCHED_AT: answer.fetched_at.isoformat()}
        response = Response(200, Headers(kept), iter([answer.content]))
        entry = self._storage.create_entry(Request("GET", answer.url, Headers({})), response, key)
        # The copy is written while it is read.
        for _ in _chunks(entry):
            pass
        for old in earlier:
            self._storage.remove_entry(old.id)

    def confirm(self, kept: Kept, headers: Mapping[str, str]) -> None:
        """Note that the server called a copy unchanged: what it says of its freshness now holds from now."""
        from hishel import Headers

        stored = {name: value for name, value in kept.entry.response.headers.items() if name != "date"}
        told = {name: value for name, value in _explicit(stored | dict(headers)).items() if name != "content-type"}
        stamp = {_FETCHED_AT: datetime.now(UTC).isoformat()}
        self._storage.update_headers(kept.entry.id, Headers(stored | told | stamp))

    def close(self) -> None:
        """Close the file."""
        self._storage.close()


def next_link(url: str, header: str) -> str | None:
    """The address that a ``Link`` header (RFC 8288) calls ``next``."""
    for match in _LINK.finditer(header):
        relations = re.search(r";\s*rel\s*=\s*\"?([^\";,]+)", match[2], re.I)
        if relations and "next" in relations[1].lower().split():
            return urljoin(url, match[1])
    return None


def _chunks(entry: Any) -> Iterator[bytes]:
    yield from entry.response.stream


def _explicit(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that caching needs; an answer without a stated lifetime is to be asked about every time.

    The rules of caching let one guess a lifetime from the time of the last change, up to a week: news would be missed.
    """
    kept = {name: headers[name] for name in _KEPT if headers.get(name)}
    control = kept.get("cache-control", "").lower()
    if "no-store" in control or ("max-age" not in control and "expires" not in kept):
        kept["cache-control"] = "no-cache"
    kept["date"] = _made_at(headers)
    return kept


def _made_at(headers: Mapping[str, str]) -> str:
    """The ``Date`` of an answer, less the time that it lay in other caches, which hishel would not count."""
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        moment = datetime.now(UTC)
    age = headers.get("age", "")
    seconds = int(age[:9]) if age.isascii() and age.isdigit() else 0
    return format_datetime(moment.astimezone(UTC) - timedelta(seconds=seconds), usegmt=True)
