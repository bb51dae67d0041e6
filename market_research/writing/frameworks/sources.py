"""What a model reads for a framework: each source by itself, its passages in their order, every one with its id."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from market_research.writing.evidence import Evidence, Finding, Passage
from market_research.writing.frameworks import words
from market_research.writing.frameworks.rows import Component
from market_research.writing.llm.plan import Piece, of_finding, of_passage
from market_research.writing.material import Material

MOST_DOCUMENTS = 4
MOST_PASSAGES = 60
"""Passages of one document: of a longer one those that are nearest to what a SWOT asks, still in their order."""
FINDINGS = "findings"
"""What stands for the analyses' findings where a document's id stands else."""
_QUERY = "strengths, weaknesses, opportunities, risks, competition, customers, suppliers, regulation, growth"


@dataclass(frozen=True)
class Source:
    """A document about a subject, or the findings about it; ``pieces`` are given to a model whole or not at all."""

    source_id: str
    title: str
    pieces: tuple[Piece, ...]


def of_company(m: Material, evidence: Evidence, company: str) -> tuple[Source, ...]:
    """The findings about a company, then the documents about it, the newest first."""
    found = [finding for finding in m.findings if _is_about(m, finding, company)]
    found.sort(key=lambda finding: (-m.weight(finding), finding.finding_id))
    sources = [Source(FINDINGS, f"Findings about {company}", tuple(of_finding(m, one) for one in found))]
    by_document: dict[str, list[Passage]] = {}
    for passage in passages_about(m, evidence, company):
        by_document.setdefault(passage.document_id, []).append(passage)
    for document, passages in sorted(by_document.items(), key=lambda item: (_age(m, item[0]), item[0]))[
        :MOST_DOCUMENTS
    ]:
        read = _nearest(m, company, passages)
        sources.append(Source(document, m.titles[document][0], tuple((of_passage(m, one),) for one in read)))
    return tuple(source for source in sources if source.pieces)


def _age(m: Material, document: str) -> int:
    day = m.dates.get(document)
    return (m.subject.as_of - day).days if day else 100_000


def _is_about(m: Material, finding: Finding, company: str) -> bool:
    if finding.kind in ("gap", "data_quality"):
        return False
    about = {m.book.facts[i].entity for i in finding.fact_ids if i in m.book.facts}
    return (finding.subject or "").partition("|")[0] == company or company in about


def passages_about(m: Material, evidence: Evidence, company: str) -> list[Passage]:
    """A company's passages in reading order, without those that the guard withholds."""
    return m.look.passages([p for p in evidence.passages.values() if words.is_about(m, company, p)])


def _nearest(m: Material, company: str, passages: list[Passage]) -> list[Passage]:
    if len(passages) <= MOST_PASSAGES:
        return passages
    own = {passage.passage_id for passage in passages}
    found = [p.passage_id for p in m.search(f"{company} {_QUERY}", 8 * MOST_PASSAGES) if p.passage_id in own]
    # What the search did not rank comes after, as it stands.
    kept = set([*found, *(p.passage_id for p in passages if p.passage_id not in found)][:MOST_PASSAGES])
    return [passage for passage in passages if passage.passage_id in kept]


def of_industry(m: Material, searches: Iterable[str]) -> tuple[Piece, ...]:
    """Findings about the field and passages for these searches, for one call: five forces, PESTEL."""
    found = sorted(
        (finding for finding in m.findings if finding.kind not in ("gap", "data_quality")),
        key=lambda finding: (-m.weight(finding), finding.finding_id),
    )
    passages = {p.passage_id: p for query in searches for p in m.search(query, 12)}
    read = [(of_passage(m, p),) for p in passages.values()]
    told = [of_finding(m, finding) for finding in found]
    # One after the other, so that both are there wherever it is cut.
    mixed = [piece for pair in zip(told, read, strict=False) for piece in pair]
    rest = [*told[len(read) :], *read[len(told) :]]
    return (*mixed, *rest)


def evidence_hash(m: Material, evidence: Evidence, component: Component) -> str:
    """Changes when what a component can rest on does: what rules found for it, and the passages about its company."""
    ids = [*component.evidence_ids, *(p.passage_id for p in passages_about(m, evidence, component.subject))]
    return hashlib.sha256(
        "\x1f".join((component.framework, component.name, component.subject, *ids)).encode()
    ).hexdigest()
