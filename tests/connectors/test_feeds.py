"""Feeds and the articles behind them."""

from collections.abc import Callable

import pytest

from market_research.connectors import feeds
from market_research.connectors.base import Context, FetchFailed
from market_research.connectors.versions import significant
from market_research.industries import ResearchRequest

from .asking import all_answers
from .loopback import Loopback, Reply, busy, page

Make = Callable[..., Context]
HOST = "https://news.example.com"
TEXT = (
    "The company said on Tuesday that revenue rose by twelve percent in the second quarter, helped by strong demand "
    "for its newest products and by lower prices for the parts that it buys from its suppliers in Asia. "
)
ARTICLE = f"""<!doctype html><html><head><title>Sales rise - Example News</title>
<meta property="og:title" content="Sales rise"><meta property="article:published_time" content="2024-06-02T10:00:00Z">
</head><body><nav><ul><li><a href="/">Home</a></li><li><a href="/b">Business</a></li></ul></nav>
<article><h1>Sales rise</h1><p>{TEXT}</p><h2>Outlook</h2><p>{TEXT.replace("said", "added")}</p></article>
<aside><p>Subscribe to our newsletter for more stories like this one every morning.</p></aside>
<div class="comments"><p>First! I do not believe a word of it and neither should you.</p></div>
<footer><p>Copyright Example News. All rights reserved.</p></footer></body></html>"""


def _feed(count: int, built: str = "Mon, 03 Jun 2024 00:00:00 GMT") -> Reply:
    items = "".join(
        f"<item><title>Story {n}</title><link>{'' if n % 2 else HOST}/story/{n}#top</link><guid>g{n}</guid>"
        f"<description>Short {n}</description>"
        f"<pubDate>Sun, 0{1 + n % 2} Jun 2024 {n % 24:02}:00:00 GMT</pubDate></item>"
        for n in range(count)
    )
    text = f"<?xml version='1.0'?><rss version='2.0'><channel><title>News</title><lastBuildDate>{built}</lastBuildDate>"
    return Reply(f"{text}{items}</channel></rss>".encode(), headers={"Content-Type": "application/rss+xml"})


def _ask() -> feeds.Ask:
    (ask,) = feeds.asks(ResearchRequest(industry="x", feeds=(f"{HOST}/rss", f"{HOST}/rss")))
    return ask


def test_a_feed_and_the_articles_of_its_newest_items_are_fetched(server: Loopback, context: Make) -> None:
    server.on("/rss", _feed(3))
    for n in range(3):
        server.on(f"/story/{n}", page(ARTICLE))
    answers = list(feeds.fetch(_ask(), context({"news.example.com": server.url})))
    assert answers[0].path == f"{_ask().path}/feed.xml"
    assert [answer.url for answer in answers[1:]] == [f"{HOST}/story/{n}" for n in (1, 2, 0)]  # newest first
    assert answers[1].title == "Story 1"
    assert answers[1].published_at is not None
    assert all(block.published_at for block in feeds.read(answers[0].content, answers[0].path).blocks)
    held = {answer.path for answer in answers}
    again = list(feeds.fetch(_ask(), context({"news.example.com": server.url}, held=held)))
    assert [answer.path for answer in again] == [answers[0].path]


def test_no_more_than_the_newest_are_fetched(server: Loopback, context: Make) -> None:
    server.on("/rss", _feed(60))
    for n in range(60):
        server.on(f"/story/{n}", page(ARTICLE))
    answers = list(feeds.fetch(_ask(), context({"news.example.com": server.url})))
    assert len(answers) == 1 + feeds.NEWEST


def test_articles_that_robots_txt_forbids_are_left_and_the_others_come(server: Loopback, context: Make) -> None:
    server.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /story/1\n"))
    server.on("/rss", _feed(3))
    for n in range(3):
        server.on(f"/story/{n}", page(ARTICLE))
    answers, failure = all_answers(feeds.fetch(_ask(), context({"news.example.com": server.url})))
    assert len(answers) == 3
    assert failure is not None
    assert failure.reason == "refused"
    assert not server.asked("/story/1")


def test_a_site_that_fails_is_not_asked_for_all_of_its_articles(server: Loopback, context: Make) -> None:
    server.on("/rss", _feed(12))
    for n in range(12):
        server.on(f"/story/{n}", Reply(b"", 503))
    here = context({"news.example.com": server.url}, breaker_failures=3)
    answers, failure = all_answers(feeds.fetch(_ask(), here))
    assert len(answers) == 1
    assert failure is not None
    assert "11 more failed" in str(failure)
    asked = {request.path for request in server.requests if request.path.startswith("/story/")}
    assert len(asked) == 3


def test_links_to_other_places_than_the_web_are_left_alone(server: Loopback, context: Make) -> None:
    items = "".join(
        f"<item><title>a</title><link>{link}</link></item>"
        for link in ("javascript:alert(1)", "file:///etc/passwd", "http://10.0.0.1/admin")
    )
    server.on("/rss", Reply(f"<rss><channel>{items}</channel></rss>".encode()))
    answers, failure = all_answers(feeds.fetch(_ask(), context({"news.example.com": server.url})))
    assert len(answers) == 1
    assert failure is not None
    assert failure.reason == "refused"
    assert "not public" in str(failure)


def test_a_page_where_the_feed_was_is_a_failure(server: Loopback, context: Make) -> None:
    server.on("/rss", page("<!doctype html><html><body>Moved</body></html>"))
    with pytest.raises(FetchFailed, match="HTML") as failed:
        list(feeds.fetch(_ask(), context({"news.example.com": server.url})))
    assert failed.value.reason == "broken"


def test_an_old_feed_stands_in_when_the_server_is_busy(server: Loopback, context: Make) -> None:
    server.on("/rss", _feed(0), busy(status=503))
    here = context({"news.example.com": server.url})
    list(feeds.fetch(_ask(), here))
    (answer,) = feeds.fetch(_ask(), here)
    assert answer.stale
    assert answer.problem


def test_a_feed_that_was_only_built_anew_is_the_same_version() -> None:
    one, two = _feed(3).body, _feed(3, "Tue, 04 Jun 2024 00:00:00 GMT").body
    volatile = feeds.CONNECTOR.volatile
    assert one != two
    assert significant(one, "application/rss+xml", volatile) == significant(two, "application/rss+xml", volatile)
    assert significant(one, "application/rss+xml", volatile) != significant(_feed(4).body, "text/xml", volatile)


def test_an_article_is_its_text_and_not_what_surrounds_it() -> None:
    parsed = feeds.read(ARTICLE.encode(), "x/articles/y.html")
    text = "\n\n".join(block.text for block in parsed.blocks)
    assert parsed.kind == "news"
    assert parsed.title == "Sales rise"
    assert parsed.published_at is not None
    assert parsed.published_at.day == 2
    assert TEXT.strip() in text
    for furniture in ("Home", "newsletter", "First!", "Copyright"):
        assert furniture not in text
    assert parsed.blocks[-1].headings[-1] == "Outlook"
    for block in parsed.blocks:
        start, _, end = block.locator.removeprefix("chars ").partition("-")
        assert text[int(start) : int(end)] == block.text


def test_tables_lists_and_line_breaks_of_an_article_keep_their_words_apart() -> None:
    extras = (
        "<p>First line<br>second line</p><ul><li>One thing</li><li>Another <b>t</b>hing</li></ul>"
        "<table><tr><th>Year</th><th>Sales</th></tr><tr><td>2023</td><td>12</td></tr></table><p>"
    )
    parsed = feeds.read(ARTICLE.replace("<h2>Outlook</h2><p>", f"<h2>Outlook</h2>{extras}").encode(), "x.html")
    texts = [block.text for block in parsed.blocks]
    for text in ("First line second line", "One thing", "Another thing", "2023 | 12"):
        assert text in texts


def test_a_page_without_an_article_is_read_like_any_page() -> None:
    parsed = feeds.read(b"<html><body><p>Only a short notice.</p></body></html>", "x.html")
    assert [block.text for block in parsed.blocks] == ["Only a short notice."]
    assert parsed.kind == "news"
