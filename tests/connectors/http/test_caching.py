"""Answers that are kept: validators, freshness, credentials, and kills while they are written."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from market_research.connectors.base import FetchFailed
from market_research.connectors.http import Secret
from market_research.connectors.http.fetcher import PoliteFetcher

from ..loopback import Loopback, Reply, tagged

Open = Callable[..., PoliteFetcher]


def test_an_unchanged_answer_is_asked_for_with_its_tag_and_not_sent_again(server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", tagged(b'{"v": 1}', '"one"'), tagged(b'{"v": 1}', '"one"'), tagged(b'{"v": 2}', '"two"'))
    first = fetcher().get(url, expect="json")
    second = fetcher().get(url, expect="json")  # a new fetcher: the store outlives it
    assert server.asked("/a")[1].headers["if-none-match"] == '"one"'
    assert second.content == first.content
    assert not second.stale
    assert second.fetched_at > first.fetched_at
    third = fetcher().get(url, expect="json")
    assert third.content == b'{"v": 2}'
    fetcher().get(url, expect="json")
    assert server.asked("/a")[3].headers["if-none-match"] == '"two"'


def test_an_answer_with_a_date_of_change_is_asked_about_every_time(server: Loopback, fetcher: Open) -> None:
    stamp = "Mon, 01 Jan 2018 00:00:00 GMT"
    changed = Reply(b"new", headers={"Last-Modified": "Tue, 02 Jan 2018 00:00:00 GMT"})
    url = server.on("/a", Reply(b"old", headers={"Last-Modified": stamp}), Reply(status=304), changed)
    opened = fetcher()
    assert [opened.get(url).content for _ in range(3)] == [b"old", b"old", b"new"]
    assert server.asked("/a")[2].headers["if-modified-since"] == stamp


def test_a_fresh_answer_is_not_asked_for_again_until_its_time_is_over(server: Loopback, fetcher: Open) -> None:
    fresh = server.on("/a", Reply(b"1", headers={"Cache-Control": "Max-Age=3600"}), Reply(b"2"))
    assert [fetcher().get(fresh).content for _ in range(2)] == [b"1", b"1"]
    assert len(server.asked("/a")) == 1
    over = server.on("/b", Reply(b"1", headers={"Cache-Control": "max-age=60", "Age": "61"}), Reply(b"2"))
    assert [fetcher().get(over).content for _ in range(2)] == [b"1", b"2"]


def test_an_answer_that_is_called_unchanged_is_fresh_again(server: Loopback, fetcher: Open) -> None:
    headers = {"Cache-Control": "max-age=60", "ETag": '"1"'}
    url = server.on("/a", Reply(b"1", headers={**headers, "Age": "61"}), Reply(status=304, headers=headers))
    assert [fetcher().get(url).content for _ in range(4)] == [b"1"] * 4
    assert len(server.asked("/a")) == 2


def test_what_must_not_be_stored_is_never_used_unasked(server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", Reply(b"1", headers={"Cache-Control": "no-store, max-age=60"}), Reply(b"2"))
    assert [fetcher().get(url).content for _ in range(2)] == [b"1", b"2"]


def test_a_bad_answer_with_a_tag_does_not_take_the_good_ones_place(server: Loopback, fetcher: Open) -> None:
    regrets = Reply(b"<html>", headers={"ETag": '"bad"', "Content-Type": "text/html", "Cache-Control": "max-age=60"})
    url = server.on("/a", tagged(b'{"v": 1}', '"good"'), regrets, regrets, regrets, tagged(b'{"v": 1}', '"good"'))
    opened = fetcher()
    opened.get(url, expect="json")
    assert opened.get(url, expect="json").stale
    assert not opened.get(url, expect="json").stale
    assert server.asked("/a")[-1].headers["if-none-match"] == '"good"'


def test_other_credentials_get_other_answers(server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", lambda request: Reply(request.headers["authorization"].encode(), 200))
    opened = fetcher()
    mine = opened.get(url, headers={"Authorization": Secret("Bearer mine")})
    server.on("/a", Reply(b"", 500))
    with pytest.raises(FetchFailed):
        opened.get(url, headers={"Authorization": Secret("Bearer yours")})
    assert mine.content == b"Bearer mine"


def test_the_store_survives_a_kill_while_it_is_written(server: Loopback, fetcher: Open, tmp_path: Path) -> None:
    good = b"g" * 3_000_000
    url = server.on("/a", Reply(good))
    fetcher().get(url)
    program = textwrap.dedent(
        f"""
        import itertools
        from pathlib import Path
        from market_research.connectors.base import Fetched
        from market_research.connectors.http.store import Store
        from datetime import UTC, datetime
        store = Store(Path({str(tmp_path / "http")!r}), 2**30)
        print("ready", flush=True)
        for number in itertools.count():
            store.put(f"other {{number % 3}}", Fetched("u", b"x" * 5_000_000, "", datetime.now(UTC)), {{}})
        """
    )
    for pause in (0.05, 0.12, 0.21):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as child:
            assert child.stdout
            child.stdout.readline()
            time.sleep(pause)
            os.kill(child.pid, signal.SIGKILL)
        server.on("/a", Reply(b"", 500))
        again = fetcher(attempts=1).get(url)
        assert again.stale
        assert again.content == good
        from market_research.connectors.http.store import Store

        store = Store(tmp_path / "http", 2**30)
        found = [store.find(f"other {number}", "u") for number in range(3)]
        assert all(kept is None or kept.answer.content == b"x" * 5_000_000 for kept in found)
        store.close()


def test_the_next_page_is_told_also_from_the_store_and_without_what_was_sent(server: Loopback, fetcher: Open) -> None:
    link = '</a?page=2&key=s3cret-key&token=next>; rel="next", </a?page=9>; rel=last'
    url = server.on("/a", Reply(b"[]", headers={"Link": link, "ETag": '"1"'}), Reply(status=304), Reply(b"", 500))
    opened = fetcher(attempts=1)
    got = [opened.get(url, params={"key": "s3cret-key"}) for _ in range(3)]
    assert [answer.next_url for answer in got] == [f"{server.url}/a?page=2&key=***&token=next"] * 3
    assert got[2].stale
    assert b"s3cret" not in b"".join(path.read_bytes() for path in opened.config.cache_folder.glob("*.sqlite*"))
