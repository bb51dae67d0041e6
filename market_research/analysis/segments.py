"""Segments, products and regions where companies report them: what is large, what grows, what drives the total."""

from itertools import combinations
from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, Tables, confidence, possessive, say
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact, FactBook

INPUTS = ("annual_facts", "segment_results", "company_ratios")
NAMES = {"segment": "segment", "product": "product line", "region": "region"}


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: segment_mix (one per company and way of splitting), segment_profit (one per company)."""
    frame = tables["segment_results"].filter(pl.col("metric") == "revenue")
    if frame.is_empty():
        notebook.gap(
            "segment_figures", "No covered company's segments were found, so the split of revenue is not analysed."
        )
        return
    for (company, dimension), part in sorted(frame.partition_by(["company", "dimension"], as_dict=True).items()):
        _split(notebook, str(company), str(dimension), part.to_dicts())
    _profits(tables, notebook)


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
    gains = [row["value_usd"] - before[name]["value_usd"] for name, row in now.items() if name in before]
    notebook.find(
        "segment_mix", sentences, meaning=meaning, about=f"{company}|{dimension}", value=largest.value, unit="percent",
        stake_usd=max((abs(gain) for gain in gains), default=None),
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
    size = f"{numbers.money(now[top]['value_usd'])} or {numbers.percent(shares[top].value)} of revenue"
    driver, sentences = _driver(notebook, company, dimension, year, now, before, growth)
    # What made the growth says more than what is large: it comes first.
    if driver == top:
        text = f"It is also the largest {NAMES[dimension]}, with {size}."
    else:
        text = f"{possessive(company)} largest {NAMES[dimension]} in fiscal {year} was {top}, with {size}."
    sentences.append(say(text, now[top]["fact_id"], shares[top]))
    ranked = {name: fact for name, fact in growth.items() if not _is_rest(name)}
    if len(ranked) >= 2:
        sentences += _extremes(ranked, driver)
    return sentences, []


def _extremes(growth: dict[str, Fact], driver: str | None) -> list[Draft]:
    """Who grew fastest and slowest, each said once."""
    fast = max(growth, key=lambda name: (growth[name].value, name))
    slow = min(growth, key=lambda name: (growth[name].value, name))
    rose = f"grew fastest, by {numbers.percent(growth[fast].value)}"
    if growth[fast].value < 0:
        rose = f"held up best, with a fall of {numbers.percent(-growth[fast].value)}"
    fell = (
        f"shrank {numbers.percent(-growth[slow].value)}"
        if growth[slow].value < 0
        else f"grew slowest, by {numbers.percent(growth[slow].value)}"
    )
    if driver == fast:
        return [say(f"No other grew as fast; {slow} {fell}.", growth[slow], growth[fast])]
    if driver == slow:
        return [say(f"{fast} {rose}.", growth[fast])]
    return [say(f"{fast} {rose}, while {slow} {fell}.", growth[fast], growth[slow])]


def _driver(
    notebook: Notebook, company: str, dimension: str, year: int, now: dict[str, Any], before: dict[str, Any],
    growth: dict[str, Fact],
) -> tuple[str | None, list[Draft]]:  # fmt: skip
    """Which split supplied most of the company's change of revenue, then how the company grew without it."""
    book = notebook.book
    revenue, prior = book.get("revenue", company, year), book.get("revenue", company, year - 1)
    if revenue is None or prior is None or revenue.value <= prior.value:
        return None, []
    change = book.derive(
        "revenue_change", company, revenue.value - prior.value, "USD", formula="revenue - year before",
        inputs=[revenue.fact_id, prior.fact_id], fiscal_year=year, start_year=year - 1,
    )  # fmt: skip
    both = [name for name in now if name in growth and not _is_rest(name)]
    if not both:
        return None, []
    driver = max(both, key=lambda name: (now[name]["value_usd"] - before[name]["value_usd"], name))
    first, last = before[driver], now[driver]
    gained = last["value_usd"] - first["value_usd"]
    # Above the whole change others shrank, and "supplied 140 % of it" would mislead.
    if gained <= 0 or gained > change.value:
        return None, []
    part = book.derive(
        "segment_contribution", company, 100 * gained / change.value, "percent",
        formula="100 * change of segment revenue / change of revenue",
        inputs=[last["fact_id"], first["fact_id"], change.fact_id],
        fiscal_year=year, start_year=year - 1, dimensions=f"{dimension}={driver}",
    )  # fmt: skip
    sentences = [
        say(
            f"{_named(driver, dimension)} supplied {numbers.percent(part.value)} of the {numbers.money(change.value)} "
            f"that {company} added in fiscal {year}, growing {numbers.percent(growth[driver].value)}.",
            part, change, growth[driver],
        )
    ]  # fmt: skip
    base = prior.value - first["value_usd"]
    if base > 0.02 * prior.value:
        rest = book.derive(
            "growth_without_driver", company, 100 * ((revenue.value - last["value_usd"]) / base - 1), "percent",
            formula="100 * ((revenue - segment revenue) / the same of the year before - 1)",
            inputs=[revenue.fact_id, last["fact_id"], prior.fact_id, first["fact_id"]],
            fiscal_year=year, start_year=year - 1, dimensions=f"{dimension}={driver}",
        )  # fmt: skip
        own = book.get("revenue_growth", company, year)
        moved = f"grew {numbers.percent(rest.value)}" if rest.value >= 0 else f"fell {numbers.percent(-rest.value)}"
        against = f", against {numbers.percent(own.value)} with it" if own else ""
        sentences.append(say(f"Without it {possessive(company)} revenue {moved}{against}.", rest, own))
    return driver, sentences


def _named(name: str, dimension: str) -> str:
    """A region as the subject of a sentence: "The United States"."""
    return f"The {name}" if dimension == "region" and name.startswith("United ") else name


def _profits(tables: Tables, notebook: Notebook) -> None:
    """Which segment earns more of the operating income than it brings of the revenue."""
    book = notebook.book
    frame = tables["segment_results"].filter(
        (pl.col("metric") == "operating_income") & (pl.col("dimension") == "segment")
    )
    for (company,), part in sorted(frame.partition_by(["company"], as_dict=True).items()):
        year = max(part["fiscal_year"])
        income = book.get("operating_income", str(company), year)
        earned = {row["segment"]: row for row in part.filter(pl.col("fiscal_year") == year).to_dicts()}
        if income is None or income.value <= 0 or len(earned) < 2:
            continue
        held = {
            name: fact for name in sorted(earned)
            if (fact := book.get("segment_share", str(company), year, f"segment={name}"))
        }  # fmt: skip
        shares = {
            name: book.derive(
                "segment_profit_share", str(company), 100 * earned[name]["value_usd"] / income.value, "percent",
                formula="100 * segment operating income / operating income",
                inputs=[earned[name]["fact_id"], income.fact_id], fiscal_year=year, dimensions=f"segment={name}",
            )
            for name in held
        }  # fmt: skip
        above = {name: share.value - held[name].value for name, share in shares.items() if 0 < share.value <= 100}
        if not above:
            continue
        best = max(above, key=lambda name: (above[name], name))
        if above[best] < 5:
            continue
        own = next(fact for i in held[best].inputs if (fact := book.facts[i]).dimensions)
        margin = book.derive(
            "segment_margin", str(company), 100 * earned[best]["value_usd"] / own.value, "percent",
            formula="100 * segment operating income / segment revenue", inputs=[earned[best]["fact_id"], own.fact_id],
            fiscal_year=year, dimensions=f"segment={best}",
        )  # fmt: skip
        rest = _rest_margin(book, str(company), year, best, earned[best], own)
        notebook.find(
            "segment_profit",
            [
                say(
                    f"{best} earned {numbers.percent(shares[best].value)} of {possessive(str(company))} operating "
                    f"income in fiscal {year} with {numbers.percent(held[best].value)} of its revenue.",
                    shares[best], held[best],
                )
            ],
            meaning=[
                say(
                    f"It kept {numbers.percent(margin.value)} of its revenue; without it {company} "
                    + (f"would have kept {numbers.percent(rest.value)}." if rest.value >= 0 else
                       f"would have lost {numbers.percent(-rest.value)}."),
                    margin, rest,
                )
            ]
            if rest
            else [],
            about=str(company), value=shares[best].value, unit="percent",
            stake_usd=above[best] / 100 * income.value,
            confidence=confidence(primary=True, companies=5, year=year, as_of=notebook.subject.as_of),
        )  # fmt: skip


def _rest_margin(
    book: FactBook, company: str, year: int, segment: str, earned: dict[str, Any], own: Fact
) -> Fact | None:
    """Operating margin of all but one segment."""
    revenue, income = book.get("revenue", company, year), book.get("operating_income", company, year)
    if revenue is None or income is None or revenue.value - own.value <= 0.02 * revenue.value:
        return None
    return book.derive(
        "margin_without_segment", company,
        100 * (income.value - earned["value_usd"]) / (revenue.value - own.value), "percent",
        formula="100 * (operating income - segment operating income) / (revenue - segment revenue)",
        inputs=[income.fact_id, earned["fact_id"], revenue.fact_id, own.fact_id], fiscal_year=year,
        dimensions=f"segment={segment}",
    )  # fmt: skip
