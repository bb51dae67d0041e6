"""Every number of a sentence: that a cited fact or passage carries it, or a calculation that its words select."""

import re
from collections.abc import Mapping, Sequence

from market_research.writing import numbers
from market_research.writing.evidence import Evidence, Fact, Passage
from market_research.writing.gate import operations as ops
from market_research.writing.gate.arithmetic import Result
from market_research.writing.gate.figures import TIMES, fiscal_years, is_change, passage_tokens, supports, with_inputs
from market_research.writing.gate.measures import wrong_measure
from market_research.writing.gate.owners import wrong_owner
from market_research.writing.gate.reading import Reading
from market_research.writing.gate.sides import wrong_side
from market_research.writing.numbers import Token

# "Number two": a place among others, judged as such.
_PLACE = re.compile(r"\b(?:number|no\.)\s+$", re.IGNORECASE)
_FISCAL = re.compile(r"\b(?:fiscal(?:\s+years?)?|FY)\s*$", re.IGNORECASE)


def wrong_number(
    reading: Reading,
    facts: Sequence[Fact],
    passages: Sequence[Passage],
    evidence: Evidence,
    results: Mapping[int, Result],
) -> str | None:
    """Why a number of the sentence must not stand; None if all may. ``results`` are those that its words derive."""
    if not reading.tokens and not results:
        return None
    companies = set(evidence.names.values())
    spoken = [result for result in results.values() if not result.token.step]
    said = " ".join(passage.text for passage in passages).lower() if spoken else ""
    for one in spoken:
        if not one.holds and (one.firm or not one.operation) and one.token.text.lower() not in said:
            return one.said
    in_passages = {(t.value, t.kind) for p in passages for t in passage_tokens(p.text)}
    supporters: dict[int, list[Fact]] = {}
    for token in reading.tokens:
        if (token.value, token.kind) in in_passages:
            continue
        if token.kind in TIMES:
            timely = _wrong_time(token, reading, facts, passages, evidence)
            if isinstance(timely, str):
                return timely
            if timely:
                continue
        if _PLACE.search(reading.before(token.start, 12)):
            continue
        if any(one.token.start <= token.start < one.token.end for one in spoken):
            continue
        result = results.get(token.start)
        found = [fact for fact in facts if supports(token, fact, reading)]
        if result and result.firm:
            found = [fact for fact in found if _may_be_derived(fact, result, companies)]
        if result and result.holds and (result.firm or not found):
            continue
        if found:
            supporters[token.start] = found
        elif result:
            return f"the number {token.text!r} does not follow: {result.said}"
        elif not (token.kind == numbers.COUNT and round(token.value) in _counts(reading, facts, evidence)):
            return f"the number {token.text!r} is in none of the cited facts or passages"
    if not supporters:
        return None
    return (
        wrong_side(reading, supporters, facts)
        or wrong_measure(reading, supporters)
        or wrong_owner(reading, supporters, evidence)
    )


def _may_be_derived(fact: Fact, result: Result, companies: set[str]) -> bool:
    """Can a fact itself be what the words derive? A level of one company is no difference, sum or multiple."""
    if result.operation and result.operation.kind == ops.SUM:
        return fact.entity not in companies
    if result.operation and result.operation.kind == ops.PACE:
        return not fact.metric.endswith("_growth") or fact.entity not in companies
    return fact.entity not in companies or is_change(fact) or fact.unit == numbers.RATIO


def _counts(reading: Reading, facts: Sequence[Fact], evidence: Evidence) -> set[int]:
    """How many companies the sentence names, and how many the cited figures are of."""
    companies = set(evidence.names.values())
    return {len({m.name for m in reading.mentions}), len({f.entity for f in facts if f.entity in companies})}


def _wrong_time(
    token: Token, reading: Reading, facts: Sequence[Fact], passages: Sequence[Passage], evidence: Evidence
) -> str | bool:
    """True for a year or day of the evidence, a reason for one that is not; False if it may be a plain number."""
    known = with_inputs(facts, evidence)
    if token.kind == numbers.DATE:
        days = {day.toordinal() for fact in facts for day in (fact.period_start, fact.period_end) if day}
        days |= {p.published_on.toordinal() for p in passages if p.published_on}
        return int(token.value) in days or f"the date {token.text!r} is of none of the cited facts or passages"
    year = int(token.value)
    if _FISCAL.search(reading.before(token.start, 40)):
        fiscal = {y for fact in known for y in fiscal_years(fact)}
        return year in fiscal or f"fiscal {year} is the year of none of the cited facts"
    years = {y for fact in known for y in fact.years} | {p.published_on.year for p in passages if p.published_on}
    return year in years
