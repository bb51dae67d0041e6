"""Unasked advertising among news, comments and reviews: judged by form and phrases, set aside with the reasons."""

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import polars as pl
import yaml

from market_research.sources.parsed import Block, Parsed, Reject

PHRASES = Path(__file__).with_name("spam.yaml")
SPAM_FROM = 0.75
"""Score from which a text is set aside; no sign of form says so much by itself but a text that only repeats itself."""
POSTS = ("news", "attention")
"""Kinds of documents that strangers may write into: each item of them is judged."""
REVIEW_TEXTS = frozenset("review reviews verified_reviews review_text reviewtext review_body comment comments".split())
REVIEW_RATINGS = frozenset("rating ratings stars star_rating overall score ating feedback".split())
"""Columns by which a table is seen to hold reviews: one of each kind."""

_LINK = r"(?i)(?:https?://|www\.)\S+"
# Rust's matcher has no back-references, so each letter is looked for by itself.
_DRAWN_OUT = "(?i)" + "|".join(f"{letter}{{8,}}" for letter in "abcdefghijklmnopqrstuvwxyz") + r"|!{6,}|\?{6,}|\${4,}"


@dataclass(frozen=True)
class Sign:
    """A reason to take a text for spam, its weight, and the expression over the column ``text`` that sees it."""

    reason: str
    weight: float
    seen: pl.Expr


@cache
def signs() -> tuple[Sign, ...]:
    """Signs of form, and the phrases of ``spam.yaml``."""
    text = pl.col("text")
    length = text.str.len_chars()
    links = text.str.count_matches(_LINK)
    linked = length - text.str.replace_all(_LINK, "").str.len_chars()
    words = text.str.replace_all(_LINK, "").str.to_lowercase().str.extract_all(r"\w+")
    letters = text.str.count_matches(r"\p{L}")
    repeats = (words.list.len() >= 15) & (words.list.n_unique() < 0.25 * words.list.len())
    same = text.str.to_lowercase().str.replace_all(r"\W+", " ").str.strip_chars()
    form = (
        Sign("many links in few words", 0.5, (links >= 4) & (words.list.len() < 10 * links)),
        Sign("hardly anything but links", 0.5, (links >= 2) & (linked > 0.7 * length)),
        Sign("drawn-out letters or marks", 0.35, text.str.contains(_DRAWN_OUT)),
        Sign("the same words over and over", 0.8, repeats),
        Sign("the same text several times", 0.5, (pl.len().over(same) >= 5) & (length >= 40)),
        Sign("shouting", 0.35, (letters >= 20) & (text.str.count_matches(r"\p{Lu}") > 0.7 * letters)),
    )  # fmt: skip
    read = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    phrases = tuple(
        Sign(
            f"{name}: {given['why']}",
            float(given["weight"]),
            # Bounds of words after Unicode's rules would leave the fast matcher at the first curly quote.
            text.str.contains("(?is)" + "|".join(f"(?:{p})" for p in given["patterns"]).replace(r"\b", r"(?-u:\b)")),
        )
        for name, given in read.items()
    )
    return form + phrases


def judge(texts: pl.Series) -> pl.DataFrame:
    """One row a text: ``score`` (0 to 1; signs are taken for independent) and ``reasons`` (a list, strongest first)."""
    ordered = sorted(signs(), key=lambda sign: -sign.weight)
    seen = texts.rename("text").fill_null("").to_frame().select(sign.seen.alias(sign.reason) for sign in ordered)
    left_open = pl.lit(1.0)
    for sign in ordered:
        left_open = left_open * pl.when(pl.col(sign.reason)).then(1 - sign.weight).otherwise(1.0)
    named = (pl.when(pl.col(sign.reason)).then(pl.lit(sign.reason)) for sign in ordered)
    return seen.select(
        (1 - left_open).round(4).alias("score"), pl.concat_list(*named).list.drop_nulls().alias("reasons")
    )


def without_spam(parsed: Parsed) -> Parsed:
    """The document without what is spam in it: items of feeds and posts, rows of reviews with their numbers.

    What goes is among the rejects that are returned. Text leaves as many spaces behind as it had characters, so that
    all places keep their numbers.
    """
    if parsed.kind in POSTS and any(_is_post(block, parsed.kind) for block in parsed.blocks):
        parsed = _without_posts(parsed)
    return _without_reviews(parsed)


def _is_post(block: Block, kind: str) -> bool:
    """Articles in full are the publisher's own; items of feeds and of a forum's search may be anybody's."""
    return kind == "attention" or block.locator.startswith("item ")


def _without_posts(parsed: Parsed) -> Parsed:
    posts: dict[str, list[str]] = {}
    for block in parsed.blocks:
        if _is_post(block, parsed.kind):
            posts.setdefault(block.locator, [*block.headings]).append(block.text)
    texts = {locator: "\n".join(dict.fromkeys(parts)) for locator, parts in posts.items()}
    spam = _spam(texts)
    if not spam:
        return parsed
    blocks = [
        replace(block, text=" " * len(block.text), headings=()) if block.locator in spam else block
        for block in parsed.blocks
    ]
    rejects = [Reject(locator, reason, texts[locator]) for locator, reason in spam.items()]
    return replace(parsed, blocks=blocks, rejects=[*parsed.rejects, *rejects])


def _without_reviews(parsed: Parsed) -> Parsed:
    texts = {}
    for row in parsed.rows:
        columns = {name.strip().lower().replace(" ", "_"): name for name in row.record}
        found = REVIEW_TEXTS & columns.keys()
        if found and REVIEW_RATINGS & columns.keys():
            texts[row.locator] = "\n".join(row.record[columns[name]] or "" for name in sorted(found))
    spam = _spam(texts)
    if not spam:
        return parsed
    raw = {row.locator: json.dumps(row.record, ensure_ascii=False) for row in parsed.rows if row.locator in spam}
    return replace(
        parsed,
        rows=[row for row in parsed.rows if row.locator not in spam],
        numbers=[number for number in parsed.numbers if number.locator.partition(", column")[0] not in spam],
        rejects=[*parsed.rejects, *(Reject(locator, reason, raw[locator]) for locator, reason in spam.items())],
    )


def _spam(texts: dict[str, str]) -> dict[str, str]:
    """Places of texts that are spam, with the reason in a sentence."""
    if not texts:
        return {}
    judged = judge(pl.Series(list(texts.values()), dtype=pl.String))
    return {
        locator: f"It looks like spam ({'; '.join(reasons)})."
        for locator, (score, reasons) in zip(texts, judged.iter_rows(), strict=True)
        if score >= SPAM_FROM
    }
