"""Two versions side by side: which records the second one is given."""

import polars as pl

_DIGITS = 8


def is_challengers(ids: pl.Expr, share: float) -> pl.Expr:
    """True for records that the challenger is given: a fixed ``share`` (0 to 1) of them, told by their id.

    Ids end in hexadecimal digits of a hash, so the last ones are as good as a draw, and the same on every machine. A
    record that belongs to a share belongs to every larger one.
    """
    drawn = ids.str.slice(-_DIGITS).str.to_integer(base=16, dtype=pl.Int64)
    return drawn < share * 16**_DIGITS
