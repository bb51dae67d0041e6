"""True sentences about offers as a model hands them in, and lies made from them, one change each.

Nothing here knows the gate: the lies are made from what the sentences say and from the facts that there are.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from market_research.writing import numbers
from market_research.writing.evidence import Draft, Evidence, Fact
from market_research.writing.llm.plan import drafts
from market_research.writing.material import Material
from market_research.writing.outline import Outline, Paragraph

MODEL = "openai/gpt-4o-mini"
OPPOSITES = {
    "above": "below", "higher": "lower", "risen": "fallen", "raised": "cut", "more": "less", "gained": "lost",
    "better": "worse", "positive": "negative", "most": "least", "worst": "best", "increasing": "decreasing",
}  # fmt: skip
FLIPS = OPPOSITES | {new: old for old, new in OPPOSITES.items()}
OTHER_SPANS = {"90": "60", "30": "45"}
_PRICE = re.compile(r"[$€£]\d[\d,]*\.\d\d")
_LEVEL = re.compile(r"[$€£]\d[\d,]*(?:\.\d+)?(?: (?:million|billion))?")
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Offered:
    """What lies are made from: every offer's name, its side, and the facts about it by metric."""

    evidence: Evidence
    names: tuple[str, ...]
    marketplaces: Mapping[str, str]
    facts: Mapping[tuple[str, str], tuple[Fact, ...]]


def offered(m: Material, evidence: Evidence) -> Offered:
    """The offers that facts are about."""
    places = dict(m.tables["products"].select("product_id", "marketplace").rows())
    found: dict[tuple[str, str], list[Fact]] = {}
    marketplaces: dict[str, str] = {}
    for fact in evidence.facts.values():
        kind, _, product = fact.dimensions.partition("=")
        if kind == "offer":
            found.setdefault((fact.entity, fact.metric), []).append(fact)
            marketplaces[fact.entity] = places[product]
    return Offered(evidence, tuple(sorted(marketplaces)), marketplaces, {k: tuple(v) for k, v in found.items()})


def truths(m: Material, outline: Outline) -> list[Draft]:
    """The findings' sentences of the chapter, each once, as a model says them."""
    [chapter] = [one for one in outline.sections if one.key == "commerce"]
    told = [draft for block in chapter.blocks if isinstance(block, Paragraph) for draft in drafts(block)]
    of_findings = {d.text: d for f in m.findings if f.kind != "gap" for d in (*f.sentences, *f.meaning)}
    known = {draft.text: draft for draft in told if draft.text in of_findings} | of_findings
    return [replace(draft, writer=MODEL, call_id="call_1") for draft in known.values()]


Lie = Callable[[Draft, Offered], Iterator[Draft]]


def _spans(text: str, of: Offered) -> list[tuple[int, int]]:
    """Where names of offers stand: digits inside them are no figures."""
    return [found.span() for name in of.names for found in re.finditer(re.escape(name), text)]


def _outside(match: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    return not any(start <= match.start() < end for start, end in spans)


def digit(draft: Draft, of: Offered) -> Iterator[Draft]:
    """Each figure with its last digit three up."""
    spans = _spans(draft.text, of)
    for found in _DIGITS.finditer(draft.text):
        if _outside(found, spans) and not _of_date(draft.text, found):
            other = f"{found[0][:-1]}{(int(found[0][-1]) + 3) % 10}"
            yield replace(draft, text=f"{draft.text[: found.start()]}{other}{draft.text[found.end() :]}")


def _of_date(text: str, found: re.Match[str]) -> bool:
    return bool(re.search(rf"(?:{'|'.join(numbers.MONTHS)}) (?:\d+, )?$", text[: found.start()]))


def count(draft: Draft, _: Offered) -> Iterator[Draft]:
    """A number in words, another one."""
    for found in re.finditer(rf"\b(?:{'|'.join(numbers.WORDS[2:])})\b", draft.text, re.IGNORECASE):
        place = numbers.WORDS.index(found[0].lower())
        other = numbers.WORDS[place - 1] if place > 3 else numbers.WORDS[place + 3]
        yield replace(draft, text=f"{draft.text[: found.start()]}{other}{draft.text[found.end() :]}")


def day(draft: Draft, _: Offered) -> Iterator[Draft]:
    """A date two days later, or another month."""
    for found in re.finditer(rf"({'|'.join(numbers.MONTHS)}) (\d+)", draft.text):
        month = numbers.MONTHS[(numbers.MONTHS.index(found[1]) + 5) % 12]
        for other in (f"{found[1]} {int(found[2]) % 27 + 2}", f"{month} {min(int(found[2]), 28)}"):
            if other != found[0]:
                yield replace(draft, text=draft.text.replace(found[0], other))


def product(draft: Draft, of: Offered) -> Iterator[Draft]:
    """The same of another offer."""
    for name in of.names:
        if name in draft.text:
            others = [other for other in of.names if other not in draft.text and name not in other]
            yield from (replace(draft, text=draft.text.replace(name, other)) for other in others[:2] + others[-1:])


def rivals_price(draft: Draft, of: Offered) -> Iterator[Draft]:
    """A price of the sentence is that of another offer, which is cited, too."""
    spans = _spans(draft.text, of)
    for found in _PRICE.finditer(draft.text):
        if not _outside(found, spans):
            continue
        for (name, metric), facts in of.facts.items():
            if metric != "price" or name in draft.text:
                continue
            shown = numbers.price(facts[0].value, facts[0].unit)
            if shown not in draft.text:
                text = f"{draft.text[: found.start()]}{shown}{draft.text[found.end() :]}"
                yield replace(draft, text=text, fact_ids=(*draft.fact_ids, facts[0].fact_id))
                break


def swapped(draft: Draft, _: Offered) -> Iterator[Draft]:
    """Two amounts of the sentence change places: the own price and the rival's, old and new, today's and asked."""
    shown = [(found.start(), found.end(), found[0]) for found in _LEVEL.finditer(draft.text)]
    for (a, b, one), (c, d, other) in pairwise(shown):
        if one != other:
            yield replace(draft, text=f"{draft.text[:a]}{other}{draft.text[b:c]}{one}{draft.text[d:]}")


def flipped(draft: Draft, of: Offered) -> Iterator[Draft]:
    """Above for below, cut for raised, gained for lost."""
    spans = _spans(draft.text, of)
    for found in re.finditer(rf"\b(?:{'|'.join(FLIPS)})\b", draft.text):
        if _outside(found, spans) and not re.search(r"\bin words such as\b", draft.text[: found.start()]):
            yield replace(draft, text=f"{draft.text[: found.start()]}{FLIPS[found[0]]}{draft.text[found.end() :]}")


def minus(draft: Draft, _: Offered) -> Iterator[Draft]:
    """A score or a change with the other sign."""
    for found in re.finditer(r"(?<=\s)(-?)(\d+\.\d+%?)(?=[\s.,;])", draft.text):
        if re.search(
            r"\b(?:score|scores|elasticity is|change by|from|to|by|with|of|is) $", draft.text[: found.start()]
        ):
            other = found[2] if found[1] else f"-{found[2]}"
            if float(found[2].rstrip("%")):
                yield replace(draft, text=f"{draft.text[: found.start()]}{other}{draft.text[found.end() :]}")


def currency(draft: Draft, _: Offered) -> Iterator[Draft]:
    """Euros and pounds for dollars."""
    for sign in "€£":
        if "$" in draft.text:
            yield replace(draft, text=draft.text.replace("$", sign))
            yield replace(draft, text=draft.text.replace("$", sign, 1))


def marketplace(draft: Draft, of: Offered) -> Iterator[Draft]:
    """Another marketplace."""
    places = sorted({place for place in of.marketplaces.values() if place != "own"})
    for place in places:
        for other in places:
            for one, two in ((place, other), (place.capitalize(), other.capitalize())):
                if place != other and re.search(rf"\b{one}\b", draft.text):
                    yield replace(draft, text=re.sub(rf"\b{one}\b", two, draft.text))


def span(draft: Draft, _: Offered) -> Iterator[Draft]:
    """Another number of days."""
    for found in re.finditer(r"\b(90|30)(?= days)", draft.text):
        other = OTHER_SPANS[found[0]]
        yield replace(draft, text=f"{draft.text[: found.start()]}{other}{draft.text[found.end() :]}")


def unit(draft: Draft, _: Offered) -> Iterator[Draft]:
    """Thousands for millions, points for percent, percent for pieces."""
    for old, new in ((" million", " billion"), ("%", " percentage points"), (" days", " weeks")):
        if old in draft.text:
            yield replace(draft, text=draft.text.replace(old, new, 1))
    if re.search(r"\d pieces", draft.text):
        yield replace(draft, text=re.sub(r"(\d) pieces", r"\1%", draft.text, count=1))


def others_facts(draft: Draft, of: Offered) -> Iterator[Draft]:
    """A true sentence that cites the same measures of another offer."""
    about = {of.evidence.facts[i].entity for i in draft.fact_ids} & set(of.names)
    if len(about) != 1 or not _DIGITS.search(draft.text):
        return
    for name in of.names:
        ids = [of.facts.get((name, of.evidence.facts[i].metric)) for i in draft.fact_ids]
        if name not in about and all(ids):
            yield replace(draft, fact_ids=tuple(found[0].fact_id for found in ids if found))
            return


def added(draft: Draft, _: Offered) -> Iterator[Draft]:
    """A true sentence with what nothing supports."""
    body = draft.text.rstrip(".")
    yield replace(draft, text=f"{body}, because its quality is poor.")
    yield replace(draft, text=f"{body}, and buyers are leaving for rivals.")
    yield replace(draft, text=f"{body}, the worst of the whole range.")


LIES: dict[str, Lie] = {
    made.__name__: made
    for made in (digit, count, day, product, rivals_price, swapped, flipped, minus, currency, marketplace, span, unit,
                 others_facts, added)
}  # fmt: skip


def lies(true: list[Draft], of: Offered) -> Iterator[tuple[str, Draft, Draft]]:
    """Kind, truth and lie; no lie says what one of the truths does."""
    told = {draft.text for draft in true}
    for kind, change in LIES.items():
        for draft in true:
            for lie in change(draft, of):
                if (lie.text not in told and lie.text != draft.text) or lie.fact_ids != draft.fact_ids:
                    yield kind, draft, lie
