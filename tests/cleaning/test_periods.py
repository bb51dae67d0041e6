"""Periods and fiscal years."""

from datetime import date

import pytest

from market_research.cleaning import periods
from market_research.cleaning.periods import Period


@pytest.mark.parametrize(
    ("text", "start", "end", "year"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31), 2024),
        ("FY2024", date(2024, 1, 1), date(2024, 12, 31), 2024),
        ("2024.0", date(2024, 1, 1), date(2024, 12, 31), 2024),
        ("2024Q1", date(2024, 1, 1), date(2024, 3, 31), None),
        ("Q4 2024", date(2024, 10, 1), date(2024, 12, 31), None),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), None),
        ("Mar 2024", date(2024, 3, 1), date(2024, 3, 31), None),
        ("2024-12-31", None, date(2024, 12, 31), None),
        ("2000-01-01T08:00:00.000Z", None, date(2000, 1, 1), None),
        ("12/31/2024", None, date(2024, 12, 31), None),
        ("31/12/2024", None, date(2024, 12, 31), None),
        ("31-Jul-18", None, date(2018, 7, 31), None),
        ("January 26, 2025", None, date(2025, 1, 26), None),
    ],
)
def test_periods_are_read(text: str, start: date | None, end: date, year: int | None) -> None:
    assert periods.parse(text) == Period(start, end, year)


@pytest.mark.parametrize("text", ["", "1-01", "20244", "1492", "2201", "2024-13", "2024-02-30", "Foo 2024", "n.a."])
def test_what_is_no_period_is_refused(text: str) -> None:
    assert periods.parse(text) is None


@pytest.mark.parametrize(
    ("start", "end", "kind"),
    [
        (date(2024, 1, 29), date(2025, 1, 26), "annual"),
        (date(2022, 9, 25), date(2023, 9, 30), "annual"),
        (date(2024, 10, 28), date(2025, 1, 26), "quarter"),
        (date(2024, 1, 29), date(2024, 7, 28), "other"),
        (None, date(2025, 1, 26), "instant"),
        (None, None, "none"),
    ],
)
def test_kinds_of_period(start: date | None, end: date | None, kind: str) -> None:
    assert periods.period_kind(start, end) == kind


@pytest.mark.parametrize(
    ("end", "year"),
    [(date(2025, 1, 26), 2024), (date(2025, 5, 31), 2024), (date(2025, 6, 1), 2025), (date(2024, 12, 31), 2024)],
)
def test_a_year_that_ends_in_january_to_may_counts_as_the_year_before(end: date, year: int) -> None:
    assert periods.fiscal_year(end) == year


@pytest.mark.parametrize(
    ("day", "year_end", "year"),
    [
        (date(2024, 4, 28), (1, 26), 2024),
        (date(2025, 1, 26), (1, 26), 2024),
        (date(2024, 1, 28), (1, 26), 2023),
        (date(2024, 12, 28), (9, 28), 2025),
        (date(2023, 9, 30), (9, 28), 2023),
        (date(2025, 1, 1), (12, 31), 2024),
        (date(2025, 3, 31), (12, 31), 2025),
        (date(2024, 2, 29), (2, 29), 2023),
    ],
)
def test_a_day_lies_in_the_fiscal_year_of_its_company(day: date, year_end: tuple[int, int], year: int) -> None:
    assert periods.fiscal_year_containing(day, year_end) == year


def test_dates_and_years_in_file_names() -> None:
    assert periods.date_in_name("nvda-10-k-2025-02-26.html") == date(2025, 2, 26)
    assert periods.date_in_name("nvda-20250126.htm") == date(2025, 1, 26)
    assert periods.date_in_name("report-2025-13-99.html") is None
    assert periods.year_in_name("fortune500-2019.csv") == 2019
    assert periods.year_in_name("nvda-10-k-2025-02-26.html") is None
    assert periods.year_in_name("2019-to-2020.csv") is None
