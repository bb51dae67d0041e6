"""Numbers as text and back: whatever a writer prints, the gate reads as the value it was printed from."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from market_research.writing import numbers
from market_research.writing.numbers import Token, agrees, tokens

# Below a billionth of a unit there is no figure that anyone would print.
VALUES = st.one_of(
    st.floats(-1e15, 1e15, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-9),
    st.integers(-(10**14), 10**14).map(float),
    st.decimals(-(10**6), 10**6, places=2).map(float),
)
CURRENCIES = st.sampled_from(sorted({*numbers.CURRENCY_SIGNS, *numbers.CURRENCY_CODES}))
DIGITS = st.integers(0, 3)


def only(text: str) -> Token:
    (token,) = tokens(text)
    return token


def is_tie(token: Token, value: float) -> bool:
    """True if the value lies halfway between two numbers that could be shown."""
    return abs(Decimal(repr(value)) / Decimal(repr(token.step))) % 1 == Decimal("0.5")


class TestWhatIsPrintedIsReadBack:
    @given(VALUES, CURRENCIES, DIGITS)
    def test_money(self, value: float, currency: str, digits: int) -> None:
        token = only(f"Revenue was {numbers.money(value, currency, digits=digits)} in all.")
        assert token.kind == currency
        assert agrees(token, value)

    @given(VALUES, DIGITS)
    def test_percent(self, value: float, digits: int) -> None:
        token = only(f"It grew {numbers.percent(value, digits)}.")
        assert token.kind == numbers.PERCENT
        assert agrees(token, value)

    @given(VALUES, DIGITS)
    def test_points(self, value: float, digits: int) -> None:
        token = only(f"It gained {numbers.points(value, digits)} of share.")
        assert token.kind == numbers.POINTS
        assert agrees(token, value)

    @given(VALUES, DIGITS)
    def test_times(self, value: float, digits: int) -> None:
        token = only(f"That is {numbers.times(value, digits)} the median.")
        assert token.kind == "times"
        assert agrees(token, value)

    @given(VALUES, DIGITS)
    def test_plain(self, value: float, digits: int) -> None:
        token = only(f"The index stood at {numbers.plain(value, digits)}, as before.")
        assert token.kind in ("number", "year")
        assert agrees(token, value)

    @given(st.integers(2, 10**9))
    def test_counts_from_two(self, value: int) -> None:
        token = only(f"In all, {numbers.count(value)} companies.")
        assert token.value == value

    @given(VALUES, st.sampled_from(["USD", "CHF", "percent", "percentage points", "ratio", "count", "index", "years",
                                    "shares", "USD/shares", "EUR/shares", "persons", "hours", "USD/kg"]))  # fmt: skip
    def test_short_form_of_any_unit(self, value: float, unit: str) -> None:
        assert agrees(only(numbers.short(value, unit)), value)

    @given(VALUES, st.sampled_from(["USD", "percent", "ratio", "count", "persons"]))
    def test_exact_form(self, value: float, unit: str) -> None:
        assert agrees(only(numbers.exact(value, unit)), value)


class TestWhatIsChangedIsNoticed:
    @given(VALUES, st.sampled_from(["money", "percent", "points", "times", "plain"]), st.data())
    def test_one_digit(self, value: float, form: str, data: st.DataObject) -> None:
        # Beyond, two neighbouring tenths are one and the same float.
        assume(abs(value) < 1e14)
        text = getattr(numbers, form)(value)
        assume(not is_tie(only(text), value))
        place = data.draw(st.sampled_from([i for i, c in enumerate(text) if c.isdigit()]))
        digit = data.draw(st.sampled_from([d for d in "0123456789" if d != text[place]]))
        found = tokens(text[:place] + digit + text[place + 1 :])
        # A leading zero can break a group of thousands: then it is no longer one number.
        assert len(found) != 1 or not agrees(found[0], value)

    @given(st.floats(1e6, 9e14), st.sampled_from(["million", "billion", "trillion", "thousand"]))
    def test_scale(self, value: float, scale: str) -> None:
        text = numbers.money(value)
        was = text.split()[-1]
        assume(scale != was)
        assert not agrees(only(text.replace(was, scale)), value)

    @given(st.floats(1, 1e12))
    def test_sign(self, value: float) -> None:
        assert not agrees(only(numbers.money(-value)), value)
        assert not agrees(only(numbers.percent(-value)), value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (514_405_000_000, "$514.4 billion"),
        (999_950_000, "$1.0 billion"),
        (999_949_999, "$999.9 million"),
        (950_000_000, "$950.0 million"),
        (-1_200_000, "-$1.2 million"),
        (2_650_000_000_000, "$2.65 trillion"),
        (1_234, "$1,234"),
        (-0.3, "$0"),
    ],
)
def test_money_reads_as_people_write_it(value: float, text: str) -> None:
    assert numbers.money(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12.345, "percent", "12.3%"),
        (-0.04, "percent", "0.0%"),
        (3.25, "percentage points", "+3.3 pp"),
        (-2.944, "USD/shares", "-$2.94"),
        (334_914_895, "persons", "334,914,895"),
        (6.3, "hours", "6.3"),
        (0.00001234, "USD/widget", "0.00001234"),
    ],
)
def test_cells_show_no_exponent_and_no_negative_zero(value: float, unit: str, text: str) -> None:
    assert numbers.short(value, unit) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("grew 12.3 percent", [(12.3, "percent")]),
        ("a 2.4x multiple", [(2.4, "times")]),
        ("of CHF 3.1 billion", [(3.1e9, "CHF")]),
        ("in fiscal 2024.", [(2024, "year")]),
        ("an index of 2,024", [(2024, "number")]),
        ("Two of the seven, and twenty more", [(2, "count"), (7, "count"), (20, "count")]),
        ("between 2019 and 2024-2025", [(2019, "year"), (2024, "year"), (2025, "year")]),
        ("down −3.5%", [(-3.5, "percent")]),
        ("one company, none other", []),
        ("in Q4", [(4, "loose")]),
        ("£1,234.50", [(1234.5, "GBP")]),
        ("ended January 26, 2025", [(739277, "date")]),
    ],
)
def test_kinds_of_numbers_are_told_apart(text: str, expected: list[tuple[float, str]]) -> None:
    assert [(token.value, token.kind) for token in tokens(text)] == expected


@given(st.text())
def test_every_digit_of_any_text_belongs_to_a_token(text: str) -> None:
    found = tokens(text)
    for place, char in enumerate(text):
        if char in "0123456789":
            assert any(token.start <= place < token.end for token in found)


def test_halves_round_away_from_zero_as_printed() -> None:
    assert numbers.round_half_up(0.25, 1) == 0.3
    assert numbers.round_half_up(-0.25, 1) == -0.3
    assert numbers.round_half_up(2.675, 2) == 2.68


@pytest.mark.parametrize(
    ("text", "value", "step", "kind"),
    [
        ("$95.8bn", 95.8e9, 1e8, "USD"),
        ("19.1 billion dollars", 19.1e9, 1e8, "USD"),
        ("US$ 4.2m", 4.2e6, 1e5, "USD"),
        ("A$5 million", 5e6, 1e6, "AUD"),
        ("12 Canadian dollars", 12.0, 1.0, "number"),
        ("5.3 cents", 5.3, 0.1, numbers.CENTS),
        ("50 basis points", 0.5, 0.01, numbers.POINTS),
        ("2.1 points", 2.1, 0.1, numbers.POINTS),
        ("1.9-fold", 1.9, 0.1, numbers.TIMES),
        ("3 per cent", 3.0, 1.0, numbers.PERCENT),
    ],
)
def test_other_notations_are_read(text: str, value: float, step: float, kind: str) -> None:
    token = numbers.tokens(text)[0]
    assert (token.kind, token.value, token.step) == (kind, pytest.approx(value), pytest.approx(step))
