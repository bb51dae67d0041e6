"""Method, limits and gaps."""

from collections.abc import Callable

import polars as pl

from market_research.analysis.base import listing, say
from market_research.analysis.offers import table
from market_research.analysis.results import companies_with_results
from market_research.writing import numbers
from market_research.writing.evidence import Draft
from market_research.writing.material import HALF_LIFE, Material
from market_research.writing.offline.summary import comparison_age
from market_research.writing.outline import (
    Block,
    Bullet,
    Bullets,
    Gap,
    Paragraph,
    Section,
    Subheading,
)
from market_research.writing.rows import rows_of


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


SIMULATED = "simulated"
"""The kind of documents that a simulator made, as their sidecar says."""


def _has_forecasts(m: Material) -> bool:
    return bool(table(m.tables, "demand_summaries").height)


def all_simulated(m: Material) -> bool:
    """True if every document is of a simulator."""
    return bool(m.documents.height) and set(m.documents["kind"]) == {SIMULATED}


def _of_commerce(m: Material) -> list[Draft]:
    """How many records of commerce the edition rests on; and at once if they are simulated."""
    found = []
    simulated = m.documents.filter(pl.col("kind") == SIMULATED).height
    if simulated:
        number = m.book.derive(
            "count_simulated_documents", m.subject.name, float(simulated), "count",
            formula="count(documents of the kind simulated)", inputs=[rows_of("documents", industry=m.subject.industry,
                                                                              kind=SIMULATED)],
        )  # fmt: skip
        found.append(
            say(
                f"{numbers.count(simulated).capitalize()} {'document is' if simulated == 1 else 'documents are'} "
                "simulated: no shop, product or buyer in them is real.", number,
            )
        )  # fmt: skip
    products = table(m.tables, "products")
    if products.height:
        own = int(products["is_own"].sum())
        offers, mine = (
            m.book.derive(f"count_{what}", m.subject.name, float(count), "count", formula=f"count({what})",
                          inputs=[rows_of("products", industry=m.subject.industry)])
            for what, count in (("offers", products.height), ("own offers", own))
        )  # fmt: skip
        found.append(
            say(f"It covers {numbers.count(offers.value)} offers, of which {numbers.count(mine.value)} are own ones.",
                offers, mine)
        )  # fmt: skip
    return found


def method(m: Material) -> Section:
    counted = _count_fact(m)
    parts = {what: counted(what) for what in ("documents", "reported_facts", "passages", "companies", "quarantined")}
    ids = [i for draft, _ in parts.values() for i in draft.fact_ids]
    text = {what: shown for what, (_, shown) in parts.items()}
    coverage = m.book.get("covered_companies", m.subject.name, m.year)
    sentences = [
        say(
            f"This edition rests on {text['documents']} {'document' if m.documents.height == 1 else 'documents'} with "
            f"{text['reported_facts']} reported figures and "
            f"{text['passages']} passages of text; {text['companies']} "
            f"{'company reports' if len(m.companies) == 1 else 'companies report'} annual figures.",
            ids,
        ),
    ]
    if only := not m.companies and bool(table(m.tables, "products").height):
        sentences = [
            say(
                f"This edition rests on {text['documents']} {'document' if m.documents.height == 1 else 'documents'} "
                "with records of commerce.",
                parts["documents"][0].fact_ids,
            )
        ]
    sentences += _of_commerce(m)
    if m.tables["quarantine"].height:
        sentences.append(
            say(
                f"Records that could not be typed and wait in quarantine with their reasons: {text['quarantined']}.",
                parts["quarantined"][0].fact_ids,
            )
        )
    if coverage is not None and len(m.companies) > 1:
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
        ("Five forces, SWOT and PESTEL", "Rules make each row from a measure or a dated sentence of a source; a force "
            "is scored by its measures, with the limits below its table, and a component without evidence says so."),
        ("The gate", "A sentence stands here only if every figure in it equals a cited figure after rounding, every "
            "company named is "
                     "in the cited evidence, and every quotation is verbatim."),
    ]  # fmt: skip
    if len(m.companies) < 2:
        rules = [rule for rule in rules if rule[0] not in ("Growth", "Shares and concentration")]
    rules = [rule for rule in rules if rule[0] == "The gate"] if only else rules
    if table(m.tables, "products").height:
        rules = [*(rule for rule in COMMERCE_RULES if rule[0] != "Demand" or _has_forecasts(m)), *rules]
    half = m.book.derive(
        "half_life_of_weight", m.subject.name, HALF_LIFE, "years", formula="rule of the summary", inputs=[]
    )
    basis = coverage or half
    bullets = [Bullet(lead, (say(rule, basis),)) for lead, rule in rules]
    apart = (
        ", and ranks what is found of own offers apart, by their own money"
        if m.companies and table(m.tables, "products").height else ""
    )  # fmt: skip
    bullets.append(
        Bullet(
            "Order of the findings",
            (
                say(
                    "Findings are ranked by the yearly money they are about, times confidence, times freshness, "
                    f"which halves with every {numbers.count(HALF_LIFE)} years of age; the summary takes one of each "
                    f"theme{apart}.",
                    half,
                ),
            ),
        )
    )
    return Section("method", "Method and sources", [Paragraph(tuple(sentences)), Bullets(tuple(bullets))])


COMMERCE_RULES = (
    ("Equivalent offers", "Offers of different marketplaces are taken for one product by trade item numbers, model "
        "numbers, brand and name; a pair that is not sure waits for a person and weighs less."),
    ("Prices", "Prices are compared in one currency at the rate of the day, at the newest price of both offers; prices "
        "that are absurd against the offer's own history do not count."),
    ("Recommended prices", "A price follows from the offer's own elasticity where its history allows an estimate, else "
        "from its place among equivalents, within the margin and the largest change that the request allows."),
    ("What buyers say", "Spam and made-up reviews are set apart; the others are read by a model of these reviews' own "
        "ratings, or by a lexicon where they are too few."),
    ("Demand", "Forecasts come from the method that missed least in a back-test with a rolling origin, and stock is "
        "held against them."),
)  # fmt: skip

# What each kind of gap leaves open, in short: the section where an answer would stand gives the reason.
OPEN = {
    "revenue_figures": "size and growth", "peers": "the market around the company", "market_shares": "shares",
    "concentration": "concentration", "net_margins": "net margins side by side",
    "statement_lines": "costs, cash flow and investment", "segment_figures": "revenue by segment",
    "adoption_series": "the adoption of technologies", "topics": "what the sources stress",
    "forecastable_series": "forecasts", "own_offers": "own prices", "equivalents": "prices of equivalents",
    "reviews": "what buyers think", "sales": "demand and stock",
}  # fmt: skip


def _open_questions(m: Material) -> list[Block]:
    if not m.companies and table(m.tables, "products").height:
        return _not_covered(m)
    gaps = [f for f in m.of("gap") if len(m.companies) != 1 or f.subject not in ("market_shares", "net_margins")]
    named = sorted({(OPEN[f.subject], f.finding_id) for f in gaps if f.subject in OPEN})
    if not named:
        return []
    facts = [i for f in gaps for i in f.fact_ids]
    return [
        Gap(
            say(
                f"Left open, with the reason in its section: {listing(dict.fromkeys(name for name, _ in named))}.",
                facts,
            )
        )
    ]


def _not_covered(m: Material) -> list[Block]:
    """Of an industry with nothing but records of commerce: what a report on it has when it is given more."""
    counted, _ = _count_fact(m)("documents")
    text = (
        "Only records of commerce were received: companies' results, market shares, technologies and what the press "
        "says are not covered."
    )
    return [Gap(say(text, counted.fact_ids))]


def limits(m: Material) -> Section:
    """What the evidence does not cover, how old it is, and which records were set aside."""
    blocks: list[Block] = []
    name, year = m.subject.name, m.year
    if year is not None:
        three = m.book.derive(
            "quorum", m.subject.name, 3, "count", formula="three quarters of the companies", inputs=[]
        )
        age = comparison_age(m)
        if age is not None and age.value >= 2 and len(m.companies) > 1:
            blocks.append(
                Paragraph(
                    (
                        say(
                            f"Shares, ranks and margins of all companies are of fiscal {year}, "
                            f"{numbers.count(age.value)} years before the newest evidence, because later years are "
                            "known for fewer than three quarters of them.",
                            age, three,
                        ),
                    )
                )
            )  # fmt: skip
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
                        f"No filing was received for {numbers.count(len(late))} of the companies; for them only "
                        "revenue and profit from lists are known, and neither costs nor cash flow.",
                        missing,
                    ),
                )
            )
        )
    blocks += _one_sided(m)
    # How much was set aside is told with the method and listed below.
    quality = [draft for f in m.of("data_quality") if f.subject != "quarantined" for draft in f.sentences]
    if quality:
        blocks.append(Paragraph(tuple(quality)))
    blocks += _open_questions(m)
    rejected = m.tables["quarantine"].sort(["uri", "locator"]).head(12)
    if rejected.height:
        blocks += [Subheading("Records set aside"), _quarantine_table(m, rejected)]
    noticed = m.tables.get("security_events")
    if noticed is not None and noticed.height:
        blocks += [Subheading("Orders to language models in the sources"), _security_table(m, noticed)]
    return Section("limits", "Limits and gaps", blocks)


def _one_sided(m: Material) -> list[Block]:
    """Say so where everything comes from the companies themselves."""
    kinds = set(m.documents["kind"])
    if not m.documents.height or not kinds <= {"filing", "company_facts"}:
        return []
    counted = m.book.derive(
        "count_documents", m.subject.name, float(m.documents.height), "count", formula="count(documents)", inputs=[]
    )
    return [
        Paragraph(
            (
                say(
                    "All evidence is filings of the companies themselves: no customer, rival or statistician is heard, "
                    "and nothing after the last filing.",
                    counted,
                ),
            )
        )
    ]


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


def _security_table(m: Material, noticed: pl.DataFrame) -> Block:
    """One row for each document, detector and action; the words themselves stay out of the report."""
    from market_research.writing.outline import Cell, Table

    fact = m.book.derive(
        "count_security_events", m.subject.name, float(noticed.height), "count", formula="count(security events)",
        inputs=[],
    )  # fmt: skip
    by = ["document_id", "detector", "action"]
    rows = noticed.group_by(by).agg(pl.len().alias("places"), pl.col("locator").min()).sort(by).head(24)
    return Table(
        "security-events",
        say("Places of the sources that look like orders to a language model; no sentence is written from them.", fact),
        (("Source", "left"), ("First place", "left"), ("What it looks like", "left"), ("Done", "left"),
         ("Places", "right")),
        tuple(
            (
                Cell(m.titles.get(r["document_id"], (r["document_id"] or "",))[0]), Cell(r["locator"]),
                Cell(r["detector"]), Cell(r["action"]), Cell(str(r["places"])),
            )
            for r in rows.to_dicts()
        ),
    )  # fmt: skip
