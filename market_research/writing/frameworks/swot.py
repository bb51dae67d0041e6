"""SWOT of a company by rules: each row is a measure against rivals or against its own past, or a source's own words.

Strengths and weaknesses lie inside the company and compare it with the field; opportunities and threats lie outside.
A measure near the field's gives no row. Nothing is said without a figure or a dated passage.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

import polars as pl

from market_research.analysis.base import confidence, is_primary, possessive, say
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact
from market_research.writing.frameworks import measures, words
from market_research.writing.frameworks.rows import Component, Row
from market_research.writing.material import Material

MOST_ROWS = 5
# Distances below which a company is not said to be ahead or behind: points of share, margin and growth.
SHARE_POINTS, MARGIN_POINTS, GROWTH_POINTS = 1.0, 3.0, 2.0
DEPENDENT = 60.0
"""Percent of revenue from one segment, product line or region from which a company depends on it."""
DEPENDENCE_QUERY = "depends on suppliers or customers, concentration of revenue, single source, reliance"
THREAT_QUERY = "risk, competition, rivals, regulation, export licence, tariffs, lawsuit, shortage, cyber attack"
OPENING_QUERY = "new products, expansion, demand growing, launched, new markets, plans to invest"
_DEPENDENCE = (
    r"\b(?:depend\w*|rel(?:y|ies|ied|iance) on|concentrat\w+|sole[- ]source|single[- ]source|customers? (?:accounted"
    r"|made up|represented)|owns no|comes? from|cancel\w*)\b"
)
_THREAT = (
    r"\b(?:regulat\w+|licen[cs]es? (?:were|was|would|will)|export\w*|tariffs?|sanction\w*|rivals?"
    r"|compet(?:e|es|ition|itors?)|litigation|lawsuits?|antitrust|shortages?|ransomware|attack\w*|quotas?|levies|levy|fines?)\b"
)
_OPENING = (
    r"\b(?:launch\w*|expand\w*|introduc\w+|enter\w*|new (?:markets?|products?|stores?|services?|customers?)|plans? to"
    r"|expects? to|demand for|began|begin)\b"
)
_FALLING = r"\b(?:fell|declin\w+|decreas\w+|loss(?:es)?|lower|charge|drag)\b"


def of_company(m: Material, company: str, quoted: Iterable[str] = ()) -> tuple[Component, ...]:
    """The four components; each has a gap for where there is no evidence. ``quoted`` is not quoted again."""
    used = set(quoted)
    weak = [
        *_weaknesses(m, company),
        *words.said_of(m, company, DEPENDENCE_QUERY, _DEPENDENCE, used=used, skip=_THREAT),
    ]
    threats = [*_threats(m, company), *words.said_of(m, company, THREAT_QUERY, _THREAT, used=used, count=2)]
    chances = [
        *_opportunities(m, company),
        *words.said_of(m, company, OPENING_QUERY, _OPENING, used=used, skip=f"{_FALLING}|{_THREAT}|{_DEPENDENCE}"),
    ]
    rows = {"strengths": _strengths(m, company), "weaknesses": weak, "opportunities": chances, "threats": threats}
    return tuple(
        Component("swot", name, company, _weightiest(found), _gap(m, company, name)) for name, found in rows.items()
    )


def _weightiest(rows: list[Row]) -> tuple[Row, ...]:
    """At most so many: the surest first, of filings and new; one source's own words are kept."""
    ranked = sorted(rows, key=lambda row: -row.confidence)
    quoted = [row for row in ranked if row.sentence.text.startswith("“")][:1]
    measured = [row for row in ranked if row not in quoted]
    return (*measured[: MOST_ROWS - len(quoted)], *quoted)


def _gap(m: Material, company: str, name: str) -> Draft:
    none = m.book.derive(f"rows_of_{name}", company, 0.0, "count", formula=f"count({name} with evidence)", inputs=[])
    if company in m.reporting:
        return say(f"No measure and no dated source in the evidence shows {name} of {company}.", none)
    return say(f"No filing of {company} was received, and no other measure or dated source shows {name} of it.", none)


def _strengths(m: Material, company: str) -> list[Row]:
    found = [
        _share(m, company, gained=True), _growth(m, company, ahead=True), _margin(m, company, ahead=True),
        *(_newest(m, company, compared, ahead=True) for compared in _RATIOS),
        _operating_margin(m, company, widened=True),
    ]  # fmt: skip
    return _present(found)


def _weaknesses(m: Material, company: str) -> list[Row]:
    found = [
        _dependence(m, company), _share(m, company, gained=False), _growth(m, company, ahead=False),
        _margin(m, company, ahead=False), *(_newest(m, company, compared, ahead=False) for compared in _RATIOS),
        _operating_margin(m, company, widened=False), _slower(m, company),
    ]  # fmt: skip
    return _present(found)


def _present(rows: Iterable[Row | None]) -> list[Row]:
    return [row for row in rows if row is not None]


def _sure(m: Material, year: int | None, metric: str = "revenue", companies: int = 5) -> float:
    primary = year is not None and is_primary(m.tables, year, metric)
    return confidence(primary=primary, companies=companies, year=year, as_of=m.subject.as_of)


def _span(fact: Fact) -> str:
    start = fact.period_start.year if fact.period_start else fact.fiscal_year
    return f"fiscal {start} to fiscal {fact.fiscal_year}" if start != fact.fiscal_year else f"fiscal {start}"


def _share(m: Material, company: str, *, gained: bool) -> Row | None:
    change = m.book.get("share_change", company, m.year)
    if change is None or abs(change.value) < SHARE_POINTS or (change.value > 0) != gained:
        return None
    end = m.book.get("panel_share", company, m.year)
    verb = "won" if gained else "gave up"
    text = (
        f"{company} {verb} {numbers.points(abs(change.value))} of share from {_span(change)}"
        + (f" and ended at {numbers.percent(end.value)}" if end else "")
        + ", among the companies that report both years."
    )
    name = "Share won" if gained else "Share lost"
    return Row(name, say(text, change, end), _sure(m, m.year), _span(change))


def _growth(m: Material, company: str, *, ahead: bool) -> Row | None:
    own, field = m.book.get("revenue_cagr", company, m.year), m.book.get("panel_cagr", m.subject.name, m.year)
    if own is None or field is None or own.period_start != field.period_start:
        return None
    distance = own.value - field.value
    if abs(distance) < GROWTH_POINTS or (distance > 0) != ahead:
        return None
    moved = f"grew {numbers.percent(own.value)}" if own.value >= 0 else f"shrank {numbers.percent(-own.value)}"
    text = (
        f"{possessive(company)} revenue {moved} a year from {_span(own)}, "
        f"against {numbers.percent(field.value)} of all companies that report both years."
    )
    name = "Growth ahead of the field" if ahead else "Growth behind the field"
    return Row(name, say(text, own, field), _sure(m, m.year), _span(own))


def _margin(m: Material, company: str, *, ahead: bool) -> Row | None:
    own, middle = m.book.get("net_margin", company, m.year), m.book.get("median_net_margin", m.subject.name, m.year)
    if own is None or middle is None:
        return None
    distance = own.value - middle.value
    if abs(distance) < MARGIN_POINTS or (distance > 0) != ahead:
        return None
    kept = f"kept {numbers.percent(own.value)}" if own.value >= 0 else f"lost {numbers.percent(-own.value)}"
    text = (
        f"{company} {kept} of its revenue as net {'income' if own.value >= 0 else 'loss'} in fiscal {m.year}, "
        f"{'above' if ahead else 'below'} the median of {numbers.percent(middle.value)}."
    )
    if own.value < 0:
        text = f"{company} {kept} of its revenue in fiscal {m.year}, while the median net margin was "
        text += f"{numbers.percent(middle.value)}."
    name = "Margin above rivals" if ahead else "Margin below rivals"
    return Row(name, say(text, own, middle), _sure(m, m.year, "net_income"), f"fiscal {m.year}")


def _operating_margin(m: Material, company: str, *, widened: bool) -> Row | None:
    """The newest year against the one before, where both are reported."""
    year = _fresh_year(m, company)
    if year is None:
        return None
    now, before = (m.book.get("operating_margin", company, at) for at in (year, year - 1))
    if now is None or before is None or abs(now.value - before.value) < 1 or (now.value > before.value) != widened:
        return None
    change = m.book.derive(
        "operating_margin_change", company, now.value - before.value, "percentage points",
        formula="operating margin - operating margin of the year before", inputs=[now.fact_id, before.fact_id],
        fiscal_year=year, start_year=year - 1,
    )  # fmt: skip
    verb = "widened" if widened else "narrowed"
    text = (
        f"{possessive(company)} operating margin {verb} by {numbers.points(abs(change.value))} to "
        f"{numbers.percent(now.value)} in fiscal {year}."
    )
    name = "Operating margin widening" if widened else "Operating margin narrowing"
    return Row(name, say(text, change, now, before), _sure(m, year), f"fiscal {year - 1} to fiscal {year}")


def _fresh_year(m: Material, company: str) -> int | None:
    year = m.newest_year(company)
    return year if year is not None and m.subject.as_of.year - year < measures.STALE_YEARS else None


@dataclass(frozen=True)
class _Ratio:
    """A ratio in which companies are compared at their newest years: what is said of one below and above zero."""

    measure: str
    name: str
    says: str
    distance: float
    below_zero: str = "{}"


_RATIOS = (
    _Ratio(
        "operating_margin", "Operating margin", "kept {} of its revenue as operating income", MARGIN_POINTS,
        "lost {} of its revenue in operations",
    ),
    _Ratio("revenue_growth", "Newest growth", "grew its revenue {}", GROWTH_POINTS, "lost {} of its revenue"),
    _Ratio("rd_intensity", "Research spending", "put {} of its revenue into research and development", MARGIN_POINTS),
    _Ratio(
        "cash_conversion", "Cash from operations", "had an operating cash flow of {} of its revenue", MARGIN_POINTS,
        "burned {} of its revenue in operations",
    ),
)  # fmt: skip


def _newest(m: Material, company: str, compared: _Ratio, *, ahead: bool) -> Row | None:
    """A ratio of the newest year against the median of the others, where at least one other reports it."""
    facts = measures.newest_ratios(m, compared.measure)
    own = next((fact for fact in facts if fact.entity == company), None)
    others = [fact for fact in facts if fact.entity != company]
    if own is None or not others:
        return None
    level = median(fact.value for fact in others)
    if abs(own.value - level) < compared.distance or (own.value > level) != ahead:
        return None
    other = others[0]
    against = f"at {other.entity} it was {numbers.percent(other.value)}"
    if len(others) > 1:
        other = m.book.derive(
            f"median_{compared.measure}_of_others", company, level, "percent",
            formula=f"median({compared.measure} of the other companies)", inputs=[fact.fact_id for fact in others],
            fiscal_year=max(fact.fiscal_year or 0 for fact in others),
        )  # fmt: skip
        against = f"the median of the others was {numbers.percent(other.value)}"
    says = compared.says if own.value >= 0 else compared.below_zero
    text = f"{company} {says.format(numbers.percent(abs(own.value)))} in fiscal {own.fiscal_year}; {against}."
    name = f"{compared.name} {'above' if ahead else 'below'} rivals"
    return Row(
        name, say(text, own, other), _sure(m, own.fiscal_year, companies=len(facts)), f"fiscal {own.fiscal_year}"
    )


def _dependence(m: Material, company: str) -> Row | None:
    """The largest segment, product line or region, if most of the revenue hangs on it."""
    year = _fresh_year(m, company)
    shares = [
        fact for fact in m.book.derived()
        if fact.metric == "segment_share" and fact.entity == company and fact.fiscal_year == year
    ]  # fmt: skip
    largest = max(shares, key=lambda fact: (fact.value, fact.dimensions), default=None)
    if largest is None or largest.value < DEPENDENT:
        return None
    _, _, segment = largest.dimensions.partition("=")
    alone = m.book.get("growth_without_driver", company, year, largest.dimensions)
    text = f"{segment} brought {numbers.percent(largest.value)} of {possessive(company)} revenue in fiscal {year}"
    if alone is not None:
        moved = f"grew {numbers.percent(alone.value)}" if alone.value >= 0 else f"fell {numbers.percent(-alone.value)}"
        text += f"; all else together {moved}"
    return Row(f"Dependence on {segment}", say(f"{text}.", largest, alone), _sure(m, year), f"fiscal {year}")


def _slower(m: Material, company: str) -> Row | None:
    """Growth of the newest year well below that of the year before."""
    year = _fresh_year(m, company)
    if year is None:
        return None
    now, before = (m.book.get("revenue_growth", company, at) for at in (year, year - 1))
    if now is None or before is None or before.value - now.value < GROWTH_POINTS:
        return None
    moved = f"grew {numbers.percent(now.value)}" if now.value >= 0 else f"fell {numbers.percent(-now.value)}"
    text = (
        f"{possessive(company)} revenue {moved} in fiscal {year}, after "
        + (f"{numbers.percent(before.value)}" if before.value >= 0 else f"a fall of {numbers.percent(-before.value)}")
        + " the year before."
    )
    return Row("Growth slowing", say(text, now, before), _sure(m, year), f"fiscal {year - 1} to fiscal {year}")


def _opportunities(m: Material, company: str) -> list[Row]:
    return _present([_field_growth(m, company), _fastest_part(m, company)])


def _field_growth(m: Material, company: str) -> Row | None:
    """The field grows, and the company takes at least the part of the growth that it held of the revenue."""
    field, own = m.book.get("panel_cagr", m.subject.name, m.year), m.book.get("contribution", company, m.year)
    change, held = m.book.get("panel_change", m.subject.name, m.year), m.book.get("panel_share", company, m.year)
    if field is None or own is None or change is None or held is None or field.value <= 0 or change.value <= 0:
        return None
    part = 100 * own.value / change.value
    if part < held.value:
        return None
    share = m.book.derive(
        "contribution_share", company, part, "percent", formula="100 * contribution / change of the panel",
        inputs=[own.fact_id, change.fact_id], fiscal_year=m.year,
        start_year=own.period_start.year if own.period_start else None,
    )  # fmt: skip
    text = (
        f"The companies that report both years grew {numbers.percent(field.value)} a year from {_span(field)}, "
        f"and {company} took {numbers.percent(share.value)} of what they added."
    )
    return Row("A growing field that it grows with", say(text, field, share), _sure(m, m.year), _span(field))


def _fastest_part(m: Material, company: str) -> Row | None:
    """The segment or product line that outgrew the company most in its newest year.

    Regions are left out: they often say where invoices go, not where the demand is.
    """
    year = _fresh_year(m, company)
    whole = m.book.get("revenue_growth", company, year)
    grown = [
        fact for fact in m.book.derived()
        if fact.metric == "segment_growth" and fact.entity == company and fact.fiscal_year == year
        and not fact.dimensions.startswith("region=")
        and not fact.dimensions.partition("=")[2].lower().startswith(("other", "all other", "rest"))
    ]  # fmt: skip
    best = max(grown, key=lambda fact: (fact.value, fact.dimensions), default=None)
    if best is None or whole is None or best.value < whole.value + GROWTH_POINTS or best.value <= 0:
        return None
    _, _, segment = best.dimensions.partition("=")
    share = m.book.get("segment_share", company, year, best.dimensions)
    text = (
        f"{segment} grew {numbers.percent(best.value)} in fiscal {year}, against {numbers.percent(whole.value)} of all "
    )
    text += f"{possessive(company)} revenue" + (
        f", and brought {numbers.percent(share.value)} of it." if share else "."
    )
    return Row(f"Fastest growing part: {segment}", say(text, best, whole, share), _sure(m, year), f"fiscal {year}")


def _threats(m: Material, company: str) -> list[Row]:
    return _present([_winning_rival(m, company), _faster_rivals(m, company)])


def _winning_rival(m: Material, company: str) -> Row | None:
    """Who won most share while this company lost some."""
    own = m.book.get("share_change", company, m.year)
    moves = [f for c in m.companies if c != company and (f := m.book.get("share_change", c, m.year))]
    best = max(moves, key=lambda fact: (fact.value, fact.entity), default=None)
    if own is None or best is None or own.value > -SHARE_POINTS or best.value < SHARE_POINTS:
        return None
    text = (
        f"{best.entity} won {numbers.points(best.value)} of share from {_span(best)}, "
        f"while {company} lost {numbers.points(-own.value)}."
    )
    return Row("A rival that wins share", say(text, best, own), _sure(m, m.year), _span(best))


def _faster_rivals(m: Material, company: str) -> Row | None:
    """How many rivals grew faster, if most did."""
    own = m.book.get("revenue_cagr", company, m.year)
    others = [f for c in m.companies if c != company and (f := m.book.get("revenue_cagr", c, m.year))]
    others = [fact for fact in others if own is not None and fact.period_start == own.period_start]
    if own is None or len(others) < 3:
        return None
    faster = [fact for fact in others if fact.value > own.value]
    if len(faster) * 2 <= len(others):
        return None
    ids = [own.fact_id, *(fact.fact_id for fact in others)]
    counts = [
        m.book.derive(
            name, company, float(len(found)), "count", formula=formula, inputs=ids, fiscal_year=m.year,
            start_year=own.period_start.year if own.period_start else None,
        )
        for name, found, formula in (
            ("faster_rivals", faster, "count(rivals with a higher revenue CAGR)"),
            ("compared_rivals", others, "count(rivals that report both years)"),
        )
    ]  # fmt: skip
    moved = numbers.percent(own.value)
    text = (
        f"{numbers.count(len(faster)).capitalize()} of {numbers.count(len(others))} rivals outgrew the {moved} a year "
        f"of {company} from {_span(own)}."
    )
    return Row("Rivals that grow faster", say(text, counts, own), _sure(m, m.year), _span(own))


def companies(m: Material) -> tuple[str, ...]:
    """Companies that a SWOT is made of: all with annual figures, then those of the request without any."""
    known = [company.name for company in m.subject.request.companies]
    frame = m.tables["annual_facts"].filter(pl.col("entity").is_in(known))
    return tuple(dict.fromkeys([*m.companies, *sorted(set(frame["entity"])), *known]))
