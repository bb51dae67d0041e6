"""What every analysis shares: its tables, its notebook of findings, and how sure a finding is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from market_research.ids import content_id
from market_research.industries import ResearchRequest
from market_research.writing.evidence import Draft, Fact, FactBook, Finding

Tables = Mapping[str, pl.DataFrame]
Evidenced = Fact | str | None


@dataclass(frozen=True)
class Subject:
    """What is analysed: the request, the date of the newest evidence, and the documents by class of source."""

    request: ResearchRequest
    as_of: date

    @property
    def industry(self) -> str:
        return self.request.industry

    @property
    def name(self) -> str:
        """The industry's name as an entity: facts about all covered companies together carry it."""
        return self.request.display_title


def say(text: str, *evidence: Evidenced | Iterable[Evidenced], passages: Iterable[str] = ()) -> Draft:
    """A sentence with the facts that it rests on; None among them is left out."""
    ids: list[str] = []
    for item in evidence:
        members = [item] if isinstance(item, Fact | str) or item is None else list(item)
        ids += [member.fact_id if isinstance(member, Fact) else member for member in members if member is not None]
    return Draft(text, tuple(dict.fromkeys(ids)), (), tuple(dict.fromkeys(passages)))


@dataclass
class Notebook:
    """Collects the findings and derived facts of one analysis."""

    subject: Subject
    analysis: str
    book: FactBook
    findings: list[Finding] = field(default_factory=list)

    def find(
        self,
        kind: str,
        sentences: Iterable[Draft],
        *,
        meaning: Iterable[Draft] = (),
        about: str | None = None,
        value: float | None = None,
        unit: str | None = None,
        stake_usd: float | None = None,
        confidence: float,
    ) -> Finding:
        """Note a finding; the first sentence is its statement."""
        said, meant = tuple(sentences), tuple(meaning)
        finding_id = content_id(
            "find", self.subject.industry, self.analysis, kind, about, *(d.text for d in (*said, *meant)),
            *(i for d in said for i in (*d.fact_ids, *d.passage_ids)),
        )  # fmt: skip
        finding = Finding(
            finding_id=finding_id,
            industry=self.subject.industry,
            analysis=self.analysis,
            kind=kind,
            subject=about,
            sentences=said,
            meaning=meant,
            value=value,
            unit=unit,
            stake_usd=abs(stake_usd) if stake_usd is not None else None,
            confidence=round(max(0.0, min(100.0, confidence)), 1),
            as_of=self.subject.as_of,
        )
        self.findings.append(finding)
        return finding

    def gap(
        self,
        kind: str,
        text: str,
        *,
        counted: int = 0,
        needed: int | None = None,
        year: int | None = None,
        inputs: Iterable[str] = (),
    ) -> Finding:
        """Note that the evidence does not answer something: what there is, and what is missing, is its evidence."""
        fact = self.book.derive(
            f"available_{kind}", self.subject.name, float(counted), "count", formula=f"count({kind})", inputs=inputs,
            fiscal_year=year,
        )  # fmt: skip
        rule = (
            self.book.derive(
                f"needed_{kind}", self.subject.name, float(needed), "count", formula="rule of the analysis", inputs=[]
            )
            if needed is not None
            else None
        )
        return self.find("gap", [say(text, fact, rule)], about=kind, value=float(counted), unit="count", confidence=100)


@dataclass(frozen=True)
class Analysis:
    """One registered analysis: the marts it reads, and the function that computes it.

    ``commerce`` are tables of commerce that it reads; it is run only where the industry has offers, and finds those
    tables alone that there are.
    """

    name: str
    description: str
    inputs: tuple[str, ...]
    run: Callable[[Tables, Notebook], None]
    commerce: tuple[str, ...] = ()


def confidence(*, primary: bool, companies: int, year: int | None, as_of: date) -> float:
    """How sure a computed finding is, 0 to 100.

    95 for figures from filings; 15 less if they come from lists that others compiled; 10 less with fewer than five
    companies; 3 less for each year of age beyond two, at most 21.
    """
    score = 95.0
    if not primary:
        score -= 15
    if companies < 5:
        score -= 10
    if year is not None:
        score -= min(21, 3 * max(0, as_of.year - year - 2))
    return score


def cagr(start: float, end: float, years: int) -> float:
    """Compound annual growth in percent: 100 * ((end / start) ^ (1 / years) - 1)."""
    return 100 * ((end / start) ** (1 / years) - 1)


def rows(frame: pl.DataFrame, **equal: Any) -> list[dict[str, Any]]:
    """Rows whose columns equal the given values, as dictionaries."""
    for column, value in equal.items():
        frame = frame.filter(pl.col(column) == value)
    return frame.to_dicts()


def listing(names: Iterable[str]) -> str:
    """``A, B and C``."""
    items = list(names)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def possessive(name: str) -> str:
    """``Amazon's``, ``Charter Communications'`` for a plural, and ``Lowe's``, which has its own already."""
    if name.endswith(("'s", "’s")):
        return name
    return f"{name}'" if name.endswith("s") and not name.endswith("ss") else f"{name}'s"


def within(name: str) -> str:
    """A name of things (a technology, a topic) as it stands within a sentence: ``colour TV``, ``Internet``, ``DNA``."""
    first = name.partition(" ")[0]
    if first == "Internet" or first[1:] != first[1:].lower() or not first[1:]:
        return name
    return name[0].lower() + name[1:]


def reference_year(tables: Tables) -> int | None:
    """The latest fiscal year that at least three quarters of the companies report."""
    marked = rows(tables["market_size"], is_reference=True)
    return marked[0]["fiscal_year"] if marked else None


def is_primary(tables: Tables, year: int, metric: str = "revenue") -> bool:
    """True if most of the figures of that year come from filings or company facts."""
    frame = tables["annual_facts"].filter((pl.col("fiscal_year") == year) & (pl.col("metric") == metric))
    return bool(frame.height) and float((frame["source_class"] == 1).mean() or 0) > 0.5  # type: ignore[arg-type]
