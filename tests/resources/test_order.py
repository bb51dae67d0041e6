"""Proof that rows are sorted by their key, found a slice at a time."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.order import strictly_rising

SCHEMA = {"symbol": pl.String, "day": pl.Int64}
rows = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.one_of(st.none(), st.integers(0, 3))), min_size=1, max_size=6
)


def rises(table: list[tuple[str | None, int | None]]) -> bool:
    """Of rows without nulls, by comparing neighbours."""
    turned = [row[::-1] for row in table]
    return any(
        all(
            before < after  # type: ignore[operator]
            for before, after in pairwise(rows)
        )
        for rows in (table, turned)
    )


@settings(max_examples=200, deadline=None)
@given(table=st.one_of(rows, rows.map(lambda table: sorted(set(table), key=repr))), size=st.integers(1, 4))
def test_rows_said_to_rise_do_in_slices_of_any_size_and_files_of_any_number(
    table: list[tuple[str | None, int | None]], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("order")
    frame = pl.DataFrame(table, schema=SCHEMA, orient="row")
    frame[:3].write_parquet(folder / "0.parquet")
    frame[3:].write_parquet(folder / "1.parquet")
    found = strictly_rising([folder / "0.parquet", folder / "1.parquet"], ["symbol", "day"], rows=size)
    if found:
        assert len(set(table)) == len(table), "what rises repeats nothing"
    if not any(None in row for row in table):
        assert found == rises(table)


def test_no_rows_rise(tmp_path: Path) -> None:
    pl.DataFrame(schema=SCHEMA).write_parquet(tmp_path / "0.parquet")
    assert strictly_rising([tmp_path / "0.parquet"], ["symbol", "day"])
