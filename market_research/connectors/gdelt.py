"""GDELT DOC 2.0: headlines of news articles that name the industry's companies and terms."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from market_research.connectors.base import Answer, Ask, Connector, Context
from market_research.connectors.reading import (
    answer,
    came,
    group_segment,
    groups,
    moment,
    plain,
    records,
    reject,
    terms,
    wrong_shape,
)
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources.decode import decode
from market_research.sources.jsonpath import load
from market_research.sources.parsed import Block, Parsed

ADDRESS = "https://api.gdeltproject.org/api/v2/doc/doc"
DAYS_BACK = 30  # the service searches three months back at most; a month covers a monthly refresh twice at peak news
TERMS_PER_ASK = 6  # longer questions are refused as too long
MAX_ASKS = 8  # one request in five seconds is allowed, and every ask may take MAX_PAGES of them
MAX_RECORDS = 250  # the most that one answer holds
MAX_PAGES = 3
SHORTEST = 3  # shorter terms are refused

_BAD_ESCAPE = re.compile(r'\\(?:\\|["/bfnrt]|u[0-9a-fA-F]{4}|(.))', re.S)
_LOOSE = re.compile(r" +([,.;:!?%)\]’])|([(\[$€£]) +")


def asks(request: ResearchRequest) -> Sequence[Ask]:
    """Questions for companies, keywords and technologies, several joined by OR in each, in English sources."""
    listed = [term for term in terms(request, "companies", "keywords", "technologies") if len(term) >= SHORTEST]
    return [
        Ask(
            path=group_segment(group),
            title=f"GDELT, news on {', '.join(group)}",
            url=ADDRESS,
            params={
                "query": f"{_any_of(group)} sourcelang:english",
                "mode": "ArtList",
                "format": "json",
                "maxrecords": str(MAX_RECORDS),
                "sort": "DateDesc",
            },
        )
        for group in groups(listed, TERMS_PER_ASK, MAX_ASKS)
    ]


def _any_of(group: list[str]) -> str:
    """Words bare, phrases in quotes; parentheses are allowed around alternatives only."""
    words = [term if re.fullmatch(r"\w+", term) else f'"{term}"' for term in group]
    return f"({' OR '.join(words)})" if len(words) > 1 else words[0]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The newest articles, then older ones: there is no paging, so each further page ends where the last began."""
    end = datetime.combine(context.as_of, time(23, 59, 59), UTC)
    start = datetime.combine(context.as_of - timedelta(days=DAYS_BACK), time(), UTC)
    for page in range(1, MAX_PAGES + 1):
        params = {**ask.params, "startdatetime": f"{start:%Y%m%d%H%M%S}", "enddatetime": f"{end:%Y%m%d%H%M%S}"}
        found = context.fetcher.get(ask.url, params=params, expect="json")
        articles = _seen(found.content)
        yield answer(ask, f"{ask.path}/page-{page}.json", found, published_at=max(articles, default=None))
        if len(articles) < MAX_RECORDS or not start < min(articles) < end:
            return
        end = min(articles)


def _seen(content: bytes) -> list[datetime]:
    try:
        articles = _articles(content, "answer")
    except UnreadableDocument:
        return []
    return [seen for item in articles if isinstance(item, dict) and (seen := moment(item.get("seendate")))]


def _articles(content: bytes, name: str) -> list[Any]:
    text = decode(content, name).strip()
    if not text.startswith("{"):
        raise UnreadableDocument(f"{name}: {came(text)} came where GDELT's list was expected; ask again later.")
    try:
        document = load(_repaired(text))
    except (ValueError, RecursionError) as error:
        raise UnreadableDocument(f"{name}: not valid JSON ({error}); ask again later.") from error
    articles = document.get("articles", []) if document.keys() <= {"articles"} else None
    if not isinstance(articles, list):
        raise wrong_shape(name, document, "a list of articles")
    return articles


def _repaired(text: str) -> str:
    """JSON with its stray backslashes and control characters mended: the service copies titles as they stand."""
    text = _BAD_ESCAPE.sub(lambda match: "\\\\" + match[1] if match[1] else match[0], text)
    return re.sub(r"[\x00-\x1f]", " ", text)


def read(content: bytes, path: str) -> Parsed:
    """A block per headline, dated by when GDELT saw the article; an address that stands twice gives one block.

    Raises:
        UnreadableDocument: a message or page came, as for questions that are too long or too frequent.
    """
    parsed = Parsed("news", title="News headlines found by GDELT")
    addresses: set[str] = set()
    for locator, record in records(_articles(content, path), "$.articles", parsed):
        title = _LOOSE.sub(lambda match: match[1] or match[2], plain(record.get("title")))
        seen = moment(record.get("seendate"))
        if not title:
            reject(parsed, f"{locator}.title", "The article has no title.", record)
        elif seen is None:
            reject(parsed, f"{locator}.seendate", "The article has no valid date.", record.get("seendate"))
        elif (address := str(record.get("url") or locator)) not in addresses:
            addresses.add(address)
            parsed.blocks.append(Block(title, f"{locator}.title", (), seen))
    parsed.published_at = max((block.published_at for block in parsed.blocks if block.published_at), default=None)
    return parsed


CONNECTOR = Connector(
    name="gdelt",
    title="GDELT news search",
    publisher="The GDELT Project",
    description=(
        "Asks GDELT for the last month's news articles in English that name the industry's companies, keywords and "
        "technologies. Headlines with address, medium and date come of it; the articles themselves are not fetched."
    ),
    licence="Open, with citation of the GDELT Project; headlines belong to their publishers",
    hosts=("api.gdeltproject.org",),
    asks=asks,
    fetch=fetch,
    read=read,
    rate=0.2,
    cron="30 5 * * *",
    freshness_hours=48,
)
