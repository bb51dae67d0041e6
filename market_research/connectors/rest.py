"""REST APIs that a request declares: their pages, and the records in them."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from market_research.connectors.base import Answer, Ask, Connector, Context, Fetched, FetchFailed
from market_research.connectors.declared import (
    Basic,
    Bearer,
    Cursor,
    HeaderKey,
    LinkHeader,
    NextUrl,
    NoPaging,
    Offset,
    PageNumber,
    QueryKey,
    RestSource,
)
from market_research.connectors.http.redaction import Secret
from market_research.errors import UnreadableDocument
from market_research.sources.jsonpath import find, load_document, text_of
from market_research.sources.parsed import Parsed

if TYPE_CHECKING:
    from market_research.industries import ResearchRequest
    from market_research.sources.grid import Table


@dataclass(frozen=True)
class _Page:
    """Where the next page is: an address, and the parameters that belong to it."""

    url: str
    params: dict[str, str]


def asks(request: "ResearchRequest") -> list[Ask]:
    """One ask per declared API; the declaration travels along as JSON."""
    return [
        Ask(
            f"{source.name}",
            source.title or source.name,
            source.url,
            options={"source": source.model_dump_json()},
        )
        for source in request.sources
        if isinstance(source, RestSource)
    ]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The API's pages, as they come: ``rest/<name>/page-1.json`` and on."""
    source = RestSource.model_validate_json(ask.options["source"])
    keys, headers = _credentials(source, context)
    page: _Page | None = _first(source)
    asked: set[tuple[str, ...]] = set()
    earlier = ""
    for number in range(1, source.max_pages + 1):
        if page is None:
            return
        address = (page.url, *sorted(f"{name}={value}" for name, value in page.params.items()))
        if address in asked:
            raise FetchFailed(source.url, "broken", f"page {number} leads back to an earlier one; check `paging`")
        asked.add(address)
        found = context.fetcher.get(
            page.url, params={**page.params, **keys}, headers={**source.headers, **headers}, expect="json"
        )
        document = json.loads(found.content)
        count = len(records_in(document, source) or ())
        digest = hashlib.sha256(found.content).hexdigest()
        if number > 1 and (count == 0 or digest == earlier):
            return  # past the end some servers give nothing, and others the last page again
        earlier = digest
        yield _answer(ask, number, found)
        page = _next(source, page, found, document, count)
    if page is not None:
        raise FetchFailed(
            source.url, "refused", f"there are more than {source.max_pages} pages; raise `max_pages` to have them"
        )


def _answer(ask: Ask, number: int, found: Fetched) -> Answer:
    return Answer(
        f"{ask.path}/page-{number}.json",
        f"{ask.title}, page {number}",
        found.url,
        found.content,
        found.media_type,
        stale=found.stale,
        problem=found.problem,
    )


def _credentials(source: RestSource, context: Context) -> tuple[dict[str, str], dict[str, str]]:
    """Parameters and headers that identify the user; their values come from the environment."""

    def value(name: str) -> str:
        found = context.env(name)
        if not found:
            raise FetchFailed(source.url, "denied", f"the environment variable {name} is not set")
        return found.strip()

    match source.auth:
        case Bearer(token=token):
            return {}, {"Authorization": Secret(f"Bearer {value(token)}")}
        case Basic(user=user, password=password):
            pair = base64.b64encode(f"{value(user)}:{value(password)}".encode()).decode()
            return {}, {"Authorization": Secret(f"Basic {pair}")}
        case HeaderKey(header=header, value=name):
            return {}, {header: Secret(value(name))}
        case QueryKey(param=param, value=name):
            return {param: Secret(value(name))}, {}
    return {}, {}


def _first(source: RestSource) -> _Page:
    params = {name: _text(value) for name, value in source.params.items()}
    match source.paging:
        case PageNumber(param=param, first=first, size_param=size_param, size=size):
            params[param] = str(first)
            if size_param and size:
                params[size_param] = str(size)
        case Offset(param=param, size_param=size_param, size=size):
            params |= {param: "0", size_param: str(size)}
    return _Page(source.url, params)


def _text(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _next(source: RestSource, page: _Page, found: Fetched, document: Any, count: int) -> _Page | None:
    """The page after this one, or None if this is the last."""
    match source.paging:
        case NoPaging():
            return None
        case PageNumber(param=param, size=size):
            last = size is not None and count < size
            return None if last else _Page(page.url, {**page.params, param: str(int(page.params[param]) + 1)})
        case Offset(param=param, size=size):
            last = count < size
            return None if last else _Page(page.url, {**page.params, param: str(int(page.params[param]) + size)})
        case Cursor(param=param, path=path):
            mark = text_of(find(document, path))
            return _Page(page.url, {**page.params, param: mark}) if mark else None
        case LinkHeader():
            return _linked(source, found.next_url)
        case NextUrl(path=path):
            target = find(document, path)
            return _linked(source, urljoin(found.url, target) if isinstance(target, str) and target else None)
    return None


def _linked(source: RestSource, url: str | None) -> _Page | None:
    """A page named by its address. Credentials are for the declared host only, and are not repeated in it."""
    if url is None:
        return None
    parts, declared = urlsplit(url), urlsplit(source.url)
    if (parts.scheme, parts.netloc) != (declared.scheme, declared.netloc):
        raise FetchFailed(source.url, "refused", "the next page is on another host than the declared one")
    key = source.auth.param if isinstance(source.auth, QueryKey) else None
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != key])
    return _Page(urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")), {})


def records_in(document: Any, source: RestSource) -> list[Any] | None:
    """The records of a page: a list, or one object as a list of one; None if there is nothing at their path."""
    found = _value_at(document, source.records)
    if isinstance(found, dict):
        return [found]
    return found if isinstance(found, list) else None


def _value_at(document: Any, path: str) -> Any:
    return document if path == "$" else find(document, path)


def read(content: bytes, name: str) -> Parsed:
    """A page whose declaration is not known: the tables that can be seen in it.

    Raises:
        UnreadableDocument: not JSON, or nothing in it is tabular.
    """
    from market_research.sources import tables

    return tables.parse_json(content, name)


def read_declared(source: RestSource, content: bytes, name: str) -> Parsed:
    """Rows and numbers of a page's records, in the declared columns; locators are paths of records.

    Raises:
        UnreadableDocument: not JSON, or no records at the declared path.
    """
    from market_research.sources import tables

    return tables.collect(tables_declared(source, content, name))


def tables_declared(source: RestSource, content: bytes, name: str) -> "list[Table]":
    """The table of a page's records, in the declared columns.

    Raises:
        UnreadableDocument: as ``read_declared``.
    """
    from market_research.sources import json_tables
    from market_research.sources.grid import Record, Table, damage, printable
    from market_research.sources.parsed import Reject

    document = load_document(content, name)
    records = records_in(document, source)
    if records is None:
        raise UnreadableDocument(
            f"{name}: no records at {source.records}; check `records` of the source {source.name}."
        )
    title = source.title or source.name
    single = isinstance(_value_at(document, source.records), dict)
    paths = [source.records if single else f"{source.records}[{index}]" for index in range(len(records))]
    if not source.fields:
        return [json_tables.of_objects(title, list(zip(paths, records, strict=True)))]
    table = Table(title, tuple(source.fields))
    for path, record in zip(paths, records, strict=True):
        cells = [text_of(_value_at(record, place)) for place in source.fields.values()]
        reason = damage(cells) if isinstance(record, dict) else "An object was expected here."
        if reason:
            table.rejects.append(Reject(path, reason, printable(text_of(record) or "null")))
        else:
            table.records.append(Record(path, cells))
    return [table]


CONNECTOR = Connector(
    name="rest",
    title="Declared REST APIs",
    publisher="As declared",
    description="JSON APIs declared in the request: pages of records, mapped to columns.",
    licence=None,
    hosts=(),
    asks=asks,
    fetch=fetch,
    read=read,
)
