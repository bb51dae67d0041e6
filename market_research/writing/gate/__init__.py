"""The citation gate: one judge for every writer, with no model in it.

A sentence is kept only if
1. it cites something, and every id exists in this industry's evidence;
2. every number in it (digits, and words from two to twelve) agrees with a cited fact of a fitting unit after
   rounding to the digits shown, or stands in a cited passage, or is what a calculation on cited facts gives that the
   words around it select, with its operands (``arithmetic``); it is of the company and year that it stands by; every
   year is a year of the cited evidence;
3. a positive number shown for a negative fact comes with a word for a fall, a loss or a shortfall;
4. every company or offer named is one that the cited evidence is about; digits inside an offer's name are no figures
   where the name stands verbatim and the cited evidence is about that offer;
5. everything in quotation marks stands verbatim in a cited passage, and every quotation that opens closes;
6. what it says of movement and order ("rose", "doubled", "faster than", "the largest", "overtook", "second of the
   three", "in the first quarter") follows from the cited facts;
7. without figures, facts or quotations it says what one place of a cited passage says, in nearly the same words;
8. its words, if a model wrote it, are those of the cited evidence, words of reporting that say nothing themselves, or
   words of movement and order that the cited figures bear out; an amount is of the measure that it stands by;
9. a number stands on the side that its measure is of (``sides``: above or below, own or a rival's, which end of an
   interval, which aspect, which unit), and two amounts lie as far apart and in the order that it says (``distances``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from market_research.writing import numbers
from market_research.writing.evidence import REVIEWER, Draft, Evidence, Fact, Passage
from market_research.writing.gate.arithmetic import calculate, calculations
from market_research.writing.gate.comparisons import wrong_comparison
from market_research.writing.gate.figures import fits
from market_research.writing.gate.reading import Reading, names_any, read
from market_research.writing.gate.shown import wrong_number
from market_research.writing.gate.standing import wrong_standing
from market_research.writing.gate.stated import unstated
from market_research.writing.gate.support import unsupported

QUOTE_MARKS = str.maketrans("“”„«»", '"' * 5)


@dataclass(frozen=True)
class Verdict:
    """The gate's answer: ``reason`` says why it refuses, ``calculated`` what carries derived numbers."""

    kept: bool
    reason: str | None = None
    calculated: str | None = None


KEPT = Verdict(True)


def judge(draft: Draft, evidence: Evidence, *, further: Iterable[Draft] = ()) -> Verdict:
    """Judge one sentence by the evidence that it cites.

    ``further`` are sentences made by rules, beside those of the findings, whose words a model may use.
    """
    unknown = _unknown_id(draft, evidence)
    if unknown:
        return Verdict(False, unknown)
    facts, passages = cited(draft, evidence)
    if not facts and not passages:
        return Verdict(False, "cites no evidence")
    reading = read(draft.text, evidence.names, _named_offers(facts, passages, evidence))
    results = calculate(reading, facts, evidence) if facts else {}
    problem = (
        wrong_number(reading, facts, passages, evidence, results)
        or wrong_comparison(reading, facts, passages, evidence, results)
        or wrong_standing(reading, facts, passages, evidence)
        or _wrong_name(reading, facts, passages, evidence)
        or _wrong_quote(draft.text, passages)
    )
    # Figures and quotations are held to their own rules; what facts support, their analysis has said.
    if not (problem or facts or reading.tokens or quoted(draft.text)):
        problem = unsupported(draft.text, passages)
    if draft.writer not in ("", REVIEWER) and not problem:
        problem = unstated(draft, reading, facts, passages, evidence, further, results)
    return Verdict(False, problem) if problem else Verdict(True, calculated=calculations(results))


def _named_offers(facts: Sequence[Fact], passages: Sequence[Passage], evidence: Evidence) -> frozenset[str]:
    """Names of offers that the cited evidence is about, or holds verbatim."""
    if not evidence.offers:
        return frozenset()
    said = " ".join(f"{passage.heading or ''} {passage.text}" for passage in passages)
    return frozenset(name for name in evidence.offers & _entities(facts, evidence)) | frozenset(
        name for name in evidence.offers if said and name in said
    )


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
    days = {day.toordinal() for day in (fact.period_start, fact.period_end) if day}
    if found and all(
        int(token.value) in days if token.kind == numbers.DATE else
        numbers.agrees(token, fact.value) and (token.kind in bare or fits(token.kind, fact.unit))
        for token in found
    ):  # fmt: skip
        return KEPT
    return Verdict(False, f"shows {text!r} for the fact {fact_id} = {numbers.exact(fact.value, fact.unit)}")


def judge_label(text: str, facts: Sequence[Fact]) -> str | None:
    """Why a text cell beside these facts must not stand: a number in it that is not their year or day, or in a name."""
    days = {day.toordinal() for fact in facts for day in (fact.period_start, fact.period_end) if day}
    years = {year for fact in facts for year in fact.years}
    names = [name for fact in facts for name in (fact.entity, fact.dimensions, fact.metric)]
    for token in numbers.tokens(text):
        if token.kind == "year" and int(token.value) in years:
            continue
        if token.kind == numbers.DATE and int(token.value) in days:
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


def _wrong_name(reading: Reading, facts: Sequence[Fact], passages: Sequence[Passage], evidence: Evidence) -> str | None:
    if not reading.mentions:
        return None
    about = _entities(facts, evidence)
    for mention in reading.mentions:
        forms = tuple(form for form, other in evidence.names.items() if other == mention.name)
        if mention.name in about or any(names_any(forms, dimension) for dimension in about):
            continue
        if any(names_any(forms, f"{p.heading or ''} {p.text}") for p in passages):
            continue
        return f"names {mention.form}, which none of the cited evidence is about"
    return None


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
