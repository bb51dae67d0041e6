"""The offline writer: composes a report from findings and quotes from passages. No model, no key, no network."""

from collections.abc import Sequence

from market_research.analysis.offers import opened, table
from market_research.writing import numbers
from market_research.writing.material import Material
from market_research.writing.offline import body, closing, commerce, summary
from market_research.writing.outline import OFFLINE, Gap, Outline, Section, Subheading


def write(m: Material) -> Outline:
    """Compose the whole report; every sentence carries the ids of its evidence."""
    used: set[str] = set()
    middle = [
        body.industry(m, used),
        body.competition(m),
        body.trends(m, used),
        body.technology(m),
        commerce.commerce(m),
        body.implications(m, used),
    ]
    if commerce.only_commerce(m):
        # Sections that could only say what they lack are left out; the limits name what is open.
        middle = [section for section in middle if _says_something(section)]
    sections = [summary.summary(m), *middle, closing.method(m), closing.limits(m)]
    if m.asked:
        sections = [*_wanted(sections, m.asked.sections), *sections[-2:]]
    return Outline(
        title=m.subject.name,
        subtitle=_subtitle(m),
        period=_period(m),
        writer=OFFLINE,
        entities=(m.subject.name, *m.companies) if not m.companies else m.companies,
        key_figures=tuple(summary.key_figures(m)),
        sections=tuple(section for section in sections if section.blocks),
    )


def _wanted(sections: Sequence[Section], keys: Sequence[str]) -> list[Section]:
    """The sections that are asked for, in the order asked for."""
    by_key = {section.key: section for section in sections}
    return [by_key[key] for key in keys if key in by_key]


def _says_something(section: Section) -> bool:
    return any(not isinstance(block, Subheading | Gap) for block in section.blocks)


def _subtitle(m: Material) -> str:
    about = "Market size, competition, technology and what follows from them"
    if commerce.has_commerce(m):
        about = "Prices, buyers, demand and stock" if not m.companies else f"{about}; prices, buyers and demand"
    return f"{about}. All records are simulated" if closing.all_simulated(m) else about


def _period(m: Material) -> str:
    years = m.tables["annual_facts"]["fiscal_year"]
    spans = [f"fiscal years {min(years)} to {max(years)}"] if years.len() else []
    sales = table(m.tables, "sales_trends")
    if sales.height:
        spans.append(f"records up to {numbers.day(max(sales['last_day'][0], m.subject.as_of))}")
    return opened("; ".join(spans) or "no annual figures")
