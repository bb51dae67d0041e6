"""From a locator back to the text in the raw document: what proves a number or a quotation."""

import json
import re
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

from market_research.errors import UnreadableDocument
from market_research.sources import detect, jsonpath
from market_research.sources.grid import Table
from market_research.sources.parse import parse, parse_fetched
from market_research.sources.parsed import Block, Parsed
from market_research.sources.raw_tables import find_made, raw_tables

if TYPE_CHECKING:
    from market_research.industries import ResearchRequest

_CHARS = re.compile(r"chars (\d+)-(\d+)")
_CELL = re.compile(r"table \d+, row \d+")
_ROW = re.compile(r"row (\d+)")
_SPAN = " to "


def excerpt(
    content: bytes, name: str, locator: str, *, source: str = "inbox", request: "ResearchRequest | None" = None
) -> str | None:
    """The text that stands at a locator, read from the document anew; None if there is nothing.

    A number's locator gives the text of its cell, tag or JSON value; a passage's gives text that contains it.
    ``source`` is the connector that fetched the document: its own reader, or the one that the industry's request
    declares, then knows the place.
    """
    try:
        fetched = None if source == "inbox" else parse_fetched(content, name, source=source, request=request)
        if fetched is not None and (found := _from_records(fetched, locator)) is not None:
            return found
        kind = detect.media_type(content, name)
        if kind == detect.IXBRL and locator.startswith("xbrl "):
            return import_module("market_research.sources.filing").excerpt(content, name, locator)
        if kind == detect.COMPANY_FACTS and locator.startswith("$"):
            return import_module("market_research.sources.company_facts").excerpt(content, name, locator)
        if (found := _dataset_row(content, name, locator)) is not None:
            return found
        if kind == detect.PARQUET and (match := _ROW.fullmatch(locator)):
            return import_module("market_research.sources.sheets").parquet_row(content, int(match[1]))
        for table in _tables(content, name, kind, locator):
            found = table.find(locator)
            if found is not None:
                return found
        if made := find_made(raw_tables(content, name, kind, source=source, request=request), locator):
            return made
        if kind == detect.JSON and locator.startswith("$"):
            return jsonpath.text_of(jsonpath.find(jsonpath.load_document(content, name), locator))
        return _from_blocks(parse(content, name, media_type=kind).blocks, locator)
    except UnreadableDocument:
        return None


def _dataset_row(content: bytes, name: str, locator: str) -> str | None:
    """A row of a table that was loaded whole: it may be too large to be read by any other reader."""
    from market_research.sources import datasets
    from market_research.sources.decode import decode

    match = _ROW.fullmatch(locator)
    if match is None or PurePath(name).suffix.lower() not in datasets.SUFFIXES:
        return None
    text = content if datasets.is_utf8(content[: datasets.HEAD_BYTES]) else decode(content, name).encode()
    how = datasets.layout(text[: datasets.HEAD_BYTES], name)
    return None if how is None else datasets.row_at(text, how, int(match[1]))


def _tables(content: bytes, name: str, kind: str, locator: str) -> list[Table]:
    """The tables that a locator of this form could point into."""
    if kind in {detect.CSV, detect.TSV} and locator.startswith("row "):
        from market_research.sources import delimited

        return [delimited.read(content, name, tabs=kind == detect.TSV)]
    if kind in {detect.JSON, detect.JSON_LINES}:
        from market_research.sources import json_tables

        if kind == detect.JSON_LINES:
            return json_tables.read_lines(content, name)
        try:
            return json_tables.read(content, name)
        except UnreadableDocument:
            return []  # an answer of an API need not be a table
    if kind in {detect.XLSX, detect.XLS, detect.PARQUET}:
        from market_research.sources import sheets

        return sheets.read_parquet(content, name) if kind == detect.PARQUET else sheets.read_excel(content, name)
    module = {detect.HTML: "page", detect.DOCX: "word", detect.MARKDOWN: "text"}.get(kind)
    if module and _CELL.match(locator):
        grids: list[Table] = import_module(f"market_research.sources.{module}").grids(content, name)
        return grids
    return []


def _from_records(parsed: Parsed, locator: str) -> str | None:
    """What a connector's reader says of a place: the number as it stands there, a row, or text."""
    for number in parsed.numbers:
        if number.locator == locator:
            return number.raw if number.raw is not None else f"{number.value:.15g}"
    for row in parsed.rows:
        if row.locator == locator:
            return json.dumps(row.record, ensure_ascii=False)
    return _from_blocks(parsed.blocks, locator)


def _from_blocks(blocks: list[Block], locator: str) -> str | None:
    if match := _CHARS.fullmatch(locator):
        text = "\n\n".join(block.text for block in blocks)
        return text[int(match[1]) : int(match[2])] or None
    places = [block.locator for block in blocks]
    first, last = locator, locator
    if locator not in places and _SPAN in locator:
        first, _, last = locator.partition(_SPAN)
    if first not in places or last not in places:
        return None
    # A feed's item has one locator for all its paragraphs.
    end = len(places) - places[::-1].index(last)
    texts = [block.text for block in blocks[places.index(first) : end]]
    return "\n\n".join(texts)
