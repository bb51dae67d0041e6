"""True sentences about an industry's evidence, and lies made from them one change at a time.

One half of the ways to say something (``FIRST``) was looked at while the gate was built. The other (``SECOND``) was
written before the gate had met it: at first sight, on 24 November 2026, it kept all of 2,285 true sentences and
refused 97.8 % of 16,626 lies. What had slipped was mended then, so neither half is unseen any more.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from market_research.writing import numbers
from market_research.writing.evidence import Draft, Evidence, Fact

METRICS = {
    "revenue": "revenue", "net_income": "net income", "operating_income": "operating income",
    "research_and_development": "research and development spending", "gross_profit": "gross profit",
}  # fmt: skip
MOVES = {"rose": "fell", "fell": "rose", "up": "down", "down": "up", "grew": "shrank", "shrank": "grew",
         "increased": "declined", "declined": "increased", "climbed": "slid", "slid": "climbed"}  # fmt: skip
ORDERS = {"larger": "smaller", "smaller": "larger", "more than": "less than", "less than": "more than",
          "above": "below", "below": "above", "higher": "lower", "lower": "higher"}  # fmt: skip
PLACES = {"largest": "smallest", "smallest": "largest", "highest": "lowest", "lowest": "highest"}
MULTIPLES = {"doubled": "quadrupled", "tripled": "quintupled", "halved": "doubled"}


@dataclass(frozen=True)
class Told:
    """A sentence with the companies and facts that it is made of, in the order in which they stand."""

    draft: Draft
    facts: tuple[Fact, ...]
    template: str


@dataclass(frozen=True)
class Book:
    """Annual company figures by what templates ask for."""

    evidence: Evidence
    by_metric_year: dict[tuple[str, int], list[Fact]]
    by_series: dict[tuple[str, str], list[Fact]]


def book(evidence: Evidence) -> Book:
    """Figures of whole fiscal years, one per company, measure and year, that are positive amounts of dollars."""
    found: dict[tuple[str, str, int], Fact] = {}
    companies = set(evidence.names.values())
    for fact in sorted(evidence.facts.values(), key=lambda f: f.fact_id):
        whole = fact.period_start and fact.period_end and 350 <= (fact.period_end - fact.period_start).days <= 380
        plain = fact.metric in METRICS and fact.unit == "USD" and not fact.dimensions and not fact.derived
        if whole and plain and fact.entity in companies and fact.fiscal_year and fact.value > 1e6:
            found.setdefault((fact.metric, fact.entity, fact.fiscal_year), fact)
    by_year: dict[tuple[str, int], list[Fact]] = defaultdict(list)
    by_series: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for (metric, entity, year), fact in sorted(found.items()):
        by_year[metric, year].append(fact)
        by_series[metric, entity].append(fact)
    return Book(evidence, dict(by_year), dict(by_series))


def _told(template: str, text: str, *facts: Fact) -> Told:
    return Told(Draft(text, tuple(dict.fromkeys(f.fact_id for f in facts))), facts, template)


def _m(fact: Fact) -> str:
    return numbers.money(fact.value)


def _name(fact: Fact) -> str:
    return METRICS[fact.metric]


def _apart(*facts: Fact) -> bool:
    """True if their figures differ as shown, so that swapping two makes a lie."""
    return len({_m(fact) for fact in facts}) == len(facts)


def _singles(of: Book) -> Iterator[Fact]:
    for facts in of.by_series.values():
        yield from facts


def _peers(of: Book, count: int) -> Iterator[tuple[Fact, ...]]:
    for facts in of.by_metric_year.values():
        for start in range(len(facts) - count + 1):
            group = tuple(facts[start : start + count])
            if _apart(*group):
                yield group


def _steps(of: Book) -> Iterator[tuple[Fact, Fact]]:
    for facts in of.by_series.values():
        for old, new in pairwise(facts):
            if _apart(old, new):
                yield old, new


def _level(of: Book) -> Iterator[Told]:
    for f in _singles(of):
        yield _told("level", f"{f.entity} took {_m(f)} of {_name(f)} in fiscal {f.fiscal_year}.", f)


def _against(of: Book) -> Iterator[Told]:
    for a, b in _peers(of, 2):
        text = f"In fiscal {a.fiscal_year}, {a.entity}'s {_name(a)} came to {_m(a)}, against {_m(b)} for {b.entity}."
        yield _told("against", text, a, b)


def _from_to(of: Book) -> Iterator[Told]:
    for old, new in _steps(of):
        verb = "rose" if new.value > old.value else "fell"
        text = (
            f"{new.entity}'s {_name(new)} {verb} from {_m(old)} in fiscal {old.fiscal_year} to {_m(new)} in fiscal "
            f"{new.fiscal_year}."
        )
        yield _told("from_to", text, old, new)


def _larger(of: Book) -> Iterator[Told]:
    for a, b in _peers(of, 2):
        word = "larger" if a.value > b.value else "smaller"
        text = (
            f"{a.entity}'s {_name(a)} of {_m(a)} was {word} than the {_m(b)} of {b.entity} in fiscal {a.fiscal_year}."
        )
        yield _told("larger", text, a, b)


def _more_than(of: Book) -> Iterator[Told]:
    for f in _singles(of):
        step = 10.0 ** (len(f"{f.value:.0f}") - 2)
        low = step * (f.value // step)
        if low < f.value:
            text = f"{f.entity} posted more than {numbers.money(low)} of {_name(f)} in fiscal {f.fiscal_year}."
            yield _told("more_than", text, f)


def _largest(of: Book) -> Iterator[Told]:
    for group in _peers(of, 3):
        top = max(group, key=lambda f: f.value)
        text = f"{top.entity} had the largest {_name(top)} of the three in fiscal {top.fiscal_year}, {_m(top)}."
        yield _told("largest", text, top, *(f for f in group if f is not top))


def _doubled(of: Book) -> Iterator[Told]:
    for facts in of.by_series.values():
        for i, old in enumerate(facts):
            for new in facts[i + 1 :]:
                for low, high, word in (
                    (1.97, 2.03, "doubled"),
                    (2.95, 3.05, "tripled"),
                    (2.05, 2.9, "more than doubled"),
                ):
                    if low <= new.value / old.value <= high:
                        text = (
                            f"{new.entity}'s {_name(new)} {word} between fiscal {old.fiscal_year} and fiscal "
                            f"{new.fiscal_year}."
                        )
                        yield _told("doubled", text, old, new)


def _quote(of: Book) -> Iterator[Told]:
    for passage in of.evidence.passages.values():
        words = passage.text.split()
        if len(words) >= 24 and not re.search(r'["“”„«»]', passage.text):
            span = " ".join(words[4:16]).rstrip(",.;:")
            if words[15][-1:].isdigit() or words[4][:1] in "$€£" or any(c.isdigit() for c in words[16] + words[3]):
                continue
            yield Told(Draft(f'A source puts it like this: "{span}".', (), (), (passage.passage_id,)), (), "quote")


def _reached(of: Book) -> Iterator[Told]:
    for a, b in _peers(of, 2):
        text = f"{_name(a).capitalize()} at {a.entity} reached {_m(a)} in {a.fiscal_year}; {b.entity} reported {_m(b)}."
        yield _told("reached", text, a, b)


def _respectively(of: Book) -> Iterator[Told]:
    for a, b in _peers(of, 2):
        text = (
            f"{a.entity} and {b.entity} reported {_name(a)} of {_m(a)} and {_m(b)} respectively for fiscal "
            f"{a.fiscal_year}."
        )
        yield _told("respectively", text, a, b)


def _brought(of: Book) -> Iterator[Told]:
    for old, new in _steps(of):
        way = "up" if new.value > old.value else "down"
        text = (
            f"Fiscal {new.fiscal_year} brought {new.entity} {_name(new)} of {_m(new)}, {way} from {_m(old)} a year "
            "earlier."
        )
        if old.fiscal_year and new.fiscal_year == old.fiscal_year + 1:
            yield _told("brought", text, new, old)


def _whose(of: Book) -> Iterator[Told]:
    for a, b in _peers(of, 2):
        word = "above" if a.value > b.value else "below"
        text = (
            f"{_m(a)} was {a.entity}'s {_name(a)} in fiscal {a.fiscal_year}, {word} the {_m(b)} that {b.entity} showed."
        )
        yield _told("whose", text, a, b)


def _list(of: Book) -> Iterator[Told]:
    for a, b, c in _peers(of, 3):
        listed = f"{a.entity} ({_m(a)}), {b.entity} ({_m(b)}) and {c.entity} ({_m(c)})"
        text = f"By {_name(a)}, fiscal {a.fiscal_year}: {listed}."
        yield _told("list", text, a, b, c)


def _highest(of: Book) -> Iterator[Told]:
    for group in _peers(of, 3):
        low = min(group, key=lambda f: f.value)
        text = (
            f"Of these companies the lowest {_name(low)} of fiscal {low.fiscal_year} was {low.entity}'s, at {_m(low)}."
        )
        yield _told("highest", text, low, *(f for f in group if f is not low))


def _climbed(of: Book) -> Iterator[Told]:
    for old, new in _steps(of):
        verb = "climbed" if new.value > old.value else "slid"
        text = (
            f"After {_m(old)} in fiscal {old.fiscal_year}, {_name(new)} of {new.entity} {verb} to {_m(new)} in "
            f"{new.fiscal_year}."
        )
        yield _told("climbed", text, old, new)


def _change(of: Book) -> Iterator[Told]:
    growth = {(f.entity, f.fiscal_year): f for f in of.evidence.facts.values() if f.metric == "revenue_growth"}
    for f in _singles(of):
        rate = growth.get((f.entity, f.fiscal_year))
        if f.metric == "revenue" and rate and abs(rate.value) >= 0.1:
            verb = "grew" if rate.value > 0 else "shrank"
            text = f"Revenue at {f.entity} {verb} {numbers.percent(abs(rate.value))} in fiscal {f.fiscal_year}."
            yield _told("change", text, rate)


FIRST: tuple[Callable[[Book], Iterator[Told]], ...] = (
    _level, _against, _from_to, _larger, _more_than, _largest, _doubled, _quote,
)  # fmt: skip
SECOND: tuple[Callable[[Book], Iterator[Told]], ...] = (
    _reached, _respectively, _brought, _whose, _list, _highest, _climbed, _change,
)  # fmt: skip


def truths(
    evidence: Evidence, templates: tuple[Callable[[Book], Iterator[Told]], ...], each: int, seed: int = 7
) -> list[Told]:
    """Up to ``each`` true sentences of every template."""
    draw = random.Random(seed)
    of = book(evidence)
    told: list[Told] = []
    for template in templates:
        found = list(template(of))
        told += draw.sample(found, min(each, len(found)))
    return told


def lies(told: Told, evidence: Evidence, draw: random.Random) -> Iterator[tuple[str, Draft]]:
    """Every kind of lie that the sentence lends itself to."""
    text, draft = told.draft.text, told.draft
    for kind, changed in (
        ("digit", _other_digit(told, draw) if told.template != "more_than" else None),
        ("scale", _other_scale(text)),
        ("year", _other_year(text, draw)),
        ("company", _other_company(told, evidence, draw)),
        ("direction", _flipped(text, MOVES)),
        ("comparison", _flipped(text, ORDERS)),
        ("superlative", _flipped(text, PLACES)),
        ("multiple", _flipped(text, MULTIPLES)),
        ("quote", _other_word(text, draw) if told.template == "quote" else None),
        ("entity", _with_stranger(told, evidence, draw)),
    ):
        if changed is not None and changed != text:
            yield kind, replace(draft, text=changed)
    ids = draft.fact_ids or draft.passage_ids
    broken = tuple(f"{i[:-2]}{'00' if i[-2:] != '00' else '11'}" for i in ids)
    yield "id", replace(draft, fact_ids=broken) if draft.fact_ids else replace(draft, passage_ids=broken)
    if len(told.facts) > 1 and _swapped(told) != text:
        yield "swap", replace(draft, text=_swapped(told))


def _other_digit(told: Told, draw: random.Random) -> str | None:
    """One digit of one figure changed; years and names are left alone.

    17.45 may be told as 17.5 and as 17.4: of an exact half the other rounding is no lie, and None.
    """
    text = told.draft.text
    figures = [t for t in numbers.tokens(text) if t.kind not in ("year", numbers.DATE, numbers.COUNT, "loose")]
    figures = [t for t in figures if text[t.start] in "$-" or t.kind == numbers.PERCENT]
    if not figures:
        return None
    token = draw.choice(figures)
    at = draw.choice([i for i in range(token.start, token.end) if text[i].isdigit()])
    changed = text[:at] + draw.choice([d for d in "123456789" if d != text[at]]) + text[at + 1 :]
    now = next((one for one in numbers.tokens(changed) if one.start == token.start), None)
    values = [abs(fact.value) for fact in told.facts if numbers.agrees(token, abs(fact.value))]
    return None if now and any(numbers.agrees(now, value) for value in values) else changed


def _other_scale(text: str) -> str | None:
    for word, other in (("billion", "million"), ("million", "billion")):
        if f" {word}" in text:
            return text.replace(f" {word}", f" {other}", 1)
    return None


def _other_year(text: str, draw: random.Random) -> str | None:
    years = list(re.finditer(r"\b(?:19|20)\d\d\b", text))
    if not years:
        return None
    match = draw.choice(years)
    return text[: match.start()] + str(int(match.group()) + draw.choice((-3, -2, 2, 3))) + text[match.end() :]


def _other_company(told: Told, evidence: Evidence, draw: random.Random) -> str | None:
    if not told.facts:
        return None
    name = told.facts[0].entity
    others = sorted(set(evidence.names.values()) - {fact.entity for fact in told.facts})
    return told.draft.text.replace(name, draw.choice(others), 1) if others else None


def _with_stranger(told: Told, evidence: Evidence, draw: random.Random) -> str | None:
    if not told.facts:
        return None
    others = sorted(set(evidence.names.values()) - {fact.entity for fact in told.facts})
    return f"{told.draft.text[:-1]}, as did {draw.choice(others)}." if others else None


def _swapped(told: Told) -> str:
    """Two figures change places."""
    first, second = _m(told.facts[0]), _m(told.facts[1])
    text = told.draft.text
    if first not in text or second not in text:
        return text
    return text.replace(first, "\0").replace(second, first).replace("\0", second)


def _flipped(text: str, pairs: dict[str, str]) -> str | None:
    for word, other in pairs.items():
        if re.search(rf"\b{word}\b", text):
            return re.sub(rf"\b{word}\b", other, text, count=1)
    return None


def _other_word(text: str, draw: random.Random) -> str:
    begin = text.index('"') + 1
    words = text[begin:-2].split(" ")
    at = draw.randrange(len(words))
    words[at] = draw.choice([w for w in ("rather", "market", "seldom", "growth") if w != words[at].lower()])
    return f'{text[:begin]}{" ".join(words)}".'
