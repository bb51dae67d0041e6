"""What connectors share: names in paths, answers in JSON, and the few types that sources write as text."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import quote, unquote

from market_research.cleaning import periods
from market_research.cleaning.neutral import INLINE, TAG
from market_research.connectors.base import Answer, Ask, Fetched
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources import cells
from market_research.sources.decode import decode
from market_research.sources.grid import damage, printable
from market_research.sources.jsonpath import NumberText, child, load_document, text_of
from market_research.sources.markup import clean
from market_research.sources.parsed import Gap, Number, Parsed, Reject, Row

_QUOTED = 200
_LONGEST = 120
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z")

# Nothing here may look for an end that never comes from each of many beginnings: that takes the square of the length.
_SILENT = re.compile(
    r"<(script|style|template|noscript|iframe|object|svg)\b[^<>]*>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)"
    r"|<!doctype[^<>]*>|<\?[^<>]*\?>",
    re.I | re.S,
)


def segment(name: str) -> str:
    """A name as one segment of a path; ``name_of`` gives it back.

    >>> segment("Cloud & AI")
    'Cloud_%26_AI'
    """
    text = quote(name, safe=" ~-").replace("_", "%5F").replace(" ", "_")
    return text.replace(".", "%2E") if text.strip(".") == "" else text


def group_segment(group: Sequence[str]) -> str:
    """Several names as one segment of bounded length; a long list is cut, with a hash that tells lists apart."""
    text = segment(" or ".join(group))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}~{sha256(text.encode()).hexdigest()[:8]}"


def groups(names: Sequence[str], size: int, most: int) -> list[list[str]]:
    """Names in groups of one size, at most so many groups."""
    return [list(names[i : i + size]) for i in range(0, len(names), size)][:most]


def name_of(text: str) -> str:
    """The name that ``segment`` made a path's segment of."""
    return unquote(text.replace("_", " "))


def terms(request: ResearchRequest, *kinds: str) -> list[str]:
    """What to search for, in the order in which kinds are named: companies, technologies, keywords, segments."""
    listed = {
        "companies": [company.name for company in request.companies],
        "technologies": [*request.technologies],
        "keywords": [*request.keywords],
        "segments": [*request.segments],
    }
    found: dict[str, str] = {}
    for kind in kinds:
        for name in listed[kind]:
            plain_name = " ".join(re.sub(r"[\"“”()\\]", " ", name).split())
            if plain_name:
                found.setdefault(plain_name.lower(), plain_name)
    return list(found.values())


def answer(ask: Ask, path: str, found: Fetched, *, title: str = "", published_at: datetime | None = None) -> Answer:
    """What was fetched, as the answer of this path."""
    return Answer(
        path=path,
        title=title or ask.title,
        url=found.url,
        content=found.content,
        media_type=found.media_type,
        published_at=published_at,
        stale=found.stale,
        problem=found.problem,
    )


def json_answer(content: bytes, name: str) -> Any:
    """The JSON of an answer, numbers kept as their own text.

    Raises:
        UnreadableDocument: something else came; the message says what.
    """
    text = decode(content, name).strip()
    if text[:1] not in {"{", "["}:
        raise UnreadableDocument(f"{name}: {came(text)} came where JSON was expected; ask again later.")
    return load_document(content, name)


def came(text: str) -> str:
    """What an answer of the wrong kind is, in words, with its beginning."""
    text = text.strip()
    if not text:
        return "nothing"
    kind = "a web page" if re.match(r"<(?:!doctype html|html|head|body)\b", text, re.I) else "a text"
    kind = "XML" if text.startswith("<?xml") else kind
    return f"{kind} ({printable(plain(text[:2000])[:_QUOTED]) or 'without words'})"


def wrong_shape(name: str, document: Any, expected: str) -> UnreadableDocument:
    """The error for JSON that is not what the source documents; it quotes what came."""
    raw = printable((text_of(document) or "null")[:_QUOTED])
    return UnreadableDocument(
        f"{name}: {raw} came where {expected} was expected; check the question, or ask again later."
    )


def records(items: list[Any], place: str, parsed: Parsed) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a list with their places. Each becomes a row; what is no object, or is damaged, a reject."""
    for index, item in enumerate(items):
        locator = child(place, index)
        if not isinstance(item, dict):
            reject(parsed, locator, "An object was expected here.", item)
        elif add_row(parsed, flat(item), locator):
            yield locator, item


def add_row(parsed: Parsed, record: dict[str, str | None], locator: str) -> bool:
    """Put a record among the rows, or among the rejects if its texts are damaged; whether it is a row."""
    reason = damage([*record, *record.values()])
    if reason:
        reject(parsed, locator, reason, record)
    else:
        parsed.rows.append(Row(record, locator))
    return reason is None


def reject(parsed: Parsed, locator: str, reason: str, raw: Any) -> None:
    """Put what could not be accepted among the rejects, with its text in a form that can be stored."""
    text = text_of(raw)
    parsed.rejects.append(Reject(locator, reason, printable("null" if text is None else text)))


def flat(item: dict[str, Any]) -> dict[str, str | None]:
    """An object as named texts; members of objects in it are named ``outer.inner``, deeper ones stay JSON."""
    found: dict[str, str | None] = {}
    for key, value in item.items():
        if isinstance(value, dict) and value:
            found |= {f"{key}.{inner}": text_of(deeper) for inner, deeper in value.items()}
        else:
            found[key] = text_of(value)
    return found


def add_number(
    parsed: Parsed,
    raw: Any,
    locator: str,
    *,
    entity: str,
    concept: str,
    unit: str,
    period: periods.Period | None = None,
    dimensions: str = "",
    power: int = 0,
    signed: bool = True,
) -> None:
    """Put a value among the numbers, or among the rejects if it is none, or among the gaps if it is missing.

    ``signed=False`` is for counts and prices, which cannot be below zero.
    """
    if raw is None or (isinstance(raw, str) and not isinstance(raw, NumberText) and cells.is_missing(raw)):
        parsed.gaps.append(Gap(concept, 1, (locator,)))
        return
    if not isinstance(raw, str) or not _NUMBER.fullmatch(raw):
        reject(parsed, locator, "A number was expected here.", raw)
        return
    try:
        value = cells.scaled(Decimal(raw), power)
    except InvalidOperation:
        value = None
    if value is None:
        reject(parsed, locator, "The number is out of range.", raw)
    elif value < 0 and not signed:
        reject(parsed, locator, f"The {concept} cannot be below zero.", raw)
    else:
        parsed.numbers.append(
            Number(
                entity=entity,
                concept=concept,
                value=value,
                unit=unit,
                locator=locator,
                raw=str(raw),
                period_start=period.start if period else None,
                period_end=period.end if period else None,
                fiscal_year=period.fiscal_year if period else None,
                dimensions=dimensions,
            )
        )


def moment(value: Any) -> datetime | None:
    """A point in time as APIs write it (ISO 8601, or 20240131T120000Z), in UTC; a bare day is its midnight."""
    if not isinstance(value, str):
        return None
    if match := _STAMP.fullmatch(value):
        parts = [int(part) for part in match.groups()]
        try:
            return datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=UTC)
        except ValueError:
            return None
    try:
        found = datetime.fromisoformat(value)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return found if periods.EARLIEST_YEAR <= found.year <= periods.LATEST_YEAR else None


def day(value: Any) -> date | None:
    """A day written 2024-01-31, or the day of a point in time."""
    found = moment(value)
    return found.date() if found else None


def one_day(found: date) -> periods.Period:
    """A flow counted over a single day."""
    return periods.Period(found, found)


def plain(text: Any) -> str:
    """Text without markup: tags dropped, scripts with their content, entities resolved, white space made one space.

    Comparison signs stay: only what is an element's name makes a tag.
    """
    if not isinstance(text, str):
        return ""
    for _ in range(2):  # Publishers' records are often escaped once too often.
        if "<" in text:
            text = TAG.sub(lambda tag: "" if INLINE.match(tag[0]) else " ", _SILENT.sub(" ", text))
        if "&" not in text:
            break
        text = unescape(text)
    else:
        text = TAG.sub(" ", _SILENT.sub(" ", text)) if "<" in text else text
    return clean(text)
