"""What writers work from, made of the bundled sample."""

from typing import Any

import polars as pl

from market_research.analysis.base import Subject
from market_research.analysis.run import ANALYSES, as_of, findings_from_frame, run_analysis, used_facts
from market_research.cleaning.schema import QUARANTINE
from market_research.writing.evidence import Evidence, FactBook, Passage, facts_from_frame
from market_research.writing.material import Material
from resources.editions import MARTS


def material(sample: Any, companies: int | None = None) -> tuple[Material, Evidence]:
    """Findings and evidence of a sample industry; ``companies`` keeps only the first so many of the marts."""
    subject = Subject(sample.request, as_of(sample.documents, sample.facts))
    tables = dict(sample.tables)
    if companies is not None:
        kept = sorted(tables["company_ratios"].filter(pl.col("measure") == "operating_margin")["company"].unique())
        for name, frame in tables.items():
            column = "company" if "company" in frame.columns else "entity"
            if name in ("annual_facts", "company_ratios", "segment_results", "quarterly_results"):
                tables[name] = frame.filter(pl.col(column).is_in(kept[:companies]))
            elif name in ("market_size", "market_share", "market_concentration", "company_growth"):
                tables[name] = frame.clear()
    book = FactBook(subject.industry)
    for fact in used_facts(tables, sample.facts):
        book.add(fact)
    findings = []
    for analysis in ANALYSES.values():
        frame, derived = run_analysis(analysis, {name: tables[name] for name in analysis.inputs}, sample.facts, subject)
        for fact in facts_from_frame(derived):
            book.add(fact)
        findings += findings_from_frame(frame)
    # A writer is given no more tables than the press gives it.
    shown = {name: tables[name] for name in MARTS} | {
        "quarantine": QUARANTINE.frame([]),
        "fact_counts": pl.DataFrame({"reported": [sample.facts.height], "passages": [sample.passages.height]}),
    }
    columns = ("passage_id", "document_id", "text", "heading", "locator", "dated")
    passages = {row[0]: Passage(*row) for row in sample.passages.select(columns).rows()}

    def search(query: str, limit: int) -> list[Passage]:
        words = set(query.lower().replace(",", " ").split())
        hits = {key: len(words & set(p.text.lower().split())) for key, p in passages.items()}
        return [passages[key] for key in sorted(hits, key=lambda key: (-hits[key], key))[:limit]]

    names = {company.name: company.name for company in sample.request.companies}
    for company in sample.request.companies:
        names |= {alias: company.name for alias in company.aliases if len(alias) > 2}
    found = Material(subject, shown, book, tuple(findings), sample.documents, search)
    evidence = Evidence(subject.industry, book.facts, {f.finding_id: f for f in findings}, passages, names)
    return found, evidence
