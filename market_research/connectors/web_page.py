"""Web pages that a request declares, read by CSS selectors."""

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from market_research.connectors.base import Answer, Ask, Connector, Context
from market_research.connectors.declared import WebPageSource, selector_and_attribute
from market_research.connectors.partial import all_that_can_be_had
from market_research.errors import UnreadableDocument
from market_research.sources.parsed import Parsed

if TYPE_CHECKING:
    from market_research.industries import ResearchRequest
    from market_research.sources.grid import Table


def asks(request: "ResearchRequest") -> list[Ask]:
    """One ask per declared set of pages; the declaration travels along as JSON."""
    return [
        Ask(
            f"{source.name}",
            source.title or source.name,
            source.urls[0],
            options={"source": source.model_dump_json()},
        )
        for source in request.sources
        if isinstance(source, WebPageSource)
    ]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The pages as they come, named by a hash of their address."""
    source = WebPageSource.model_validate_json(ask.options["source"])
    yield from all_that_can_be_had(partial(_page, ask, context, source, url) for url in dict.fromkeys(source.urls))


def _page(ask: Ask, context: Context, source: WebPageSource, url: str) -> Answer:
    found = context.fetcher.get(url, expect="html", robots=source.robots)
    path = f"{ask.path}/{hashlib.sha256(url.encode()).hexdigest()[:12]}.html"
    title = f"{ask.title}, {urlsplit(url).hostname}"
    return Answer(path, title, found.url, found.content, found.media_type, stale=found.stale, problem=found.problem)


def read(content: bytes, name: str) -> Parsed:
    """A page whose declaration is not known: its text and tables.

    Raises:
        UnreadableDocument: see ``page.parse``.
    """
    from market_research.sources import page

    return page.parse(content, name)


def read_declared(source: WebPageSource, content: bytes, name: str) -> Parsed:
    """Rows and numbers of the records that the selectors pick; locators are ``record 3``.

    Elements in which no selector finds anything (headers, spacers) are no records.

    Raises:
        UnreadableDocument: too large, or nothing is found: the page has changed.
    """
    from market_research.sources import tables

    return tables.collect(tables_declared(source, content, name))


def tables_declared(source: WebPageSource, content: bytes, name: str) -> "list[Table]":
    """The table of the records that the selectors pick.

    Raises:
        UnreadableDocument: as ``read_declared``.
    """
    from bs4 import BeautifulSoup

    from market_research.sources.filing import MAX_HTML_BYTES
    from market_research.sources.grid import Record, Table, damage, printable
    from market_research.sources.parsed import Reject

    if len(content) > MAX_HTML_BYTES:
        raise UnreadableDocument(f"{name}: the page is larger than {MAX_HTML_BYTES // 2**20} MB; declare smaller ones.")
    soup = BeautifulSoup(content, "lxml")
    table = Table(source.title or source.name, tuple(source.fields))
    picked = soup.select(source.each) if source.each else [soup]
    for number, element in enumerate(picked, start=1):
        cells = [_cell(element, selector) for selector in source.fields.values()]
        if not any(cells):
            continue
        reason = damage(cells)
        if reason:
            table.rejects.append(Reject(f"record {number}", reason, printable(" | ".join(c or "" for c in cells))))
        else:
            table.records.append(Record(f"record {number}", cells))
    if not table.records and not table.rejects:
        raise UnreadableDocument(
            f"{name}: the selectors of the source {source.name} find nothing; the page has changed, or they are wrong."
        )
    return [table]


def _cell(element: Any, selector: str) -> str | None:
    from market_research.sources.markup import clean

    css, attribute = selector_and_attribute(selector)
    found = element.select_one(css) if css else element
    if found is None:
        return None
    if attribute is None:
        return clean(found.get_text(" ")) or None
    value = found.get(attribute)
    return clean(" ".join(value) if isinstance(value, list) else str(value)) if value is not None else None


CONNECTOR = Connector(
    name="web_page",
    title="Declared web pages",
    publisher="As declared",
    description="Web pages declared in the request, their records picked by CSS selectors.",
    licence=None,
    hosts=(),
    asks=asks,
    fetch=fetch,
    read=read,
)
