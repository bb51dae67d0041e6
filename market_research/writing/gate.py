"""The citation gate: one judge for every writer, with no model in it.

A sentence is kept only if
1. it cites something, and every id exists in this industry's evidence;
2. every number in it (digits, and words from two to twelve) agrees with a cited fact of a fitting unit after
   rounding to the digits shown, or stands in a cited passage; every year is a year of the cited evidence;
3. a positive number shown for a negative fact comes with a word for a fall, a loss or a shortfall;
4. every company named is one that the cited evidence is about;
5. everything in quotation marks stands verbatim in a cited passage, and every quotation that opens closes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from market_research.writing import numbers
from market_research.writing.evidence import Draft, Evidence, Fact, Passage
from market_research.writing.numbers import Token

QUOTE_MARKS = str.maketrans("“”„«»", '"' * 5)
DOWN = re.compile(
    r"\b(fell|fall|falls|fallen|falling|drop(?:ped|s)?|declin(?:e|ed|es|ing)|decreas(?:e|ed|es|ing)|shr[aiu]nk|lost|loss"
    r"|losses|lower|less|below|under|down|short(?:fall)?|behind|contract(?:ed|ion)|cut|cost|negative|narrow(?:ed|er)"
    r"|reduc(?:e|ed|es|ing)|trail(?:s|ed)?|lag(?:s|ged)?|slow(?:ed|er)|gave up|worse)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Verdict:
    """The gate's answer; ``reason`` says why a sentence was refused."""

    kept: bool
    reason: str | None = None


KEPT = Verdict(True)


def judge(draft: Draft, evidence: Evidence) -> Verdict:
    """Judge one sentence by the evidence that it cites."""
    unknown = _unknown_id(draft, evidence)
    if unknown:
        return Verdict(False, unknown)
    facts, passages = cited(draft, evidence)
    if not facts and not passages:
        return Verdict(False, "cites no evidence")
    for problem in (
        _wrong_number(draft.text, facts, passages, evidence),
        _wrong_name(draft.text, facts, passages, evidence),
        _wrong_quote(draft.text, passages),
    ):
        if problem:
            return Verdict(False, problem)
    return KEPT


def judge_cell(text: str, fact_id: str, evidence: Evidence) -> Verdict:
    """Judge a number shown in a table cell, a chart label or a key figure by the one fact that it shows."""
    fact = evidence.facts.get(fact_id)
    if fact is None:
        return Verdict(False, f"cites the unknown fact {fact_id}")
    allowed = {numbers.short(fact.value, fact.unit), numbers.exact(fact.value, fact.unit)}
    if text in allowed:
        return KEPT
    found = [token for token in numbers.tokens(text) if token.kind != "loose"]
    # A bare number is of the unit that its column says; one with a unit of its own must be of the fact's.
    bare = ("number", "year", numbers.COUNT)
    if found and all(
        numbers.agrees(token, fact.value) and (token.kind in bare or _fits(token.kind, fact.unit)) for token in found
    ):
        return KEPT
    return Verdict(False, f"shows {text!r} for the fact {fact_id} = {numbers.exact(fact.value, fact.unit)}")


def judge_label(text: str, facts: Sequence[Fact]) -> str | None:
    """Why a text cell beside these facts must not stand: a number in it that is neither their year nor in a name."""
    years = {year for fact in facts for year in fact.years}
    names = [name for fact in facts for name in (fact.entity, fact.dimensions, fact.metric)]
    for token in numbers.tokens(text):
        if token.kind == "year" and int(token.value) in years:
            continue
        if not any(text in name or token.text in name for name in names):
            return f"the label {text!r} holds the number {token.text!r}, which none of the row's facts gives"
    return None


def cited(draft: Draft, evidence: Evidence) -> tuple[list[Fact], list[Passage]]:
    """The facts and passages that a sentence rests on: its own, or those of its findings if it names none itself."""
    fact_ids = [*draft.fact_ids]
    passage_ids = [*draft.passage_ids]
    for finding_id in () if fact_ids or passage_ids else draft.finding_ids:
        finding = evidence.findings[finding_id]
        fact_ids += finding.fact_ids
        passage_ids += finding.passage_ids
    facts = [evidence.facts[i] for i in dict.fromkeys(fact_ids) if i in evidence.facts]
    return facts, [evidence.passages[i] for i in dict.fromkeys(passage_ids) if i in evidence.passages]


def _unknown_id(draft: Draft, evidence: Evidence) -> str | None:
    for ids, known, what in (
        (draft.fact_ids, evidence.facts, "fact"),
        (draft.finding_ids, evidence.findings, "finding"),
        (draft.passage_ids, evidence.passages, "passage"),
    ):
        for item in ids:
            if item not in known:
                return f"cites the unknown {what} {item}"
    return None


def _wrong_number(text: str, facts: Sequence[Fact], passages: Sequence[Passage], evidence: Evidence) -> str | None:
    found = numbers.tokens(text)
    if not found:
        return None
    falling = bool(DOWN.search(text))
    years = {year for fact in facts for year in fact.years}
    years |= {p.published_on.year for p in passages if p.published_on}
    days = {day.toordinal() for fact in facts for day in (fact.period_start, fact.period_end) if day}
    days |= {p.published_on.toordinal() for p in passages if p.published_on}
    in_passages = {(t.value, t.kind) for p in passages for t in _passage_tokens(p.text)}
    names = {evidence.names[name] for name in _names_in(text, evidence)}
    for token in found:
        if (token.value, token.kind) in in_passages:
            continue
        if token.kind == "year" and int(token.value) in years:
            continue
        if token.kind == numbers.DATE and int(token.value) in days:
            continue
        if any(_supports(token, fact, falling) for fact in facts):
            continue
        if token.kind == numbers.COUNT and round(token.value) == len(names):
            continue
        return f"the number {token.text!r} is in none of the cited facts or passages"
    return None


@lru_cache(maxsize=4096)
def _passage_tokens(text: str) -> tuple[Token, ...]:
    return tuple(numbers.tokens(text))


def _supports(token: Token, fact: Fact, falling: bool) -> bool:
    if not _fits(token.kind, fact.unit):
        return False
    if numbers.agrees(token, fact.value):
        return True
    # "fell 3.2%" and "a loss of $2 billion" state a negative fact by its size.
    return falling and fact.value < 0 and numbers.agrees(token, -fact.value)


def _fits(kind: str, unit: str) -> bool:
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


def _names_in(text: str, evidence: Evidence) -> list[str]:
    return [name for name, pattern in _patterns(tuple(evidence.names)) if pattern.search(text)]


@lru_cache(maxsize=64)
def _patterns(names: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")) for name in names)


def _wrong_name(text: str, facts: Sequence[Fact], passages: Sequence[Passage], evidence: Evidence) -> str | None:
    named = _names_in(text, evidence)
    if not named:
        return None
    about = _entities(facts, evidence)
    for name in named:
        canonical = evidence.names[name]
        forms = tuple(form for form, other in evidence.names.items() if other == canonical)
        if canonical in about or any(_names_any(forms, dimension) for dimension in about):
            continue
        if any(_names_any(forms, f"{p.heading or ''} {p.text}") for p in passages):
            continue
        return f"names {name}, which none of the cited evidence is about"
    return None


def _names_any(forms: tuple[str, ...], text: str) -> bool:
    """True if one of these names stands in the text as words of their own: "Intel" is not in "intelligence"."""
    return any(pattern.search(text) for _, pattern in _patterns(forms))


def _entities(facts: Iterable[Fact], evidence: Evidence) -> set[str]:
    """Who the facts are about, themselves or, if they are about all companies, through what they were computed from.

    A figure of one company speaks of that company only, though its share was computed from everyone's revenue.
    """
    companies = set(evidence.names.values())
    about: set[str] = set()
    pending = list(facts)
    seen: set[str] = set()
    while pending:
        fact = pending.pop()
        if fact.fact_id in seen:
            continue
        seen.add(fact.fact_id)
        about |= {fact.entity, fact.dimensions} - {""}
        if fact.entity not in companies:
            pending += [evidence.facts[i] for i in fact.inputs if i in evidence.facts]
    return about


def _wrong_quote(text: str, passages: Sequence[Passage]) -> str | None:
    spans = quoted(text)
    if spans is None:
        return "opens or closes a quotation that has no other end"
    for span in spans:
        words = _even(span).strip().rstrip(",.;")
        if not words or not any(words in _even(passage.text) for passage in passages):
            return f"the quotation {words[:60]!r} is not in a cited passage"
    return None


def quoted(text: str) -> list[str] | None:
    """What stands between outermost quotation marks; None if they do not pair up."""
    found: list[str] = []
    depth = start = 0
    for place, char in enumerate(text):
        if char in "“„«" or (char == '"' and depth == 0):
            start = place + 1 if depth == 0 else start
            depth += 1
        elif char in "”»" or char == '"':
            depth -= 1
            if depth < 0:
                return None
            if depth == 0:
                found.append(text[start:place])
    return found if depth == 0 else None


def _even(text: str) -> str:
    """The text with single spaces and one kind of quotation marks."""
    return " ".join(text.translate(QUOTE_MARKS).split())
