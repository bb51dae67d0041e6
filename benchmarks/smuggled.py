"""True figures with something beside them that no evidence carries: causes, judgements, forecasts, strangers.

A gate that lets a model choose its words must still refuse what the words add. Every sentence here begins as a true one
about a cited figure and adds a claim in the words of a reporter; none of it is in any evidence.
"""

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.liars import Told
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Evidence, Fact

ADDED = {
    "cause": (
        "because customers came back", "thanks to its pricing", "owing to a milder winter", "as shoppers traded down",
        "driven by its loyalty scheme", "on the back of a weak currency", "after its rivals raised prices",
        "since tariffs fell away", "which reflects its marketing", "helped by cheap fuel",
        "as a result of hiring freezes", "so its shareholders were paid", "due to the pandemic",
        "amid a price war", "which caused layoffs", "and that led to closures",
    ),
    "judgement": (
        "an impressive result", "a disappointing showing", "which is strong", "a healthy figure",
        "the best performance in years", "a record", "more than it deserves", "a sign of weak management",
        "well above what analysts had hoped", "comfortably ahead of its plan", "a dominant position",
        "which makes it the leader", "a sharply better outcome", "despite poor service", "an unsafe level",
        "only thanks to luck", "a dramatic reversal", "remarkably",
    ),
    "forecast": (
        "and will double again", "and should grow further", "which is likely to fall", "and may shrink next year",
        "with more to come", "a level expected to rise", "and could reach twice that soon",
        "a figure that it aims to beat", "and is set to climb", "heading for a new high", "with growth ahead",
        "and is forecast to increase",
    ),
    "company": (
        "ahead of Zorblatt", "while Quendal had less", "with help from Marrowick Partners", "more than Tindlemere",
        "as Veltrano's auditors confirmed", "partly earned for Ostrava Holdings",
    ),
    "product": (
        "mostly from electric bicycles", "including the sale of its headquarters", "nearly all of it from lawnmowers",
        "led by subscriptions to its newspaper", "from vaccines and insulin", "half of it in Antarctica",
    ),
    "measure": (
        "all of it dividends", "measured as cash in hand", "which is its market value", "and its debt was the same",
        "the sum of its taxes", "equal to its wage bill",
    ),
    "move": (
        "after it fell for a decade", "down from the year before that", "lower than ever before",
        "and it has since halved",
        "the smallest in a century", "then it slumped",
    ),
}  # fmt: skip
"""What is added, by kind."""
PLAIN = {"revenue": "revenue", "net_income": "net income", "operating_income": "operating income"}
OTHER = {
    "revenue": ("net income", "operating income", "gross profit", "free cash flow"),
    "net_income": ("revenue", "operating income", "gross profit", "sales"),
    "operating_income": ("revenue", "net income", "sales", "capital expenditure"),
}
"""Measures that a figure is not of."""


def lies(told: Told) -> Iterator[tuple[str, Draft]]:
    """Every addition to a true sentence about one or more figures, with its kind."""
    text = told.draft.text.rstrip(".")
    for kind, additions in ADDED.items():
        for added in additions:
            yield kind, replace(told.draft, text=f"{text}, {added}.")


def renamed(evidence: Evidence, writer: str = "") -> Iterator[tuple[str, Draft]]:
    """Amounts under the name of a measure that they are not of, and before the year that they are of."""
    companies = set(evidence.names.values())
    amounts = {
        (f.entity, f.metric, f.fiscal_year): f
        for f in sorted(evidence.facts.values(), key=lambda f: f.fact_id)
        if f.metric in PLAIN and f.entity in companies and f.fiscal_year and not f.dimensions and f.value > 1e6
        and f.period_start and f.period_end and (f.period_end - f.period_start).days >= 350
    }  # fmt: skip
    for (entity, metric, year), fact in sorted(amounts.items()):
        for other in OTHER[metric]:
            texts = (
                f"{entity} had {other} of {_m(fact)} in fiscal {year}.",
                f"In fiscal {year}, {entity}'s {other} was {_m(fact)}.",
            )
            for text in texts:
                yield "measure", Draft(text, (fact.fact_id,), writer=writer)
        before = amounts.get((entity, metric, year - 1))
        if before and _m(before) != _m(fact):
            ids = (before.fact_id, fact.fact_id)
            what = PLAIN[metric]
            wrong = "fell" if fact.value > before.value else "rose"
            for text in (
                f"{entity}'s {what} went from {_m(fact)} in fiscal {year - 1} to {_m(before)} in fiscal {year}.",
                f"In fiscal {year - 1} {entity} had {what} of {_m(before)}, after {_m(fact)} a year earlier.",
                f"{entity}'s {what} was {_m(fact)} in fiscal {year}; a year later it was {_m(before)}.",
                f"{entity}'s {what} {wrong} in fiscal {year}.",
                f"{entity}'s {what} {wrong}, to be {_m(fact)} in fiscal {year}.",
            ):
                yield "time", Draft(text, ids, writer=writer)


def _m(fact: Fact) -> str:
    return numbers.short(fact.value, fact.unit)
