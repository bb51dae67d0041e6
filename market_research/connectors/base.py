"""What a connector is: a source that an industry's definition can be turned into questions for.

A connector has three parts that know nothing of each other: ``asks`` turns a definition into questions (no network),
``fetch`` puts one question over a ``Fetcher`` (the only part that meets the network), and ``read`` turns the bytes of
an answer into typed records (no network). Whoever runs connectors stores the answers as raw documents.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from market_research.errors import MarketResearchError
from market_research.industries import ResearchRequest
from market_research.sources.parsed import Parsed

Expect = Literal["json", "xml", "csv", "html", "any"]
Reason = Literal[
    "refused",  # the address is private, robots.txt forbids it, or the size limit is passed
    "missing",  # 404 or 410: the source has no such thing
    "denied",  # 401, 403, or a secret is not set
    "busy",  # 429 or 503 to the end of all attempts, or the breaker is open
    "broken",  # 5xx, truncated, a wrong content type, or content that cannot be read
    "unreachable",  # no connection, no name, no time left
]


class FetchFailed(MarketResearchError):
    """A question got no answer, and there is no earlier one to stand in for it."""

    def __init__(self, url: str, reason: Reason, message: str) -> None:
        super().__init__(f"{url}: {message}")
        self.url = url
        self.reason = reason


@dataclass(frozen=True)
class Fetched:
    """What a server answered.

    ``stale`` marks the last good copy of an answer that the server would not give now; ``problem`` then says why.
    ``next_url`` is where its ``Link`` header says that the next page is.
    """

    url: str
    content: bytes
    media_type: str
    fetched_at: datetime
    stale: bool = False
    problem: str | None = None
    next_url: str | None = None


class Fetcher(Protocol):
    """The one way to the network: rate limits, retries, caching, robots.txt and address rules are kept inside.

    Connectors give the real addresses of their sources; a fetcher may be told of mirrors that stand in for hosts.
    """

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Expect = "any",
        robots: bool = False,
    ) -> Fetched:
        """GET; ``expect`` refuses an answer of another kind, ``robots`` asks robots.txt first (for web pages).

        Raises:
            FetchFailed: no answer, and no earlier copy of it.
        """
        ...


@dataclass(frozen=True)
class Ask:
    """One question to a source.

    ``path`` names the answer and is the same every time that the question is put; a connector may give further
    answers (pages, articles) names of their own below it.
    """

    path: str
    title: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A document that a source gave: the bytes as they came, and what is known about them from outside."""

    path: str
    title: str
    url: str
    content: bytes
    media_type: str = ""
    published_at: datetime | None = None
    stale: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class Context:
    """What a connector may use while it fetches.

    ``held`` says whether an answer of this path is in the lake already: what never changes (an article, a filing)
    need not be fetched again. ``as_of`` is the day to count look-back windows from. ``env`` reads secrets by name.
    """

    fetcher: Fetcher
    as_of: date
    held: Callable[[str], bool] = lambda _: False
    env: Callable[[str], str | None] = lambda _: None


@dataclass(frozen=True)
class Connector:
    """A source: who it is, when to ask it, and its three parts.

    ``volatile`` names members of a JSON answer (JSON paths) that differ at every asking without meaning anything:
    answers that differ in nothing else are the same version. ``rate`` is requests a second to its hosts.
    """

    name: str
    title: str
    publisher: str
    description: str
    licence: str | None
    hosts: tuple[str, ...]
    asks: Callable[[ResearchRequest], Sequence[Ask]]
    fetch: Callable[[Ask, Context], Iterator[Answer]]
    read: Callable[[bytes, str], Parsed]
    volatile: tuple[str, ...] = ()
    rate: float = 2.0
    cron: str = "0 5 * * *"
    freshness_hours: float = 48.0
    needs: tuple[str, ...] = ()  # names of environment variables without which it cannot ask


def get_one(expect: Expect) -> Callable[[Ask, Context], Iterator[Answer]]:
    """The ``fetch`` of sources where one question is one GET and one answer."""

    def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
        found = context.fetcher.get(ask.url, params=ask.params, expect=expect)
        yield Answer(
            ask.path, ask.title, found.url, found.content, found.media_type, stale=found.stale, problem=found.problem
        )

    return fetch
