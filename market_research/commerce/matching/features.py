"""What speaks for and against a pair of offers being one product, as numbers that mean the same in every catalogue."""

from typing import TYPE_CHECKING

import polars as pl

from market_research.commerce.matching.blocking import Views
from market_research.commerce.matching.codes import shared_codes
from market_research.commerce.matching.vectors import products

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURES = {
    "similarity": "mean of texts, letters and, where there are embeddings, meaning",
    "words": "cosine of the words of both names, rare words weighing more",
    "texts": "the same of the words of name, brand, model and description",
    "letters": "cosine of the runs of four letters of the names, which sees numbers however they are parted",
    "contained": "share of one name's words, by weight, that the other offer has; the larger of the two",
    "spelling": "likeness of the names' letters, whatever the order of words",
    "meaning": "cosine of the embeddings, 0.3 (strangers) as 0",
    "code": "2/n where the rarest model number that both have is in n offers' texts, 0 where they share none",
    "model": "1 stated models are equal or one is in the other's name, 0.7 one begins with the other, -1 they differ",
    "brand": "1 the brand of one is in the other's brand or name, -1 they differ",
    "gtin": "1 same trade item number, -1 another",
    "quantities": "1 the same sizes and counts in the names, -1 other ones",
    "price": "natural logarithm of the larger price over the smaller, at most 3 (twenty times)",
}
"""Columns of features; null where one of the two offers does not say."""
LEAST_WITHIN = 4
"""Shorter model numbers are found within other words by chance."""
LARGEST_GAP = 3.0
_PAIRS_AT_ONCE = 50_000
_STRANGERS = 0.3


def compared(offers: pl.DataFrame, seen: Views, pairs: pl.DataFrame) -> pl.DataFrame:
    """``pairs`` (a, b: rows of prepared offers) with a column for each of ``FEATURES``."""
    code = shared_codes(offers["codes"], pairs["a"].to_numpy(), pairs["b"].to_numpy())
    fields = offers.select("own_code", "maker", "gtin14", "quantities", "price", "compact")
    names = offers["text"].to_list()
    known = pairs.select("a", "b", code=_numbers(code).fill_nan(None))
    parts = known.iter_slices(_PAIRS_AT_ONCE) if known.height else [known]
    return pl.concat([_compared(seen, names, fields, part) for part in parts])


def _compared(seen: Views, names: list[str], fields: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    from rapidfuzz import fuzz, process

    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    spelling = process.cpdist([names[at] for at in a], [names[at] for at in b], scorer=fuzz.token_sort_ratio)
    made = pairs.with_columns(
        words=_numbers(products(seen.words, seen.words, a, b)),
        texts=_numbers(products(seen.texts, seen.texts, a, b)),
        letters=_numbers(products(seen.letters, seen.letters, a, b)),
        contained=_numbers(_contained(seen, a, b)),
        spelling=pl.Series(spelling, dtype=pl.Float64) / 100,
        meaning=pl.Series([None] * len(a), dtype=pl.Float64) if seen.meaning is None else _meaning(seen.meaning, a, b),
    )
    both = pl.concat(
        [made, fields[a].rename(lambda name: f"{name}_a"), fields[b].rename(lambda name: f"{name}_b")],
        how="horizontal",
    )
    both = both.with_columns(
        similarity=pl.mean_horizontal("texts", "letters", "meaning"),
        model=_model(),
        brand=_brand(),
        gtin=_gtin(),
        quantities=_quantities(),
        price=(pl.col("price_a") / pl.col("price_b")).log().abs().clip(0, LARGEST_GAP),
    )
    return both.select("a", "b", *(pl.col(name).cast(pl.Float64).round(6) for name in FEATURES))


def _numbers(values: "NDArray[np.float64]") -> pl.Series:
    return pl.Series(values, dtype=pl.Float64)


def _meaning(vectors: "NDArray[np.float32]", a: "NDArray[np.int64]", b: "NDArray[np.int64]") -> pl.Series:
    import numpy as np

    cosine = np.concatenate(
        [np.empty(0, np.float32)]
        + [
            np.einsum("ij,ij->i", vectors[a[at : at + 50_000]], vectors[b[at : at + 50_000]])
            for at in range(0, len(a), 50_000)
        ]
    )
    return _numbers(np.clip((cosine.astype(np.float64) - _STRANGERS) / (1 - _STRANGERS), 0, 1))


def _contained(seen: Views, a: "NDArray[np.int64]", b: "NDArray[np.int64]") -> "NDArray[np.float64]":
    import numpy as np

    squared, has = seen.words.copy(), seen.texts.copy()
    squared.data **= 2
    has.data[:] = 1
    return np.maximum(products(squared, has, a, b), products(squared, has, b, a))


def _within(short: pl.Expr, long: pl.Expr) -> pl.Expr:
    return ((short.str.len_chars() >= LEAST_WITHIN) & long.str.contains(short, literal=True)).fill_null(value=False)


def _model() -> pl.Expr:
    one, other = pl.col("own_code_a"), pl.col("own_code_b")
    begins = (one.str.starts_with(other) | other.str.starts_with(one)) & (
        pl.min_horizontal(one.str.len_chars(), other.str.len_chars()) >= LEAST_WITHIN
    )
    return (
        pl.when((one == other) | _within(one, pl.col("compact_b")) | _within(other, pl.col("compact_a")))
        .then(1.0)
        .when(begins)
        .then(0.7)
        .when(one.is_not_null() & other.is_not_null())
        .then(-1.0)
    )


def _brand() -> pl.Expr:
    one, other = pl.col("maker_a"), pl.col("maker_b")
    inside = pl.any_horizontal(
        pl.col("compact_b").str.contains(one, literal=True),
        pl.col("compact_a").str.contains(other, literal=True),
        one.str.contains(other, literal=True),
        other.str.contains(one, literal=True),
    )
    return pl.when(inside).then(1.0).when(one.is_not_null() & other.is_not_null()).then(-1.0)


def _gtin() -> pl.Expr:
    one, other = pl.col("gtin14_a"), pl.col("gtin14_b")
    return pl.when(one == other).then(1.0).when(one != other).then(-1.0)


def _quantities() -> pl.Expr:
    one, other = pl.col("quantities_a"), pl.col("quantities_b")
    fewer = pl.min_horizontal(one.list.len(), other.list.len())
    return pl.when(fewer > 0).then(2.0 * one.list.set_intersection(other).list.len() / fewer - 1)
