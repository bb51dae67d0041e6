"""Numbers of a sentence against the cited facts: that they are there, and of the company and year named."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from market_research.writing import numbers
from market_research.writing.evidence import Evidence, Fact, Passage
from market_research.writing.gate import wording
from market_research.writing.gate.reading import Mention, Reading
from market_research.writing.numbers import Token

if TYPE_CHECKING:
    from market_research.writing.gate.arithmetic import Result

_CHANGE = re.compile(r"growth|change|cagr|contribution|gain|gap|_part\b|pace|premium")
_FISCAL = re.compile(r"\b(?:fiscal(?:\s+years?)?|FY)\s*$", re.IGNORECASE)
_IN = re.compile(r"\s*,?\s*(?:in|for|of|during)\s+(?:the\s+year\s+)?(?:fiscal(?:\s+year)?\s+|FY\s*)?", re.IGNORECASE)
_RIGHT_AFTER = re.compile(r"\s*(?:in|for|of)?\s*")
_VERSUS = re.compile(r"\s*,?\s*(?:versus|vs\.?|to|against|compared (?:with|to))\s+", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|between)\s+(?:about\s+)?$", re.IGNORECASE)
_BRACKET = re.compile(r"(?:['’]s)?\s*(?:\(|:)\s*")
NEAR = 0.1
"""How far from a bound "nearly" and "just over" may be, of the bound."""
# Kinds of tokens that place a number in time instead of being one.
TIMES = ("year", numbers.DATE)


def is_change(fact: Fact) -> bool:
    """True for a fact whose sign says up or down, not gain or loss: a growth rate, points of a margin."""
    return fact.unit == numbers.POINTS or bool(_CHANGE.search(fact.metric))


def wrong_number(
    reading: Reading,
    facts: Sequence[Fact],
    passages: Sequence[Passage],
    evidence: Evidence,
    results: Mapping[int, "Result"],
) -> str | None:
    """Why a number of the sentence must not stand; None if all may. ``results`` are those that its words derive."""
    if not reading.tokens and not results:
        return None
    companies = set(evidence.names.values())
    spoken = [result for result in results.values() if not result.token.step]
    said = " ".join(passage.text for passage in passages).lower() if spoken else ""
    for result in spoken:
        if not result.holds and (result.firm or not result.operation) and result.token.text.lower() not in said:
            return result.said
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
        if any(result.token.start <= token.start < result.token.end for result in spoken):
            continue
        result = results.get(token.start)
        found = [fact for fact in facts if supports(token, fact, reading)]
        if result and result.firm:
            found = [fact for fact in found if _may_be_derived(fact, result, companies)]
        if result and result.holds and (result.firm or not found):
            continue
        if found:
            supporters[token.start] = found
        elif result:
            return f"the number {token.text!r} does not follow: {result.said}"
        elif not (token.kind == numbers.COUNT and round(token.value) in _counts(reading, facts, evidence)):
            return f"the number {token.text!r} is in none of the cited facts or passages"
    if not supporters:
        return None
    # The years come first: they leave of what a number may show the facts of its year, which must be the company's.
    return (
        _of_another_time(reading, supporters)
        or _of_another_year(reading, supporters, evidence)
        or _of_another_company(reading, supporters, evidence)
        or _out_of_pair(reading, supporters, companies)
    )


def _may_be_derived(fact: Fact, result: "Result", companies: set[str]) -> bool:
    """Can a fact itself be what the words derive? A level of one company is no difference, sum or multiple."""
    if result.operation and result.operation.kind == "sum":
        return fact.entity not in companies
    return fact.entity not in companies or is_change(fact) or fact.unit == numbers.RATIO


def supports(token: Token, fact: Fact, reading: Reading) -> bool:
    """True if the token shows the fact, or a bound of it: "more than $70 billion" of 70.8 billion."""
    if not fits(token.kind, fact.unit) and not _is_cents_of(token, fact, reading):
        return False
    bound = _bound(token, reading)
    # A bound far off is true and says nothing: half and double are as far as one may go.
    near = bound is not None and bool(wording.CLOSE.search(reading.before(token.start, 60)))
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


def _is_cents_of(token: Token, fact: Fact, reading: Reading) -> bool:
    """ "5.3 cents of every dollar of revenue" says 5.3% of revenue, which is kept or lost as its sign says."""
    if token.kind != numbers.CENTS or fact.unit != numbers.PERCENT or is_change(fact):
        return False
    lost = bool(wording.LOSS.search(reading.text))
    return bool(wording.EVERY_DOLLAR.search(reading.text)) and (lost == (fact.value < 0) or not wording.OWN.search(reading.text))


def _bound(token: Token, reading: Reading) -> str | None:
    """``more`` or ``less`` if the token is the bound of an unnamed figure, not the second of two that are compared."""
    found = bound_before(reading.before(token.start, 60))
    if not found or token.value <= 0 or token.kind == numbers.COUNT:
        return None
    if any(other.kind == token.kind and other.start < token.start for other in reading.tokens):
        return None
    return found


@lru_cache(maxsize=4096)
def bound_before(words: str) -> str | None:
    """``more`` or ``less`` where words end in those of a bound: "at least", "not quite"."""
    found = wording.BOUND.search(words)
    return None if not found else "more" if found["more"] else "less"


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
    if _FISCAL.search(reading.before(token.start, 40)):
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
        if len(beside) == 1:
            start = beside[0]
            of_year = [f for f in supporters[start] if int(token.value) in f.years | _fiscal_years(f)]
            supporters[start] = of_year or supporters[start]
    return None


def _of_another_time(reading: Reading, supporters: dict[int, list[Fact]]) -> str | None:
    """ "$2 billion the year before", "a year earlier it had trailed, $2 billion to $3 billion"."""
    for match in wording.EARLIER.finditer(reading.text):
        years = [int(t.value) for t in reading.years if t.start < match.start()]
        years = years or [int(t.value) for t in reading.years]
        if not years or len(set(years)) != 1:
            continue
        opens = not reading.text[: match.start()].strip() or reading.text[: match.start()].rstrip()[-1] in ";("
        end = reading.text.find(";", match.end())
        until = end if end >= 0 else len(reading.text)
        for start, found in supporters.items():
            token = next(t for t in reading.tokens if t.start == start)
            follows = _RIGHT_AFTER.fullmatch(reading.text[token.end : match.start()]) and token.end <= match.start()
            if not follows and not (opens and match.end() <= start < until and not any(match.end() <= t.start < start for t in reading.years)):
                continue
            fitting = [fact for fact in found if not fact.fiscal_year or fact.fiscal_year == years[-1] - 1]
            if not fitting:
                return f"the number {token.text!r} is not of {match.group()}"
            supporters[start] = fitting
    return None


def _out_of_pair(reading: Reading, supporters: dict[int, list[Fact]], companies: set[str]) -> str | None:
    """ "A overtook B, $3 billion versus $2 billion": the first number is A's, whoever is spoken of first."""
    names = list(dict.fromkeys(mention.name for mention in reading.mentions))
    if len(names) != 2 or reading.is_measure(reading.mentions[0]):
        return None
    for first, second in pairwise(reading.figures):
        if first.kind != second.kind or not _VERSUS.fullmatch(reading.text[first.end : second.start]):
            continue
        if _FROM.search(reading.text[: first.start]) or any(m.start > first.start for m in reading.mentions):
            continue
        for token, name in ((first, names[0]), (second, names[1])):
            owners = {fact.entity for fact in supporters.get(token.start, ())}
            if owners and owners <= companies and name not in owners:
                return f"the number {token.text!r} is {_listed(owners)}'s, not {name}'s"
    return None


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
