"""Parsed documents to staged tables: ids, canonical names and metrics, fiscal years, passages."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from market_research.cleaning import (
    language,
    metrics,
    neutral,
    periods,
    personal,
    record_texts,
    spam,
    suspicion,
    titles,
)
from market_research.cleaning.schema import (
    FACTS,
    PASSAGES,
    QUALITY_FLAGS,
    QUARANTINE,
    REPLACED_ROWS,
    SECURITY_EVENTS,
    TABLE_ROWS,
    Table,
)
from market_research.ids import content_id
from market_research.retrieval import chunking
from market_research.sources.parsed import FIRST_PLACES, Number, Parsed, Reject

WHOLE_DOCUMENT = "document"
"""Locator of a reject that is a whole document."""
VALUE, LEFT_OUT = "facts.value", "left out"
"""A missing value makes no fact: nothing is filled in."""
RECORD = "table_rows.record"
TITLE = "title"
"""Locator of a document's title."""
MAX_RAW = 2_000


@dataclass(frozen=True)
class Staged:
    """One document's records, each frame with exactly the columns of its registered table."""

    facts: pl.DataFrame
    passages: pl.DataFrame
    table_rows: pl.DataFrame
    quarantine: pl.DataFrame
    security_events: pl.DataFrame
    quality_flags: pl.DataFrame
    replaced_rows: pl.DataFrame
    language: str | None = None
    title: str | None = None


def stage(
    parsed: Parsed,
    *,
    industry: str,
    document_id: str,
    uri: str,
    entity_names: Mapping[str, str] | None = None,
    quarantined_at: datetime | None = None,
    content: bytes | None = None,
    media_type: str = "",
    texts: Sequence[record_texts.Treated] = (),
) -> Staged:
    """The staged records of one document.

    Where its bytes are given (``content``, of ``media_type``), hidden texts are looked for in them too. ``texts`` is
    what was found in those of its tables that are loaded whole.
    ``entity_names`` maps names as stated to canonical ones (``names.resolve``); others stay as stated.
    Every number is a row, also where a document states the same figure in several places.
    """
    resolved = entity_names or {}
    parsed = spam.without_spam(parsed)
    events: list[suspicion.Event] = []
    if content is not None:
        parsed, events = suspicion.without_hidden_orders(parsed, content, media_type, uri)
    markup: list[neutral.Neutralised] = [found for text in texts for found in text.markup]
    events += [event for text in texts for event in text.events]

    def without_markup(table: Table, frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        made, found = neutral.neutral_frame(table, frame, *columns)
        markup.extend(found)
        return made

    passages = without_markup(PASSAGES, PASSAGES.frame(_passages(parsed, industry, document_id)), "heading", "text")
    passages = passages.filter(pl.col("text") != "")
    facts = FACTS.frame(_facts(parsed, industry, document_id, resolved))
    facts = without_markup(FACTS, facts, "entity", "metric", "concept", "dimensions")
    rows = TABLE_ROWS.frame(
        {
            "row_id": content_id("row", industry, document_id, row.locator),
            "industry": industry,
            "document_id": document_id,
            "locator": row.locator,
            "record": json.dumps(row.record, ensure_ascii=False),
        }
        for row in parsed.rows
    )
    rows = without_markup(TABLE_ROWS, rows, "record")
    replaced = REPLACED_ROWS.frame(
        {
            "replaced_id": content_id("repl", industry, document_id, row.locator, row.rule),
            "industry": industry,
            "document_id": document_id,
            "locator": row.locator,
            "how": row.how,
            "replaced_by": row.by,
            "rule": row.rule,
            "record": json.dumps(row.record, ensure_ascii=False),
        }
        for row in parsed.replaced
    )
    runs_on = int(passages["text"].str.len_chars().sum() or 0) >= suspicion.A_TEXT
    events += suspicion.in_texts(passages.select("locator", "text"), amidst=runs_on)
    events += suspicion.across(passages.select("locator", "text"))
    headings = passages.drop_nulls("heading").unique("heading", keep="first", maintain_order=True)
    events += suspicion.in_texts(headings.select("locator", text="heading"), amidst=False)
    events += suspicion.in_texts(_lines(parsed), amidst=False)
    events += suspicion.in_texts(pl.DataFrame({"locator": [TITLE], "text": [parsed.title or ""]}), amidst=False)
    rejected = quarantine(
        parsed.rejects, industry=industry, document_id=document_id, uri=uri, quarantined_at=quarantined_at
    )
    suspicious = suspicion.rows(events, industry=industry, document_id=document_id)
    redactions: list[personal.Redaction] = [found for text in texts for found in text.redactions]

    def redacted(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        made, found = personal.redact_frame(table, frame)
        redactions.extend(found)
        return made

    title = titles.clean(parsed.title) if parsed.title else None
    if parsed.title and (kinds := personal.redact(parsed.title)[1]):
        redactions += [personal.Redaction("documents.title", kind, count, TITLE) for kind, count in kinds.items()]
    return Staged(
        facts=facts,
        passages=redacted(PASSAGES, passages),
        table_rows=redacted(TABLE_ROWS, rows),
        quarantine=redacted(QUARANTINE, rejected),
        security_events=redacted(SECURITY_EVENTS, suspicious),
        replaced_rows=redacted(REPLACED_ROWS, replaced),
        quality_flags=_flags(redactions, parsed, markup, industry, document_id),
        language=language.of(passages["text"].to_list()),
        title=title,
    )


def _lines(parsed: Parsed) -> pl.DataFrame:
    """Cells of each row as one text, since an order may be divided over them; the heads of columns once."""
    texts = [(row.locator, " ".join(filter(None, row.record.values()))) for row in parsed.rows]
    heads: dict[str, str] = {}
    for row in parsed.rows:
        heads.setdefault(" ".join(row.record), row.locator)
    texts += [(locator, text) for text, locator in heads.items()]
    return pl.DataFrame(texts, schema={"locator": pl.String, "text": pl.String}, orient="row")


def set_aside(
    rejects: Iterable[Reject],
    *,
    industry: str,
    document_id: str,
    uri: str,
    quarantined_at: datetime | None = None,
    texts: Sequence[record_texts.Treated] = (),
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """What is to be said of a document whose rows were loaded whole: rows of ``QUARANTINE``, with personal data
    redacted, of ``QUALITY_FLAGS`` and of ``SECURITY_EVENTS``.
    """
    rows = quarantine(rejects, industry=industry, document_id=document_id, uri=uri, quarantined_at=quarantined_at)
    made, redactions = personal.redact_frame(QUARANTINE, rows)
    redactions += [found for text in texts for found in text.redactions]
    markup = [found for text in texts for found in text.markup]
    events = suspicion.rows([e for text in texts for e in text.events], industry=industry, document_id=document_id)
    events, found = personal.redact_frame(SECURITY_EVENTS, events)
    return made, _flags([*redactions, *found], Parsed(WHOLE_DOCUMENT), markup, industry, document_id), events


def _flags(
    redactions: Iterable[personal.Redaction],
    parsed: Parsed,
    markup: Iterable[neutral.Neutralised],
    industry: str,
    document_id: str,
) -> pl.DataFrame:
    place = {"industry": industry, "document_id": document_id}
    rows: list[dict[str, Any]] = [
        {
            **place,
            "field": made.field,
            "flag": "redacted",
            "what": made.kind,
            "strategy": f"replaced by [{made.kind}]",
            "count": made.count,
            "locator": made.locator,
        }
        for made in redactions
    ]
    rows += [
        {
            **place,
            "field": made.field,
            "flag": "markup",
            "what": "tags or links",
            "strategy": "removed",
            "count": made.count,
            "locator": made.locator,
        }
        for made in markup
    ]
    counts: Counter[str] = Counter()
    places: dict[str, list[str]] = {}
    for gap in parsed.gaps:
        # Tables of one document may share a column's name.
        counts[gap.column] += gap.count
        known = places.setdefault(gap.column, [])
        known += gap.locators[: FIRST_PLACES - len(known)]
    rows += [
        {
            **place,
            "field": VALUE,
            "flag": "missing",
            "what": column,
            "strategy": LEFT_OUT,
            "count": count,
            "locator": "; ".join(places[column]),
        }
        for column, count in counts.items()
    ]
    rows += [
        {
            **place,
            "field": RECORD,
            "flag": "outside",
            "what": gap.column,
            "strategy": LEFT_OUT,
            "count": gap.count,
            "locator": "; ".join(gap.locators),
        }
        for gap in parsed.outside
    ]
    cells = {(made.column, made.locator): made for made in parsed.filled}
    rows += [
        {**place, "field": RECORD, "flag": "filled", "what": made.column, "strategy": made.strategy, "count": 1,
         "locator": made.locator}
        for made in cells.values()
    ]  # fmt: skip
    return QUALITY_FLAGS.frame(rows)


def quarantine(
    rejects: Iterable[Reject],
    *,
    industry: str,
    document_id: str | None,
    uri: str,
    quarantined_at: datetime | None = None,
) -> pl.DataFrame:
    """Rejects as rows of the quarantine; a repeated id (same place, same reason) stands once."""
    moment = quarantined_at or datetime.now(UTC)
    rows: dict[str, dict[str, Any]] = {}
    for reject in rejects:
        key = content_id("bad", industry, document_id or uri, reject.locator, reject.reason)
        rows.setdefault(
            key,
            {
                "quarantine_id": key,
                "industry": industry,
                "document_id": document_id,
                "uri": uri,
                "locator": reject.locator,
                "reason": reject.reason,
                "raw": None if reject.raw is None else reject.raw[:MAX_RAW],
                "quarantined_at": moment,
            },
        )
    return QUARANTINE.frame(rows.values())


def unreadable(
    reason: str, *, industry: str, document_id: str | None, uri: str, quarantined_at: datetime | None = None
) -> Staged:
    """The staging of a document that cannot be read at all: one row of quarantine."""
    return Staged(
        facts=FACTS.frame(),
        passages=PASSAGES.frame(),
        table_rows=TABLE_ROWS.frame(),
        security_events=SECURITY_EVENTS.frame(),
        quality_flags=QUALITY_FLAGS.frame(),
        replaced_rows=REPLACED_ROWS.frame(),
        quarantine=quarantine(
            [Reject(WHOLE_DOCUMENT, reason)],
            industry=industry,
            document_id=document_id,
            uri=uri,
            quarantined_at=quarantined_at,
        ),
    )


def _facts(parsed: Parsed, industry: str, document_id: str, resolved: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    year_ends = _year_ends(parsed)
    for number in parsed.numbers:
        yield {
            "fact_id": content_id(
                "fact",
                industry,
                document_id,
                number.locator,
                number.entity,
                number.concept,
                number.period_start,
                number.period_end,
                number.unit,
                number.dimensions,
            ),
            "industry": industry,
            "entity": resolved.get(number.entity, number.entity),
            "metric": metrics.canonical(number.concept),
            "concept": number.concept,
            "period_start": number.period_start,
            "period_end": number.period_end,
            "fiscal_year": _fiscal_year(number, year_ends.get(number.entity)),
            "period_kind": periods.period_kind(number.period_start, number.period_end),
            "value": number.value,
            "unit": number.unit,
            "dimensions": number.dimensions,
            "raw": number.raw,
            "filed_on": number.filed_on or (parsed.published_at.date() if parsed.published_at else None),
            "document_id": document_id,
            "locator": number.locator,
            "method": number.method,
        }


def _year_ends(parsed: Parsed) -> dict[str, tuple[int, int]]:
    """Month and day on which each subject's fiscal year ends: as stated, else where most annual periods end."""
    ends: dict[str, Counter[tuple[int, int]]] = {}
    for number in parsed.numbers:
        start, end = number.period_start, number.period_end
        if end and number.fiscal_year is None and periods.period_kind(start, end) == "annual":
            ends.setdefault(number.entity, Counter())[end.month, end.day] += 1
    found = {entity: _usual(counts) for entity, counts in ends.items()}
    if parsed.company and parsed.company.fiscal_year_end:
        found[parsed.company.name] = parsed.company.fiscal_year_end
    return found


def _usual(counts: Counter[tuple[int, int]]) -> tuple[int, int]:
    """The most frequent month with its latest day: years of 52 or 53 weeks end on different days."""
    months = Counter[int]()
    for (month, _), count in counts.items():
        months[month] += count
    usual = max(months.items(), key=lambda item: (item[1], -item[0]))[0]
    return usual, max(day for month, day in counts if month == usual)


def _fiscal_year(number: Number, year_end: tuple[int, int] | None) -> int | None:
    """The year named by the source, else of an annual period by its end, else of the year it lies in."""
    end = number.period_end
    if number.fiscal_year is not None or end is None:
        return number.fiscal_year
    if periods.period_kind(number.period_start, end) == "annual":
        year = periods.fiscal_year(end)
    elif year_end is not None:
        year = periods.fiscal_year_containing(end, year_end)
    else:
        return None
    return year if periods.EARLIEST_YEAR <= year <= periods.LATEST_YEAR else None


def _passages(parsed: Parsed, industry: str, document_id: str) -> Iterable[dict[str, Any]]:
    for passage in chunking.passages(parsed.blocks):
        yield {
            "passage_id": passage.passage_id(industry, document_id),
            "industry": industry,
            "document_id": document_id,
            "ordinal": passage.ordinal,
            "char_start": passage.char_start,
            "char_end": passage.char_end,
            "heading": " > ".join(passage.headings) or None,
            "published_on": passage.published_on,
            "locator": passage.locator,
            "language": language.of([passage.text]) if passage.published_on else None,
            # Where hidden orders were blanked out, words stand far apart.
            "text": passage.text if "   " not in passage.text else " ".join(passage.text.split()),
        }
