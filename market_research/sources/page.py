"""Web pages: title, date, the main text with its headings, and tables with a header."""

import re
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from market_research.cleaning import periods
from market_research.errors import UnreadableDocument
from market_research.sources.decode import decode
from market_research.sources.filing import MAX_HTML_BYTES
from market_research.sources.filing_text import with_places
from market_research.sources.grid import Record, Table, unique_columns
from market_research.sources.markup import HtmlTable, clean, local_name, walk
from market_research.sources.parsed import Parsed, Reject

_ASIDE = frozenset({"nav", "footer", "aside", "form", "dialog"})
_DATE_META = (
    "article:published_time", "date", "dc.date", "dcterms.date", "dcterms.created", "pubdate", "publishdate",
    "datepublished", "og:published_time", "citation_publication_date", "parsely-pub-date", "sailthru.date",
)  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_\-]+)", re.I)
_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_ENOUGH = 200


def parse(content: bytes, name: str) -> Parsed:
    """Text under the page's headings; rows and numbers of tables that have a header.

    Scripts, styles, hidden elements, navigation and footers are left out. Locators of text are places
    in the extracted text; of cells ``table 1, row 2, column "X"``.

    Raises:
        UnreadableDocument: larger than ``MAX_HTML_BYTES``, or without any text.
    """
    from market_research.sources import tables

    root = tree(content, name)
    headings: list[tuple[int, str]] = []
    found: list[tuple[tuple[str, ...], str]] = []
    grids: list[Table] = []
    for piece in walk(_main(root), skip=_ASIDE):
        above = tuple(text for _, text in headings)
        if isinstance(piece, HtmlTable):
            grid = _grid(piece, name, len(grids) + 1)
            if grid:
                grids.append(grid)
            found += [(above, " | ".join(row)) for row in piece.filled]
        elif piece.level:
            headings = [(level, text) for level, text in headings if level < piece.level]
            headings.append((piece.level, piece.text))
        else:
            found.append((above, piece.text))
    if not found and headings:
        found = [((), text) for _, text in headings]
    if not found:
        raise UnreadableDocument(
            f"{name}: the page shows no text (drawn by scripts, or damaged?); save it as PDF and send that."
        )
    parsed = tables.collect(grids)
    parsed.kind, parsed.blocks = "page", with_places(found)
    parsed.title, parsed.published_at = _title(root), _published(root)
    return parsed


def grids(content: bytes, name: str) -> list[Table]:
    """The page's tables with a header, in order."""
    made: list[Table] = []
    for piece in walk(_main(tree(content, name)), skip=_ASIDE):
        if isinstance(piece, HtmlTable) and (grid := _grid(piece, name, len(made) + 1)):
            made.append(grid)
    return made


def tree(content: bytes, name: str) -> Any:
    """The parsed page.

    Raises:
        UnreadableDocument: larger than ``MAX_HTML_BYTES``, or no markup.
    """
    from lxml import etree

    if len(content) > MAX_HTML_BYTES:
        raise UnreadableDocument(
            f"{name}: {len(content) // 2**20} MB of HTML, more than the {MAX_HTML_BYTES // 2**20} MB that are read; "
            "send the text or the tables only."
        )
    text = _decoded(content, name).replace("\x00", "")
    # Two passes: libxml2 takes its own encoding over the declaration only from bytes with a given one.
    root = etree.fromstring(
        text.encode("utf-8", "replace") or b" ",
        etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_pis=True),
    )
    if root is None:
        raise UnreadableDocument(f"{name}: the page holds no markup; fetch it again.")
    return root


def _decoded(content: bytes, name: str) -> str:
    declared = _CHARSET.search(content[:4096])
    if declared and b"\x00" not in content[:200]:
        try:
            return content.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(content, name)


def _main(root: Any) -> Any:
    """The main or article element if it carries text enough, else the whole page."""
    for wanted in ("main", "article"):
        found = list(root.iter(wanted))
        if len(found) == 1 and len(clean("".join(found[0].itertext()))) >= _ENOUGH:
            return found[0]
    return root


def _title(root: Any) -> str | None:
    for element in root.iter("meta"):
        if (element.get("property") or "").lower() == "og:title" and clean(element.get("content") or ""):
            return clean(element.get("content"))
    for wanted in ("title", "h1"):
        element = next(root.iter(wanted), None)
        if element is not None and clean("".join(element.itertext())):
            return clean("".join(element.itertext()))
    return None


def _published(root: Any) -> datetime | None:
    stated: dict[str, str] = {}
    for element in root.iter("meta"):
        key = (element.get("property") or element.get("name") or element.get("itemprop") or "").lower()
        stated.setdefault(key, element.get("content") or "")
    texts = [stated[key] for key in _DATE_META if stated.get(key)]
    for element in root.iter("script", "time"):
        if local_name(element) == "time":
            texts.append(element.get("datetime") or "")
        elif match := _PUBLISHED.search(element.text or ""):
            texts.append(match[1])
    return next((moment for moment in map(moment_of, texts) if moment), None)


def moment_of(text: str) -> datetime | None:
    """A moment in UTC from an ISO date or time, or from a date in words; midnight where no time is given."""
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        day = periods.parse_date(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _grid(table: HtmlTable, name: str, number: int) -> Table | None:
    """A table with a header row and at least one row beneath it; None for layout tables."""
    rows = [row for row in table.rows if any(row)]
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    if not table.headed and 0 not in table.bold_rows:
        return None
    grid = Table(PurePath(name).stem, unique_columns(rows[0]))
    for index, row in enumerate(rows[1:], start=2):
        locator = f"table {number}, row {index}"
        padded = [*row, *[""] * (len(grid.columns) - len(row))] if len(row) < len(rows[0]) else row
        if len(padded) != len(grid.columns):
            reason = f"The row has {len(row)} cells where the header has {len(grid.columns)}."
            grid.rejects.append(Reject(locator, reason, " | ".join(row)[:2000]))
        else:
            grid.records.append(Record(locator, [*padded]))
    return grid
