"""The report as PDF, from its HTML: nothing is fetched, and nothing in it depends on when or where it is made.

The HTML for paper comes in parts that are typeset one after the other: first the text, then the appendix and the
contents, which say on which page of the text something stands. So every page is laid out once; a style sheet that
refers to pages would have most of them laid out three times.
"""

import gc
import hashlib
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

# Marks that no text of a report can hold: ``plain.clean`` drops characters that are none.
PART = "\ufdd0"
PAGE = "\ufdd1"
_FRONT_PAGES = 2


def to_pdf(html: str, edition_id: str) -> bytes:
    """Typeset ``html``; the dates in the file are the report's own, its identifier comes from the edition.

    ``html`` is one document, or four pieces around ``PART``: head, front matter, text and appendix. In the front
    matter and the appendix, an anchor between two ``PAGE`` stands for the number of the page where it is.
    """
    identifier = hashlib.sha256(edition_id.encode()).hexdigest()[:32].encode()
    with _only_errors("weasyprint", "fontTools"), uncollected(), _without_clock():
        document = _Press(html).document()
        pdf: bytes = document.write_pdf(pdf_identifier=identifier)
    return pdf


class _Press:
    """One report with the fonts and the style sheet that its parts share."""

    def __init__(self, html: str) -> None:
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError, URLFetcher

        class Refuser(URLFetcher):
            """Everything is inline: a request for anything else is an attempt to read what the report may not."""

            def fetch(self, url: str, headers: Any = None) -> Any:
                if url.startswith("data:image/svg+xml;base64,"):
                    return super().fetch(url, headers)
                raise FatalURLFetchingError(f"A report must not load {url[:80]!r}")

        self.head, *self.parts = html.split(PART)
        self.fetcher = Refuser()
        self.fonts = FontConfiguration()
        before, _, rest = self.head.partition("<style>")
        sheet, _, after = rest.partition("</style>")
        self.sheets = []
        if self.parts:
            self.head = before + after
            self.sheets.append(CSS(string=sheet, font_config=self.fonts, url_fetcher=self.fetcher))

    def document(self) -> Any:
        """All pages as one document."""
        if not self.parts:
            return self.typeset(self.head, 0)
        front, text, appendix = self.parts
        first = _FRONT_PAGES
        while True:
            body = self.typeset(self.head + text, first)
            numbers = _numbers(body, first)
            back = self.typeset(self.head + _numbered(appendix, numbers), first + len(body.pages))
            numbers |= _numbers(back, first + len(body.pages))
            opening = self.typeset(self.head + _numbered(front, numbers), 0)
            if len(opening.pages) <= first:
                return opening.copy([*opening.pages, *body.pages, *back.pages])
            first = len(opening.pages)

    def typeset(self, html: str, before: int) -> Any:
        """One part, after ``before`` pages."""
        from weasyprint import CSS, HTML

        start = CSS(string=f"@page :first {{ counter-reset: page {before}; counter-increment: page }}")
        document = HTML(string=html, url_fetcher=self.fetcher, media_type="print")
        return document.render(font_config=self.fonts, stylesheets=[*self.sheets, start])


def _numbers(document: Any, before: int) -> dict[str, int]:
    """The page of every anchor."""
    return {
        anchor: number
        for number, page in reversed(list(enumerate(document.pages, before + 1)))
        for anchor in page.anchors
    }


def _numbered(html: str, pages: Mapping[str, int]) -> str:
    return re.sub(f"{PAGE}([^{PAGE}]*){PAGE}", lambda found: str(pages.get(found.group(1), "")), html)


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: typesetting makes millions of objects and lets few of them go."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def _without_clock() -> Iterator[None]:
    """No time of day in the file: fontTools, which stands in for a missing HarfBuzz subsetter, stamps every font."""
    variable = "SOURCE_DATE_EPOCH"
    before = os.environ.get(variable)
    os.environ[variable] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before


@contextmanager
def _only_errors(*names: str) -> Iterator[None]:
    """Keep quiet about properties for the screen, or of SVG, that the typesetter does not know as CSS."""
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
