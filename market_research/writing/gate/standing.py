"""What a sentence says of places among others and of parts of time: "second of the three", "overtook", "ranged from".

Each such word must follow from the cited figures of one measure and year. Where these show the contrary, or nothing is
cited that could show it, the sentence must not stand.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from market_research.writing import numbers
from market_research.writing.evidence import Evidence, Fact, Passage
from market_research.writing.gate import figures
from market_research.writing.gate.reading import Mention, Reading
from market_research.writing.numbers import Token

WHOLE_YEAR = 350
"""Days from which a span counts as a year."""
_PART = re.compile(
    r"\b(?:(?:first|second|third|fourth|last|final|opening|closing|latest|single)[ -](?:fiscal\s+|three\s+"
    r"|six\s+|nine\s+)?(?:quarters?|hal(?:f|ves)"
    r"|semesters?|trimesters?|months?|weeks?)(?!\s+of\s+(?!the|fiscal|FY|its|that|(?:19|20)\d\d))"
    r"|[1-4]?Q[1-4]?(?:\d\d)?|H[12]|half-year(?:ly)?"
    r"|(?!a\s+\w+\s+to\b)(?:the|that|each|every|per|one|holiday|a)\s+(?:holiday\s+)?(?:quarter"
    r"|month)\s+(?:to|ended|ending|in\s+(?:fiscal|(?:19|20)\d\d)"
    r"|of\s+(?:fiscal|(?:19|20)\d\d|January|February|March|April|May|June|July|August|September|October"
    r"|November|December))"
    r"|(?:quarter|hal(?:f|ves)|middle)\s+of\s+(?:fiscal|FY|the\s+(?:fiscal\s+)?year|(?:19|20)\d\d)|(?:19"
    r"|20)\d\d\s+alone|holiday quarter"
    r"|(?:three|six|nine|[3-9])[ -]months?|quarterly|monthly|interim|(?:thirteen|twenty-six|thirty-nine|13|26"
    r"|39)[ -]weeks?)\b",
    re.IGNORECASE,
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})\s+((?:19|20)\d\d)\b")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "1": 1,
    "2": 2,
    "3": 3,
    "4": 4,
    "5": 5,
    "6": 6,
}
_RANK = re.compile(
    rf"\b(?:number|no\.)\s+(?P<number>{'|'.join(_NUMBERS)})\b|"
    rf"(?:\b(?P<verb>ranked|came|finished|placed|stood|ranks|(?:was|is|took|in"
    rf"|held))\s+)?(?:the\s+)?\b(?P<place>{'|'.join(_ORDINALS)}|last)\b"
    r"(?:[ -](?P<end>largest|biggest|highest|smallest|lowest)\b"
    r"|\s+(?:of|among|out of)\s+(?:the\s+|all\s+)?(?:two|three|four|five|six|seven|eight|nine|ten|\d+|group"
    r"|field|companies)\b|\s+place\b"
    r"|(?(verb)(?=\s+(?:in|by|for|on|with|at|behind|among)\b|\s*[,.;])|(?!)))",
    re.IGNORECASE,
)
_STOOD = r"(?:was|is|were|ranked|finished|stood|came|remained) (?:well |far |just )?"
_AHEAD = (
    rf"{_STOOD}(?:ahead of|above)|"
    r"overtook|overtakes|surpass(?:ed|es)|outsold|outgrew|outpaced|exceed(?:ed|s)|outearned|beat|leapfrogged"
)
_BEHIND = (
    rf"{_STOOD}(?:behind|below)|"
    r"(?:was|were) (?:overtaken|surpassed|outsold|outpaced|beaten) by|trail(?:ed|s)|lagg?(?:ed|s)|fell short of"
)
_VERSUS = re.compile(rf"\b(?:(?P<ahead>{_AHEAD})|(?P<behind>{_BEHIND}))\b", re.IGNORECASE)
_TURNED = re.compile(r"\b(?:overtook|overtakes|overtaken|leapfrogged)\b", re.IGNORECASE)
_LED = re.compile(
    r"\b(?:had|have)\s+(?:(?P<led>led|been ahead)|(?P<trailed>trailed|lagged|been behind))\b", re.IGNORECASE
)
_FIRST = re.compile(r"^(?:Just\s+)?(?:(?P<behind>behind)|(?P<ahead>ahead of))\s", re.IGNORECASE)
_COLOUR = re.compile(r"\bin the (?:(?P<red>red)|black)\b", re.IGNORECASE)


def wrong_standing(
    reading: Reading, facts: Sequence[Fact], passages: Sequence[Passage], evidence: Evidence
) -> str | None:
    """Why a word of place, precedence or part of time must not stand; None if all may."""
    if not facts:
        return None
    said = " ".join(passage.text for passage in passages).lower()
    companies = set(evidence.names.values())
    return (
        _wrong_part(reading, facts, passages, said, evidence)
        or _wrong_rank(reading, facts, companies, said)
        or _wrong_precedence(reading, facts, companies)
        or _wrong_lead(reading)
        or _wrong_range(reading, facts)
        or _wrong_colour(reading, facts)
    )


def _wrong_part(
    reading: Reading, facts: Sequence[Fact], passages: Sequence[Passage], said: str, evidence: Evidence
) -> str | None:
    """A quarter of figures that are of whole years, a month in which nothing cited begins or ends."""
    known = figures.with_inputs(facts, evidence)
    spans = [(f.period_end - f.period_start).days for f in known if f.period_start and f.period_end]
    for match in _PART.finditer(reading.text):
        if spans and min(spans) >= WHOLE_YEAR and match.group().lower() not in said:
            return f"says {match.group()!r}, but the cited figures are of whole years"
    days = [day for f in known for day in (f.period_start, f.period_end) if day]
    days += [p.published_on for p in passages if p.published_on]
    for match in _MONTH.finditer(reading.text):
        if match.group().lower() not in said and not any(_in_month(day, match[1], int(match[2])) for day in days):
            return f"says {match.group()!r}, in which no cited figure begins or ends"
    return None


def _in_month(day: date, month: str, year: int) -> bool:
    """True if the day lies in the month, or within a week of it: fiscal years end on a day of the week."""
    months = {(other.year, other.month) for shift in (-7, 0, 7)
              if (other := date.fromordinal(day.toordinal() + shift))}  # fmt: skip
    return (year, _MONTHS.index(month) + 1) in months


def _groups(facts: Sequence[Fact], companies: set[str]) -> list[dict[str, float]]:
    """Figures of several companies that compare: by company, for each measure, unit and year, the newest year first."""
    found: dict[tuple[int, str, str], dict[str, float]] = {}
    for fact in facts:
        if fact.entity in companies and not fact.dimensions and fact.unit != "count":
            found.setdefault((fact.fiscal_year or 0, fact.metric, fact.unit), {})[fact.entity] = fact.value
    return [found[key] for key in sorted(found, reverse=True) if len(found[key]) > 1]


def _wrong_rank(reading: Reading, facts: Sequence[Fact], companies: set[str], said: str) -> str | None:
    for match in _RANK.finditer(reading.text):
        subject = _spoken_of(reading, match.start())
        if subject is None or match.group().lower() in said:
            continue
        # A place that an analysis has computed is a figure like others.
        word = (match["place"] or match["number"]).lower()
        place = _ORDINALS.get(word) or _NUMBERS.get(word)
        if any(f.metric == "rank" and f.entity == subject.name and f.value == place for f in facts):
            continue
        low = (match["end"] or "").lower() in ("smallest", "lowest")
        right = False
        for group in _groups(facts, companies):
            if subject.name in group:
                ordered = sorted(group, key=lambda name: group[name], reverse=not low)
                right = right or ordered.index(subject.name) + 1 == (place or len(ordered))
        if not right:
            return f"says {match.group()!r} of {subject.name}, which the cited figures do not give"
    return None


def _spoken_of(reading: Reading, at: int) -> Mention | None:
    """Who is spoken of at a place: the last company named before it, else the next one."""
    before = [m for m in reading.mentions if m.start < at and not reading.is_measure(m)]
    return before[-1] if before else next(iter(reading.mentions), None)


def _wrong_precedence(reading: Reading, facts: Sequence[Fact], companies: set[str]) -> str | None:
    """ "A overtook B" takes A to be larger now, and smaller before where the year before is cited."""
    for match in _VERSUS.finditer(reading.text):
        one = [m for m in reading.mentions if m.end <= match.start()][-1:]
        other = [m for m in reading.mentions if m.start >= match.end()][:1]
        if not one or not other or one[0].name == other[0].name:
            continue
        a, b = one[0].name, other[0].name
        pairs = [(group[a], group[b]) for group in _groups(facts, companies) if a in group and b in group]
        ahead = bool(match["ahead"])
        if not pairs:
            continue
        turned = bool(_TURNED.search(match.group()))
        now = pairs[:1] if turned else pairs
        right = any((x > y) == ahead and x != y for x, y in now)
        if turned and len(pairs) > 1:
            right = right and any((x < y) == ahead for x, y in pairs[1:])
        if not right:
            return f"says {match.group()!r} of {a} and {b}, which the cited figures do not give"
    first = _FIRST.search(reading.text)
    shown = _levels(reading)
    if first and len(shown) > 1 and shown[0].kind == shown[1].kind and shown[0].value != shown[1].value:
        larger = shown[0].value > shown[1].value
        if larger != bool(first["behind"]):
            return f"puts {shown[1].text!r} {first.group().strip().lower()!r} {shown[0].text!r}"
    return None


def _levels(reading: Reading) -> list[Token]:
    return [token for token in reading.tokens if token.kind not in (*figures.TIMES, numbers.COUNT)]


def _wrong_lead(reading: Reading) -> str | None:
    """ "It had trailed, 3 to 5": the first number is its own."""
    for match in _LED.finditer(reading.text):
        for one, other in _neighbours(reading, match.end()):
            if one.value != other.value and (one.value > other.value) != bool(match["led"]):
                return f"says {match.group()!r} of {one.text!r} and {other.text!r}, which is the other way round"
    return None


def _neighbours(reading: Reading, at: int) -> Iterator[tuple[Token, Token]]:
    """The next two numbers after a place, where one is set against the other."""
    after = [token for token in _levels(reading) if token.start >= at][:2]
    if len(after) == 2 and re.fullmatch(
        r"\s*,?\s*(?:to|versus|against)\s+", reading.text[after[0].end : after[1].start]
    ):
        yield after[0], after[1]


def _wrong_range(reading: Reading, facts: Sequence[Fact]) -> str | None:
    """ "Ranged from 3 to 9": these are the ends of what is cited."""
    for low, high in figures.ranges(reading):
        measures = {(f.metric, f.unit) for f in facts if figures.supports(low, f, reading)}
        of_year = [f for f in facts if (f.metric, f.unit) in measures]
        ends = sorted(of_year, key=lambda f: f.value)
        if ends and not (numbers.agrees(low, ends[0].value) and numbers.agrees(high, ends[-1].value)):
            return f"says that it went from {low.text!r} to {high.text!r}, which are not the ends of the cited figures"
    return None


def _wrong_colour(reading: Reading, facts: Sequence[Fact]) -> str | None:
    """ "In the red" is said of a loss."""
    for match in _COLOUR.finditer(reading.text):
        begin, end = reading.clause(match.start())
        beside = [token for token in _levels(reading) if begin <= token.start < end]
        values = [f.value for token in beside for f in facts if figures.supports(token, f, reading)]
        if values and not any((value < 0) == bool(match["red"]) for value in values):
            return f"says {match.group()!r} of {beside[0].text!r}, which it is not"
    return None
