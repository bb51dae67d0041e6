"""All frameworks of an industry by rules, without a model."""

from collections.abc import Iterable

from market_research.writing.frameworks import forces, pestel, swot
from market_research.writing.frameworks.rows import Component, Row
from market_research.writing.material import Material

SHOWN = 3
"""Companies whose SWOT stands in the report."""
SURE = 80.0
LEAST_FILLED = 2
"""Components with rows that a SWOT needs to earn its place in the report."""


def components(m: Material) -> tuple[Component, ...]:
    """The five forces, a SWOT of each company, and PESTEL. The same material gives the same rows."""
    five = forces.of_industry(m)
    stated = _quoted(row for one in five for row in one.rows)
    made = [one for company in swot.companies(m) for one in swot.of_company(m, company, stated)]
    told = stated | _quoted(row for one in in_report(made) for row in one.rows)
    return (*five, *made, *pestel.of_industry(m, set(told)))


def shown(components: Iterable[Component]) -> tuple[str, ...]:
    """Companies whose SWOT the report shows: the largest of those about which most is known, largest first."""
    filled: dict[str, int] = {}
    sure: dict[str, float] = {}
    for one in components:
        if one.framework == "swot":
            filled[one.subject] = filled.get(one.subject, 0) + bool(one.rows)
            sure[one.subject] = max([sure.get(one.subject, 0.0), *(row.confidence for row in one.rows)])
    # Figures of filings and of late come first; of the others three components tell enough, and then size decides.
    ranked = sorted(filled, key=lambda company: (sure[company] < SURE, -min(filled[company], 3)))
    chosen = {company for company in ranked[:SHOWN] if filled[company] >= LEAST_FILLED}
    return tuple(company for company in filled if company in chosen)


def in_report(components: Iterable[Component]) -> list[Component]:
    """The components that the report shows."""
    listed = list(components)
    companies = shown(listed)
    return [one for one in listed if one.framework != "swot" or one.subject in companies]


def _quoted(rows: Iterable[Row]) -> set[str]:
    """The verbatim sentences among these rows, without their quotation marks."""
    return {row.sentence.text.strip("“”") for row in rows if row.sentence.text.startswith("“")}
