"""Numbers of a sentence against the cited facts: that they are there, and of the company and year named."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from market_research.writing import numbers
from market_research.writing.evidence import Evidence, Fact, Passage
from market_research.writing.gate import wording
from market_research.writing.gate.reading import Mention, Reading
from market_research.writing.numbers import Token

_CHANGE = re.compile(r"growth|change|cagr|contribution|gain|gap|_part\b|pace|premium")
_FISCAL = re.compile(r"\b(?:fiscal(?:\s+years?)?|FY)\s*$", re.IGNORECASE)
_IN = re.compile(r"\s*,?\s*(?:in|for|of|during)\s+(?:the\s+year\s+)?(?:fiscal(?:\s+year)?\s+|FY\s*)?", re.IGNORECASE)
_BRACKET = re.compile(r"(?:['’]s)?\s*(?:\(|:)\s*")
NEAR = 0.1
"""How far from a bound "nearly" and "just over" may be, of the bound."""
# Kinds of tokens that place a number in time instead of being one.
TIMES = ("year", numbers.DATE)


def is_change(fact: Fact) -> bool:
    """True for a fact whose sign says up or down, not gain or loss: a growth rate, points of a margin."""
    return fact.unit == numbers.POINTS or bool(_CHANGE.search(fact.metric))


def wrong_number(
    reading: Reading, facts: Sequence[Fact], passages: Sequence[Passage], evidence: Evidence
) -> str | None:
    """Why a number of the sentence must not stand; None if all may."""
    if not reading.tokens:
        return None
    in_passages = {(t.value, t.kind) for p in passages for t in passage_tokens(p.text)}
    supporters: dict[int, list[Fact]] = {}
    for token in reading.tokens:
        if (token.value, token.kind) in in_passages:
            continue
        if token.kind in TIMES:
            timely = _wrong_time(token, reading, facts, passages, evidence)
            if isinstance(timely, str):
                return timely
            if timely:
                continue
        found = [fact for fact in facts if supports(token, fact, reading)]
        if found:
            supporters[token.start] = found
        elif not (token.kind == numbers.COUNT and round(token.value) in _counts(reading, facts, evidence)):
            return f"the number {token.text!r} is in none of the cited facts or passages"
    if not supporters:
        return None
    return _of_another_company(reading, supporters, evidence) or _of_another_year(reading, supporters, evidence)


def supports(token: Token, fact: Fact, reading: Reading) -> bool:
    """True if the token shows the fact, or a bound of it: "more than $70 billion" of 70.8 billion."""
    if not fits(token.kind, fact.unit):
        return False
    bound = _bound(token, reading)
    # A bound far off is true and says nothing: half and double are as far as one may go.
    near = bool(wording.CLOSE.search(reading.text[: token.start]))
    if bound == "more":
        return token.value < fact.value < token.value * (1 + NEAR if near else 2) or token.value == fact.value
    if bound == "less":
        return token.value * (1 - NEAR if near else 0.5) < fact.value < token.value or token.value == fact.value
    if numbers.agrees(token, fact.value):
        return True
    words = wording.NEGATIVE if is_change(fact) else wording.LOSS
    return (
        fact.value < 0 and token.value > 0 and numbers.agrees(token, -fact.value) and bool(words.search(reading.text))
    )


def _bound(token: Token, reading: Reading) -> str | None:
    """``more`` or ``less`` if the token is the bound of an unnamed figure, not the second of two that are compared."""
    found = wording.BOUND.search(reading.text[: token.start])
    if not found or token.value <= 0 or token.kind == numbers.COUNT:
        return None
    if any(other.kind == token.kind and other.start < token.start for other in reading.tokens):
        return None
    return "more" if found["more"] else "less"


def _counts(reading: Reading, facts: Sequence[Fact], evidence: Evidence) -> set[int]:
    """How many companies the sentence names, and how many the cited figures are of."""
    companies = set(evidence.names.values())
    return {len({m.name for m in reading.mentions}), len({f.entity for f in facts if f.entity in companies})}


def fits(kind: str, unit: str) -> bool:
    """May a number of this kind state a value in this unit?"""
    if kind == numbers.PERCENT:
        return unit == numbers.PERCENT
    if kind == numbers.POINTS:
        return unit == numbers.POINTS
    if kind == "times":
        return unit == numbers.RATIO
    if kind in ("year", "number", numbers.COUNT):
        currency = re.fullmatch(r"[A-Z]{3}(/shares)?", unit)
        return not currency and unit not in (numbers.PERCENT, numbers.POINTS, numbers.RATIO)
    if kind in ("loose", numbers.DATE):
        return False
    return unit in (kind, f"{kind}/shares")


@lru_cache(maxsize=16384)
def passage_tokens(text: str) -> tuple[Token, ...]:
    """The numbers of a passage."""
    return tuple(numbers.tokens(text))


def with_inputs(facts: Iterable[Fact], evidence: Evidence, depth: int = 2) -> list[Fact]:
    """Facts and what they were computed from, so many steps back."""
    found = {fact.fact_id: fact for fact in facts}
    pending = list(found.values())
    for _ in range(depth):
        ids = dict.fromkeys(i for fact in pending for i in fact.inputs if i not in found)
        pending = [evidence.facts[i] for i in ids if i in evidence.facts]
        found |= {fact.fact_id: fact for fact in pending}
    return list(found.values())


def _wrong_time(
    token: Token, reading: Reading, facts: Sequence[Fact], passages: Sequence[Passage], evidence: Evidence
) -> str | bool:
    """True for a year or day of the evidence, a reason for one that is not; False if it may be a plain number."""
    known = with_inputs(facts, evidence)
    if token.kind == numbers.DATE:
        days = {day.toordinal() for fact in facts for day in (fact.period_start, fact.period_end) if day}
        days |= {p.published_on.toordinal() for p in passages if p.published_on}
        return int(token.value) in days or f"the date {token.text!r} is of none of the cited facts or passages"
    year = int(token.value)
    if _FISCAL.search(reading.text[: token.start]):
        fiscal = {y for fact in known for y in _fiscal_years(fact)}
        return year in fiscal or f"fiscal {year} is the year of none of the cited facts"
    years = {y for fact in known for y in fact.years} | {p.published_on.year for p in passages if p.published_on}
    return year in years


def _fiscal_years(fact: Fact) -> set[int]:
    """Fiscal years that a fact speaks of: a reported one of its own, a derived one of where its span begins too."""
    years = {fact.fiscal_year} if fact.fiscal_year else fact.years
    if fact.derived and fact.period_start:
        years = years | {fact.period_start.year}
    return {year for year in years if year}


def ranges(reading: Reading) -> list[tuple[Token, Token]]:
    """The two ends of each range: "ranged from 3 to 9". They are of different companies, so they stand by nobody."""
    shown = [token for token in reading.tokens if token.kind not in (*TIMES, numbers.COUNT)]
    return [
        (low, high)
        for low, high in pairwise(shown)
        if wording.RANGE.search(reading.text[: low.start])
        and re.fullmatch(r"\s*(?:to|and)\s+(?:about\s+)?", reading.text[low.end : high.start])
    ]


def _of_another_company(reading: Reading, supporters: dict[int, list[Fact]], evidence: Evidence) -> str | None:
    """A number that stands by one company's name and is another's."""
    if not reading.mentions:
        return None
    companies = set(evidence.names.values())
    if reading.respectively:
        return _out_of_order(reading, supporters, companies)
    ends = {token.start for pair in ranges(reading) for token in pair}
    for start, found in supporters.items():
        owners = {fact.entity for fact in found}
        if not owners <= companies or start in ends:
            continue
        by = _candidates(reading, start)
        if not by or owners & {mention.name for mention in by}:
            continue
        if reading.means_unnamed(start) and not owners & {mention.name for mention in reading.mentions}:
            continue
        token = next(token for token in reading.tokens if token.start == start)
        return f"the number {token.text!r} is {_listed(owners)}'s, not {_listed({m.name for m in by})}'s"
    return None


def _candidates(reading: Reading, at: int) -> list[Mention]:
    """Who a number at a place may be of: the nearest names in its clause, else those of the clause before it."""
    in_brackets = [m for m in reading.mentions if _BRACKET.fullmatch(reading.text[m.end : at])]
    if in_brackets:
        return in_brackets
    begin, end = reading.clause(at)
    inside = [m for m in reading.mentions if begin <= m.start < end]
    if inside:
        before = [m for m in inside if m.start < at]
        spoken_of = [m for m in before if not reading.is_measure(m)] or before
        return spoken_of[-1:] + [m for m in inside if m.start > at][:1]
    earlier = [m for m in reading.mentions if m.start < at]
    if not earlier:
        return [m for m in reading.mentions if m.start > at][:1]
    nearest_clause = reading.clause(earlier[-1].start)
    return [earlier[0], *(m for m in earlier if nearest_clause[0] <= m.start < nearest_clause[1])]


def _out_of_order(reading: Reading, supporters: dict[int, list[Fact]], companies: set[str]) -> str | None:
    """ "A and B took 3 and 5 respectively": the first number is A's."""
    names = list(dict.fromkeys(mention.name for mention in reading.mentions))
    owned = [(start, {fact.entity for fact in found}) for start, found in sorted(supporters.items())]
    owned = [(start, owners) for start, owners in owned if owners <= companies]
    if len(owned) != len(names):
        return None
    for name, (start, owners) in zip(names, owned, strict=True):
        if name not in owners:
            token = next(token for token in reading.tokens if token.start == start)
            return f"the number {token.text!r} is {_listed(owners)}'s, not {name}'s"
    return None


def _of_another_year(reading: Reading, supporters: dict[int, list[Fact]], evidence: Evidence) -> str | None:
    """A number that its clause, or the words right after it, put into a year that it is not of."""
    for token in reading.tokens:
        if token.kind != "year" or token.start in supporters:
            continue
        begin, end = reading.clause(token.start)
        beside = [start for start in supporters if begin <= start < end]
        # "$2 billion in fiscal 2020": the number right before the year is the one that is of it.
        last = max((t for t in reading.tokens if t.start < token.start), key=lambda t: t.start, default=None)
        if last and last.start in beside and _IN.fullmatch(reading.text[last.end : token.start]):
            beside = [last.start]
        if not beside:
            continue
        known = with_inputs((fact for start in beside for fact in supporters[start]), evidence)
        if not any(int(token.value) in fact.years | _fiscal_years(fact) for fact in known):
            shown = next(t.text for t in reading.tokens if t.start == beside[0])
            return f"the number {shown!r} is not of {token.text}"
    return None


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
