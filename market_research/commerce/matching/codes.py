"""Model numbers that two offers share, whole or as a part of a longer one, and how rare what they share is."""

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST_PART = 4
"""A shorter part of a model number is in another by chance."""
_PAIRS_AT_ONCE = 20_000


def shared_codes(
    codes: pl.Series, at_left: "NDArray[np.int64]", at_right: "NDArray[np.int64]"
) -> "NDArray[np.float64]":
    """For each pair of rows of ``codes`` (lists): how rare the rarest code is that one has whole and the other too.

    FS105 and FS105NA share FS105; NKF00008 and NKF00001 share nothing, for neither has the whole of the other. 1 if no
    third offer has it, 2/n if n offers have it; 0 if nothing is shared; not a number if one of the two has no code.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    terms = _terms(codes)
    size = (len(codes), int(terms["column"].max() or 0) + 1)  # type: ignore[arg-type]

    def matrix(rows: pl.DataFrame, values: "NDArray[np.float64]") -> "csr_matrix":
        return csr_matrix((values, (rows["row"].to_numpy(), rows["column"].to_numpy())), shape=size)

    parts = matrix(terms, 2 / terms["offers"].to_numpy())
    is_whole = terms.filter("whole")
    whole = matrix(is_whole, np.ones(is_whole.height))
    found = [np.empty(0)]
    for start in range(0, len(at_left), _PAIRS_AT_ONCE):
        one, other = at_left[start : start + _PAIRS_AT_ONCE], at_right[start : start + _PAIRS_AT_ONCE]
        ways = (parts[a].multiply(whole[b]).max(axis=1).toarray().ravel() for a, b in ((one, other), (other, one)))
        found.append(np.maximum(*ways))
    has = codes.list.len().to_numpy() > 0
    return np.where(has[at_left] & has[at_right], np.concatenate(found), np.nan)


def _terms(codes: pl.Series) -> pl.DataFrame:
    """Codes and their parts that more than one offer has: row, column, whole, offers (how many have it)."""
    long = pl.DataFrame({"row": pl.int_range(len(codes), eager=True), "code": codes}).explode(
        "code", empty_as_null=False, keep_nulls=False
    )
    unique = long["code"].unique().sort()
    parts = pl.DataFrame(
        {"code": unique, "term": pl.Series([_parts(code) for code in unique], dtype=pl.List(pl.String))}
    ).explode("term", empty_as_null=False, keep_nulls=False)
    return (
        long.join(parts, on="code")
        .group_by("row", "term")
        .agg(whole=(pl.col("code") == pl.col("term")).any())
        .with_columns(offers=pl.len().over("term"))
        .filter(pl.col("offers") > 1)
        .with_columns(column=pl.col("term").rank("dense").cast(pl.Int64) - 1)
        .sort("row", "column")
    )


def _parts(code: str) -> list[str]:
    """The code and its parts that have a digit."""
    runs = {code[start:end] for start in range(len(code)) for end in range(start + SHORTEST_PART, len(code) + 1)}
    return sorted({code, *(run for run in runs if not run.isalpha())})
