"""What a framework consists of: components with rows, and these as rows of a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from market_research.cleaning.schema import FRAMEWORK_ITEMS
from market_research.ids import content_id
from market_research.writing import gate, review
from market_research.writing.evidence import Draft, Evidence, Fact
from market_research.writing.outline import OFFLINE, Refused

Framework = Literal["swot", "five_forces", "pestel"]
Direction = Literal["rising", "steady", "falling", "unknown"]
SWOT = ("strengths", "weaknesses", "opportunities", "threats")
FORCES = ("rivalry", "new_entrants", "substitutes", "buyer_power", "supplier_power")
FACTORS = ("political", "economic", "social", "technological", "environmental", "legal")
COMPONENTS: dict[Framework, tuple[str, ...]] = {"swot": SWOT, "five_forces": FORCES, "pestel": FACTORS}
TITLES = {
    "rivalry": "Rivalry", "new_entrants": "New entrants", "substitutes": "Substitutes",
    "buyer_power": "Power of buyers", "supplier_power": "Power of suppliers",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row: a few words that name it, a sentence with its evidence, how sure it is (0 to 100), and of when."""

    item: str
    sentence: Draft
    confidence: float
    period: str


@dataclass(frozen=True)
class Component:
    """One component of a framework for a subject (a company, or the industry's name).

    A force has a ``score`` (a derived fact, 1 weak to 5 strong) where a measure gives one, and a ``direction``. Without
    rows ``gap`` says that there is no evidence. ``refused`` are rows that the gate did not let pass; ``why`` tells why
    it was made without the model, or who changed it.
    """

    framework: Framework
    name: str
    subject: str
    rows: tuple[Row, ...]
    gap: Draft
    score: Fact | None = None
    direction: Direction | None = None
    refused: tuple[Refused, ...] = ()
    why: str = ""

    @property
    def title(self) -> str:
        return TITLES.get(self.name, self.name.capitalize())

    @property
    def evidence_ids(self) -> tuple[str, ...]:
        """Facts and passages that its rows rest on."""
        ids = (i for row in self.rows for i in (*row.sentence.fact_ids, *row.sentence.passage_ids))
        return tuple(dict.fromkeys(ids))

    @property
    def fact_ids(self) -> tuple[str, ...]:
        """All facts of it: of its rows or its gap, and its score."""
        drafts = [row.sentence for row in self.rows] or [self.gap]
        return (*(i for draft in drafts for i in draft.fact_ids), *([self.score.fact_id] if self.score else []))


def judged(component: Component, evidence: Evidence, whole: Evidence | None = None) -> Component:
    """The component with the rows that pass the gate; the others are among its refused ones.

    ``whole`` is all evidence, where a reader's selection leaves some of it out: what passes with it was not refused.
    """
    verdicts = [(row, gate.judge(row.sentence, evidence)) for row in component.rows]
    if all(verdict.kept for _, verdict in verdicts):
        return component
    refused = tuple(
        Refused(row.sentence, verdict.reason or "")
        for row, verdict in verdicts
        if not verdict.kept and (whole is None or not gate.judge(row.sentence, whole).kept)
    )
    kept = tuple(row for row, verdict in verdicts if verdict.kept)
    return replace(component, rows=kept, refused=(*component.refused, *refused))


def reviewed(component: Component, decisions: review.Decisions, evidence: Evidence) -> Component:
    """The component without the rows that reviewers rejected, and with those that they edited in their words."""
    after = [(row, review.settled(row.sentence, decisions, evidence)) for row in component.rows]
    rows = tuple(replace(row, sentence=one.draft) for row, one in after if not one.rejected)
    return replace(component, rows=rows)


def find(components: Iterable[Component], framework: str, name: str, subject: str) -> Component | None:
    """The component of this framework, name and subject."""
    wanted = (framework, name, subject)
    return next((c for c in components if (c.framework, c.name, c.subject) == wanted), None)


def frame(components: Sequence[Component], industry: str, edition_id: str) -> pl.DataFrame:
    """Rows of ``FRAMEWORK_ITEMS``; a component without rows is one row of the kind ``gap``."""
    return FRAMEWORK_ITEMS.frame(
        {
            "item_id": content_id(
                "item", edition_id, one.framework, one.name, one.subject, ordinal, row.item, row.sentence.text
            ),
            "edition_id": edition_id,
            "industry": industry,
            "framework": one.framework,
            "component": one.name,
            "subject": one.subject,
            "ordinal": ordinal,
            "kind": "item" if one.rows else "gap",
            "item": row.item,
            "text": row.sentence.text,
            "fact_ids": list(row.sentence.fact_ids),
            "finding_ids": list(row.sentence.finding_ids),
            "passage_ids": list(row.sentence.passage_ids),
            "confidence": row.confidence,
            "period": row.period or None,
            "score": int(one.score.value) if one.score else None,
            "score_fact_id": one.score.fact_id if one.score else None,
            "direction": one.direction,
            "writer": row.sentence.writer or OFFLINE,
        }
        for one in components
        for ordinal, row in enumerate(one.rows or (Row("No evidence", one.gap, 100.0, ""),))
    )
