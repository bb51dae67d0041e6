"""The fetcher: one question, asked as often as good manners allow, and answered from memory where they end."""

import hashlib
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from market_research.connectors.base import Expect, Fetched, FetchFailed
from market_research.connectors.http import decoding
from market_research.connectors.http.config import FetchConfig
from market_research.connectors.http.kinds import problem_of
from market_research.connectors.http.network import HERE, MESSAGE, Network
from market_research.connectors.http.pace import Breakers, Pace, retry_after
from market_research.connectors.http.redaction import secrets_of, shown_url, without_secrets
from market_research.connectors.http.robots import Robots
from market_research.connectors.http.store import Kept, Store, next_link
from market_research.connectors.http.transfer import AttemptFailed, Reply, Transfer, scheme_problem

if TYPE_CHECKING:
    from tenacity import RetryCallState

_ACCEPT = {
    "json": "application/json, */*;q=0.5",
    "xml": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5",
    "csv": "text/csv, */*;q=0.5",
    "html": "text/html, application/xhtml+xml, */*;q=0.5",
    "any": "*/*",
}
_MISSING = frozenset({404, 410})
_DENIED = frozenset({401, 402, 403, 407, 451})
_BUSY = frozenset({429, 503})
_PASSING = frozenset({408, 425, 500, 502, 504, 520, 521, 522, 523, 524})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ROBOTS_AGENT = re.compile(r"[A-Za-z][A-Za-z_-]*")


@contextmanager
def open_fetcher(config: FetchConfig) -> Iterator["PoliteFetcher"]:
    """A fetcher whose connections and files are closed at the end."""
    fetcher = PoliteFetcher(config)
    try:
        yield fetcher
    finally:
        fetcher.close()


class PoliteFetcher:
    """The ``Fetcher`` that meets the network; one instance serves all threads."""

    def __init__(self, config: FetchConfig, network: Network = HERE) -> None:
        self.config = config
        self.network = network
        self.store = Store(config.cache_folder, config.cache_bytes)
        self.pace = Pace(config.rates, config.default_rate, config.cache_folder / "rates")
        self.breakers = Breakers(config.breaker_failures, config.breaker_seconds)
        self.transfer = Transfer(config, self.pace)
        self.robots = Robots(self._robots_text, config.robots_seconds)

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Expect = "any",
        robots: bool = False,
    ) -> Fetched:
        """GET; see ``Fetcher``. An answer that cannot be had now is replaced by the last good copy, marked stale.

        Values of the type ``Secret``, and of the names in the configuration, are shown nowhere.

        Raises:
            FetchFailed: no answer, and no earlier copy of it.
        """
        unreadable = scheme_problem(url)
        if unreadable:
            raise FetchFailed(url.partition("?")[0].rpartition("@")[2], "refused", unreadable)
        full = _with_params(url, params)
        names = self.config.secret_names
        named = {name: value for name, value in parse_qsl(urlsplit(full).query) if name.lower() in names}
        secrets = secrets_of({**(params or {}), **named}, headers, names)
        shown = shown_url(full, names, secrets)
        problem = _refusal(full, headers or {})
        if problem:
            raise FetchFailed(shown, "refused", problem)
        key = _key(full, headers or {}, expect)
        kept = self.store.find(key, shown)
        if kept and kept.fresh:
            return kept.answer
        try:
            reply = self._ask(full, headers or {}, expect, kept, robots=robots)
        except AttemptFailed as error:
            message = without_secrets(str(error), secrets)
            if kept is None:
                # The chain of causes could show what the message hides.
                raise FetchFailed(shown, error.reason, message) from None
            since = f"{kept.answer.fetched_at:%Y-%m-%d %H:%M} UTC"
            return replace(kept.answer, stale=True, problem=f"{message}; the copy of {since} stands in for it")
        # Addresses of further pages may repeat what was sent.
        received = {name: without_secrets(value, secrets) for name, value in reply.headers.items()}
        now = datetime.now(UTC)
        if reply.status == 304 and kept:
            self.store.confirm(kept, received)
            return replace(kept.answer, fetched_at=now)
        link = next_link(shown, received.get("link", ""))
        answer = Fetched(shown, reply.content, received.get("content-type", ""), now, next_url=link)
        self.store.put(key, answer, received)
        return answer

    def _ask(self, url: str, headers: Mapping[str, str], expect: Expect, kept: Kept | None, *, robots: bool) -> Reply:
        host = urlsplit(url).hostname or ""
        closed = self.breakers.closed_for(host)
        if closed:
            raise AttemptFailed(
                "busy", f"{host} failed several times in a row and is left alone for {closed:.0f} seconds", again=False
            )
        if self.network.is_down() and not self._is_local(host):
            raise AttemptFailed("unreachable", MESSAGE, again=False)
        conditions = kept.conditions if kept else {}
        sent = {
            "User-Agent": self.config.user_agent,
            "Accept": _ACCEPT[expect],
            "Accept-Encoding": decoding.ACCEPTED,
            **headers,
            **conditions,
        }
        try:
            reply = self._persistently(url, sent, expect, robots=robots)
        except AttemptFailed as error:
            # Refusals and missing pages say nothing about the host.
            self.breakers.note(host, failed=error.again)
            raise
        self.breakers.note(host, failed=False)
        return reply

    def _persistently(self, url: str, headers: Mapping[str, str], expect: Expect, *, robots: bool) -> Reply:
        from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_before_delay

        retrying = Retrying(
            stop=stop_after_attempt(self.config.attempts) | stop_before_delay(self.config.total_seconds),
            wait=self._pause,
            retry=retry_if_exception(lambda error: isinstance(error, AttemptFailed) and error.again),
            reraise=True,
        )
        return retrying(self._once, url, headers, expect, robots)

    def _is_local(self, host: str) -> bool:
        """Whether a host may answer without a network: a mirror stands in for it, or it is given by its address."""
        if host.lower() in self.config.mirrors or host == "localhost":
            return True
        try:
            return bool(ip_address(host))
        except ValueError:
            return False

    def _others(self, host: str) -> Iterator[str]:
        """Hosts of other sources, to tell a name that is wrong from a network that is not there."""
        listed = (rate.hosts[0] for rate in self.config.rates if host not in rate.hosts)
        return (name for name in listed if not self._is_local(name))

    def _once(self, url: str, headers: Mapping[str, str], expect: Expect, robots: bool) -> Reply:
        try:
            reply = self.transfer.attempt(
                url,
                headers,
                patience=self.config.total_seconds,
                before=self._ask_robots if robots else lambda _: None,
            )
        except AttemptFailed as error:
            host = urlsplit(url).hostname or ""
            if not error.anywhere and not self._is_local(host) and self.network.lost(self._others(host)):
                raise AttemptFailed("unreachable", MESSAGE, again=False) from error
            raise
        failure = _failure(reply, expect, conditional="if-none-match" in headers or "if-modified-since" in headers)
        if failure is None:
            return reply
        if failure.wait:
            self.pace.pause(urlsplit(reply.url).hostname or "", min(failure.wait, self.config.max_wait_seconds))
        raise failure

    def _pause(self, state: "RetryCallState") -> float:
        """Seconds before the next attempt: doubled every time, a little at random, and no less than was asked for."""
        base = self.config.backoff_seconds
        pause = min(base * 2.0 ** (state.attempt_number - 1), self.config.max_wait_seconds)
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, AttemptFailed) and error.wait else 0.0
        return max(pause + random.uniform(0, base / 4), min(asked, self.config.max_wait_seconds))

    def _ask_robots(self, url: str) -> None:
        rules = self.robots.rules(url)
        agent = _ROBOTS_AGENT.match(self.config.user_agent)
        name = agent[0] if agent else self.config.user_agent
        refusal = rules.refusal(url, name)
        delay = rules.delay(name)
        if delay and delay > self.config.max_crawl_delay:
            refusal = refusal or f"robots.txt wants {delay:.0f} seconds between two requests, more than can be waited"
        if refusal:
            raise AttemptFailed("refused", refusal, again=False)
        if delay:
            self.pace.slow_down(urlsplit(url).hostname or "", delay)

    def _robots_text(self, url: str) -> bytes:
        headers = {"User-Agent": self.config.user_agent, "Accept": "text/plain, */*;q=0.5"}
        headers["Accept-Encoding"] = decoding.ACCEPTED
        key = _key(url, {}, "any")
        kept = self.store.find(key, url)
        if kept and kept.fresh:
            return kept.answer.content
        try:
            reply = self.transfer.attempt(url, headers, patience=self.config.total_seconds)
        except AttemptFailed as error:
            raise FetchFailed(url, error.reason, str(error)) from error
        if reply.status >= 500 or reply.status == 429:
            raise FetchFailed(url, "busy", f"the server answered {reply.status}")
        text = reply.content if reply.status == 200 else b""
        day = {"cache-control": f"max-age={self.config.robots_seconds:.0f}"}
        self.store.put(key, Fetched(url, text, "text/plain", datetime.now(UTC)), day)
        return text

    def close(self) -> None:
        """Close connections and files."""
        self.transfer.close()
        self.pace.close()
        self.store.close()


def _with_params(url: str, params: Mapping[str, str] | None) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(dict(params or {}))]))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _key(url: str, headers: Mapping[str, str], expect: Expect) -> str:
    """Name of an answer in the store; whoever asks with other credentials has other answers."""
    sent = sorted((name.lower(), str(value)) for name, value in headers.items())
    return hashlib.sha256(repr((url, sent, expect)).encode()).hexdigest()


def _refusal(url: str, headers: Mapping[str, str]) -> str | None:
    if "@" in urlsplit(url).netloc:
        return "a user and password do not belong into the address; give them as authentication"
    if _CONTROL.search(url) or any(_CONTROL.search(name + value) for name, value in headers.items()):
        return "the address or a header holds control characters"
    return None


def _failure(reply: Reply, expect: Expect, *, conditional: bool) -> AttemptFailed | None:
    """Why a reply is no answer, or None if it is one."""
    status = reply.status
    said = f"the server answered {status}"
    if status == 304 and conditional:
        return None
    if 200 <= status < 300:
        problem = problem_of(reply.content, reply.headers.get("content-type", ""), expect)
        # An address of a film or a PDF will not become that of a page.
        passing = expect != "html" or not reply.content.strip()
        return AttemptFailed("broken", problem, again=passing) if problem else None
    if status in _MISSING:
        return AttemptFailed("missing", said, again=False)
    if status in _DENIED:
        return AttemptFailed("denied", said, again=False)
    if status in _BUSY:
        return AttemptFailed("busy", said, again=True, wait=retry_after(reply.headers.get("retry-after", "")))
    return AttemptFailed("broken", said, again=status in _PASSING or status >= 500)
