"""PDF files: the text of each page."""

import re
import threading
from datetime import UTC, datetime
from typing import Any

from market_research.errors import UnreadableDocument
from market_research.sources.markup import clean
from market_research.sources.parsed import Block, Parsed

MAX_PAGES = 2_000
"""Longer files are refused."""

_PARAGRAPH = re.compile(r"\n\s*\n|(?<=[.!?:])\n(?=[A-Z•\d])")
_HYPHEN = re.compile(r"(?<=[a-z])[\u00ad\ufffe\x02]\n?|(?<=[a-z])-\n(?=[a-z])")
_CREATED = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?")
# PDFium keeps global state and is not safe for threads.
LOCK = threading.Lock()


def parse(content: bytes, name: str) -> Parsed:
    """Paragraphs of every page; locators are ``page 3, chars 120-480`` into the page's extracted text.

    Raises:
        UnreadableDocument: damaged, truncated, protected by a password, longer than ``MAX_PAGES``,
            or without any text (a scan).
    """
    with LOCK:
        pages, title, published = _read(content, name)
    parsed = Parsed("report", title=title, published_at=published)
    for number, text in enumerate(pages, start=1):
        position = 0
        for part in paragraphs(text):
            parsed.blocks.append(Block(part, f"page {number}, chars {position}-{position + len(part)}"))
            position += len(part) + 2
    if not parsed.blocks:
        raise UnreadableDocument(f"{name}: the PDF holds no text (a scan?); send one with recognised text.")
    return parsed


def paragraphs(text: str) -> list[str]:
    """Paragraphs of one page: lines joined, words hyphenated at a line's end made whole."""
    text = _HYPHEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return [part for part in (clean(piece) for piece in _PARAGRAPH.split(text)) if part]


def _read(content: bytes, name: str) -> tuple[list[str], str | None, datetime | None]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableDocument(f"{name}: protected by a password; send a copy without one.") from error
        raise UnreadableDocument(f"{name}: damaged or truncated PDF ({error}); send it again.") from error
    try:
        if len(document) > MAX_PAGES:
            raise UnreadableDocument(f"{name}: {len(document)} pages, more than {MAX_PAGES}; split it.")
        if b"%%EOF" not in content[-2048:]:
            # PDFium rebuilds the index of a truncated file and silently misses the pages that are gone.
            raise UnreadableDocument(f"{name}: truncated PDF (its end marker is missing); send it again.")
        if len(document) == 0:
            raise UnreadableDocument(f"{name}: damaged PDF without pages; send it again.")
        pages = [_page_text(document, index) for index in range(len(document))]
        facts = document.get_metadata_dict()
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument(f"{name}: damaged PDF ({error}); send it again.") from error
    finally:
        document.close()
    return pages, clean(facts.get("Title", "")) or None, _created(facts.get("CreationDate", ""))


def _page_text(document: Any, index: int) -> str:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            return str(text_page.get_text_range())
        finally:
            text_page.close()
    finally:
        page.close()


def _created(text: str) -> datetime | None:
    match = _CREATED.match(text)
    if match is None:
        return None
    try:
        return datetime(int(match[1]), int(match[2] or 1), int(match[3] or 1), tzinfo=UTC)
    except ValueError:
        return None
