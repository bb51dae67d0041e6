"""What writers work from: findings by kind, the fact book, the marts, and a way to search passages."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from market_research.analysis.base import Subject, Tables, reference_year
from market_research.writing.evidence import Draft, FactBook, Finding, Passage

Search = Callable[[str, int], list[Passage]]


@dataclass(frozen=True)
class Material:
    """Everything that is known about one industry when its report is written."""

    subject: Subject
    tables: Tables
    book: FactBook
    findings: tuple[Finding, ...]
    documents: pl.DataFrame
    search: Search

    def of(self, kind: str) -> list[Finding]:
        """Findings of a kind: those with most money at stake times confidence first."""
        found = [finding for finding in self.findings if finding.kind == kind]
        return sorted(found, key=lambda f: (-weight(f), f.subject or "", f.finding_id))

    def one(self, kind: str) -> Finding | None:
        return next(iter(self.of(kind)), None)

    @cached_property
    def year(self) -> int | None:
        """The fiscal year that comparisons are made at."""
        return reference_year(self.tables)

    @cached_property
    def companies(self) -> tuple[str, ...]:
        """Companies by their newest revenue, largest first: the order of colours and rows."""
        revenue = self.tables["annual_facts"].filter((pl.col("metric") == "revenue") & (pl.col("unit") == "USD"))
        at = revenue.sort("fiscal_year").group_by("entity", maintain_order=True).last()
        return tuple(at.sort(["value", "entity"], descending=[True, False])["entity"])

    @cached_property
    def titles(self) -> dict[str, tuple[str, str | None]]:
        """Title and publisher of each document."""
        return {row[0]: (row[1], row[2]) for row in self.documents.select("document_id", "title", "publisher").rows()}


def weight(finding: Finding) -> float:
    """Money at stake times confidence; findings without money weigh by confidence alone, behind all others."""
    return (finding.stake_usd or 0.0) * finding.confidence / 100 + finding.confidence / 1000


def told(finding: Finding) -> tuple[Draft, ...]:
    """The finding's sentences and what they mean, each naming the finding that it comes from."""
    return tuple(
        Draft(d.text, d.fact_ids, (finding.finding_id,), d.passage_ids) for d in (*finding.sentences, *finding.meaning)
    )
