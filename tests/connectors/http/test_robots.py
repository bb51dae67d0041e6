"""Pages are fetched where robots.txt allows, and as often as it says."""

import itertools
from collections.abc import Callable

import pytest

from market_research.connectors.base import FetchFailed
from market_research.connectors.http.fetcher import PoliteFetcher

from ..loopback import Loopback, Reply, page, redirect

Open = Callable[..., PoliteFetcher]


def test_pages_are_fetched_only_where_robots_txt_allows(server: Loopback, fetcher: Open) -> None:
    rules = b"User-agent: *\nDisallow: /private\n\nUser-agent: market-research\nDisallow: /other\n"
    server.on("/robots.txt", Reply(rules))
    ours = server.on("/private", page("<p>yes</p>"))
    not_ours = server.on("/other", page("<p>no</p>"))
    moved = server.on("/moved", redirect("/other"))
    opened = fetcher()
    assert opened.get(ours, robots=True).content == b"<p>yes</p>"
    for url in (not_ours, moved):
        with pytest.raises(FetchFailed, match=r"robots\.txt forbids") as failed:
            opened.get(url, robots=True)
        assert failed.value.reason == "refused"
    assert not server.asked("/other")
    assert opened.get(not_ours).content == b"<p>no</p>"  # not asked to heed it: an API
    fetcher().get(ours, robots=True)
    assert len(server.asked("/robots.txt")) == 1  # kept for a day, also for the next fetcher


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (500, False), (503, False), (429, False)])
def test_a_missing_robots_txt_allows_and_a_failing_one_forbids(
    status: int, allowed: bool, server: Loopback, fetcher: Open
) -> None:
    server.on("/robots.txt", Reply(b"no", status))
    url = server.on("/a", page("<p>yes</p>"))
    if allowed:
        assert fetcher().get(url, robots=True).content == b"<p>yes</p>"
    else:
        with pytest.raises(FetchFailed, match=r"robots\.txt could not be asked") as failed:
            fetcher().get(url, robots=True)
        assert failed.value.reason == "refused"
        assert not server.asked("/a")


def test_robots_txt_says_how_often_to_come(server: Loopback, fetcher: Open) -> None:
    server.on("/robots.txt", Reply(b"User-agent: *\nCrawl-delay: 0.4\n"))
    opened = fetcher()
    for path in ("/a", "/b", "/c"):
        opened.get(server.on(path, page("<p>x</p>")), robots=True)
    times = [request.at for request in server.requests[1:]]
    assert all(later - earlier >= 0.39 for earlier, later in itertools.pairwise(times))


def test_a_crawl_delay_too_long_to_wait_for_is_a_refusal(server: Loopback, fetcher: Open) -> None:
    server.on("/robots.txt", Reply(b"User-agent: *\nCrawl-delay: 3600\n"))
    with pytest.raises(FetchFailed, match="3600 seconds"):
        fetcher().get(server.on("/a", page("<p>x</p>")), robots=True)
