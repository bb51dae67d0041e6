"""What writers work from: findings by kind, the fact book, the marts, and a way to search passages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from market_research.analysis.base import Subject, Tables, reference_year
from market_research.analysis.results import companies_with_results
from market_research.guard.retrieved import Look
from market_research.writing.evidence import Draft, FactBook, Finding, Passage
from market_research.writing.instruction import Instruction

if TYPE_CHECKING:
    from market_research.writing.frameworks.rows import Component

# Years in which a finding's weight halves.
HALF_LIFE = 2
Search = Callable[[str, int], list[Passage]]


@dataclass(frozen=True)
class Material:
    """Everything that is known about one industry when its report is written.

    ``search`` finds only what the guard lets a writer read; ``look`` is for every other text of documents that goes
    into a prompt.
    """

    subject: Subject
    tables: Tables
    book: FactBook
    findings: tuple[Finding, ...]
    documents: pl.DataFrame
    search: Search
    asked: Instruction | None = None
    """What a reader asked for in an instruction file."""
    look: Look = field(default_factory=Look)

    widened: bool = False
    """Whether a section is also searched for by the industry's vocabulary and in words of the fast model."""

    reviews: Mapping[str, Passage] = field(default_factory=dict)
    """Reviews of offers that may be quoted, by id."""

    components: "tuple[Component, ...] | None" = None
    """Frameworks as they are to stand in the report, judged by the gate; None for those that the rules give."""

    def __post_init__(self) -> None:
        # Whoever makes the material, no writer finds what the guard withholds.
        object.__setattr__(self, "search", self.look.searching(self.search))

    @cached_property
    def frameworks(self) -> "tuple[Component, ...]":
        """Components of SWOT, five forces and PESTEL."""
        from market_research.writing.frameworks import rules

        return rules.components(self) if self.components is None else self.components

    @cached_property
    def in_frameworks(self) -> frozenset[str]:
        """Sentences of sources that the frameworks of the report quote, without quotation marks."""
        from market_research.writing.frameworks.rules import in_report

        return frozenset(row.sentence.text.strip("“”") for one in in_report(self.frameworks) for row in one.rows)

    def of(self, kind: str) -> list[Finding]:
        """Findings of a kind: those with most money at stake times confidence and freshness first."""
        found = [finding for finding in self.findings if finding.kind == kind]
        return sorted(found, key=lambda f: (-self.weight(f), f.subject or "", f.finding_id))

    def one(self, kind: str) -> Finding | None:
        return next(iter(self.of(kind)), None)

    @cached_property
    def year(self) -> int | None:
        """The fiscal year that comparisons are made at."""
        return reference_year(self.tables)

    def freshness(self, finding: Finding) -> float:
        """1 for figures of the year before the evidence's date or later, half of it for every two years of age."""
        years = [
            fact.fiscal_year or (fact.period_end.year if fact.period_end else 0)
            for i in finding.fact_ids
            if (fact := self.book.facts.get(i)) is not None
        ]
        age = self.subject.as_of.year - 1 - max((year for year in years if year), default=self.subject.as_of.year)
        return float(0.5 ** (max(0, age) / HALF_LIFE))

    def weight(self, finding: Finding) -> float:
        """Money at stake times confidence times freshness; findings without money weigh least, by confidence alone."""
        sure = finding.confidence / 100 * self.freshness(finding)
        return (finding.stake_usd or 0.0) * sure + sure / 10

    @cached_property
    def age(self) -> int:
        """Years between the year that companies are compared at and the newest evidence."""
        return 0 if self.year is None else self.subject.as_of.year - self.year

    @cached_property
    def reporting(self) -> tuple[str, ...]:
        """Companies with statement lines from filings, in the order of ``companies``."""
        filed = set(companies_with_results(self.tables))
        return tuple(company for company in self.companies if company in filed)

    def newest_year(self, company: str) -> int | None:
        """The newest fiscal year of a company's revenue."""
        frame = self.tables["annual_facts"].filter((pl.col("entity") == company) & (pl.col("metric") == "revenue"))
        return int(max(frame["fiscal_year"])) if frame.height else None

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

    @cached_property
    def dates(self) -> dict[str, date]:
        """The day on which each dated document was published."""
        rows = self.documents.select("document_id", "published_at").drop_nulls().rows()
        return {document: moment.date() for document, moment in rows}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What each document is: filing, news, …"""
        return dict(self.documents.select("document_id", "kind").rows())


def told(finding: Finding) -> tuple[Draft, ...]:
    """The finding's sentences and what they mean, each naming the finding that it comes from."""
    return tuple(
        Draft(d.text, d.fact_ids, (finding.finding_id,), d.passage_ids) for d in (*finding.sentences, *finding.meaning)
    )
