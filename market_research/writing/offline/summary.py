"""The executive summary and the figures at its head."""

from collections.abc import Iterable

from market_research.writing import actions
from market_research.writing.evidence import Finding
from market_research.writing.material import Material, weight
from market_research.writing.offline.common import plain
from market_research.writing.outline import (
    Block,
    Bullet,
    Bullets,
    KeyFigure,
    KeyFinding,
    KeyFindings,
    Section,
    Subheading,
)

KEY_FINDINGS = 6


def key_figures(m: Material) -> Iterable[KeyFigure]:
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


def summary(m: Material) -> Section:
    """Findings ranked by money at stake times confidence, at most one of a kind and company."""
    kinds = (
        "market_growth", "market_size", "share_shift", "concentration", "profit_pool", "growth_contributions",
        "margin_spread", "recent_results", "recent_quarter", "profit_bridge", "investment", "segment_mix", "forecast",
        "contradiction",
        "adoption_race", "rd_intensity",
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
            plain(f, f.sentences[0]), tuple(plain(f, d) for d in (f.meaning or f.sentences[1:2])[:1]), f.confidence
        )
        for f in chosen
    )
    blocks: list[Block] = [KeyFindings(items)] if items else []
    first = next(iter(actions.recommend(m)), None)
    if first is not None:
        blocks += [Subheading("What to do first"), Bullets((Bullet(first.who, (first.what, first.measure)),))]
    return Section("executive_summary", "Executive summary", blocks)
