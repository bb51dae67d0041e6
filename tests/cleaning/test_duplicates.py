"""Near-duplicate articles: copies are folded into one, look-alikes are not."""

import random
import subprocess
import sys
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.cleaning.duplicates import near_duplicates
from market_research.cleaning.schema import DOCUMENTS, NEAR_DUPLICATES, PASSAGES
from market_research.ids import content_id

WORDS = [
    f"{a}{b}"
    for a in ("ka", "lo", "mi", "ne", "su", "ta", "vo", "re")
    for b in ("bel", "dor", "fin", "gat", "lim", "mon")
]
STORY = (
    "Chipmaker Intel said on Tuesday that it will build two factories in Ohio at a cost of 20 billion dollars, the "
    "largest private investment in the history of the state. Work is to begin late this year and chips are to leave "
    "the first hall in 2025. The company expects to hire 3,000 people, and its suppliers several times as many. "
    "Analysts see the plan as an answer to the shortage that has held back makers of cars and computers for a year."
)


def story(seed: int, words: int = 60) -> str:
    chosen = random.Random(seed).choices(WORDS, k=words)
    return " ".join(chosen) + "."


Article = tuple[str, str, date | None]
"""Key, text and date."""


def frames(
    articles: list[Article], *, industry: str = "chips", kind: str = "news"
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One document an article; the passage's id comes from its key."""
    documents, passages = [], []
    for key, text, dated in articles:
        document = content_id("doc", industry, key)
        moment = datetime(dated.year, dated.month, dated.day, tzinfo=UTC) if dated else None
        documents.append({"document_id": document, "industry": industry, "kind": kind, "published_at": moment})
        passages.append(
            {
                "passage_id": content_id("pass", industry, key), "industry": industry, "document_id": document,
                "ordinal": 0, "char_start": 0, "char_end": len(text), "locator": f"chars 0-{len(text)}", "text": text,
            }
        )  # fmt: skip
    return PASSAGES.frame(passages), DOCUMENTS.frame(documents)


def folded(articles: list[Article], **options: str) -> dict[str, str]:
    """Keys of copies and of what they are folded into."""
    keys = {content_id("pass", options.get("industry", "chips"), key): key for key, _, _ in articles}
    made = near_duplicates(*frames(articles, **options))
    return {keys[copy]: keys[kept] for copy, kept in made.select("passage_id", "duplicate_of").iter_rows()}


def test_an_edited_copy_is_folded_into_the_earliest() -> None:
    edited = STORY.replace("said on Tuesday", "said Tuesday").replace("for a year", "for more than a year")
    articles: list[Article] = [
        ("late", edited, date(2024, 3, 2)),
        ("early", STORY, date(2024, 3, 1)),
        ("undated", STORY, None),
    ]
    assert folded(articles) == {"late": "early", "undated": "early"}


def test_a_shortened_copy_is_folded_into_the_whole_text_whenever_it_came() -> None:
    short = STORY[: STORY.index("The company expects")]
    assert folded([("short", short, date(2024, 3, 1)), ("whole", STORY, date(2024, 3, 2))]) == {"short": "whole"}


@pytest.mark.parametrize(
    "other",
    [
        STORY.replace("20 billion", "30 billion"),
        STORY.replace("3,000", "4,000"),
        STORY.replace("2025", "2026"),
        STORY.replace("Intel", "Micron").replace("Ohio", "Idaho"),
        STORY[:40] + story(1),
    ],
)
def test_texts_of_one_template_with_other_numbers_or_names_are_not_copies(other: str) -> None:
    assert folded([("one", STORY, date(2024, 3, 1)), ("other", other, date(2024, 3, 2))]) == {}


def test_headlines_and_filings_are_left_alone() -> None:
    headline = "Market update for Tuesday"
    assert folded([("a", headline, date(2024, 1, 1)), ("b", headline, date(2024, 1, 2))]) == {}
    assert folded([("a", STORY, date(2023, 1, 1)), ("b", STORY, date(2024, 1, 2))], kind="filing") == {}


def test_items_of_one_feed_are_articles_of_their_own() -> None:
    passages, documents = frames([("feed", STORY, date(2024, 1, 1))])
    parts = STORY.split(". ")
    rows = [
        {**passages.row(0, named=True), "passage_id": content_id("pass", at, item), "ordinal": 2 * item + at,
         "locator": f"item {item} (g{item})", "text": part, "published_on": date(2024, 1, 1 + item)}
        for item in (1, 2) for at, part in enumerate((". ".join(parts[:2]) + ".", ". ".join(parts[2:])))
    ]  # fmt: skip
    made = near_duplicates(PASSAGES.frame(rows), documents)
    assert set(made["passage_id"]) == {content_id("pass", at, 2) for at in (0, 1)}
    assert set(made["duplicate_of"]) == {content_id("pass", 0, 1)}


def test_a_copy_of_a_shortened_text_leads_to_the_whole_one() -> None:
    short = STORY[: STORY.index("The company expects")]
    articles: list[Article] = [
        ("a", short, date(2024, 3, 1)),
        ("b", short, date(2024, 3, 2)),
        ("whole", STORY, date(2024, 3, 3)),
    ]
    assert folded(articles) == {"a": "whole", "b": "whole"}


@st.composite
def collections(draw: st.DrawFn) -> list[Article]:
    articles: list[Article] = []
    for number in range(draw(st.integers(1, 8))):
        words = story(draw(st.integers(0, 2)), 50).split()
        for _ in range(draw(st.integers(0, 4))):
            words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(WORDS))
        text = " ".join(words[: draw(st.sampled_from([25, 50, 50]))])
        articles.append((f"k{number}", text, draw(st.sampled_from([None, date(2024, 1, 1), date(2024, 1, 2)]))))
    return articles


@settings(max_examples=100)
@given(collections(), st.randoms(use_true_random=False))
def test_folding_is_idempotent_independent_of_order_and_within_an_industry(
    articles: list[Article], chance: random.Random
) -> None:
    once = folded(articles)
    shuffled = list(articles)
    chance.shuffle(shuffled)
    assert folded(shuffled) == once
    assert not set(once.values()) & once.keys()
    assert folded([article for article in articles if article[0] not in once]) == {}
    chips, cars = frames(articles), frames(articles, industry="cars")
    both = near_duplicates(*(pl.concat(pair) for pair in zip(chips, cars, strict=True)))
    alone = [near_duplicates(*chips), near_duplicates(*cars)]
    assert both.equals(pl.concat(alone).sort("industry", "passage_id"))
    assert dict(both.schema) == NEAR_DUPLICATES.schema


def test_signatures_do_not_depend_on_the_process() -> None:
    code = "import rensa; m = rensa.RMinHash(num_perm=8, seed=1); m.update([b'a b c d', b'b c d e']); print(m.digest())"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_copies_among_10_000_articles_are_found() -> None:
    articles: list[Article] = [(f"k{n}", story(n % 7_000, 80), date(2024, 1, 1)) for n in range(10_000)]
    passages, documents = frames(articles)
    made = near_duplicates(passages, documents)
    assert made.height == 3_000
