"""Rules of actions for the people of one company, from its newest filings."""

from market_research.analysis.base import say
from market_research.writing import numbers
from market_research.writing.evidence import Fact
from market_research.writing.material import Material
from market_research.writing.offline.action_parts import about, cited, from_finding, impact, of_year
from market_research.writing.outline import Action


def plan_by_quarter(m: Material, company: str) -> Action | None:
    """Where the newest quarter runs at another pace than the last full year: plan by it."""
    finding = about(m, "recent_quarter", company)
    quarter, at_quarter, at_year, growth = (
        cited(m, finding, metric)
        for metric in ("quarter_growth", "revenue_at_quarter_pace", "revenue_at_year_pace", "revenue_growth")
    )
    revenue = of_year(m, "revenue", company)
    if not (finding and quarter and at_quarter and at_year and growth and revenue):
        return None
    if abs(quarter.value - growth.value) < 2:
        return None
    gap = m.book.derive(
        "pace_gap", company, abs(at_year.value - at_quarter.value), "USD",
        formula="|revenue at the year's pace - revenue at the quarter's pace|",
        inputs=[at_year.fact_id, at_quarter.fact_id], fiscal_year=revenue.fiscal_year,
    )  # fmt: skip
    rates = (numbers.percent(quarter.value), numbers.percent(growth.value))
    return Action(
        who=f"Planners at {company} and at those who supply it",
        what=from_finding(finding, say(
            f"Set volumes for {company} by the newest quarter's growth of {rates[0]}, not by the {rates[1]} of the "
            "last full year.",
            quarter, growth,
        )),
        by_when="Before the next quarterly report",
        measure=say(f"Plans start from {numbers.money(at_quarter.value)} of yearly revenue.", at_quarter),
        effect=say(f"Avoids planning for {numbers.money(gap.value)} of revenue too {_too(quarter, growth)}.", gap),
        risk=say(f"One quarter is a short base: growth was {rates[1]} in the full year before it.", growth),
        impact=impact(gap.value, revenue),
        urgency="high",
        confidence=finding.confidence - 5,
    )  # fmt: skip


def _too(quarter: Fact, growth: Fact) -> str:
    return "much" if quarter.value < growth.value else "little"


def second_leg(m: Material, company: str) -> Action | None:
    """Where one segment or product line made most of the growth: build another."""
    finding = next(
        (
            f for f in m.of("segment_mix")
            if (f.subject or "").partition("|")[0] == company and not (f.subject or "").endswith("|region")
            and (part := cited(m, f, "segment_contribution")) is not None and part.value > 60
        ),
        None,
    )  # fmt: skip
    part, rest = cited(m, finding, "segment_contribution"), cited(m, finding, "growth_without_driver")
    revenue = of_year(m, "revenue", company)
    if finding is None or part is None or revenue is None:
        return None
    whole = of_year(m, "revenue_growth", company)
    if rest is not None and whole is not None and rest.value >= whole.value:
        return None  # the others grow faster: the second leg is there
    share = m.book.get("segment_share", company, part.fiscal_year, part.dimensions)
    if share is None or share.value < 40:
        return None
    segment = part.dimensions.partition("=")[2]
    now = m.book.facts[part.inputs[0]]
    growth = m.book.get("segment_growth", company, part.fiscal_year, part.dimensions)
    others = m.book.derive(
        "revenue_without_driver", company, revenue.value - now.value, "USD", formula="revenue - segment revenue",
        inputs=[revenue.fact_id, now.fact_id], fiscal_year=revenue.fiscal_year, dimensions=part.dimensions,
    )  # fmt: skip
    tenth = m.book.derive(
        "tenth_of_driver", company, now.value / 10, "USD", formula="segment revenue / 10", inputs=[now.fact_id],
        fiscal_year=revenue.fiscal_year, dimensions=part.dimensions,
    )  # fmt: skip
    return Action(
        who=f"Head of strategy at {company}, and its investors",
        what=from_finding(finding, say(
            f"Fund growth beside {segment}, which supplied {numbers.percent(part.value)} of last year's increase, and "
            f"report on it apart from the other {numbers.money(others.value)}.",
            part, others,
        )),
        by_when="With the next annual budget",
        measure=say(f"Growth without {segment} rises above {numbers.percent(rest.value)}.", rest)
        if rest else say(f"{segment} supplies less than {numbers.percent(part.value)} of growth.", part),
        effect=say(f"Each tenth that {segment} might lose would cost {numbers.money(tenth.value)} of revenue.", tenth),
        risk=say(f"{segment} grew {numbers.percent(growth.value)}: money spent elsewhere may earn less.", growth)
        if growth else say(f"{segment} supplied {numbers.percent(part.value)} of the increase; attention is limited.",
                           part),
        impact=impact(tenth.value, revenue),
        urgency="high" if part.value > 80 else "medium",
        confidence=finding.confidence - 10,
    )  # fmt: skip


def _causes(m: Material, company: str, sign: int) -> list[Fact]:
    """Named lines that moved the operating margin in this direction, the largest first."""
    finding = about(m, "profit_bridge", company)
    parts = [
        fact for i in (finding.fact_ids if finding else ())
        if (fact := m.book.facts[i]).metric == "operating_margin_part" and sign * fact.value > 0
        and not fact.dimensions.endswith("all other costs")
    ]  # fmt: skip
    return sorted(parts, key=lambda fact: (-abs(fact.value), fact.dimensions))


def margin_repair(m: Material, company: str) -> Action | None:
    """Where the operating margin narrowed and a named line took most of it."""
    finding = about(m, "profit_bridge", company)
    change = cited(m, finding, "operating_margin_change")
    causes = _causes(m, company, -1)
    revenue, before = of_year(m, "revenue", company), of_year(m, "operating_margin", company, 1)
    if not (finding and change and change.value <= -0.5 and causes and revenue and before):
        return None
    line = causes[0].dimensions.partition("=")[2]
    worth = m.book.derive(
        "margin_lost_value", company, -causes[0].value / 100 * revenue.value, "USD",
        formula="part of the line * revenue", inputs=[causes[0].fact_id, revenue.fact_id],
        fiscal_year=revenue.fiscal_year,
    )  # fmt: skip
    return Action(
        who=f"Chief financial officer of {company}",
        what=from_finding(finding, say(
            f"Bring {line} back to last year's part of revenue: it cost {numbers.points(-causes[0].value)} of "
            "operating margin.",
            causes[0], change,
        )),
        by_when="In the next annual budget",
        measure=say(f"The operating margin returns to {numbers.percent(before.value)}.", before),
        effect=say(f"Worth {numbers.money(worth.value)} of operating income a year at the newest revenue.", worth),
        risk=say(
            f"{line[0].upper() + line[1:]} may be what the growth to {numbers.money(revenue.value)} costs.", revenue
        ),
        impact=impact(worth.value, revenue),
        urgency="high" if change.value <= -2 else "medium",
        confidence=finding.confidence - 15,
    )  # fmt: skip


def margin_hold(m: Material, company: str) -> Action | None:
    """Where a better margin, and not sales, made the profit: hold the line that gave most."""
    finding = about(m, "profit_bridge", company)
    gained, volume = cited(m, finding, "income_from_margin"), cited(m, finding, "income_from_volume")
    causes = _causes(m, company, 1)
    revenue, change = of_year(m, "revenue", company), cited(m, finding, "operating_margin_change")
    if not (finding and gained and volume and gained.value > max(0.0, volume.value) and causes and revenue and change):
        return None
    line = causes[0].dimensions.partition("=")[2]
    cost = m.book.facts[causes[0].inputs[0]]
    ends = [m.book.facts[i] for i in causes[0].inputs]
    now = m.book.derive(
        "cost_part", company, 100 * ends[2].value / ends[3].value, "percent", formula="100 * cost / revenue",
        inputs=[ends[2].fact_id, ends[3].fact_id], fiscal_year=revenue.fiscal_year, dimensions=f"line={line}",
    )  # fmt: skip
    worth = m.book.derive(
        "margin_held_value", company, causes[0].value / 100 * revenue.value, "USD",
        formula="part of the line * revenue", inputs=[causes[0].fact_id, revenue.fact_id],
        fiscal_year=revenue.fiscal_year,
    )  # fmt: skip
    return Action(
        who=f"Chief financial officer of {company}",
        what=from_finding(finding, say(
            f"Cap {line} at today's {numbers.percent(now.value)} of revenue: its fall was worth "
            f"{numbers.points(causes[0].value)} of margin, and the margin widened by {numbers.points(change.value)}.",
            now, causes[0], change,
        )),
        by_when="In the next annual budget",
        measure=say(f"{line[0].upper() + line[1:]} stays at or below {numbers.percent(now.value)} of revenue.", now),
        effect=say(f"Keeps {numbers.money(worth.value)} of yearly operating income.", worth),
        risk=say(
            f"The line stood at {numbers.money(cost.value)} the year before; part of the fall may come from mix or "
            "from one-off items.", cost,
        ),
        impact=impact(worth.value, revenue),
        urgency="medium",
        confidence=finding.confidence - 15,
    )  # fmt: skip


def spending(m: Material, company: str) -> Action | None:
    """Where capital expenditure outran revenue by far: ask for its return."""
    finding = about(m, "investment", company)
    grown, revenue_growth = cited(m, finding, "capital_expenditure_growth"), of_year(m, "revenue_growth", company)
    now, before = (of_year(m, "capital_intensity", company, back) for back in (0, 1))
    revenue = of_year(m, "revenue", company)
    if not (finding and grown and revenue_growth and now and before and revenue):
        return None
    if grown.value < 20 or grown.value < 2 * revenue_growth.value or now.value < 3:
        return None
    extra = m.book.derive(
        "extra_capital_expenditure", company, (now.value - before.value) / 100 * revenue.value, "USD",
        formula="(capital intensity - year before) * revenue", inputs=[now.fact_id, before.fact_id, revenue.fact_id],
        fiscal_year=revenue.fiscal_year,
    )  # fmt: skip
    return Action(
        who=f"Board and investors of {company}",
        what=from_finding(finding, say(
            f"Ask for the return on new capital expenditure, project by project: it rose "
                f"{numbers.percent(grown.value)} "
            f"while revenue grew {numbers.percent(revenue_growth.value)}.",
            grown, revenue_growth,
        )),
        by_when="Before the next capital budget",
        measure=say(f"Capital expenditure beyond last year's {numbers.percent(before.value)} of revenue comes with a "
                    "stated return.", before),
        effect=say(f"{numbers.money(extra.value)} a year is spent above last year's rate.", extra),
        risk=say(f"Capacity takes years: a stop at {numbers.percent(now.value)} of revenue may cost growth.", now),
        impact=impact(extra.value, revenue),
        urgency="high" if grown.value >= 50 else "medium",
        confidence=finding.confidence - 10,
    )  # fmt: skip


def research(m: Material, company: str) -> Action | None:
    """Where research spending fell behind revenue."""
    now, before = (of_year(m, "rd_intensity", company, back) for back in (0, 1))
    revenue, finding = of_year(m, "revenue", company), m.one("rd_intensity")
    if not (now and before and revenue and finding) or before.value - now.value < 1:
        return None
    cost = m.book.derive(
        "research_to_hold_intensity", company, (before.value - now.value) / 100 * revenue.value, "USD",
        formula="(R&D intensity of the year before - R&D intensity) * revenue",
        inputs=[before.fact_id, now.fact_id, revenue.fact_id], fiscal_year=now.fiscal_year,
    )  # fmt: skip
    return Action(
        who=f"Head of research at {company}, with its board",
        what=say(
            f"Decide whether research follows revenue: its part fell from {numbers.percent(before.value)} to "
            f"{numbers.percent(now.value)}.", before, now,
        ),
        by_when="At the next budget",
        measure=say(f"A floor for R&D intensity is stated, with {numbers.percent(now.value)} as today's mark.", now),
        effect=say(f"Holding the earlier part would cost {numbers.money(cost.value)} a year.", cost),
        risk=say(f"Revenue of {numbers.money(revenue.value)} may fall back, while research staff stay.", revenue),
        impact=impact(cost.value, revenue),
        urgency="medium",
        confidence=finding.confidence - 20,
    )  # fmt: skip


RULES = (plan_by_quarter, second_leg, margin_repair, margin_hold, spending, research)
