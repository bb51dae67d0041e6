"""Porter's five forces by rules: each scored from 1, weak, to 5, strong, by the mean of its measures.

=============  ========================================================================================================
rivalry        concentration (HHI), share that changed hands, growth of the field, median net margin
new entrants   medians of capital expenditure and of research in percent of revenue, share of newcomers
substitutes    five-year gain in adoption of a technology that a source names as taking another's place
buyers         the largest customer that a company names, median gross margin
suppliers      median cost of revenue in percent of it
=============  ========================================================================================================

The limits between scores are in ``SCALES``. What sources say of suppliers and substitutes is quoted and not scored: a
force without a measure has no score, and one whose measures are known at one date only has no direction. All forces
are of the companies covered, at the years that their sentences name.
"""

import re

import polars as pl

from market_research.analysis.base import confidence, is_primary, listing, say, within
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact, Passage
from market_research.writing.frameworks import words
from market_research.writing.frameworks.measures import Measure, Scale, direction_of, middle, score_of, sign
from market_research.writing.frameworks.rows import FORCES, TITLES, Component
from market_research.writing.material import Material
from market_research.writing.quotes import LEAST, sentences, substance

SCALES = {
    "hhi": Scale("HHI", (1000, 1800, 2500, 4000), rising=False),
    "turnover": Scale("points of share that changed hands", (2, 5, 10, 20), rising=True),
    "growth": Scale("growth of the field a year", (0, 3, 7, 15), rising=False, unit=" %"),
    "net_margin": Scale("median net margin", (0, 5, 10, 20), rising=False, unit=" %"),
    "capital": Scale("capital expenditure", (2, 5, 10, 20), rising=False, unit=" % of revenue"),
    "research": Scale("research and development", (2, 5, 10, 20), rising=False, unit=" % of revenue"),
    "newcomers": Scale("newcomers' share", (5, 10, 20, 30), rising=True, unit=" %"),
    "adoption": Scale("adoption gained in five years", (1, 5, 10, 20), rising=True, unit=" points"),
    "customer": Scale("largest customer named", (5, 10, 20, 30), rising=True, unit=" % of revenue"),
    "gross_margin": Scale("gross margin", (20, 30, 40, 60), rising=False, unit=" %"),
    "cost": Scale("cost of revenue", (40, 60, 70, 80), rising=True, unit=" % of revenue"),
}
RULE = (
    "Score: the mean of the measures of a force, rounded, from 1 (weak) to 5 (strong). Direction: which way most "
    "measures known at two dates moved it. "
)
CUSTOMER_QUERY = "customers accounted for percent of total revenue, customer concentration"
SUBSTITUTE_QUERY = "substitutes, alternatives that replace products, customers design their own instead of buying"
_REPLACES = (
    r"\b(?:substitut\w+|alternatives? to|(?:take|took|taking|takes) the place of|replac(?:es?|ed|ing) (?!the)"
    r"|instead of|design their own|in-house (?:chips?|designs?|products?))\b"
)
SUPPLIER_QUERY = (
    "depends on suppliers, sole source, limited number of suppliers, contract manufacturers, supply agreements"
)
_PERCENTS = r"(?:(?:\s|,|and|or|about|approximately|roughly|more than|over|nearly|at least|at most)*\d+(?:\.\d+)?%)+"
_CUSTOMER = re.compile(
    r"(?P<none>\bno\b[^;]{0,30})?\bcustomers?\b[^;]{0,80}?\b(?:accounted for|represented|made up|comprised|contributed"
    rf"|generated|with)\b(?P<percents>{_PERCENTS})(?P<rest>[^;]{{0,80}})",
    re.IGNORECASE,
)
_SUPPLIER = (
    r"\b(?:sole[- ]source|single[- ]source|suppliers?|vendors?|foundr(?:y|ies)|contract manufactur\w+|manufacturers)\b"
)
_LEANS = r"\b(?:depend\w*|rel(?:y|ies|ied|iance)|limited number|sole|single|comes? from|owed|owns no|shortages?)\b"


def rules() -> str:
    """How the forces are scored, in words for readers."""
    up = ", ".join(scale.shown() for scale in SCALES.values() if scale.rising)
    down = ", ".join(scale.shown() for scale in SCALES.values() if not scale.rising)
    return f"{RULE}A measure counts 5, and one less from each limit on: {down}; or 1, and one more from each: {up}."


def of_industry(m: Material) -> tuple[Component, ...]:
    """The five forces of the field."""
    found = {
        "rivalry": _rivalry(m), "new_entrants": _entrants(m), "substitutes": _substitutes(m), "buyer_power": _buyers(m),
        "supplier_power": _suppliers(m),
    }  # fmt: skip
    return tuple(_force(m, name, found[name]) for name in FORCES)


def _force(m: Material, name: str, measures: list[Measure]) -> Component:
    score = score_of(m, name, measures)
    none = m.book.derive(f"measures_of_{name}", m.subject.name, 0.0, "count", formula=f"count(measures of {name})",
                         inputs=[])  # fmt: skip
    gap = say(f"{TITLES[name]}: no evidence; not one measure of this force is known.", none)
    rows = tuple(row for one in measures for row in one.rows)
    return Component("five_forces", name, m.subject.name, rows, gap, score, direction_of(measures))


def _measure(
    m: Material,
    item: str,
    sentence: Draft,
    fact: Fact,
    scale: str,
    *,
    pressure: int | None = None,
    year: int | None,
    metric: str = "revenue",
) -> Measure:
    primary = year is not None and is_primary(m.tables, year, metric)
    sure = confidence(primary=primary, companies=len(m.companies), year=year, as_of=m.subject.as_of)
    start = fact.period_start.year if fact.period_start else year
    period = f"fiscal {year}" if start == year else f"fiscal {start} to fiscal {year}"
    return Measure(item, (sentence,), (fact,), SCALES[scale].score(fact.value), pressure, sure, period)


def _present(*measures: Measure | None) -> list[Measure]:
    return [measure for measure in measures if measure is not None]


def _rivalry(m: Material) -> list[Measure]:
    return _present(_concentration(m), _turnover(m), _field_growth(m), _net_margin(m))


def _concentration(m: Material) -> Measure | None:
    """HHI, where it is stated at all; companies of equal size at both ends of the growth window say where it goes."""
    hhi = m.book.get("hhi", m.subject.name, m.year)
    four = m.book.get("cr4", m.subject.name, m.year)
    if hhi is None or four is None or m.one("concentration") is None:
        return None
    ends = sorted(
        (fact for fact in m.book.derived() if fact.metric == "panel_equal_sized"),
        key=lambda fact: fact.fiscal_year or 0,
    )
    text = (
        f"The four largest companies held {numbers.percent(four.value)} of covered revenue in fiscal {m.year}, which "
        f"with all the others makes an HHI of {numbers.plain(hhi.value)}"
    )
    pressure = None
    if len(ends) == 2:
        before, after = (numbers.plain(fact.value, 1) for fact in ends)
        text += f"; of those in both years, the number of equal size was {before} in fiscal {ends[0].fiscal_year} "
        text += f"and {after} then"
        pressure = sign(ends[1].value - ends[0].value, 0.25)
    largest = m.book.derive("largest_companies", m.subject.name, 4, "count", formula="the four largest",
                            inputs=[hhi.fact_id], fiscal_year=m.year)  # fmt: skip
    return _measure(
        m, "Concentration", say(f"{text}.", four, hhi, largest, ends), hhi, "hhi", pressure=pressure, year=m.year
    )


def _turnover(m: Material) -> Measure | None:
    moves = [fact for c in m.companies if (fact := m.book.get("share_change", c, m.year))]
    if len(moves) < 3:
        return None
    start = moves[0].period_start.year if moves[0].period_start else None
    fact = m.book.derive(
        "share_turnover", m.subject.name, sum(abs(f.value) for f in moves) / 2, "percentage points",
        formula="sum(|share change|) / 2", inputs=[f.fact_id for f in moves], fiscal_year=m.year, start_year=start,
    )  # fmt: skip
    text = (
        f"From fiscal {start} to fiscal {m.year}, {numbers.points(fact.value)} of share changed hands among the "
        "companies that report both years."
    )
    return _measure(m, "Share that changed hands", say(text, fact), fact, "turnover", year=m.year)


def _field_growth(m: Material) -> Measure | None:
    pace, last = m.book.get("panel_cagr", m.subject.name, m.year), m.book.get("panel_growth", m.subject.name, m.year)
    if pace is None or pace.period_start is None:
        return None
    moved = "grew" if pace.value >= 0 else "shrank"
    text = (
        f"The companies that report both years {moved} {numbers.percent(abs(pace.value))} a year from fiscal "
        f"{pace.period_start.year} to fiscal {m.year}"
    )
    pressure = None
    if last is not None:
        text += f", and {numbers.percent(last.value)} in the last of them"
        pressure = sign(pace.value - last.value, 1.0)
    return _measure(
        m, "Growth of the field", say(f"{text}.", pace, last), pace, "growth", pressure=pressure, year=m.year
    )


def _net_margin(m: Material) -> Measure | None:
    """Level of the median, spread between companies, and how many earn more of a dollar than five years before."""
    name, year = m.subject.name, m.year
    level = m.book.get("median_net_margin", name, year)
    margins = sorted((f for c in m.companies if (f := m.book.get("net_margin", c, year))), key=lambda f: f.value)
    if level is None or year is None or len(margins) < 3:
        return None
    low, high = margins[0], margins[-1]
    text = (
        f"The median net margin was {numbers.percent(level.value)} in fiscal {year}, between "
        f"{numbers.percent(low.value)} at {low.entity} and {numbers.percent(high.value)} at {high.entity}"
    )
    more, all_of = m.book.get("rising_margins", name, year), m.book.get("compared_margins", name, year)
    pressure = None
    if more is not None and all_of is not None:
        text += f"; {numbers.count(more.value)} of {numbers.count(all_of.value)} companies kept more than in "
        text += f"fiscal {year - 5}"
        pressure = sign(all_of.value - 2 * more.value, 1)
    return _measure(
        m,
        "Margins",
        say(f"{text}.", level, low, high, more, all_of),
        level,
        "net_margin",
        pressure=pressure,
        year=year,
        metric="net_income",
    )


def _entrants(m: Material) -> list[Measure]:
    return _present(
        middle(m, "capital_intensity", "Capital expenditure", SCALES["capital"], pressure=-1),
        middle(m, "rd_intensity", "Research and development", SCALES["research"], pressure=-1),
        _newcomers(m),
    )


def _newcomers(m: Material) -> Measure | None:
    """Companies of the reference year that were not covered five years earlier; lists may have missed them."""
    shares = m.tables["market_share"]
    if m.year is None or m.one("concentration") is None:
        return None
    before = set(shares.filter(pl.col("fiscal_year") == m.year - 5)["company"])
    now = [c for c in shares.filter(pl.col("fiscal_year") == m.year)["company"] if c not in before]
    held = [fact for c in now if (fact := m.book.get("market_share", c, m.year))]
    if len(before) < 5:
        return None
    fact = m.book.derive(
        "newcomers_share", m.subject.name, sum(f.value for f in held), "percent",
        formula="sum(share of companies not covered five years earlier)", inputs=[f.fact_id for f in held],
        fiscal_year=m.year, start_year=m.year - 5,
    )  # fmt: skip
    named = f", {listing(now)}," if 0 < len(now) <= 3 else ""
    text = (
        f"Companies that the evidence does not cover for fiscal {m.year - 5}{named} held {numbers.percent(fact.value)} "
        f"of covered revenue in fiscal {m.year}."
    )
    if not now:
        text = f"Every company covered in fiscal {m.year} was there in fiscal {m.year - 5}: newcomers held 0.0% of it."
    return _measure(m, "Newcomers", say(text, fact, held), fact, "newcomers", year=m.year)


def _substitutes(m: Material) -> list[Measure]:
    """What a source says takes the place of something, and how fast a technology that it names there spread."""
    for passage in m.search(SUBSTITUTE_QUERY, words.SEARCHED):
        for sentence in sentences(passage.text):
            if re.search(_REPLACES, sentence, re.IGNORECASE) and substance(sentence) >= LEAST:
                named = [
                    t
                    for t in m.subject.request.technologies
                    if re.search(rf"\b{re.escape(t)}", sentence, re.IGNORECASE)
                ]
                return _present(_adoption(m, named), _stated(m, "Substitutes, as stated", passage, sentence))
    return []


def _stated(m: Material, item: str, passage: Passage, sentence: str) -> Measure:
    """A source's words, which score nothing."""
    row = words.quoted(m, passage, sentence)
    return Measure(item, (row.sentence,), (), None, None, row.confidence, row.period)


def _adoption(m: Material, named: list[str]) -> Measure | None:
    """Of these technologies the one that gained most in five years."""
    newest = m.tables["technology_adoption"].filter(pl.col("is_latest") & pl.col("technology").is_in(named))
    found = []
    for row in newest.to_dicts():
        change = m.book.get("adoption_change", row["technology"], row["year"], row["population"])
        level = m.book.facts.get(row["fact_id"])
        if change is not None and level is not None:
            found.append((change, level, row))
    if not found:
        return None
    change, level, row = max(found, key=lambda item: (item[0].value, item[0].entity))
    text = (
        f"{row['technology']} gained {numbers.points(change.value)} in five years, to {numbers.percent(level.value)} "
        f"of {_the(row['population'].partition('=')[2])} in {row['year']}"
    )
    five = m.book.derive("years_of_change", row["technology"], 5, "years", formula="the five years before",
                         inputs=[change.fact_id], fiscal_year=row["year"])  # fmt: skip
    last, pressure = None, None
    prior = m.book.facts.get(row["prior_fact_id"] or "")
    if prior is not None:
        last = m.book.derive(
            "adoption_change_last_year", row["technology"], level.value - prior.value, "percentage points",
            formula="adoption - adoption of the year before", inputs=[level.fact_id, prior.fact_id],
            fiscal_year=row["year"], start_year=row["year"] - 1, dimensions=row["population"],
        )  # fmt: skip
        text += f", with {numbers.points(last.value)} in the last year"
        pressure = sign(last.value - change.value / 5, 1.0)
    return _measure(
        m, f"Adoption of {within(row['technology'])}", say(f"{text}.", change, level, five, last), change, "adoption",
        pressure=pressure, year=row["year"],
    )  # fmt: skip


def _the(place: str) -> str:
    return f"the {place}" if place.startswith("United ") else place or "all"


def _buyers(m: Material) -> list[Measure]:
    return _present(
        _largest_customer(m), middle(m, "gross_margin", "Gross margin", SCALES["gross_margin"], pressure=-1)
    )


def _largest_customer(m: Material) -> Measure | None:
    """The newest statement of a company's source about how much of its revenue one customer brings."""
    found = []
    for passage in m.search(CUSTOMER_QUERY, words.SEARCHED):
        for sentence in sentences(passage.text):
            company = next((c for c in m.companies if words.is_about(m, c, passage, sentence)), None)
            value = customer_share(sentence)
            if company is not None and value is not None:
                found.append((_day(m, passage), value, sentence, company, passage))
    if not found:
        return None
    found.sort(key=lambda item: item[:3])
    day, value, sentence, company, passage = found[-1]
    earlier = [item for item in found if item[3] == company and item[0] < day]
    row = words.quoted(m, passage, sentence)
    fact = m.book.derive(
        "stated_customer_share", company, value, "percent",
        formula=f"largest share of revenue of one customer, as stated in {passage.passage_id}", inputs=[],
    )  # fmt: skip
    pressure = sign(value - earlier[-1][1], 1.0) if earlier else None
    return Measure(
        "Largest customer named", (row.sentence,), (fact,), SCALES["customer"].score(value), pressure, row.confidence,
        row.period,
    )  # fmt: skip


def _day(m: Material, passage: Passage) -> str:
    day = passage.published_on or m.dates.get(passage.document_id)
    return day.isoformat() if day else ""


def customer_share(sentence: str) -> float | None:
    """The largest percentage of revenue that a sentence states for one customer; just below it for "no customer"."""
    match = _CUSTOMER.search(sentence)
    if match is None or re.search(r"receivable", sentence, re.IGNORECASE):
        return None
    if not re.search(r"\b(?:revenues?|sales)\b", sentence, re.IGNORECASE):
        return None
    most = max(float(percent) for percent in re.findall(r"(\d+(?:\.\d+)?)%", match["percents"]))
    return most - 0.1 if match["none"] else most


def _suppliers(m: Material) -> list[Measure]:
    measured = middle(m, "cost_share", "Cost of revenue", SCALES["cost"], pressure=1)
    for passage in m.search(SUPPLIER_QUERY, words.SEARCHED):
        for sentence in sentences(passage.text):
            own = any(words.is_about(m, c, passage, sentence) for c in m.companies)
            if own and re.search(_SUPPLIER, sentence, re.IGNORECASE) and re.search(_LEANS, sentence, re.IGNORECASE):
                return _present(measured, _stated(m, "Suppliers, as stated", passage, sentence))
    return _present(measured)
