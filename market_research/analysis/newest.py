"""The newest annual results of companies with filings, side by side."""

from market_research.analysis.base import Notebook, confidence, possessive, say
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

MEASURES = ("revenue_growth", "operating_margin", "capital_intensity")


def compare(notebook: Notebook, latest: dict[str, int]) -> None:
    """Finding newest_compared: who grows faster, who earns more of a dollar of revenue, who invests more of it."""
    newest = max(latest.values())
    recent = {company: year for company, year in latest.items() if year >= newest - 1}
    if len(recent) < 2:
        return
    sentences: list[Draft] = []
    for measure, phrase in (
        ("revenue_growth", _growth), ("operating_margin", _margin), ("capital_intensity", _investment),
    ):  # fmt: skip
        ranked = _ranked(notebook, recent, measure)
        # Spending that hardly differs is no news.
        if len(ranked) >= 2 and (measure != "capital_intensity" or ranked[0].value - ranked[-1].value >= 1):
            sentences.append(phrase(ranked))
    if not sentences:
        return
    if len(sentences) > 1 and all(_ranked(notebook, recent, measure) for measure in MEASURES[:2]):
        first, second = sentences[:2]
        text = f"{first.text.removesuffix('.')}; {second.text}"
        sentences[:2] = [Draft(text, tuple(dict.fromkeys((*first.fact_ids, *second.fact_ids))))]
    margins = _ranked(notebook, recent, "operating_margin")
    meaning, stake = _distance(notebook, margins) if len(margins) >= 2 else ([], None)
    sure = confidence(primary=True, companies=len(recent), year=newest, as_of=notebook.subject.as_of)
    notebook.find(
        "newest_compared", [*sentences, *_year_ends(notebook, recent)], meaning=meaning, about=None,
        value=float(len(recent)), unit="count", stake_usd=stake, confidence=sure,
    )  # fmt: skip


def _ranked(notebook: Notebook, recent: dict[str, int], measure: str) -> list[Fact]:
    found = [fact for company, year in recent.items() if (fact := notebook.book.get(measure, company, year))]
    return sorted(found, key=lambda fact: (-fact.value, fact.entity))


def _growth(ranked: list[Fact]) -> Draft:
    first, last = ranked[0], ranked[-1]
    low = f"{last.entity} shrank {numbers.percent(-last.value)}" if last.value < 0 else (
        f"{last.entity} {numbers.percent(last.value)}"
    )  # fmt: skip
    best = f"grew {numbers.percent(first.value)}" if first.value >= 0 else f"shrank {numbers.percent(-first.value)}"
    return say(f"In their newest fiscal years {first.entity} {best}, {low}.", first, last)


def _margin(ranked: list[Fact]) -> Draft:
    first, last = ranked[0], ranked[-1]
    low = f"{last.entity} lost {numbers.percent(-last.value)}" if last.value < 0 else (
        f"{last.entity} {numbers.percent(last.value)}"
    )  # fmt: skip
    return say(
        f"{first.entity} kept {numbers.percent(first.value)} of its revenue as operating income, {low}.", first, last
    )


def _investment(ranked: list[Fact]) -> Draft:
    first, last = ranked[0], ranked[-1]
    return say(
        f"{first.entity} put {numbers.percent(first.value)} of its revenue into capital expenditure, "
        f"{last.entity} {numbers.percent(last.value)}.",
        first, last,
    )  # fmt: skip


def _distance(notebook: Notebook, ranked: list[Fact]) -> tuple[list[Draft], float | None]:
    """What one percentage point of margin is worth to the least profitable, beside its distance to the next."""
    last, above = ranked[-1], ranked[-2]
    revenue = notebook.book.get("revenue", last.entity, last.fiscal_year)
    if revenue is None:
        return [], None
    gap = notebook.book.derive(
        "operating_margin_gap_value", last.entity, (above.value - last.value) / 100 * revenue.value, "USD",
        formula="(operating margin of the next - operating margin) * revenue",
        inputs=[above.fact_id, last.fact_id, revenue.fact_id], fiscal_year=last.fiscal_year,
    )  # fmt: skip
    point = notebook.book.derive(
        "margin_point_value", last.entity, revenue.value / 100, "USD", formula="revenue / 100",
        inputs=[revenue.fact_id], fiscal_year=last.fiscal_year,
    )  # fmt: skip
    text = (
        f"On {possessive(last.entity)} revenue the distance to {above.entity} is worth {numbers.money(gap.value)} of "
        f"operating income a year, and each percentage point of margin {numbers.money(point.value)}."
    )
    return [say(text, gap, point, above)], point.value


def _year_ends(notebook: Notebook, recent: dict[str, int]) -> list[Draft]:
    """Say so where the newest fiscal years do not close in the same month."""
    ends = [
        (fact.period_end, company, fact)
        for company, year in sorted(recent.items())
        if (fact := notebook.book.get("revenue", company, year)) and fact.period_end
    ]
    if len({(end.year, end.month) for end, _, _ in ends}) < 2:
        return []
    (first, early, one), (last, late, other) = min(ends, key=lambda e: e[:2]), max(ends, key=lambda e: e[:2])
    return [
        say(
            f"Their fiscal years differ: {possessive(early)} closed on {first:%B} {first.day}, {first.year}, "
            f"{possessive(late)} on {last:%B} {last.day}, {last.year}.",
            one, other,
        )
    ]  # fmt: skip
