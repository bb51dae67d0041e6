"""The evidence that a writer may use and the gate judges by: facts, findings and passages of one industry."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from market_research.ids import content_id

RECORDED = "recorded"
"""The method of a fact that is one cell of a record of commerce: a price of a day, a stock count."""
CONVERTED = "stated price * rate of exchange of its day"
"""How a price is derived that its cell states in another currency."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One number with its origin.

    For derived facts ``inputs`` are the facts that ``method`` computed it from, and the rows of tables (``rows``).
    """

    fact_id: str
    entity: str
    metric: str
    value: float
    unit: str
    fiscal_year: int | None = None
    period_start: date | None = None
    period_end: date | None = None
    dimensions: str = ""
    document_id: str | None = None
    locator: str = ""
    method: str = "reported"
    inputs: tuple[str, ...] = ()

    @property
    def derived(self) -> bool:
        return self.document_id is None

    @property
    def made(self) -> bool:
        """True for what an analysis or a writer adds to the facts of the documents."""
        return self.derived or self.method == RECORDED

    @property
    def years(self) -> set[int]:
        """Calendar and fiscal years that this fact may be said to be of."""
        return {y for y in (self.fiscal_year, _year(self.period_start), _year(self.period_end)) if y is not None}


def _year(day: date | None) -> int | None:
    return day.year if day else None


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a document's text."""

    passage_id: str
    document_id: str
    text: str
    heading: str | None = None
    locator: str = ""
    published_on: date | None = None


REVIEWER = "reviewer"
"""The writer of sentences that a person worded."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence as a writer hands it in: text and the ids that it rests on.

    ``writer`` is the model or ``REVIEWER``, and empty for the offline writer; ``call_id`` is the call of the model.
    """

    text: str
    fact_ids: tuple[str, ...] = ()
    finding_ids: tuple[str, ...] = ()
    passage_ids: tuple[str, ...] = ()
    writer: str = ""
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A typed result of an analysis.

    ``sentences`` holds the statement first, then what supports it; ``meaning`` says what follows from it.
    Each cites its own evidence.
    """

    finding_id: str
    industry: str
    analysis: str
    kind: str
    subject: str | None
    sentences: tuple[Draft, ...]
    meaning: tuple[Draft, ...]
    value: float | None
    unit: str | None
    stake_usd: float | None
    confidence: float
    as_of: date

    @property
    def statement(self) -> str:
        return self.sentences[0].text

    @property
    def fact_ids(self) -> tuple[str, ...]:
        return _unique(i for draft in (*self.sentences, *self.meaning) for i in draft.fact_ids)

    @property
    def passage_ids(self) -> tuple[str, ...]:
        return _unique(i for draft in (*self.sentences, *self.meaning) for i in draft.passage_ids)


def _unique(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


@dataclass
class FactBook:
    """Facts by id, found by metric, entity and fiscal year; analyses add derived facts to it."""

    industry: str
    facts: dict[str, Fact] = field(default_factory=dict)
    _index: dict[tuple[str, str, int | None, str], str] = field(default_factory=dict)

    def add(self, fact: Fact) -> Fact:
        """Put a fact in; the first of a metric, entity, year and dimensions stays the one that ``get`` finds."""
        self.facts[fact.fact_id] = fact
        self._index.setdefault((fact.metric, fact.entity, fact.fiscal_year, fact.dimensions), fact.fact_id)
        return fact

    def get(self, metric: str, entity: str, fiscal_year: int | None = None, dimensions: str = "") -> Fact | None:
        fact_id = self._index.get((metric, entity, fiscal_year, dimensions))
        return self.facts[fact_id] if fact_id else None

    def derive(
        self,
        metric: str,
        entity: str,
        value: float,
        unit: str,
        *,
        formula: str,
        inputs: Iterable[str],
        fiscal_year: int | None = None,
        start_year: int | None = None,
        period: tuple[date | None, date | None] | None = None,
        dimensions: str = "",
    ) -> Fact:
        """Add a fact computed from others; without ``period``, ``start_year`` to ``fiscal_year`` is its period."""
        ids = _unique(inputs)
        first_year = start_year or fiscal_year
        start, end = period or (
            date(first_year, 1, 1) if first_year else None,
            date(fiscal_year, 12, 31) if fiscal_year else None,
        )
        key = (
            self.industry,
            metric,
            entity,
            fiscal_year,
            start,
            end,
            dimensions,
            unit,
            repr(value),
            formula,
            *ids,
        )
        fact = Fact(
            fact_id=content_id("fact", *key),
            entity=entity,
            metric=metric,
            value=value,
            unit=unit,
            fiscal_year=fiscal_year,
            period_start=start,
            period_end=end,
            dimensions=dimensions,
            method=formula,
            inputs=ids,
        )
        return self.add(fact)

    def record(
        self,
        metric: str,
        entity: str,
        value: float,
        unit: str,
        *,
        document_id: str,
        locator: str,
        day: date | None = None,
        dimensions: str = "",
    ) -> Fact:
        """Add a fact that one record states; ``locator`` is its place in the document, ``day`` when it held."""
        key = (self.industry, document_id, locator, metric, entity, dimensions, unit, repr(value), day)
        return self.add(
            Fact(
                fact_id=content_id("fact", *key), entity=entity, metric=metric, value=value, unit=unit, period_end=day,
                dimensions=dimensions, document_id=document_id, locator=locator, method=RECORDED,
            )
        )  # fmt: skip

    def derived(self) -> list[Fact]:
        return [fact for fact in self.facts.values() if fact.derived]

    def made(self) -> list[Fact]:
        """Facts that are not of the documents' own: derived ones, and cells of records."""
        return [fact for fact in self.facts.values() if fact.made]


def reported(fact: Fact, book: Mapping[str, Fact]) -> Iterator[Fact]:
    """The reported facts that a fact was computed from, or itself."""
    pending, seen = [fact], set()
    while pending:
        one = pending.pop()
        if one.fact_id not in seen:
            seen.add(one.fact_id)
            if not one.derived:
                yield one
            pending += [book[i] for i in one.inputs if i in book]


@dataclass(frozen=True)
class Evidence:
    """Everything that a sentence of one edition may cite."""

    industry: str
    facts: Mapping[str, Fact]
    findings: Mapping[str, Finding]
    passages: Mapping[str, Passage]
    names: Mapping[str, str]
    """Every known form of a company's name, to the canonical one; names of offers that facts are about, too."""
    offers: frozenset[str] = frozenset()
    """Those of the names that are of offers: digits in them are no figures."""


def named_offers(book: FactBook) -> frozenset[str]:
    """Names of the offers that facts of the book are about."""
    return frozenset(fact.entity for fact in book.facts.values() if fact.dimensions.startswith("offer="))


def facts_from_frame(frame: pl.DataFrame) -> list[Fact]:
    """Facts from rows with the columns of ``FACTS``; the locator of a derived fact is read back as its inputs."""
    import json

    facts = []
    for row in frame.iter_rows(named=True):
        derived = row["document_id"] is None
        facts.append(
            Fact(
                fact_id=row["fact_id"],
                entity=row["entity"],
                metric=row["metric"],
                value=row["value"],
                unit=row["unit"],
                fiscal_year=row["fiscal_year"],
                period_start=row["period_start"],
                period_end=row["period_end"],
                dimensions=row["dimensions"],
                document_id=row["document_id"],
                locator="" if derived else row["locator"],
                method=row["method"],
                inputs=tuple(json.loads(row["locator"])) if derived else (),
            )
        )
    return facts
