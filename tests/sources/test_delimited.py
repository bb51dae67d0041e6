"""CSV files: every record is a row or a reject."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.errors import UnreadableDocument
from market_research.sources.parse import parse

CELL = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n", exclude_characters="\ufffd"), max_size=8
)


def parse_text(text: str, name: str = "t.csv") -> object:
    return parse(text.encode(), name)


def test_ragged_rows_are_rejected_with_their_place_and_text() -> None:
    parsed = parse(b'a,b,c\n1,27,,"too long"\n,"too short"\n0,x,17\n', "bad.csv")
    assert [row.record for row in parsed.rows] == [{"a": "0", "b": "x", "c": "17"}]
    assert [(r.locator, r.raw) for r in parsed.rejects] == [
        ("row 2", '1,27,,"too long"'),
        ("row 3", ',"too short"'),
    ]
    assert "4 fields where the header has 3" in parsed.rejects[0].reason


def test_a_quote_that_is_never_closed_costs_one_line_only() -> None:
    parsed = parse(b'a,b\n1,2\n3,"4\n5,6\n7,8\n', "q.csv")
    assert [row.record["a"] for row in parsed.rows] == ["1", "5", "7"]
    assert [(r.locator, r.reason) for r in parsed.rejects] == [("row 3", "The quoting of this line is broken.")]


def test_a_nul_byte_rejects_its_row() -> None:
    parsed = parse(b"a,b,c\n\x00,2,3\n1,2,3\n", "nul.csv")
    assert [r.reason for r in parsed.rejects] == ["The row holds a NUL byte."]
    assert len(parsed.rows) == 1


def test_bytes_that_cannot_be_decoded_reject_their_row() -> None:
    good = "Zürich,Genève\n".encode() * 20
    parsed = parse(b"a,b\n" + good + b"\xff\xfe\xfa,x\n" + good, "enc.csv")
    assert len(parsed.rows) == 40
    assert [(r.locator, r.reason) for r in parsed.rejects] == [
        ("row 22", "The row holds bytes that could not be decoded.")
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in [["name", "x", "y"], ["A, Inc", "1", "2"], ["B", "3", "4"]])
    parsed = parse(text.replace("A, Inc", '"A, Inc"' if delimiter == "," else "A, Inc").encode(), "d.csv")
    assert [row.record for row in parsed.rows] == [
        {"name": "A, Inc", "x": "1", "y": "2"},
        {"name": "B", "x": "3", "y": "4"},
    ]


def test_titles_above_the_header_become_text_and_rows_keep_their_numbers() -> None:
    parsed = parse(b"Market sizes of the world\n\nname,value\nA,1\nB,2\nC,3\n", "t.csv")
    assert [block.text for block in parsed.blocks] == ["Market sizes of the world"]
    assert [row.locator for row in parsed.rows] == ["row 4", "row 5", "row 6"]


def test_names_missing_or_repeated_in_the_header_are_made_unique() -> None:
    parsed = parse(b"a,a,\nx,y,z\n", "t.csv")
    assert parsed.rows[0].record == {"a": "x", "a_2": "y", "column_3": "z"}


def test_numbers_in_the_first_row_are_data() -> None:
    parsed = parse(b"1.5,2\n3,4\n", "t.csv")
    assert [row.record for row in parsed.rows] == [
        {"column_1": "1.5", "column_2": "2"},
        {"column_1": "3", "column_2": "4"},
    ]


def test_a_file_of_blank_lines_is_unreadable() -> None:
    with pytest.raises(UnreadableDocument, match="empty"):
        parse(b"\n\n\n", "blank.csv")


@settings(deadline=None)
@given(
    header=st.lists(st.from_regex(r"[A-Za-z]{1,6}", fullmatch=True), min_size=2, max_size=5),
    rows=st.lists(st.lists(CELL, min_size=1, max_size=7), max_size=12),
)
def test_rows_in_are_rows_plus_rejects(header: list[str], rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows(rows)
    # A lone empty or blank cell is a blank line to every reader.
    given_rows = [row for row in rows if len(row) > 1 or row[0].strip()]
    parsed = parse(buffer.getvalue().encode(), "generated.csv", media_type="text/csv")
    row_rejects = [reject for reject in parsed.rejects if "column" not in reject.locator]
    assert len(parsed.rows) + len(row_rejects) == len(given_rows)
    whole = [row for row in given_rows if len(row) == len(header)]
    assert [list(row.record.values()) for row in parsed.rows] == whole


@settings(deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_named_csv_are_parsed_or_refused(content: bytes) -> None:
    message = "any.csv"
    try:
        parse(content, "any.csv")
    except UnreadableDocument as error:
        message = str(error)
    assert "any.csv" in message
