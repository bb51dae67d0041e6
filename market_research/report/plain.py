"""Text from outside documents, made fit for any format before a renderer sees it."""

import unicodedata
from typing import Any
from urllib.parse import urlsplit

from market_research.report.model import Report

# Line separators, and the marks that turn the direction of the text after them.
_UNWANTED = {"\u2028", "\u2029", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


def clean(text: str) -> str:
    """``text`` on one line, without characters that no document may hold or that turn its direction."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    kept = [
        " " if c in "\t\n\r" else c
        for c in text
        if c not in _UNWANTED and (c in "\t\n\r" or unicodedata.category(c) not in ("Cc", "Cs", "Cn"))
    ]
    # Ordinary blanks only: a no-break space between a number and its unit stays.
    return " ".join(part for part in "".join(kept).split(" ") if part)


def cleaned(report: Report) -> Report:
    """The report with every text cleaned, for all formats but JSON, which keeps what it was given."""
    return Report.model_validate(_walk(report.model_dump()))


def _walk(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _walk(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_walk(item) for item in value)
    return value


def safe_link(uri: str) -> str | None:
    """``uri`` if it may be linked: an absolute http or https address; None for everything else."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return None
    return uri if not any(c.isspace() or c in "\"'<>\\^`{|}" for c in uri) else None
