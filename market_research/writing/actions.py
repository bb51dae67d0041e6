"""Recommendations to act on, derived from findings by stated rules: who, what, when, measured how, worth what."""

from market_research.analysis.base import say
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Finding
from market_research.writing.material import Material
from market_research.writing.outline import Action, Level

RANK = {"high": 3, "medium": 2, "low": 1}
LIMIT = 6


def recommend(m: Material) -> list[Action]:
    """Up to six actions, ranked by impact, urgency and confidence."""
    made = [
        action
        for rule in (_second_source, _margin_gap, _gainer, _reliance, _reinvestment, _adoption, _exposure)
        if (action := rule(m)) is not None
    ]
    return sorted(made, key=lambda a: (-RANK[a.impact] * RANK[a.urgency] * a.confidence, a.who))[:LIMIT]


def _impact(m: Material, stake: float | None) -> Level:
    """High from 5 % of the covered revenue of the reference year, medium from 1 %."""
    total = m.book.get("covered_revenue", m.subject.name, m.year)
    if stake is None or total is None or total.value <= 0:
        return "medium"
    part = stake / total.value
    return "high" if part >= 0.05 else "medium" if part >= 0.01 else "low"


def _from(finding: Finding, draft: Draft) -> Draft:
    return Draft(draft.text, draft.fact_ids, (finding.finding_id,), draft.passage_ids)


def _second_source(m: Material) -> Action | None:
    """Buyers in a field where two suppliers hold more than 40 % of the revenue."""
    finding = m.one("concentration")
    top = m.book.get("cr2", m.subject.name, m.year)
    total = m.book.get("covered_revenue", m.subject.name, m.year)
    held = sorted(
        (f for c in m.companies if (f := m.book.get("market_share", c, m.year))), key=lambda f: (-f.value, f.entity)
    )
    if finding is None or top is None or total is None or top.value < 40 or len(held) < 3:
        return None
    first, second, third = held[:3]
    at_stake = m.book.derive(
        "leaders_revenue", m.subject.name, top.value / 100 * total.value, "USD", formula="CR2 * covered revenue",
        inputs=[top.fact_id, total.fact_id], fiscal_year=m.year,
    )  # fmt: skip
    move = m.book.get("share_change", third.entity, m.year)
    risk = (
        say(
            f"{third.entity} itself lost {numbers.points(-move.value)} of share, so its staying power has to be "
            "checked first.",
            move,
        )
        if move is not None and move.value < 0
        else say(
            f"{third.entity} holds {numbers.percent(third.value)} of covered revenue and may lack the capacity of the "
            "leaders.",
            third,
        )
    )
    return Action(
        who="Buyers and procurement",
        what=_from(finding, say(
            f"Qualify {third.entity} as a supplier beside {first.entity} and {second.entity} and give it a first "
            "order.",
            first, second, third,
        )),
        by_when="Before the next annual supply contract",
        measure=say(
            f"The two leaders' part of own spending falls below the {numbers.percent(top.value)} that they hold of the "
            "field.", top,
            m.book.get("leaders", m.subject.name, m.year),
        ),
        effect=say(f"The leaders' revenue of {numbers.money(at_stake.value)} becomes contestable at the "
            "margin.", at_stake),
        risk=risk,
        impact=_impact(m, at_stake.value),
        urgency="high" if (finding.value or 0) > 1800 else "medium",
        confidence=finding.confidence,
    )  # fmt: skip


def _margin_gap(m: Material) -> Action | None:
    """The company with the largest distance to the median margin in money: close half of it."""
    finding = m.one("margin_spread")
    gaps = [f for f in m.book.derived() if f.metric == "margin_gap_value" and f.fiscal_year == m.year]
    if finding is None or not gaps:
        return None
    gap = max(gaps, key=lambda f: (f.value, f.entity))
    margin = m.book.get("net_margin", gap.entity, m.year)
    middle = m.book.get("median_net_margin", m.subject.name, m.year)
    if margin is None or middle is None:
        return None
    half = m.book.derive(
        "half_margin_gap_value", gap.entity, gap.value / 2, "USD", formula="margin gap / 2", inputs=[gap.fact_id],
        fiscal_year=m.year,
    )  # fmt: skip
    target = m.book.derive(
        "target_net_margin", gap.entity, (margin.value + middle.value) / 2, "percent",
        formula="(net margin + median net margin) / 2", inputs=[margin.fact_id, middle.fact_id], fiscal_year=m.year,
    )  # fmt: skip
    change = m.book.get("net_margin_change", gap.entity, m.year)
    risk = (
        say(f"The margin fell by {numbers.points(-change.value)} over five years, and a one-off in the year may "
            "flatter or hide "
            "the trend.", change, m.book.derive("window", gap.entity, 5, "years",
            formula="five years", inputs=change.inputs))
        if change is not None and change.value < 0
        else say(f"A single year's net margin of {numbers.percent(margin.value)} may hold one-off charges.", margin)
    )  # fmt: skip
    return Action(
        who=f"Management and owners of {gap.entity}",
        what=_from(finding, say(
            f"Set a plan that closes half of {gap.entity}'s distance to the median net margin of "
            f"{numbers.percent(middle.value)}.",
            middle, margin,
        )),
        by_when="In the next annual plan",
        measure=say(f"Net margin reaches {numbers.percent(target.value)}.", target),
        effect=say(f"Half the distance is worth {numbers.money(half.value)} of net income a year.", half),
        risk=risk,
        impact=_impact(m, half.value),
        urgency="high" if margin.value < 0 else "medium",
        confidence=finding.confidence - 10,
    )  # fmt: skip


def _gainer(m: Material) -> Action | None:
    """Rivals of the company that gained most share."""
    finding = m.one("share_shift")
    if finding is None or finding.subject is None:
        return None
    gain = m.book.get("share_change", finding.subject, m.year)
    total = m.book.get("covered_revenue", m.subject.name, m.year)
    if gain is None or total is None:
        return None
    point = m.book.derive(
        "share_point_value", m.subject.name, total.value / 100, "USD", formula="covered revenue / 100",
        inputs=[total.fact_id], fiscal_year=m.year,
    )  # fmt: skip
    margin = m.book.get("net_margin", finding.subject, m.year)
    return Action(
        who=f"Rivals of {finding.subject}",
        what=_from(finding, say(
            f"Review every account and product line lost to {finding.subject} and decide, line by line, to match, to "
            "differ or to leave.",
            gain,
        )),
        by_when="Within the current planning round",
        measure=say(f"The yearly loss of share to {finding.subject} stops; each percentage point is worth "
            f"{numbers.money(point.value)}.",
                    point, gain),
        effect=say(f"{finding.subject}'s gain of {numbers.points(gain.value)} sets the size of what can be won "
            "back.", gain),
        risk=say(
            f"{finding.subject} kept {numbers.percent(margin.value)} of revenue as net income and can answer a price "
            "cut.", margin
        ) if margin is not None and margin.value > 0 else say(
            f"{finding.subject} gained {numbers.points(gain.value)} without showing a profit that limits it.", gain
        ),
        impact=_impact(m, finding.stake_usd),
        urgency="high" if gain.value >= 5 else "medium",
        confidence=finding.confidence - 5,
    )  # fmt: skip


def _reliance(m: Material) -> Action | None:
    """Suppliers and investors where one segment supplied most of a company's growth."""
    parts = [
        f
        for f in m.book.derived()
        if f.metric == "segment_contribution" and f.value > 60 and not f.dimensions.startswith("region")
    ]
    if not parts:
        return None
    part = max(parts, key=lambda f: (m.book.facts[f.inputs[0]].value, f.entity, f.dimensions))
    segment = part.dimensions.partition("=")[2]
    now = m.book.facts[part.inputs[0]]
    change = m.book.facts[part.inputs[-1]]
    share = m.book.get("segment_share", part.entity, part.fiscal_year, part.dimensions)
    return Action(
        who=f"Investors in and suppliers of {part.entity}",
        what=say(f"Track {segment} at {part.entity} every quarter and set a trigger for its growth turning.", part),
        by_when="From the next quarterly report",
        measure=say(
            f"{segment} is reported apart from the {numbers.money(change.value)} by which {part.entity}'s revenue "
            "grew.", change, part
        ),
        effect=say(f"{numbers.money(now.value)} of yearly revenue is what a turn would put in question.", now),
        risk=say(
            f"With {numbers.percent(share.value)} of revenue in one place, a late signal costs most.", share
        ) if share else say(f"{segment} supplied {numbers.percent(part.value)} of the growth, so a late signal costs "
            "most.", part),
        impact=_impact(m, now.value),
        urgency="high" if part.value > 80 else "medium",
        confidence=85,
    )  # fmt: skip


def _reinvestment(m: Material) -> Action | None:
    """Companies whose research spending grows slower than their revenue."""
    finding = m.one("rd_intensity")
    if finding is None or finding.subject is None:
        return None
    now = next(
        (
            f
            for f in m.book.derived()
            if f.metric == "rd_intensity" and f.entity == finding.subject and f.value == finding.value
        ),
        None,
    )
    if now is None or now.fiscal_year is None:
        return None
    before = m.book.get("rd_intensity", finding.subject, now.fiscal_year - 1)
    revenue = m.book.get("revenue", finding.subject, now.fiscal_year)
    if before is None or revenue is None or before.value - now.value < 1:
        return None
    cost = m.book.derive(
        "research_to_hold_intensity", finding.subject, (before.value - now.value) / 100 * revenue.value, "USD",
        formula="(R&D intensity of the year before - R&D intensity) * revenue",
        inputs=[before.fact_id, now.fact_id, revenue.fact_id], fiscal_year=now.fiscal_year,
    )  # fmt: skip
    return Action(
        who=f"Board of {finding.subject}",
        what=_from(finding, say(
            f"Decide whether research should follow revenue: intensity fell from {numbers.percent(before.value)} to "
            f"{numbers.percent(now.value)}.", before, now,
        )),
        by_when="At the next budget",
        measure=say(f"A stated floor for R&D intensity, with {numbers.percent(now.value)} as today's mark.", now),
        effect=say(f"Holding the earlier intensity would cost {numbers.money(cost.value)} a year.", cost),
        risk=say(f"Revenue of {numbers.money(revenue.value)} may not last, while research staff do.", revenue),
        impact=_impact(m, cost.value),
        urgency="medium",
        confidence=finding.confidence - 15,
    )  # fmt: skip


def _adoption(m: Material) -> Action | None:
    """Product planners: the technology that moved most in five years."""
    moves = [f for f in m.book.derived() if f.metric == "adoption_change" and f.value >= 5]
    newest = {
        (row["technology"], row["population"]): row["year"]
        for row in m.tables["technology_adoption"].to_dicts()
        if row["is_latest"]
    }
    moves = [f for f in moves if newest.get((f.entity, f.dimensions)) == f.fiscal_year]
    if not moves:
        return None
    move = max(moves, key=lambda f: (f.value, f.entity))
    level = m.book.facts[move.inputs[0]]
    left = m.book.derive(
        "not_yet_adopted", move.entity, 100 - level.value, "percent", formula="100 - adoption", inputs=[level.fact_id],
        fiscal_year=level.fiscal_year, dimensions=level.dimensions,
    )  # fmt: skip
    return Action(
        who="Product and channel planners",
        what=say(
            f"Plan {move.entity} for the users it has not reached: {numbers.percent(left.value)} of the population in "
            f"{level.fiscal_year}.",
            left, level,
        ),
        by_when="In the next product cycle",
        measure=say(f"Own users per year against the field's pace of {numbers.points(move.value)} in five years.", move,
                    m.book.derive("window", move.entity, 5, "years", formula="five years", inputs=move.inputs)),
        effect=None,
        risk=say(f"The series ends in {level.fiscal_year}; the level of {numbers.percent(level.value)} has to be "
            "refreshed before money "
                 "is spent on it.", level),
        impact="medium",
        urgency="low",
        confidence=60,
    )  # fmt: skip


def _exposure(m: Material) -> Action | None:
    """Risk officers: the most mentioned political or legal topic."""
    from market_research.analysis import lexicon

    for finding in sorted(m.of("topic"), key=lambda f: -(f.value or 0)):
        topic = finding.subject or ""
        if lexicon.dimension_of(topic) not in ("political", "legal"):
            continue
        mentions = m.book.get("topic_mentions", topic)
        documents = m.book.get("topic_documents", topic)
        if mentions is None or documents is None or not finding.passage_ids:
            return None
        word = topic[0].lower() + topic[1:]
        return Action(
            who="Risk officers and general counsel",
            what=_from(finding, Draft(
                f"Map revenue, suppliers and contracts that {word} could reach, starting from the passages quoted "
                "under Topics.",
                (mentions.fact_id,), (), finding.passage_ids,
            )),
            by_when="Before the next risk review",
            measure=say(f"A share of revenue exposed is stated for {word}, where today's sources only hold "
                        f"{numbers.plain(mentions.value)} mentions.", mentions),
            effect=None,
            risk=say(f"Mentions are counted in {numbers.plain(documents.value)} "
                f"{'document' if documents.value == 1 else 'documents'}; "
                     "what is not written about is not counted.", documents),
            impact="medium",
            urgency="medium",
            confidence=finding.confidence - 10,
        )  # fmt: skip
    return None
