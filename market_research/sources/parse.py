"""From bytes to typed records: the one entrance to all parsers."""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from market_research.errors import UnreadableDocument
from market_research.sources import detect
from market_research.sources.parsed import Parsed

if TYPE_CHECKING:
    from market_research.industries import ResearchRequest

Parser = Callable[[bytes, str], Parsed]

_PARSERS: dict[str, tuple[str, str]] = {
    detect.PDF: ("pdf", "parse"),
    detect.DOCX: ("word", "parse"),
    detect.XLSX: ("tables", "parse_excel"),
    detect.XLS: ("tables", "parse_excel"),
    detect.PARQUET: ("tables", "parse_parquet"),
    detect.FEED: ("feed", "parse"),
    detect.HTML: ("page", "parse"),
    detect.IXBRL: ("filing", "parse"),
    detect.COMPANY_FACTS: ("company_facts", "parse"),
    detect.JSON: ("tables", "parse_json"),
    detect.JSON_LINES: ("tables", "parse_json_lines"),
    detect.CSV: ("tables", "parse_csv"),
    detect.TSV: ("tables", "parse_tsv"),
    detect.MARKDOWN: ("text", "parse_markdown"),
    detect.TEXT: ("text", "parse_text"),
}
_VERSIONED = (
    "metrics.py", "periods.py", "names.py", "stage.py", "suspicion.py", "hidden.py", "disguise.py", "language.py",
    "instructions.py", "instructions.yaml", "neutral.py", "personal.py", "spam.py", "spam.yaml", "rules_sql.py",
    "titles.py", "countries.py", "similar_names.py",
)  # fmt: skip


def parse(content: bytes, name: str, *, media_type: str | None = None) -> Parsed:
    """Everything that a document states, as typed records; what cannot be typed is among its rejects.

    ``media_type`` (one of ``detect``'s constants) is detected from the content if not given.

    Raises:
        UnreadableDocument: the document as a whole cannot be read; the message names it and says why.
    """
    kind = media_type if media_type in _PARSERS else detect.media_type(content, name)
    module, function = _PARSERS[kind]
    parser: Parser = getattr(import_module(f"market_research.sources.{module}"), function)
    return guarded(parser, content, name)


def fetched_reader(source: str, path: str, request: "ResearchRequest | None" = None) -> Parser | None:
    """What reads an answer of a connector: the declaration in the request, or the connector; None for the inbox.

    ``path`` is the answer's own, without its source.
    """
    from market_research.connectors.declared import reader_of
    from market_research.connectors.registry import connectors

    connector = connectors().get(source)
    if connector is None:
        return None
    return (request and reader_of(request, source, path)) or connector.read


def parse_fetched(content: bytes, name: str, *, source: str, request: "ResearchRequest | None" = None) -> Parsed | None:
    """What the reader of a connector makes of its own answer; None if ``source`` is no connector's name.

    ``name`` is the document's path: ``fetched/<source>/<the answer's own path>``.

    Raises:
        UnreadableDocument: as ``parse``.
    """
    path = name.removeprefix(f"fetched/{source}/")
    reader = fetched_reader(source, path, request)
    return None if reader is None else guarded(reader, content, path)


def guarded(parser: Parser, content: bytes, name: str) -> Parsed:
    """Run a parser; whatever stops it becomes ``UnreadableDocument``."""
    try:
        return parser(content, name)
    except UnreadableDocument:
        raise
    except RecursionError as error:
        raise UnreadableDocument(f"{name}: nested too deeply to be read; flatten it.") from error
    except Exception as error:
        # Libraries meet damage with errors of any kind; one bad document must not end a run over thousands.
        raise UnreadableDocument(
            f"{name}: damaged in a way that stops its reader ({type(error).__name__}: {error}); send it again."
        ) from error


@cache
def parser_version() -> str:
    """Hash over the code that turns bytes into staged records: staged data of another version are stale."""
    package = Path(__file__).parents[1]
    files = [
        *sorted((package / "sources").glob("*.py")),
        *sorted((package / "connectors").rglob("*.py")),
        *sorted((package / "transforming").glob("*.py")),
        *(package / "cleaning" / name for name in _VERSIONED),
        *sorted((package / "cleaning" / "schema").glob("*.py")),
        package / "retrieval" / "chunking.py",
    ]
    digest = hashlib.sha256()
    for file in files:
        # Line ends differ between checkouts of the same code.
        digest.update(
            file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n") + b"\0"
        )
    return digest.hexdigest()[:16]


def __getattr__(name: str) -> str:
    """``PARSER_VERSION``, computed when it is first asked for."""
    if name == "PARSER_VERSION":
        return parser_version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
