"""Periods: what a source calls a period, as dates; kinds of period; fiscal years."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

EARLIEST_YEAR = 1700
LATEST_YEAR = 2200

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}

_YEAR = re.compile(r"(?:(?:FY|CY|fiscal(?: year)?)\s*)?'?(\d{4})(?:\.0+)?[AE]?", re.I)
_QUARTER = re.compile(r"(?:FY|CY)?\s*(\d{4})[\s\-/]*Q([1-4])|Q([1-4])[\s\-/']*(?:FY|CY)?\s*(\d{4})", re.I)
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})|(\d{4})M(\d{1,2})", re.I)
_NAMED_MONTH = re.compile(r"([A-Za-z]{3,9})\.?[\s\-,]+(\d{4})|(\d{4})[\s\-]+([A-Za-z]{3,9})")
_ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{2}:\d{2}.*)?|(\d{4})(\d{2})(\d{2})")
_SLASH_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: \d{1,2}:\d{2}.*)?")
_NAMED_DATE = re.compile(
    r"(\d{1,2})[\s\-]([A-Za-z]{3,9})\.?,?[\s\-](\d{4}|\d{2})|([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})"
)


@dataclass(frozen=True, slots=True)
class Period:
    """Dates of a period; ``start`` is None for an instant; ``fiscal_year`` only if a bare year was given."""

    start: date | None
    end: date
    fiscal_year: int | None = None


def year_period(year: int) -> Period:
    """Nominal dates of a bare year: 1 January to 31 December, whatever the company's real dates."""
    return Period(date(year, 1, 1), date(year, 12, 31), year)


def quarter_period(year: int, quarter: int) -> Period:
    """Calendar quarter 1 to 4."""
    first = 3 * quarter - 2
    return Period(date(year, first, 1), month_end(year, first + 2))


def month_period(year: int, month: int) -> Period:
    """Calendar month."""
    return Period(date(year, month, 1), month_end(year, month))


def month_end(year: int, month: int) -> date:
    """Last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def parse(text: str, *, day_first: bool = False) -> Period | None:
    """The period that a text names: year, quarter, month or day; None if it names none.

    ``day_first`` reads 03/04/2024 as 3 April. Years outside 1700 to 2200 are no years.
    """
    text = text.strip()
    try:
        found = _bare(text) or _month(text) or _day(text, day_first)
    except ValueError:
        return None
    return found if found and EARLIEST_YEAR <= found.end.year <= LATEST_YEAR else None


def _bare(text: str) -> Period | None:
    if match := _YEAR.fullmatch(text):
        return year_period(int(match[1]))
    if match := _QUARTER.fullmatch(text):
        return quarter_period(int(match[1] or match[4]), int(match[2] or match[3]))
    return None


def _month(text: str) -> Period | None:
    if match := _MONTH.fullmatch(text):
        year, month = match[1] or match[4] or match[5], match[2] or match[3] or match[6]
        return month_period(int(year), int(month))
    if match := _NAMED_MONTH.fullmatch(text):
        name = _MONTHS.get((match[1] or match[4]).lower())
        return month_period(int(match[2] or match[3]), name) if name else None
    return None


def _day(text: str, day_first: bool) -> Period | None:
    if match := _ISO_DATE.fullmatch(text):
        parts = [int(part) for part in match.groups() if part]
        return Period(None, date(parts[0], parts[1], parts[2]))
    if match := _SLASH_DATE.fullmatch(text):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        day, month = (first, second) if day_first or first > 12 else (second, first)
        return Period(None, date(year, month, day))
    if match := _NAMED_DATE.fullmatch(text):
        month_number = _MONTHS.get((match[2] or match[4]).lower())
        if month_number is None:
            return None
        year = int(match[3] or match[6])
        # Two digits as POSIX reads them: 69 to 99 are in the twentieth century.
        year += 0 if year > 99 else 1900 if year >= 69 else 2000
        return Period(None, date(year, month_number, int(match[1] or match[5])))
    return None


def is_day_first(texts: list[str]) -> bool:
    """Whether dates such as 13/04/2024 in a column can only be read with the day first."""
    matches = [match for match in map(_SLASH_DATE.fullmatch, texts) if match]
    return any(int(m[1]) > 12 for m in matches) and not any(int(m[2]) > 12 for m in matches)


def widen(period: Period, unit: str) -> Period:
    """The month or quarter (``unit``) that a single day stands for; other periods as they are."""
    if period.start is not None:
        return period
    if unit == "month":
        return month_period(period.end.year, period.end.month)
    if unit == "quarter":
        return quarter_period(period.end.year, (period.end.month + 2) // 3)
    return period


def period_kind(start: date | None, end: date | None) -> str:
    """``annual`` (350 to 380 days), ``quarter`` (80 to 100), ``other``, ``instant`` or ``none``."""
    if end is None:
        return "none"
    if start is None:
        return "instant"
    days = (end - start).days + 1
    if 350 <= days <= 380:
        return "annual"
    return "quarter" if 80 <= days <= 100 else "other"


def fiscal_year(end: date) -> int:
    """Fiscal year by the Compustat rule: a year that ends in January to May counts as the year before."""
    return end.year - 1 if end.month <= 5 else end.year


def fiscal_year_containing(day: date, year_end: tuple[int, int]) -> int:
    """Fiscal year, by the Compustat rule, in which a day lies for a company whose year ends on month, day.

    Years of 52 or 53 weeks end on a weekday near the nominal date, hence ten days of grace.
    """
    month, last = year_end
    for year in (day.year - 1, day.year, day.year + 1):
        end = date(year, month, min(last, calendar.monthrange(year, month)[1]))
        if day <= end + timedelta(days=10):
            return fiscal_year(end)
    return fiscal_year(day)


def parse_date(text: str) -> date | None:
    """A single day written in any of the forms that ``parse`` reads."""
    found = parse(" ".join(text.split()))
    return found.end if found and found.start is None else None


def date_in_name(name: str) -> date | None:
    """A date such as 2025-02-26 in a file's name."""
    match = re.search(r"(?<!\d)(\d{4})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)", name)
    if match is None:
        return None
    try:
        found = datetime(int(match[1]), int(match[2]), int(match[3])).date()  # noqa: DTZ001  (a day has no zone)
    except ValueError:
        return None
    return found if 1900 <= found.year <= LATEST_YEAR else None


def year_in_name(name: str) -> int | None:
    """A single year such as 2019 in a file's name that is not part of a date."""
    if date_in_name(name):
        return None
    years = set(re.findall(r"(?<!\d)(1[89]\d{2}|20\d{2})(?!\d)", name))
    return int(years.pop()) if len(years) == 1 else None


def year_before(end: date) -> date:
    """First day of the twelve months that end on a day."""
    following = end + timedelta(days=1)
    day = min(following.day, calendar.monthrange(following.year - 1, following.month)[1])
    return date(following.year - 1, following.month, day)
