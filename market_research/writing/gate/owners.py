"""Whether numbers that the cited facts carry are of the companies and years that they stand by."""

import re
from collections.abc import Iterable
from itertools import pairwise

from market_research.writing.evidence import Evidence, Fact
from market_research.writing.gate import figures, wording
from market_research.writing.gate.reading import Mention, Reading
from market_research.writing.numbers import Token

_IN = re.compile(r"\s*,?\s*(?:in|for|of|during)\s+(?:the\s+year\s+)?(?:fiscal(?:\s+year)?\s+|FY\s*)?", re.IGNORECASE)
_BRACKET = re.compile(r"(?:['’]s)?\s*(?:\(|:)\s*")
_RIGHT_AFTER = re.compile(r"\s*(?:in|for|of)?\s*")
_JOINED = re.compile(r"\s*(?:,\s*(?:and\s+)?|and\s+)")
# "Alder's revenue of $3 billion": whoever else stands near.
_OWN_LEVEL = re.compile(
    r"['’]s?\s+(?:(?!than\b|to\b|versus\b|against\b|from\b|over\b|share\b)[\w-]+\s+){1,5}?of\s+(?:about\s+)?"
)
_VERSUS = re.compile(r"\s*,?\s*(?:versus|vs\.?|to|against|compared (?:with|to))\s+", re.IGNORECASE)
_AND = re.compile(r"\s*,?\s*and\s+", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|between)\s+(?:about\s+)?$", re.IGNORECASE)


def wrong_owner(reading: Reading, supporters: dict[int, list[Fact]], evidence: Evidence) -> str | None:
    """Why a number stands by a company or year that it is not of; ``supporters`` are the facts that it may show."""
    companies = set(evidence.names.values())
    # The years come first: they leave of what a number may show the facts of its year, which must be the company's.
    return (
        _of_another_time(reading, supporters)
        or _of_another_year(reading, supporters, evidence)
        or _of_several_offers(reading, supporters, evidence)
        or _of_another_company(reading, supporters, evidence)
        or _out_of_pair(reading, supporters, companies)
    )


def _of_several_offers(reading: Reading, supporters: dict[int, list[Fact]], evidence: Evidence) -> str | None:
    """Figures of different offers in a sentence that names none: nobody knows which is whose."""
    if {mention.name for mention in reading.mentions} & evidence.offers:
        return None
    owners = [{fact.entity for fact in found} for found in supporters.values()]
    of_offers = [names for names in owners if names <= evidence.offers]
    if of_offers and not set.intersection(*of_offers):
        return "shows figures of several offers and names none of them"
    return None


def _of_another_company(reading: Reading, supporters: dict[int, list[Fact]], evidence: Evidence) -> str | None:
    """A number that stands by one company's name and is another's."""
    if not reading.mentions:
        return None
    companies = set(evidence.names.values())
    if reading.respectively or _side_by_side(reading):
        return _out_of_order(reading, supporters, companies)
    ends = {token.start for pair in figures.ranges(reading) for token in pair}
    ends |= {token.start for token, _ in in_pairs(reading)}
    for start, found in supporters.items():
        owners = {fact.entity for fact in found}
        if not owners <= companies or start in ends:
            continue
        by = _candidates(reading, start)
        if not by or owners & {mention.name for mention in by}:
            continue
        named = {mention.name for mention in reading.mentions}
        # "It" may be a company that is not named; it is no other offer than the one that is.
        of_offers = bool(named & evidence.offers) and owners <= evidence.offers
        if reading.means_unnamed(start) and not owners & named and not of_offers:
            continue
        token = next(token for token in reading.tokens if token.start == start)
        return f"the number {token.text!r} is {_listed(owners)}'s, not {_listed({m.name for m in by})}'s"
    return None


def _candidates(reading: Reading, at: int) -> list[Mention]:
    """Who a number at a place may be of: the nearest names in its clause, else those of the clause before it."""
    in_brackets = [m for m in reading.mentions if _BRACKET.fullmatch(reading.text[m.end : at])]
    in_brackets = in_brackets or [m for m in reading.mentions if _OWN_LEVEL.fullmatch(reading.text[m.end : at])]
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


def _side_by_side(reading: Reading) -> bool:
    """ "A and B took $3 billion and $5 billion": as many figures as names, one list after the other."""
    if len(reading.lists) != 1 or len(reading.lists[0]) != len(reading.mentions):
        return False
    shown = [token for token in reading.figures if token.start > reading.mentions[-1].end]
    if len(shown) != len(reading.mentions) or len(shown) != len(reading.figures):
        return False
    joined = all(_JOINED.fullmatch(reading.text[a.end : b.start]) for a, b in pairwise(shown))
    return joined and not _FROM.search(reading.text[: shown[0].start])


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
        known = figures.with_inputs((fact for start in beside for fact in supporters[start]), evidence)
        if not any(int(token.value) in fact.years | figures.fiscal_years(fact) for fact in known):
            shown = next(t.text for t in reading.tokens if t.start == beside[0])
            return f"the number {shown!r} is not of {token.text}"
        if len(beside) == 1:
            start = beside[0]
            of_year = [f for f in supporters[start] if int(token.value) in f.years | figures.fiscal_years(f)]
            supporters[start] = of_year or supporters[start]
    return None


def _of_another_time(reading: Reading, supporters: dict[int, list[Fact]]) -> str | None:
    """ "$2 billion the year before", "a year earlier it had trailed, $2 billion to $3 billion"."""
    shifts = [(match, -1) for match in wording.EARLIER.finditer(reading.text)]
    shifts += [(match, 1) for match in wording.LATER.finditer(reading.text)]
    for match, shift in shifts:
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
            if not follows and not (
                opens
                and match.end() <= start < until
                and not any(match.end() <= t.start < start for t in reading.years)
            ):
                continue
            fitting = [fact for fact in found if not fact.fiscal_year or fact.fiscal_year == years[-1] + shift]
            if not fitting:
                return f"the number {token.text!r} is not of {match.group()}"
            supporters[start] = fitting
    return None


def in_pairs(reading: Reading) -> list[tuple[Token, str]]:
    """ "A overtook B, $3 billion versus $2 billion": figures that stand in the order of the two names before them."""
    names = list(dict.fromkeys(mention.name for mention in reading.mentions))
    if len(names) != 2 or reading.is_measure(reading.mentions[0]):
        return []
    found: list[tuple[Token, str]] = []
    for first, second in pairwise(reading.figures):
        between = reading.text[first.end : second.start]
        compared = _VERSUS.fullmatch(between) or (_AND.fullmatch(between) and reading.is_measure(reading.mentions[-1]))
        if first.kind != second.kind or not compared:
            continue
        if _FROM.search(reading.text[: first.start]) or any(m.start > first.start for m in reading.mentions):
            continue
        found += [(first, names[0]), (second, names[1])]
    return found


def _out_of_pair(reading: Reading, supporters: dict[int, list[Fact]], companies: set[str]) -> str | None:
    """The first of two compared numbers is of who is spoken of first, and as the words between the names say."""
    pairs = in_pairs(reading)
    for token, name in pairs:
        found = supporters.get(token.start, [])
        owners = {fact.entity for fact in found}
        if not owners or not owners <= companies:
            continue
        if name not in owners:
            return f"the number {token.text!r} is {_listed(owners)}'s, not {name}'s"
        year = _year_alone(reading, token.start)
        own = [fact for fact in found if fact.entity == name]
        if year and not any(year in fact.years | figures.fiscal_years(fact) for fact in own):
            return f"the number {token.text!r} is not of {year}"
    if len(pairs) == 2:
        (first, _), (second, _) = pairs
        between = reading.text[reading.mentions[0].end : reading.mentions[-1].start]
        higher, lower = wording.HIGHER.search(between), wording.LOWER.search(between)
        if bool(higher) != bool(lower) and first.value != second.value and (first.value > second.value) != bool(higher):
            word = (higher or lower).group()  # type: ignore[union-attr]
            return f"says {word!r} of {first.text!r} and {second.text!r}, which is the other way round"
    return None


def _year_alone(reading: Reading, at: int) -> int | None:
    """The only year that the statement between semicolons names, if it names no time relative to it."""
    begin = reading.text.rfind(";", 0, at) + 1
    end = reading.text.find(";", at)
    end = end if end >= 0 else len(reading.text)
    years = {int(token.value) for token in reading.years if begin <= token.start < end}
    return years.pop() if len(years) == 1 and not wording.EARLIER.search(reading.text[begin:end]) else None


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
