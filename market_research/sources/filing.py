"""Filings in inline XBRL: every tagged number as a fact, and the text of the items.

The tree is read by lxml and the tags' number formats by ixbrlparse's registry of transformations.
ixbrlparse's own reader is not used for the facts themselves: it keeps only the first measure of a
unit such as USD per share, and multiplies by the scale in binary floating point.
"""

import re
import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from html.entities import name2codepoint
from typing import Any

from market_research.cleaning import periods
from market_research.cleaning.names import normalised_cik
from market_research.errors import UnreadableDocument
from market_research.sources import cells, filing_text, units
from market_research.sources.grid import printable
from market_research.sources.markup import clean, local_name
from market_research.sources.parsed import Company, Number, Parsed, Reject

MAX_HTML_BYTES = 40 * 1024 * 1024
"""Larger pages are refused before they are parsed."""

_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_ENTITIES = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_INSTANCE = "{http://www.xbrl.org/2003/instance}"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_SIGNED = re.compile(
    r"(?:Date[d]?|Dated as of)\s*:?\s*([A-Z][a-z]+ \d{1,2}, \d{4})|^\s*([A-Z][a-z]+ \d{1,2}, \d{4})\s*$"
)


@dataclass(frozen=True, slots=True)
class _Context:
    start: date | None
    end: date | None
    dimensions: str


def parse(content: bytes, name: str) -> Parsed:
    """Numbers, text and the company of one filing.

    A fact that cannot be read (unknown unit or format, no context) is a reject and stops nothing.

    Raises:
        UnreadableDocument: larger than ``MAX_HTML_BYTES``, or without any markup.
    """
    root = tree(content, name)
    cover = _cover(root)
    form = cover.get("DocumentType", "")
    parsed = Parsed("filing", blocks=filing_text.blocks(root, form))
    entity = cover.get("EntityRegistrantName") or _identifier(root) or name
    parsed.company = Company(
        entity, cover.get("TradingSymbol"), normalised_cik(cover.get("EntityCentralIndexKey")), _year_end(cover)
    )
    ended = periods.parse_date(cover.get("DocumentPeriodEndDate", ""))
    filed = periods.date_in_name(name) or _signed(parsed, ended) or ended
    parsed.title = _title(entity, form, ended)
    parsed.published_at = datetime(filed.year, filed.month, filed.day, tzinfo=UTC) if filed else None
    _Facts(root, entity, filed, parsed).read()
    return parsed


def tree(content: bytes, name: str) -> Any:
    """The parsed XHTML; damaged markup is repaired as far as libxml2 can.

    Raises:
        UnreadableDocument: too large or not markup.
    """
    from lxml import etree

    if len(content) > MAX_HTML_BYTES:
        raise UnreadableDocument(
            f"{name}: {len(content) // 2**20} MB of HTML, more than the {MAX_HTML_BYTES // 2**20} MB that are read; "
            "send the main document only."
        )
    parser = etree.XMLParser(recover=True, huge_tree=True, no_network=True, resolve_entities=False, load_dtd=False)
    try:
        root = etree.fromstring(_ENTITY.sub(_character, content), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocument(f"{name}: the filing's markup cannot be read ({error}).") from error
    if root is None:
        raise UnreadableDocument(f"{name}: the filing holds no markup; fetch it again.")
    return root


def _character(match: re.Match[bytes]) -> bytes:
    """Named entities of HTML, which XML does not define, by their number."""
    code = name2codepoint.get(match[1].decode("ascii"))
    return match[0] if code is None or match[1] in _XML_ENTITIES else b"&#%d;" % code


def _cover(root: Any) -> dict[str, str]:
    """First statement of each ``dei`` fact, most of them from the cover page."""
    cover: dict[str, str] = {}
    for element in root.iter("{*}nonNumeric"):
        prefix, _, concept = (element.get("name") or "").partition(":")
        if prefix == "dei" and concept not in cover:
            text = _text(element)
            if text:
                cover[concept] = text
    return cover


def _identifier(root: Any) -> str | None:
    element = next(root.iter(f"{_INSTANCE}identifier"), None)
    return f"CIK {element.text.strip()}" if element is not None and element.text else None


def _year_end(cover: dict[str, str]) -> tuple[int, int] | None:
    text = cover.get("CurrentFiscalYearEndDate", "").strip("-")
    found = periods.parse_date(f"2000-{text}") or periods.parse_date(f"{text}, 2000".title())
    return (found.month, found.day) if found else None


def _title(entity: str, form: str, ended: date | None) -> str:
    title = f"{entity}, Form {form}" if form else entity
    return f"{title} for the period ended {ended.isoformat()}" if ended else title


def _signed(parsed: Parsed, ended: date | None) -> date | None:
    """Date beneath the signatures: the last one written that is no more than a year after the period."""
    for block in reversed(parsed.blocks[-200:]):
        match = _SIGNED.search(block.text) if len(block.text) < 200 else None
        found = periods.parse_date(match[1] or match[2]) if match else None
        if found and ended and 0 <= (found - ended).days <= 366:
            return found
    return None


def _text(element: Any) -> str:
    """Text of a tag without what ``ix:exclude`` takes out."""
    if any(local_name(child) == "exclude" for child in element):
        pieces = [element.text or ""]
        for child in element:
            pieces += ["" if local_name(child) == "exclude" else "".join(child.itertext()), child.tail or ""]
        return clean("".join(pieces))
    return clean("".join(element.itertext()))


class _Facts:
    """Reads the numeric tags of one filing."""

    def __init__(self, root: Any, entity: str, filed: date | None, parsed: Parsed) -> None:
        self.root, self.entity, self.filed, self.parsed = root, entity, filed, parsed
        self.units = {u.get("id"): _unit(u) for u in root.iter(f"{_INSTANCE}unit")}
        self.contexts = {c.get("id"): _context(c) for c in root.iter(f"{_INSTANCE}context")}

    def read(self) -> None:
        """Append a number or a reject to ``parsed`` for every tag; explicit nil is neither."""
        for locator, element in places(self.root):
            if element.get(_NIL) in {"true", "1"}:
                continue
            made = self._fact(locator, element)
            if isinstance(made, Number):
                self.parsed.numbers.append(made)
            else:
                self.parsed.rejects.append(Reject(locator, made, printable(_text(element))))

    def _fact(self, locator: str, element: Any) -> Number | str:
        """The number, or the reason why there is none."""
        concept = (element.get("name") or "").strip()
        if not concept:
            return "The tag does not name a concept."
        context = self.contexts.get(element.get("contextRef"))
        if context is None:
            return f"The context `{element.get('contextRef')}` is not defined, or its dates are not valid."
        reference = element.get("unitRef")
        if reference not in self.units:
            return f"The unit `{reference}` is not defined."
        unit, stated = self.units[reference]
        if unit is None:
            return f"The unit `{stated}` is not known."
        raw = _text(element)
        value = _value(raw, element.get("format"), element.get("scale"), element.get("sign"))
        if isinstance(value, str):
            return value
        return Number(
            entity=self.entity,
            concept=concept,
            value=value,
            unit=unit,
            locator=locator,
            raw=raw,
            period_start=context.start,
            period_end=context.end,
            dimensions=context.dimensions,
            filed_on=self.filed,
        )


def places(root: Any) -> list[tuple[str, Any]]:
    """Every numeric tag with its locator: ``xbrl #id``, or concept, context and count where the id is not unique."""
    tags = list(root.iter("{*}nonFraction"))
    ids: dict[str, int] = {}
    for element in tags:
        ids[element.get("id", "")] = ids.get(element.get("id", ""), 0) + 1
    counts: dict[str, int] = {}
    found = []
    for element in tags:
        own = element.get("id", "")
        if own and ids[own] == 1:
            found.append((f"xbrl #{own}", element))
            continue
        stem = f"xbrl {element.get('name')} @{element.get('contextRef')}"
        counts[stem] = counts.get(stem, 0) + 1
        found.append((f"{stem} {counts[stem]}", element))
    return found


def _unit(element: Any) -> tuple[str | None, str]:
    """The unit in this project's spelling (None if not known), and as stated."""
    sides: dict[str, list[str]] = {}
    for measure in element.iter(f"{_INSTANCE}measure"):
        sides.setdefault(local_name(measure.getparent()), []).append((measure.text or "").strip())
    top = sides.get("unitnumerator") or sides.get("unit") or []
    bottom = sides.get("unitdenominator") or []
    stated = "*".join(top) + ("/" + "*".join(bottom) if bottom else "")
    if len(top) != 1 or len(bottom) > 1:
        return None, stated
    return units.of_xbrl(top[0], bottom[0] if bottom else None), stated


def _context(element: Any) -> _Context | None:
    dates: dict[str, date | None] = {}
    for part in element.iter(f"{_INSTANCE}startDate", f"{_INSTANCE}endDate", f"{_INSTANCE}instant"):
        try:
            dates[local_name(part)] = date.fromisoformat((part.text or "").strip()[:10])
        except ValueError:
            return None
    pairs = []
    for member in element.iter("{*}explicitMember", "{*}typedMember"):
        axis = (member.get("dimension") or "").rpartition(":")[2]
        value = clean("".join(member.itertext()))
        if local_name(member) == "explicitmember":
            value = value.rpartition(":")[2]
        pairs.append(f"{axis}={value.replace(';', ',')}")
    return _Context(dates.get("startdate"), dates.get("enddate") or dates.get("instant"), "; ".join(sorted(pairs)))


def _value(raw: str, format_name: str | None, scale: str | None, sign: str | None) -> float | str:
    """The value with scale and sign applied, or the reason why there is none."""
    try:
        power = int(scale or 0)
        transformation = _transformation(format_name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain = transformation.parse_value(raw)
    except NotImplementedError:
        return f"The format `{format_name}` is not known."
    except (ValueError, TypeError, AttributeError):
        plain = None
    if isinstance(plain, bool) or not isinstance(plain, int | float) or not raw:
        return "The text is not a number in the tag's format."
    try:
        value = cells.scaled(Decimal(repr(plain)), power)
    except InvalidOperation:
        value = None
    if value is None:
        return "The number is out of range."
    return -value if sign == "-" and value else value


@lru_cache(maxsize=64)
def _transformation(format_name: str | None) -> Any:
    from ixbrlparse.components.transform import get_format

    # Scale and sign are applied in decimal arithmetic by the caller.
    return get_format(format_name)(format_=format_name or "", decimals="0", scale=0, sign="")


def excerpt(content: bytes, name: str, locator: str) -> str | None:
    """Text of the tag at a locator."""
    for place, element in places(tree(content, name)):
        if place == locator:
            return _text(element)
    return None
