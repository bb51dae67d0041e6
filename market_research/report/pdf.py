"""The report as PDF, from its HTML: nothing is fetched, and nothing in it depends on when or where it is made."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def to_pdf(html: str, edition_id: str) -> bytes:
    """Typeset ``html``; the dates in the file are the report's own, its identifier comes from the edition."""
    import weasyprint
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class Refuser(URLFetcher):
        """Everything is inline: a request for anything else is an attempt to read what the report may not."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            raise FatalURLFetchingError(f"A report must not load {url[:80]!r}")

    document = weasyprint.HTML(string=html, url_fetcher=Refuser(), media_type="print")
    identifier = hashlib.sha256(edition_id.encode()).hexdigest()[:32].encode()
    with _only_errors("weasyprint", "fontTools"):
        pdf: bytes = document.write_pdf(pdf_identifier=identifier)
    return pdf


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
