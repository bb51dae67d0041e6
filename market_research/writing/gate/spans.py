"""What is said of several figures at once: "three years running", "stayed between $3 billion and $5 billion"."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from market_research.writing import numbers
from market_research.writing.evidence import Fact
from market_research.writing.gate import figures, wording
from market_research.writing.gate import operations as ops
from market_research.writing.gate.operands import Series, named, nearest_year
from market_research.writing.gate.operations import Operation
from market_research.writing.gate.reading import Reading
from market_research.writing.numbers import Token

_COUNTS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_ORDINALS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8}
_RUN = re.compile(
    rf"\b(?:(?P<count>{_COUNTS})|(?P<nth>{'|'.join(_ORDINALS)}))\s+(?:(?P<mark>straight|consecutive|successive)\s+)?"
    r"(?:fiscal\s+|financial\s+)?years?(?P<end>\s+(?:running|in\s+a\s+row|in\s+succession|straight))?\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\bbetween\s+(?:about\s+|roughly\s+)?$", re.IGNORECASE)
_AND = re.compile(r"\s*and\s+(?:about\s+|roughly\s+)?", re.IGNORECASE)
_APART = re.compile(r"\b(?:gap|difference|distance)\b[^.;]*$", re.IGNORECASE)
_FROM_TO = re.compile(r"\b(?:from|between|since)\b[^;]*\b(?:to|and|until|through)\b", re.IGNORECASE)
RUN, BETWEEN = Operation("run"), Operation("between")


def said(text: str) -> bool:
    """True if the text may say something of several figures at once."""
    return bool(_RUN.search(text) or re.search(r"\bbetween\b", text, re.IGNORECASE))


def runs(reading: Reading, found: Sequence[Series]) -> Iterator[tuple[Token, bool, str, tuple[Fact, ...]]]:
    """Every "three years running" with whether the cited figures moved that way in each of the years."""
    for match in _RUN.finditer(reading.text):
        if not match["mark"] and not match["end"]:
            continue
        length = numbers.WORDS.index(match["count"].lower()) if match["count"] else _ORDINALS[match["nth"].lower()]
        token = Token(match.group(), match.start(), match.end(), float(length), 0.0, numbers.COUNT)
        move = wording.MOVES_NEAR.search(reading.text[: match.start()]) or wording.MOVES_NEAR.search(reading.text)
        who = ops.subject(reading, token)
        last = max((int(t.value) for t in reading.years), default=None)
        if not move or who is None or last is None:
            yield token, False, f"says {match.group()!r}, which no cited figures show", ()
            continue
        first = min(int(t.value) for t in reading.years)
        if first != last and first != last - length and _FROM_TO.search(reading.text):
            yield token, False, f"says {match.group()!r} of {first} to {last}", ()
            continue
        up = bool(move["up"])
        of_all = [
            (one, [one.get(who, year) for year in range(last - length, last + 1)])
            for one in named(_levels(found), reading)
        ]
        whole = [[fact for fact in facts if fact] for _, facts in of_all if all(facts)]
        right = [facts for facts in whole if _moves(facts, up=up) and _in_order(reading, facts)]
        facts = tuple((right or whole or [[]])[0])
        if len(right) == 1 and len(whole) == 1:
            yield token, True, f"{who}: {_listed(facts)}", facts
        else:
            given = f"the cited figures of {who} are {_listed(facts)}" if facts else "not all of those years are cited"
            yield token, False, f"says {match.group()!r}, but {given}", facts


def _levels(found: Iterable[Series]) -> list[Series]:
    return [one for one in found if not any(figures.is_change(fact) for fact in one.values.values())]


def _moves(facts: Sequence[Fact], *, up: bool) -> bool:
    return all((new.value > old.value) == up and new.value != old.value for old, new in pairwise(facts))


def _in_order(reading: Reading, facts: Sequence[Fact]) -> bool:
    """Where the sentence lists the figures of all years, they stand in the order of the years."""
    shown = [token for token in reading.figures if figures.fits(token.kind, facts[0].unit)]
    if len(shown) != len(facts):
        ends = [token for token in shown if any(numbers.agrees(token, abs(fact.value)) for fact in facts)]
        values = [token.value for token in ends]
        ordered = sorted(values, reverse=facts[0].value > facts[-1].value)
        return values in (ordered, ordered[::-1])
    return all(numbers.agrees(token, fact.value) for token, fact in zip(shown, facts, strict=True))


def betweens(reading: Reading, found: Sequence[Series]) -> Iterator[tuple[Token, bool, str, tuple[Fact, ...]]]:
    """Both ends of every "between $3 billion and $5 billion", with whether the figures spoken of lie there."""
    shown = reading.figures
    for low, high in pairwise(shown):
        before = reading.text[: low.start]
        if low.kind != high.kind or not _AND.fullmatch(reading.text[low.end : high.start]):
            continue
        if not _BETWEEN.search(before) or _APART.search(before) or wording.RANGE.search(before):
            continue
        facts = _spoken_of(reading, low, found)
        if not facts:
            said, right = f"says 'between {low.text} and {high.text}' of figures that are not all cited", False
        else:
            least, most = min(f.value for f in facts), max(f.value for f in facts)
            right = _near(low, least, above=True) and _near(high, most, above=False)
            ends = f"{numbers.exact(least, facts[0].unit)} and {numbers.exact(most, facts[0].unit)}"
            said = f"the cited figures lie between {ends}"
            said = said if right else f"{said}, not between {low.text} and {high.text}"
        yield low, right, said, tuple(facts)
        yield high, right, said, tuple(facts)


def _near(bound: Token, value: float, *, above: bool) -> bool:
    if numbers.agrees(bound, value):
        return True
    room = abs(bound.value) * 1.0 if bound.value else 0.0
    return bound.value < value <= bound.value + room if above else bound.value - room / 2 <= value < bound.value


def _spoken_of(reading: Reading, token: Token, found: Sequence[Series]) -> list[Fact]:
    """The figures of the companies and years that a statement about several is of; none unless all are cited."""
    who = next(([m.name for m in run] for run in reversed(reading.lists) if run[0].start < token.start), None)
    alone = ops.subject(reading, token)
    who = who or ([alone] if alone else [])
    years = sorted({int(t.value) for t in reading.years})
    if len(years) == 2 and _FROM_TO.search(reading.text):
        years = list(range(years[0], years[1] + 1))
    elif len(years) > 1:
        years = [year] if (year := nearest_year(reading, token)) else []
    possible = []
    for one in named([one for one in _levels(found) if figures.fits(token.kind, one.unit)], reading):
        facts = [one.get(name, year) for name in who for year in years or one.years(name)]
        if facts and all(facts):
            possible.append([fact for fact in facts if fact])
    return possible[0] if len(possible) == 1 else []


def _listed(facts: Iterable[Fact]) -> str:
    return ", ".join(numbers.short(fact.value, fact.unit) for fact in facts)
