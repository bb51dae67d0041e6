"""What the renderers of text formats share: numbering, anchors, and where each piece of evidence is cited first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from market_research.report.ledger import Line, groups, lines, runs
from market_research.report.model import (
    Block,
    Evidence,
    Figure,
    Framework,
    KeyFindings,
    Report,
    Section,
    Source,
    Table,
)

# More printed numbers than this after one sentence hide the sentence.
MOST_ITEMS = 6
_NUMBER = re.compile(r"^[^\d]{0,4}\d[\d,  ]*(?:\.(\d+))?")


@dataclass(frozen=True)
class Part:
    """A section with its number and anchor; ``subheads`` are anchors and texts of its subheadings."""

    number: int
    anchor: str
    section: Section
    subheads: tuple[tuple[str, str], ...]
    strip: bool


@dataclass(frozen=True)
class Citation:
    """One printed item of a sentence's citations: where it leads, its anchor if it has one, and what it covers."""

    number: int
    text: str
    anchor: str | None
    joint: str
    covers: tuple[int, ...]


@dataclass
class View:
    """A report prepared for one renderer, which walks it once from front to back.

    ``cite`` hands out the anchor of a piece of evidence at its first citation, so that the appendix, which comes
    last, knows where to point back.
    """

    report: Report
    parts: tuple[Part, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table | Framework, ...] = ()
    evidence: dict[int, Evidence] = field(default_factory=dict)
    sources: dict[int, Source] = field(default_factory=dict)
    used_by: dict[int, tuple[int, ...]] = field(default_factory=dict)
    marked: dict[int, tuple[int, str]] = field(default_factory=dict)
    place: int = 0

    def __post_init__(self) -> None:
        report = self.report
        blocks = [block for section in report.sections for block in section.blocks]
        self.figures = tuple(b for b in blocks if isinstance(b, Figure))
        self.tables = tuple(b for b in blocks if isinstance(b, Table | Framework))
        self.evidence = {e.number: e for e in report.evidence}
        self.sources = {s.number: s for s in report.sources}
        strip = next((i for i, s in enumerate(report.sections) if _has_findings(s)), 0)
        self.parts = tuple(
            Part(
                number=i + 1,
                anchor=f"s{i + 1}",
                section=section,
                subheads=tuple(
                    (f"s{i + 1}-{j + 1}", b.text) for j, b in enumerate(section.blocks) if b.type == "subheading"
                ),
                strip=i == strip and bool(report.key_figures),
            )
            for i, section in enumerate(report.sections)
        )
        users: dict[int, list[int]] = {}
        for entry in report.evidence:
            for number in entry.inputs:
                users.setdefault(number, []).append(entry.number)
        self.used_by = {number: tuple(sorted(set(found))) for number, found in users.items()}

    def enter(self, part: Part) -> str:
        """Say which section is being written; returns nothing to print."""
        self.place = part.number
        return ""

    def cite(self, numbers: Sequence[int]) -> list[Citation]:
        """What is printed for the citations of one sentence: runs as ranges, and not more than six items.

        The first citation of an entry gets the anchor that the appendix leads back to; an entry within a range
        leads back to the end that is printed before it.
        """
        spans = runs([n for n in numbers if n in self.evidence])
        shown = spans if len(spans) <= MOST_ITEMS else spans[: MOST_ITEMS - 1]
        pieces: list[tuple[str, list[int], str]] = []
        for first, last in shown:
            if first < last:
                pieces.append((str(first), list(range(first, last)), "–"))
            pieces.append((str(last), [last], ", "))
        if len(spans) > len(shown):
            hidden = [n for first, last in spans[len(shown) :] for n in range(first, last + 1)]
            pieces.append(("…", hidden, ", "))
        return [
            Citation(covers[0], text, self._mark(covers), joint if place < len(pieces) else "", tuple(covers))
            for place, (text, covers, joint) in enumerate(pieces, 1)
        ]

    def _mark(self, numbers: Sequence[int]) -> str | None:
        """The anchor for a citation of ``numbers`` if any of them is cited for the first time, else None."""
        fresh = [n for n in numbers if n not in self.marked]
        for number in fresh:
            self.marked[number] = (self.place, f"c{fresh[0]}")
        return f"c{fresh[0]}" if fresh else None

    def hints(self, numbers: Sequence[int]) -> str:
        """What stands behind one citation: a line or two for each entry that it leads to."""
        return "\n".join(f"[{n}] {self.hint(n)}" if len(numbers) > 1 else self.hint(n) for n in numbers)

    def hint(self, number: int) -> str:
        """One line about a piece of evidence, shown when the reader points at its citation."""
        entry = self.evidence.get(number)
        if entry is None:
            return ""
        origin = entry.formula or ""
        source = self.sources.get(entry.source_number) if entry.source_number is not None else None
        if source is not None:
            origin = f"{source.title}{f', {entry.locator}' if entry.locator else ''}"
        exact = entry.exact if len(entry.exact) <= 240 else entry.exact[:239] + "…"
        return " · ".join(t for t in (entry.subject, entry.label, entry.period) if t) + f": {exact}\n{origin}"

    def lines(self) -> list[Line]:
        """The evidence appendix; to be asked for when the text has been walked."""
        return lines(self)

    def appendix(self) -> list[list[Line]]:
        """Its lines in the paragraphs in which they are printed."""
        return groups(self.lines())


def _has_findings(section: Section) -> bool:
    return any(isinstance(block, KeyFindings) for block in section.blocks)


def subhead_anchor(part: Part, block: Block) -> str:
    """The anchor of a subheading within its section."""
    return f"{part.anchor}-{list(part.section.blocks).index(block) + 1}"


def decimal_padding(table: Table) -> list[list[float]]:
    """For each cell, the room in em to add on its right, so that decimal points of a column are in one line.

    A digit of the report's font is 0.58 em wide and a point 0.24 em; only right-aligned columns are padded.
    """
    decimals = [[_decimals(cell.text) for cell in row] for row in table.rows]
    most = [
        max((row[i] or 0 for row in decimals if i < len(row)), default=0) if column.align == "right" else 0
        for i, column in enumerate(table.columns)
    ]
    return [
        [
            0.0
            if found is None or i >= len(most) or most[i] <= found
            else round(0.58 * (most[i] - found) + (0.24 if found == 0 else 0.0), 2)
            for i, found in enumerate(row)
        ]
        for row in decimals
    ]


def _decimals(text: str) -> int | None:
    found = _NUMBER.match(text)
    return None if found is None else len(found.group(1) or "")


def motif_shares(report: Report) -> list[float]:
    """Numbers of the report that shape the cover: shares or sizes of its companies, largest first.

    Without a chart that compares companies the bytes of the hash of its inputs have to do.
    """
    for kind in ("stacked_area", "bar", "line", "grouped_bar", "scatter"):
        for section in report.sections:
            for block in section.blocks:
                if isinstance(block, Figure) and block.chart.kind == kind:
                    series = block.chart.series
                    many = [abs(s.points[-1].y) for s in series if s.points]
                    values = many if len(many) > 2 else [abs(p.y) for s in series for p in s.points]
                    if len(values) > 2 and max(values) > 0:
                        return sorted((v / max(values) for v in values[:14]), reverse=True)
    digits = re.sub(r"[^0-9a-f]", "", report.inputs_sha256.lower()) or "8421"
    return sorted((int(d, 16) / 15 for d in digits[:11]), reverse=True)
