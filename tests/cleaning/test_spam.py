"""Spam among news, comments and reviews: set aside with its reasons; the words of customers stay."""

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.cleaning import spam
from market_research.cleaning.stage import Staged, stage
from market_research.sources.parse import parse
from market_research.sources.parsed import Block, Parsed

SPAM = [
    "I lost everything until a professional hacker helped, contact him on WhatsApp +1 (555) 010-0199.",
    "Make $5,000 a week from home, no experience needed!",
    "Congratulations! You have been selected, click here to claim your prize.",
    "Buy real Instagram followers cheap at our shop.",
    "BEST ONLINE CASINO BONUS SIGN UP NOW AND PLAY ALL YOUR FAVOURITE SLOTS!!!!!!",
    "Cheap watches " * 12,
    "http://a.example/1 http://a.example/2 http://a.example/3 http://a.example/4 look",
    "Buy viagra online without prescription, overnight delivery.",
    "Use code SAVE20 and message me for details, text me now +44 7700 900123",
]
HONEST = [
    "The casino operator's revenue fell 4 percent as online betting slowed; bonuses to players rose.",
    "LOVE IT!!!!!!! Best speaker I ever had, sooooooo good.",
    "Pfizer said sales of Viagra fell in the quarter after generic makers entered the market.",
    "I work from home and the battery lasts a day. Contact with customer service was easy.",
    "Groupon's coupon business grew; users entered a code for a discount 12 million times.",
    "Works great. Works great with Alexa and works with my lights.",
    "Hackers stole bitcoin worth 40 million dollars from the exchange, which hopes to recover the stolen funds.",
    "Congratulations to the team. Shares won back what they had lost.",
]


def staged(content: bytes, name: str) -> Staged:
    return stage(parse(content, name), industry="chips", document_id="doc_0123456789abcdef", uri=name)


@pytest.mark.parametrize("text", SPAM)
def test_spam_is_seen_and_says_why(text: str) -> None:
    score, reasons = spam.judge(pl.Series([text])).row(0)
    assert score >= spam.SPAM_FROM
    assert reasons


@pytest.mark.parametrize("text", HONEST)
def test_honest_texts_pass(text: str) -> None:
    assert spam.judge(pl.Series([text]))["score"][0] < spam.SPAM_FROM


def test_a_spam_item_of_a_feed_goes_to_quarantine_and_the_others_keep_their_places() -> None:
    items = [("1", HONEST[0]), ("2", SPAM[0]), ("3", HONEST[2])]
    body = "".join(
        f"<item><title>T{key}</title><guid>{key}</guid><description>{text}</description></item>" for key, text in items
    )
    made = staged(f'<rss version="2.0"><channel><title>N</title>{body}</channel></rss>'.encode(), "news.rss")
    assert made.passages["text"].to_list() == [HONEST[0], HONEST[2]]
    (reject,) = made.quarantine.to_dicts()
    assert reject["locator"] == "item 2 (2)"
    assert "spam" in reject["reason"]
    assert "stolen" in reject["reason"]
    start = made.passages["char_start"][1]
    assert start == len(HONEST[0]) + 2 + len(SPAM[0]) + 2


def test_a_spam_review_goes_with_its_number() -> None:
    rows = "\n".join(
        f'2024-01-0{number},{number % 5 + 1},"{text}"' for number, text in enumerate([*HONEST[:3], SPAM[1]], 1)
    )
    made = staged(f"date,rating,review\n{rows}\n".encode(), "reviews.csv")
    assert made.table_rows["locator"].to_list() == ["row 2", "row 3", "row 4"]
    (reject,) = made.quarantine.to_dicts()
    assert reject["locator"] == "row 5"
    assert json.loads(reject["raw"])["review"] == SPAM[1]
    assert not [locator for locator in made.facts["locator"] if locator.startswith("row 5")]


def test_articles_in_full_and_tables_of_other_things_are_not_judged() -> None:
    article = Parsed("news", blocks=[Block(SPAM[1], "chars 0-51")])
    assert spam.without_spam(article) is article
    made = staged(f'company,comment\nA,"{SPAM[1]}"\n'.encode(), "table.csv")
    assert made.table_rows.height == 1


@given(st.lists(st.sampled_from([*SPAM, *HONEST]), min_size=1, max_size=12))
def test_property_8_spam_never_reaches_storage_and_nothing_is_lost(texts: list[str]) -> None:
    lines = "\n".join(json.dumps({"stars": "4", "review": text}) for text in texts)
    made = staged(lines.encode(), "reviews.jsonl")
    kept = [json.loads(record)["review"] for record in made.table_rows["record"]]
    scores = spam.judge(pl.Series(texts))["score"]
    # Phones are redacted in what is kept too, but no honest text here has one.
    assert kept == [text for text, score in zip(texts, scores, strict=True) if score < spam.SPAM_FROM]
    assert not set(kept) & set(SPAM)
    assert made.table_rows.height + made.quarantine.height == len(texts)
    assert all("spam" in reason for reason in made.quarantine["reason"])


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_text_is_judged_between_0_and_1_with_reasons_for_a_score(texts: list[str]) -> None:
    judged = spam.judge(pl.Series(texts, dtype=pl.String))
    assert judged["score"].is_between(0, 1).all()
    assert ((judged["score"] > 0) == (judged["reasons"].list.len() > 0)).all()


def test_less_than_one_in_a_hundred_real_reviews_is_taken_for_spam(real_data: Path) -> None:
    reviews = pl.read_csv(real_data / "amazon_reviews_stars" / "amazon_alexa.tsv", separator="\t")["verified_reviews"]
    assert reviews.len() > 3_000
    assert (spam.judge(reviews)["score"] >= spam.SPAM_FROM).mean() < 0.01
