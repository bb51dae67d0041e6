"""Tables to numbers: tidy, wide and series without a subject."""

from datetime import date

import pytest

from market_research.sources.parse import parse
from market_research.sources.parsed import Number, Parsed


def read(text: str, name: str = "table.csv") -> Parsed:
    return parse(text.encode(), name)


def one(parsed: Parsed) -> Number:
    assert len(parsed.numbers) == 1, parsed.rejects
    return parsed.numbers[0]


def test_a_wide_table_takes_units_from_its_headers() -> None:
    parsed = read(
        "company,fiscal_year,segment,revenue ($ millions),source\n"
        'Nvidia,2025,Data Center,"115,186",page 3\n'
        "AMD,2024,n.a.,(5),page 4\n"
    )
    assert parsed.numbers[0] == Number(
        entity="Nvidia",
        concept="revenue ($ millions)",
        value=115_186_000_000,
        unit="USD",
        locator='row 2, column "revenue ($ millions)"',
        raw="115,186",
        period_start=date(2025, 1, 1),
        period_end=date(2025, 12, 31),
        fiscal_year=2025,
        dimensions="segment=Data Center",
    )
    assert (parsed.numbers[1].value, parsed.numbers[1].dimensions) == (-5_000_000, "")
    assert parsed.rejects == []


def test_a_tidy_table_takes_metric_and_unit_from_its_rows() -> None:
    parsed = read(
        "country,year,metric,value,unit\nNorway,2020,population,5.4,millions\nNorway,2020,inflation,1.3,%\n"
        "Norway,2020,gdp,362,USD billions\n"
    )
    assert [(n.concept, n.value, n.unit) for n in parsed.numbers] == [
        ("population", 5_400_000, "count"),
        ("inflation", 1.3, "percent"),
        ("gdp", 362e9, "USD"),
    ]
    assert {n.entity for n in parsed.numbers} == {"Norway"}
    assert parsed.numbers[0].locator == 'row 2, column "value"'


def test_a_series_without_a_subject_is_about_its_file() -> None:
    parsed = read("Month,Sales\n2024-01,10\n2024-02,11\n", "monthly-car-sales.csv")
    first = parsed.numbers[0]
    assert (first.entity, first.concept, first.unit) == ("monthly car sales", "Sales", "unspecified")
    assert (first.period_start, first.period_end) == (date(2024, 1, 1), date(2024, 1, 31))


def test_a_column_called_value_is_the_metric_that_the_file_is_called() -> None:
    number = one(read("Country Name,Country Code,Year,Value\nNorway,NOR,2000,4490967\n", "population.csv"))
    assert (number.concept, number.entity, number.unit) == ("population", "Norway", "count")


def test_columns_named_by_years_are_periods() -> None:
    parsed = read("Country,2019,2020\nNorway,1,\nSweden,3,4\n", "gdp.csv")
    assert [(n.entity, n.concept, n.fiscal_year, n.value) for n in parsed.numbers] == [
        ("Norway", "gdp", 2019, 1),
        ("Sweden", "gdp", 2019, 3),
        ("Sweden", "gdp", 2020, 4),
    ]


def test_the_year_in_the_file_name_dates_a_table_without_a_period_column() -> None:
    number = one(read("rank,company,revenue ($ millions)\n1,Walmart,514405.0\n", "fortune500-2019.csv"))
    assert (number.value, number.fiscal_year) == (514_405_000_000, 2019)


@pytest.mark.parametrize("missing", ["", "-", "n.a.", "N.A.", "null", "NA"])
def test_missing_values_are_neither_numbers_nor_rejects(missing: str) -> None:
    parsed = read(f"company,year,revenue\nA,2020,{missing}\nB,2020,5\n")
    assert [n.entity for n in parsed.numbers] == ["B"]
    assert (len(parsed.rows), parsed.rejects) == (2, [])


def test_text_in_a_column_of_numbers_rejects_the_cell_and_keeps_the_row() -> None:
    parsed = read("company,year,revenue\nA,2020,much\nB,2020,5\nC,2020,6\n")
    assert [(r.locator, r.raw) for r in parsed.rejects] == [('row 2, column "revenue"', "much")]
    assert (len(parsed.rows), len(parsed.numbers)) == (3, 2)


@pytest.mark.parametrize("year", ["20244", "0", "1492", "-5"])
def test_an_impossible_year_is_rejected(year: str) -> None:
    parsed = read(f"company,year,revenue\nA,{year},4\nB,2020,5\nC,2021,6\n")
    assert [r.locator for r in parsed.rejects] == ['row 2, column "year"']
    assert f"year {year} is impossible" in parsed.rejects[0].reason
    assert len(parsed.numbers) == 2


def test_a_cell_in_another_currency_than_its_column_is_rejected() -> None:
    parsed = read("company,year,revenue ($)\nA,2020,€4\nB,2020,5\n")
    assert [r.reason for r in parsed.rejects] == ["The cell is in EUR where USD is stated for it."]


def test_no_currency_is_invented() -> None:
    assert one(read("company,year,revenue\nA,2020,5\n")).unit == "unspecified"


def test_a_share_above_one_without_unit_can_only_be_percent() -> None:
    assert one(read("technology,year,adoption\nRadio,1930,38\n")).unit == "percent"
    assert one(read("technology,year,adoption\nRadio,1930,0.38\n")).unit == "unspecified"


def test_a_period_end_with_its_fiscal_year_is_a_year_long() -> None:
    number = one(read("company,fiscal_year,period_end,revenue\nA,2025,2025-01-26,5\n"))
    assert (number.period_start, number.period_end, number.fiscal_year) == (
        date(2024, 1, 27),
        date(2025, 1, 26),
        2025,
    )


def test_year_and_month_columns_belong_together() -> None:
    number = one(read("country,year,month,users\nA,2024,3,7\n"))
    assert (number.period_start, number.period_end) == (date(2024, 3, 1), date(2024, 3, 31))


def test_days_before_months_are_recognised_from_the_column() -> None:
    parsed = read("date,price\n03/04/2024,1\n13/04/2024,2\n")
    assert [n.period_end for n in parsed.numbers] == [date(2024, 4, 3), date(2024, 4, 13)]


def test_semicolons_with_decimal_commas() -> None:
    parsed = read("company;year;revenue (EUR millions)\nA;2020;1.234,5\nB;2020;7,25\n")
    assert [n.value for n in parsed.numbers] == [1_234_500_000, 7_250_000]
