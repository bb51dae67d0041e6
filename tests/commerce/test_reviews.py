"""Which reviews are spam or made up: property 8 of seed 003, and how fakes come in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.commerce.reviews import REVIEWS, BadReviews, conformed, judged

FIRST = datetime(2025, 3, 1, 9, tzinfo=UTC)
HONEST = [
    "The strap broke after a month, and the shop was no help at all.",
    "Keeps coffee warm for hours; the lid is a little stiff.",
    "Good value, though smaller than the pictures suggest.",
    "My son wears it to school every day and it still looks new.",
    "Arrived late and the box was open.",
]
SPAM = {
    "work": "Earn $500 a day from home online, no experience needed, join now and contact me!",
    "links": "http://a.example/1 http://a.example/2 http://a.example/3 http://a.example/4 best",
    "magic": "Dr. Bello love spell caster brought my husband back, contact him by email today",
    "repeats": "great great great great great great great great great great great great great great great great",
}


def reviews(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"review_id": f"r{place}", "product_id": "p1", "written_at": FIRST} | row for place, row in enumerate(rows)],
        schema=REVIEWS,
    )


HONEST_ROWS = st.lists(st.sampled_from(HONEST), max_size=8, unique=True)


@given(HONEST_ROWS, st.lists(st.sampled_from(sorted(SPAM)), min_size=1, max_size=4, unique=True), st.randoms())
def test_property_8_spam_is_filtered_with_reasons_and_honest_reviews_stay(
    honest: list[str], spam: list[str], random: Any
) -> None:
    rows = [{"text": text, "author": f"h{place}"} for place, text in enumerate(honest)]
    rows += [{"text": SPAM[name], "author": name} for name in spam]
    random.shuffle(rows)
    given_ = reviews(rows)
    made = judged(given_)
    assert made["review_id"].to_list() == given_["review_id"].to_list()
    for row, text in zip(made.iter_rows(named=True), given_["text"], strict=True):
        assert row["is_spam"] == (text in SPAM.values())
        assert bool(row["spam_reasons"]) == row["is_spam"]


@given(st.lists(st.tuples(st.text(max_size=60), st.sampled_from([None, "a", "b"]), st.booleans()), max_size=20))
def test_property_8_any_batch_is_judged_row_by_row_and_always_alike(rows: list[tuple[str, str | None, bool]]) -> None:
    given_ = reviews([{"text": text, "author": author, "verified": known} for text, author, known in rows])
    made = judged(given_)
    assert made.height == given_.height
    assert made.equals(judged(given_))
    assert made.filter(pl.col("is_spam") != (pl.col("spam_reasons").list.len() > 0)).is_empty()


def test_of_thousands_of_copies_one_stays() -> None:
    made = judged(
        reviews([{"text": HONEST[0], "author": None, "written_at": FIRST + timedelta(hours=n)} for n in range(3000)])
    )
    assert made["is_spam"].sum() == 2999
    assert not made["is_spam"][0]


def test_many_reviews_of_one_author_in_a_day_are_set_aside() -> None:
    rows = [{"text": f"{HONEST[n % 5]} {n}", "author": "busy", "product_id": f"p{n}"} for n in range(12)]
    made = judged(reviews(rows))
    assert made["is_spam"].all()
    assert "reviews of one author in a day" in made["spam_reasons"][0][0]


def test_a_customer_who_reviews_a_whole_order_is_believed() -> None:
    rows = [{"text": f"{HONEST[n]} {n}", "author": "x", "product_id": f"p{n}"} for n in range(5)]
    assert not judged(reviews(rows))["is_spam"].any()


def test_one_text_on_several_products_is_set_aside() -> None:
    rows = [{"text": HONEST[1], "author": f"a{n}", "product_id": f"p{n}"} for n in range(3)]
    made = judged(reviews(rows))
    assert made["spam_reasons"].to_list() == [["the same text on 3 or more products"]] * 3


def test_short_praise_that_many_write_is_no_copy() -> None:
    rows = [{"text": "Love it!", "author": f"a{n}", "product_id": f"p{n % 4}"} for n in range(40)]
    assert not judged(reviews(rows))["is_spam"].any()


def _rush(verified: bool | None) -> pl.DataFrame:
    usual = [
        {"text": f"{HONEST[n % 5]} {n}", "author": f"u{n}", "rating": 4, "written_at": FIRST + timedelta(days=7 * n)}
        for n in range(8)
    ]
    rush = [
        {
            "text": f"Best ever {n}",
            "author": f"f{n}",
            "rating": 5,
            "verified": verified,
            "written_at": FIRST + timedelta(days=30),
        }
        for n in range(15)
    ]
    return judged(reviews(usual + rush))


def test_a_rush_of_five_stars_without_purchases_is_set_aside() -> None:
    made = _rush(verified=False)
    assert made["is_spam"].to_list() == [False] * 8 + [True] * 15


@pytest.mark.parametrize("verified", [True, None])
def test_a_rush_of_buyers_or_where_nobody_says_is_believed(verified: bool | None) -> None:
    assert not _rush(verified)["is_spam"].any()


def test_a_review_that_comes_twice_counts_once() -> None:
    rows = [
        {"review_id": "same", "text": HONEST[0], "author": "a"},
        {"review_id": "same", "text": HONEST[0], "author": "a"},
    ]
    assert judged(reviews(rows))["is_spam"].to_list() == [False, True]


def test_missing_columns_are_said() -> None:
    with pytest.raises(BadReviews, match="lack the column text"):
        judged(pl.DataFrame({"review_id": ["1"], "product_id": ["p"]}))


def test_columns_of_no_use_are_said() -> None:
    with pytest.raises(BadReviews, match="cannot be read"):
        conformed(pl.DataFrame({"review_id": ["1"], "product_id": ["p"], "text": ["x"], "rating": ["many"]}))


def test_ratings_beyond_the_stars_are_none() -> None:
    made = conformed(
        pl.DataFrame({"review_id": [1, 2], "product_id": ["p", "p"], "text": ["x", "y"], "rating": [9, 5]})
    )
    assert made["rating"].to_list() == [None, 5.0]


def test_no_reviews_are_no_spam() -> None:
    assert judged(REVIEWS.to_frame()).is_empty()
