"""What the rules of actions share."""

from market_research.writing.evidence import Draft, Fact, Finding
from market_research.writing.material import Material
from market_research.writing.outline import Level


def impact(stake: float, revenue: Fact) -> Level:
    """High from 5 % of the revenue concerned, medium from 1 %."""
    part = abs(stake) / revenue.value if revenue.value > 0 else 0.0
    return "high" if part >= 0.05 else "medium" if part >= 0.01 else "low"


def from_finding(finding: Finding, draft: Draft) -> Draft:
    """A draft that names the finding it comes from."""
    return Draft(draft.text, draft.fact_ids, (finding.finding_id,), draft.passage_ids)


def about(m: Material, kind: str, company: str) -> Finding | None:
    """The weightiest finding of a kind about a company."""
    return next((f for f in m.of(kind) if (f.subject or "").partition("|")[0] == company), None)


def cited(m: Material, finding: Finding | None, metric: str) -> Fact | None:
    """The first fact of a metric that a finding cites."""
    facts = (m.book.facts[i] for i in (finding.fact_ids if finding else ()))
    return next((fact for fact in facts if fact.metric == metric), None)


def of_year(m: Material, metric: str, company: str, back: int = 0) -> Fact | None:
    """A figure of a company's newest year, or of ``back`` years before."""
    newest = m.newest_year(company)
    return m.book.get(metric, company, newest - back) if newest is not None else None
