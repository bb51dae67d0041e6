"""Frameworks as they stand in the report."""

from datetime import date

from market_research.analysis.base import say
from market_research.writing.frameworks import forces
from market_research.writing.frameworks.rows import Component, Row
from market_research.writing.frameworks.rules import shown
from market_research.writing.material import Material
from market_research.writing.numbers import MONTHS
from market_research.writing.outline import Block, Bullet, Framework, FrameworkPart


def five_forces(m: Material) -> list[Block]:
    """The five forces with scores, directions and measures; nothing if not one has a score."""
    parts = [one for one in m.frameworks if one.framework == "five_forces"]
    scored = [one.score for one in parts if one.score]
    refused: list[Block] = [refused for one in parts for refused in one.refused]
    if not scored:
        return refused
    title = say(f"How hard does each of Porter's forces press on the profits of companies in {m.subject.name}?", scored)
    return [Framework("five-forces", "five_forces", title, _parts(parts), _note(parts, forces.rules())), *refused]


def swot(m: Material) -> list[Block]:
    """The SWOT of the largest companies about which enough is known."""
    blocks: list[Block] = []
    for company in shown(m.frameworks):
        parts = [one for one in m.frameworks if one.framework == "swot" and one.subject == company]
        ids = [i for one in parts for row in one.rows for i in row.sentence.fact_ids]
        passages = [i for one in parts for row in one.rows for i in row.sentence.passage_ids]
        title = say(f"Strengths, weaknesses, opportunities and threats of {company}.", ids, passages=passages)
        key = "-".join("".join(c if c.isalnum() else " " for c in company.lower()).split())
        blocks.append(Framework(f"swot-{key}", "swot", title, _parts(parts), _note(parts)))
    return [*blocks, *(refused for one in m.frameworks if one.framework == "swot" for refused in one.refused)]


def pestel(m: Material) -> list[Block]:
    """What presses from outside by factor; nothing if no factor has a row."""
    parts = [one for one in m.frameworks if one.framework == "pestel"]
    refused: list[Block] = [refused for one in parts for refused in one.refused]
    rows = [row.sentence for one in parts for row in one.rows]
    if not rows:
        return refused
    ids, passages = [i for row in rows for i in row.fact_ids], [i for row in rows for i in row.passage_ids]
    title = say(f"What presses on {m.subject.name} from outside, by factor.", ids, passages=passages)
    return [Framework("pestel", "pestel", title, _parts(parts), _note(parts)), *refused]


def _note(components: list[Component], rule: str = "") -> str | None:
    """The rule, and why components were made without the model or who had them changed."""
    return " ".join(dict.fromkeys(text for text in (rule, *(one.why for one in components)) if text)) or None


def _parts(components: list[Component]) -> tuple[FrameworkPart, ...]:
    return tuple(
        FrameworkPart(
            one.title, tuple(Bullet(_lead(row), (row.sentence,)) for row in one.rows), one.gap, one.score, one.direction
        )
        for one in components
    )


def _lead(row: Row) -> str:
    """The row's name; what has no period in its sentence, as a source's own words, comes with the day of the source."""
    try:
        day = date.fromisoformat(row.period)
    except ValueError:
        return row.item.rstrip(".")
    return f"{row.item.rstrip('.')} ({MONTHS[day.month - 1]} {day.day}, {day.year})"
