"""Whether rows are sorted by their key: most files are, and then no key repeats, which is cheap to see."""

from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path

import polars as pl

SLICE_ROWS = 4_000_000


def strictly_rising(paths: Sequence[Path], key: Sequence[str], *, rows: int = SLICE_ROWS) -> bool:
    """True if the rows of Parquet files, one after the other, rise by their key, its last two columns in either order.

    Each row comes after the one before it; a null comes after nothing. Some million rows are held at a time.
    """
    orders = [tuple(key)]
    if len(key) > 1:
        orders.append((*key[:-2], key[-1], key[-2]))
    last: pl.DataFrame | None = None
    for rows_now in _slices(paths, key, rows):
        frame = rows_now if last is None else pl.concat([last, rows_now])
        rises = frame.select(
            _after(order).slice(1).fill_null(False).all().alias(str(number)) for number, order in enumerate(orders)
        )
        orders = [order for number, order in enumerate(orders) if rises[str(number)][0]]
        if not orders:
            return False
        last = frame.tail(1)
    return True


def _slices(paths: Sequence[Path], key: Sequence[str], rows: int) -> Iterator[pl.DataFrame]:
    for path in paths:
        scan = pl.scan_parquet(path).select(key)
        height = pl.scan_parquet(path).select(pl.len()).collect().item()
        for start in range(0, height, rows):
            yield scan.slice(start, rows).collect()


def _after(columns: Sequence[str]) -> pl.Expr:
    """Whether a row comes after the one before it, by these columns in this order."""

    def with_column(rest: pl.Expr, name: str) -> pl.Expr:
        now, before = pl.col(name), pl.col(name).shift()
        return (now > before) | ((now == before) & rest)

    return reduce(with_column, reversed(columns), pl.lit(False))
