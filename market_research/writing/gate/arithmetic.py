"""Arithmetic on cited facts: numbers that no cited fact carries itself, but that follow from several of them.

The words of the sentence select the calculation (``operations``) and its operands (``operands``); nothing is searched
for. A difference, a sum or a mean of money is money; of percentages a difference is points, and only shares of one
whole add up; money by money is a multiple, a part, or a change in percent. The result, from operands with all their
digits, must agree with the number as it is written, and its sign with the words: "more", "behind", "lost".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from market_research.writing import numbers
from market_research.writing.evidence import Evidence, Fact
from market_research.writing.gate import figures, spans, wording
from market_research.writing.gate import operations as ops
from market_research.writing.gate.operands import Series, named, nearest_year, operands, series
from market_research.writing.gate.operations import Operation
from market_research.writing.gate.reading import Reading
from market_research.writing.gate.spoken import FRACTION, spoken
from market_research.writing.numbers import Token

NEAR = 0.06
"""How far from it "a third" or "twice" may be said, of the number."""
NEARLY = 0.15
FURTHEST = 1.5
"""How far beyond "more than twice" a multiple or part may be; below, it may be as far as its inverse."""
_OF_A_FIGURE = re.compile(
    r"\s+of\s+(?:(?!distance|gap|lead|way)[\w'’&.]+\s+){0,5}?(?:revenues?|sales|turnover|market|income|profits?|earnings|margin|spending)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Result:
    """A number that words derive from others. ``said`` is the calculation, or why there is none."""

    token: Token
    operation: Operation | None
    holds: bool
    said: str
    operands: tuple[Fact, ...] = ()

    @property
    def firm(self) -> bool:
        return self.operation is not None and self.operation.firm


def calculate(reading: Reading, facts: Sequence[Fact], evidence: Evidence) -> dict[int, Result]:
    """Every number of the sentence whose words derive it, by its place."""
    found = list(ops.operations(reading))
    parts = [
        token for token in spoken(reading.text)
        if token.kind == FRACTION and _OF_A_FIGURE.match(reading.text, token.end)
    ]  # fmt: skip
    several = spans.said(reading.text)
    if not found and not parts and not several:
        return {}
    companies = set(evidence.names.values())
    cited = series(facts, reading)
    results: dict[int, Result] = {}
    deeper: list[Series] | None = None
    for token, operation in found:
        result = _result(token, operation, reading, cited, companies)
        if not result.operands:
            if deeper is None:
                deeper = series(figures.with_inputs(facts, evidence, 1), reading)
            result = _result(token, operation, reading, deeper, companies)
        results[token.start] = result
    for token in parts:
        if token.start not in results or not (results[token.start].holds or results[token.start].operands):
            results[token.start] = _share_in_words(token, reading, facts, companies)
    if several:
        for kind, check in ((spans.RUN, spans.runs), (spans.BETWEEN, spans.betweens)):
            for token, holds, said, chosen in check(reading, cited):
                results[token.start] = Result(token, kind, holds, said, chosen)
    return results


def calculations(results: Mapping[int, Result]) -> str | None:
    """The calculations that hold, for whoever follows a number to its facts; None if the sentence needs none."""
    said = dict.fromkeys(result.said for result in results.values() if result.holds and result.operation)
    return f"calculated: {'; '.join(said)}" if said else None


def _result(
    token: Token, operation: Operation, reading: Reading, found: Iterable[Series], companies: set[str]
) -> Result:
    fitting = [one for one in found if _fits(token, operation, one)]
    possible = []
    for one in named(fitting, reading):
        chosen = operands(one, operation, reading, token, companies)
        if chosen and _ends_agree(token, operation, reading, chosen):
            possible.append((one, chosen))
    if len(possible) > 1:
        shown = [(one, chosen) for one, chosen in possible if _shown(chosen, reading, token)]
        possible = shown or possible
    if not possible:
        return Result(token, operation, False, f"no cited facts give the {operation.kind} {token.text!r}")
    problems = [_judged(token, operation, reading, one, chosen) for one, chosen in possible]
    worst = next((one for one in problems if not one.holds), problems[0])
    return worst


def _shown(chosen: Sequence[Fact], reading: Reading, token: Token) -> bool:
    others = [t for t in reading.figures if t is not token]
    return any(figures.fits(t.kind, f.unit) and numbers.agrees(t, f.value) for t in others for f in chosen)


def _ends_agree(token: Token, operation: Operation, reading: Reading, chosen: Sequence[Fact]) -> bool:
    """ "Rose 8% to $17 billion from $15.7 billion": levels that stand by a change are its own ends."""
    if not operation.over_time or operation.kind == ops.MEAN:
        return True
    new, old = chosen
    for other in reading.figures:
        if other is token or not figures.fits(other.kind, new.unit):
            continue
        if token.start - 80 < other.start < token.start:
            between = reading.text[other.end : token.start]
            again = any(
                other.start < f.start < token.start and f.kind == token.kind != other.kind for f in reading.figures
            )
            before = reading.before(other.start, 30)
            end = new if wording.ENDS_AT.search(before) else old if wording.STARTS_AT.search(before) else None
            if end and not again and not re.search(r";|\band\b", between) and not figures.supports(other, end, reading):
                return False
        if not token.end <= other.start < token.end + 80 or not figures.fits(other.kind, new.unit):
            continue
        between = reading.text[token.end : other.start]
        if (
            ";" in between
            or " and " in between
            or any(token.end <= f.start < other.start and f.kind == token.kind for f in reading.figures)
        ):
            continue
        end = new if wording.ENDS_AT.search(between) else old if wording.STARTS_AT.search(between) else None
        if end is not None and not figures.supports(other, end, reading):
            return False
    return True


def _fits(token: Token, operation: Operation, one: Series) -> bool:
    """May figures of this unit be the operands of a number of this kind?"""
    change = any(figures.is_change(fact) for fact in one.values.values())
    share = one.unit == numbers.PERCENT and "share" in one.metric and not change
    plain = one.unit not in (numbers.PERCENT, numbers.POINTS, numbers.RATIO, numbers.INDEX)
    match operation.kind:
        case ops.DIFFERENCE if token.kind == numbers.POINTS:
            return one.unit == numbers.PERCENT
        case ops.DIFFERENCE:
            return plain and not change and figures.fits(token.kind, one.unit)
        case ops.SUM | ops.MEAN if token.kind == numbers.PERCENT:
            return share or (operation.kind == ops.MEAN and one.unit == numbers.PERCENT)
        case ops.SUM | ops.MEAN:
            return plain and not change and figures.fits(token.kind, one.unit)
        case ops.CHANGE | ops.PACE:
            return plain and not change
        case ops.PART:
            return (plain or share) and not change
        case _:
            return one.unit != numbers.POINTS and not change


def _judged(token: Token, operation: Operation, reading: Reading, one: Series, chosen: list[Fact]) -> Result:
    values = [fact.value for fact in chosen]
    loss = operation.kind == ops.DIFFERENCE and max(values) < 0 and bool(wording.LOSS.search(reading.text))
    if loss:
        values = [-value for value in values]
    value = _value(operation, values, chosen)
    # Digits beyond these are of floats, not of the figures, and must not decide how a half is rounded.
    value = None if value is None else float(f"{value:.12g}")
    if value is None:
        return Result(
            token,
            operation,
            False,
            f"figures that are not all positive give no {operation.kind} {token.text!r}",
            tuple(chosen),
        )
    directed = value * operation.sign if operation.sign and operation.kind != ops.RATIO else value
    if not operation.sign and operation.kind in (ops.DIFFERENCE, ops.CHANGE, ops.PACE):
        directed = abs(value)
    in_percent = token.kind == numbers.PERCENT and operation.kind in (ops.RATIO, ops.PART)
    in_parts = token.kind == FRACTION and operation.kind == ops.CHANGE
    shown = directed * 100 if in_percent else directed / 100 if in_parts else directed
    said = _said(token, operation, one.unit, values, value)
    if directed < 0 or (directed == 0 and token.value):
        way = {1: "more", -1: "less", 0: "different"}[operation.sign]
        return Result(token, operation, False, f"{said}, which is not {token.text} {way}", tuple(chosen))
    holds = shows(token, shown, reading)
    return Result(token, operation, holds, said if holds else f"{said}, not {token.text}", tuple(chosen))


def _value(operation: Operation, values: Sequence[float], chosen: Sequence[Fact]) -> float | None:
    """The result; None where the sign of an operand leaves none. Changes, parts and paces are in percent or of one."""
    first, last = values[0], values[-1]
    match operation.kind:
        case ops.DIFFERENCE:
            return first - last
        case ops.SUM:
            return sum(values)
        case ops.MEAN:
            return sum(values) / len(values)
        case ops.PART:
            part = next((fact.value for fact in chosen if fact.entity == operation.subject), 0.0)
            return part / sum(values) if min(values) >= 0 and sum(values) > 0 else None
        case ops.CHANGE:
            return (first / last - 1) * 100 if last > 0 else None
        case ops.PACE:
            years = (chosen[0].fiscal_year or 0) - (chosen[-1].fiscal_year or 0)
            return ((first / last) ** (1 / years) - 1) * 100 if min(first, last) > 0 and years > 1 else None
        case _:
            if first <= 0 or last <= 0:
                return None
            return last / first if operation.sign < 0 else first / last


def shows(token: Token, value: float, reading: Reading) -> bool:
    """Whether a derived value is what the number says: rounded to its digits, or beyond its bound and near it."""
    before = reading.before(token.start, 60)
    bound = figures.bound_before(before)
    multiple = token.kind == numbers.TIMES
    want = token.value
    if bound:
        near = figures.NEAR if wording.CLOSE.search(before) else None
        beyond = near or (FURTHEST - 1 if multiple else 1)
        short = near or (1 - 1 / FURTHEST if multiple else 0.5)
        return want < value < want * (1 + beyond) if bound == "more" else want * (1 - short) < value < want
    if token.step:
        return numbers.agrees(token, value)
    return want * (1 - NEAR) <= value <= want * (1 + NEAR)


def _share_in_words(token: Token, reading: Reading, facts: Sequence[Fact], companies: set[str]) -> Result:
    """ "A third of the covered revenue": a cited share of the company and year that are spoken of."""
    who = ops.subject(reading, token)
    year = nearest_year(reading, token)
    for fact in facts:
        if (
            fact.unit != numbers.PERCENT
            or figures.is_change(fact)
            or (year and year not in fact.years | {fact.fiscal_year})
        ):
            continue
        if (who is None or fact.entity == who or fact.entity not in companies) and shows(
            token, fact.value / 100, reading
        ):
            return Result(token, None, True, f"{numbers.exact(fact.value, fact.unit)}", (fact,))
    return Result(token, None, False, f"says {token.text!r}, which no cited fact gives")


def _said(token: Token, operation: Operation, unit: str, values: Sequence[float], value: float) -> str:
    """ "119.6 - 108.8 = 10.8 billion USD"."""
    largest = max(abs(v) for v in (*values, value if operation.kind in (ops.SUM, ops.DIFFERENCE) else 0))
    word, scale = next(((w, s) for w, s in numbers.SCALES.items() if s >= 1e6 and largest >= s), ("", 1.0))
    terms = [_short(v / scale) for v in values]
    points = "percentage points" if unit == numbers.PERCENT else f"{word} {unit}".strip()
    match operation.kind:
        case ops.DIFFERENCE:
            return f"{terms[0]} - {terms[-1]} = {_short(value / scale)} {points}"
        case ops.SUM | ops.MEAN:
            total = f"{' + '.join(terms)}"
            by = f"({total}) / {len(terms)}" if operation.kind == ops.MEAN else total
            return f"{by} = {_short(value / scale)} {'percent' if unit == numbers.PERCENT else points}"
        case ops.CHANGE:
            return f"{terms[0]} / {terms[-1]} - 1 = {_short(value)}%"
        case ops.PACE:
            return f"from {terms[-1]} to {terms[0]} it is {_short(value)}% a year"
        case ops.PART:
            return f"a part of {' + '.join(terms)} is {_short(value * 100)}%"
        case _:
            shown = f"{_short(value * 100)}%" if token.kind == numbers.PERCENT else _short(value)
            first, last = (terms[-1], terms[0]) if operation.sign < 0 else (terms[0], terms[-1])
            return f"{first} / {last} = {shown}"


def _short(value: float) -> str:
    return f"{numbers.round_half_up(value, 3):,}".removesuffix(".0")
