"""Two amounts of one sentence, and what it says lies between them: how far apart they are, and which way it went."""

import re
from itertools import pairwise

from market_research.writing import numbers
from market_research.writing.gate import wording
from market_research.writing.gate.reading import Reading
from market_research.writing.numbers import Token

# "$48.34, 31.5% above the $36.76": an amount, how far it is from another, and that one, with little between.
_APART = re.compile(
    r"\s*(?P<word>above|below|over|under|higher than|lower than|more than|less than|dearer than|cheaper than)\b"
    r"[^.;:,]{0,60}?(?:, which \w+\s*)?$",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"\s*,?\s*(?:or\s+)?")
_LARGER = re.compile(r"above|over|higher|more|dearer", re.IGNORECASE)
_LESS = re.compile(r"\s+(?:less|lower|fewer|below|under|cheaper)\b", re.IGNORECASE)
_SET = re.compile(
    rf"\b(?:(?P<up>{wording.UP}|raised?|raising|lifted|hiked)|(?P<down>{wording.DOWN}|cuts?|cutting|lowered|slashed))\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(r"\bchang", re.IGNORECASE)
_BY = re.compile(r"\bby\s+$", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s+$", re.IGNORECASE)
_SPREAD = re.compile(r"\b(?:interval|range[ds]?|between|anything)\b", re.IGNORECASE)


def wrong_distance(reading: Reading) -> str | None:
    """Why two amounts must not stand as far apart, or one after the other, as the sentence says."""
    shown = [token for token in reading.tokens if token.kind not in ("year", numbers.DATE, numbers.COUNT)]
    for token in shown:
        if problem := _signed_twice(reading, token):
            return problem
    for first, second in pairwise(shown):
        if problem := _wrong_course(reading, first, second):
            return problem
    for one, by, other in zip(shown, shown[1:], shown[2:], strict=False):
        if problem := _wrong_gap(reading, one, by, other):
            return problem
    return None


def _is_amount(token: Token) -> bool:
    return bool(re.fullmatch("[A-Z]{3}", token.kind))


def _signed_twice(reading: Reading, token: Token) -> str | None:
    """ "Cut by -5%", "-5% less": the word has the sign already."""
    if token.value >= 0:
        return None
    before = reading.text[: token.start]
    moved = list(_SET.finditer(before))
    word = _LESS.match(reading.text, token.end)
    if not word and moved and _BY.search(before) and not _CHANGED.search(before, moved[-1].end()):
        word = moved[-1]
    return f"says {word.group().strip()!r} of {token.text!r}, whose sign says so already" if word else None


def _wrong_course(reading: Reading, first: Token, second: Token) -> str | None:
    """ "Raised its price … from $5 to $3": whatever stands between the verb and the two."""
    before, between = reading.text[: first.start], reading.text[first.end : second.start]
    if first.kind != second.kind or not _is_amount(first) or first.value == second.value:
        return None
    if not _FROM.search(before) or not re.fullmatch(r"\s*to\s+", between):
        return None
    moved = list(_SET.finditer(before))
    if not moved or _SPREAD.search(before, moved[-1].end()):
        return None
    if bool(moved[-1]["up"]) != (second.value > first.value):
        return f"says {moved[-1].group()!r} from {first.text!r} to {second.text!r}, which it is not"
    return None


def _wrong_gap(reading: Reading, one: Token, by: Token, other: Token) -> str | None:
    if by.kind != numbers.PERCENT or one.kind != other.kind or not _is_amount(one) or other.value <= 0:
        return None
    apart = _APART.fullmatch(reading.text[by.end : other.start])
    if not apart or not _BESIDE.fullmatch(reading.text[one.end : by.start]):
        return None
    gap = abs(one.value - other.value)
    slack = 100 * (one.step + other.step) * max(1.0, one.value / other.value) / other.value + by.step
    larger = bool(_LARGER.match(apart["word"]))
    if (gap and (one.value > other.value) != larger) or abs(100 * gap / other.value - by.value) > slack:
        return f"says {by.text + ' ' + apart['word']!r} of {one.text!r} and {other.text!r}, which it is not"
    return None
