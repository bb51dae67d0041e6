"""Method, limits and gaps."""

from collections.abc import Callable

import polars as pl

from market_research.analysis.base import say
from market_research.analysis.results import companies_with_results
from market_research.writing import numbers
from market_research.writing.evidence import Draft
from market_research.writing.material import Material
from market_research.writing.offline.common import plain
from market_research.writing.outline import (
    Block,
    Bullet,
    Bullets,
    Gap,
    Paragraph,
    Section,
    Subheading,
)


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


def method(m: Material) -> Section:
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


def limits(m: Material) -> Section:
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
    blocks += [Gap(plain(f, f.sentences[0])) for f in m.of("gap") if f.sentences[0].text not in shown]
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
