"""Hacker News (search by Algolia): stories on the industry's companies and technologies, and the attention paid."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Any

from market_research.connectors.base import Answer, Ask, Connector, Context
from market_research.connectors.reading import (
    add_number,
    answer,
    json_answer,
    moment,
    name_of,
    one_day,
    plain,
    records,
    reject,
    segment,
    terms,
    wrong_shape,
)
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources.parsed import Block, Parsed

ADDRESS = "https://hn.algolia.com/api/v1/search_by_date"
FIELDS = "objectID,title,url,points,num_comments,story_text,created_at,created_at_i"  # no names of authors
DAYS_BACK = 180
PER_PAGE = 100
MAX_PAGES = 5  # the search gives a thousand stories at most; five hundred in half a year is a name on everyone's lips
MAX_ASKS = 40


def asks(request: ResearchRequest) -> Sequence[Ask]:
    """One question per company, technology and keyword: each story counts for the one that it was found by."""
    return [
        Ask(
            path=segment(term),
            title=f"Hacker News, stories on {term}",
            url=ADDRESS,
            params={
                "query": f'"{term}"',
                "tags": "story",
                "hitsPerPage": str(PER_PAGE),
                "advancedSyntax": "true",  # quotes mark a phrase
                "typoTolerance": "false",
                "attributesToRetrieve": FIELDS,
                "attributesToHighlight": "",
            },
        )
        for term in terms(request, "companies", "technologies", "keywords")[:MAX_ASKS]
    ]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The stories of the last half year, newest first, one answer per page."""
    end = datetime.combine(context.as_of + timedelta(days=1), time(), UTC)
    start = end - timedelta(days=DAYS_BACK)
    window = f"created_at_i>={int(start.timestamp())},created_at_i<{int(end.timestamp())}"
    page, pages = 0, 1
    while page < min(pages, MAX_PAGES):
        params = {**ask.params, "numericFilters": window, "page": str(page)}
        found = context.fetcher.get(ask.url, params=params, expect="json")
        pages = _pages(found.content)
        page += 1
        yield answer(ask, f"{ask.path}/page-{page}.json", found)


def _pages(content: bytes) -> int:
    try:
        return int(_answer(content, "answer").get("nbPages") or 0)
    except (UnreadableDocument, ValueError, TypeError):
        return 0


def _answer(content: bytes, name: str) -> dict[str, Any]:
    document = json_answer(content, name)
    if isinstance(document, dict) and "hits" not in document and "message" in document:
        raise UnreadableDocument(
            f"{name}: the search refuses the question ({plain(document['message'])[:300]}); check its terms."
        )
    if not isinstance(document, dict) or not isinstance(document.get("hits"), list):
        raise wrong_shape(name, document, "an object with `hits`")
    return document


def read(content: bytes, path: str) -> Parsed:
    """A block per story; points and comments as numbers of the term that was asked for, on the story's day.

    Raises:
        UnreadableDocument: an error message, or not a list of hits.
    """
    subject = name_of(PurePosixPath(path).parent.name)
    parsed = Parsed("attention", title=f"Hacker News on {subject}" if subject else "Hacker News")
    for locator, record in records(_answer(content, path)["hits"], "$.hits", parsed):
        title, text = plain(record.get("title")), plain(record.get("story_text"))
        created = moment(record.get("created_at"))
        if not title and not text:
            reject(parsed, f"{locator}.title", "The story has neither title nor text.", record)
            continue
        if created is None:
            reject(parsed, f"{locator}.created_at", "The story has no valid date.", record.get("created_at"))
            continue
        place = f"{locator}.story_text" if text else f"{locator}.title"
        parsed.blocks.append(Block(text or title, place, (title,) if title else (), created))
        for member, concept in (("points", "Hacker News points"), ("num_comments", "Hacker News comments")):
            add_number(
                parsed,
                record.get(member),
                f"{locator}.{member}",
                entity=subject or title,
                concept=concept,
                unit="count",
                period=one_day(created.date()),
                dimensions=f"story={record.get('objectID') or locator}",
                signed=False,
            )
    parsed.published_at = max((block.published_at for block in parsed.blocks if block.published_at), default=None)
    return parsed


CONNECTOR = Connector(
    name="hacker_news",
    title="Hacker News stories",
    publisher="Hacker News (Y Combinator), search by Algolia",
    description=(
        "Asks the Hacker News search for the last half year's stories on each company, technology and keyword. Titles, "
        "texts, points and numbers of comments come of it: the attention of people who build software."
    ),
    licence="None stated; facts and links",
    hosts=("hn.algolia.com",),
    asks=asks,
    fetch=fetch,
    read=read,
    # ``params`` repeats the question, whose window of time moves every day.
    volatile=(
        "$.params",
        "$.exhaustive",
        "$.exhaustiveNbHits",
        "$.exhaustiveTypo",
        "$.processingTimeMS",
        "$.processingTimingsMS",
        "$.serverTimeMS",
    ),
    rate=1.0,  # ten thousand an hour are allowed
    cron="45 5 * * *",
    freshness_hours=72,
)
