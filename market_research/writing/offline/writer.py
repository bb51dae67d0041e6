"""The offline writer: composes a report from findings and quotes from passages. No model, no key, no network."""

from collections.abc import Sequence

from market_research.writing.material import Material
from market_research.writing.offline import body, closing, summary
from market_research.writing.outline import OFFLINE, Outline, Section


def write(m: Material) -> Outline:
    """Compose the whole report; every sentence carries the ids of its evidence."""
    used: set[str] = set()
    middle = [
        body.industry(m, used),
        body.competition(m),
        body.trends(m, used),
        body.technology(m),
        body.implications(m, used),
    ]
    sections = [summary.summary(m), *middle, closing.method(m), closing.limits(m)]
    if m.asked:
        sections = [*_wanted(sections, m.asked.sections), *sections[-2:]]
    return Outline(
        title=m.subject.name,
        subtitle="Market size, competition, technology and what follows from them",
        period=_period(m),
        writer=OFFLINE,
        entities=(m.subject.name, *m.companies) if not m.companies else m.companies,
        key_figures=tuple(summary.key_figures(m)),
        sections=tuple(section for section in sections if section.blocks),
    )


def _wanted(sections: Sequence[Section], keys: Sequence[str]) -> list[Section]:
    """The sections that are asked for, in the order asked for."""
    by_key = {section.key: section for section in sections}
    return [by_key[key] for key in keys]


def _period(m: Material) -> str:
    years = m.tables["annual_facts"]["fiscal_year"]
    return f"Fiscal years {min(years)} to {max(years)}" if years.len() else "No annual figures"
