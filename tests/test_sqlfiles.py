"""SQL files as tables: name, description and inputs are read from the file, and mistakes are named."""

from pathlib import Path

import pytest

from market_research.errors import InvalidInput
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read, read_all


def sql(folder: Path, name: str, text: str, layer: str = "marts") -> Path:
    path = folder / layer / f"{name}.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_a_file_says_what_it_is_and_reads(tmp_path: Path) -> None:
    table = read(
        sql(
            tmp_path,
            "shares",
            "-- Shares of revenue.\n-- By year.\n"
            "WITH r AS (SELECT * FROM staged.facts JOIN sizes USING (year)) SELECT * FROM r, reference.companies",
        )
    )
    assert (table.name, table.layer) == ("shares", "marts")
    assert table.description == "Shares of revenue.\nBy year."
    assert table.inputs == (("", "sizes"), ("reference", "companies"), ("staged", "facts"))


def test_functions_and_aliases_are_no_inputs(tmp_path: Path) -> None:
    path = sql(tmp_path, "x", "-- X.\nSELECT y.n FROM range(3) AS y(n), unnest([1]) AS u")
    assert read(path).inputs == ()


def test_version_changes_with_the_statement(tmp_path: Path) -> None:
    first = read(sql(tmp_path, "x", "-- X.\nSELECT 1"))
    assert read(sql(tmp_path, "x", "-- X.\nSELECT 2")).version != first.version


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT 1", "must open with a comment"),
        ("-- X.\nSELECT 1; SELECT 2", "exactly one SELECT"),
        ("-- X.\nDROP TABLE facts", "exactly one SELECT"),
        ("-- X.\nCOPY (SELECT 1) TO 'x.csv'", "exactly one SELECT"),
        ("-- X.", "exactly one SELECT"),
        ("-- X.\nSELECT FROM WHERE", r"x\.sql"),
        ("-- X.\nSELECT * FROM secret.facts", "unknown schema 'secret'"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(sql(tmp_path, "x", text))


def test_tables_come_after_their_inputs(tmp_path: Path) -> None:
    sql(tmp_path, "a", "-- A.\nSELECT * FROM c")
    sql(tmp_path, "b", "-- B.\nSELECT * FROM a JOIN c USING (x)")
    sql(tmp_path, "c", "-- C.\nSELECT * FROM staged.facts", layer="staging")
    assert list(read_all(tmp_path)) == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"a": "SELECT * FROM b"}, "there is no b.sql"),
        ({"a": "SELECT * FROM b", "b": "SELECT * FROM a"}, "circle: a -> b -> a"),
    ],
)
def test_references_that_lead_nowhere_or_in_a_circle(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    for name, text in files.items():
        sql(tmp_path, name, f"-- {name}.\n{text}")
    with pytest.raises(InvalidInput, match=problem):
        read_all(tmp_path)


def test_two_files_of_one_name(tmp_path: Path) -> None:
    sql(tmp_path, "a", "-- A.\nSELECT 1")
    sql(tmp_path, "a", "-- A.\nSELECT 2", layer="staging")
    with pytest.raises(InvalidInput, match=r"a\.sql"):
        read_all(tmp_path)


def test_the_project_s_own_files_are_right() -> None:
    tables = read_all(SQL_FOLDER)
    assert {"facts", "annual_facts", "market_share", "market_size"} <= set(tables)
    assert all(table.description.endswith((".", ")")) for table in tables.values())
