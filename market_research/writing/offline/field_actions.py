"""Rules of actions from what is known about the field as a whole."""

from market_research.analysis import lexicon
from market_research.analysis.base import possessive, say, within
from market_research.writing import numbers
from market_research.writing.evidence import Draft
from market_research.writing.material import Material
from market_research.writing.offline.action_parts import from_finding, impact
from market_research.writing.outline import Action

# A comparison older than this is history: it justifies a question, not an order.
OLD = 3
# With fewer companies, shares and medians describe the choice of companies.
FIELD = 5


def share_loss(m: Material) -> Action | None:
    """The company that lost most share, and to whom."""
    finding = m.one("share_shift")
    total = m.book.get("covered_revenue", m.subject.name, m.year)
    if finding is None or finding.subject is None or total is None or m.age > OLD or len(m.companies) < FIELD:
        return None
    cited = [m.book.facts[i] for i in finding.fact_ids]
    moves = [fact for fact in cited if fact.metric == "share_change"]
    lost = min(moves, key=lambda fact: (fact.value, fact.entity), default=None)
    gained = max(moves, key=lambda fact: (fact.value, fact.entity), default=None)
    if lost is None or gained is None or lost.value >= 0:
        return None
    point = m.book.derive(
        "share_point_value", m.subject.name, total.value / 100, "USD", formula="covered revenue / 100",
        inputs=[total.fact_id], fiscal_year=m.year,
    )  # fmt: skip
    margin = m.book.get("net_margin", gained.entity, m.year)
    return Action(
        who=f"Head of sales at {lost.entity}",
        what=from_finding(finding, say(
            f"Name the accounts and product lines that went to {gained.entity}, and decide for each whether to match, "
            "to differ or to leave.",
            gained, lost,
        )),
        by_when="Within the current planning round",
        measure=say(f"The loss of share, {numbers.points(-lost.value)} so far, stops.", lost),
        effect=say(f"Each percentage point kept is worth {numbers.money(point.value)} of revenue a year.", point),
        risk=say(f"{gained.entity} keeps {numbers.percent(margin.value)} of revenue as net income and can answer a "
                 "price cut.", margin)
        if margin is not None and margin.value > 0
        else say(f"{gained.entity} gained {numbers.points(gained.value)} without a profit that limits it.", gained),
        impact=impact(lost.value / 100 * total.value, total),
        urgency="high" if lost.value <= -5 else "medium",
        confidence=finding.confidence - 5,
    )  # fmt: skip


def margin_gap(m: Material) -> Action | None:
    """The company with the largest distance to the median margin in money: close half of it."""
    finding = m.one("margin_spread")
    gaps = [f for f in m.book.derived() if f.metric == "margin_gap_value" and f.fiscal_year == m.year]
    if finding is None or not gaps or m.age > OLD or len(m.companies) < FIELD:
        return None
    gap = max(gaps, key=lambda f: (f.value, f.entity))
    margin, revenue = (m.book.get(name, gap.entity, m.year) for name in ("net_margin", "revenue"))
    middle = m.book.get("median_net_margin", m.subject.name, m.year)
    if margin is None or middle is None or revenue is None:
        return None
    half = m.book.derive(
        "half_margin_gap_value", gap.entity, gap.value / 2, "USD", formula="margin gap / 2", inputs=[gap.fact_id],
        fiscal_year=m.year,
    )  # fmt: skip
    target = m.book.derive(
        "target_net_margin", gap.entity, (margin.value + middle.value) / 2, "percent",
        formula="(net margin + median net margin) / 2", inputs=[margin.fact_id, middle.fact_id], fiscal_year=m.year,
    )  # fmt: skip
    return Action(
        who=f"Chief executive and owners of {gap.entity}",
        what=from_finding(finding, say(
            f"Set a plan that closes half of {possessive(gap.entity)} distance to the median net margin of "
            f"{numbers.percent(middle.value)}.",
            middle, margin,
        )),
        by_when="In the next annual plan",
        measure=say(f"Net margin goes from {numbers.percent(margin.value)} to {numbers.percent(target.value)}.",
                    target, margin),
        effect=say(f"Half the distance is worth {numbers.money(half.value)} of net income a year.", half),
        risk=say(f"A single year's net margin of {numbers.percent(margin.value)} may hold one-off items.", margin),
        impact=impact(half.value, revenue),
        urgency="high" if margin.value < 0 else "medium",
        confidence=finding.confidence - 10,
    )  # fmt: skip


def exposure(m: Material) -> Action | None:
    """The company whose sources dwell most on the foremost political or legal topic: put a figure on it."""
    counted = [f for f in m.book.derived() if f.metric == "company_topic_mentions" and f.entity in m.reporting]
    for finding in sorted(m.of("topic"), key=lambda f: (-(f.value or 0), f.subject or "")):
        topic = finding.subject or ""
        if lexicon.dimension_of(topic) not in ("political", "legal") or (finding.value or 0) < 3:
            continue
        own = [fact for fact in counted if fact.dimensions == f"topic={topic}"]
        mentions = m.book.get("topic_mentions", topic)
        if not own or mentions is None or not finding.passage_ids:
            return None
        company = max(own, key=lambda fact: (fact.value, fact.entity)).entity
        revenue = m.book.get("revenue", company, m.newest_year(company))
        if revenue is None:
            return None
        percent = m.book.derive(
            "hundredth_of_revenue", company, revenue.value / 100, "USD", formula="revenue / 100",
            inputs=[revenue.fact_id], fiscal_year=revenue.fiscal_year,
        )  # fmt: skip
        return Action(
            who=f"Chief risk officer of {company}",
            what=from_finding(finding, Draft(
                f"Put a figure on the revenue and the purchases that {within(topic)} could reach at {company}.",
                (mentions.fact_id, revenue.fact_id), (), finding.passage_ids,
            )),
            by_when="Before the next annual report",
            measure=say(f"A sum stands beside the topic's {numbers.plain(mentions.value)} mentions.", mentions),
            effect=say(f"Each hundredth of revenue that is reached is {numbers.money(percent.value)} a year.", percent),
            risk=say(f"Mentions ({numbers.plain(mentions.value)}) count words, not exposure: the figure may come out "
                     "small.", mentions),
            impact="medium",
            urgency="medium",
            confidence=finding.confidence - 15,
        )  # fmt: skip
    return None


def adoption(m: Material) -> Action | None:
    """The technology that moved most in five years, if the series is of today."""
    finding = m.one("adoption_standing")
    moves = [m.book.facts[i] for i in (finding.fact_ids if finding else ())]
    move = max((f for f in moves if f.metric == "adoption_change"), key=lambda f: (f.value, f.entity), default=None)
    if finding is None or move is None or move.value < 5 or m.subject.as_of.year - (move.fiscal_year or 0) > OLD:
        return None
    level = m.book.facts[move.inputs[0]]
    left = m.book.derive(
        "not_yet_adopted", move.entity, 100 - level.value, "percent", formula="100 - adoption", inputs=[level.fact_id],
        fiscal_year=level.fiscal_year, dimensions=level.dimensions,
    )  # fmt: skip
    return Action(
        who="Product planners of the covered companies",
        what=from_finding(finding, say(
            f"Plan {within(move.entity)} for those it has not reached: {numbers.percent(left.value)} in "
            f"{level.fiscal_year}.", left, level,
        )),
        by_when="In the next product cycle",
        measure=say(f"Own users grow faster than the field, which moved {numbers.points(move.value)}.", move),
        effect=None,
        risk=say(f"Curves flatten: the level of {numbers.percent(level.value)} may be near its end.", level),
        impact="medium",
        urgency="low",
        confidence=finding.confidence - 10,
    )  # fmt: skip


def refresh(m: Material) -> Action | None:
    """Where the comparison is old: have the missing years fetched before deciding by shares and ranks."""
    total = m.book.get("covered_revenue", m.subject.name, m.year)
    if m.age <= OLD or total is None:
        return None
    late = [c for c in m.companies if (m.newest_year(c) or 0) <= (m.year or 0)]
    known = [f for c in late if (f := m.book.get("revenue", c, m.year))]
    if not known:
        return None
    behind = m.book.derive(
        "revenue_not_renewed", m.subject.name, sum(f.value for f in known), "USD",
        formula="sum(revenue of companies without a newer year)", inputs=[f.fact_id for f in known],
        fiscal_year=m.year,
    )  # fmt: skip
    counted = m.book.derive(
        "companies_not_renewed", m.subject.name, len(late), "count", formula="count(companies without a newer year)",
        inputs=[f.fact_id for f in known], fiscal_year=m.year,
    )  # fmt: skip
    age = m.book.get("age_of_comparison", m.subject.name, m.year)
    many = f"{numbers.count(len(late))} {'company' if len(late) == 1 else 'companies'}"
    return Action(
        who="Whoever decides by the shares and ranks of this report",
        what=say(f"Have the filings of the {many} without a newer year than fiscal {m.year} fetched first.", counted),
        by_when="Before any decision that rests on shares or ranks",
        measure=say(f"The comparison moves on from fiscal {m.year}.", total),
        effect=say(
            f"Renews {numbers.money(behind.value)} of the {numbers.money(total.value)} compared.", behind, total
        ),
        risk=say(f"Ranks may turn: they are of fiscal {m.year}.", age or total),
        impact="medium",
        urgency="medium",
        confidence=90,
    )  # fmt: skip


RULES = (share_loss, margin_gap, exposure, adoption, refresh)
