"""arXiv: preprints about the industry's technologies, by the Atom API."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from market_research.connectors.base import Answer, Ask, Connector, Context
from market_research.connectors.reading import (
    add_row,
    answer,
    came,
    group_segment,
    groups,
    moment,
    plain,
    reject,
    terms,
)
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources.decode import decode, without_half_pairs
from market_research.sources.markup import clean
from market_research.sources.parsed import Block, Parsed

ADDRESS = "https://export.arxiv.org/api/query"
DAYS_BACK = 365
PER_PAGE = 100
MAX_PAGES = 3  # one request in three seconds is allowed
TERMS_PER_ASK = 8
MAX_ASKS = 4
_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ERRORS = "arxiv.org/api/errors"


def asks(request: ResearchRequest) -> Sequence[Ask]:
    """Questions for technologies and keywords, several joined by OR in each, newest first."""
    listed = terms(request, "technologies", "keywords")
    return [
        Ask(
            path=group_segment(group),
            title=f"arXiv, preprints on {', '.join(group)}",
            url=ADDRESS,
            params={"sortBy": "submittedDate", "sortOrder": "descending", "max_results": str(PER_PAGE)},
            options={"terms": " OR ".join(f'all:"{term}"' for term in group)},
        )
        for group in groups(listed, TERMS_PER_ASK, MAX_ASKS)
    ]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """One answer per page of a hundred."""
    since = context.as_of - timedelta(days=DAYS_BACK)
    window = f"submittedDate:[{since:%Y%m%d}0000 TO {context.as_of:%Y%m%d}2359]"
    params = {**ask.params, "search_query": f"({ask.options['terms']}) AND {window}"}
    for page in range(1, MAX_PAGES + 1):
        start = (page - 1) * PER_PAGE
        found = context.fetcher.get(ask.url, params=params | {"start": str(start)}, expect="xml")
        total, entries = _paging(found.content)
        if page > 1 and not entries:
            return  # the service sometimes ends a list early
        yield answer(ask, f"{ask.path}/page-{page}.xml", found)
        if start + PER_PAGE >= total or not entries:
            return


def _paging(content: bytes) -> tuple[int, int]:
    try:
        root = _root(content, "answer")
        return int(root.findtext(f"{_SEARCH}totalResults") or 0), len(root.findall(f"{_ATOM}entry"))
    except (UnreadableDocument, ValueError):
        return 0, 0


def _root(content: bytes, name: str) -> Any:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(without_half_pairs(content), parser)
    except etree.XMLSyntaxError as error:
        text = decode(content, name)
        raise UnreadableDocument(
            f"{name}: {came(text)} came where arXiv's feed was expected ({error}); ask again later."
        ) from error
    if root.tag != f"{_ATOM}feed":
        raise UnreadableDocument(f"{name}: {came(decode(content, name))} came where arXiv's feed was expected.")
    return root


def read(content: bytes, path: str) -> Parsed:
    """A block per abstract under its title; locators are those of feeds: ``item 3 (address)``.

    Raises:
        UnreadableDocument: not a feed, or the one entry by which arXiv reports an error.
    """
    parsed = Parsed("research", title="Preprints found on arXiv")
    for number, entry in enumerate(_root(content, path).findall(f"{_ATOM}entry"), start=1):
        address, title = _text(entry, "id"), plain(_text(entry, "title"))
        if _ERRORS in address:
            if title:
                said = plain(_text(entry, "summary"))[:300]
                raise UnreadableDocument(f"{path}: arXiv refuses the question ({said}); check its terms.")
            continue  # an entry without a title under this address says that nothing was found
        locator = f"item {number} ({address[:300]})" if address else f"item {number}"
        record = _record(entry)
        if not add_row(parsed, record, locator):
            continue
        abstract, published = plain(_text(entry, "summary")), moment(_text(entry, "published"))
        if not title and not abstract:
            reject(parsed, locator, "The entry has neither title nor abstract.", record)
            continue
        parsed.blocks.append(Block(abstract or title, locator, (title,) if title else (), published))
    dates = [block.published_at for block in parsed.blocks if block.published_at]
    parsed.published_at = max(dates, default=None)
    return parsed


def _record(entry: Any) -> dict[str, str | None]:
    primary = entry.find(f"{_ARXIV}primary_category")
    return {
        "id": _text(entry, "id") or None,
        "title": plain(_text(entry, "title")) or None,
        "published": _text(entry, "published") or None,
        "updated": _text(entry, "updated") or None,
        "authors": "; ".join(clean(name.text or "") for name in entry.findall(f"{_ATOM}author/{_ATOM}name")) or None,
        "primary_category": primary.get("term") if primary is not None else None,
        "categories": " ".join(c.get("term") or "" for c in entry.findall(f"{_ATOM}category")).strip() or None,
        "doi": clean(entry.findtext(f"{_ARXIV}doi") or "") or None,
        "journal_ref": clean(entry.findtext(f"{_ARXIV}journal_ref") or "") or None,
        "comment": clean(entry.findtext(f"{_ARXIV}comment") or "") or None,
    }


def _text(entry: Any, tag: str) -> str:
    found = entry.find(f"{_ATOM}{tag}")
    return clean("".join(found.itertext())) if found is not None else ""


CONNECTOR = Connector(
    name="arxiv",
    title="arXiv preprints",
    publisher="arXiv",
    description=(
        "Asks arXiv for the last year's preprints on the industry's technologies and keywords. Titles, abstracts and "
        "subject classes come of it."
    ),
    licence="CC0 1.0 for metadata (arXiv); papers under their own terms",
    hosts=("export.arxiv.org",),
    asks=asks,
    fetch=fetch,
    read=read,
    # The feed is named after the moment at which it was made.
    volatile=("feed/updated", "feed/title", "feed/id"),
    rate=1 / 3,
    cron="30 4 * * 3",
    freshness_hours=24 * 14,
)
