"""The evidence appendix as short lines: what each entry says, where it is from, and the way back to the text.

Everything that is cut here for print stands in full in ``report.json`` and in the tooltip of the HTML.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from market_research.report.model import Evidence

if TYPE_CHECKING:
    from market_research.report.view import View

_YEAR = re.compile(r"^(\d{4})-01-01 to \1-12-31$")
_SPAN = re.compile(r"^(\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)$")
# A paragraph of more entries than this would hardly be read.
_MOST = 24
LEAD = (
    "Every number and passage that this report cites, with its exact value. S3 is source 3 of appendix B; an arrow "
    "shows how a number was computed and from which entries. A page number leads back to where the report cites the "
    "entry first; entries in grey are cited only by others. A year alone is a calendar year, FY a company's own."
)


def runs(numbers: Sequence[int], least: int = 3) -> list[tuple[int, int]]:
    """Ascending numbers as spans: ``least`` or more in a row become one, any other stands alone.

    >>> runs((1, 2, 5, 6, 7, 9))
    [(1, 1), (2, 2), (5, 7), (9, 9)]
    """
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    found = []
    for span in spans:
        found += [(span[0], span[-1])] if len(span) >= least else [(n, n) for n in span]
    return found


def cut(text: str, most: int) -> str:
    """``text``, shortened in its middle to ``most`` characters: both ends of a locator tell where it leads."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail].rstrip()}…{text[-tail:].lstrip()}"


@dataclass(frozen=True)
class Line:
    """One entry of the appendix, ready to be printed.

    ``back`` is the anchor of its first citation; an entry without one is only an input, and ``users`` is the
    first run of entries that were computed from it. ``grouped`` lines share what their group says once.
    """

    entry: Evidence
    back: str | None
    section: int | None
    users: tuple[tuple[int, int], ...]
    grouped: bool = False

    @property
    def number(self) -> int:
        return self.entry.number

    @property
    def source(self) -> int | None:
        return self.entry.source_number

    @property
    def subject(self) -> str:
        return _head(self.entry.subject, 90)

    @property
    def label(self) -> str:
        return _head(self.entry.label, 130)

    @property
    def period(self) -> str:
        """The period; a calendar year alone where that says it."""
        return _SPAN.sub(r"\1–\2", _YEAR.sub(r"\1", self.entry.period))

    @property
    def about(self) -> str:
        """What follows the subject."""
        return ", ".join(text for text in (self.label, self.period) if text)

    @property
    def exact(self) -> str:
        return _head(self.entry.exact, 160)

    @property
    def place(self) -> str:
        """The first part of a locator, such as a row, which differs within a group."""
        return cut(self._locator[0], 40)

    @property
    def where(self) -> str:
        """The locator, or what a group shares of it, short enough for a line."""
        place, rest = self._locator
        return cut(rest if self.grouped else ", ".join(text for text in (place, rest) if text), 44)

    @property
    def _locator(self) -> tuple[str, str]:
        place, comma, rest = (self.entry.locator or "").partition(", ")
        return place, rest if comma else ""

    @property
    def formula(self) -> str:
        """The formula with signs of arithmetic instead of those of a program."""
        return _head((self.entry.formula or "").replace(" * ", " × ").replace(" - ", " − "), 100)

    @property
    def inputs(self) -> list[tuple[int, int]]:
        return runs(self.entry.inputs)

    @property
    def kin(self) -> tuple[object, ...] | None:
        """What lines of one group have in common; None for a line that stands alone."""
        e = self.entry
        if self.back or e.kind == "passage" or not e.label:
            return None
        return (e.label, e.source_number, self._locator[1], e.formula)

    @property
    def full(self) -> str:
        """All of it, for the tooltip."""
        e = self.entry
        head = ", ".join(text for text in (e.subject, e.label, e.period) if text)
        origin = [t for t in (e.locator, e.formula) if t]
        return "\n".join([head + (f": {e.exact}" if e.exact else ""), *origin, e.id])


def _head(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip(" …") + "…"


def lines(view: "View") -> list[Line]:
    """The appendix, after the text has been walked: only then it is known what is cited where."""
    found = []
    for entry in view.report.evidence:
        section, anchor = view.marked.get(entry.number, (None, None))
        users = () if anchor else tuple(runs(view.used_by.get(entry.number, ())))
        found.append(Line(entry, anchor, section, users[:1]))
    return found


def groups(found: Sequence[Line]) -> list[list[Line]]:
    """The lines in their order; inputs in a row that differ in subject, period and row only come together."""
    made: list[list[Line]] = []
    for _, kin in groupby(found, key=lambda line: line.kin or line.number):
        members = list(kin)
        if len(members) > 1:
            members = [replace(line, grouped=True) for line in members]
        made += [members[start : start + _MOST] for start in range(0, len(members), _MOST)]
    return made
