"""Which pairs of offers are worth a closer look: the neighbours of each by words, by letters, by codes, by meaning."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from market_research.commerce.matching.vectors import letters, nearest, nearest_dense, rare_only, weighted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

NEIGHBOURS = 5
"""Nearest offers that each way of looking adds for each offer."""
_RUN = 4
_MOST_SHARED = 300
"""Terms that more offers have find no pairs: the work grows with the square of it, not with the catalogue's."""
_MOST_SAME_KEY = 50


@dataclass(frozen=True)
class Views:
    """The offers as vectors, a row for each: words of the name, of all texts, runs of letters, codes, meaning."""

    words: "csr_matrix"
    texts: "csr_matrix"
    letters: "csr_matrix"
    codes: "csr_matrix"
    meaning: "NDArray[np.float32] | None"


def views(offers: pl.DataFrame, embeddings: "NDArray[np.float32] | None") -> Views:
    """Vectors of prepared offers; ``embeddings`` has a row for each in the order in which they were given."""
    both = weighted(pl.concat([offers["words"], offers["all_words"]]))  # one vocabulary, to find one among the other
    return Views(
        both[: offers.height],
        both[offers.height :],
        weighted(letters(offers["compact"], _RUN)),
        weighted(offers["codes"]),
        None if embeddings is None else embeddings[offers["row"].to_numpy()],
    )


def candidates(offers: pl.DataFrame, seen: Views, left: str, right: str) -> pl.DataFrame:
    """Pairs of rows of prepared offers, the first of marketplace ``left``, the second of ``right``: a, b."""
    import numpy as np

    places = offers["marketplace"].to_numpy()
    lefts, rights = np.flatnonzero(places == left), np.flatnonzero(places == right)
    found = [_of_keys(offers, left, right)]
    for view in (seen.texts, seen.letters, seen.codes):
        rare = rare_only(view, _MOST_SHARED)
        one, other = rare[lefts], rare[rights]
        found.append(_pairs(lefts, rights, *nearest(one, other, NEIGHBOURS)))
        found.append(_pairs(lefts, rights, *nearest(other, one, NEIGHBOURS)[::-1]))
    if seen.meaning is not None:
        one, other = seen.meaning[lefts], seen.meaning[rights]
        found.append(_pairs(lefts, rights, *nearest_dense(one, other, NEIGHBOURS)))
        found.append(_pairs(lefts, rights, *nearest_dense(other, one, NEIGHBOURS)[::-1]))
    pairs = pl.concat(found).unique()
    if left == right:
        pairs = pairs.select(a=pl.min_horizontal("a", "b"), b=pl.max_horizontal("a", "b")).filter(
            pl.col("a") != pl.col("b")
        )
    return pairs.unique().sort("a", "b")


def _pairs(
    lefts: "NDArray[np.int64]", rights: "NDArray[np.int64]", one: "NDArray[np.int64]", other: "NDArray[np.int64]"
) -> pl.DataFrame:
    return pl.DataFrame({"a": lefts[one], "b": rights[other]}, schema={"a": pl.Int64, "b": pl.Int64})


def _of_keys(offers: pl.DataFrame, left: str, right: str) -> pl.DataFrame:
    """Pairs with the same trade item number or the same stated model."""
    numbered = offers.select("marketplace", "gtin14", "own_code", at=pl.int_range(pl.len(), dtype=pl.Int64))
    found = [pl.DataFrame(schema={"a": pl.Int64, "b": pl.Int64})]
    for key in ("gtin14", "own_code"):
        kept = numbered.drop_nulls(key).filter(pl.len().over("marketplace", key) <= _MOST_SAME_KEY)
        one, other = (kept.filter(pl.col("marketplace") == place) for place in (left, right))
        found.append(one.join(other, on=key, suffix="_b").select(a="at", b="at_b"))
    return pl.concat(found)
