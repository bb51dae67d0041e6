"""Paragraphs and tables of an HTML or XHTML tree, in reading order, by one walk over its elements."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_BLOCKS = frozenset(
    "address article aside blockquote body br center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
    "h5 h6 header hr html li main nav ol p pre section summary details table tbody thead tfoot tr td th caption ul".split()
)
_SKIPPED = frozenset("script style noscript template head title svg math iframe object select button textarea".split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_WEIGHT = re.compile(r"font-weight\s*:\s*(bold|bolder|normal|lighter|\d{3})", re.I)
_SLANT = re.compile(r"font-style\s*:\s*(italic|oblique|normal)", re.I)
_NUMBERISH = re.compile(r"[\s$€£¥()%+\-−—–,.\d|*]+|n/?a|nm", re.I)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of text between block boundaries; ``level`` is 1 to 6 for h1 to h6, else 0."""

    text: str
    level: int = 0
    bold: bool = False
    italic: bool = False
    linked: bool = False
    tag: str = ""


@dataclass(slots=True)
class HtmlTable:
    """A table as rows of cells; ``headed`` counts the rows at the top made of th cells or in thead."""

    rows: list[list[str]] = field(default_factory=list)
    headed: int = 0
    linked: int = 0
    bold_rows: set[int] = field(default_factory=set)

    @property
    def filled(self) -> list[list[str]]:
        """Rows that have text, with their empty cells left out and signs put to their numbers."""
        return [row for row in (_joined(row) for row in self.rows) if row]

    @property
    def numeric(self) -> bool:
        """Whether numbers are more than half of its cells, row labels and headers left aside."""
        cells = [cell for row in self.filled for cell in row[1:]]
        return len(cells) >= 2 and sum(1 for cell in cells if _NUMBERISH.fullmatch(cell)) > len(cells) / 2


@dataclass(slots=True)
class _Style:
    bold: bool
    italic: bool
    linked: bool
    pre: bool


class _Run:
    """Text gathered since the last block boundary, with how much of it is bold, italic or linked."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.letters = self.bold = self.italic = self.linked = 0

    def add(self, text: str, style: _Style) -> None:
        self.pieces.append(text)
        letters = len(text) - text.count(" ") - text.count("\n") - text.count("\u00a0")
        self.letters += letters
        self.bold += letters * style.bold
        self.italic += letters * style.italic
        self.linked += letters * style.linked

    def paragraph(self, level: int, tag: str) -> Paragraph | None:
        text = clean("".join(self.pieces))
        if not text:
            return None
        most = 0.9 * self.letters
        return Paragraph(text, level, self.bold >= most, self.italic >= most, self.linked >= most, tag)


def clean(text: str) -> str:
    """Text with runs of white space (no-break spaces too) made one space; control characters dropped."""
    text = text.replace("\u200b", "").replace("\ufeff", "").replace("\u00ad", "")
    return "".join(
        c for c in _SPACE.sub(" ", text) if c >= " " and c != "\x7f" and not "\ud800" <= c <= "\udfff"
    ).strip()


def local_name(element: Any) -> str:
    """Name of an element without its namespace, lower case; empty for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def is_hidden(element: Any) -> bool:
    """Whether an element says itself that it is not shown."""
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return bool(style and _HIDDEN.search(style))


def walk(root: Any, skip: frozenset[str] = frozenset()) -> Iterator[Paragraph | HtmlTable]:
    """Visible paragraphs and outermost tables below ``root``; ``skip`` names further elements to leave out."""
    from lxml import etree

    walker = _Walker()
    left_out = _SKIPPED | skip
    steps = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in steps:
        if event in ("comment", "pi"):
            walker.text(element.tail)
            continue
        name = local_name(element)
        if event == "start":
            if name in left_out or is_hidden(element):
                steps.skip_subtree()
                walker.skipped.add(element)
                continue
            walker.start(element, name)
        elif element in walker.skipped:
            walker.skipped.discard(element)
            walker.text(element.tail if element is not root else None)
        else:
            walker.end(element, name)
            walker.text(element.tail if element is not root else None)
        yield from walker.ready
        walker.ready.clear()
    walker.flush()
    yield from walker.ready


class _Walker:
    """State of one walk: the run being gathered, the styles in force, the tables that are open."""

    def __init__(self) -> None:
        self.ready: list[Paragraph | HtmlTable] = []
        self.skipped: set[Any] = set()
        self.run = _Run()
        self.styles = [_Style(False, False, False, False)]
        self.headings: list[tuple[int, str]] = [(0, "")]
        self.tables: list[HtmlTable] = []
        self.cells: list[list[Paragraph]] = []

    def start(self, element: Any, name: str) -> None:
        if name in _BLOCKS:
            self.flush()
        self.styles.append(self._style(element, name))
        if name in _HEADINGS or name in {"li", "p", "pre", "blockquote", "figcaption"}:
            self.headings.append((_HEADINGS.get(name, self.headings[-1][0]), name))
        if name == "table":
            self.tables.append(HtmlTable())
        elif name == "tr" and self.tables:
            self.tables[-1].rows.append([])
        elif name in {"td", "th"} and self.tables:
            self.cells.append([])
        self.text(element.text)

    def end(self, element: Any, name: str) -> None:
        if name in _BLOCKS:
            self.flush()
        self.styles.pop()
        if name in _HEADINGS or name in {"li", "p", "pre", "blockquote", "figcaption"}:
            self.headings.pop()
        if name in {"td", "th"} and self.tables and self.cells:
            self._close_cell(element, name)
        elif name == "table" and self.tables:
            self._close_table(self.tables.pop())

    def _style(self, element: Any, name: str) -> _Style:
        above = self.styles[-1]
        bold = above.bold or name in {"b", "strong", "th"} or name in _HEADINGS
        italic = above.italic or name in {"i", "em"}
        declared = element.get("style")
        if declared:
            if weight := _WEIGHT.search(declared):
                bold = weight[1].lower() in {"bold", "bolder"} or (weight[1].isdigit() and int(weight[1]) >= 600)
            if slant := _SLANT.search(declared):
                italic = slant[1].lower() != "normal"
        linked = above.linked or (name == "a" and element.get("href") is not None)
        return _Style(bold, italic, linked, above.pre or name == "pre")

    def text(self, text: str | None) -> None:
        if text:
            self.run.add(text, self.styles[-1])

    def flush(self) -> None:
        level, tag = self.headings[-1]
        paragraph = self.run.paragraph(level, tag)
        self.run = _Run()
        if paragraph is None:
            return
        if self.cells:
            self.cells[-1].append(paragraph)
        else:
            self.ready.append(paragraph)

    def _close_cell(self, element: Any, name: str) -> None:
        paragraphs = self.cells.pop()
        table = self.tables[-1]
        if not table.rows:
            table.rows.append([])
        row = table.rows[-1]
        row.append(" ".join(paragraph.text for paragraph in paragraphs))
        table.linked += any(paragraph.linked for paragraph in paragraphs)
        if paragraphs and all(paragraph.bold for paragraph in paragraphs):
            table.bold_rows.add(len(table.rows) - 1)
        if name == "th" and len(row) == 1 and table.headed == len(table.rows) - 1:
            table.headed += 1
        span = element.get("colspan")
        if span and span.isdigit():
            row.extend([""] * (min(int(span), 50) - 1))

    def _close_table(self, table: HtmlTable) -> None:
        if self.cells:
            # A table inside a cell is layout: its text belongs to the cell.
            text = " ".join(" ".join(row) for row in table.filled)
            if text:
                self.cells[-1].append(Paragraph(text))
        elif table.rows:
            self.ready.append(table)


def _joined(row: list[str]) -> list[str]:
    """Cells with text; currency signs join the number after them, closing signs the one before."""
    joined: list[str] = []
    pending = ""
    for cell in row:
        if not cell:
            continue
        if cell in {"$", "€", "£", "¥", "(", "$("}:
            pending += cell
        elif joined and cell in {")", "%", ")%", "%)"}:
            joined[-1] += cell
        else:
            joined.append(pending + cell)
            pending = ""
    return [*joined, pending] if pending else joined
