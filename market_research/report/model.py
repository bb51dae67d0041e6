"""The canonical report: what ``report.json`` holds and every renderer reads.

Nothing in a report is free text: a sentence carries the ids of its evidence and the numbers under
which the appendix lists it; a table cell and a chart point carry the id of the fact that they show.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 2
"""Of ``report.json``. 2: blocks of the type ``framework``, and a section ``questions`` where a reader asked."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentence(Model):
    """One sentence that passed the gate. ``cites`` are evidence numbers of the appendix, ascending."""

    claim_id: str
    text: str
    cites: tuple[int, ...]
    fact_ids: tuple[str, ...] = ()
    finding_ids: tuple[str, ...] = ()
    passage_ids: tuple[str, ...] = ()


class Paragraph(Model):
    type: Literal["paragraph"] = "paragraph"
    sentences: tuple[Sentence, ...]


class Subheading(Model):
    type: Literal["subheading"] = "subheading"
    text: str
    key: str


class KeyFinding(Model):
    """One entry of the executive summary: what was found, and what follows from it."""

    headline: Sentence
    meaning: tuple[Sentence, ...] = ()
    confidence: int


class KeyFindings(Model):
    type: Literal["key_findings"] = "key_findings"
    items: tuple[KeyFinding, ...]


class Bullets(Model):
    """A list; each item may open with a bold lead (a name or a term, no sentence)."""

    type: Literal["bullets"] = "bullets"
    items: tuple["Bullet", ...]


class Bullet(Model):
    lead: str | None = None
    sentences: tuple[Sentence, ...]


class Quote(Model):
    """Words taken verbatim from a passage, shown as a block quotation."""

    type: Literal["quote"] = "quote"
    sentence: Sentence
    attribution: str


class Action(Model):
    """A recommendation: who does what by when, how it is measured, what it is worth and what may go wrong."""

    who: str
    what: Sentence
    by_when: str
    measure: Sentence
    effect: Sentence | None
    risk: Sentence
    impact: Literal["high", "medium", "low"]
    urgency: Literal["high", "medium", "low"]
    confidence: int


class Actions(Model):
    type: Literal["actions"] = "actions"
    items: tuple[Action, ...]


class Gap(Model):
    """Something that the evidence does not answer, said where a reader would look for it."""

    type: Literal["gap"] = "gap"
    sentence: Sentence


class Cell(Model):
    """A table cell; ``fact_id`` is set where it shows a number."""

    text: str
    fact_id: str | None = None
    strong: bool = False


class TableColumn(Model):
    label: str
    align: Literal["left", "right"] = "left"


class Table(Model):
    type: Literal["table"] = "table"
    key: str
    number: int
    title: Sentence
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str | None = None
    source_numbers: tuple[int, ...] = ()


class Point(Model):
    """A chart's point. ``x`` is a category or a year; ``low`` and ``high`` bound an interval."""

    x: str | float
    y: float
    fact_id: str | None
    label: str | None = None
    low: float | None = None
    high: float | None = None
    size: float | None = None


class Series(Model):
    """One series; ``entity`` gives it that company's colour throughout the report."""

    name: str
    entity: str | None = None
    points: tuple[Point, ...]


class Chart(Model):
    """A chart as data.

    Kinds: ``bar`` (horizontal bars, one series, sorted as given), ``grouped_bar`` (vertical, several series),
    ``stacked_area`` (shares over time), ``line`` (several series, labelled at their ends), ``scatter`` (points
    labelled directly, size optional), ``waterfall`` (signed contributions, last point is the total), ``fan``
    (first series history, second series forecast with low and high). Where ``x_unit`` is ``day``, x is a day's ordinal.
    """

    kind: Literal["bar", "grouped_bar", "stacked_area", "line", "scatter", "waterfall", "fan"]
    series: tuple[Series, ...]
    x_title: str | None = None
    y_title: str | None = None
    unit: str
    x_unit: str | None = None
    reference: float | None = None
    reference_label: str | None = None
    log_x: bool = False
    log_y: bool = False
    steps: bool = False
    """Of lines: a value holds until the next point, and points with a label are marked."""


class Figure(Model):
    type: Literal["figure"] = "figure"
    key: str
    number: int
    title: Sentence
    chart: Chart
    alt: str
    note: str | None = None
    source_numbers: tuple[int, ...] = ()


class FrameworkPart(Model):
    """One component of a framework. ``gap`` is set where there is no row; a force may have a score and a direction."""

    name: str
    items: tuple[Bullet, ...]
    gap: Sentence | None = None
    score: Cell | None = None
    direction: str | None = None


class Framework(Model):
    """A SWOT (four parts, two by two), the five forces or PESTEL (a row to each part), numbered with the tables."""

    type: Literal["framework"] = "framework"
    key: str
    number: int
    kind: Literal["swot", "five_forces", "pestel"]
    title: Sentence
    parts: tuple[FrameworkPart, ...]
    note: str | None = None
    source_numbers: tuple[int, ...] = ()


Block = Annotated[
    Paragraph | Subheading | KeyFindings | Bullets | Quote | Actions | Gap | Table | Figure | Framework,
    Field(discriminator="type"),
]


class Section(Model):
    key: str
    title: str
    blocks: tuple[Block, ...]


class KeyFigure(Model):
    """One figure of the strip at the head of the executive summary."""

    label: str
    text: str
    fact_id: str
    cites: tuple[int, ...]


class Evidence(Model):
    """One numbered entry of the evidence appendix: a fact or a passage that sentences cite.

    ``exact`` is the unrounded value with unit. A reported fact has ``source_number`` and ``locator``; a derived
    one has ``formula`` and ``inputs`` (evidence numbers where the inputs are listed too) and ``input_ids``.
    """

    number: int
    kind: Literal["fact", "passage"]
    id: str
    subject: str
    label: str
    period: str
    exact: str
    source_number: int | None = None
    locator: str | None = None
    formula: str | None = None
    inputs: tuple[int, ...] = ()
    input_ids: tuple[str, ...] = ()


class Source(Model):
    """One numbered source: a document, with its hash and what was taken from it."""

    number: int
    document_id: str
    title: str
    publisher: str | None
    kind: str
    published_on: date | None
    uri: str
    licence: str | None
    sha256: str
    facts_used: int
    passages_used: int


class Report(Model):
    """A finished report."""

    schema_version: int = SCHEMA_VERSION
    edition_id: str
    industry: str
    title: str
    subtitle: str
    as_of: date
    period: str
    writer: str
    inputs_sha256: str
    entities: tuple[str, ...]
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[Section, ...]
    evidence: tuple[Evidence, ...]
    sources: tuple[Source, ...]
    claims_kept: int
    claims_refused: int
    claims_reviewed: dict[str, int] = {}
    """How many sentences reviewers approved, edited or rejected; rejected ones count as refused."""

    @property
    def checked(self) -> str:
        """What readers are told about the checks that the statements went through."""
        said = f"{self.claims_kept} statements passed the checks against the evidence"
        said += f", {self.claims_refused} did not and were left out." if self.claims_refused else "."
        if self.claims_reviewed:
            what = ", ".join(f"{kind} {count}" for kind, count in sorted(self.claims_reviewed.items()))
            said += f" Reviewers: {what}."
        return said
