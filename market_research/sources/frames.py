"""Frames as the SEC publishes them: one concept in one period, of every company that reported it."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from market_research.cleaning.names import normalised_cik
from market_research.errors import UnreadableDocument
from market_research.sources import cells, units
from market_research.sources.jsonpath import NumberText, load_document, text_of
from market_research.sources.parsed import Number, Parsed, Reject, Row

_COLUMNS = ("accn", "cik", "entityName", "loc", "start", "end", "val")


def parse(content: bytes, name: str) -> Parsed:
    """A ``Number`` and a row (with the CIK) per company; the locator is the JSON path of its point.

    Raises:
        UnreadableDocument: not JSON, or without ``taxonomy``, ``tag``, ``uom`` and ``data``.
    """
    document = load_document(content, name)
    if not is_frame(document):
        raise UnreadableDocument(f"{name}: not a frame with taxonomy, tag, uom and data; fetch the file again.")
    concept, stated = f"{document['taxonomy']}:{document['tag']}", str(document["uom"])
    # Frames write USD-per-shares in their address and USD/shares inside.
    numerator, _, denominator = stated.replace("-per-", "/").partition("/")
    unit = units.of_xbrl(numerator, denominator or None)
    parsed = Parsed("company_facts", title=f"{document['tag']}, {document.get('ccp') or 'all companies'}")
    for index, point in enumerate(document["data"]):
        locator = f"$.data[{index}]"
        made = _number(concept, unit, stated, locator, point)
        if isinstance(made, Number):
            parsed.numbers.append(made)
            record = {column: text_of(point.get(column)) for column in _COLUMNS}
            parsed.rows.append(Row(record | {"cik": normalised_cik(record["cik"])}, locator))
        else:
            parsed.rejects.append(Reject(locator, made, text_of(point)))
    return parsed


def is_frame(document: Any) -> bool:
    """Whether a JSON document has the members of a frame."""
    return (
        isinstance(document, dict)
        and {"taxonomy", "tag", "uom"} <= document.keys()
        and isinstance(document.get("data"), list)
    )


def _number(concept: str, unit: str | None, stated: str, locator: str, point: Any) -> Number | str:
    """The number, or the reason why there is none."""
    if unit is None:
        return f"The unit `{stated}` is not known."
    if not isinstance(point, dict):
        return "A point must be an object."
    entity, raw, end = point.get("entityName"), point.get("val"), _date(point.get("end"))
    if not isinstance(entity, str) or not entity.strip():
        return "The point names no company."
    if not isinstance(raw, NumberText):
        return "The point has no numeric `val`."
    if end is None:
        return "The point has no valid date `end`."
    start = _date(point.get("start"))
    if (point.get("start") is not None and start is None) or (start and start > end):
        return "The point's date `start` is not valid."
    try:
        value = cells.scaled(Decimal(raw), 0)
    except InvalidOperation:
        value = None
    if value is None:
        return "The value is out of range."
    return Number(entity.strip(), concept, value, unit, locator, str(raw), start, end)


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
