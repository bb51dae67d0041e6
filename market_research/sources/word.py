"""Word documents: paragraphs under their heading styles, and tables."""

import io
import re
from datetime import UTC
from pathlib import PurePath
from typing import Any

from market_research.errors import UnreadableDocument
from market_research.sources.grid import Record, Table, unique_columns
from market_research.sources.markup import clean
from market_research.sources.parsed import Block, Parsed, Reject
from market_research.sources.sheets import refuse_bombs

_HEADING = re.compile(r"heading (\d)", re.I)


def parse(content: bytes, name: str) -> Parsed:
    """Paragraphs (``paragraph 12``), and rows and numbers of tables (``table 1, row 2``).

    Raises:
        UnreadableDocument: damaged, too large when unpacked, or empty.
    """
    from market_research.sources import tables

    document = _open(content, name)
    parsed = tables.collect(_grids(document, name))
    parsed.kind, parsed.blocks = "report", []
    properties = document.core_properties
    parsed.title = clean(properties.title or "") or None
    headings: list[tuple[int, str]] = []
    table_number = paragraph_number = 0
    for piece in document.iter_inner_content():
        if hasattr(piece, "rows"):
            table_number += 1
            above = tuple(text for _, text in headings)
            for index, row in enumerate(_cells(piece), start=1):
                if any(row):
                    text = " | ".join(filter(None, row))
                    parsed.blocks.append(Block(text, f"table {table_number}, row {index}", above))
            continue
        paragraph_number += 1
        text = clean(piece.text)
        if not text:
            continue
        level = _level(piece)
        if level is None:
            parsed.blocks.append(Block(text, f"paragraph {paragraph_number}", tuple(t for _, t in headings)))
        else:
            headings = [*((depth, t) for depth, t in headings if depth < level), (level, text)]
            parsed.title = parsed.title or text
    if not parsed.blocks:
        raise UnreadableDocument(f"{name}: the document holds no text; send it again.")
    created = properties.modified or properties.created
    parsed.published_at = created.replace(tzinfo=UTC) if created and created.year > 1980 else None
    return parsed


def grids(content: bytes, name: str) -> list[Table]:
    """The document's tables, in order."""
    return _grids(_open(content, name), name)


def _open(content: bytes, name: str) -> Any:
    import docx

    refuse_bombs(content, name)
    try:
        return docx.Document(io.BytesIO(content))
    except Exception as error:
        raise UnreadableDocument(f"{name}: damaged Word document ({error}); send it again.") from error


def _level(paragraph: Any) -> int | None:
    style = paragraph.style.name if paragraph.style is not None else ""
    match = _HEADING.match(style or "")
    return int(match[1]) if match else 0 if style == "Title" else None


def _cells(table: Any) -> list[list[str]]:
    return [[clean(cell.text) for cell in row.cells] for row in table.rows]


def _grids(document: Any, name: str) -> list[Table]:
    made = []
    for number, table in enumerate(document.tables, start=1):
        rows = _cells(table)
        if len(rows) < 2 or len(rows[0]) < 2:
            continue
        grid = Table(PurePath(name).stem, unique_columns(rows[0]))
        for index, row in enumerate(rows[1:], start=2):
            locator = f"table {number}, row {index}"
            if len(row) != len(grid.columns):
                reason = f"The row has {len(row)} cells where the header has {len(grid.columns)}."
                grid.rejects.append(Reject(locator, reason, " | ".join(row)[:2000]))
            else:
                grid.records.append(Record(locator, [*row]))
        made.append(grid)
    return made
