"""Which cited facts are the operands of a calculation: of the companies, the measure and the years that are named.

What a sentence leaves open may be filled only where the cited facts leave one possibility. Where they leave several,
there is no operand: among many facts, some two always give the number that is wanted.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from market_research.writing import numbers
from market_research.writing.evidence import Fact
from market_research.writing.gate import figures, wording
from market_research.writing.gate import operations as ops
from market_research.writing.gate.operations import Operation
from market_research.writing.gate.reading import Reading
from market_research.writing.numbers import Token

T = TypeVar("T")
WHOLE_YEAR = 350
_NAMES = {
    "revenue": r"revenues?|sales|turnover|turned over|top line",
    "net_income": r"net (?:income|profits?|loss(?:es)?|earnings)|earnings|earned"
    r"|(?<!operating )(?<!gross )profits?|bottom line",
    "operating_income": r"operating (?:income|profits?|loss(?:es)?)",
    "gross_profit": r"gross profits?",
    "research_and_development": r"research(?: and development)?|R&D",
    "market_share": r"shares?|of the covered|accounted for|of the (?:total|market)",
    "revenue_growth": r"gr[eo]w\w*|growth|pace|faster|slower|expan\w+|rose|fell|shr[aiu]nk",
}  # fmt: skip
_MEASURES = {metric: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for metric, words in _NAMES.items()}
_STARTS = re.compile(
    r"\b(?:from|since|than|against|compared (?:with|to)|after|versus|over)\s+(?:(?:in|of|for|that|fiscal|the"
    r"|FY|year)\s*){0,3}$",
    re.IGNORECASE,
)
_SPANS = re.compile(
    r"\b(?:from|since|between|to|through|until|and|than|against|compared (?:with|to)|after|versus)\s+"
    r"(?:(?:in|of|for|that|fiscal|the|FY|year)\s*){0,3}$",
    re.IGNORECASE,
)
_FROM_YEAR = re.compile(r"\b(?:from|since|between)\s+(?:(?:in|fiscal|the|FY|year)\s*){0,3}$", re.IGNORECASE)
_OVER = re.compile(
    r"\b(?:over|in|within|across)\s+(?:the\s+)?(\w+)\s+years\b|\b(\w+)\s+years\s+(?:earlier|before|ago)\b", re.I
)
_SMALL = {word: value for value, word in enumerate(numbers.WORDS)}


@dataclass(frozen=True)
class Series:
    """One measure by company and fiscal year."""

    metric: str
    unit: str
    dimensions: str
    values: dict[tuple[str, int], Fact]

    def years(self, *companies: str) -> list[int]:
        """Years of which there is a figure of each of these companies."""
        of = [{year for entity, year in self.values if entity == company} for company in companies]
        return sorted(set.intersection(*of)) if of else []

    def get(self, company: str, year: int) -> Fact | None:
        return self.values.get((company, year))


def series(known: Iterable[Fact], reading: Reading) -> list[Series]:
    """Facts as series of whole years (or of days). A year with two values is left out, unless one of them is shown."""
    groups: dict[tuple[str, str, str], list[Fact]] = defaultdict(list)
    for fact in known:
        year = fact.fiscal_year or (fact.period_end.year if fact.period_end else None)
        if year is not None and (not fact.dimensions or _says_dimension(fact.dimensions, reading)):
            groups[fact.metric, fact.unit, fact.dimensions].append(fact)
    made = []
    for (metric, unit, dimensions), facts in groups.items():
        whole = [f for f in facts if _whole(f)] or facts
        found: dict[tuple[str, int], list[Fact]] = defaultdict(list)
        for fact in whole:
            year = fact.fiscal_year or fact.period_end.year  # type: ignore[union-attr]
            if all(fact.value != other.value for other in found[fact.entity, year]):
                found[fact.entity, year].append(fact)
        values = {}
        for key, same in found.items():
            if len(same) > 1:
                same = [f for f in same if any(_shows(token, f) for token in reading.figures)]
            if len(same) == 1:
                values[key] = same[0]
        made.append(Series(metric, unit, dimensions, values))
    return made


def _whole(fact: Fact) -> bool:
    if not fact.period_start or not fact.period_end:
        return True
    return (fact.period_end - fact.period_start).days >= WHOLE_YEAR


def _says_dimension(dimensions: str, reading: Reading) -> bool:
    return dimensions.rpartition("=")[2].lower() in reading.text.lower()


def _shows(token: Token, fact: Fact) -> bool:
    return figures.fits(token.kind, fact.unit) and (
        numbers.agrees(token, fact.value) or numbers.agrees(token, -fact.value)
    )


def named(found: Sequence[Series], reading: Reading) -> list[Series]:
    """Those series whose measure the sentence names; all of them if it names none. Another measure's name excludes."""
    said = [one for one in found if _names(one.metric, reading.text)]
    if said:
        # "Operating income" also says "income": the longest name is meant.
        return [one for one in said if not any(_within(one.metric, other.metric) for other in said)]
    spoken = [
        metric
        for metric in ("revenue", "net_income", "operating_income", "gross_profit")
        if _names(metric, reading.text)
    ]
    return [one for one in found if not (spoken and one.metric in _MEASURES and one.unit not in (numbers.PERCENT,))]


def _names(metric: str, text: str) -> bool:
    if metric in _MEASURES:
        return bool(_MEASURES[metric].search(text))
    low = text.lower()
    return all(word in low for word in metric.lower().split("_"))


def _within(metric: str, other: str) -> bool:
    return metric != other and set(metric.split("_")) < set(other.split("_"))


def operands(
    one: Series, operation: Operation, reading: Reading, token: Token, companies: set[str]
) -> list[Fact] | None:
    """The facts that the operation computes with, the one that is spoken of first; None if they are not all cited."""
    if operation.kind in (ops.SUM, ops.PART) or (operation.kind == ops.MEAN and operation.companies):
        return _of_companies(one, operation.companies, reading, token)
    who = operation.subject or _only([entity for entity, _ in one.values if entity in companies])
    if who is None:
        return None
    if not operation.over_time:
        other = str(operation.reference)
        year = _year_of(one, reading, token, who, other)
        pair = [one.get(who, year), one.get(other, year)] if year else [None]
        return _complete(pair)
    span = _span(one, operation, reading, token, who)
    if span is None:
        return None
    old, new = span
    if operation.kind == ops.MEAN:
        return _complete([one.get(who, year) for year in range(old, new + 1)])
    return _complete([one.get(who, new), one.get(who, old)])


def _complete(found: Sequence[Fact | None]) -> list[Fact] | None:
    facts = [fact for fact in found if fact is not None]
    return facts if len(facts) == len(found) else None


def _only(values: Iterable[T]) -> T | None:
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _of_companies(one: Series, names: Sequence[str], reading: Reading, token: Token) -> list[Fact] | None:
    year = _year_of(one, reading, token, *names)
    return _complete([one.get(name, year) for name in names]) if year else None


def _year_of(one: Series, reading: Reading, token: Token, *names: str) -> int | None:
    """The year in which companies are set side by side."""
    said = nearest_year(reading, token)
    if said is None:
        shown = {
            year for (entity, year), fact in one.values.items()
            if entity in names and any(t is not token and _shows(t, fact) for t in reading.figures)
        }  # fmt: skip
        return _only(one.years(*names)) or _only(shown)
    begin, end = reading.clause(token.start)
    return said - 1 if wording.EARLIER.search(reading.text[begin:end]) else said


def _span(one: Series, operation: Operation, reading: Reading, token: Token, who: str) -> tuple[int, int] | None:
    """From which year to which something moved: the named ones, else from the year before."""
    known = one.years(who)
    named_years = [t for t in reading.years if int(t.value) != operation.reference]
    said = nearest_year(reading, token, without=operation.reference)
    if isinstance(operation.reference, int):
        new = said or _only([year for year in known if year > operation.reference])
        return (operation.reference, new) if new and new > operation.reference else None
    distinct = sorted({int(t.value) for t in named_years})
    if operation.reference is None and len(distinct) == 2:
        spans = [t for t in named_years if _SPANS.search(reading.before(t.start, 60))]
        if spans:
            return distinct[0], distinct[1]
    if said is None:
        shown = {
            year for year in known
            if any(t is not token and _shows(t, one.values[who, year]) for t in reading.figures)
        }  # fmt: skip
        if len(known) == 2 and known[1] - known[0] == 1:
            return known[0], known[1]
        return (min(shown), max(shown)) if len(shown) == 2 and max(shown) - min(shown) == 1 else None
    place = next(t for t in reading.years if int(t.value) == said)
    if operation.reference is None and _FROM_YEAR.search(reading.before(place.start, 60)):
        later = _only([year for year in known if year > said])
        return (said, later) if later else None
    return said - _length(reading), said


def _length(reading: Reading) -> int:
    match = _OVER.search(reading.text)
    word = (match[1] or match[2]).lower() if match else ""
    length = _SMALL.get(word) or (int(word) if word.isdigit() else 1)
    return length if 0 < length < 50 else 1


def nearest_year(reading: Reading, token: Token, *, without: int | str | None = None) -> int | None:
    """The year that a number stands in: of its clause, else the last one said before it, else the next."""
    years = [t for t in reading.years if t.value != without]
    if not years:
        return None
    begin, end = reading.clause(token.start)
    inside = [t for t in years if begin <= t.start < end]
    after = [t for t in inside if t.start >= token.end]
    if inside:
        return int((after or inside[::-1])[0].value)
    before = [t for t in years if t.start < token.start]
    return int((before[::-1] or years)[0].value)
