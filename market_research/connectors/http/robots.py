"""robots.txt: whether a page may be fetched by a program, and how often.

As RFC 9309 has it: no such file (4xx) allows everything, a server that cannot say (5xx, no answer) forbids everything.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

# The part that the standard obliges to be read.
MAX_BYTES = 500 * 1024


@dataclass(frozen=True)
class Rules:
    """What a host's file says to this program; ``problem`` is set where it could not be asked."""

    parsed: Any
    problem: str | None
    until: float

    def refusal(self, url: str, user_agent: str) -> str | None:
        """Why the page must not be fetched, or None."""
        if self.problem:
            return f"robots.txt could not be asked ({self.problem}), so the page is left alone"
        if not self.parsed.can_fetch(url, user_agent):
            return "robots.txt forbids the page"
        return None

    def delay(self, user_agent: str) -> float | None:
        """Seconds that the host wants between two requests."""
        if self.problem:
            return None
        rate = self.parsed.request_rate(user_agent)
        wanted = [self.parsed.crawl_delay(user_agent), rate.seconds / rate.requests if rate else None]
        return max((seconds for seconds in wanted if seconds), default=None)


class Robots:
    """The rules of all hosts, each asked for once a day; safe for threads.

    ``fetch`` gives the text of a host's file (empty if there is none) or raises with the reason.
    """

    def __init__(self, fetch: Callable[[str], bytes], seconds: float) -> None:
        self.fetch = fetch
        self.seconds = seconds
        self._lock = threading.Lock()
        self._asking: dict[str, threading.Lock] = {}
        self._rules: dict[str, Rules] = {}

    def rules(self, url: str) -> Rules:
        """The rules of the URL's host; a failure to ask is asked again after a minute."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        with self._lock:
            asking = self._asking.setdefault(origin, threading.Lock())
        with asking:
            known = self._rules.get(origin)
            if known is None or known.until <= time.monotonic():
                known = self._rules[origin] = self._ask(origin)
            return known

    def _ask(self, origin: str) -> Rules:
        from protego import Protego

        from market_research.connectors.base import FetchFailed

        try:
            text = self.fetch(f"{origin}/robots.txt")[:MAX_BYTES].decode("utf-8", "replace")
        except FetchFailed as error:
            return Rules(None, str(error).partition(": ")[2], time.monotonic() + 60)
        return Rules(Protego.parse(text), None, time.monotonic() + self.seconds)
