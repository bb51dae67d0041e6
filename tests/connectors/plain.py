"""A fetcher without manners and a loopback server, for tests of connectors."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx

from market_research.connectors.base import Answer, Ask, Connector, Context, Expect, Fetched, FetchFailed, Reason
from market_research.sources.locate import excerpt
from market_research.sources.parsed import Parsed

AS_OF = date(2026, 3, 15)


@dataclass(frozen=True)
class Asked:
    """One request as the server received it: the host that was meant, and the question."""

    host: str
    path: str
    query: tuple[tuple[str, str], ...]

    @property
    def params(self) -> dict[str, str]:
        return dict(self.query)


@dataclass(frozen=True)
class Reply:
    """What the server says; a body that is no text or bytes is sent as JSON."""

    body: Any
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass
class Loopback:
    """A server's address and everything that it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    def context(
        self,
        *,
        as_of: date = AS_OF,
        held: Callable[[str], bool] = lambda _: False,
        env: Mapping[str, str] | None = None,
    ) -> Context:
        return Context(PlainFetcher(self.url), as_of, held, (env or {}).get)

    def answers(self, connector: Connector, ask: Ask, **context: Any) -> list[Answer]:
        return list(connector.fetch(ask, self.context(**context)))


@contextmanager
def serving(reply: Callable[[Asked], Reply]) -> Iterator[Loopback]:
    """A loopback server that answers every GET by a function, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(self.headers["Host"], parts.path, tuple(parse_qsl(parts.query, keep_blank_values=True)))
            loopback.asked.append(asked)
            said = reply(asked)
            content = said.content()
            self.send_response(said.status)
            self.send_header("Content-Type", said.media_type)
            self.send_header("Content-Length", str(len(content)))
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # who has seen enough may leave
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    loopback = Loopback(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class PlainFetcher:
    """Asks the loopback server in place of every host, which it names in the header ``Host``."""

    instead: str

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Expect = "any",
        robots: bool = False,
    ) -> Fetched:
        parts, other = urlsplit(url), urlsplit(self.instead)
        assert parts.scheme == "https"
        target = urlunsplit((other.scheme, other.netloc, parts.path, parts.query, ""))
        response = httpx.get(target, params=params or None, headers={**(headers or {}), "Host": parts.netloc})
        if response.status_code >= 400:
            reasons: dict[int, Reason] = {404: "missing", 401: "denied", 403: "denied", 429: "busy", 503: "busy"}
            reason = reasons.get(response.status_code, "broken")
            raise FetchFailed(url, reason, f"status {response.status_code}")
        moment = datetime(2026, 3, 15, 6, tzinfo=UTC)
        return Fetched(url, response.content, response.headers.get("content-type", ""), moment)


def dumped(document: Any) -> bytes:
    """JSON as a server sends it."""
    return json.dumps(document, ensure_ascii=False).encode()


def check_places(content: bytes, path: str, parsed: Parsed) -> None:
    """Every number's text stands in the raw answer where its locator says."""
    for number in parsed.numbers:
        assert excerpt(content, path, number.locator) == number.raw, number


def figures(parsed: Parsed) -> list[tuple[str, str, float, str, str]]:
    """Entity, concept, value, unit and end of the period of every number."""
    return [(n.entity, n.concept, n.value, n.unit, str(n.period_end)) for n in parsed.numbers]
