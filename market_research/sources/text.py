"""Markdown and plain text."""

import re
from pathlib import PurePath
from typing import Any

from market_research.errors import UnreadableDocument
from market_research.sources.decode import decode
from market_research.sources.filing_text import with_places
from market_research.sources.grid import Record, Table, unique_columns
from market_research.sources.markup import clean
from market_research.sources.parsed import Parsed


def parse_text(content: bytes, name: str) -> Parsed:
    """Paragraphs divided by blank lines; locators are places in the extracted text.

    Raises:
        UnreadableDocument: not text, or blank.
    """
    text = decode(content, name)
    found: list[tuple[tuple[str, ...], str]] = [
        ((), part) for part in map(clean, re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n"))) if part
    ]
    if not found:
        raise UnreadableDocument(f"{name}: the file holds no text; send it again.")
    return Parsed("note", title=found[0][1] if len(found[0][1]) <= 120 else None, blocks=with_places(found))


def parse_markdown(content: bytes, name: str) -> Parsed:
    """Paragraphs, list items and table rows under the headings above them; tables also as rows and numbers.

    Raises:
        UnreadableDocument: not text, or blank.
    """
    from market_research.sources import tables

    found, grids = _read(content, name)
    if not found:
        # The Markdown parser leaves out what is nested too deeply.
        return parse_text(content, name)
    parsed = tables.collect(grids)
    parsed.kind, parsed.blocks = "note", with_places(found)
    parsed.title = next((headings[0] for headings, _ in found if headings), None)
    return parsed


def grids(content: bytes, name: str) -> list[Table]:
    """The tables of a Markdown file, in order."""
    return _read(content, name)[1]


def _read(content: bytes, name: str) -> tuple[list[tuple[tuple[str, ...], str]], list[Table]]:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(decode(content, name).replace("\x00", "\ufffd"))
    headings: list[tuple[int, str]] = []
    found: list[tuple[tuple[str, ...], str]] = []
    grids: list[Table] = []
    rows: list[list[str]] | None = None
    level = 0
    for token in tokens:
        above = tuple(text for _, text in headings)
        if token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "table_open":
            rows = []
        elif token.type == "tr_open" and rows is not None:
            rows.append([])
        elif token.type == "table_close" and rows is not None:
            found += [(above, " | ".join(filter(None, row))) for row in rows if any(row)]
            grids.append(_grid(rows, name, len(grids) + 1))
            rows = None
        elif token.type in {"fence", "code_block"} and clean(token.content):
            found.append((above, clean(token.content)))
        elif token.type == "inline":
            text = _plain(token)
            if level and text:
                headings = [*((depth, t) for depth, t in headings if depth < level), (level, text)]
            elif rows is not None:
                rows[-1].append(text)
            elif text:
                found.append((above, text))
    if not found:
        found = [((), text) for _, text in headings]
    return found, grids


def _plain(token: Any) -> str:
    """The words of a run of Markdown without its marks."""
    pieces = []
    for child in token.children or []:
        if child.type in {"softbreak", "hardbreak"}:
            pieces.append(" ")
        elif child.type == "image" or child.type in {"text", "code_inline"}:
            pieces.append(child.content)
    return clean("".join(pieces))


def _grid(rows: list[list[str]], name: str, number: int) -> Table:
    """A Markdown table: the parser itself makes every row as wide as the header."""
    grid = Table(PurePath(name).stem, unique_columns(rows[0]))
    grid.records = [Record(f"table {number}, row {index}", [*row]) for index, row in enumerate(rows[1:], start=2)]
    return grid
