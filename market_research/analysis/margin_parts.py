"""What moved a company's operating margin: each cost line as a part of revenue, in percentage points."""

from dataclasses import dataclass

from market_research.analysis.base import Notebook, listing, say
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

# Lines that operating income is after. A total comes before its parts, which then are left out.
LINES = (
    ("cost_of_revenue", "cost of revenue"),
    ("research_and_development", "research and development"),
    ("selling_general_administrative", "selling, general and administration"),
    ("sales_and_marketing", "sales and marketing"),
    ("us-gaap:GeneralAndAdministrativeExpense", "general and administration"),
)
INSTEAD = {"selling_general_administrative": ("sales_and_marketing", "us-gaap:GeneralAndAdministrativeExpense")}
SMALL = 0.05


@dataclass(frozen=True)
class Bridge:
    """The change of the operating margin and its parts; a part above zero widened the margin."""

    change: Fact
    parts: tuple[tuple[str, Fact], ...]


def bridge(notebook: Notebook, company: str, year: int) -> Bridge | None:
    """Split the change of the operating margin by the cost lines that the company reports for both years.

    A line's part is what it took of revenue the year before less what it takes now; what the lines do not explain is
    the part of all other costs and income. None without both margins and at least two lines, or if the lines together
    exceed all costs, since they then overlap.
    """
    book = notebook.book
    margins = [book.get("operating_margin", company, at) for at in (year, year - 1)]
    revenues = [book.get("revenue", company, at) for at in (year, year - 1)]
    incomes = [book.get("operating_income", company, at) for at in (year, year - 1)]
    now, before = margins
    if now is None or before is None or any(f is None or f.value <= 0 for f in revenues):
        return None
    lines = _lines(notebook, company, year)
    if len(lines) < 2:
        return None
    for at, (revenue, income) in enumerate(zip(revenues, incomes, strict=True)):
        assert revenue is not None
        if income is None or sum(pair[at].value for _, pair in lines) > 1.005 * (revenue.value - income.value):
            return None
    change = book.derive(
        "operating_margin_change", company, now.value - before.value, "percentage points",
        formula="operating margin - operating margin of the year before", inputs=[now.fact_id, before.fact_id],
        fiscal_year=year, start_year=year - 1,
    )  # fmt: skip
    ends = [f for f in revenues if f is not None]
    parts = [
        (
            label,
            book.derive(
                "operating_margin_part", company,
                100 * (pair[1].value / ends[1].value - pair[0].value / ends[0].value), "percentage points",
                formula="100 * (cost / revenue, year before - cost / revenue)",
                inputs=[pair[1].fact_id, ends[1].fact_id, pair[0].fact_id, ends[0].fact_id], fiscal_year=year,
                start_year=year - 1, dimensions=f"line={label}",
            ),
        )
        for label, pair in lines
    ]  # fmt: skip
    rest = book.derive(
        "operating_margin_part", company, change.value - sum(fact.value for _, fact in parts), "percentage points",
        formula="change of the operating margin - parts of the lines",
        inputs=[change.fact_id, *(fact.fact_id for _, fact in parts)], fiscal_year=year, start_year=year - 1,
        dimensions="line=all other costs",
    )  # fmt: skip
    return Bridge(change, (*parts, ("all other costs", rest)))


def _lines(notebook: Notebook, company: str, year: int) -> list[tuple[str, tuple[Fact, Fact]]]:
    found: dict[str, tuple[str, tuple[Fact, Fact]]] = {}
    for metric, label in LINES:
        now, before = (notebook.book.get(metric, company, at) for at in (year, year - 1))
        if now and before and now.unit == before.unit == "USD":
            found[metric] = (label, (now, before))
    for total, parts in INSTEAD.items():
        if total in found:
            for part in parts:
                found.pop(part, None)
    return list(found.values())


def sentence(found: Bridge, level: Fact | None) -> Draft | None:
    """The change, the level it led to and its causes, the largest first; None if the margin hardly moved."""
    if abs(found.change.value) < 2 * SMALL:
        return None
    up = found.change.value > 0
    shown = sorted(
        (item for item in found.parts if abs(item[1].value) >= SMALL), key=lambda item: (-abs(item[1].value), item[0])
    )
    said = listing(f"{numbers.short(fact.value, fact.unit)} from {label}" for label, fact in shown)
    moved = "widened" if up else "narrowed"
    to = f" to {numbers.percent(level.value)}" if level else ""
    text = f"The operating margin {moved} by {numbers.points(abs(found.change.value))}{to}: {said}."
    return say(text, found.change, level, [fact for _, fact in shown])


def main_cause(found: Bridge) -> str | None:
    """The named line that moved the margin most in the direction in which it went."""
    sign = 1 if found.change.value > 0 else -1
    label, fact = max(found.parts, key=lambda item: (sign * item[1].value, item[0]))
    return label if sign * fact.value >= SMALL and label != "all other costs" else None
