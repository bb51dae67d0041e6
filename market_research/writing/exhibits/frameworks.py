"""Frameworks as they stand in the report."""

from datetime import date

from market_research.analysis.base import say
from market_research.writing.evidence import Draft
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
        title = _titled(m, company, f"Strengths, weaknesses, opportunities and threats of {company}.", parts)
        key = "-".join("".join(c if c.isalnum() else " " for c in company.lower()).split())
        blocks.append(Framework(f"swot-{key}", "swot", title, _parts(parts), _note(parts)))
    return [*blocks, *(refused for one in m.frameworks if one.framework == "swot" for refused in one.refused)]


def pestel(m: Material) -> list[Block]:
    """What presses from outside by factor; nothing if no factor has a row."""
    parts = [one for one in m.frameworks if one.framework == "pestel"]
    refused: list[Block] = [refused for one in parts for refused in one.refused]
    if not any(one.rows for one in parts):
        return refused
    title = _titled(m, m.subject.name, f"What presses on {m.subject.name} from outside, by factor.", parts)
    return [Framework("pestel", "pestel", title, _parts(parts), _note(parts)), *refused]


def _titled(m: Material, subject: str, title: str, components: list[Component]) -> Draft:
    """The title, on what the rows rest on; how many they are is a fact of its own, for they may be quotations only."""
    rows = [row.sentence for one in components for row in one.rows]
    facts, passages = [i for row in rows for i in row.fact_ids], [i for row in rows for i in row.passage_ids]
    counted = m.book.derive(
        "framework_rows", subject, float(len(rows)), "count",
        formula=f"count(rows of {components[0].framework})", inputs=facts,
    )  # fmt: skip
    return say(title, counted, facts, passages=passages)


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
