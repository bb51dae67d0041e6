"""What a document is: by its content first, by its name second."""

import io
import re
import zipfile

from market_research.errors import UnreadableDocument
from market_research.sources.decode import decode

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
PARQUET = "application/vnd.apache.parquet"
FEED = "application/rss+xml"
HTML = "text/html"
IXBRL = "application/xhtml+xml;profile=ixbrl"
COMPANY_FACTS = "application/json;profile=company-facts"
JSON = "application/json"
JSON_LINES = "application/x-ndjson"
CSV = "text/csv"
TSV = "text/tab-separated-values"
MARKDOWN = "text/markdown"
TEXT = "text/plain"

ACCEPTED = "PDF, DOCX, XLSX, Parquet, CSV, TSV, JSON, JSON Lines, RSS or Atom, HTML, Markdown or plain text"

_BY_EXTENSION = {
    "csv": CSV,
    "tsv": TSV,
    "tab": TSV,
    "json": JSON,
    "jsonl": JSON_LINES,
    "ndjson": JSON_LINES,
    "md": MARKDOWN,
    "markdown": MARKDOWN,
    "html": HTML,
    "htm": HTML,
    "xhtml": HTML,
    "rss": FEED,
    "atom": FEED,
    "txt": TEXT,
    "text": TEXT,
}
_HEAD = 16_384
_LINES, _FEW = 20, 3
_FEED_ROOT = re.compile(r"\s*(?:<\?[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<(?:rss|feed|rdf:RDF)[\s>]", re.S)
_HTML_ROOT = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.I)
_MARKUP = re.compile(r"<(?:div|p|table|article|section|h[1-6])[\s>]", re.I)
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|[-*] \S.*\n[-*] \S|```|\|.+\|\s*\n\|[\s:|-]+\|)", re.M)


def media_type(content: bytes, name: str) -> str:
    """Media type of a document, one of this module's constants.

    Raises:
        UnreadableDocument: the file is empty, or is binary of a kind that is not read here.
    """
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UnreadableDocument(f"{name}: the file is empty; send it again.")
    found = _by_magic(content, name)
    return (
        found
        if found
        else _by_text(decode(content, name) if len(content) <= _HEAD else _head(content, name), content, name)
    )


def _by_magic(content: bytes, name: str) -> str | None:
    if b"%PDF-" in content[:1024]:
        return PDF
    if content.startswith(b"PAR1"):
        return PARQUET
    if content.startswith(b"PK\x03\x04"):
        return _zip_kind(content, name)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if name.lower().endswith(".xls"):
            return XLS
        raise UnreadableDocument(
            f"{name}: an old or encrypted Office file; save it as DOCX or XLSX without a password."
        )
    return None


def _zip_kind(content: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableDocument(f"{name}: damaged ZIP or Office file ({error}); send it again.") from error
    if "word/document.xml" in members:
        return DOCX
    if any(member.startswith("xl/") for member in members):
        return XLSX
    raise UnreadableDocument(f"{name}: a ZIP archive; unpack it and send the files themselves.")


def _head(content: bytes, name: str) -> str:
    # A multi-byte character cut at the end of the sample must not make UTF-8 look like something else.
    cut = content[:_HEAD]
    last = max(cut.rfind(b"\n"), cut.rfind(b" "), cut.rfind(b">"))
    if last > _HEAD // 2 and b"\x00" not in cut:
        cut = cut[: last + 1]
    return decode(cut, name)


def _by_text(head: str, content: bytes, name: str) -> str:
    extension = name.lower().rpartition(".")[2] if "." in name else ""
    start = head.lstrip("\ufeff \t\r\n")
    if _FEED_ROOT.match(start):
        return FEED
    if start.startswith("<"):
        return _markup_kind(start, content, extension, name)
    if start[:1] in "{[" and extension not in {"csv", "tsv", "md", "markdown"}:
        return _json_kind(start, content, extension)
    if extension in {"txt", "text"} and _divided(head):
        return CSV
    if extension in _BY_EXTENSION:
        return _BY_EXTENSION[extension]
    if _binary(content):
        raise UnreadableDocument(f"{name}: a binary file of unknown kind; send {ACCEPTED}.")
    return _plain_kind(start)


def _divided(head: str) -> bool:
    """True if lines begin as a table does: with the same number of tabs, bars or semicolons, and several of them."""
    lines = [line for line in head.splitlines()[:-1] if line.strip()][:_LINES]
    return len(lines) >= _FEW and any(
        lines[0].count(mark) >= _FEW and len({line.count(mark) for line in lines}) == 1 for mark in "\t|;"
    )


def _markup_kind(start: str, content: bytes, extension: str, name: str) -> str:
    if b"ix:header" in content or b"ix:nonFraction" in content or b"http://www.xbrl.org/20" in content[:_HEAD]:
        return IXBRL
    if _HTML_ROOT.search(start) or extension in {"html", "htm", "xhtml"}:
        return HTML
    if extension in {"rss", "atom"}:
        return FEED
    if start.startswith("<?xml"):
        raise UnreadableDocument(f"{name}: XML that is neither a feed nor a page; send {ACCEPTED}.")
    if _MARKUP.search(start):
        return HTML
    return _BY_EXTENSION.get(extension, TEXT)


def _json_kind(start: str, content: bytes, extension: str) -> str:
    if extension in {"jsonl", "ndjson"}:
        return JSON_LINES
    if start.startswith("{"):
        if b'"facts"' in content and re.search(rb'"cik"\s*:', content[:4096]):
            return COMPANY_FACTS
        first = start.partition("\n")[0].strip()
        rest = start.partition("\n")[2].lstrip()
        if first.endswith("}") and rest.startswith("{"):
            return JSON_LINES
        return JSON
    if extension == "json" or re.match(r"\[\s*[\[{\"\d\]tfn-]", start):
        return JSON
    return _BY_EXTENSION.get(extension, TEXT)


def _binary(content: bytes) -> bool:
    sample = content[:_HEAD]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return sample.count(0) > len(sample) // 100 and not (sample[1::2].count(0) > 0.8 * len(sample) / 2)


def _plain_kind(start: str) -> str:
    if _MARKDOWN.search(start):
        return MARKDOWN
    lines = [line for line in start.splitlines() if line.strip()][:20]
    if len(lines) >= 2:
        for delimiter, kind in (("\t", TSV), (",", CSV), (";", CSV), ("|", CSV)):
            counts = {line.count(delimiter) for line in lines[:-1]}
            if len(counts) == 1 and counts.pop() >= 1:
                return kind
    return TEXT
