"""Margins and research spending: who earns what from a dollar of revenue, and what the distance is worth."""

from statistics import median
from typing import Any

from market_research.analysis.base import (
    Notebook,
    Tables,
    confidence,
    is_primary,
    listing,
    possessive,
    reference_year,
    rows,
    say,
)
from market_research.writing import numbers
from market_research.writing.evidence import Fact

INPUTS = ("annual_facts", "market_size", "company_ratios")
MEASURES = {
    "gross_margin": "gross margin",
    "operating_margin": "operating margin",
    "net_margin": "net margin",
    "rd_intensity": "R&D intensity",
    "capital_intensity": "capital expenditure",
    "cash_conversion": "operating cash flow",
    "inventory_to_revenue": "inventory",
    "revenue_growth": "revenue growth",
}


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: margin_spread, margin_change, rd_intensity. Every ratio becomes a fact."""
    facts = ratio_facts(tables, notebook)
    year = reference_year(tables)
    if year is None:
        return
    margins = _of_year(facts, "net_margin", year)
    if len(margins) < 3:
        notebook.gap(
            "net_margins",
            "Fewer than three companies report revenue and profit for one fiscal year, so margins are shown by company "
            "and not compared.",
            counted=len(margins),
            needed=3,
            year=year,
            inputs=[fact.fact_id for fact in margins],
        )
    else:
        sure = confidence(
            primary=is_primary(tables, year, "net_income"), companies=len(margins), year=year,
            as_of=notebook.subject.as_of,
        )  # fmt: skip
        _spread(notebook, margins, year, sure)
        _change(facts, notebook, year, sure)
    _research(tables, facts, notebook)


def ratio_facts(tables: Tables, notebook: Notebook) -> dict[tuple[str, str, int], Fact]:
    """A derived fact for each row of ``company_ratios``, by measure, company and year."""
    return {
        (row["measure"], row["company"], row["fiscal_year"]): notebook.book.derive(
            row["measure"], row["company"], row["value_pct"], "percent", formula=row["formula"], inputs=row["fact_ids"],
            fiscal_year=row["fiscal_year"],
        )
        for row in tables["company_ratios"].to_dicts()
    }  # fmt: skip


def _of_year(facts: dict[tuple[str, str, int], Fact], measure: str, year: int) -> list[Fact]:
    found = [fact for (name, _, at), fact in facts.items() if name == measure and at == year]
    return sorted(found, key=lambda fact: (-fact.value, fact.entity))


def _spread(notebook: Notebook, margins: list[Fact], year: int, sure: float) -> None:
    book = notebook.book
    middle = book.derive(
        "median_net_margin", notebook.subject.name, median(fact.value for fact in margins), "percent",
        formula="median(net margin)", inputs=[fact.fact_id for fact in margins], fiscal_year=year,
    )  # fmt: skip
    best, worst = margins[0], margins[-1]
    low = (
        f"{worst.entity} lost {numbers.percent(-worst.value)} of its revenue"
        if worst.value < 0
        else f"{worst.entity} {numbers.percent(worst.value)}"
    )
    sentences = [
        say(
            f"In fiscal {year} {best.entity} kept {numbers.percent(best.value)} of revenue as net income and {low}; "
            f"the median was {numbers.percent(middle.value)}.",
            best, worst, middle,
        )
    ]  # fmt: skip
    meaning = []
    gaps = []
    for fact in margins:
        revenue = book.get("revenue", fact.entity, year)
        if revenue is not None and fact.value < middle.value:
            gaps.append(
                book.derive(
                    "margin_gap_value", fact.entity, (middle.value - fact.value) / 100 * revenue.value, "USD",
                    formula="(median net margin - net margin) * revenue",
                    inputs=[middle.fact_id, fact.fact_id, revenue.fact_id], fiscal_year=year,
                )
            )  # fmt: skip
    stake = None
    if gaps:
        largest = max(gaps, key=lambda fact: fact.value)
        stake = largest.value
        meaning.append(
            say(
                f"The largest distance in money is {possessive(largest.entity)}: reaching the median would have "
                f"been worth {numbers.money(largest.value)} that year.",
                largest,
            )
        )
    notebook.find(
        "margin_spread", sentences, meaning=meaning, about=best.entity, value=middle.value, unit="percent",
        stake_usd=stake, confidence=sure,
    )  # fmt: skip


def _change(facts: dict[tuple[str, str, int], Fact], notebook: Notebook, year: int, sure: float) -> None:
    """Largest rise and fall of net margin over five years."""
    moves = []
    for fact in _of_year(facts, "net_margin", year):
        start = facts.get(("net_margin", fact.entity, year - 5))
        if start is not None:
            moves.append(
                notebook.book.derive(
                    "net_margin_change", fact.entity, fact.value - start.value, "percentage points",
                    formula="net margin at the end - net margin at the start", inputs=[fact.fact_id, start.fact_id],
                    fiscal_year=year, start_year=year - 5,
                )
            )  # fmt: skip
    if len(moves) < 3:
        return
    up, down = max(moves, key=lambda f: f.value), min(moves, key=lambda f: f.value)
    sentences = []
    if up.value > 0:
        sentences.append(
            say(
                f"{up.entity} widened its net margin most since fiscal {year - 5}, by {numbers.points(up.value)} to "
                f"{numbers.percent(facts['net_margin', up.entity, year].value)}.",
                up, facts["net_margin", up.entity, year],
            )
        )  # fmt: skip
    if down.value < 0:
        sentences.append(
            say(
                f"{possessive(down.entity)} narrowed by {numbers.points(-down.value)} to "
                f"{numbers.percent(facts['net_margin', down.entity, year].value)}.",
                down, facts["net_margin", down.entity, year],
            )
        )  # fmt: skip
    rising = [fact for fact in moves if fact.value > 0]
    counted = notebook.book.derive(
        "rising_margins", notebook.subject.name, len(rising), "count", formula="count(net margin change > 0)",
        inputs=[fact.fact_id for fact in moves], fiscal_year=year, start_year=year - 5,
    )  # fmt: skip
    compared = notebook.book.derive(
        "compared_margins", notebook.subject.name, len(moves), "count", formula="count(net margin in both years)",
        inputs=[fact.fact_id for fact in moves], fiscal_year=year, start_year=year - 5,
    )  # fmt: skip
    breadth = "the improvement was broad" if 3 * len(rising) > 2 * len(moves) else "profit was not lifted for all"
    meaning = say(
        f"Of {numbers.plain(len(moves))} companies compared, {numbers.plain(len(rising))} earn a higher margin than "
        f"then: {breadth}.",
        counted, compared, moves,
    )  # fmt: skip
    if sentences:
        notebook.find(
            "margin_change", sentences, meaning=[meaning], about=up.entity, value=up.value, unit="percentage points",
            confidence=sure - 5,
        )  # fmt: skip


def _research(tables: Tables, facts: dict[tuple[str, str, int], Fact], notebook: Notebook) -> None:
    """R&D intensity of the companies that report it, each at its latest year."""
    latest: dict[str, Fact] = {}
    for (measure, company, year), fact in facts.items():
        if measure == "rd_intensity" and year >= (latest[company].fiscal_year if company in latest else 0):  # type: ignore[operator]
            latest[company] = fact
    if not latest:
        return
    ranked = sorted(latest.values(), key=lambda fact: (-fact.value, fact.entity))
    first = ranked[0]
    assert first.fiscal_year is not None
    spend = notebook.book.get("research_and_development", first.entity, first.fiscal_year)
    sentences = [
        say(
            f"{first.entity} put {numbers.percent(first.value)} of its fiscal {first.fiscal_year} revenue into "
            f"research and development" + (f", {numbers.money(spend.value)}." if spend else "."),
            first, spend,
        )
    ]  # fmt: skip
    before = facts.get(("rd_intensity", first.entity, first.fiscal_year - 1))
    earlier = notebook.book.get("research_and_development", first.entity, first.fiscal_year - 1)
    if before is not None:
        shift = "down from" if first.value < before.value else "up from"
        text = f"That is {shift} {numbers.percent(before.value)} a year earlier"
        if spend and earlier and spend.value > earlier.value and first.value < before.value:
            text += f", although spending rose from {numbers.money(earlier.value)}."
            sentences.append(say(text, before, first, earlier, spend))
        else:
            sentences.append(say(text + ".", before, first))
    others = ranked[1:]
    if others:
        sentences.append(
            say(
                "By the same measure "
                + listing(
                    f"{f.entity} {'stood at ' if f is others[0] else ''}{numbers.percent(f.value)}"
                    + ("" if f.fiscal_year == first.fiscal_year else f" (fiscal {f.fiscal_year})")
                    for f in others
                )
                + ".",
                others,
            )
        )
    notebook.find(
        "rd_intensity", sentences, about=first.entity, value=first.value, unit="percent",
        stake_usd=abs(spend.value - earlier.value) if spend and earlier else None,
        confidence=confidence(
            primary=True, companies=len(latest), year=first.fiscal_year, as_of=notebook.subject.as_of
        ),
    )  # fmt: skip


def latest_ratios(tables: Tables, company: str) -> dict[str, dict[str, Any]]:
    """The newest row of each measure of a company."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows(tables["company_ratios"], company=company):
        found[row["measure"]] = row
    return found
