"""Markdown and plain text."""

from market_research.sources.locate import excerpt
from market_research.sources.parse import parse

NOTE = """# Chips

Intro with **bold** and [a link](http://x.test).

## Europe

- first point
- second point

| company | year | revenue ($) |
|---|---|---|
| A | 2024 | 5 |
"""


def test_markdown_is_read_under_its_headings() -> None:
    parsed = parse(NOTE.encode(), "note.md")
    assert [(block.headings, block.text) for block in parsed.blocks[:3]] == [
        (("Chips",), "Intro with bold and a link."),
        (("Chips", "Europe"), "first point"),
        (("Chips", "Europe"), "second point"),
    ]
    assert parsed.title == "Chips"


def test_markdown_tables_give_numbers() -> None:
    number = parse(NOTE.encode(), "note.md").numbers[0]
    assert (number.locator, number.unit) == ('table 1, row 2, column "revenue ($)"', "USD")
    assert excerpt(NOTE.encode(), "note.md", number.locator) == "5"


def test_plain_text_is_divided_at_blank_lines() -> None:
    content = b"One\nline.\n\n\nTwo."
    parsed = parse(content, "note.txt")
    assert [(block.text, block.locator) for block in parsed.blocks] == [
        ("One line.", "chars 0-9"),
        ("Two.", "chars 11-15"),
    ]
    assert [excerpt(content, "note.txt", block.locator) for block in parsed.blocks] == ["One line.", "Two."]
