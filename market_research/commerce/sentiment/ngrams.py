"""Words and pairs of words of many texts at once, weighted by how rare they are."""

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

WORD = r"[\p{L}\p{N}]+(?:['’][\p{L}]+)*"
TERM = r"[\p{L}\p{N}]{2,}"
"""What the model counts: no letters by themselves, which say nothing."""
LEAST_TEXTS = 2
MOST_TERMS = 20_000
MOST_CHARACTERS = 20_000
"""What of a text is read for its words; a review of 100 KB says no more after a tenth of it."""


def words(texts: pl.Series, pattern: str = WORD) -> pl.DataFrame:
    """All words in lower case in their order: ``row`` (of the text, from 0), ``word``."""
    found = texts.fill_null("").str.head(MOST_CHARACTERS).str.to_lowercase().str.replace_all("’", "'", literal=True)
    return (
        pl.DataFrame(
            {"row": pl.int_range(len(texts), dtype=pl.Int64, eager=True), "word": found.str.extract_all(pattern)}
        )
        .explode("word", empty_as_null=False)
        .cast({"word": pl.String})
    )


def with_pairs(found: pl.DataFrame) -> pl.DataFrame:
    """How often each word and each pair of neighbours is in each text: ``row``, ``term``, ``times``."""
    after = pl.when(pl.col("row") == pl.col("row").shift(-1)).then(pl.col("word").shift(-1))
    pairs = found.select("row", term=pl.col("word") + " " + after).drop_nulls()
    terms = pl.concat([found.select("row", term="word"), pairs])
    return terms.group_by("row", "term").agg(times=pl.len())


def vocabulary(counted: pl.DataFrame, texts: int) -> pl.DataFrame:
    """The terms of two texts or more with their inverse document frequency: ``term``, ``rarity``, ``place``."""
    return (
        counted.group_by("term")
        .agg(held=pl.len())
        .filter(pl.col("held") >= LEAST_TEXTS)
        .sort(["held", "term"], descending=[True, False])
        .head(MOST_TERMS)
        .sort("term")
        .select("term", rarity=((1 + texts) / (1 + pl.col("held"))).log() + 1)
        .with_row_index("place")
    )


def weighted(counted: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """``row``, ``place`` of the term and ``weight``; the weights of a text have the length 1 together."""
    known = counted.join(terms, on="term").with_columns(weight=(1 + pl.col("times").log()) * pl.col("rarity"))
    length = pl.col("weight").pow(2).sum().over("row").sqrt()
    return known.select("row", "place", weight=pl.col("weight") / length).sort("row", "place")


def matrix(weights: pl.DataFrame, texts: int, terms: int) -> "csr_matrix":
    """The same as a sparse matrix, one row a text."""
    from scipy.sparse import csr_matrix

    places = (weights["row"].to_numpy(), weights["place"].to_numpy())
    return csr_matrix((weights["weight"].to_numpy(), places), shape=(texts, terms))
