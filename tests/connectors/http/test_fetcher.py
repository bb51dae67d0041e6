"""The fetcher against a server that answers as it should."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from market_research.connectors.base import Fetched
from market_research.connectors.http.fetcher import PoliteFetcher

from ..loopback import Loopback, Reply, as_json, bomb

Open = Callable[..., PoliteFetcher]
GOOD = as_json({"rows": [1, 2, 3]})


def test_an_answer_is_given_with_its_type_and_time(server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", GOOD)
    got = fetcher().get(url, params={"q": "a b&c"}, headers={"X-Extra": "1"}, expect="json")
    assert got.content == GOOD.body
    assert got.url == f"{url}?q=a+b%26c"
    assert got.media_type == "application/json"
    assert not got.stale
    assert got.problem is None
    assert abs((datetime.now(UTC) - got.fetched_at).total_seconds()) < 10
    (request,) = server.asked("/a")
    assert request.query == {"q": "a b&c"}
    assert request.headers["user-agent"] == "market-research tests test@example.com"
    assert request.headers["x-extra"] == "1"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"


def test_packed_answers_are_unpacked(server: Loopback, fetcher: Open) -> None:
    assert fetcher().get(server.on("/a", bomb(1))).content == b"0" * 2**20


def test_threads_share_one_fetcher(server: Loopback, fetcher: Open) -> None:
    opened = fetcher()
    urls = [server.on(f"/{number}", as_json({"n": number})) for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(lambda url: opened.get(url, expect="json"), urls * 2))
    assert [answer.content for answer in got] == [as_json({"n": number}).body for number in range(40)] * 2


def test_answers_are_checked_against_what_was_asked_for(server: Loopback, fetcher: Open) -> None:
    feed = Reply(b"<?xml version='1.0'?><rss><channel/></rss>", headers={"Content-Type": "text/html"})
    got: Fetched = fetcher().get(server.on("/feed", feed), expect="xml")
    assert got.content == feed.body
