"""Tables of any format to rows and numbers.

Understood are tidy tables (subject, period, ``metric``, ``value``, ``unit``), wide ones (a column per
measure, its unit in the header's parentheses, or a column per year), and time series without a
subject, whose subject is then the name of the table.
"""

from market_research.cleaning import metrics, periods
from market_research.sources import cells, units
from market_research.sources.grid import Record, Table, printable
from market_research.sources.layout import Layout, Measure, understand
from market_research.sources.parsed import FIRST_PLACES, Block, Gap, Number, Parsed, Reject


def parse_csv(content: bytes, name: str) -> Parsed:
    """Rows and numbers of a CSV file (see ``delimited.read``)."""
    from market_research.sources import delimited

    return collect([delimited.read(content, name)])


def parse_tsv(content: bytes, name: str) -> Parsed:
    """Rows and numbers of a file divided by tabs (see ``delimited.read``)."""
    from market_research.sources import delimited

    return collect([delimited.read(content, name, tabs=True)])


def parse_json(content: bytes, name: str) -> Parsed:
    """Rows and numbers of a JSON document (see ``json_tables.read``)."""
    from market_research.sources import json_tables

    return collect(json_tables.read(content, name))


def parse_json_lines(content: bytes, name: str) -> Parsed:
    """Rows and numbers of a JSON Lines file (see ``json_tables.read_lines``)."""
    from market_research.sources import json_tables

    return collect(json_tables.read_lines(content, name))


def parse_excel(content: bytes, name: str) -> Parsed:
    """Rows and numbers of an Excel workbook (see ``sheets.read_excel``)."""
    from market_research.sources import sheets

    return collect(sheets.read_excel(content, name))


def parse_parquet(content: bytes, name: str) -> Parsed:
    """Rows and numbers of a Parquet file (see ``sheets.read_parquet``)."""
    from market_research.sources import sheets

    found = sheets.parquet_extract(content, name)
    return Parsed("table", extracts=[found]) if found else collect(sheets.read_parquet(content, name))


def collect(tables: list[Table]) -> Parsed:
    """Rows, numbers and rejects of all tables of one document; lines above a header become text.

    Tables of a known kind are extracts instead.
    """
    from market_research.sources.datasets import extract

    parsed = Parsed("table")
    position = 0
    for table in tables:
        parsed.rejects += table.rejects
        known = extract(table)
        if known:
            parsed.extracts.append(known)
        else:
            parsed.rows += table.rows()
            reader = _read(table)
            parsed.numbers += reader.numbers
            parsed.rejects += reader.rejects
            parsed.gaps += reader.gaps()
        if table.transformed is not None:
            parsed.replaced += table.transformed.replaced
            parsed.filled += table.transformed.filled
        for line in filter(None, table.preamble):
            parsed.blocks.append(Block(line, f"chars {position}-{position + len(line)}"))
            position += len(line) + 2
    parsed.title = next((line for table in tables for line in table.preamble if line), None)
    return parsed


def numbers_of(table: Table) -> tuple[list[Number], list[Reject]]:
    """The numbers that a table states, and the cells that should have been numbers or periods but are not."""
    reader = _read(table)
    return reader.numbers, reader.rejects


def _read(table: Table) -> "_Reader":
    layout = understand(table)
    reader = _Reader(table, layout)
    if layout.has_numbers:
        for record in table.records:
            reader.read(record)
    return reader


class _Reader:
    """Reads the records of one table with one layout."""

    def __init__(self, table: Table, layout: Layout) -> None:
        self.table = table
        self.layout = layout
        self.numbers: list[Number] = []
        self.rejects: list[Reject] = []
        self.subject = " ".join(table.name.replace("_", " ").replace("-", " ").split()) or "table"
        year = periods.year_in_name(table.name)
        self.named_year = periods.year_period(year) if year and layout.period is None else None
        self.seen_periods: dict[str, periods.Period | None] = {}
        self.missing: dict[int, int] = {}
        self.first_missing: dict[int, list[str]] = {}

    def read(self, record: Record) -> None:
        """Numbers of one record, or rejects for its cells that cannot be read."""
        filled = [m for m in self.layout.measures if not cells.is_missing(record.cells[m.column])]
        if not filled:
            return
        subject = self._text(record, self.layout.subject)
        if self.layout.subject is not None and not subject:
            self._reject(record, self.layout.subject, "The row has numbers but nothing that they are about.")
            return
        period = self._period(record)
        if period is None and self.layout.period is not None:
            self._reject(record, self.layout.period, self._bad_period(record))
            return
        if len(filled) < len(self.layout.measures):
            self._note_missing(record)
        dimensions = self._dimensions(record)
        for measure in filled:
            self._number(record, measure, subject or self.subject, measure.period or period, dimensions)

    def gaps(self) -> list[Gap]:
        """Columns with cells that are empty, or say that they hold nothing, beside cells with numbers."""
        return [
            Gap(self.table.label(column), count, tuple(self.first_missing[column]))
            for column, count in sorted(self.missing.items())
        ]

    def _note_missing(self, record: Record) -> None:
        for column in {measure.column for measure in self.layout.measures}:
            if cells.is_missing(record.cells[column]):
                self.missing[column] = self.missing.get(column, 0) + 1
                places = self.first_missing.setdefault(column, [])
                if len(places) < FIRST_PLACES:
                    places.append(self.table.cell_locator(record, column))

    def _text(self, record: Record, column: int | None) -> str:
        return (record.cells[column] or "").strip() if column is not None else ""

    def _reject(self, record: Record, column: int, reason: str) -> None:
        raw = self.table.as_read(record, column)
        self.rejects.append(
            Reject(self.table.cell_locator(record, column), reason, None if raw is None else printable(raw))
        )

    def _period(self, record: Record) -> periods.Period | None:
        layout = self.layout
        if layout.period is None:
            return self.named_year
        text = self._text(record, layout.period)
        part = self._text(record, layout.within_year)
        if layout.within_year is not None:
            text = f"{text.removesuffix('.0')}Q{part[-1:]}" if layout.period_unit == "quarter" else f"{part}/{text}"
            if part.isalpha() and layout.period_unit == "month":
                text = f"{part} {self._text(record, layout.period)}"
        if text not in self.seen_periods:
            found = periods.parse(text, day_first=layout.day_first)
            self.seen_periods[text] = periods.widen(found, layout.period_unit) if found else None
        period = self.seen_periods[text]
        return self._with_start(record, period) if period else None

    def _with_start(self, record: Record, period: periods.Period) -> periods.Period:
        """Dates completed from a start column, or from a fiscal year that ends on the given day."""
        start = periods.parse_date(self._text(record, self.layout.start)) if self.layout.start is not None else None
        if start and start < period.end:
            return periods.Period(start, period.end)
        stated = periods.parse(self._text(record, self.layout.year)) if self.layout.year is not None else None
        if stated and stated.fiscal_year and period.start is None:
            return periods.Period(periods.year_before(period.end), period.end, stated.fiscal_year)
        return period

    def _bad_period(self, record: Record) -> str:
        text = self._text(record, self.layout.period)
        if not text:
            return "The row has numbers but no period."
        if text.removesuffix(".0").lstrip("-").isdigit():
            return f"The year {text} is impossible: only {periods.EARLIEST_YEAR} to {periods.LATEST_YEAR} are."
        return "The text is not a period: a year, quarter, month or date was expected."

    def _dimensions(self, record: Record) -> str:
        pairs = []
        for column in self.layout.dimensions:
            text = self._text(record, column)
            if not cells.is_missing(text):
                pairs.append(f"{self.table.label(column)}={' '.join(text.replace(';', ',').split())}")
        return "; ".join(sorted(pairs))

    def _number(
        self, record: Record, measure: Measure, subject: str, period: periods.Period | None, dimensions: str
    ) -> None:
        raw = record.cells[measure.column] or ""
        amount = cells.read(raw, decimal_comma=measure.decimal_comma)
        if amount is None:
            self._reject(record, measure.column, "The text is not a number.")
            return
        concept, unit, power = self._meaning(record, measure)
        if amount.unit and unit and amount.unit != unit:
            self._reject(record, measure.column, f"The cell is in {amount.unit} where {unit} is stated for it.")
            return
        value = cells.scaled(amount.value, power if amount.power is None else amount.power)
        if value is None:
            self._reject(record, measure.column, "The number is out of range.")
            return
        self.numbers.append(
            Number(
                entity=subject,
                concept=concept,
                value=value,
                unit=_unit(concept, amount.unit or unit, power != 0 or amount.power is not None),
                locator=self.table.cell_locator(record, measure.column),
                raw=self.table.as_read(record, measure.column),
                period_start=period.start if period else None,
                period_end=period.end if period else None,
                fiscal_year=period.fiscal_year if period else None,
                dimensions=dimensions,
                method=self.table.method(record, measure.column),
            )
        )

    def _meaning(self, record: Record, measure: Measure) -> tuple[str, str | None, int]:
        """Concept, unit and power of ten: of the row's own metric and unit where it has them."""
        concept, unit, power = measure.concept, measure.unit, measure.power
        stated = self._text(record, self.layout.metric)
        if stated:
            concept = stated
            own_unit, own_power = units.of_header(stated)
            unit, power = unit or own_unit, power or own_power
        text = self._text(record, self.layout.unit)
        if text and not cells.is_missing(text):
            own_unit, own_power = units.phrase(text) or (text, 0)
            unit, power = own_unit or unit, own_power
        return concept, unit, power


def _unit(concept: str, unit: str | None, scaled: bool) -> str:
    """The unit stated, or the only one possible; never a currency that nobody named."""
    kind = metrics.unit_kind(concept)
    if unit in units.CURRENCIES and kind == "money_per_share":
        return f"{unit}/shares"
    if unit:
        return unit
    if kind in {"count", "shares"}:
        return str(kind)
    if metrics.plain_label(concept) == "count":
        return "count"
    return "count" if scaled and kind is None else units.UNSPECIFIED
