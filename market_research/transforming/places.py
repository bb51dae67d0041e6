"""Places of rows that rules made of several: the rows as read, runs of them as one span."""

from collections.abc import Sequence

import polars as pl

from market_research.transforming.working import ID

MOST_RUNS = 20
AND, TO = "; ", " to "


def places_of_made(members: pl.DataFrame, places: Sequence[str]) -> dict[int, str]:
    """The place of every made row: ``row 2; row 5 to row 9``; of very many runs one span that says how many it holds.

    ``members`` are pairs of made row and row as read, ``places`` the places of rows as read.
    """
    ordered = members.unique().sort(ID, "member")
    runs = (
        ordered.with_columns(gap=(pl.col("member").diff().over(ID) != 1).fill_null(value=True))
        .with_columns(run=pl.col("gap").cast(pl.Int64).cum_sum().over(ID))
        .group_by(ID, "run", maintain_order=True)
        .agg(first=pl.col("member").first(), last=pl.col("member").last())
        .group_by(ID, maintain_order=True)
        .agg("first", "last")
    )
    return {made: _place(first, last, places) for made, first, last in runs.rows()}


def _place(first: list[int], last: list[int], places: Sequence[str]) -> str:
    if len(first) > MOST_RUNS:
        count = sum(end - start + 1 for start, end in zip(first, last, strict=True))
        return f"{places[first[0]]}{TO}{places[last[-1]]} ({count} of these rows)"
    return AND.join(
        places[start] if start == end else f"{places[start]}{TO}{places[end]}"
        for start, end in zip(first, last, strict=True)
    )
