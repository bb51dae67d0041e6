"""Sentences without figures: what a passage says is kept, what it does not say or denies is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.writing.evidence import Passage
from market_research.writing.gate.support import denies, stem, unsupported

PASSAGE = Passage(
    "pass_1",
    "doc_1",
    "We depend on a small number of suppliers for memory, and shortages may harm our business. Our customers are not "
    "obliged to buy minimum quantities.",
)


@pytest.mark.parametrize(
    "text",
    [
        "It depends on a small number of suppliers for memory.",
        "Shortages may hurt its business.",
        "Its clients are not obliged to purchase minimum quantities.",
        "Ranks may turn.",
        "The small number of vendors for memory is something it relies on.",
    ],
)
def test_what_a_passage_says_is_supported(text: str) -> None:
    assert unsupported(text, [PASSAGE]) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Demand for cloud services accelerated in every region.", "holds enough"),
        ("It depends on a small number of banks for credit.", "holds enough"),
        ("Its customers are obliged to buy minimum quantities.", "asserts what"),
        ("It does not depend on a small number of suppliers for memory.", "denies what"),
    ],
)
def test_what_it_does_not_say_is_not(text: str, reason: str) -> None:
    assert reason in (unsupported(text, [PASSAGE]) or "")


def test_no_passage_supports_nothing() -> None:
    assert unsupported("Shortages may harm the business badly.", []) is not None


WORDS = st.lists(
    st.sampled_from("suppliers memory shortage region cloud factory export price patent harbour steel".split()),
    min_size=4, max_size=9, unique=True,
)  # fmt: skip


@given(WORDS, st.lists(WORDS, max_size=3), st.integers(0, 3))
def test_a_sentence_is_supported_by_a_passage_that_holds_it_and_its_denial_is_not(
    words: list[str], others: list[list[str]], place: int
) -> None:
    said = f"The {' '.join(words)} matters."
    around = [f"The {' '.join(other)} matters." for other in others]
    around.insert(min(place, len(around)), said)
    passage = Passage("p", "d", " ".join(around))
    assert unsupported(said, [passage]) is None
    assert "denies" in (unsupported(said.replace("matters", "never matters"), [passage]) or "")


@given(WORDS)
def test_a_passage_without_the_words_supports_nothing(words: list[str]) -> None:
    assert unsupported(f"The {' '.join(words)} matters.", [Passage("p", "d", "Lawyers dispute dividends.")]) is not None


@given(st.text(st.characters(categories=["Ll"]), min_size=1, max_size=30))
def test_stems_are_no_longer_than_words(word: str) -> None:
    assert len(stem(word)) <= max(len(word), 9)


def test_two_denials_assert() -> None:
    assert denies("It is not certain.")
    assert not denies("It is not without risk.")
