"""Offers as sparse vectors of weighted terms, and which vectors of two sets are nearest to each other."""

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

_ROWS_AT_ONCE, _DENSE_AT_ONCE, _PAIRS_AT_ONCE = 1_000, 250, 20_000


def weighted(terms: pl.Series) -> "csr_matrix":
    """One row of unit length for each list of terms; a term weighs the more, the fewer lists have it."""
    import numpy as np
    from scipy.sparse import csr_matrix

    rows = len(terms)
    long = (
        pl.DataFrame({"row": np.arange(rows, dtype=np.int64), "term": terms})
        .explode("term", empty_as_null=False, keep_nulls=False)
        .group_by("row", "term")
        .len("times")
        .with_columns(shared=pl.len().over("term"), column=pl.col("term").rank("dense") - 1)
        .sort("row", "column")
        .with_columns(weight=(1 + pl.col("times").log()) * (1 + rows / pl.col("shared")).log())
        .with_columns(weight=pl.col("weight") / (pl.col("weight") ** 2).sum().sqrt().over("row"))
    )
    columns = int(long["column"].max() or 0) + 1  # type: ignore[arg-type]
    return csr_matrix(
        (long["weight"].to_numpy().astype(np.float32), (long["row"].to_numpy(), long["column"].to_numpy())),
        shape=(rows, columns),
    )


def letters(texts: pl.Series, length: int) -> pl.Series:
    """Every run of so many letters and digits of each text, as a list; a shorter text is its own only run."""
    return pl.Series([[text[at : at + length] for at in range(max(1, len(text) - length + 1))] for text in texts])


def rare_only(matrix: "csr_matrix", most: int) -> "csr_matrix":
    """The vectors without terms that more than ``most`` of them have: those cost much and tell little."""
    import numpy as np

    shared = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return matrix[:, np.flatnonzero(shared <= most)].tocsr()


def nearest(left: "csr_matrix", right: "csr_matrix", count: int) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Rows of ``left`` with the ``count`` rows of ``right`` that have the largest products with each."""
    import numpy as np

    turned = right.T.tocsr()
    found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for start in range(0, left.shape[0], _ROWS_AT_ONCE):
        product = (left[start : start + _ROWS_AT_ONCE] @ turned).tocoo()
        # Ties go to the lower place, so that the order of summing decides nothing.
        order = np.lexsort((product.col, -np.round(product.data, 5), product.row))
        rows, columns = product.row[order].astype(np.int64), product.col[order].astype(np.int64)
        rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
        kept = rank < count
        found.append((rows[kept] + start, columns[kept]))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([columns for _, columns in found])


def nearest_dense(
    left: "NDArray[np.float32]", right: "NDArray[np.float32]", count: int
) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """The same of vectors whose every place is filled, by comparing all: 20,000 with 20,000 takes seconds."""
    import numpy as np

    kept = min(count, len(right))
    if not kept or not len(left):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    columns = [np.empty((0, kept), np.int64)]
    for start in range(0, len(left), _DENSE_AT_ONCE):
        product = left[start : start + _DENSE_AT_ONCE] @ right.T
        columns.append(np.argpartition(product, -kept, axis=1)[:, -kept:].copy())  # a view would keep it all
    return np.repeat(np.arange(len(left), dtype=np.int64), kept), np.concatenate(columns).ravel()


def products(
    left: "csr_matrix", right: "csr_matrix", at_left: "NDArray[np.int64]", at_right: "NDArray[np.int64]"
) -> "NDArray[np.float64]":
    """The product of each pair of rows."""
    import numpy as np

    made = [np.empty(0)]
    for start in range(0, len(at_left), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        made.append(np.asarray(left[at_left[part]].multiply(right[at_right[part]]).sum(axis=1)).ravel())
    return np.concatenate(made)
