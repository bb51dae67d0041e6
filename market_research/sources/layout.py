"""What the columns of a table mean: subject, period, metric, value, unit, dimension, measure."""

import re
from dataclasses import dataclass, field

from market_research.cleaning import metrics, periods
from market_research.cleaning.names import word_set
from market_research.sources import cells, units
from market_research.sources.grid import Table

_SUBJECTS = (
    "company", "company name", "entity name", "entity", "issuer", "organisation", "organization", "firm", "country",
    "country name", "economy", "name", "technology", "product", "platform", "series", "security", "region", "state",
    "location", "geography",
)  # fmt: skip
"""Headers of the column that says what a row is about, most telling first."""
_PERIODS = (
    "period end", "end date", "date", "period", "quarter", "month", "week", "fiscal year", "fy", "year",
    "calendar year", "time", "time period", "ref date", "as of", "day",
)  # fmt: skip
_STARTS = ("period start", "start date", "start", "from")
_METRICS = ("metric", "indicator", "indicator name", "variable", "measure", "concept", "fact", "item", "line item")
_VALUES = ("value", "amount", "obs value", "figure", "val")
_UNITS = ("unit", "units", "uom", "unit of measure", "currency")
_IGNORED = word_set(
    "rank # id index source sources note notes comment comments url link website homepage footnote "
    "footnotes flag flags iso iso2 iso3 ticker symbol cik sic naics lei isin cusip zip form accn frame "
    "filed publisher licence license"
)
_IGNORED_LAST_WORDS = frozenset({"code", "id", "url", "link", "note", "notes", "rank", "no", "key", "filings"})
_GENERIC = frozenset({"value", "values", "y", "x", "amount", "obs value", "number", "figure", "val"})
_SHARES = frozenset({"adoption", "market_share", "unemployment_rate"})
_SAMPLE = 500
_MOSTLY = 0.6
_LONGEST_DIMENSION = 80


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of numbers: its name as a metric, the unit and power of ten in its header."""

    column: int
    concept: str
    unit: str | None
    power: int
    decimal_comma: bool
    period: periods.Period | None = None


@dataclass(slots=True)
class Layout:
    """Column numbers by role; None or empty where the table has no such column."""

    subject: int | None = None
    period: int | None = None
    period_unit: str = ""
    day_first: bool = False
    start: int | None = None
    year: int | None = None
    within_year: int | None = None
    metric: int | None = None
    unit: int | None = None
    dimensions: list[int] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)

    @property
    def has_numbers(self) -> bool:
        """Numbers about nothing at no time are rows only."""
        dated = self.period is not None or any(measure.period for measure in self.measures)
        return bool(self.measures) and (dated or self.subject is not None)


def header_words(header: str) -> str:
    """A header for comparison: lower case, words apart, without parentheses at its end."""
    return re.sub(r"[\s_\-\x00.]+", " ", metrics.plain_label(header)).strip()


def understand(table: Table) -> Layout:
    """The layout of a table, from its headers first and from a sample of its cells second."""
    words = [header_words(column) for column in table.columns]
    layout = Layout()
    taken: set[int] = set()

    def take(names: tuple[str, ...]) -> int | None:
        for name in names:
            if name in words and words.index(name) not in taken:
                taken.add(words.index(name))
                return words.index(name)
        return None

    samples = [_sample(table, column) for column in range(len(words))]
    layout.metric = take(_METRICS)
    value = take(_VALUES) if layout.metric is not None else None
    if value is None:
        taken.discard(layout.metric if layout.metric is not None else -1)
        layout.metric = layout.metric if _years(table) else None
    layout.unit = take(_UNITS) if value is not None else None
    layout.start = take(_STARTS)
    _find_period(layout, words, samples, taken)
    layout.subject = take(tuple(name for name in _SUBJECTS if name in words and _texts(samples[words.index(name)])))
    if layout.metric is not None:
        taken.add(layout.metric)
    for column, name in enumerate(words):
        if column in taken or name in _PERIODS or name in _STARTS:
            continue
        _place(layout, table, column, name, samples[column])
    if value is not None:
        layout.measures = [_measure(table, value, samples[value], "")]
    elif layout.period is None and periods.year_in_name(table.name) is None:
        # Without a period only what is plainly a figure counts: founding years and register numbers are not.
        layout.measures = [m for m in layout.measures if m.period or metrics.unit_kind(m.concept)]
    return layout


def _years(table: Table) -> bool:
    return sum(1 for column in table.columns if re.fullmatch(r"(19|20)\d{2}", column.strip())) >= 2


def _sample(table: Table, column: int) -> list[str]:
    found = []
    for record in table.records:
        text = record.cells[column]
        if not cells.is_missing(text):
            found.append((text or "").strip())
            if len(found) == _SAMPLE:
                break
    return found


def _texts(sample: list[str]) -> bool:
    return not sample or sum(1 for text in sample if cells.read(text) is None) > len(sample) / 2


def _find_period(layout: Layout, words: list[str], samples: list[list[str]], taken: set[int]) -> None:
    candidates = [words.index(name) for name in _PERIODS if name in words and words.index(name) not in taken]
    candidates += [i for i, name in enumerate(words) if name.endswith((" date", " year")) and i not in candidates]
    candidates = [i for i in candidates if i not in taken]
    year = next((i for i in candidates if words[i] in {"fiscal year", "fy", "year"}), None)
    dated = [i for i in candidates if i != year]
    # A month or quarter that is a bare number or Q1 only means something together with its year.
    parts = [i for i in dated if _within_year(words[i], samples[i])]
    chosen = next((i for i in dated if i not in parts and _dates(samples[i])), year)
    if chosen is None:
        chosen = next((i for i in dated if i not in parts), None)
    layout.period = chosen
    if chosen is None:
        return
    taken.update(candidates)
    layout.period_unit = next((unit for unit in ("month", "quarter") if words[chosen] == unit), "")
    layout.day_first = periods.is_day_first(samples[chosen])
    if year is not None and year != chosen and words[year] in {"fiscal year", "fy"}:
        layout.year = year
    if chosen == year and parts:
        layout.within_year = parts[0]
        layout.period_unit = words[parts[0]]


def _within_year(name: str, sample: list[str]) -> bool:
    if name not in {"month", "quarter"} or not sample:
        return False
    return all(re.fullmatch(r"Q?\d{1,2}(\.0)?|[A-Za-z]{3,9}", text) for text in sample)


def _dates(sample: list[str]) -> bool:
    return bool(sample) and sum(1 for text in sample if periods.parse(text)) > len(sample) / 2


def _place(layout: Layout, table: Table, column: int, name: str, sample: list[str]) -> None:
    if (
        name in _IGNORED
        or name == "last value"
        or name.split(" ")[-1] in _IGNORED_LAST_WORDS
        or name.endswith("code")
        or not sample
    ):
        return
    comma = cells.uses_decimal_comma(sample)
    numeric = sum(1 for text in sample if cells.read(text, decimal_comma=comma) is not None)
    known = metrics.canonical(table.label(column)) in metrics.BY_NAME
    if numeric >= _MOSTLY * len(sample) or (known and numeric):
        layout.measures.append(_measure(table, column, sample, name))
    elif max(map(len, sample)) <= _LONGEST_DIMENSION and not sample[0].startswith(("[", "{")):
        layout.dimensions.append(column)


def _measure(table: Table, column: int, sample: list[str], name: str) -> Measure:
    label = table.label(column)
    unit, power = units.of_header(label)
    if table.transformed is not None:
        unit, power = table.transformed.origins[column].unit, table.transformed.origins[column].power
    comma = cells.uses_decimal_comma(sample)
    if re.fullmatch(r"(19|20)\d{2}", label.strip()) and _years(table):
        return Measure(column, table.name, unit, power, comma, periods.year_period(int(label)))
    concept = table.name if not name or name in _GENERIC else label
    if unit is None and _is_share(concept, sample, comma):
        unit = "percent"
    return Measure(column, concept, unit, power, comma)


def _is_share(concept: str, sample: list[str], comma: bool) -> bool:
    """Whether a share without a unit can only be in percent: never negative, above 1, at most 100."""
    if metrics.canonical(concept) not in _SHARES:
        return False
    amounts = [cells.read(text, decimal_comma=comma) for text in sample]
    values = [amount.value for amount in amounts if amount is not None]
    return bool(values) and min(values) >= 0 and 1 < max(values) <= 100
