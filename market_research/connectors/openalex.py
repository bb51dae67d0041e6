"""OpenAlex: research works about the industry's technologies, with abstracts, topics and citations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from market_research.connectors.base import Answer, Ask, Connector, Context
from market_research.connectors.reading import (
    add_number,
    group_segment,
    groups,
    json_answer,
    moment,
    plain,
    records,
    reject,
    terms,
    wrong_shape,
)
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources.jsonpath import NumberText
from market_research.sources.parsed import Block, Parsed

ADDRESS = "https://api.openalex.org/works"
FIELDS = (
    "id,doi,display_name,publication_date,type,language,cited_by_count,abstract_inverted_index,"
    "primary_topic,topics,keywords,primary_location"
)
DAYS_BACK = 730  # abstracts and citations of a field take about two years to settle
PER_PAGE = 100  # the most that one page holds
TERMS_PER_ASK = 10
MAX_ASKS = 3
# Without a key the service answers about ten searches a day, and pages by number only; with a (free) key a thousand.
MAX_PAGES = 3
MAX_PAGES_WITH_KEY = 10
KEY = "OPENALEX_API_KEY"
_MOST_WORDS = 5_000
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def asks(request: ResearchRequest) -> Sequence[Ask]:
    """Questions for technologies and keywords, several joined by OR in each."""
    listed = terms(request, "technologies", "keywords")
    return [
        Ask(
            path=group_segment(group),
            title=f"OpenAlex, research on {', '.join(group)}",
            url=ADDRESS,
            params={
                "search": " OR ".join(f'"{term}"' for term in group),
                "select": FIELDS,
                "per_page": str(PER_PAGE),
            },
        )
        for group in groups(listed, TERMS_PER_ASK, MAX_ASKS)
    ]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The most relevant works of the last two years: by cursor where ``OPENALEX_API_KEY`` is set, else by page."""
    key = context.env(KEY)
    since = context.as_of - timedelta(days=DAYS_BACK)
    params = {
        **ask.params,
        "filter": f"from_publication_date:{since},to_publication_date:{context.as_of}",
        **_who(context),
    }
    cursor = "*"
    for page in range(1, (MAX_PAGES_WITH_KEY if key else MAX_PAGES) + 1):
        place = {"cursor": cursor, "api_key": key} if key else {"page": str(page)}
        found = context.fetcher.get(ask.url, params=params | place, expect="json")
        count, following = _paging(found.content)
        yield Answer(
            path=f"{ask.path}/page-{page}.json",
            title=ask.title,
            url=ask.url,  # the address as asked may hold the key
            content=found.content,
            media_type=found.media_type,
            stale=found.stale,
            problem=found.problem,
        )
        if (key and not following) or page * PER_PAGE >= count:
            return
        cursor = following


def _who(context: Context) -> dict[str, str]:
    """The mail address in ``MARKET_RESEARCH_USER_AGENT``, by which the service may reach who asks."""
    mail = _MAIL.search(context.env("MARKET_RESEARCH_USER_AGENT") or "")
    return {"mailto": mail[0]} if mail else {}


def _paging(content: bytes) -> tuple[int, str]:
    try:
        meta, works = _parts(content, "answer")
        return (int(meta.get("count") or 0) if works else 0), str(meta.get("next_cursor") or "")
    except (UnreadableDocument, ValueError, TypeError):
        return 0, ""


def _parts(content: bytes, name: str) -> tuple[dict[str, Any], list[Any]]:
    document = json_answer(content, name)
    if isinstance(document, dict) and "error" in document:
        said = plain(f"{document['error']}: {document.get('message', '')}")
        raise UnreadableDocument(f"{name}: OpenAlex refuses the question ({said[:300]}); check it, or set {KEY}.")
    if not isinstance(document, dict) or not isinstance(document.get("results"), list):
        raise wrong_shape(name, document, "an object with `results`")
    meta = document.get("meta")
    return (meta if isinstance(meta, dict) else {}), document["results"]


def read(content: bytes, path: str) -> Parsed:
    """A block per abstract under its title, or of the title where there is none, and a number of citations per work.

    Raises:
        UnreadableDocument: an error object, or not a list of works.
    """
    parsed = Parsed("research", title="Research works found in OpenAlex")
    for locator, record in records(_parts(content, path)[1], "$.results", parsed):
        title = plain(record.get("display_name") or record.get("title"))
        if not title:
            reject(parsed, f"{locator}.display_name", "The work has no title.", record)
            continue
        published = moment(record.get("publication_date"))
        abstract, problem = abstract_of(record.get("abstract_inverted_index"))
        place = f"{locator}.abstract_inverted_index"
        if problem:
            reject(parsed, place, problem, record.get("abstract_inverted_index"))
        if not abstract:
            place = f"{locator}.display_name" if record.get("display_name") else f"{locator}.title"
        parsed.blocks.append(Block(abstract or title, place, (title,), published))
        add_number(
            parsed,
            record.get("cited_by_count"),
            f"{locator}.cited_by_count",
            entity=title,
            concept="citations",
            unit="count",
            dimensions=f"work={record.get('id') or locator}",
            signed=False,
        )
    parsed.published_at = max((block.published_at for block in parsed.blocks if block.published_at), default=None)
    return parsed


def abstract_of(index: Any) -> tuple[str, str | None]:
    """The text of an abstract that is given as words with their positions, and why it is not one, if it is not."""
    if index is None or index == {}:
        return "", None
    if not isinstance(index, Mapping):
        return "", "The abstract is not an index of words."
    words: list[tuple[int, str]] = []
    for word, positions in index.items():
        if not isinstance(positions, list) or not all(isinstance(p, NumberText) and p.isdigit() for p in positions):
            return "", "The abstract's index has positions that are no numbers."
        words += [(int(position), word) for position in positions]
    if len(words) > _MOST_WORDS:
        return "", f"The abstract has more than {_MOST_WORDS} words."
    return plain(" ".join(word for _, word in sorted(words, key=lambda pair: pair[0]))), None


CONNECTOR = Connector(
    name="openalex",
    title="OpenAlex research works",
    publisher="OurResearch",
    description=(
        "Asks OpenAlex for research works of the last two years on the industry's technologies and keywords. Titles, "
        "abstracts, topics and citation counts come of it; a free key in OPENALEX_API_KEY lifts the daily limit."
    ),
    licence="CC0 1.0 (OpenAlex)",
    hosts=("api.openalex.org",),
    asks=asks,
    fetch=fetch,
    read=read,
    # Without ``next_cursor``, which is only a place in the service's index.
    volatile=("$.meta.db_response_time_ms", "$.meta.cost_usd", "$.meta.next_cursor"),
    rate=2.0,
    cron="0 4 * * 3",
    freshness_hours=24 * 14,
)
