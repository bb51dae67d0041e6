"""The tables of a document as they are read, before anything is understood or changed."""

import re
from importlib import import_module
from typing import TYPE_CHECKING

from market_research.sources import detect
from market_research.sources.grid import Table

if TYPE_CHECKING:
    from market_research.industries import ResearchRequest

MOST = 50
"""So many of the rows that a cell is made of are shown."""
TABLES_ALONE = (detect.CSV, detect.TSV, detect.JSON, detect.JSON_LINES, detect.XLSX, detect.XLS, detect.PARQUET)
"""Media types of which nothing is read but tables."""
_DECLARED = ("rest", "web_page")
_READERS = {
    detect.XLSX: ("sheets", "read_excel"), detect.XLS: ("sheets", "read_excel"),
    detect.PARQUET: ("sheets", "read_parquet"), detect.JSON: ("json_tables", "read"),
    detect.JSON_LINES: ("json_tables", "read_lines"), detect.HTML: ("page", "grids"), detect.DOCX: ("word", "grids"),
    detect.MARKDOWN: ("text", "grids"),
}  # fmt: skip


def raw_tables(
    content: bytes, path: str, kind: str, *, source: str = "inbox", request: "ResearchRequest | None" = None
) -> list[Table]:
    """The tables of a document of a media type (``kind``); none where it has none.

    ``path`` is the document's: an answer of a declared source is read as its declaration says.

    Raises:
        UnreadableDocument: damaged.
    """
    if source in _DECLARED:
        return _declared(content, path.removeprefix(f"fetched/{source}/"), source, request)
    if kind in (detect.CSV, detect.TSV):
        from market_research.sources import delimited

        return [delimited.read(content, path, tabs=kind == detect.TSV)]
    if kind not in _READERS:
        return []
    module, function = _READERS[kind]
    found: list[Table] = getattr(import_module(f"market_research.sources.{module}"), function)(content, path)
    return found


def is_tables_alone(kind: str, source: str) -> bool:
    """Whether nothing but tables is read from a document."""
    return kind in TABLES_ALONE or source in _DECLARED


def _declared(content: bytes, name: str, source: str, request: "ResearchRequest | None") -> list[Table]:
    from market_research.connectors import rest, web_page
    from market_research.connectors.declared import RestSource, WebPageSource, source_of

    match request and source_of(request, source, name):
        case RestSource() as declared:
            return rest.tables_declared(declared, content, name)
        case WebPageSource() as declared:
            return web_page.tables_declared(declared, content, name)
    return []


def find_made(tables: list[Table], locator: str) -> str | None:
    """The text at the place of a cell or row that declared rules made of others; None if it is no such place.

    ``row 2; row 5 to row 9, sum of "X"`` gives the cells of X in these rows, ``row 3, computed "Y"`` the whole row.
    """
    rows, column = _taken_apart(locator)
    for table in tables:
        numbers = {record.locator: number for number, record in enumerate(table.records)}
        found = _records(rows, numbers)
        if found is None:
            continue
        labels = [table.label(index) for index in range(len(table.columns))]
        chosen = [table.records[number].cells for number in found[:MOST]]
        texts = (
            [cells[labels.index(column)] or "" for cells in chosen]
            if column in labels
            else [" | ".join(cell or "" for cell in cells) for cells in chosen]
        )
        more = f" … and {len(found) - MOST} more" if len(found) > MOST else ""
        return "; ".join(texts) + more
    return None


def _taken_apart(locator: str) -> tuple[str, str | None]:
    match = re.fullmatch(r'(.*), (?:computed|column|[a-z]+ of) "([^"]*)"', locator, re.S)
    if match is None:
        return locator, None
    return match[1], None if f'computed "{match[2]}"' in locator else match[2]


def _records(rows: str, numbers: dict[str, int]) -> list[int] | None:
    """The records of a place: one, several, or spans; None if one of them is not in the table."""
    rows = re.sub(r" \(\d+ of these rows\)$", "", rows)
    found: list[int] = []
    for part in [rows] if rows in numbers else rows.split("; "):
        first, _, last = (part, "", part) if part in numbers else part.partition(" to ")
        if first not in numbers or last not in numbers:
            return None
        found += range(numbers[first], numbers[last] + 1)
    return found
