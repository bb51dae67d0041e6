"""The lexicon's rules in arrays, against VADER's own code."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from market_research.commerce.sentiment import lexicon

VADER = SentimentIntensityAnalyzer()
WORDS = ["good", "bad", "great", "GREAT", "horrible", "not", "very", "never", "so", "the", "phone", "isn't", "kind",
         "of", "hardly", "love!", "hate", ":)", "least", "at", "without", "doubt", "no", "extremely"]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
def test_short_texts_are_scored_as_vader_scores_them_in_sign(words: list[str]) -> None:
    assume("so" not in words[2:])  # There VADER takes a negation two words before it for none: see the module.
    text = " ".join(words)
    theirs = VADER.polarity_scores(text)["compound"]
    ours = lexicon.scores(pl.Series([text]))["compound"][0]
    assert -1 <= ours <= 1
    # Rules that reach across three words may differ in strength; opinions must not turn round.
    assert ours * theirs >= 0 or abs(ours - theirs) < 0.6


@pytest.mark.parametrize(
    "text",
    ["VADER is smart, handsome, and funny!", "It isn't a horrible book.", "The book was only kind of good.",
     "Today SUX!", "VERY SMART, handsome", "Not bad at all", "great food but awful service", "Catch 😍 now", "", "???"],
)  # fmt: skip
def test_rules_are_those_of_vader(text: str) -> None:
    ours = lexicon.scores(pl.Series([text]))["compound"][0]
    assert ours == pytest.approx(VADER.polarity_scores(text)["compound"], abs=1e-3)


def test_a_negation_before_so_still_negates() -> None:
    compound = lexicon.scores(pl.Series(["not good so good", "not that so bad"]))["compound"]
    assert compound[0] < 0 < compound[1]


def test_neighbours_of_another_text_change_nothing() -> None:
    together = lexicon.scores(pl.Series(["not", "good", "very", "bad !!!", "", "love"]))
    for place, text in enumerate(["not", "good", "very", "bad !!!", "", "love"]):
        assert together.row(place) == lexicon.scores(pl.Series([text])).row(0)


def test_scores_of_real_texts_are_vaders(real_data: Path) -> None:
    lines = (real_data / "vader_ground_truth" / "tweets_GroundTruth.txt").read_text("utf-8").splitlines()[:1000]
    texts = [line.split("\t", 2)[2] for line in lines]
    theirs = pl.Series([VADER.polarity_scores(text)["compound"] for text in texts])
    ours = lexicon.scores(pl.Series(texts))["compound"]
    assert ((ours - theirs).abs() < 1e-3).mean() > 0.95
