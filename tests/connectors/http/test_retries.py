"""What may pass is tried again, with longer and longer waits; what will not change is not."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.connectors.base import FetchFailed
from market_research.connectors.http import FetchConfig
from market_research.connectors.http.fetcher import PoliteFetcher, open_fetcher

from ..loopback import Loopback, Reply, as_json, bomb, page

Open = Callable[..., PoliteFetcher]
GOOD = as_json({"rows": [1, 2, 3]})
DAMAGED = {
    "503": Reply(b"down", 503),
    "500": Reply(b"oops", 500),
    "429": Reply(b"slow", 429),
    "HTML": page("<!doctype html><html><body>Sorry</body></html>"),
    "HTML as JSON": Reply(b"<html><body>Sorry</body></html>", headers={"Content-Type": "application/json"}),
    "JSON as HTML": Reply(b"{}", headers={"Content-Type": "text/html"}),
    "half JSON": Reply(b'{"rows": [1, 2', headers={"Content-Type": "application/json"}),
    "empty": Reply(b"", headers={"Content-Type": "application/json"}),
    "no content": Reply(b"", 204),
    "cut": Reply(b'{"rows": [1, 2, 3]}', headers={"Content-Type": "application/json"}, cut=5),
    "cut gzip": Reply(bomb(1).body[:-9], headers={"Content-Encoding": "gzip"}),
    "not gzip": Reply(b'{"rows": 1}', headers={"Content-Encoding": "gzip"}),
    "brotli": Reply(b"\x0b\x02\x80{}\x03", headers={"Content-Encoding": "br"}),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_that_may_pass_is_tried_again(kind: str, server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", DAMAGED[kind], GOOD)
    got = fetcher().get(url, expect="json")
    assert got.content == GOOD.body
    assert not got.stale
    assert len(server.asked("/a")) == 2


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_that_stays_fails_after_all_attempts(kind: str, server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", DAMAGED[kind])
    with pytest.raises(FetchFailed) as failed:
        fetcher().get(url, expect="json")
    assert failed.value.reason == ("busy" if kind in ("503", "429") else "broken")
    assert len(server.asked("/a")) == 3


@pytest.mark.parametrize("kind", DAMAGED)
def test_the_last_good_copy_stands_in_for_damage(kind: str, server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", GOOD, DAMAGED[kind])
    first = fetcher().get(url, expect="json")
    again = fetcher().get(url, expect="json")
    assert again.content == GOOD.body
    assert again.stale
    assert again.problem is not None
    assert "stands in" in again.problem
    assert again.fetched_at == first.fetched_at


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "missing"), (410, "missing"), (401, "denied"), (403, "denied"), (400, "broken")]
)
def test_an_answer_that_will_not_change_is_not_asked_for_again(
    status: int, reason: str, server: Loopback, fetcher: Open
) -> None:
    url = server.on("/a", Reply(b"no", status))
    with pytest.raises(FetchFailed, match=f"answered {status}") as failed:
        fetcher().get(url)
    assert failed.value.reason == reason
    assert len(server.asked("/a")) == 1


def test_a_server_that_is_not_there_is_unreachable(server: Loopback, fetcher: Open) -> None:
    opened = fetcher(allowed_hosts=frozenset({"127.0.0.1"}))
    with pytest.raises(FetchFailed) as failed:
        opened.get("http://127.0.0.1:1/a")
    assert failed.value.reason == "unreachable"
    with pytest.raises(FetchFailed) as failed:
        opened.get("http://no-such-host.invalid/a")
    assert failed.value.reason == "unreachable"


def test_property_49_retries_back_off_exponentially_before_cached_data_is_used(server: Loopback, fetcher: Open) -> None:
    base = 0.004
    fetchers = {n: fetcher(attempts=n, backoff_seconds=base, breaker_failures=10**6) for n in range(1, 6)}
    numbers = itertools.count()

    @given(st.integers(1, 5), st.sampled_from(sorted(DAMAGED)))
    @settings(max_examples=120)
    def holds(attempts: int, kind: str) -> None:
        path = f"/{next(numbers)}"
        url = server.on(path, GOOD, DAMAGED[kind])
        assert not fetchers[attempts].get(url, expect="json").stale
        got = fetchers[attempts].get(url, expect="json")
        times = [request.at for request in server.asked(path)][1:]
        assert got.stale
        assert got.content == GOOD.body
        assert len(times) == attempts
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert all(gap >= base * 2**index for index, gap in enumerate(gaps))

    holds()


def test_waits_are_1_2_4_8_seconds_by_default(tmp_path: Path) -> None:
    from tenacity import RetryCallState

    with open_fetcher(FetchConfig("tests", tmp_path)) as opened:
        for number, seconds in enumerate((1, 2, 4, 8), 1):
            state = RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
            state.attempt_number = number
            assert seconds <= opened._pause(state) <= seconds + 0.25
        assert opened.config.attempts == 5


def test_a_page_of_another_kind_is_not_asked_for_again(server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", Reply(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}))
    with pytest.raises(FetchFailed, match="application/pdf came") as failed:
        fetcher().get(url, expect="html")
    assert failed.value.reason == "broken"
    assert len(server.asked("/a")) == 1
