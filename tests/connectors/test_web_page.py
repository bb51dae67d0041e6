"""Declared web pages: fetched by the rules, read by selectors."""

from collections.abc import Callable
from typing import Any

import pytest

from market_research.connectors import declared, web_page
from market_research.connectors.base import Context
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest

from .asking import all_answers
from .loopback import Loopback, Reply, page

Make = Callable[..., Context]
PRICES = """<!doctype html><html><head><meta charset="utf-8"><title>Prices</title></head><body>
<table class="prices"><tr><th>Product</th><th>Price</th></tr>
<tr><td class="name">Widget&nbsp;A</td><td class="price">$1,234.50</td><td><a href="/a">more</a></td></tr>
<tr><td class="name">Gadget é</td><td class="price">n/a</td></tr>
<tr><td class="name"><script>alert(1)</script>Tool</td><td class="price">99</td></tr></table></body></html>"""


def _request(**source: Any) -> ResearchRequest:
    made = {
        "kind": "web_page",
        "name": "prices",
        "urls": ["https://shop.example.com/one", "https://shop.example.com/two"],
        "each": "table.prices tr",
        "fields": {"product": "td.name", "price (USD)": "td.price", "link": "a@href"},
        **source,
    }
    return ResearchRequest.model_validate({"industry": "x", "sources": [made]})


def _read(request: ResearchRequest, html: str) -> Any:
    read = declared.reader_of(request, "web_page", "prices/x.html")
    assert read is not None
    return read(html.encode(), "x.html")


def test_pages_are_fetched_where_robots_txt_allows_and_the_others_all_the_same(server: Loopback, context: Make) -> None:
    server.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /one\n"))
    server.on("/one", page(PRICES))
    server.on("/two", page(PRICES))
    here = context({"shop.example.com": server.url})
    (ask,) = web_page.asks(_request())
    answers, failure = all_answers(web_page.fetch(ask, here))
    assert str(failure).startswith("https://shop.example.com/one: robots.txt forbids")
    assert [answer.url for answer in answers] == ["https://shop.example.com/two"]
    assert answers[0].path.startswith("prices/")
    (ask,) = web_page.asks(_request(robots=False))
    assert len(list(web_page.fetch(ask, here))) == 2


def test_selectors_pick_records() -> None:
    parsed = _read(_request(), PRICES)
    assert [row.record for row in parsed.rows] == [
        {"product": "Widget A", "price (USD)": "$1,234.50", "link": "/a"},
        {"product": "Gadget é", "price (USD)": "n/a", "link": None},
        {"product": "Tool", "price (USD)": "99", "link": None},
    ]
    assert [row.locator for row in parsed.rows] == ["record 2", "record 3", "record 4"]
    assert [(number.entity, number.value) for number in parsed.numbers] == [("Widget A", 1234.5), ("Tool", 99)]


def test_without_each_a_page_is_one_record() -> None:
    parsed = _read(_request(each=None, fields={"title": "title", "first": ".name"}), PRICES)
    assert [row.record for row in parsed.rows] == [{"title": "Prices", "first": "Widget A"}]


def test_a_page_that_has_changed_is_an_error_and_not_an_empty_table() -> None:
    with pytest.raises(UnreadableDocument, match="find nothing"):
        _read(_request(), "<html><body><p>We have a new design</p></body></html>")
