"""The sections between summary and method."""

from market_research.analysis import lexicon
from market_research.analysis.base import say
from market_research.writing import actions, numbers, quotes
from market_research.writing.evidence import Finding
from market_research.writing.exhibits import companies, market, themes
from market_research.writing.material import Material, told
from market_research.writing.offline.common import gaps, paragraph, plain, present
from market_research.writing.outline import (
    Actions,
    Block,
    Bullet,
    Bullets,
    Gap,
    Section,
    Subheading,
)

COMPANIES_IN_DEPTH = 4
DRIVER_QUERY = "growth driven by demand for products and services, revenue increased because"
RISK_QUERY = "risk that could harm our business, competition, regulation, supply"
STRATEGY_QUERY = "strategy, investment, new products, expand, plan to"
TREND_QUERY = "new technology, artificial intelligence, change in customer behaviour"


def industry(m: Material, used: set[str]) -> Section:
    blocks: list[Block] = [Subheading("Size and growth")]
    for kind in ("market_growth", "market_size", "growth_versus_economy", "growth_break"):
        blocks += paragraph(m.one(kind))
    if len(m.companies) > 1:
        blocks += present(market.growth_against_economy(m), market.market_by_year(m))
    if m.one("growth_contributions"):
        blocks += [
            Subheading("Who made the growth"),
            *paragraph(m.one("growth_contributions")),
            *paragraph(m.one("growth_race")),
        ]
        blocks += present(market.contributions(m))
    blocks += gaps(m, "revenue_figures", "peers")
    if len(m.companies) == 1:
        blocks += present(companies.revenue_history(m, m.companies[0]))
    segments = m.of("segment_mix")
    if segments:
        blocks.append(Subheading("Segments, products and regions"))
        shown = 0
        for finding in segments[:6]:
            company, _, dimension = (finding.subject or "").partition("|")
            blocks += paragraph(finding)
            if shown < 3:
                blocks += present(companies.segments(m, company, dimension))
                shown += 1
    blocks += gaps(m, "segment_figures")
    drivers = quotes.pick(m, f"{DRIVER_QUERY} {' '.join(m.subject.request.keywords[:4])}", used=used, count=2)
    if drivers:
        blocks += [Subheading("Drivers, in the sources' words"), *drivers]
    return Section("industry_analysis", "Industry analysis", blocks)


def competition(m: Material) -> Section:
    blocks: list[Block] = []
    if m.one("concentration"):
        blocks += [
            Subheading("Shares and concentration"),
            *paragraph(m.one("concentration")),
            *paragraph(m.one("share_shift")),
        ]
        blocks += present(market.shares(m), market.competitors(m))
    blocks += gaps(m, "market_shares")
    if m.one("profit_pool") or m.one("margin_spread"):
        blocks.append(Subheading("Margins and the profit pool"))
        for kind in ("profit_pool", "margin_spread", "margin_change"):
            blocks += paragraph(m.one(kind))
        blocks += present(market.profit_pool(m), market.positioning(m))
    blocks += gaps(m, "net_margins")
    profiled = m.of("recent_results")[:COMPANIES_IN_DEPTH]
    if profiled:
        blocks.append(Subheading("Newest results, company by company"))
        for finding in profiled:
            for kind in ("recent_results", "recent_quarter", "profit_bridge", "investment"):
                blocks += paragraph(next((f for f in m.of(kind) if f.subject == finding.subject), None))
            blocks += present(companies.statement(m, finding.subject or ""))
    blocks += paragraph(m.one("rd_intensity"))
    blocks += gaps(m, "statement_lines")
    strengths = _strengths(m)
    if strengths:
        blocks += [Subheading("Strengths and weaknesses by measure"), Bullets(strengths)]
    if m.of("contradiction"):
        blocks.append(Subheading("Where the sources disagree"))
        for finding in m.of("contradiction"):
            blocks += paragraph(finding)
    return Section("competitive_landscape", "Competitive landscape", blocks)


def _strengths(m: Material) -> tuple[Bullet, ...]:
    """For the largest companies: the measure on which each stands best and worst among the covered ones."""
    measures = {
        "revenue_cagr": ("growth", "%"), "net_margin": ("net margin", "%"), "market_share": ("share of revenue", "%"),
    }  # fmt: skip
    ranks: dict[str, dict[str, int]] = {}
    totals: dict[str, int] = {}
    for metric in measures:
        found = [f for c in m.companies if (f := m.book.get(metric, c, m.year))]
        totals[metric] = len(found)
        for position, fact in enumerate(sorted(found, key=lambda f: (-f.value, f.entity)), 1):
            ranks.setdefault(fact.entity, {})[metric] = position
    bullets = []
    for company in m.companies:
        own = ranks.get(company, {})
        if len(own) < 3 or min(totals.values()) < 4:
            continue
        best, worst = min(own, key=lambda k: (own[k], k)), max(own, key=lambda k: (own[k], k))
        if own[best] > 3 or own[worst] - own[best] < 2:
            continue
        strong, weak = m.book.get(best, company, m.year), m.book.get(worst, company, m.year)
        assert strong is not None
        assert weak is not None
        places = [
            m.book.derive(
                "rank", company, own[k], "count", formula=f"rank by {k}", inputs=[f.fact_id], fiscal_year=m.year
            )
            for k, f in ((best, strong), (worst, weak))
        ]
        counted = m.book.derive("ranked", m.subject.name, totals[worst], "count",
        formula=f"count(companies with {worst})",
                                inputs=[weak.fact_id], fiscal_year=m.year)  # fmt: skip
        bullets.append(
            Bullet(
                company,
                (
                    say(
                        f"Strong in {measures[best][0]} (place {own[best]}, {numbers.percent(strong.value)}), weak in "
                        f"{measures[worst][0]} (place {own[worst]} of {totals[worst]}, {numbers.percent(weak.value)}).",
                        strong, weak, places, counted,
                    ),
                ),
            )
        )  # fmt: skip
    return tuple(bullets[:6])


def trends(m: Material, used: set[str]) -> Section:
    blocks: list[Block] = []
    if m.one("topic_ranking"):
        blocks += [Subheading("Topics"), *paragraph(m.one("topic_ranking")), *present(themes.topics(m))]
        ranked = sorted(m.of("topic"), key=lambda f: -(f.value or 0))[:5]
        blocks.append(Bullets(tuple(_topic(m, finding, used) for finding in ranked)))
        for finding in m.of("topic_emphasis")[:4]:
            blocks += paragraph(finding)
    blocks += gaps(m, "topics")
    wishes = [
        *m.subject.request.focus_areas,
        *([m.subject.request.instructions] if m.subject.request.instructions else []),
    ]
    asked: list[Block] = []
    for wish in wishes[:5]:
        found = quotes.pick(m, wish, used=used, count=1, minimum=0.2)
        if found:
            asked += [Bullets((Bullet(wish[0].upper() + wish[1:], (found[0].sentence,)),))]
    if asked:
        merged = tuple(item for block in asked if isinstance(block, Bullets) for item in block.items)
        blocks += [Subheading("On the questions asked"), Bullets(merged)]
    blocks.append(Subheading("Outlook"))
    for finding in m.of("forecast")[:3]:
        blocks += paragraph(finding)
        blocks += present(companies.forecast(m, finding.subject or ""))
    blocks += gaps(m, "forecastable_series")
    return Section("trends_outlook", "Trends and outlook", blocks)


def _topic(m: Material, finding: Finding, used: set[str]) -> Bullet:
    """A topic: how often it is mentioned, and the best sentence of the passages that mention it most."""
    words = lexicon.words_of(finding.subject or "")
    wanted = set(finding.passage_ids)
    for passage in m.search(f"{finding.subject} {words}", 20):
        best = quotes.best_sentence(passage, words)
        if passage.passage_id in wanted and best and best[0] > 0 and best[1] not in used:
            used.add(best[1])
            quoted = quotes.quote(m, best[1], passage)
            return Bullet(None, (*told(finding), quoted.sentence))
    return Bullet(None, told(finding))


def technology(m: Material) -> Section:
    levels = sorted(m.of("adoption_level"), key=lambda f: (-(f.value or 0), f.subject or ""))
    blocks: list[Block] = []
    if levels:
        blocks += paragraph(m.one("adoption_race"))
        blocks += present(themes.adoption_curves(m), themes.adoption_table(m))
        blocks.append(Subheading("Technology by technology"))
        blocks.append(Bullets(tuple(Bullet(None, told(f)) for f in levels[:6])))
    blocks += gaps(m, "adoption_series")
    return Section("technology_adoption", "Technology adoption", blocks)


def implications(m: Material, used: set[str]) -> Section:
    blocks: list[Block] = []
    recommended = actions.recommend(m)
    if recommended:
        blocks += [Subheading("Actions, ranked by impact, urgency and confidence"), Actions(tuple(recommended))]
    else:
        gap = next(iter(m.of("gap")), None)
        if gap:
            blocks += [Gap(plain(gap, gap.sentences[0]))]
    for title, query in (
        ("Risks, in the sources' words", RISK_QUERY),
        ("What companies say they will do", STRATEGY_QUERY),
    ):
        found = quotes.pick(m, query, used=used, count=2)
        if found:
            blocks += [Subheading(title), *found]
    return Section("strategic_implications", "Strategic implications", blocks)
