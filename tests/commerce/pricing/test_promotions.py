"""Promotions in texts of offers: how much, from when, until when."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.commerce.pricing.promotions import PROMOTIONS_READ, promotions_in

SEEN = datetime(2025, 11, 25, 9, tzinfo=UTC)
PHRASES = ("{pct}% off", "{pct} percent discount", "Save {pct}%", "reduced by {pct}%", "now -{pct}%")
DAYS = ("%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y")
ENDS = ("until {}", "ends on {}", "valid through {}", "Offer expires {}")


def read(*texts: str | None, price: float | None = 40.0, seen: datetime | None = SEEN) -> pl.DataFrame:
    rows = {"text": list(texts), "price": [price] * len(texts), "seen_at": [seen] * len(texts)}
    schema = {"text": pl.String, "price": pl.Float64, "seen_at": pl.Datetime("us", "UTC")}
    return promotions_in(pl.DataFrame(rows, schema=schema))


def end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


@given(
    pct=st.integers(1, 99),
    phrase=st.sampled_from(PHRASES),
    start=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    days=st.integers(0, 90),
    form=st.sampled_from(DAYS),
    until=st.sampled_from(ENDS),
    name=st.sampled_from(("Kettle B-512", "Set of 12 glasses", "Toaster, 2 slots", "")),
)
def test_property_13_discount_start_and_end_are_read_from_a_text(
    pct: int, phrase: str, start: date, days: int, form: str, until: str, name: str
) -> None:
    end = start + timedelta(days=days)
    text = f"{name} {phrase.format(pct=pct)} from {start.strftime(form)}, {until.format(end.strftime(form))}"
    row = read(text).row(0, named=True)
    assert row["discount_pct"] == pct
    assert (row["starts_at"], row["ends_at"]) == (datetime.combine(start, time.min, UTC), end_of(end))
    assert row["words"] in text


@given(was=st.floats(1, 5000), cut=st.floats(0.02, 0.9), sign=st.sampled_from("$€£"))
def test_property_13_a_price_before_and_a_price_now_give_the_discount(was: float, cut: float, sign: str) -> None:
    before, now = round(was, 2), max(0.01, round(was * (1 - cut), 2))
    expected = round(100 * (before - now) / before, 2)
    found = read(f"was {sign}{before:,.2f}, now only {sign}{now:,.2f}")
    assert found["discount_pct"].to_list() == ([pytest.approx(expected, abs=0.01)] if 0 < expected < 100 else [])


@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=20))
def test_any_text_is_read_or_has_no_promotion(texts: list[str | None]) -> None:
    found = read(*texts)
    assert dict(found.schema) == PROMOTIONS_READ
    assert found["place"].is_sorted()
    assert found.select(pl.col("discount_pct").is_between(0, 100, closed="none").all()).item()


@pytest.mark.parametrize(
    ("text", "pct"),
    [
        ("Save $10 on this lamp!", 20.0),
        ("$10 off", 20.0),
        ("Buy one, get one free", 50.0),
        ("3 for 2", 33.33),
        ("4 for 3 deal on towels", 25.0),
        ("Discount of 12.5 percent", 12.5),
    ],
)
def test_other_ways_to_say_a_discount(text: str, pct: float) -> None:
    assert read(text)["discount_pct"].to_list() == [pct]


@pytest.mark.parametrize(
    "text",
    ["100% cotton towel", "up to 50% off", "A pack of 2 for 4 players", "Was 3 inches", "Lamp, saves energy", "0% off",
     "was $10, now $20", "for 7 days", "until 31 December"],
)  # fmt: skip
def test_what_is_no_discount_of_this_offer_is_not_read(text: str) -> None:
    assert read(text).is_empty()


def test_a_day_without_a_year_is_the_next_one_after_the_text_was_shown() -> None:
    found = read("20% off until 3 January", "20% off until 31 December", "20% off from Nov 20th to Jan 2nd")
    assert [moment.date() for moment in found["ends_at"]] == [date(2026, 1, 3), date(2025, 12, 31), date(2026, 1, 2)]
    assert found["starts_at"].to_list() == [None, None, datetime(2025, 11, 20, tzinfo=UTC)]


def test_a_duration_counts_from_the_day_that_the_text_was_shown() -> None:
    found = read("20% off for 7 days", "15% off: 2-week sale")
    assert [moment.date() for moment in found["ends_at"]] == [date(2025, 12, 1), date(2025, 12, 8)]
    assert found["starts_at"].dt.date().to_list() == [SEEN.date()] * 2


def test_without_the_moment_of_the_text_only_whole_dates_are_read() -> None:
    found = read("20% off until 3 January", "20% off until 3 January 2026", "20% off for 7 days", seen=None)
    assert found["ends_at"].to_list() == [None, end_of(date(2026, 1, 3)), None]


def test_a_promotion_that_ends_before_it_starts_has_no_dates() -> None:
    row = read("20% off from 2025-12-10 until 2025-12-01").row(0, named=True)
    assert (row["starts_at"], row["ends_at"], row["discount_pct"]) == (None, None, 20.0)
