"""Company facts as the SEC publishes them: every value a company ever tagged, in one JSON document."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from market_research.cleaning.names import normalised_cik
from market_research.errors import UnreadableDocument
from market_research.sources import cells, units
from market_research.sources.jsonpath import NumberText, child, find, load_document, text_of
from market_research.sources.parsed import Company, Number, Parsed, Reject


def parse(content: bytes, name: str) -> Parsed:
    """Every point of every concept and unit as a ``Number``; the locator is the point's JSON path.

    Raises:
        UnreadableDocument: not JSON, or without the members ``entityName`` and ``facts``.
    """
    document = load_document(content, name)
    if not isinstance(document, dict) or not isinstance(document.get("facts"), dict):
        raise UnreadableDocument(f"{name}: company facts without an object `facts`; fetch the file again.")
    entity = document.get("entityName")
    if not isinstance(entity, str) or not entity.strip():
        raise UnreadableDocument(f"{name}: company facts without `entityName`; fetch the file again.")
    entity = entity.strip()
    cik = normalised_cik(text_of(document.get("cik")))
    parsed = Parsed("company_facts", title=f"{entity}, company facts", company=Company(entity, cik=cik))
    for taxonomy, concepts in document["facts"].items():
        path = child("$.facts", taxonomy)
        for concept, body in _members(concepts, path, parsed):
            _read_concept(parsed, entity, f"{taxonomy}:{concept}", child(path, concept), body)
    newest = max((number.filed_on for number in parsed.numbers if number.filed_on), default=None)
    if newest:
        parsed.published_at = datetime(newest.year, newest.month, newest.day, tzinfo=UTC)
    return parsed


def _members(value: Any, path: str, parsed: Parsed) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    parsed.rejects.append(Reject(path, "An object was expected here.", text_of(value)))
    return []


def _read_concept(parsed: Parsed, entity: str, concept: str, path: str, body: Any) -> None:
    by_unit = body.get("units") if isinstance(body, dict) else None
    for stated, points in _members(by_unit, child(path, "units"), parsed):
        place = child(child(path, "units"), stated)
        if not isinstance(points, list):
            parsed.rejects.append(Reject(place, "A list of points was expected here.", text_of(points)))
            continue
        numerator, slash, denominator = stated.partition("/")
        unit = units.of_xbrl(numerator, denominator if slash else None)
        for index, point in enumerate(points):
            locator = f"{place}[{index}]"
            made = _number(entity, concept, unit, stated, locator, point)
            if isinstance(made, Number):
                parsed.numbers.append(made)
            else:
                parsed.rejects.append(Reject(locator, made, text_of(point)))


def _number(entity: str, concept: str, unit: str | None, stated: str, locator: str, point: Any) -> Number | str:
    """The number, or the reason why there is none."""
    if unit is None:
        return f"The unit `{stated}` is not known."
    if not isinstance(point, dict):
        return "A point must be an object."
    raw = point.get("val")
    if not isinstance(raw, NumberText):
        return "The point has no numeric `val`."
    end = _date(point.get("end"))
    if end is None:
        return "The point has no valid date `end`."
    start = _date(point.get("start"))
    if point.get("start") is not None and start is None:
        return "The point's date `start` is not valid."
    if start and start > end:
        return "The point's period ends before it starts."
    try:
        value = cells.scaled(Decimal(raw), 0)
    except InvalidOperation:
        value = None
    if value is None:
        return "The value is out of range."
    return Number(
        entity=entity,
        concept=concept,
        value=value,
        unit=unit,
        locator=locator,
        raw=str(raw),
        period_start=start,
        period_end=end,
        filed_on=_date(point.get("filed")),
    )


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def excerpt(content: bytes, name: str, locator: str) -> str | None:
    """The ``val`` of the point at a locator, as the document writes it."""
    value = find(load_document(content, name), locator)
    return text_of(value.get("val")) if isinstance(value, dict) and "val" in value else text_of(value)
