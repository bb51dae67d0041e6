"""Units and numbers are read as people write them, and refused where they are ambiguous."""

from decimal import Decimal

import pytest

from market_research.sources import cells, units


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("revenue ($ millions)", ("USD", 6)),
        ("profit (US$ bn)", ("USD", 9)),
        ("sales (in thousands of euros)", ("EUR", 3)),
        ("sales (€m)", ("EUR", 6)),
        ("adoption (%)", ("percent", 0)),
        ("price (% of mean income per head)", ("percent", 0)),
        ("users (millions)", (None, 6)),
        ("capacity (MW)", ("MW", 0)),
        ("diameter (m)", ("m", 0)),
        ("revenue_usd_millions", ("USD", 6)),
        ("share_pct", ("percent", 0)),
        ("coal (Energy History, Harvard (2016))", (None, 0)),
        ("revenue", (None, 0)),
    ],
)
def test_units_in_headers(header: str, expected: tuple[str | None, int]) -> None:
    assert units.of_header(header) == expected


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        ("iso4217:USD", None, "USD"),
        ("USD", "shares", "USD/shares"),
        ("xbrli:pure", None, "ratio"),
        ("xbrli:shares", None, "shares"),
        ("wmt:classAction", None, "class action"),
        ("employee", None, "employee"),
        ("USD", "widget", None),
        ("XYZ", None, None),
        ("iso4217:ABC", None, None),
        ("a1b2", None, None),
    ],
)
def test_units_of_filings(numerator: str, denominator: str | None, expected: str | None) -> None:
    assert units.of_xbrl(numerator, denominator) == expected


@pytest.mark.parametrize(
    ("text", "value", "unit", "power"),
    [
        ("1,234.5", "1234.5", None, None),
        ("(1,234)", "-1234", None, None),
        ("$(4)", "-4", "USD", None),
        ("-$3", "-3", "USD", None),
        ("−4", "-4", None, None),
        ("12.5 %", "12.5", "percent", None),
        ("$1.2 billion", "1.2", "USD", 9),
        ("EUR 5m", "5", "EUR", 6),
        ("1 234 567", "1234567", None, None),
        ("1e3", "1000", None, None),
        (".5", "0.5", None, None),
    ],
)
def test_numbers_in_cells(text: str, value: str, unit: str | None, power: int | None) -> None:
    assert cells.read(text) == cells.Amount(Decimal(value), unit, power)


@pytest.mark.parametrize(
    "text", ["", "abc", "12 34", "1,23", "1.234,5", "ABC 4", "(4", "4)", "1-2", "inf", "nan", "1_000"]
)
def test_what_is_not_one_number_is_refused(text: str) -> None:
    assert cells.read(text) is None


def test_decimal_commas_are_read_where_the_column_uses_them() -> None:
    column = ["1.234,56", "7,5", "1.000"]
    assert cells.uses_decimal_comma(column)
    assert not cells.uses_decimal_comma(["1,234.56", "7,500"])
    amounts = [cells.read(text, decimal_comma=True) for text in column]
    assert [amount and amount.value for amount in amounts] == [Decimal("1234.56"), Decimal("7.5"), Decimal("1000")]


def test_scaling_is_exact_and_refuses_what_is_out_of_range() -> None:
    assert cells.scaled(Decimal("130.497"), 9) == 130_497_000_000
    assert cells.scaled(Decimal("1e300"), 300) is None
