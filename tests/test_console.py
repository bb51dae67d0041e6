"""What commands print for programs: CSV that no spreadsheet runs."""

import csv
import io
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research import console

RUNS = re.compile(r"^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")
NUMBER = re.compile(r"^[+-]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s?%?$")


def cells(frame: pl.DataFrame, *, raw: bool = False) -> list[list[str]]:
    return [*csv.reader(io.StringIO(console.csv(frame, raw=raw), newline=""))]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "=cmd|' /C calc'!A0", "+1+cmd", "-1+cmd|x", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "＝1+1", "-", "=-5"],
)
def test_a_text_that_a_spreadsheet_would_run_is_marked_as_text(text: str) -> None:
    frame = pl.DataFrame({"note": [text]})
    assert cells(frame)[1] == [f"'{text}"]
    assert cells(frame, raw=True)[1] == [text]


@pytest.mark.parametrize("text", ["-12.5", "+3", "-1,234.50", "-5 %", "-1e-7", "a=b", "x@y", "12-13", "", "'=1"])
def test_numbers_and_other_texts_stay_as_they_are(text: str) -> None:
    assert cells(pl.DataFrame({"note": [text, "end"]}))[1] == [text]


def test_negative_numbers_stay_numbers_and_names_of_columns_are_marked_too() -> None:
    frame = pl.DataFrame({"=HYPERLINK(1)": [-1.5, 2.0], "n": [-3, 4], "tags": [["=1"], None]})
    assert cells(frame) == [["'=HYPERLINK(1)", "n", "tags"], ["-1.5", "-3", '["=1"]'], ["2.0", "4", ""]]


@settings(max_examples=200)
@given(st.lists(st.text(alphabet="=+-@\t\r\n ＝a1.,%'\"", max_size=6), min_size=1, max_size=5))
def test_no_cell_of_a_text_column_begins_like_a_formula(texts: list[str]) -> None:
    for cell, text in zip((row[0] for row in cells(pl.DataFrame({"t": texts, "n": 1}))[1:]), texts, strict=True):
        assert not RUNS.match(cell) or NUMBER.match(cell)
        assert cell.removeprefix("'") == text or cell == text
