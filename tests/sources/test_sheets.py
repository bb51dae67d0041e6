"""Excel workbooks and Parquet files."""

import io
import struct
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from market_research.errors import UnreadableDocument
from market_research.sources.locate import excerpt
from market_research.sources.parse import parse
from tests.workbooks import workbook


def test_a_sheet_is_a_table_with_the_rows_that_excel_shows() -> None:
    content = workbook([["Sales of the year"], [], ["company", "year", "revenue ($ millions)"], ["A", 2024.0, 12.5]])
    parsed = parse(content, "sales.xlsx")
    number = parsed.numbers[0]
    assert number.locator == 'sheet "Data", row 4, column "revenue ($ millions)"'
    assert (number.entity, number.value, number.fiscal_year) == ("A", 12_500_000, 2024)
    assert excerpt(content, "sales.xlsx", number.locator) == number.raw
    assert [block.text for block in parsed.blocks] == ["Sales of the year"]


def test_a_damaged_workbook_is_unreadable() -> None:
    content = workbook([["a", "b"], ["1", "2"]])
    with pytest.raises(UnreadableDocument, match=r"cut\.xlsx: damaged"):
        parse(content[: len(content) // 2], "cut.xlsx")


def test_a_workbook_that_would_unpack_to_too_much_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "x")
        archive.writestr("xl/bomb.xml", b"\0" * (210 * 1024 * 1024))
    with pytest.raises(UnreadableDocument, match="unpacks to 210 MB"):
        parse(buffer.getvalue(), "bomb.xlsx")


def test_a_parquet_file_keeps_dates_and_numbers() -> None:
    frame = pl.DataFrame(
        {"company": ["A", "B"], "period_end": [date(2024, 12, 31), date(2024, 12, 31)], "revenue": [1.5, None]}
    )
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    parsed = parse(buffer.getvalue(), "t.parquet")
    assert parsed.rows[0].record == {"company": "A", "period_end": "2024-12-31", "revenue": "1.5"}
    number = parsed.numbers[0]
    assert (number.locator, number.period_end) == ('row 1, column "revenue"', date(2024, 12, 31))
    assert excerpt(buffer.getvalue(), "t.parquet", number.locator) == "1.5"


def test_nested_and_binary_columns_of_parquet_are_texts_but_no_numbers_and_no_dimensions() -> None:
    frame = pl.DataFrame(
        {"company": ["A"], "year": [2024], "users": [2], "tags": [["x"]], "more": [{"a": 1}], "b": [b"9"]}
    )
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    parsed = parse(buffer.getvalue(), "t.parquet")
    assert [parsed.rows[0].record[name] for name in ("tags", "more", "b")] == ['["x"]', '{"a": 1}', "0x39"]
    assert [(number.concept, number.dimensions) for number in parsed.numbers] == [("users", "b=0x39")]


def test_a_truncated_parquet_file_is_unreadable() -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"a": [1, 2]}).write_parquet(buffer)
    for content in (buffer.getvalue()[:-20], b"PAR1" + struct.pack("<I", 9) + b"PAR1"):
        with pytest.raises(UnreadableDocument, match=r"t\.parquet: the Parquet file cannot be read"):
            parse(content, "t.parquet")


def test_real_parquet_rows_are_complete(real_data: Path) -> None:
    path = real_data / "sec_xbrl_facts" / "companies_sample.parquet"
    parsed = parse(path.read_bytes(), path.name)
    assert len(parsed.rows) + len([r for r in parsed.rejects if "column" not in r.locator]) == 28_071
