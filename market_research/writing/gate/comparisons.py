"""What a sentence says about movement and order: "rose", "doubled", "faster than", "the largest".

Such words are claims like numbers are. One that the sentence's own figures or the cited facts contradict is refused,
and so is a multiple, a movement to a level or a first place about which the cited facts say nothing.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from market_research.writing import numbers
from market_research.writing.evidence import Evidence, Fact, Passage
from market_research.writing.gate import figures, wording
from market_research.writing.gate.arithmetic import Result
from market_research.writing.gate.distances import wrong_distance
from market_research.writing.gate.reading import Reading
from market_research.writing.numbers import Token

_LEVEL = re.compile(r"\bto\s*$", re.IGNORECASE)
_START = re.compile(r"\bfrom\s*$", re.IGNORECASE)
_SPAN = re.compile(
    r"\b(?:from|between|since)\s+(?:fiscal\s+|FY\s*)?((?:19|20)\d\d)\s+(?:to|and|until|through)\s+(?:fiscal\s+|FY\s*)?"
    r"((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
# Twice is said of 1.9 to 2.1 times; "more than" and "nearly" say on which side.
_NEAR = 0.06
_NEARLY = 0.15


def wrong_comparison(
    reading: Reading,
    facts: Sequence[Fact],
    passages: Sequence[Passage],
    evidence: Evidence,
    results: Mapping[int, Result],
) -> str | None:
    """Why a word of movement or order must not stand; None if all may."""
    if not facts:
        return None
    said = " ".join(passage.text for passage in passages)
    known = figures.with_inputs(facts, evidence)
    return (
        _wrong_span(reading)
        or _wrong_direction(reading, facts, known)
        or _wrong_way(reading)
        or _wrong_order(reading)
        or wrong_distance(reading)
        or _wrong_multiple(reading, known, said, results)
        or _wrong_place(reading, facts, known, evidence)
    )


def _wrong_span(reading: Reading) -> str | None:
    """ "Between fiscal 2015 and fiscal 2011" runs backwards."""
    for match in _SPAN.finditer(reading.text):
        if int(match[1]) >= int(match[2]):
            return f"says {match.group()!r}, which is no span of time"
    return None


def _wrong_way(reading: Reading) -> str | None:
    """ "Rose from 5 to 3", "3, up from 5": the two levels say which way it went."""
    tokens = [token for token in reading.tokens if token.kind not in (*figures.TIMES, numbers.COUNT)]
    for first, second in itertools.pairwise(tokens):
        if first.kind != second.kind:
            continue
        between = reading.text[first.end : second.start]
        move = wording.MOVES.search(reading.before(first.start))
        if move and _START.search(move["between"]) and _LEVEL.search(between):
            old, new = first, second
        else:
            move = wording.MOVES.search(between)
            if not move or not _START.search(move["between"]):
                continue
            old, new = second, first
        if old.value == new.value or (new.value > old.value) != bool(move["up"]):
            said = (move["up"] or move["down"]).lower()
            return f"says {said!r} from {old.text!r} to {new.text!r}, which it is not"
    return None


def _wrong_direction(reading: Reading, facts: Sequence[Fact], known: Sequence[Fact]) -> str | None:
    for token in reading.tokens:
        if token.kind in figures.TIMES:
            continue
        move = wording.MOVES.search(reading.before(token.start))
        if not move:
            continue
        up = bool(move["up"])
        found = [fact for fact in facts if figures.supports(token, fact, reading)]
        if not found:
            continue
        said = (move["up"] or move["down"]).lower()
        between = move["between"]
        if _LEVEL.search(between):
            problem = _moved_otherwise([m for fact in found for m in _moves_to(fact, known, token)], up=up)
        elif _START.search(between):
            moves = [m for fact in found for m in _moves_from(fact, known, token)]
            problem = _moved_otherwise(moves, up=up) if moves else None
        else:
            problem = _signed_otherwise(token, found, up=up)
        if problem:
            return f"says {said!r} of {token.text!r}, {problem}"
    return None


def _signed_otherwise(token: Token, found: Iterable[Fact], *, up: bool) -> str | None:
    """A change's own sign says which way it went."""
    changes = [fact for fact in found if figures.is_change(fact)]
    if not changes:
        return None
    right = [fact for fact in changes if (fact.value > 0) == (up if token.value >= 0 else not up) or fact.value == 0]
    return None if right else f"but the cited change is {numbers.exact(changes[0].value, changes[0].unit)}"


def _moved_otherwise(moves: Sequence[float], *, up: bool) -> str | None:
    if not moves:
        return "which no cited fact says"
    right = any((move > 0) == up or move == 0 for move in moves)
    return None if right else "but the cited facts say that it moved the other way"


def _moves_to(fact: Fact, known: Sequence[Fact], token: Token) -> list[float]:
    """How a level was reached: from earlier levels of the same measure, and by the cited changes of it."""
    moves = [_move(other, fact, token) for other in known if _same_series(fact, other) and _before(other, fact)]
    changes = (f"{fact.metric}_growth", f"{fact.metric}_change")
    moves += [
        other.value
        for other in known
        if other.metric in changes and other.entity == fact.entity and other.dimensions == fact.dimensions
        and other.fiscal_year == fact.fiscal_year
    ]  # fmt: skip
    return moves


def _moves_from(fact: Fact, known: Sequence[Fact], token: Token) -> list[float]:
    """Where a level went: to later ones of the same measure."""
    return [_move(fact, other, token) for other in known if _same_series(fact, other) and _before(fact, other)]


def _move(old: Fact, new: Fact, token: Token) -> float:
    """The change of a level. Of losses that are stated by their size it is the size that moves: a loss narrows."""
    by_size = old.value < 0 and new.value < 0 and token.value > 0
    return abs(new.value) - abs(old.value) if by_size else new.value - old.value


def _same_series(fact: Fact, other: Fact) -> bool:
    return (other.metric, other.unit, other.entity, other.dimensions) == (
        fact.metric,
        fact.unit,
        fact.entity,
        fact.dimensions,
    )


def _before(other: Fact, fact: Fact) -> bool:
    """Is ``other`` of an earlier time than ``fact``, in a span as long?"""
    if other.period_end and fact.period_end:
        return other.period_end < fact.period_end
    return bool(other.fiscal_year and fact.fiscal_year and other.fiscal_year < fact.fiscal_year)


def _wrong_order(reading: Reading) -> str | None:
    """ "16.4%, faster than the 10.0%": the first must be the larger."""
    tokens = [token for token in reading.tokens if token.kind not in (*figures.TIMES, numbers.COUNT)]
    for first, second in itertools.pairwise(tokens):
        between = reading.text[first.end : second.start]
        if first.kind != second.kind or len(between) > 100 or re.search(r"[;.]\s|\bby\b|\bwith\b", between):
            continue
        higher, lower = wording.HIGHER.search(between), wording.LOWER.search(between)
        if bool(higher) == bool(lower) or not re.search(
            r"\b(?:than|the|above|below|over|under|ahead of|behind)\b", between
        ):
            continue
        a, b = first.value, second.value
        if (higher and a < b) or (lower and a > b):
            word = (higher or lower).group()  # type: ignore[union-attr]
            return f"says {word!r} of {first.text!r} and {second.text!r}, which is the other way round"
    return None


def _wrong_multiple(reading: Reading, known: Sequence[Fact], said: str, results: Mapping[int, Result]) -> str | None:
    for match in wording.MULTIPLE.finditer(reading.text):
        if match.group("word").lower() in said.lower():
            continue
        result = results.get(match.start("word"))
        if result and result.holds:
            continue
        if result and result.operands:
            return f"says {match.group()!r}: {result.said}"
        want = wording.factor(match["word"])
        ratios = _ratios(_of_years(reading, known))
        if match["more"]:
            fine = any(want < ratio < want * 1.5 for ratio in ratios)
        elif match["less"]:
            fine = any(1 < ratio < want for ratio in ratios)
        elif match["near"]:
            fine = any(want * (1 - _NEARLY) < ratio < want * (1 + _NEAR) for ratio in ratios)
        else:
            fine = any(abs(ratio / want - 1) <= _NEAR for ratio in ratios)
        if not fine:
            return f"says {match.group()!r}, which no cited fact gives"
    return None


def _of_years(reading: Reading, known: Sequence[Fact]) -> Sequence[Fact]:
    """Where the sentence names two years, the facts of those years."""
    years = {int(token.value) for token in reading.tokens if token.kind == "year"}
    if len(years) != 2:
        return known
    return [fact for fact in known if fact.derived or fact.fiscal_year in years or not fact.fiscal_year]


def _ratios(known: Sequence[Fact]) -> list[float]:
    """Multiples that facts give: ratios, growth rates, and two levels of one measure in order of time."""
    ratios = [fact.value for fact in known if fact.unit == numbers.RATIO]
    ratios += [1 + fact.value / 100 for fact in known if fact.unit == numbers.PERCENT and figures.is_change(fact)]
    levels: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in known:
        if fact.value > 0 and not figures.is_change(fact):
            levels[fact.metric, fact.unit].append(fact)
    for same in levels.values():
        ratios += [
            later.value / other.value
            for later, other in itertools.permutations(same, 2)
            if other.entity == later.entity and _before(other, later)
        ]
    return ratios


def _wrong_place(reading: Reading, facts: Sequence[Fact], known: Sequence[Fact], evidence: Evidence) -> str | None:
    """ "The largest": no other cited company's figure of the same measure and year may be beyond the named one's."""
    companies = set(evidence.names.values())
    for pattern, sign in ((wording.TOP, 1), (wording.BOTTOM, -1)):
        for match in pattern.finditer(reading.text):
            if wording.ORDINAL.search(reading.text[: match.start()]):
                continue
            begin, end = reading.clause(match.start())
            named = [m.name for m in reading.mentions if begin <= m.start < end]
            earlier = [m.name for m in reading.mentions if m.start < match.start()][-1:]
            later = [m.name for m in reading.mentions if m.start > match.start()][:1]
            subject = next(iter([*named, *earlier, *later]), None)
            if subject is None:
                continue
            own = [f for f in facts if f.entity == subject and not f.dimensions and _in_reach(f, reading, begin, end)]
            if own and not any(f.entity in companies and f.entity != subject for f in known):
                return f"says {match.group()!r} of {subject}, but no other company's figure is cited"
            beyond = [_beyond(fact, known, companies, sign) for fact in own]
            # Where several measures are cited, it may be first in any one of them.
            if beyond and all(beyond):
                return f"says {match.group()!r} of {subject}, but {beyond[0]} is beyond it in {own[0].metric}"
    return None


def _beyond(fact: Fact, known: Sequence[Fact], companies: set[str], sign: int) -> str | None:
    """A company whose figure of the same measure and year is larger (``sign`` 1) or smaller (-1) than this one."""
    measure = (fact.metric, fact.unit, fact.fiscal_year, "")
    for other in known:
        same = (other.metric, other.unit, other.fiscal_year, other.dimensions) == measure
        rival = other.entity in companies and other.entity != fact.entity
        if same and rival and sign * (other.value - fact.value) > 0:
            return other.entity
    return None


def _in_reach(fact: Fact, reading: Reading, begin: int, end: int) -> bool:
    """True if the clause shows this fact's number, or no number at all."""
    aside = (*figures.TIMES, numbers.COUNT)
    shown = [token for token in reading.tokens if begin <= token.start < end and token.kind not in aside]
    return not shown or any(figures.supports(token, fact, reading) for token in shown)
