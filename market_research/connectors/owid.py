"""Our World in Data: the data behind a chart (grapher CSV) and what the chart says of it (metadata)."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from market_research.cleaning import countries, metrics
from market_research.connectors.base import Answer, Ask, Connector, Context
from market_research.connectors.reading import (
    add_row,
    answer,
    came,
    flat,
    json_answer,
    moment,
    name_of,
    plain,
    reject,
    segment,
    wrong_shape,
)
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources import cells, units
from market_research.sources.decode import decode
from market_research.sources.jsonpath import child
from market_research.sources.parsed import Block, Number, Parsed

ADDRESS = "https://ourworldindata.org/grapher/{slug}"
DEFAULTS = (
    "share-of-individuals-using-the-internet",
    "technology-adoption-by-households-in-the-united-states",
)
MAX_CHARTS = 40  # two requests each
_UNIT_PREFIX = "data in "
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")  # their texts hold links in Markdown, to definitions above all
# Unions have codes of their own there.
_AREAS = {"001": "OWID_WRL", "EU": "OWID_EU27", "XK": "OWID_KOS"}
# What a chart that lists countries is about where its measure is the share of people who use something.
_TECHNOLOGIES = {"share-of-individuals-using-the-internet": "Internet"}


def asks(request: ResearchRequest) -> Sequence[Ask]:
    """One question per chart, for the request's countries and years; of adoption where it has technologies."""
    own = [name.removeprefix("owid:") for name in request.indicators if name.startswith("owid:")]
    slugs = dict.fromkeys((*own, *(DEFAULTS if request.technologies else ())))
    codes = [code for name in request.countries if (code := countries.code(name))]
    listed = [_AREAS.get(code) or countries.alpha3(code) for code in codes]
    # What is filtered is what the chart would show: a map shows one year, a line all of them.
    params = {"v": "1", "csvType": "filtered", "useColumnShortNames": "false", "tab": "line"}
    params["time"] = f"{request.start_year or 'earliest'}..{request.end_year or 'latest'}"
    if any(listed):
        params["country"] = "".join(f"~{code}" for code in dict.fromkeys(listed) if code)
    return [
        Ask(
            path=slug,
            title=f"Our World in Data: {slug.replace('-', ' ')}",
            url=ADDRESS.format(slug=slug),
            params=params,
        )
        for slug in list(slugs)[:MAX_CHARTS]
        if re.fullmatch(r"[\w-]+", slug)
    ]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The metadata, then the data. The unit, which only the metadata state, becomes part of the data's path."""
    described = context.fetcher.get(f"{ask.url}.metadata.json", params=ask.params, expect="json")
    unit, updated = _unit_and_update(described.content)
    yield answer(ask, f"{ask.path}/metadata.json", described, published_at=updated)
    data = context.fetcher.get(f"{ask.url}.csv", params=ask.params, expect="csv")
    if not _has_rows(data.content):
        # A chart whose lines are no countries (technologies, products) has nothing for a list of countries.
        whole = {name: ask.params[name] for name in ("v", "useColumnShortNames")} | {"csvType": "full"}
        data = context.fetcher.get(f"{ask.url}.csv", params=whole, expect="csv")
    name = segment(_UNIT_PREFIX + unit) if unit else "data"
    yield answer(ask, f"{ask.path}/{name}.csv", data, published_at=updated)


def _has_rows(content: bytes) -> bool:
    return content.strip().count(b"\n") > 0


def _unit_and_update(content: bytes) -> tuple[str, Any]:
    """The one unit of all columns (empty if they differ) and the latest day on which one was updated."""
    try:
        columns = _columns(json_answer(content, "metadata"))
    except UnreadableDocument:
        return "", None
    stated = {plain(column.get("unit")) for column in columns.values()}
    updates = [found for column in columns.values() if (found := moment(column.get("lastUpdated")))]
    return (stated.pop() if len(stated) == 1 else ""), max(updates, default=None)


def _columns(document: Any) -> dict[str, dict[str, Any]]:
    listed = document.get("columns") if isinstance(document, dict) else None
    return (
        {name: column for name, column in listed.items() if isinstance(column, dict)}
        if isinstance(listed, dict)
        else {}
    )


def read(content: bytes, path: str) -> Parsed:
    """Of the CSV, numbers by entity and year; of the metadata, what the chart and its columns say of themselves.

    Raises:
        UnreadableDocument: a web page or message where a table or metadata were expected.
    """
    return _metadata(content, path) if path.endswith(".json") else _table(content, path)


def _table(content: bytes, path: str) -> Parsed:
    from market_research.sources import delimited, tables

    text = decode(content, path).lstrip()
    header = text.partition("\n")[0].lower()
    if text[:1] in {"<", "{"} or not header.replace('"', "").startswith("entity,"):
        raise UnreadableDocument(f"{path}: {came(text)} came where a chart's CSV was expected; check the chart's name.")
    parsed = tables.collect([delimited.read(content, path)])
    place = PurePosixPath(path)
    unit = name_of(place.stem).removeprefix(_UNIT_PREFIX) if name_of(place.stem).startswith(_UNIT_PREFIX) else ""
    slug = place.parent.name
    parsed.kind = "statistics"
    parsed.title = f"Our World in Data: {slug.replace('-', ' ')}"
    numbers, parsed.numbers = parsed.numbers, []
    for number in numbers:
        made = _number(number, unit, slug)
        if made is None:
            reject(parsed, number.locator, "The number is out of range.", number.raw)
        else:
            parsed.numbers.append(made)
    return parsed


def _number(number: Number, stated: str, slug: str) -> Number | None:
    """The number in the unit that the metadata state; of a technology, where its concept is adoption by country.

    None if it is out of range in that unit.
    """
    found = units.phrase(stated) if stated else None
    unit, power = number.unit, 0
    if number.unit == units.UNSPECIFIED and stated:
        unit, power = (found[0] or "count", found[1]) if found else (stated, 0)
    code = countries.code(number.entity)
    entity, dimensions = (countries.english_name(code) if code else None) or number.entity, number.dimensions
    if code and metrics.canonical(number.concept) == "adoption":
        technology = _TECHNOLOGIES.get(slug) or slug.replace("-", " ")
        entity, dimensions = technology, "; ".join(sorted(filter(None, [f"region={entity}", dimensions])))
    value = cells.scaled(Decimal(repr(number.value)), power) if power else number.value
    return (
        None
        if value is None
        else dataclasses.replace(number, unit=unit, value=value, entity=entity, dimensions=dimensions)
    )


def _metadata(content: bytes, path: str) -> Parsed:
    document = json_answer(content, path)
    columns, chart = _columns(document), document.get("chart") if isinstance(document, dict) else None
    if not isinstance(chart, dict) or not columns:
        raise wrong_shape(path, document, "a chart and its columns")
    title = plain(chart.get("title"))
    parsed = Parsed("statistics", title=f"Our World in Data: {title}" if title else None)
    parsed.published_at = _unit_and_update(content)[1]
    for member in ("subtitle", "note", "citation"):
        _block(parsed, chart.get(member), child("$.chart", member), (title,))
    for name, column in columns.items():
        place = child("$.columns", name)
        if not add_row(parsed, {"column": name, **flat(column)}, place):
            continue
        heading = plain(column.get("titleShort")) or plain(name)
        for member in ("descriptionShort", "descriptionProcessing"):
            _block(parsed, column.get(member), child(place, member), (title, heading))
        keys = column.get("descriptionKey")
        for index, text in enumerate(keys if isinstance(keys, list) else []):
            _block(parsed, text, child(child(place, "descriptionKey"), index), (title, heading))
    return parsed


def _block(parsed: Parsed, value: Any, locator: str, headings: tuple[str, ...]) -> None:
    text = _LINK.sub(r"\1", plain(value))
    if text:
        parsed.blocks.append(Block(text, locator, tuple(filter(None, headings))))


CONNECTOR = Connector(
    name="owid",
    title="Our World in Data charts",
    publisher="Our World in Data",
    description=(
        "Asks Our World in Data for the charts that the request names (`owid:` indicators) and for the adoption of "
        "technologies, by country and year. Figures come of it, with their definitions and sources."
    ),
    licence="CC BY 4.0 (Our World in Data; data of third parties under their own terms)",
    hosts=("ourworldindata.org",),
    asks=asks,
    fetch=fetch,
    read=read,
    volatile=("$.dateDownloaded",),
    rate=1.0,
    cron="0 5 * * 2",
    freshness_hours=24 * 14,
)
