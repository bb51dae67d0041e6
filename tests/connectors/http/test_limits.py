"""Limits of time and size: no question lasts for ever, no answer fills the machine."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from market_research.connectors.base import FetchFailed
from market_research.connectors.http.fetcher import PoliteFetcher

from ..loopback import Loopback, Reply, as_json, bomb, busy

Open = Callable[..., PoliteFetcher]
GOOD = as_json({"rows": [1, 2, 3]})


def test_one_question_has_an_end_however_often_it_may_be_asked(server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", busy("1"))
    began = time.monotonic()
    with pytest.raises(FetchFailed):
        fetcher(attempts=20, total_seconds=1.5).get(url)
    assert time.monotonic() - began < 8
    assert len(server.asked("/a")) == 2


@pytest.mark.parametrize("where", ["drip", "slow_head"])
def test_a_slow_drip_ends_at_the_deadline(where: str, server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", Reply(b"x" * 1000, **{where: 0.05}))  # type: ignore[arg-type]
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="in time") as failed:
        fetcher(attempt_seconds=0.5, attempts=1).get(url)
    assert failed.value.reason == "unreachable"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "reply", [Reply(b"x" * 5000, endless=True), Reply(b"x" * 200_000), bomb(50)], ids=["endless", "large", "bomb"]
)
def test_an_answer_over_the_size_limit_is_refused_while_it_comes(reply: Reply, server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", reply)
    with pytest.raises(FetchFailed, match="larger than") as failed:
        fetcher(max_bytes=100_000).get(url)
    assert failed.value.reason == "refused"
    assert len(server.asked("/a")) == 1


def test_connections_that_ran_out_of_time_are_given_back(server: Loopback, fetcher: Open) -> None:
    opened = fetcher(attempt_seconds=0.1, attempts=1, breaker_failures=100)
    slow = server.on("/a", Reply(b"x" * 1000, drip=0.05))

    def runs_out(_: int) -> None:
        with pytest.raises(FetchFailed, match="in time"):
            opened.get(slow)

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(runs_out, range(50)))
    assert opened.get(server.on("/b", GOOD)).content == GOOD.body
