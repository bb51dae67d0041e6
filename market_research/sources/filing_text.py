"""The text of a filing: items with their headings, without tables of contents, page numbers and running heads."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from market_research.sources.markup import HtmlTable, Paragraph, walk
from market_research.sources.parsed import Block

_ITEM = re.compile(r"(?:part\s+[ivx]+\s*[,.\-–—:]*\s*)?item\s*(\d{1,2}\s?[a-c]?)\s*(?:[.:|\-–—]|$|\s(?=[A-Z]))", re.I)
_PART = re.compile(r"part\s+([ivx]+)\b\s*[.\-–—:]?\s*(.{0,60})", re.I)
_PAGE = re.compile(r"(?:page\s*)?[-–—]?\s*(?:\d{1,3}|[ivxl]{1,6}|F-\d{1,3})\s*[-–—]?", re.I)
_CONTENTS = re.compile(r"(?:\(?(?:back to )?table of contents\)?|index|contents)", re.I)
_SENTENCE_END = re.compile(r"[.!?;:]$")
_BULLET = re.compile(r"[•●▪◦‣·○■–—*-]|\(?[a-z0-9]{1,3}[).]")
_NO_LETTERS = re.compile(r"[\W\d_]*")
_SECTION = re.compile(
    r"signatures?|exhibit index|power of attorney|index to (?:the )?consolidated financial statements.{0,40}|"
    r"notes to (?:the )?(?:condensed )?consolidated financial statements.{0,30}|"
    r"report of independent registered public accounting firm",
    re.I,
)
_AFTER_ITEMS = re.compile(r"Item 1[56]\b|(?!Item|Part|Cover)")
_SMALL_WORDS = frozenset("a an and about by for from in of on or that the to with".split())
_COVER = "Cover page"
_LONGEST_HEADING = 140
_LONGEST_ITEM_HEADING = 260
_RUNNING_HEAD_TIMES = 8
_HEADER_PARTS = frozenset({"header", "hidden"})


def blocks(root: Any, form: str) -> list[Block]:
    """Paragraphs, list items and rows of text tables under the headings of their item.

    Headings are the item's title, then bold short paragraphs, then italic ones. Tables of numbers are
    left out, since their numbers are facts. Locators are places in the text that the blocks make when
    joined by blank lines.
    """
    pieces = list(walk(root, skip=_HEADER_PARTS))
    heads = _running_heads(pieces)
    reader = _Reader(quarterly=form.upper().startswith("10-Q"))
    for piece in pieces:
        if isinstance(piece, HtmlTable):
            reader.table(piece)
        elif not _is_furniture(piece.text) and _shape(piece.text) not in heads:
            reader.paragraph(piece)
    return with_places(reader.found)


def with_places(found: Iterable[tuple[tuple[str, ...], str]]) -> list[Block]:
    """Blocks with ``chars a-b`` locators into all texts joined by blank lines."""
    made: list[Block] = []
    position = 0
    for headings, text in found:
        made.append(Block(text, f"chars {position}-{position + len(text)}", headings))
        position += len(text) + 2
    return made


def _running_heads(pieces: list[Paragraph | HtmlTable]) -> set[str]:
    shapes = Counter(
        _shape(piece.text)
        for piece in pieces
        if isinstance(piece, Paragraph) and len(piece.text) <= 90 and any(char.isdigit() for char in piece.text)
    )
    return {shape for shape, times in shapes.items() if times >= _RUNNING_HEAD_TIMES}


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", text)


def _is_furniture(text: str) -> bool:
    return bool(_PAGE.fullmatch(text) or _CONTENTS.fullmatch(text) or _NO_LETTERS.fullmatch(text))


class _Reader:
    """Walks the pieces in order and keeps the headings in force."""

    def __init__(self, quarterly: bool) -> None:
        self.quarterly = quarterly
        self.part = ""
        self.item = _COVER
        self.head = ""
        self.subhead = ""
        self.found: list[tuple[tuple[str, ...], str]] = []

    def table(self, table: HtmlTable) -> None:
        rows = table.filled
        if sum(1 for row in rows if _ITEM.match(" ".join(row))) >= 3:
            return
        if len(rows) <= 2 and not table.numeric:
            # Headings, bullets and notes are often set in small tables for their layout.
            for row in rows:
                self._layout_row(row, bold=bool(table.bold_rows))
            return
        if table.numeric:
            return
        for row in rows:
            if _BULLET.fullmatch(row[0]) and len(row) == 2:
                self._keep(f"{row[0]} {row[1]}")
            elif not _NO_LETTERS.fullmatch("".join(row)) and not _is_furniture(" ".join(row)):
                self._keep(" | ".join(row))

    def _layout_row(self, row: list[str], bold: bool) -> None:
        text = " ".join(row)
        if _is_furniture(text):
            return
        if len(row) > 2 and not _ITEM.match(text):
            self._keep(" | ".join(row))
        else:
            self.paragraph(Paragraph(text, bold=bold))

    def paragraph(self, piece: Paragraph) -> None:
        text = piece.text
        if self._is_item(piece):
            self.item = _item_title(text, self.part if self.quarterly else "")
            self.head = self.subhead = ""
        elif (match := _PART.fullmatch(text)) and len(text) <= 80 and not _SENTENCE_END.search(text.rstrip(".")):
            self.part = f"Part {match[1].upper()}"
        elif _SECTION.fullmatch(text) and (piece.bold or text.isupper()) and _AFTER_ITEMS.match(self.item):
            self.item = _title_case(text)
            self.head = self.subhead = ""
        elif self._is_heading(piece) and self.item != _COVER:
            if piece.bold and not piece.italic:
                self.head, self.subhead = text, ""
            else:
                self.subhead = text
        else:
            self._keep(text)

    def _is_item(self, piece: Paragraph) -> bool:
        text = piece.text
        if not _ITEM.match(text) or len(text) > _LONGEST_ITEM_HEADING or piece.linked:
            return False
        rest = text[_ITEM.match(text).end() :].strip()  # type: ignore[union-attr]
        # "Item 7 of this report describes …" is a sentence; a heading is set apart or short.
        return piece.bold or rest.isupper() or bool(rest[:1].isupper() and len(text) <= 200)

    def _is_heading(self, piece: Paragraph) -> bool:
        if not (piece.bold or piece.italic) or piece.linked or len(piece.text) > _LONGEST_HEADING:
            return False
        return not _SENTENCE_END.search(piece.text.rstrip('”")')) or (piece.text.endswith(":") and piece.bold)

    def _keep(self, text: str) -> None:
        self.found.append((tuple(h for h in (self.item, self.head, self.subhead) if h), text))


def _item_title(text: str, part: str) -> str:
    match = _ITEM.match(text)
    if match is None:
        return text
    number = re.sub(r"\s", "", match[1]).upper()
    rest = text[match.end() :].strip(" .:|-–—")
    title = f"Item {number}. {_title_case(rest)}".rstrip(". ")
    return f"{part}, {title}" if part else title


def _title_case(text: str) -> str:
    """Capitals throughout made a title; other texts as they stand."""
    if not text.isupper():
        return text
    words = text.lower().split(" ")
    return " ".join(word if i and word in _SMALL_WORDS else word[:1].upper() + word[1:] for i, word in enumerate(words))
