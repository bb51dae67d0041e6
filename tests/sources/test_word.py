"""Word documents: headings, paragraphs, tables."""

import io

import docx
import pytest

from market_research.errors import UnreadableDocument
from market_research.sources.locate import excerpt
from market_research.sources.parse import parse


def document() -> bytes:
    made = docx.Document()
    made.core_properties.title = "Chip study"
    made.add_heading("Market", 1)
    made.add_paragraph("It grows.")
    made.add_heading("Europe", 2)
    made.add_paragraph("It grows slowly.")
    table = made.add_table(rows=2, cols=3)
    for row, texts in zip(table.rows, [("company", "year", "revenue (€ millions)"), ("A", "2024", "7")], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    made.add_heading("Asia", 2)
    made.add_paragraph("It booms.")
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_paragraphs_stand_under_their_headings() -> None:
    parsed = parse(document(), "study.docx")
    assert [(b.locator, b.headings, b.text) for b in parsed.blocks if b.locator.startswith("paragraph")] == [
        ("paragraph 2", ("Market",), "It grows."),
        ("paragraph 4", ("Market", "Europe"), "It grows slowly."),
        ("paragraph 6", ("Market", "Asia"), "It booms."),
    ]
    assert parsed.title == "Chip study"


def test_tables_give_rows_and_numbers() -> None:
    content = document()
    number = parse(content, "study.docx").numbers[0]
    assert (number.value, number.unit) == (7_000_000, "EUR")
    assert number.locator == 'table 1, row 2, column "revenue (€ millions)"'
    assert excerpt(content, "study.docx", number.locator) == "7"


def test_places_lead_back_to_the_text() -> None:
    content = document()
    for block in parse(content, "study.docx").blocks:
        assert (excerpt(content, "study.docx", block.locator) or "").replace(" |", "") == block.text.replace(" |", "")


def test_a_damaged_document_is_unreadable() -> None:
    with pytest.raises(UnreadableDocument, match=r"cut\.docx: damaged"):
        parse(document()[:2000], "cut.docx")
