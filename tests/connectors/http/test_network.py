"""Without a network every source fails in a moment, and says so; a wrong name is the fault of its host alone."""

import time
from pathlib import Path

import pytest

from market_research.connectors.base import FetchFailed
from market_research.connectors.http import FetchConfig
from market_research.connectors.http.config import HostRate
from market_research.connectors.http.fetcher import PoliteFetcher
from market_research.connectors.http.network import Network


def fetcher(folder: Path, network: Network, *hosts: str, **changes: object) -> PoliteFetcher:
    rates = tuple(HostRate((host,), 100.0) for host in hosts)
    config = FetchConfig("tests test@example.com", folder, rates=rates, default_rate=100.0, **changes)  # type: ignore[arg-type]
    return PoliteFetcher(config, network)


def failure(asked: PoliteFetcher, url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        asked.get(url)
    return failed.value


def test_without_a_network_every_question_of_every_fetcher_fails_at_once(tmp_path: Path) -> None:
    network = Network()
    hosts = ("one.invalid", "two.invalid", "three.invalid")
    began = time.monotonic()
    for number in range(3):
        asked = fetcher(tmp_path / str(number), network, *hosts)
        for host in hosts:
            found = failure(asked, f"https://{host}/x")
            assert (found.reason, "the network is unreachable" in str(found)) == ("unreachable", True)
        asked.close()
    assert time.monotonic() - began < 4, "nobody waits to ask again"


def test_a_name_that_is_wrong_says_nothing_of_other_hosts(tmp_path: Path) -> None:
    network = Network()
    assert not network.lost(["localhost"])
    assert not network.lost([])
    asked = fetcher(tmp_path, network, "one.invalid", attempts=2, backoff_seconds=0.01)
    assert "cannot be resolved" in str(failure(asked, "https://one.invalid/x"))
    assert not network.is_down()
    asked.close()


def test_after_a_while_the_network_is_tried_again(tmp_path: Path) -> None:
    now = 0.0
    network = Network(30, clock=lambda: now)
    assert network.lost(["one.invalid", "two.invalid"])
    assert network.is_down()
    now = 31.0
    assert not network.is_down()


def test_hosts_that_need_no_network_are_asked_all_the_same(tmp_path: Path) -> None:
    network = Network()
    network.note_down()
    asked = fetcher(tmp_path, network, attempts=1, allowed_hosts=frozenset({"127.0.0.1"}))
    assert "the network is unreachable" not in str(failure(asked, "http://127.0.0.1:9/x"))
    assert "the network is unreachable" in str(failure(asked, "https://one.invalid/x"))
    asked.close()
