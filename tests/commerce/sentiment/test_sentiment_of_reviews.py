"""What reviews say: properties 16 to 20 of seed 003, and reviews that are none."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.commerce.reviews import REVIEWS
from market_research.commerce.sentiment import aspects, classify, model, patterns, products, topics
from market_research.errors import MarketResearchError

GOOD = ["The battery is great and lasts for days.", "I love the screen, it is sharp.", "Excellent sound, very happy."]
BAD = [
    "The battery is terrible and died.",
    "I hate the screen, it is awful.",
    "Horrible sound, I am very disappointed.",
]
PLAIN = [
    "It is a phone with a battery.",
    "The screen is as described.",
    "The sound is okay for the price, nothing more.",
]
WISHES = [
    "I wish it had a carrying case.",
    "They should add a carrying case.",
    "It would be nice if it came with a carrying case.",
]
ODD = [
    "",
    " ",
    "😀😀👍",
    "💩😡",
    "!!!",
    "Отличный товар, очень доволен покупкой",
    "这个产品非常好，我很喜欢，下次还会再买",
    "\x00\x1f",
    "a" * 3000,
    "Gutes Gerät, aber der Akku ist leider sehr schnell leer",
]
TEXTS = st.one_of(st.text(max_size=80), st.sampled_from(GOOD + BAD + PLAIN + WISHES + ODD))


def reviews(texts: list[str | None], **more: Any) -> pl.DataFrame:
    columns = {
        "review_id": [f"r{n}" for n in range(len(texts))],
        "product_id": ["p"] * len(texts),
        "text": texts,
    } | more
    return pl.DataFrame(columns, schema={name: kind for name, kind in REVIEWS.items() if name in columns})


@cache
def trained() -> model.Model:
    texts = [f"{text} {n}" for n in range(10) for text in GOOD + BAD + PLAIN]
    stars = [stars for _ in range(10) for stars in (5.0, 4.0, 5.0, 1.0, 2.0, 1.0, 3.0, 3.0, 3.0)]
    return classify.trained(reviews(texts, rating=stars))


@given(st.lists(TEXTS, max_size=8), st.booleans())
def test_property_16_every_review_is_classified_with_confidence(texts: list[str], with_model: bool) -> None:
    given_ = reviews(texts)
    made = classify.review_sentiment(given_, trained() if with_model else None)
    assert made["review_id"].to_list() == given_["review_id"].to_list()
    for row in made.iter_rows(named=True):
        assert row["class"] in model.CLASSES
        assert 0 <= row["confidence"] <= 1
        assert -1 <= row["score"] <= 1
        assert row["class"] != "positive" or row["score"] >= 0
        assert row["class"] != "negative" or row["score"] <= 0


CASES = st.lists(
    st.tuples(st.sampled_from(["carrying case", "dark mode", "longer cable"]), st.integers(1, 5)),
    min_size=1,
    unique_by=lambda case: case[0],
)


@given(CASES)
def test_property_17_wishes_are_found_and_ranked_by_how_many_have_them(cases: list[tuple[str, int]]) -> None:
    texts = [f"I wish it had a {wish}." for wish, times in cases for _ in range(times)] + GOOD
    given_ = reviews(texts)
    made = patterns.feature_requests(given_)
    assert made["count"].to_list() == sorted(made["count"].to_list(), reverse=True)
    found = {review for ids in made["review_ids"] for review in ids}
    assert found == {f"r{n}" for n in range(len(texts) - len(GOOD))}
    for wish, times in cases:
        holding = made.filter(pl.col("quotes").list.first().str.contains(wish, literal=True))
        assert holding["count"].to_list() == [times]
    _quoted(made, given_)


@given(
    st.lists(
        st.tuples(st.sampled_from(["zipper", "charger", "hinge"]), st.integers(2, 6)),
        min_size=1,
        unique_by=lambda case: case[0],
    )
)
def test_property_18_recurring_complaints_are_found_with_their_number(cases: list[tuple[str, int]]) -> None:
    texts = (
        [f"The {part} broke, terrible." for part, times in cases for _ in range(times)] + GOOD + ["The manual is bad."]
    )
    given_ = reviews(texts)
    made = patterns.complaints(given_)
    counts = dict(zip(made["pattern"], made["count"], strict=True))
    assert sum(counts.values()) == sum(times for _, times in cases)
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    assert (made["count"] >= 2).all()
    _quoted(made, given_)


@given(st.lists(st.tuples(TEXTS, st.sampled_from(["p", "q", "s"])), min_size=1, max_size=10))
def test_property_19_every_product_has_an_aggregate_within_its_interval(rows: list[tuple[str, str]]) -> None:
    given_ = reviews([text for text, _ in rows], product_id=[product for _, product in rows])
    made = products.product_sentiment(classify.review_sentiment(given_), given_)
    assert set(made["product_id"]) == {product for _, product in rows}
    for row in made.iter_rows(named=True):
        assert -1 <= row["low"] <= row["score"] <= row["high"] <= 1
        assert (
            row["positive"] + row["neutral"] + row["negative"] + row["unread"]
            == row["reviews"]
            == len(row["review_ids"])
        )
        assert row["trend"] in ("increasing", "decreasing", "stable")
        assert 0 <= row["confidence"] <= 1


THINGS = st.sampled_from(["battery", "zipper", "keyboard", "flavour", "mattress", "soundtrack"])


@given(st.lists(THINGS, min_size=2, max_size=2, unique=True), st.integers(2, 5))
def test_property_20_aspects_are_found_and_judged_by_their_clause(things: list[str], times: int) -> None:
    liked, hated = things
    given_ = reviews([f"The {liked} is wonderful, but the {hated} is terrible."] * times)
    by_review = aspects.review_aspects(given_)
    made = aspects.aspect_sentiment(by_review)
    scores = dict(zip(made["aspect"], made["score"], strict=True))
    assert scores.keys() == {liked, hated}
    assert scores[liked] > 0.05
    assert scores[hated] < -0.05
    assert made["mentions"].to_list() == [times, times]
    for row in made.iter_rows(named=True):
        assert row["low"] <= row["score"] <= row["high"]
        assert row["quote"] in given_.filter(review_id=row["quote_review_id"])["text"][0]


@given(st.lists(TEXTS, max_size=8))
def test_property_20_every_quote_is_verbatim_in_its_review(texts: list[str]) -> None:
    given_ = reviews(texts)
    said = dict(zip(given_["review_id"], texts, strict=True))
    for row in aspects.review_aspects(given_).iter_rows(named=True):
        assert row["quote"] in said[row["review_id"]]
    for made in (topics.topics(given_), patterns.feature_requests(given_), patterns.complaints(given_)):
        _quoted(made, given_)


def _quoted(made: pl.DataFrame, given_: pl.DataFrame) -> None:
    said = dict(zip(given_["review_id"], given_["text"], strict=True))
    for row in made.iter_rows(named=True):
        assert row["quotes"]
        for quote, review in zip(row["quotes"], row["quote_review_ids"], strict=True):
            assert review in row["review_ids"]
            assert quote in said[review]


def test_other_languages_are_said_and_not_guessed() -> None:
    made = classify.review_sentiment(reviews(ODD), trained())
    notes = dict(zip(ODD, made["note"], strict=True))
    assert notes[ODD[0]] == notes[ODD[4]] == "no words"
    assert notes[ODD[5]] == "language not read (ru)"
    assert notes[ODD[6]] == "language not read (zh)"
    assert notes[ODD[9]] == "language not read (de)"
    assert (made.filter(pl.col("note").str.starts_with("language"))["confidence"] < 0.5).all()


def test_emoji_alone_are_read() -> None:
    made = classify.review_sentiment(reviews(["😀😍", "😡😭"]))
    assert made["class"].to_list() == ["positive", "negative"]
    assert made["note"].null_count() == 2


def test_a_review_of_100_kb_and_an_absent_one_are_judged() -> None:
    made = classify.review_sentiment(reviews(["I love it, but it broke. " * 4000, None]), trained())
    assert made["class"].is_not_null().all()


def test_a_title_counts_as_the_text_does() -> None:
    made = classify.review_sentiment(reviews(["", ""], title=["Great, I love it", "Terrible, I hate it"]))
    assert made["class"].to_list() == ["positive", "negative"]


def test_a_model_learns_what_the_lexicon_does_not_know() -> None:
    stars = {5.0: "zorbly gadget all round", 1.0: "grunfy gadget all round", 3.0: "middling gadget all round"}
    rows = [(f"{text} {n}", star) for star, text in stars.items() for n in range(25)]
    made = classify.trained(reviews([text for text, _ in rows], rating=[star for _, star in rows]))
    said = classify.review_sentiment(reviews(["zorbly gadget all round", "grunfy gadget all round"]), made)
    assert said["class"].to_list() == ["positive", "negative"]


def test_too_few_ratings_of_a_class_are_refused_in_plain_words() -> None:
    with pytest.raises(model.NotEnoughRatings, match="a model needs 20 of each"):
        classify.trained(reviews(GOOD * 30, rating=[5.0] * 90))


def test_a_model_is_the_same_after_json_and_after_training_again() -> None:
    said = model.to_json(trained())
    assert model.from_json(said) == trained()
    assert model.from_json(said).version == trained().version
    trained.cache_clear()
    assert model.to_json(trained()) == said


@pytest.mark.parametrize("said", ["", "[]", '{"format": 99}', '{"format": 1}'])
def test_what_is_no_model_is_refused(said: str) -> None:
    with pytest.raises(MarketResearchError, match="train it again"):
        model.from_json(said)


def test_vectors_are_needed_where_the_model_learnt_with_them() -> None:
    def embed(texts: Any) -> Any:
        import numpy as np

        return np.array([[len(text) % 7, text.count("e"), 1.0] for text in texts])

    texts = [f"{text} {n}" for n in range(10) for text in GOOD + BAD + PLAIN]
    stars = [5.0, 4.0, 5.0, 1.0, 2.0, 1.0, 3.0, 3.0, 3.0] * 10
    made = classify.trained(reviews(texts, rating=stars), embed, "lengths")
    assert classify.review_sentiment(reviews(GOOD), made, embed)["class"].to_list() == ["positive"] * 3
    with pytest.raises(MarketResearchError, match="trained with vectors"):
        classify.review_sentiment(reviews(GOOD), made)


@pytest.mark.parametrize(("order", "trend"), [(1, "increasing"), (-1, "decreasing")])
def test_a_trend_is_found_with_its_test(order: int, trend: str) -> None:
    texts = (BAD * 6 + GOOD * 6)[::order]
    times = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=3 * n) for n in range(len(texts))]
    given_ = reviews(texts, written_at=times)
    made = products.product_sentiment(classify.review_sentiment(given_), given_)
    assert made["trend"].to_list() == [trend]
    assert made["trend_p"][0] < 0.05
    assert made["trend_test"][0] == products.TESTED


def test_few_reviews_have_no_tested_trend_and_a_wide_interval() -> None:
    given_ = reviews(GOOD[:1])
    made = products.product_sentiment(classify.review_sentiment(given_), given_)
    assert made["trend"].to_list() == ["stable"]
    assert made["trend_test"].to_list() == [products.UNTESTED]
    assert made["high"][0] - made["low"][0] > 0.5


def test_topics_have_names_and_each_review_is_in_one_at_most() -> None:
    given_ = reviews(
        [f"The battery of it drains, the charger too {n}" for n in range(40)]
        + [f"The fabric feels soft and the colour stays {n}" for n in range(40)]
    )
    made = topics.topics(given_)
    assert made.height == 2
    assert made["reviews"].to_list() == [40, 40]
    assert {"battery", "fabric"} <= {word for name in made["topic"] for word in name.replace(",", "").split()}


def test_regrets_of_the_buyer_are_no_wishes() -> None:
    assert patterns.feature_requests(
        reviews(["I should have bought it sooner.", "Wish I had known it before."])
    ).is_empty()


def test_no_reviews_give_no_rows() -> None:
    none = REVIEWS.to_frame()
    assert classify.review_sentiment(none, trained()).is_empty()
    assert products.product_sentiment(classify.review_sentiment(none), none).is_empty()
    assert aspects.aspect_sentiment(aspects.review_aspects(none)).is_empty()
    assert topics.topics(none).is_empty()
    assert patterns.complaints(none).is_empty()
    assert patterns.feature_requests(none).is_empty()
