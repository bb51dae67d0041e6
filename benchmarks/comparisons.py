"""True sentences about company figures and rates, alone and two by two: more than ``liars.py`` makes of a short prompt.

The measures are those that a report's prompts offer for most companies; the wordings are of neither half of ``liars``.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import permutations

from benchmarks.liars import Told
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Evidence, Fact

AMOUNTS = {
    "revenue": "revenue", "net_income": "net income", "operating_income": "operating income",
    "free_cash_flow": "free cash flow", "capital_expenditure": "capital expenditure",
    "research_and_development": "research and development spending",
}  # fmt: skip
RATES = {
    "revenue_growth": "revenue growth", "operating_margin": "operating margin", "net_margin": "net margin",
    "market_share": "share of covered revenue", "profit_share": "share of covered net income",
}  # fmt: skip


def told(evidence: Evidence) -> list[Told]:
    """Every sentence that the evidence gives."""
    groups: dict[tuple[str, int], dict[str, Fact]] = defaultdict(dict)
    companies = set(evidence.names.values())
    for fact in sorted(evidence.facts.values(), key=lambda fact: fact.fact_id):
        measured = (fact.metric in AMOUNTS and fact.unit == "USD") or (fact.metric in RATES and fact.unit == "percent")
        whole = fact.period_start and fact.period_end and 350 <= (fact.period_end - fact.period_start).days <= 380
        # What a figure below zero is called is another matter.
        large = fact.value >= (1e6 if fact.unit == "USD" else 0.1)
        if measured and whole and large and fact.entity in companies and fact.fiscal_year and not fact.dimensions:
            groups[fact.metric, fact.fiscal_year].setdefault(fact.entity, fact)
    made: list[Told] = []
    for facts in groups.values():
        for fact in facts.values():
            made += _alone(fact)
        for a, b in permutations(facts.values(), 2):
            if shown(a) != shown(b):
                made += _two(a, b)
        for group in permutations(facts.values(), 3):
            made += _three(*group)
    return made


def spans(evidence: Evidence) -> list[Told]:
    """Quotations of each passage, up to six of one, none with a figure or a quotation in it."""
    made = []
    for passage in evidence.passages.values():
        words = passage.text.split()
        for start in range(1, min(len(words) - 12, 79), 13):
            span = " ".join(words[start : start + 11]).rstrip(",.;:")
            beside = " ".join(words[start - 1 : start + 12])
            if not re.search(r'[\d"“”„«»|]', beside):
                draft = Draft(f'It says: "{span}".', (), (), (passage.passage_id,))
                made.append(Told(draft, (), "quote"))
    return made


def shown(fact: Fact) -> str:
    """The figure as a sentence has it."""
    return numbers.money(fact.value) if fact.unit == "USD" else numbers.percent(fact.value)


def _alone(f: Fact) -> Iterator[Told]:
    what = (AMOUNTS | RATES)[f.metric]
    yield _told("showed", f"For fiscal {f.fiscal_year}, {f.entity} showed {what} of {shown(f)}.", f)
    yield _told("stood", f"{what[0].upper()}{what[1:]} at {f.entity} stood at {shown(f)} in fiscal {f.fiscal_year}.", f)


def _two(a: Fact, b: Fact) -> Iterator[Told]:
    what, year = (AMOUNTS | RATES)[a.metric], f"fiscal {a.fiscal_year}"
    more = a.value > b.value
    yield _told("while", f"{a.entity} had {what} of {shown(a)} in {year}, while {b.entity} had {shown(b)}.", a, b)
    yield _told("and", f"{a.entity} and {b.entity} had {what} of {shown(a)} and {shown(b)} in {year}.", a, b)
    yield _told("than", f"In {year}, {a.entity} showed {'higher' if more else 'lower'} {what} than {b.entity}: "
                f"{shown(a)} against {shown(b)}.", a, b)  # fmt: skip
    yield _told("with", f"With {shown(a)}, the {what} of {a.entity} was {'above' if more else 'below'} the {shown(b)} "
                f"of {b.entity} in {year}.", a, b)  # fmt: skip


def _three(a: Fact, b: Fact, c: Fact) -> Iterator[Told]:
    what = (AMOUNTS | RATES)[a.metric]
    listed = ", ".join(f"{fact.entity} {shown(fact)}" for fact in (a, b, c))
    yield _told("row", f"{what[0].upper()}{what[1:]} in fiscal {a.fiscal_year}: {listed}.", a, b, c)


def _told(template: str, text: str, *facts: Fact) -> Told:
    return Told(Draft(text, tuple(fact.fact_id for fact in facts)), facts, template)
