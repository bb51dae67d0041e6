"""RSS and Atom feeds that a request names, and the full text of the articles that they announce."""

import hashlib
import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import urldefrag, urljoin, urlsplit

from market_research.connectors.base import Answer, Ask, Connector, Context, FetchFailed
from market_research.connectors.partial import all_that_can_be_had
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources import detect
from market_research.sources.feed import Item, items
from market_research.sources.parsed import Parsed

NEWEST = 20


def asks(request: ResearchRequest) -> list[Ask]:
    """One ask per feed."""
    found = []
    for url in dict.fromkeys(request.feeds):
        host = urlsplit(url).hostname or "feed"
        path = f"{re.sub(r'[^a-z0-9.-]', '-', host)}-{_short(url)}"
        found.append(Ask(path, f"Feed of {host}", url))
    return found


def _short(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:12]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The feed, then the articles of its newest items; articles that are held are not fetched again."""
    found = context.fetcher.get(ask.url, expect="xml")
    yield Answer(
        f"{ask.path}/feed.xml",
        ask.title,
        found.url,
        found.content,
        found.media_type,
        stale=found.stale,
        problem=found.problem,
    )
    if found.stale:
        return
    try:
        listed = items(found.content, "the answer")
    except UnreadableDocument as error:
        raise FetchFailed(found.url, "broken", str(error)) from error
    newest = [(urldefrag(urljoin(found.url, item.link))[0], item) for item in listed]
    links = dict(pair for pair in reversed(newest) if urlsplit(pair[0]).scheme in ("http", "https"))
    chosen = list(reversed(links.items()))[:NEWEST]
    yield from all_that_can_be_had(partial(_article, ask, context, link, item) for link, item in chosen)


def _article(ask: Ask, context: Context, link: str, item: Item) -> Answer | None:
    path = f"{ask.path}/articles/{_short(link)}.html"
    if context.held(path):
        return None
    page = context.fetcher.get(link, expect="html", robots=True)
    title = item.title or "Article"
    return Answer(
        path, title, page.url, page.content, page.media_type, item.published_at, stale=page.stale, problem=page.problem
    )


def read(content: bytes, name: str) -> Parsed:
    """Items of a feed, or the text of an article without what surrounds it.

    Raises:
        UnreadableDocument: neither, or damaged.
    """
    from market_research.sources import article, feed, parse

    kind = detect.media_type(content, name)
    if kind == detect.HTML:
        return article.parse(content, name)
    return feed.parse(content, name) if kind == detect.FEED else parse.parse(content, name, media_type=kind)


CONNECTOR = Connector(
    name="feeds",
    title="News feeds",
    publisher="The feed's publisher",
    description="RSS and Atom feeds named in the request, with the articles behind their items.",
    licence=None,
    hosts=(),
    asks=asks,
    fetch=fetch,
    read=read,
    # When a feed was made says nothing of what is in it.
    volatile=("rss/channel/lastBuildDate", "rss/channel/pubDate", "feed/updated", "RDF/channel/date"),
    cron="0 */6 * * *",
    freshness_hours=24.0,
)
