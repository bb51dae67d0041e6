"""The data dictionary is made from the registry and the SQL files, and the page in docs/ is the present one."""

import polars as pl
import pytest
from typer.testing import CliRunner

from market_research.cleaning.schema import TABLES
from market_research.cli import app
from market_research.dictionary import columns, markdown
from market_research.errors import NotFound
from market_research.settings import PROJECT_ROOT, SQL_FOLDER
from market_research.sqlfiles import read_all, read_views

PAGE = PROJECT_ROOT / "docs" / "data-dictionary.md"


def test_the_page_is_up_to_date() -> None:
    made = markdown([*read_all(SQL_FOLDER).values(), *read_views(SQL_FOLDER).values()])
    assert PAGE.read_text("utf-8") == made, (
        "run: market-research dictionary --format markdown > docs/data-dictionary.md"
    )


def test_every_column_of_every_table_is_listed_with_its_rules() -> None:
    listed = columns()
    assert listed.height == sum(len(table.columns) for table in TABLES.values())
    close = listed.row(by_predicate=(pl.col("table") == "prices") & (pl.col("column") == "close"), named=True)
    assert (close["type"], close["nullable"], close["rules"]) == ("Float64", "", "at least 0")
    keys = listed.row(by_predicate=(pl.col("table") == "facts") & (pl.col("column") == "fact_id"), named=True)
    assert keys["key"] == "yes"


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(NotFound, match="no table 'wages'"):
        columns(["wages"])


def test_the_command_prints_the_page() -> None:
    done = CliRunner().invoke(app, ["dictionary", "--format", "markdown"])
    assert done.exit_code == 0
    assert done.stdout == PAGE.read_text("utf-8")
