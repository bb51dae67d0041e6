"""The report as PDF, from its HTML: nothing is fetched, and nothing in it depends on when or where it is made."""

import hashlib
import logging
from typing import Any


def to_pdf(html: str, edition_id: str) -> bytes:
    """Typeset ``html``; the dates in the file are the report's own, its identifier comes from the edition."""
    import weasyprint
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class Refuser(URLFetcher):
        """Everything is inline: a request for anything else is an attempt to read what the report may not."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            raise FatalURLFetchingError(f"A report must not load {url[:80]!r}")

    # Each font that lacks a table gets a line in the log; none of them concerns the reader.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    document = weasyprint.HTML(string=html, url_fetcher=Refuser(), media_type="print")
    identifier = hashlib.sha256(edition_id.encode()).hexdigest()[:32].encode()
    pdf: bytes = document.write_pdf(pdf_identifier=identifier)
    return pdf
