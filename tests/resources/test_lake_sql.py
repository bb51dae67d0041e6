"""SQL over the lake: a statement sees its inputs of its industry, and nothing else."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from market_research.cleaning.schema import FACTS
from market_research.sqlfiles import SqlTable, read_all
from resources.lake import Lake
from resources.lake_sql import lake_connection, run_sql_table


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "it's a lake")


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, SqlTable]:
    for layer, name, text in (
        ("staging", "clean", "SELECT * FROM staged.raw WHERE n > 1"),
        ("marts", "total", "SELECT sum(n) AS total FROM clean"),
        ("marts", "counted", "SELECT count(*) AS n FROM staged.facts"),
    ):
        (tmp_path / "sql" / layer).mkdir(parents=True, exist_ok=True)
        (tmp_path / "sql" / layer / f"{name}.sql").write_text(f"-- {name}.\n{text}\n")
    return read_all(tmp_path / "sql")


def test_files_build_on_each_other(lake: Lake, tables: dict[str, SqlTable]) -> None:
    lake.write("staged", "raw", "chips", pl.DataFrame({"n": [1, 2, 3]}))
    lake.write("staged", "raw", "retail", pl.DataFrame({"n": [100]}))
    run_sql_table(lake, "chips", tables["clean"], tables)
    assert run_sql_table(lake, "chips", tables["total"], tables)["total"].to_list() == [5]
    assert list(lake.tables("chips")) == [("clean", "clean"), ("marts", "total"), ("staged", "raw")]


def test_parts_with_other_columns_are_one_table(lake: Lake, tables: dict[str, SqlTable]) -> None:
    lake.write("staged", "raw", "chips", pl.DataFrame({"n": [2]}), part="a")
    lake.write("staged", "raw", "chips", pl.DataFrame({"n": [3], "more": ["x"]}), part="b")
    assert run_sql_table(lake, "chips", tables["clean"], tables).rows() == [(2, None), (3, "x")]


def test_a_declared_table_that_was_never_written_is_empty(lake: Lake, tables: dict[str, SqlTable]) -> None:
    assert FACTS.name == "facts"
    assert run_sql_table(lake, "chips", tables["counted"], tables)["n"].to_list() == [0]


def test_an_input_that_has_not_been_made_is_named(lake: Lake, tables: dict[str, SqlTable]) -> None:
    with pytest.raises(FileNotFoundError, match="clean/clean has not been made for chips"):
        run_sql_table(lake, "chips", tables["total"], tables)


def test_what_is_no_input_is_not_there(lake: Lake, tables: dict[str, SqlTable]) -> None:
    lake.write("staged", "raw", "chips", pl.DataFrame({"n": [1]}))
    with (
        lake_connection(lake, "chips", [("staged", "raw")], tables) as connection,
        pytest.raises(duckdb.CatalogException),
    ):
        connection.sql("SELECT * FROM staged.facts")


def test_times_are_utc(lake: Lake, tables: dict[str, SqlTable]) -> None:
    with lake_connection(lake, "chips", [], tables) as connection:
        assert connection.sql("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
