"""A host that keeps failing is left alone for a while."""

import time
from collections.abc import Callable

import pytest

from market_research.connectors.base import FetchFailed
from market_research.connectors.http.fetcher import PoliteFetcher

from ..loopback import Loopback, Reply, as_json

Open = Callable[..., PoliteFetcher]
GOOD = as_json({"rows": [1, 2, 3]})


def test_a_host_that_keeps_failing_is_left_alone_for_a_while(server: Loopback, fetcher: Open) -> None:
    opened = fetcher(attempts=1, breaker_failures=3, breaker_seconds=1.0)
    url = server.on("/a", Reply(b"", 500))
    for _ in range(3):
        with pytest.raises(FetchFailed, match="answered 500"):
            opened.get(url)
    with pytest.raises(FetchFailed, match="left alone") as failed:
        opened.get(url)
    assert failed.value.reason == "busy"
    assert len(server.asked("/a")) == 3
    time.sleep(1.1)
    with pytest.raises(FetchFailed, match="answered 500"):
        opened.get(url)  # one look whether it is well again ...
    with pytest.raises(FetchFailed, match="left alone"):
        opened.get(url)  # ... and it is not
    time.sleep(1.1)
    server.on("/a", GOOD)
    assert opened.get(url).content == GOOD.body
    assert opened.breakers.closed_for("127.0.0.1") == 0


def test_missing_pages_do_not_open_the_breaker(server: Loopback, fetcher: Open) -> None:
    opened = fetcher(breaker_failures=2)
    for _ in range(4):
        with pytest.raises(FetchFailed, match="answered 404"):
            opened.get(f"{server.url}/none")
