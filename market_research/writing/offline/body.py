"""The sections between summary and method."""

from market_research.analysis import lexicon
from market_research.analysis.base import say, within
from market_research.analysis.offers import table
from market_research.writing import actions, numbers, quotes
from market_research.writing.evidence import Finding
from market_research.writing.exhibits import companies, frameworks, market, themes
from market_research.writing.material import Material
from market_research.writing.offline.common import gaps, merged, paragraph, plain, present
from market_research.writing.outline import (
    Actions,
    Block,
    Bullet,
    Bullets,
    Gap,
    Quote,
    Section,
    Subheading,
)

COMPANIES_IN_DEPTH = 4
OLD = 2
DRIVER_QUERY = "growth driven by demand for products and services, revenue increased because"
RISK_QUERY = "risk, harm to the business, dependence on suppliers or customers, regulation, tariffs, shortage, charge"
STRATEGY_QUERY = "strategy, investment, new products, expand, plan to"
# What the analyses answer themselves; a quotation would only say it again.
ANSWERED = frozenset("market size and growth competition competitors shares profit margins".split())


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
        profits = {finding.subject: finding for finding in m.of("segment_profit")}
        for finding in segments[:5]:
            company, _, dimension = (finding.subject or "").partition("|")
            blocks += paragraph(finding)
            if dimension == "segment":
                blocks += paragraph(profits.pop(company, None))
            if shown < 3:
                blocks += present(companies.segments(m, company, dimension))
                shown += 1
        for finding in profits.values():
            blocks += paragraph(finding)
    blocks += gaps(m, "segment_figures")
    drivers = quotes.pick(m, f"{DRIVER_QUERY} {' '.join(m.subject.request.keywords[:4])}", used=used)
    if drivers:
        blocks += [Subheading("Drivers, in the sources' words"), *drivers]
    return Section("industry_analysis", "Industry analysis", blocks)


def competition(m: Material) -> Section:
    """What is newest comes first where the comparison of all companies is old."""
    parts = [_shares(m), _margins(m), _newest(m)]
    if m.age > OLD:
        parts = parts[-1:] + parts[:-1]
    blocks = [block for part in parts for block in part]
    strengths = _strengths(m)
    if strengths:
        blocks += [Subheading(f"Where each company stands, fiscal {m.year}"), Bullets(strengths)]
    forces, swots = frameworks.five_forces(m), frameworks.swot(m)
    blocks += [Subheading("Five forces"), *forces] if forces else []
    blocks += [Subheading("Strengths, weaknesses, opportunities, threats"), *swots] if swots else []
    if m.of("contradiction"):
        blocks.append(Subheading("Where the sources disagree"))
        for finding in m.of("contradiction"):
            blocks += paragraph(finding)
    return Section("competitive_landscape", "Competitive landscape", blocks)


def _shares(m: Material) -> list[Block]:
    blocks: list[Block] = []
    if m.one("concentration") or m.one("share_shift"):
        blocks.append(Subheading("Shares and concentration"))
        blocks += [*paragraph(m.one("concentration")), *paragraph(m.one("share_shift"))]
    if len(m.companies) > 1:
        blocks += present(market.shares(m), market.competitors(m))
        blocks += gaps(m, "market_shares", "concentration")
    return blocks


def _margins(m: Material) -> list[Block]:
    blocks: list[Block] = []
    if m.one("profit_pool") or m.one("margin_spread"):
        blocks.append(Subheading("Margins and the profit pool"))
        for kind in ("profit_pool", "margin_spread", "margin_change"):
            blocks += paragraph(m.one(kind))
        blocks += present(market.profit_pool(m), market.positioning(m))
    return blocks + (gaps(m, "net_margins") if len(m.companies) > 1 else [])


def _newest(m: Material) -> list[Block]:
    blocks: list[Block] = []
    if m.one("newest_compared"):
        blocks += [Subheading("Newest results compared"), *paragraph(m.one("newest_compared"))]
        blocks += present(companies.newest(m))
    profiled = m.of("recent_results")[:COMPANIES_IN_DEPTH]
    if profiled:
        blocks.append(Subheading("Newest results, company by company"))
        for finding in profiled:
            own = [
                next((f for f in m.of(kind) if f.subject == finding.subject), None)
                for kind in ("recent_quarter", "profit_bridge", "investment")
            ]
            blocks += [*merged(finding, own[0]), *paragraph(own[1]), *paragraph(own[2])]
            blocks += present(companies.statement(m, finding.subject or ""))
    blocks += paragraph(m.one("rd_intensity"))
    return blocks + gaps(m, "statement_lines")


def _strengths(m: Material) -> tuple[Bullet, ...]:
    """For companies that lead by one measure (first quarter) and trail by another (last third): both, with places."""
    measures = {"revenue_cagr": "growth", "net_margin": "net margin", "market_share": "size"}
    ranks: dict[str, dict[str, int]] = {}
    totals: dict[str, int] = {}
    for metric in measures:
        found = [f for c in m.companies if (f := m.book.get(metric, c, m.year))]
        totals[metric] = len(found)
        for position, fact in enumerate(sorted(found, key=lambda f: (-f.value, f.entity)), 1):
            ranks.setdefault(fact.entity, {})[metric] = position
    bullets: list[Bullet] = []
    for company in m.companies:
        own = ranks.get(company, {})
        if len(own) < 3 or min(totals.values()) < 5:
            continue
        best, worst = min(own, key=lambda k: (own[k], k)), max(own, key=lambda k: (own[k] / totals[k], k))
        if own[best] > totals[best] / 4 or own[worst] <= 2 * totals[worst] / 3:
            continue
        strong, weak = m.book.get(best, company, m.year), m.book.get(worst, company, m.year)
        assert strong is not None
        assert weak is not None
        places = [
            m.book.derive(metric, company, value, "count", formula=f"{metric} by {k}", inputs=[f.fact_id],
                          fiscal_year=m.year)
            for k, f in ((best, strong), (worst, weak))
            for metric, value in (("rank", own[k]), ("ranked", totals[k]))
        ]  # fmt: skip
        lead, trail = numbers.percent(strong.value), numbers.percent(weak.value)
        text = (
            f"Place {own[best]} of {totals[best]} in {measures[best]} ({lead}{_unit(best)}), but place {own[worst]} of "
            f"{totals[worst]} in {measures[worst]} ({trail}{_unit(worst)})."
        )
        bullets.append(Bullet(company, (say(text, strong, weak, places),)))
    return tuple(bullets[:6])


def _unit(metric: str) -> str:
    return {"revenue_cagr": " a year", "market_share": " of revenue"}.get(metric, "")


def trends(m: Material, used: set[str]) -> Section:
    blocks: list[Block] = []
    if m.one("topic_ranking"):
        blocks.append(Subheading("Topics"))
        blocks += merged(m.one("topic_ranking"), *m.of("topic_emphasis")[:3])
        blocks += present(themes.topics(m))
        for finding in m.of("topic")[:3]:
            quoted = _quoted(m, finding, used) if len(used) < 2 else None
            blocks += present(quoted)
    blocks += gaps(m, "topics")
    outside = frameworks.pestel(m)
    blocks += [Subheading("Pressure from outside"), *outside] if outside else []
    asked: list[Block] = []
    request = m.subject.request
    for wish in [*request.focus_areas, *([request.instructions] if request.instructions else [])]:
        if set(wish.lower().split()) <= ANSWERED or len(asked) == 2:
            continue
        for found in quotes.pick(m, wish, used=used, count=1, minimum=0.5):
            asked.append(Quote(found.sentence, f"On {within(wish)}: {found.attribution}"))
    if asked:
        blocks += [Subheading("On the questions asked"), *asked]
    blocks.append(Subheading("Outlook"))
    for finding in m.of("forecast")[:3]:
        blocks += paragraph(finding)
        blocks += present(companies.forecast(m, finding.subject or ""))
    blocks += gaps(m, "forecastable_series")
    return Section("trends_outlook", "Trends and outlook", blocks)


def _quoted(m: Material, finding: Finding, used: set[str]) -> Quote | None:
    """The best sentence of the passages that mention a topic most."""
    topic = finding.subject or ""
    words = lexicon.words_of(topic)
    marks = next(lexicon.pattern(list(entry["words"])) for entry in lexicon.topics() if entry["name"] == topic)
    wanted = set(finding.passage_ids)
    for passage in m.search(f"{topic} {words}", 20):
        best = quotes.best_sentence(passage, words, quotes.names(m), must=marks)
        if passage.passage_id in wanted and best and best[1] not in used | m.in_frameworks:
            used.add(best[1])
            found = quotes.quote(m, best[1], passage)
            return Quote(found.sentence, f"On {within(topic)}: {found.attribution}")
    return None


def technology(m: Material) -> Section:
    blocks: list[Block] = []
    if m.of("adoption_level"):
        blocks += [*paragraph(m.one("adoption_standing")), *paragraph(m.one("adoption_race"))]
        blocks += present(themes.adoption_curves(m), themes.adoption_table(m))
    blocks += gaps(m, "adoption_series")
    attention = [*m.of("attention_change"), *m.of("attention_level")]
    if attention:
        blocks += [Subheading("Attention"), *(block for finding in attention for block in paragraph(finding))]
    return Section("technology_adoption", "Technology adoption", blocks)


def implications(m: Material, used: set[str]) -> Section:
    blocks: list[Block] = []
    recommended = actions.recommend(m)
    if recommended:
        blocks += [Subheading("Actions, ranked by impact, urgency and confidence"), Actions(tuple(recommended))]
    elif m.companies or not table(m.tables, "products").height:
        gap = next(iter(m.of("gap")), None)
        if gap:
            blocks += [Gap(plain(gap, gap.sentences[0]))]
    for title, query in (
        ("Risks, in the sources' words", RISK_QUERY),
        ("What companies say they will do", STRATEGY_QUERY),
    ):
        found = quotes.pick(m, query, used=used)
        if found:
            blocks += [Subheading(title), *found]
    return Section("strategic_implications", "Strategic implications", blocks)
