"""Segments, products and regions where companies report them: what is large, what grows, what drives the total."""

from itertools import combinations
from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, Tables, confidence, say
from market_research.writing import numbers
from market_research.writing.evidence import Fact

INPUTS = ("annual_facts", "segment_results")
NAMES = {"segment": "segment", "product": "product line", "region": "region"}


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: segment_mix, one per company and way of splitting."""
    frame = tables["segment_results"].filter(pl.col("metric") == "revenue")
    if frame.is_empty():
        notebook.gap(
            "segment_figures", "No covered company's segments were found, so the split of revenue is not analysed."
        )
        return
    for (company, dimension), part in sorted(frame.partition_by(["company", "dimension"], as_dict=True).items()):
        _split(notebook, str(company), str(dimension), part.to_dicts())


def _split(notebook: Notebook, company: str, dimension: str, listed: list[dict[str, Any]]) -> None:
    year = max(row["fiscal_year"] for row in listed)
    now = {row["segment"]: row for row in listed if row["fiscal_year"] == year and row["value_usd"] > 0}
    parts = finest_split({name: row["value_usd"] for name, row in now.items()}, _total(notebook, company, year))
    now = {name: row for name, row in now.items() if name in parts}
    before = {row["segment"]: row for row in listed if row["fiscal_year"] == year - 1 and row["value_usd"] > 0}
    if len(now) < 2:
        return
    book = notebook.book
    shares: dict[str, Fact] = {}
    growth: dict[str, Fact] = {}
    for segment, row in now.items():
        label = f"{dimension}={segment}"
        if row["share_pct"] is not None and row["share_pct"] <= 100.5:
            shares[segment] = book.derive(
                "segment_share", company, row["share_pct"], "percent", formula="100 * segment revenue / revenue",
                inputs=[row["fact_id"], row["total_fact_id"]], fiscal_year=year, dimensions=label,
            )  # fmt: skip
        if segment in before:
            start = before[segment]
            growth[segment] = book.derive(
                "segment_growth", company, 100 * (row["value_usd"] / start["value_usd"] - 1), "percent",
                formula="100 * (segment revenue / year before - 1)", inputs=[row["fact_id"], start["fact_id"]],
                fiscal_year=year, start_year=year - 1, dimensions=label,
            )  # fmt: skip
    if not shares:
        return
    sentences, meaning = _sentences(notebook, company, dimension, year, now, before, shares, growth)
    largest = max(shares.values(), key=lambda fact: fact.value)
    notebook.find(
        "segment_mix", sentences, meaning=meaning, about=f"{company}|{dimension}", value=largest.value, unit="percent",
        stake_usd=max(row["value_usd"] for row in now.values()),
        confidence=confidence(primary=True, companies=5, year=year, as_of=notebook.subject.as_of),
    )  # fmt: skip


def _total(notebook: Notebook, company: str, year: int) -> float | None:
    revenue = notebook.book.get("revenue", company, year)
    return revenue.value if revenue else None


def finest_split(values: dict[str, float], total: float | None) -> set[str]:
    """The largest group of members that adds up to the total (within half a percent).

    An XBRL axis mixes totals of groups with their parts (products and services beside each product): shares and
    contributions are only meaningful within one group that adds up. All members are kept if they exceed the total by
    at most 2 % or none of their groups adds up without exceeding it; none if there are too many to try (over 16).
    """
    names = sorted(values)
    if total is None or total <= 0 or sum(values.values()) <= 1.02 * total:
        return set(names)
    if len(names) > 16:
        return set()
    best: set[str] = set()
    for size in range(len(names), 1, -1):
        for group in combinations(names, size):
            if abs(sum(values[name] for name in group) - total) <= 0.005 * total:
                best = set(group)
                break
        if best:
            break
    return best


def _is_rest(name: str) -> bool:
    """A remainder says nothing: it is neither the largest nor the driver."""
    return name.lower().startswith(("other", "all other", "rest of"))


def _sentences(
    notebook: Notebook, company: str, dimension: str, year: int, now: dict[str, Any], before: dict[str, Any],
    shares: dict[str, Fact], growth: dict[str, Fact],
) -> tuple[list[Any], list[Any]]:  # fmt: skip
    named = [name for name in shares if not _is_rest(name)] or list(shares)
    top = max(named, key=lambda name: (shares[name].value, name))
    sentences = [
        say(
            f"{company}'s largest {NAMES[dimension]} in fiscal {year} was {top}, with "
            f"{numbers.money(now[top]['value_usd'])} or "
            f"{numbers.percent(shares[top].value)} of revenue.",
            now[top]["fact_id"], shares[top],
        )
    ]  # fmt: skip
    meaning = []
    if len(growth) >= 2:
        fast = max(growth, key=lambda name: (growth[name].value, name))
        slow = min(growth, key=lambda name: (growth[name].value, name))
        ending = (
            f"{slow} shrank {numbers.percent(-growth[slow].value)}"
            if growth[slow].value < 0
            else f"{slow} grew {numbers.percent(growth[slow].value)}"
        )
        sentences.append(
            say(
                f"{fast} grew fastest, by {numbers.percent(growth[fast].value)}, while {ending}.",
                growth[fast], growth[slow],
            )
        )  # fmt: skip
        meaning += _driver(notebook, company, dimension, year, now, before)
    return sentences, meaning


def _driver(
    notebook: Notebook, company: str, dimension: str, year: int, now: dict[str, Any], before: dict[str, Any]
) -> list[Any]:
    """Which split supplied most of the company's change of revenue."""
    book = notebook.book
    revenue, prior = book.get("revenue", company, year), book.get("revenue", company, year - 1)
    if revenue is None or prior is None or revenue.value <= prior.value:
        return []
    change = book.derive(
        "revenue_change", company, revenue.value - prior.value, "USD", formula="revenue - year before",
        inputs=[revenue.fact_id, prior.fact_id], fiscal_year=year, start_year=year - 1,
    )  # fmt: skip
    both = [name for name in now if name in before and not _is_rest(name)]
    if not both:
        return []
    driver = max(both, key=lambda name: (now[name]["value_usd"] - before[name]["value_usd"], name))
    gained = now[driver]["value_usd"] - before[driver]["value_usd"]
    # Above the whole change others shrank, and "supplied 140 % of it" would mislead.
    if gained <= 0 or gained > change.value:
        return []
    part = book.derive(
        "segment_contribution", company, 100 * gained / change.value, "percent",
        formula="100 * change of segment revenue / change of revenue",
        inputs=[now[driver]["fact_id"], before[driver]["fact_id"], change.fact_id],
        fiscal_year=year, start_year=year - 1, dimensions=f"{dimension}={driver}",
    )  # fmt: skip
    reliance = (
        f"so {company}'s growth stands or falls with it"
        if part.value > 60
        else f"so {company}'s growth rests on more than one leg"
    )
    return [
        say(
            f"{driver} supplied {numbers.percent(part.value)} of the {numbers.money(change.value)} that {company} "
            f"added, {reliance}.",
            part, change,
        )
    ]  # fmt: skip
