"""How often a host is asked: what it says itself, and rates that hosts share."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from market_research.connectors.http import HostRate
from market_research.connectors.http.fetcher import PoliteFetcher

from ..loopback import Loopback, Reply, Request, as_json, busy

Open = Callable[..., PoliteFetcher]
GOOD = as_json({"rows": [1, 2, 3]})


def test_retry_after_in_seconds_is_waited_for(server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", busy("1"), GOOD)
    fetcher().get(url)
    first, second = server.asked("/a")
    assert second.at - first.at >= 1


def test_retry_after_as_a_date_is_waited_for(server: Loopback, fetcher: Open) -> None:
    def later(_: Request) -> Reply:
        # Dates in headers have whole seconds: this one is between one and two seconds away.
        return busy(format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True), status=503)

    url = server.on("/a", later, GOOD)
    fetcher().get(url)
    first, second = server.asked("/a")
    assert second.at - first.at >= 0.9


def test_retry_after_is_capped(server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", busy("86400"), GOOD)
    began = time.monotonic()
    fetcher(max_wait_seconds=0.3).get(url)
    assert 0.3 <= time.monotonic() - began < 10


def test_retry_after_holds_other_questions_to_the_host_back(server: Loopback, fetcher: Open) -> None:
    opened = fetcher()
    first = server.on("/a", busy("1"), GOOD)
    second = server.on("/b", GOOD)
    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(opened.get, first)
        while not server.asked("/a"):
            time.sleep(0.01)
        time.sleep(0.1)
        threads.submit(opened.get, second).result()
        waiting.result()
    assert server.asked("/b")[0].at - server.asked("/a")[0].at >= 0.9


def test_hosts_that_share_a_rate_are_counted_together(server: Loopback, fetcher: Open) -> None:
    mirrors = {"www.one.example": server.url, "data.one.example": server.url}
    opened = fetcher(mirrors=mirrors, rates=(HostRate(tuple(mirrors), 10.0),))
    server.on("/a", GOOD)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: opened.get(f"https://{list(mirrors)[n % 2]}/a?n={n}"), range(12)))
    times = [request.at for request in server.asked("/a")]
    assert max(sum(start <= other < start + 1 for other in times) for start in times) <= 10
    assert times[-1] - times[0] >= 1.1
