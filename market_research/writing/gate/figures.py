"""What a number of a sentence may show: units that fit, values that agree, bounds that hold."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from market_research.writing import numbers
from market_research.writing.evidence import Evidence, Fact
from market_research.writing.gate import wording
from market_research.writing.gate.reading import Reading
from market_research.writing.numbers import Token

_CHANGE = re.compile(r"growth|change|cagr|contribution|gain|gap|_part\b|pace|premium")
NEAR = 0.1
"""How far from a bound "nearly" and "just over" may be, of the bound."""
# A score or a coefficient has a sign of its own, which no word beside it stands for.
_SIGNED = ("none", numbers.SCORE)
# "Stable over 90 days" is no bound.
_OVER = re.compile(r"\bover\s+$", re.IGNORECASE)
_OF_TIME = re.compile(r"\s+(?:days|weeks|months|quarters|years)\b")
_BY = re.compile(r"\bby\s+(?:about\s+)?$", re.IGNORECASE)
_MOVED = re.compile(rf"\b(?:(?P<change>chang(?:e[sd]?|ing))|{wording.UP}|{wording.DOWN})\b", re.IGNORECASE)
# Kinds of tokens that place a number in time instead of being one.
TIMES = ("year", numbers.DATE)


def is_change(fact: Fact) -> bool:
    """True for a fact whose sign says up or down, not gain or loss: a growth rate, points of a margin."""
    return fact.unit == numbers.POINTS or bool(_CHANGE.search(fact.metric))


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
    if fact.unit in _SIGNED or _is_signless(token, reading):
        return False
    words = wording.NEGATIVE if is_change(fact) else wording.LOSS
    return (
        fact.value < 0 and token.value > 0 and numbers.agrees(token, -fact.value) and bool(words.search(reading.text))
    )


def _is_signless(token: Token, reading: Reading) -> bool:
    """ "Changed by 3%" says nothing of a fall, nor does what follows it: "and that of B by 2%"."""
    if not _BY.search(reading.before(token.start, 20)):
        return False
    moved = list(_MOVED.finditer(reading.text[: token.start]))
    return bool(moved and moved[-1]["change"])


def _is_cents_of(token: Token, fact: Fact, reading: Reading) -> bool:
    """ "5.3 cents of every dollar of revenue" says 5.3% of revenue, which is kept or lost as its sign says."""
    if token.kind != numbers.CENTS or fact.unit != numbers.PERCENT or is_change(fact):
        return False
    lost = bool(wording.LOSS.search(reading.text))
    return bool(wording.EVERY_DOLLAR.search(reading.text)) and (
        lost == (fact.value < 0) or not wording.OWN.search(reading.text)
    )


def _bound(token: Token, reading: Reading) -> str | None:
    """``more`` or ``less`` if the token is the bound of an unnamed figure, not the second of two that are compared."""
    found = bound_before(reading.before(token.start, 60))
    if found and _OVER.search(reading.before(token.start, 6)) and _OF_TIME.match(reading.text, token.end):
        return None
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


def fiscal_years(fact: Fact) -> set[int]:
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
