"""On which side of something a number stands: what a count is of, which end of an interval, of which aspect and unit.

A figure may be cited and right, and yet stand where another one belongs: eleven offers that cost more where eleven cost
less, an interval's end as the value. What a fact measures says which side it is of, and the words by the number must
not say the other.
"""

import re
from collections.abc import Sequence
from itertools import combinations, pairwise

from market_research.writing import numbers
from market_research.writing.evidence import Fact
from market_research.writing.gate.reading import Reading
from market_research.writing.numbers import Token

# The opposite and the words of each side that names of measures hold.
_SIDES = {
    "above": ("below", "above|more|higher|over|dearer"), "below": ("above", "below|less|lower|under|cheaper|fewer"),
    "positive": ("negative", "positive"), "negative": ("positive", "negative"),
    "best": ("worst", "best"), "worst": ("best", "worst"), "own": ("rival", "own"), "rival": ("own", "rivals?"),
    "increasing": ("decreasing", "increasing|better|rising"), "decreasing": ("increasing", "decreasing|worse|falling"),
}  # fmt: skip
_ALL = "|".join(words for _, words in _SIDES.values())
_ENDS_OF_SCALE = ("best", "worst")
_AT = re.compile(r"\bat\s+$")
_LOW, _HIGH = ("_low", "_lower"), ("_high", "_upper")
_INTERVAL = re.compile(r"\binterval\b[^.;]*?\b(?:from|is|between|of)\s*$", re.IGNORECASE)
_OF_INTERVAL = re.compile(r"\s+intervals?\b")
_END = re.compile(r"\b(?:interval|between|from|to|ends?|anything|low|lower|high|upper|least|most)\b", re.IGNORECASE)
_TO = re.compile(r"\s*(?:to|and)\s*")
# Names of parts that no clause ends within, and that are no ids.
_PLAIN = re.compile(r"(?!.*\band\b)[A-Za-z][A-Za-z '’-]*")
_UNITS = {
    numbers.DAYS: "days?", "weeks": "weeks?", "months": "months?", numbers.YEARS: "years?", numbers.PIECES: "pieces?",
}  # fmt: skip
_NOUN = re.compile(
    r"[\s-](?:(?:straight|further|more|last|next)\s+)?(hours?|days?|weeks?|months?|quarters?|years?|pieces?)\b"
)
Wrong = tuple[set[str], str]
"""Ids of the facts that a number cannot show where it stands, and why."""


def wrong_side(reading: Reading, supporters: dict[int, list[Fact]], facts: Sequence[Fact]) -> str | None:
    """Why a number stands on a side that it is not of. Of ``supporters`` those of the other side are taken out."""
    for token in reading.tokens:
        for rule in (_other_side, _other_end, _other_part, _other_unit):
            found = supporters.get(token.start)
            if not found:
                break
            wrong, why = rule(reading, token, found, facts)
            supporters[token.start] = [fact for fact in found if fact.fact_id not in wrong]
            if not supporters[token.start]:
                return f"the number {token.text!r} {why}"
    return _told_twice(reading, supporters, facts)


def _sides_of(fact: Fact) -> set[str]:
    return set(fact.metric.split("_")) & _SIDES.keys()


def _told_twice(reading: Reading, supporters: dict[int, list[Fact]], facts: Sequence[Fact]) -> str | None:
    """ "Two cost less and two cost less": of two figures that are alike each has a number of its own."""
    alone = [(t, supporters[t.start][0]) for t in reading.tokens if len(supporters.get(t.start, ())) == 1]
    for (one, fact), (other, same) in combinations(alone, 2):
        of_all = re.fullmatch(r"\s+of\s+(?:all\s+|the\s+)?", reading.text[one.end : other.start])
        shown = {f.fact_id for found in supporters.values() for f in found}
        # "Revenue by 3% and what is left by 3%", where a cited change is not shown at all.
        left = one.kind == numbers.PERCENT and any(f.unit == fact.unit and f.fact_id not in shown for f in facts)
        if fact is same and one.kind == other.kind and (of_all or left or _sides_of(fact)):
            return f"the number {other.text!r} is told twice of the same"
    return None


def _other_side(reading: Reading, token: Token, found: Sequence[Fact], facts: Sequence[Fact]) -> Wrong:
    """ "Eleven cost more" of how many cost less, or of how many there are."""
    why = "is not of the side that the words by it say"
    said = _nearest(reading, token, rf"\b(?:{_ALL})\b")
    if said is None:
        return set(), why
    side = next(side for side, (_, words) in _SIDES.items() if re.fullmatch(words, said, re.IGNORECASE))
    opposite = _SIDES[side][0]
    # Where a figure of this side is cited, a number by the word is no other figure.
    of_side = [fact for fact in facts if side in _sides_of(fact)]
    at_end = bool(_AT.search(reading.before(token.start, 5)))
    if side in _ENDS_OF_SCALE and not at_end:
        return set(), why
    wrong = {fact.fact_id for fact in found if opposite in _sides_of(fact)}
    wrong |= {
        fact.fact_id for fact in found
        if side not in _sides_of(fact) and of_side
        and (side in _ENDS_OF_SCALE or any(fact.unit == one.unit for one in of_side))
    }  # fmt: skip
    return wrong, why


def _nearest(reading: Reading, token: Token, pattern: str) -> str | None:
    """The word of a pattern by a number in its clause: the last one before it, else the first one after it."""
    begin, end = reading.clause(token.start)
    begin = max([begin, *(t.end for t in reading.tokens if t.end <= token.start)])
    end = min([end, *(t.start for t in reading.tokens if t.start >= token.end)])
    before = re.findall(pattern, reading.text[begin : token.start], re.IGNORECASE)
    after = re.findall(pattern, reading.text[token.end : end], re.IGNORECASE)
    return before[-1] if before else after[0] if after else None


def _other_end(reading: Reading, token: Token, found: Sequence[Fact], facts: Sequence[Fact]) -> Wrong:
    """An interval goes from its low end to its high one, and no end of it is the value itself."""
    if not any(fact.metric.endswith((*_LOW, *_HIGH)) for fact in facts):
        return set(), ""
    for first, second in pairwise(reading.tokens):
        inside = token in (first, second) and _INTERVAL.search(reading.text[: first.start])
        if inside and _TO.fullmatch(reading.text[first.end : second.start]):
            ends = _LOW if token == first else _HIGH
            why = "is not that end of the interval"
            return {fact.fact_id for fact in found if not fact.metric.endswith(ends)}, why
    begin, _ = reading.clause(token.start)
    if _END.search(reading.text[begin : token.start]):
        return set(), ""
    return {fact.fact_id for fact in found if fact.metric.endswith((*_LOW, *_HIGH))}, "is an end of an interval"


def _other_part(reading: Reading, token: Token, found: Sequence[Fact], facts: Sequence[Fact]) -> Wrong:
    """Of facts on several aspects, segments or patterns a number is of the one that it stands by."""
    wrong: set[str] = set()
    for fact in found:
        key, _, own = fact.dimensions.partition("=")
        values = {f.dimensions.partition("=")[2] for f in facts if f.dimensions.startswith(f"{key}=")}
        values = {value for value in values if _PLAIN.fullmatch(value)}
        if own not in values or len(values) < 2:
            continue
        places = [(m.start(), value) for value in values for m in re.finditer(rf"\b{re.escape(value)}\b", reading.text)]
        begin, end = reading.clause(token.start)
        near = {value for place, value in places if begin <= place < end}
        before = max((place for place in places if place[0] < begin), default=None)
        if not near and before:
            near = {before[1]}
        if near and own not in near and any(value == own for _, value in places):
            wrong.add(fact.fact_id)
    return wrong, "is of another part than the one that it stands by"


def _other_unit(reading: Reading, token: Token, found: Sequence[Fact], facts: Sequence[Fact]) -> Wrong:
    """90 days are no 90 weeks and no 90 pieces, and a 95% interval is of that level."""
    why = "is of another unit"
    level = any(fact.metric == "interval_level" for fact in facts)
    if level and token.kind == numbers.PERCENT:
        of_level = bool(_OF_INTERVAL.match(reading.text, token.end))
        return {fact.fact_id for fact in found if (fact.metric == "interval_level") != of_level}, why
    said = _NOUN.match(reading.text, token.end)
    if not said:
        return set(), why
    units = {fact.fact_id: fact.unit for fact in found if fact.unit in _UNITS}
    return {i for i, unit in units.items() if not re.fullmatch(_UNITS[unit], said[1])}, why
