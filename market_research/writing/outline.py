"""What a writer hands in: sections of drafts. The gate judges every sentence and number before they become a report."""

from dataclasses import dataclass, field
from typing import Literal

from market_research.report.model import Chart
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

Level = Literal["high", "medium", "low"]
OFFLINE = "offline"
"""The writer of every sentence that names no model."""


@dataclass(frozen=True)
class Paragraph:
    sentences: tuple[Draft, ...]


@dataclass(frozen=True)
class Subheading:
    text: str


@dataclass(frozen=True)
class KeyFinding:
    headline: Draft
    meaning: tuple[Draft, ...]
    confidence: float


@dataclass(frozen=True)
class KeyFindings:
    items: tuple[KeyFinding, ...]


@dataclass(frozen=True)
class Bullet:
    lead: str | None
    sentences: tuple[Draft, ...]


@dataclass(frozen=True)
class Bullets:
    items: tuple[Bullet, ...]


@dataclass(frozen=True)
class Quote:
    """Verbatim words; the draft's text is them in quotation marks."""

    sentence: Draft
    attribution: str


@dataclass(frozen=True)
class Action:
    """A recommendation. All sentences are judged; one without ``what``, ``measure`` and ``risk`` is left out."""

    who: str
    what: Draft
    by_when: str
    measure: Draft
    effect: Draft | None
    risk: Draft
    impact: Level
    urgency: Level
    confidence: float


@dataclass(frozen=True)
class Actions:
    items: tuple[Action, ...]


@dataclass(frozen=True)
class Gap:
    sentence: Draft


@dataclass(frozen=True)
class Reply:
    """What answers a question; ``gap`` stands where no sentence does."""

    sentences: tuple[Draft, ...]
    gap: Draft


@dataclass(frozen=True)
class Refused:
    """A sentence that the gate refused before the outline was made: recorded with the reason, and not shown."""

    sentence: Draft
    reason: str


@dataclass(frozen=True)
class Cell:
    """A table cell: a text, or a fact shown in its short form (``text`` overrides the form, and is judged)."""

    text: str | None = None
    fact: Fact | None = None
    strong: bool = False

    @property
    def shown(self) -> str:
        if self.text is not None:
            return self.text
        assert self.fact is not None
        return numbers.short(self.fact.value, self.fact.unit)


@dataclass(frozen=True)
class Table:
    key: str
    title: Draft
    columns: tuple[tuple[str, Literal["left", "right"]], ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str | None = None


@dataclass(frozen=True)
class Figure:
    key: str
    title: Draft
    chart: Chart
    alt: str
    note: str | None = None


@dataclass(frozen=True)
class FrameworkPart:
    """One component: its rows, each with a few words that name it, or the sentence that there are none."""

    name: str
    items: tuple[Bullet, ...]
    gap: Draft
    score: Fact | None = None
    direction: str | None = None


@dataclass(frozen=True)
class Framework:
    """A SWOT, the five forces or PESTEL as a table. All rows are judged; one that is refused is left out."""

    key: str
    kind: Literal["swot", "five_forces", "pestel"]
    title: Draft
    parts: tuple[FrameworkPart, ...]
    note: str | None = None


Block = (
    Paragraph
    | Subheading
    | KeyFindings
    | Bullets
    | Quote
    | Actions
    | Gap
    | Reply
    | Refused
    | Table
    | Figure
    | Framework
)


@dataclass
class Section:
    key: str
    title: str
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class KeyFigure:
    label: str
    fact: Fact


@dataclass(frozen=True)
class Outline:
    """A whole report as written, before the gate."""

    title: str
    subtitle: str
    period: str
    writer: str
    entities: tuple[str, ...]
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[Section, ...]
    rules: tuple[Draft, ...] = ()
    """Sentences that rules made from facts: a model's sentences may use their words."""
