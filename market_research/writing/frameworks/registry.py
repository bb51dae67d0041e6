"""What was made of each source, by component, and the rows of all sources together: the same row once, cited by all."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from market_research.errors import InvalidInput
from market_research.ids import content_id
from market_research.writing import gate, numbers
from market_research.writing.evidence import Draft, Evidence
from market_research.writing.frameworks.rows import Row
from market_research.writing.gate.support import stems

ALIKE = 0.8
"""Part of their words that two rows share from which they say the same."""


@dataclass(frozen=True)
class Section:
    """The rows of one component that one source gave; ``source_id`` is a document or what else they came from."""

    section_id: str
    component: str
    source_id: str
    rows: tuple[Row, ...]


def section(component: str, source_id: str, rows: Iterable[Row], *, batch: int = 0) -> Section:
    """A section with the id that its component, source and batch give it."""
    return Section(content_id("item", "section", component, source_id, batch), component, source_id, tuple(rows))


@dataclass
class Registry:
    """Sections in the order in which they came."""

    _sections: dict[str, Section] = field(default_factory=dict)

    def register(self, made: Section) -> None:
        """Keep a section.

        Raises:
            InvalidInput: one of this id is there already.
        """
        if made.section_id in self._sections:
            raise InvalidInput(f"The section {made.section_id} of {made.source_id} is registered already.")
        self._sections[made.section_id] = made

    def sections(self, component: str) -> list[Section]:
        """All sections of a component, of all sources."""
        return [one for one in self._sections.values() if one.component == component]

    def rows(self, component: str, evidence: Evidence) -> tuple[Row, ...]:
        """The rows of all sources, the surest first; those that say the same are one with the evidence of all."""
        merged: list[Row] = []
        for row in (row for one in self.sections(component) for row in one.rows):
            at = next((place for place, other in enumerate(merged) if alike(row, other)), None)
            if at is None:
                merged.append(row)
            else:
                merged[at] = _merged(merged[at], row, evidence)
        return tuple(sorted(merged, key=lambda row: -row.confidence))


def alike(one: Row, other: Row) -> bool:
    """True for rows with the same figures and nearly the same words."""
    if _figures(one) != _figures(other):
        return False
    mine, theirs = stems(one.sentence.text), stems(other.sentence.text)
    return one.sentence.text == other.sentence.text or len(mine & theirs) >= ALIKE * max(1, len(mine | theirs))


def _figures(row: Row) -> list[tuple[str, float]]:
    return sorted((token.kind, token.value) for token in numbers.tokens(row.sentence.text))


def _merged(first: Row, second: Row, evidence: Evidence) -> Row:
    """The first row with the evidence of both, if the gate lets it stand on that; else as it is."""
    a, b = first.sentence, second.sentence
    both = Draft(
        a.text,
        tuple(dict.fromkeys((*a.fact_ids, *b.fact_ids))),
        tuple(dict.fromkeys((*a.finding_ids, *b.finding_ids))),
        tuple(dict.fromkeys((*a.passage_ids, *b.passage_ids))),
        a.writer,
    )
    if not gate.judge(both, evidence).kept:
        return first
    return replace(first, sentence=both, confidence=max(first.confidence, second.confidence))
