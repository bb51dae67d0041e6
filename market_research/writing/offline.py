"""The offline writer: composes a report from findings and quotes from passages. No model, no key, no network."""

from collections.abc import Callable, Iterable

import polars as pl

from market_research.analysis import lexicon
from market_research.analysis.base import say
from market_research.analysis.results import companies_with_results
from market_research.writing import actions, exhibits, numbers, quotes
from market_research.writing.evidence import Draft, Finding
from market_research.writing.material import Material, told, weight
from market_research.writing.outline import (
    Actions,
    Block,
    Bullet,
    Bullets,
    Gap,
    KeyFigure,
    KeyFinding,
    KeyFindings,
    Outline,
    Paragraph,
    Section,
    Subheading,
)

WRITER = "offline"
KEY_FINDINGS = 6
COMPANIES_IN_DEPTH = 4
DRIVER_QUERY = "growth driven by demand for products and services, revenue increased because"
RISK_QUERY = "risk that could harm our business, competition, regulation, supply"
STRATEGY_QUERY = "strategy, investment, new products, expand, plan to"
TREND_QUERY = "new technology, artificial intelligence, change in customer behaviour"


def write(m: Material) -> Outline:
    """Compose the whole report; every sentence carries the ids of its evidence."""
    used: set[str] = set()
    body = [
        _industry(m, used),
        _competition(m),
        _trends(m, used),
        _technology(m),
        _implications(m, used),
    ]
    sections = [_summary(m), *body, _method(m), _limits(m)]
    return Outline(
        title=m.subject.name,
        subtitle="Market size, competition, technology and what follows from them",
        period=_period(m),
        writer=WRITER,
        entities=(m.subject.name, *m.companies) if not m.companies else m.companies,
        key_figures=tuple(_key_figures(m)),
        sections=tuple(section for section in sections if section.blocks),
    )


def _period(m: Material) -> str:
    years = m.tables["annual_facts"]["fiscal_year"]
    return f"Fiscal years {min(years)} to {max(years)}" if years.len() else "No annual figures"


def _paragraph(finding: Finding | None) -> list[Block]:
    return [Paragraph(told(finding))] if finding else []


def _present(*blocks: Block | None) -> list[Block]:
    return [block for block in blocks if block is not None]


def _gaps(m: Material, *kinds: str) -> list[Block]:
    """Gaps of these kinds, said in the section where a reader would look for the answer."""
    return [Gap(_plain(f, f.sentences[0])) for f in m.of("gap") if f.subject in kinds]


def _plain(finding: Finding, draft: Draft) -> Draft:
    return Draft(draft.text, draft.fact_ids, (finding.finding_id,), draft.passage_ids)


def _key_figures(m: Material) -> Iterable[KeyFigure]:
    name, year = m.subject.name, m.year
    candidates: list[tuple[str, str, str, int | None]] = []
    if len(m.companies) > 1:
        candidates += [
            (f"Covered revenue, fiscal {year}", "covered_revenue", name, year),
            ("Growth a year, same companies", "panel_cagr", name, year),
            ("Two largest shares together", "cr2", name, year),
            ("Median net margin", "median_net_margin", name, year),
        ]
    else:
        for company in m.companies:
            candidates += [
                (f"Revenue, fiscal {year}", "revenue", company, year),
                ("Growth on the year before", "revenue_growth", company, year),
                ("Operating margin", "operating_margin", company, year),
                ("R&D intensity", "rd_intensity", company, year),
            ]
    for label, metric, entity, at in candidates:
        fact = m.book.get(metric, entity, at)
        if fact is not None:
            yield KeyFigure(label, fact)


def _summary(m: Material) -> Section:
    """Findings ranked by money at stake times confidence, at most one of a kind and company."""
    kinds = (
        "market_growth", "market_size", "share_shift", "concentration", "profit_pool", "growth_contributions",
        "margin_spread", "recent_results", "recent_quarter", "profit_bridge", "investment",
        "segment_mix", "forecast", "contradiction", "adoption_race", "rd_intensity",
    )  # fmt: skip
    worthy = (f for f in m.findings if f.kind in kinds and not (f.subject or "").endswith("|region"))
    ranked = sorted(worthy, key=lambda f: (-weight(f), f.finding_id))
    chosen: list[Finding] = []
    for finding in ranked:
        same = sum(f.kind == finding.kind for f in chosen)
        if len(chosen) < KEY_FINDINGS and same < (2 if finding.kind == "recent_results" else 1):
            chosen.append(finding)
    items = tuple(
        KeyFinding(
            _plain(f, f.sentences[0]), tuple(_plain(f, d) for d in (f.meaning or f.sentences[1:2])[:1]), f.confidence
        )
        for f in chosen
    )
    blocks: list[Block] = [KeyFindings(items)] if items else []
    first = next(iter(actions.recommend(m)), None)
    if first is not None:
        blocks += [Subheading("What to do first"), Bullets((Bullet(first.who, (first.what, first.measure)),))]
    return Section("executive_summary", "Executive summary", blocks)


def _industry(m: Material, used: set[str]) -> Section:
    blocks: list[Block] = [Subheading("Size and growth")]
    for kind in ("market_growth", "market_size", "growth_versus_economy", "growth_break"):
        blocks += _paragraph(m.one(kind))
    if len(m.companies) > 1:
        blocks += _present(exhibits.growth_against_economy(m), exhibits.market_by_year(m))
    if m.one("growth_contributions"):
        blocks += [
            Subheading("Who made the growth"),
            *_paragraph(m.one("growth_contributions")),
            *_paragraph(m.one("growth_race")),
        ]
        blocks += _present(exhibits.contributions(m))
    blocks += _gaps(m, "revenue_figures", "peers")
    if len(m.companies) == 1:
        blocks += _present(exhibits.revenue_history(m, m.companies[0]))
    segments = m.of("segment_mix")
    if segments:
        blocks.append(Subheading("Segments, products and regions"))
        shown = 0
        for finding in segments[:6]:
            company, _, dimension = (finding.subject or "").partition("|")
            blocks += _paragraph(finding)
            if shown < 3:
                blocks += _present(exhibits.segments(m, company, dimension))
                shown += 1
    blocks += _gaps(m, "segment_figures")
    drivers = quotes.pick(m, f"{DRIVER_QUERY} {' '.join(m.subject.request.keywords[:4])}", used=used, count=2)
    if drivers:
        blocks += [Subheading("Drivers, in the sources' words"), *drivers]
    return Section("industry_analysis", "Industry analysis", blocks)


def _competition(m: Material) -> Section:
    blocks: list[Block] = []
    if m.one("concentration"):
        blocks += [
            Subheading("Shares and concentration"),
            *_paragraph(m.one("concentration")),
            *_paragraph(m.one("share_shift")),
        ]
        blocks += _present(exhibits.shares(m), exhibits.competitors(m))
    blocks += _gaps(m, "market_shares")
    if m.one("profit_pool") or m.one("margin_spread"):
        blocks.append(Subheading("Margins and the profit pool"))
        for kind in ("profit_pool", "margin_spread", "margin_change"):
            blocks += _paragraph(m.one(kind))
        blocks += _present(exhibits.profit_pool(m), exhibits.positioning(m))
    blocks += _gaps(m, "net_margins")
    profiled = m.of("recent_results")[:COMPANIES_IN_DEPTH]
    if profiled:
        blocks.append(Subheading("Newest results, company by company"))
        for finding in profiled:
            for kind in ("recent_results", "recent_quarter", "profit_bridge", "investment"):
                blocks += _paragraph(next((f for f in m.of(kind) if f.subject == finding.subject), None))
            blocks += _present(exhibits.statement(m, finding.subject or ""))
    blocks += _paragraph(m.one("rd_intensity"))
    blocks += _gaps(m, "statement_lines")
    strengths = _strengths(m)
    if strengths:
        blocks += [Subheading("Strengths and weaknesses by measure"), Bullets(strengths)]
    if m.of("contradiction"):
        blocks.append(Subheading("Where the sources disagree"))
        for finding in m.of("contradiction"):
            blocks += _paragraph(finding)
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


def _trends(m: Material, used: set[str]) -> Section:
    blocks: list[Block] = []
    if m.one("topic_ranking"):
        blocks += [Subheading("Topics"), *_paragraph(m.one("topic_ranking")), *_present(exhibits.topics(m))]
        ranked = sorted(m.of("topic"), key=lambda f: -(f.value or 0))[:5]
        blocks.append(Bullets(tuple(_topic(m, finding, used) for finding in ranked)))
        for finding in m.of("topic_emphasis")[:4]:
            blocks += _paragraph(finding)
    blocks += _gaps(m, "topics")
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
        blocks += _paragraph(finding)
        blocks += _present(exhibits.forecast(m, finding.subject or ""))
    blocks += _gaps(m, "forecastable_series")
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


def _technology(m: Material) -> Section:
    levels = sorted(m.of("adoption_level"), key=lambda f: (-(f.value or 0), f.subject or ""))
    blocks: list[Block] = []
    if levels:
        blocks += _paragraph(m.one("adoption_race"))
        blocks += _present(exhibits.adoption_curves(m), exhibits.adoption_table(m))
        blocks.append(Subheading("Technology by technology"))
        blocks.append(Bullets(tuple(Bullet(None, told(f)) for f in levels[:6])))
    blocks += _gaps(m, "adoption_series")
    return Section("technology_adoption", "Technology adoption", blocks)


def _implications(m: Material, used: set[str]) -> Section:
    blocks: list[Block] = []
    recommended = actions.recommend(m)
    if recommended:
        blocks += [Subheading("Actions, ranked by impact, urgency and confidence"), Actions(tuple(recommended))]
    else:
        gap = next(iter(m.of("gap")), None)
        if gap:
            blocks += [Gap(_plain(gap, gap.sentences[0]))]
    for title, query in (
        ("Risks, in the sources' words", RISK_QUERY),
        ("What companies say they will do", STRATEGY_QUERY),
    ):
        found = quotes.pick(m, query, used=used, count=2)
        if found:
            blocks += [Subheading(title), *found]
    return Section("strategic_implications", "Strategic implications", blocks)


def _counts(m: Material) -> dict[str, float]:
    return {
        "documents": float(m.documents.height),
        "companies": float(len(m.companies)),
        "quarantined": float(m.tables["quarantine"].height),
        "reported_facts": float(m.tables["fact_counts"]["reported"][0]),
        "passages": float(m.tables["fact_counts"]["passages"][0]),
    }


def _count_fact(m: Material) -> Callable[[str], tuple[Draft, str]]:
    counts = _counts(m)

    def counted(what: str) -> tuple[Draft, str]:
        fact = m.book.derive(
            f"count_{what}", m.subject.name, counts[what], "count", formula=f"count({what})", inputs=[]
        )
        return say("", fact), numbers.plain(fact.value)

    return counted


def _method(m: Material) -> Section:
    counted = _count_fact(m)
    parts = {what: counted(what) for what in ("documents", "reported_facts", "passages", "companies", "quarantined")}
    ids = [i for draft, _ in parts.values() for i in draft.fact_ids]
    text = {what: shown for what, (_, shown) in parts.items()}
    coverage = m.book.get("covered_companies", m.subject.name, m.year)
    sentences = [
        say(
            f"This edition rests on {text['documents']} documents with {text['reported_facts']} reported figures and "
            f"{text['passages']} passages of text; {text['companies']} "
            f"{'company reports' if len(m.companies) == 1 else 'companies report'} annual figures.",
            ids,
        ),
        say(
            f"Records that could not be typed and wait in quarantine with their reasons: {text['quarantined']}.",
            parts["quarantined"][0].fact_ids,
        ),
    ]
    if coverage is not None:
        sentences.append(
            say(
                f"Comparisons are made at fiscal {m.year}, the latest year that at least three quarters of the "
                "companies report.",
                coverage,
                m.book.derive(
                    "quorum", m.subject.name, 3, "count", formula="three quarters of the companies", inputs=[]
                ),
            )
        )
    rules = [
        ("Fiscal years", "A fiscal year that ends in January to May counts as the year before, as in Compustat, so "
            "that companies "
                         "with different year ends compare."),
        ("Choice of figures", "Filings come before lists that others compiled; among filings the preferred concept, "
            "then the latest "
                              "filing, so a restated figure replaces the older one, which stays in the warehouse."),
        ("Growth", "Growth of the field compares only companies that report both years."),
        ("Shares and concentration", "Shares, the Herfindahl-Hirschman index and the concentration ratios are of the "
            "covered companies "
                                     "and therefore upper bounds for the whole market."),
        ("The gate", "A sentence stands here only if every figure in it equals a cited figure after rounding, every "
            "company named is "
                     "in the cited evidence, and every quotation is verbatim."),
    ]  # fmt: skip
    basis = coverage or next(iter(m.book.facts.values()), None)
    bullets = tuple(Bullet(lead, (say(rule, basis),)) for lead, rule in rules if basis is not None)
    return Section("method", "Method and sources", [Paragraph(tuple(sentences)), Bullets(bullets)])


def _limits(m: Material) -> Section:
    """What the evidence does not cover, how old it is, and which records were set aside."""
    blocks: list[Block] = []
    name, year = m.subject.name, m.year
    if year is not None:
        age = m.book.derive(
            "age_of_comparison", name, m.subject.as_of.year - year, "years",
            formula="year of the evidence - fiscal year compared",
            inputs=[f.fact_id for f in [m.book.get("covered_revenue", name, year)] if f],
            period=(None, m.subject.as_of), fiscal_year=year,
        )  # fmt: skip
        if age.value >= 2:
            blocks.append(
                Paragraph(
                    (
                        say(
                            f"The newest evidence is of {m.subject.as_of.year}, but fiscal {year} is the last year "
                            "that most companies report here: comparisons between companies are "
                            f"{numbers.plain(age.value)} years old.",
                            age,
                        ),
                    )
                )
            )
    late = [c for c in m.companies if c not in companies_with_results(m.tables)]
    if late and year is not None:
        facts = [f for c in late if (f := m.book.get("revenue", c, year))]
        missing = m.book.derive(
            "without_filing", name, len(late), "count", formula="count(companies without a filing)",
            inputs=[f.fact_id for f in facts], fiscal_year=year,
        )  # fmt: skip
        blocks.append(
            Paragraph(
                (
                    say(
                        f"No filing was received for {numbers.plain(len(late))} of the companies; for them only "
                        "revenue and profit from lists are known, and neither costs nor cash flow.",
                        missing,
                    ),
                )
            )
        )
    shown = {b.sentence.text for b in blocks if isinstance(b, Gap)}
    blocks += [Gap(_plain(f, f.sentences[0])) for f in m.of("gap") if f.sentences[0].text not in shown]
    rejected = m.tables["quarantine"].sort(["uri", "locator"]).head(12)
    if rejected.height:
        blocks += [Subheading("Records set aside"), _quarantine_table(m, rejected)]
    return Section("limits", "Limits and gaps", blocks)


def _quarantine_table(m: Material, rejected: pl.DataFrame) -> Block:
    from market_research.writing.outline import Cell, Table

    fact = m.book.derive(
        "count_quarantined",
        m.subject.name,
        float(m.tables["quarantine"].height),
        "count",
        formula="count(quarantined)",
        inputs=[],
    )
    return Table(
        "quarantine",
        say("Records that could not be accepted, with place and reason.", fact),
        (("File", "left"), ("Place", "left"), ("Reason", "left")),
        tuple((Cell(r["uri"]), Cell(r["locator"]), Cell(r["reason"])) for r in rejected.to_dicts()),
    )
