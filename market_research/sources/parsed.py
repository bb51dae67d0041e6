"""What parsers return: typed records with their place in the document, before industry and ids are added."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from market_research.sources.datasets import Extract

FIRST_PLACES = 3
"""As many places of missing values are named for a column; the others are counted."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number as a document states it.

    ``value`` has scale and sign applied and is in ``unit``; ``raw`` is the text as it stands there.
    ``fiscal_year`` is set only where the source names a fiscal year without its dates. ``method`` says how a number
    came about that a declared rule computed or filled in.
    """

    entity: str
    concept: str
    value: float
    unit: str
    locator: str
    raw: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    fiscal_year: int | None = None
    dimensions: str = ""
    filed_on: date | None = None
    method: str = "reported"


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text (a paragraph, a list item, a table's row) with the headings above it, outermost first.

    ``published_at`` is set only where parts of a document have dates of their own (the items of a feed).
    """

    text: str
    locator: str
    headings: tuple[str, ...] = ()
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A well-formed row of a table: column names to the texts in the cells."""

    record: dict[str, str | None]
    locator: str


@dataclass(frozen=True, slots=True)
class Reject:
    """Something that could not be accepted, with its place and the reason in one sentence."""

    locator: str
    reason: str
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Cells of one column without a value, in rows of which other numbers were read: how many, and the first places."""

    column: str
    count: int
    locators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replaced:
    """A row, as read, in whose place a declared rule put the row at ``by``: a newer one, or one made of several."""

    record: dict[str, str | None]
    locator: str
    how: Literal["superseded", "aggregated"]
    by: str
    rule: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A missing cell that a declared rule filled."""

    column: str
    locator: str
    strategy: str


@dataclass(frozen=True, slots=True)
class Company:
    """A company that a document identifies itself as being about.

    ``fiscal_year_end`` is the month and day on which its current fiscal year ends, where stated.
    """

    name: str
    ticker: str | None = None
    cik: str | None = None
    fiscal_year_end: tuple[int, int] | None = None


@dataclass(slots=True)
class Parsed:
    """Everything read from one document. ``extracts`` are tables of a known kind, to be loaded whole.

    ``outside`` counts rows of others than the industry's, which were left out and stay in the raw document.
    """

    kind: str
    title: str | None = None
    published_at: datetime | None = None
    company: Company | None = None
    numbers: list[Number] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    outside: list[Gap] = field(default_factory=list)
    extracts: "list[Extract]" = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    filled: list[Filled] = field(default_factory=list)
