"""RSS and Atom feeds: items with their own titles and dates."""

from datetime import UTC, datetime

import pytest

from market_research.errors import UnreadableDocument
from market_research.sources.locate import excerpt
from market_research.sources.parse import parse

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Chip news</title>
<item><title>Sales &amp;amp; profits rise</title><guid>g-1</guid><pubDate>Wed, 26 Feb 2025 21:00:00 GMT</pubDate>
<description>&lt;p&gt;Sales rose.&lt;/p&gt;&lt;script&gt;bad()&lt;/script&gt;&lt;p&gt;Profits too.&lt;/p&gt;
</description></item>
<item><title>Only a headline</title><link>http://x.test/2</link></item>
<item><guid>g-3</guid></item></channel></rss>"""


def test_items_keep_their_title_and_date() -> None:
    parsed = parse(RSS.encode(), "news.rss")
    published = datetime(2025, 2, 26, 21, tzinfo=UTC)
    assert [(b.text, b.locator, b.headings, b.published_at) for b in parsed.blocks] == [
        ("Sales rose.", "item 1 (g-1)", ("Sales & profits rise",), published),
        ("Profits too.", "item 1 (g-1)", ("Sales & profits rise",), published),
        ("Only a headline", "item 2 (http://x.test/2)", ("Only a headline",), None),
    ]
    assert (parsed.title, parsed.kind, parsed.published_at) == ("Chip news", "news", published)


def test_an_item_without_title_and_text_is_rejected() -> None:
    assert [(r.locator, r.reason) for r in parse(RSS.encode(), "news.rss").rejects] == [
        ("item 3 (g-3)", "The item has neither title nor text.")
    ]


def test_the_place_of_an_item_leads_back_to_its_text() -> None:
    assert excerpt(RSS.encode(), "news.rss", "item 1 (g-1)") == "Sales rose.\n\nProfits too."


def test_what_is_no_feed_is_unreadable() -> None:
    with pytest.raises(UnreadableDocument, match=r"x\.rss: not a feed"):
        parse(b"<notafeed><a/></notafeed>", "x.rss")
