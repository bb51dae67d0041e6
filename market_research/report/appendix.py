"""The appendices of a report: numbered evidence and numbered sources."""

from collections.abc import Iterable, Mapping
from typing import Any

from market_research.report import model
from market_research.writing import numbers, rows
from market_research.writing.evidence import Evidence, Fact, Passage

MAX_LISTED_INPUTS = 400
# Names of measures that their key does not spell out.
LABELS = {
    "cr2": "two largest shares together (CR2)",
    "cr4": "four largest shares together (CR4)",
    "hhi": "Herfindahl-Hirschman index (HHI)",
    "hhi_threshold": "HHI of a highly concentrated market",
    "rd_intensity": "R&D as part of revenue",
    "panel_revenue": "revenue of companies in both years",
    "panel_cagr": "growth a year of companies in both years",
    "panel_change": "change of revenue, companies in both years",
    "panel_companies": "companies in both years",
    "panel_growth": "growth of companies in both years",
    "panel_share": "share among companies in both years",
    "panel_cr2": "two largest shares, companies in both years",
    "revenue_cagr": "growth of revenue a year (CAGR)",
    "gdp": "gross domestic product",
    "gdp_cagr": "growth of GDP a year (CAGR)",
    "years_10_to_50": "years from 10% to 50% adoption",
    "forecast_mape": "mean error of the forecast in the back-test",
}


def closure(facts: Mapping[str, Fact], ids: Iterable[str]) -> list[Fact]:
    """The facts and everything that they were computed from, each once."""
    seen: dict[str, Fact] = {}
    pending = list(ids)[::-1]
    while pending:
        fact = facts.get(pending.pop())
        if fact is not None and fact.fact_id not in seen:
            seen[fact.fact_id] = fact
            pending += reversed(fact.inputs)
    return list(seen.values())


def entries(evidence: Evidence, numbering: dict[str, int], sources: dict[str, int]) -> tuple[model.Evidence, ...]:
    """The numbered evidence: what sentences cite, then what those facts were computed from.

    ``numbering`` (evidence id to number) and ``sources`` (document id to number) grow by what is added here.
    """

    def number(evidence_id: str) -> None:
        numbering[evidence_id] = len(numbering) + 1
        document_id = evidence.facts[evidence_id].document_id
        if document_id:
            sources.setdefault(document_id, len(sources) + 1)

    cited = [i for i in numbering if i in evidence.facts]
    inputs = [fact.fact_id for fact in closure(evidence.facts, cited) if fact.fact_id not in numbering]
    if len(inputs) <= MAX_LISTED_INPUTS:
        for fact_id in inputs:
            number(fact_id)
    made = []
    for evidence_id, position in numbering.items():
        fact = evidence.facts.get(evidence_id)
        made.append(
            _fact_entry(numbering, sources, position, fact)
            if fact
            else _passage_entry(sources, position, evidence.passages[evidence_id])
        )
    return tuple(made)


def _fact_entry(numbering: dict[str, int], sources: dict[str, int], number: int, fact: Fact) -> model.Evidence:
    return model.Evidence(
        number=number,
        kind="fact",
        id=fact.fact_id,
        subject=fact.entity,
        label=_label(fact),
        period=_period(fact),
        exact=numbers.exact(fact.value, fact.unit),
        source_number=sources[fact.document_id] if fact.document_id else None,
        locator=fact.locator or None,
        formula=_formula(fact) if fact.derived else None,
        inputs=tuple(sorted(numbering[i] for i in fact.inputs if i in numbering)),
        input_ids=tuple(i for i in fact.inputs if not rows.is_rows(i)),
    )


def _formula(fact: Fact) -> str:
    """The method, after the tables whose rows it was counted over: "sales_trends: sum(pieces)"."""
    tables = dict.fromkeys(rows.read_rows(i)[0] for i in fact.inputs if rows.is_rows(i))
    return f"{', '.join(tables)}: {fact.method}" if tables else fact.method


def _label(fact: Fact) -> str:
    label = LABELS.get(fact.metric) or fact.metric.replace("_", " ")
    return f"{label} ({fact.dimensions.replace('=', ': ')})" if fact.dimensions else label


def _period(fact: Fact) -> str:
    if fact.derived:
        start = fact.period_start.year if fact.period_start else None
        if fact.fiscal_year is None:
            return _days(fact)
        return f"FY{start}–FY{fact.fiscal_year}" if start and start != fact.fiscal_year else f"FY{fact.fiscal_year}"
    if fact.period_end is None:
        return f"FY{fact.fiscal_year}" if fact.fiscal_year else ""
    return _days(fact)


def _days(fact: Fact) -> str:
    """The day or span of days that a fact is of."""
    if fact.period_end is None:
        return ""
    if fact.period_start is None:
        return fact.period_end.isoformat()
    return f"{fact.period_start.isoformat()} to {fact.period_end.isoformat()}"


def _passage_entry(sources: dict[str, int], number: int, passage: Passage) -> model.Evidence:
    text = " ".join(passage.text.split())
    return model.Evidence(
        number=number,
        kind="passage",
        id=passage.passage_id,
        subject=(passage.heading or "").split(" > ")[-1] or "Passage",
        label=text if len(text) <= 160 else f"{text[:157]}…",
        period=passage.published_on.isoformat() if passage.published_on else "",
        exact="",
        source_number=sources[passage.document_id],
        locator=passage.locator,
    )


def source_list(
    documents: dict[str, dict[str, Any]], sources: dict[str, int], listed_evidence: tuple[model.Evidence, ...]
) -> tuple[model.Source, ...]:
    """Every document of the industry: those used, in order of use, then the others by title."""
    for document_id in sorted(documents, key=lambda i: (documents[i]["title"], i)):
        sources.setdefault(document_id, len(sources) + 1)
    used: dict[tuple[int, str], int] = {}
    for entry in listed_evidence:
        if entry.source_number is not None:
            used[entry.source_number, entry.kind] = used.get((entry.source_number, entry.kind), 0) + 1
    listed = []
    for document_id, number in sources.items():
        row = documents[document_id]
        listed.append(
            model.Source(
                number=number,
                document_id=document_id,
                title=row["title"],
                publisher=row["publisher"],
                kind=row["kind"],
                published_on=row["published_at"].date() if row["published_at"] else None,
                uri=row["uri"],
                licence=row["licence"],
                sha256=row["sha256"],
                facts_used=used.get((number, "fact"), 0),
                passages_used=used.get((number, "passage"), 0),
            )
        )
    return tuple(listed)
