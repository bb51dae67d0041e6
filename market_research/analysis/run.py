"""The registry of analyses, and turning what they find into rows."""

import json
from collections.abc import Callable, Iterable
from datetime import date

import polars as pl

from market_research.analysis import (
    commerce_demand,
    commerce_pricing,
    commerce_voice,
    competition,
    contradictions,
    data_quality,
    discourse,
    market,
    outlook,
    profitability,
    results,
    segments,
    technology,
)
from market_research.analysis.base import Analysis, Notebook, Subject, Tables
from market_research.cleaning.schema import FACTS, FINDINGS
from market_research.writing.evidence import Draft, Fact, FactBook, Finding, facts_from_frame

ANALYSES: dict[str, Analysis] = {
    analysis.name: analysis
    for analysis in (
        Analysis("market", "Size, growth, who made it, and the economy.", market.INPUTS, market.analyse),
        Analysis("competition", "Shares, concentration, profit pool.", competition.INPUTS, competition.analyse),
        Analysis("profitability", "Margins and research spending.", profitability.INPUTS, profitability.analyse),
        Analysis("results", "Newest annual results by company.", results.INPUTS, results.analyse),
        Analysis("segments", "Segments, products, regions.", segments.INPUTS, segments.analyse),
        Analysis("technology", "Adoption levels and speed.", technology.INPUTS, technology.analyse),
        Analysis("discourse", "What the sources talk about.", discourse.INPUTS, discourse.analyse),
        Analysis("outlook", "Forecasts with back-test.", outlook.INPUTS, outlook.analyse),
        Analysis("contradictions", "Where sources disagree.", contradictions.INPUTS, contradictions.analyse),
        Analysis("data_quality", "What the evidence lacks.", data_quality.INPUTS, data_quality.analyse),
        Analysis(
            "pricing",
            "Prices against rivals, their moves, what to ask.",
            (),
            commerce_pricing.analyse,
            commerce_pricing.COMMERCE,
        ),
        Analysis(
            "customer_voice",
            "What buyers praise, blame and wish for.",
            (),
            commerce_voice.analyse,
            commerce_voice.COMMERCE,
        ),
        Analysis(
            "demand", "Sales, forecasts, stock that runs out.", (), commerce_demand.analyse, commerce_demand.COMMERCE
        ),
    )
}
# Marts with these columns put reported facts into the book that analyses read.
FACT_LIST_COLUMNS = ("fact_ids", "prior_fact_ids")
"""As ``FACT_ID_COLUMNS``, for sums over many facts: of the newest rows only, which are what findings are about."""
FACT_ID_COLUMNS = ("fact_id", "prior_fact_id", "five_years_before_fact_id", "kept_fact_id", "other_fact_id")


def used_facts(tables: Tables, facts: pl.DataFrame) -> list[Fact]:
    """The reported facts that the marts refer to, those that ``annual_facts`` chose first."""
    chosen = list(tables["annual_facts"]["fact_id"]) if "annual_facts" in tables else []
    others = sorted(
        {
            fact_id
            for frame in tables.values()
            for column in FACT_ID_COLUMNS
            if column in frame.columns
            for fact_id in frame[column].drop_nulls().to_list()
        }
        | {
            fact_id
            for frame in tables.values()
            if "is_latest" in frame.columns
            for column in FACT_LIST_COLUMNS
            if column in frame.columns
            for fact_id in frame.filter(pl.col("is_latest"))[column].explode().drop_nulls().to_list()
        }
        - set(chosen)
    )
    wanted = pl.DataFrame({"fact_id": [*chosen, *others]}, schema={"fact_id": pl.String()}).with_row_index("order")
    return facts_from_frame(wanted.join(facts, on="fact_id", how="inner").sort("order"))


def run_analysis(
    analysis: Analysis, tables: Tables, facts: pl.DataFrame, subject: Subject
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Run one analysis; returns its findings (with ``body``, see ``findings_from_frame``) and derived facts."""
    book = FactBook(subject.industry)
    if analysis.commerce and not _has_offers(tables):
        return findings_frame([]), derived_frame(subject.industry, [])
    for fact in used_facts(tables, facts):
        book.add(fact)
    for ratio in _known_ratios(analysis, tables, subject, book):
        book.add(ratio)
    notebook = Notebook(subject, analysis.name, book)
    analysis.run(tables, notebook)
    return findings_frame(notebook.findings), derived_frame(subject.industry, book.made())


def _has_offers(tables: Tables) -> bool:
    return "products" in tables and bool(tables["products"].height)


def _known_ratios(analysis: Analysis, tables: Tables, subject: Subject, book: FactBook) -> list[Fact]:
    """Ratios and totals that several analyses name: the same formula over the same inputs is the same fact."""
    shared = Notebook(subject, analysis.name, book)
    if "company_ratios" in tables:
        profitability.ratio_facts(tables, shared)
    if "market_size" in tables:
        market.yearly_totals(tables, shared)
    return []


def derived_frame(industry: str, facts: Iterable[Fact]) -> pl.DataFrame:
    """Rows of ``FACTS`` for facts that are made here: the locator of a derived one is the JSON list of its inputs."""
    return FACTS.frame(
        {
            "fact_id": fact.fact_id,
            "industry": industry,
            "entity": fact.entity,
            "metric": fact.metric,
            "concept": None,
            "period_start": fact.period_start,
            "period_end": fact.period_end,
            "fiscal_year": fact.fiscal_year,
            "period_kind": "none" if fact.period_end is None else "annual" if fact.derived else "instant",
            "value": fact.value,
            "unit": fact.unit,
            "dimensions": fact.dimensions,
            "raw": None,
            "filed_on": None,
            "document_id": fact.document_id,
            "locator": json.dumps(list(fact.inputs)) if fact.derived else fact.locator,
            "method": fact.method,
        }
        for fact in facts
    )


def findings_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """Rows of ``FINDINGS`` plus ``body``: all sentences with their evidence, as JSON."""
    listed = list(findings)
    rows = [
        {
            "finding_id": f.finding_id,
            "industry": f.industry,
            "analysis": f.analysis,
            "kind": f.kind,
            "subject": f.subject,
            "statement": f.statement,
            "value": f.value,
            "unit": f.unit,
            "stake_usd": f.stake_usd,
            "confidence": f.confidence,
            "fact_ids": list(f.fact_ids),
            "passage_ids": list(f.passage_ids),
            "as_of": f.as_of,
        }
        for f in listed
    ]
    bodies = [json.dumps({"sentences": _dump(f.sentences), "meaning": _dump(f.meaning)}) for f in listed]
    return FINDINGS.frame(rows).with_columns(pl.Series("body", bodies, dtype=pl.String()))


def _dump(drafts: tuple[Draft, ...]) -> list[dict[str, object]]:
    return [{"text": d.text, "fact_ids": d.fact_ids, "passage_ids": d.passage_ids} for d in drafts]


def findings_from_frame(frame: pl.DataFrame) -> list[Finding]:
    """Findings back from rows with ``body``."""

    def load(items: list[dict[str, list[str]]]) -> tuple[Draft, ...]:
        return tuple(
            Draft(str(item["text"]), tuple(item["fact_ids"]), (), tuple(item["passage_ids"])) for item in items
        )

    found = []
    for row in frame.iter_rows(named=True):
        body = json.loads(row["body"])
        found.append(
            Finding(
                finding_id=row["finding_id"],
                industry=row["industry"],
                analysis=row["analysis"],
                kind=row["kind"],
                subject=row["subject"],
                sentences=load(body["sentences"]),
                meaning=load(body["meaning"]),
                value=row["value"],
                unit=row["unit"],
                stake_usd=row["stake_usd"],
                confidence=row["confidence"],
                as_of=row["as_of"],
            )
        )
    return found


def as_of(documents: pl.DataFrame, facts: pl.DataFrame, recorded: Callable[[], date | None] = lambda: None) -> date:
    """Date of the newest evidence: the latest publication, else period, or the newest record of commerce if that is
    later; never the clock."""
    published, ends = documents["published_at"].drop_nulls(), facts["period_end"].drop_nulls()
    told = published.max().date() if published.len() else ends.max()  # type: ignore[union-attr]
    return max((day for day in (told, recorded()) if day is not None), default=date(1970, 1, 1))  # type: ignore[return-value]
