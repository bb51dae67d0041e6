"""PESTEL by rules: series about countries, and what dated sources say on the topics of the lexicon.

A row is a measure with its year or a verbatim sentence with its date. What companies say of their own operations and
of each other (competition, pricing, customers) belongs to the SWOT and the five forces.
"""

import re
from typing import Any

from market_research.analysis import lexicon
from market_research.analysis.base import confidence, listing, say, within
from market_research.writing import numbers
from market_research.writing.frameworks import words
from market_research.writing.frameworks.measures import STALE_YEARS
from market_research.writing.frameworks.rows import FACTORS, Component, Row
from market_research.writing.material import Material

MOST_ROWS = 4
OF_COMPANIES = frozenset(
    ("Competition", "Supply chain", "Customer concentration", "Pricing", "Content and licensing", "Advertising",
     "Acquisitions")
)  # fmt: skip
_OWN_BUSINESS = (
    r"\b(?:revenues?|margins?|income|net sales|earnings|cash|dividends?|profits?|inventor(?:y|ies)|expenses)\b"
    r"|\d(?: million)? (?:associates|employees|people|staff)\b"
)
# Sums of money are a company's own but where states and courts take them.
_MONEY = r"|[$€£¥]\s?\d"
# Words of a series' name that put it under another factor than the economy.
_FACTORS = {
    "social": r"population|life_expectancy|literacy|urban|education|age",
    "environmental": r"co2|emission|temperature|renewable|energy",
    "technological": r"internet|mobile|patent|broadband",
}
_NAMES = {"gdp": "GDP", "cpi_inflation": "Consumer price inflation", "population": "Population"}


def of_industry(m: Material, quoted: set[str]) -> tuple[Component, ...]:
    """The six factors; sentences in ``quoted`` are not quoted again, and those quoted here are added to it."""
    found: dict[str, list[Row]] = {factor: [] for factor in FACTORS}
    for factor, row in _series(m):
        found[factor].append(row)
    for entry in m.tables["topics"].to_dicts():
        factor = lexicon.dimension_of(entry["topic"])
        if entry["topic"] not in OF_COMPANIES and len(found[factor]) < MOST_ROWS:
            said = _topic(m, entry["topic"], quoted)
            found[factor] += [said] if said else []
    return tuple(_factor(m, name, tuple(rows[:MOST_ROWS])) for name, rows in found.items())


def _factor(m: Material, name: str, rows: tuple[Row, ...]) -> Component:
    topics = [t for t in m.tables["topics"]["topic"] if lexicon.dimension_of(t) == name and t not in OF_COMPANIES]
    mentioned = [fact for topic in topics if (fact := m.book.get("topic_mentions", topic))]
    none = m.book.derive(f"rows_of_{name}", m.subject.name, 0.0, "count", formula=f"count({name} factors)", inputs=[])
    text = f"{name.capitalize()}: no evidence; no series and no dated source speaks of it."
    if mentioned:
        text = (
            f"{name.capitalize()}: sources mention {listing(within(topic) for topic in topics)}, in no sentence that "
            "tells enough of what happened outside the companies."
        )
    return Component("pestel", name, m.subject.name, rows, say(text, none, mentioned))


def _topic(m: Material, topic: str, quoted: set[str]) -> Row | None:
    marks = next(lexicon.pattern(list(entry["words"])) for entry in lexicon.topics() if entry["name"] == topic)
    of_states = lexicon.dimension_of(topic) in ("political", "legal")
    skip = _OWN_BUSINESS if of_states else _OWN_BUSINESS + _MONEY
    row = words.said_on(m, f"{topic} {lexicon.words_of(topic)}", marks, used=quoted, skip=skip)
    return Row(topic, row.sentence, row.confidence, row.period) if row else None


def _series(m: Material) -> list[tuple[str, Row]]:
    """The newest year of each series of a country, if it is not stale."""
    frame = m.tables["macro_indicators"]
    newest = frame.sort(["country", "metric", "year"]).unique(["country", "metric"], keep="last", maintain_order=True)
    rows = []
    for entry in newest.to_dicts():
        if m.subject.as_of.year - entry["year"] > STALE_YEARS:
            continue
        row = _of_series(m, entry)
        factor = next((f for f, marks in _FACTORS.items() if re.search(marks, entry["metric"])), "economic")
        rows += [(factor, row)] if row else []
    return rows


def _of_series(m: Material, entry: dict[str, Any]) -> Row | None:
    metric, year, country = entry["metric"], entry["year"], entry["country"]
    fact, prior = m.book.facts.get(entry["fact_id"]), m.book.facts.get(entry["prior_fact_id"] or "")
    if fact is None:
        return None
    name = _NAMES.get(metric) or metric.replace("_", " ").capitalize()
    place = f"the {country}" if country.startswith("United ") else country
    sure = confidence(primary=True, companies=5, year=year, as_of=m.subject.as_of)
    if fact.unit == "percent":
        text = f"{name} in {place} was {numbers.percent(fact.value)} in {year}"
        text += f", after {numbers.percent(prior.value)} in {year - 1}." if prior else "."
        return Row(name, say(text, fact, prior), sure, str(year))
    if prior is None or entry["change_pct"] is None:
        return None
    change = m.book.derive(
        f"{metric}_growth", country, entry["change_pct"], "percent",
        formula=f"100 * ({name if metric == 'gdp' else metric} / {name if metric == 'gdp' else metric} of the year "
        "before - 1)",
        inputs=[fact.fact_id, prior.fact_id], fiscal_year=year, start_year=year - 1,
    )  # fmt: skip
    moved = f"grew {numbers.percent(change.value)}" if change.value >= 0 else f"fell {numbers.percent(-change.value)}"
    shown = f"Nominal {name}" if metric == "gdp" else name
    money = f" and came to {numbers.money(fact.value)}" if fact.unit == "USD" else ""
    return Row(name, say(f"{shown} of {place} {moved} in {year}{money}.", change, fact, prior), sure, str(year))
