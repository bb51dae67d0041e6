"""The executive summary and the figures at its head."""

from collections.abc import Iterable, Sequence

from market_research.analysis.base import listing, say
from market_research.writing import actions, numbers
from market_research.writing.evidence import Fact, Finding
from market_research.writing.material import Material
from market_research.writing.offline import commerce_actions
from market_research.writing.offline.common import plain
from market_research.writing.outline import (
    Block,
    Bullet,
    Bullets,
    KeyFigure,
    KeyFinding,
    KeyFindings,
    Paragraph,
    Section,
    Subheading,
)

KEY_FINDINGS = 7
FEWEST = 4
# Of these, so many are of the own offers where there is a market to tell of, too: a shop's money is small beside a
# market's, yet it is the reader's own, and it may be in another currency.
OF_OFFERS = 3
KEY_FIGURES = 4
# Of findings from so long ago, at most so many stand in the summary.
OLD_FRESHNESS, OLD_FINDINGS = 0.25, 2
OLD = 2
# Percent of a company's growth from which its driver is the news.
DRIVER = 70
# A forecast whose method misses by more than 30 % is for the outlook, not for the first page.
FORECAST_SURE = 50
# One finding of each theme, so that a reader learns of growth, shares, profit, money spent and what comes.
THEMES = {
    "recent_results": "results", "recent_quarter": "quarter", "newest_compared": "peers",
    "segment_mix": "results", "segment_profit": "source of profit", "profit_bridge": "profit",
    "profit_pool": "profit pool", "margin_spread": "profit pool", "investment": "spending", "rd_intensity": "spending",
    "market_growth": "field", "market_size": "field", "growth_contributions": "field",
    "share_shift": "shares", "concentration": "shares", "contradiction": "sources",
    "forecast": "outlook", "adoption_standing": "outlook", "adoption_race": "outlook",
}  # fmt: skip
OFFER_THEMES = {
    "sales_trend": "sales", "price_gap": "own prices", "price_position": "own prices", "price_alert": "rivals' prices",
    "price_recommendation": "prices to ask", "sentiment": "buyers", "product_sentiment": "buyers",
    "complaint": "complaints", "demand_forecast": "demand", "inventory_risk": "stock",
}  # fmt: skip
Candidate = tuple[str, str, str, int | None]
"""Label, metric, entity and fiscal year of a key figure."""


def key_figures(m: Material) -> Iterable[KeyFigure]:
    """Four figures: of companies, of own offers, or two of each where there are both."""
    market, offers = _known(m, _of_companies(m)), _known(m, _of_offers(m))
    half = KEY_FIGURES // 2
    first = market[: max(half, KEY_FIGURES - len(offers))]
    shown = [*first, *offers][:KEY_FIGURES]
    return [KeyFigure(label, fact) for label, fact in shown]


def _known(m: Material, candidates: Iterable[Candidate]) -> list[tuple[str, Fact]]:
    """Those of which there is a fact, each fact once."""
    found: dict[str, tuple[str, Fact]] = {}
    for label, metric, entity, year in candidates:
        fact = m.book.get(metric, entity, year)
        if fact is not None:
            found.setdefault(fact.fact_id, (label, fact))
    return list(found.values())


def _of_offers(m: Material) -> list[Candidate]:
    name, own = m.subject.name, "of own offers, " if m.companies else "of "
    return [
        (f"Revenue {own}90 days", "sales_value", name, None),
        ("Change on the 90 days before", "sales_change", name, None),
        ("Own prices against equivalents", "median_price_gap", name, None),
        ("Mean score of reviews, -1 to 1", "mean_sentiment", name, None),
    ]


def _of_companies(m: Material) -> list[Candidate]:
    """Where the comparison of all companies is old, two are the newest of the largest filers."""
    name, year = m.subject.name, m.year
    filed = [(company, m.newest_year(company)) for company in m.reporting]
    candidates: list[Candidate] = []
    if len(m.companies) > 1:
        candidates.append((f"Covered revenue, fiscal {year}", "covered_revenue", name, year))
        candidates.append(("Growth a year, same companies", "panel_cagr", name, year))
        if m.age > OLD:
            for company, newest in filed[:2]:
                candidates.append((f"Growth of {company}, fiscal {newest}", "revenue_growth", company, newest))
            for company, newest in filed[:1]:
                candidates.append((f"Operating margin of {company}", "operating_margin", company, newest))
        if m.one("concentration"):
            candidates.append(("Two largest shares together", "cr2", name, year))
        candidates.append(("Median net margin", "median_net_margin", name, year))
        for company, newest in filed[:1]:
            candidates += [
                (f"Growth of {company}, fiscal {newest}", "revenue_growth", company, newest),
                (f"Operating margin of {company}", "operating_margin", company, newest),
            ]
    else:
        for company in m.companies:
            candidates += [
                (f"Revenue, fiscal {year}", "revenue", company, year),
                ("Growth on the year before", "revenue_growth", company, year),
                ("Operating margin", "operating_margin", company, year),
                ("R&D intensity", "rd_intensity", company, year),
            ]
    return candidates


def summary(m: Material) -> Section:
    """The age of the evidence where it matters, then findings of different themes, then what to do first."""
    items = tuple(_key_finding(m, finding) for finding in chosen(m))
    blocks: list[Block] = [*_age(m)]
    if items:
        blocks.append(KeyFindings(items))
    made = (actions.recommend(m), commerce_actions.recommend(m))
    first = tuple(Bullet(each[0].who, (each[0].what, each[0].measure)) for each in made if each)
    if first:
        blocks += [Subheading("What to do first"), Bullets(first)]
    return Section("executive_summary", "Executive summary", blocks)


def _key_finding(m: Material, finding: Finding) -> KeyFinding:
    """Headline and consequence; for a company's results, who made the growth is the consequence where it is known."""
    origin = _origin(m, _company(finding)) if finding.kind == "recent_results" else None
    meaning = (
        plain(origin, origin.sentences[0]) if origin else
        next((plain(finding, draft) for draft in (*finding.meaning, *finding.sentences[1:])), None)
    )  # fmt: skip
    return KeyFinding(plain(finding, finding.sentences[0]), (meaning,) if meaning else (), finding.confidence)


def _origin(m: Material, company: str) -> Finding | None:
    """The split of a company's growth by segment or product line that names its driver."""
    return next(
        (
            f
            for kind in ("segment", "product")
            for f in m.of("segment_mix")
            if f.subject == f"{company}|{kind}" and _contribution(m, f) is not None
        ),
        None,
    )


def _contribution(m: Material, finding: Finding) -> float | None:
    facts = (m.book.facts[i] for i in finding.fact_ids)
    return next((fact.value for fact in facts if fact.metric == "segment_contribution"), None)


def _leads(m: Material, finding: Finding) -> bool:
    """May it stand in the summary: a driver of most of the growth leads, and then the bare result does not."""
    if (finding.subject or "").endswith("|region"):
        return False
    if finding.kind == "product_sentiment":
        return (finding.value or 0) < 0
    if finding.kind == "forecast":
        return finding.confidence >= FORECAST_SURE
    if finding.kind == "segment_mix":
        return (_contribution(m, finding) or 0) > DRIVER
    if finding.kind == "recent_results":
        origin = _origin(m, _company(finding))
        return origin is None or (_contribution(m, origin) or 0) <= DRIVER
    return True


def chosen(m: Material) -> list[Finding]:
    """Up to seven findings: of companies, then those of own offers that are no trifle, each by weight.

    Where there are both, neither takes the other's places, for their money does not compare.
    """
    ranked = sorted((f for f in m.findings if _leads(m, f)), key=lambda f: (-m.weight(f), f.finding_id))
    market = [f for f in ranked if f.kind in THEMES]
    offers = [f for f in ranked if f.kind in OFFER_THEMES]
    if not market:
        return _picked(m, offers, KEY_FINDINGS)
    weighty = [f for f in offers if f.stake_usd is None or commerce_actions.impact(m, f.stake_usd) != "low"]
    of_market = _picked(m, market, KEY_FINDINGS - len(_picked(m, weighty, OF_OFFERS)))
    return [*of_market, *_picked(m, weighty, KEY_FINDINGS - len(of_market))]


def _picked(m: Material, ranked: Sequence[Finding], places: int) -> list[Finding]:
    """So many of the findings, one of a theme, so many of a company that others have their say."""
    most = {1: KEY_FINDINGS, 2: 4}.get(len(m.companies), 3 if len(m.reporting) < 3 else 2)
    taken: list[Finding] = []
    for again in (1, 2):
        for finding in ranked:
            same = sum(_theme(f) == _theme(finding) for f in taken)
            own = sum(_company(f) == _company(finding) for f in taken) if _company(finding) else 0
            full = len(taken) >= (places if again == 1 else min(places, FEWEST))
            if _is_old(m, finding) and sum(_is_old(m, f) for f in taken) >= OLD_FINDINGS:
                continue
            if finding not in taken and same < again and own < most and not full:
                taken.append(finding)
    ahead = next((f for f in ranked if _theme(f) == "outlook"), None)
    if ahead is not None and places == KEY_FINDINGS == len(taken) and all(_theme(f) != "outlook" for f in taken):
        taken[-1] = ahead
    return sorted(taken, key=lambda f: (-m.weight(f), f.finding_id))


def _theme(finding: Finding) -> str:
    return THEMES.get(finding.kind) or OFFER_THEMES[finding.kind]


def _is_old(m: Material, finding: Finding) -> bool:
    return m.freshness(finding) < OLD_FRESHNESS


def _company(finding: Finding) -> str:
    return (finding.subject or "").partition("|")[0]


def _age(m: Material) -> list[Block]:
    """At once where the comparison is old: how old, and whose newer figures lead."""
    if m.age <= OLD or len(m.companies) < 2:
        return []
    age = comparison_age(m)
    assert age is not None
    counted = m.book.get("covered_companies", m.subject.name, m.year)
    filed = [c for c in m.reporting if (m.newest_year(c) or 0) > (m.year or 0)]
    newest = [f for c in filed if (f := m.book.get("revenue", c, m.newest_year(c)))]
    old = f"All companies compare at fiscal {m.year} only, {numbers.count(age.value)} years before the newest evidence"
    if not newest:
        return [Paragraph((say(f"{old}: read levels and ranks as history.", age, counted),))]
    years = sorted({f.fiscal_year for f in newest if f.fiscal_year})
    span = f"fiscal {years[0]}" if len(years) == 1 else f"fiscal {years[0]} to {years[-1]}"
    if len(newest) <= 4:
        who = listing(f.entity for f in newest)
        text = f"Newer figures, of {span}, exist for {who}, and lead below; older findings weigh less."
    else:
        text = f"Newer figures, of {span}, lead below; older findings weigh less."
    return [Paragraph((say(f"{old}.", age, counted), say(text, newest)))]


def comparison_age(m: Material):  # type: ignore[no-untyped-def]
    """A fact: years from the fiscal year compared to the newest evidence."""
    if m.year is None:
        return None
    name = m.subject.name
    return m.book.derive(
        "age_of_comparison", name, m.age, "years", formula="year of the evidence - fiscal year compared",
        inputs=[f.fact_id for f in [m.book.get("covered_revenue", name, m.year)] if f],
        period=(None, m.subject.as_of), fiscal_year=m.year,
    )  # fmt: skip
