"""Web pages: the text that people see."""

from datetime import UTC, datetime

import pytest

from market_research.errors import UnreadableDocument
from market_research.sources.locate import excerpt
from market_research.sources.parse import parse

PAGE = """<!DOCTYPE html><html><head><title>Market of chips</title>
<meta property="article:published_time" content="2025-03-01T10:00:00+02:00"><style>p{}</style></head><body>
<nav><a href="/">Home</a></nav><script>var hidden = 1;</script>
<h1>Chips</h1><p>First <b>paragraph</b>.</p><div hidden>Secret</div><p style="display: none">Unseen</p>
<h2>Growth</h2><p>Second paragraph.</p><!-- comment -->after the comment
<table><tr><th>company</th><th>year</th><th>revenue ($ millions)</th></tr>
<tr><td>A</td><td>2024</td><td>1,200</td></tr><tr><td>B</td><td>2024</td></tr>
<tr><td>C</td><td>2024</td><td>5</td><td>6</td></tr></table>
<h2>Risks</h2><p>Third.</p><footer>Imprint</footer></body></html>"""


def test_text_stands_under_its_headings_without_scripts_and_hidden_parts() -> None:
    parsed = parse(PAGE.encode(), "page.html")
    texts = [(block.headings, block.text) for block in parsed.blocks]
    assert texts[:3] == [
        (("Chips",), "First paragraph."),
        (("Chips", "Growth"), "Second paragraph."),
        (("Chips", "Growth"), "after the comment"),
    ]
    assert texts[-1] == (("Chips", "Risks"), "Third.")
    everything = " ".join(block.text for block in parsed.blocks)
    assert not any(word in everything for word in ("hidden", "Secret", "Unseen", "Home", "Imprint", "p{}"))
    assert (parsed.title, parsed.published_at) == ("Market of chips", datetime(2025, 3, 1, 8, tzinfo=UTC))


def test_a_table_with_a_header_gives_rows_and_numbers() -> None:
    parsed = parse(PAGE.encode(), "page.html")
    number = parsed.numbers[0]
    assert (number.entity, number.value, number.unit) == ("A", 1_200_000_000, "USD")
    assert number.locator == 'table 1, row 2, column "revenue ($ millions)"'
    assert [row.locator for row in parsed.rows] == ["table 1, row 2", "table 1, row 3"]
    assert [r.locator for r in parsed.rejects] == ["table 1, row 4"]


def test_places_lead_back_to_the_text() -> None:
    parsed = parse(PAGE.encode(), "page.html")
    for block in parsed.blocks:
        assert excerpt(PAGE.encode(), "page.html", block.locator) == block.text
    assert excerpt(PAGE.encode(), "page.html", parsed.numbers[0].locator) == "1,200"


def test_the_declared_encoding_is_used() -> None:
    content = '<html><head><meta charset="windows-1251"></head><body><p>Рынок чипов</p></body></html>'.encode("cp1251")
    assert parse(content, "p.html").blocks[0].text == "Рынок чипов"


def test_a_page_without_text_is_unreadable() -> None:
    with pytest.raises(UnreadableDocument, match=r"app\.html: the page shows no text"):
        parse(b"<html><body><script>render()</script></body></html>", "app.html")


def test_very_deep_nesting_is_read_or_refused() -> None:
    content = b"<html><body>" + b"<div>" * 50_000 + b"deep" + b"</div>" * 50_000
    try:
        assert "deep" in parse(content, "deep.html").blocks[0].text
    except UnreadableDocument as error:
        message = str(error)
        assert message.startswith("deep.html")
