"""Reviews in clauses, each with its own sentiment: what a judgement on one thing is read from, and quoted from."""

from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from market_research.commerce import reviews as records
from market_research.commerce.sentiment import lexicon, ngrams, reading

MOST_CHARACTERS = 20_000
"""What of a review is taken apart; quotes come from it."""
QUOTE = 300
_TURNS = "but|however|although|though|yet|except|whereas|unfortunately|while"
_BREAK = "\x1f"
SHORT = 3
"""Letters of the shortest word that names something."""


@cache
def phrases() -> dict[str, Any]:
    """``phrases.yaml``: words in one text, patterns in lists."""
    read: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("phrases.yaml").read_text(encoding="utf-8"))
    return read


def says(kind: str) -> pl.Expr:
    """Whether the column ``quote`` has a phrase of the kind."""
    pattern = "(?i)" + "|".join(f"(?:{phrase})" for phrase in phrases()[kind])
    return pl.col("quote").str.replace_all("’", "'", literal=True).str.contains(pattern)


@cache
def stop_words() -> pl.Series:
    """Words that name nothing of a product: small words, verbs of buying, and what reviews of anything are full of."""
    read = phrases()
    return pl.Series(sorted({*read["small words"].split(), *read["fillers"].split()}))


def clauses(reviews: pl.DataFrame) -> pl.DataFrame:
    """All clauses of readable reviews, in order: ``clause`` (number), ``review_id``, ``product_id``,
    ``rating``, ``quote``, ``score``.

    ``quote`` is verbatim from the review's text or title. ``score`` is the lexicon's of this clause alone, −1 to 1.
    """
    given = records.conformed(reviews).with_row_index("review")
    whole = reading.whole(given)
    notes = reading.notes(whole, lexicon.scores(whole)["known"])
    marked = (
        pl.col("said")
        .str.head(MOST_CHARACTERS)
        .str.replace_all(r"([.!?…]+\s+|[\n\r]+|;\s*)", "${1}" + _BREAK)
        .str.replace_all(rf"(?i)([,\s]\s*)((?:{_TURNS})\b)", "${1}" + _BREAK + "${2}")
    )
    made = (
        given.filter(notes.is_null())
        .select("review", "review_id", "product_id", "rating", said=pl.concat_list("title", "text"))
        .explode("said", empty_as_null=False)
        .drop_nulls("said")
        .with_columns(quote=marked.str.split(_BREAK))
        .explode("quote", empty_as_null=False)
        .with_columns(pl.col("quote").str.strip_chars().str.head(QUOTE).str.strip_chars())
        .filter(pl.col("quote").str.contains(r"\p{L}"))
        .select("review", "review_id", "product_id", "rating", "quote")
        .with_row_index("clause")
    )
    return made.with_columns(score=lexicon.scores(made["quote"])["compound"])


def terms(found: pl.DataFrame) -> pl.DataFrame:
    """Words of clauses in order: ``clause``, ``word``, and its neighbours ``before`` and ``after``."""
    words = ngrams.words(found["quote"]).rename({"row": "clause"})
    here = pl.col("clause")
    return words.with_columns(
        before=pl.when(here == here.shift(1)).then(pl.col("word").shift(1)),
        after=pl.when(here == here.shift(-1)).then(pl.col("word").shift(-1)),
    )


def telling(said: pl.DataFrame) -> pl.DataFrame:
    """Telling words and neighbours of clauses: ``clause``, ``review``, ``term``; praise and blame name nothing."""
    stops = stop_words()
    places = said.select("clause").with_row_index("row").cast({"row": pl.Int64})
    words = ngrams.words(said["quote"]).join(places, on="row", maintain_order="left")
    named = (
        ~pl.col("word").is_in(stops.implode())
        & ~pl.col("word").is_in(lexicon.feelings().implode())
        & (pl.col("word").str.len_chars() >= SHORT)
        & ~pl.col("word").str.contains(r"^\d+$|ly$|n't$")
    )
    words = words.with_columns(named=named)
    here = pl.col("clause")
    after = pl.when((here == here.shift(-1)) & pl.col("named").shift(-1)).then(pl.col("word").shift(-1))
    singles = words.filter("named").select("clause", term="word")
    both = words.with_columns(after=after).filter(pl.col("named") & pl.col("after").is_not_null())
    made = pl.concat([singles, both.select("clause", term=pl.col("word") + " " + pl.col("after"))]).unique(
        maintain_order=True
    )
    return made.join(said.select("clause", "review"), on="clause", maintain_order="left")
