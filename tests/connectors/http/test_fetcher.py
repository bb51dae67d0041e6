"""The fetcher against a server that does everything that servers do."""

import itertools
import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.connectors.base import Fetched, FetchFailed
from market_research.connectors.http import FetchConfig, HostRate, Secret
from market_research.connectors.http.fetcher import PoliteFetcher, open_fetcher

from ..loopback import Loopback, Reply, Request, as_json, bomb, busy, page, redirect, serving, tagged

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


def test_a_page_of_another_kind_is_not_asked_for_again(server: Loopback, fetcher: Open) -> None:
    url = server.on("/a", Reply(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}))
    with pytest.raises(FetchFailed, match="application/pdf came") as failed:
        fetcher().get(url, expect="html")
    assert failed.value.reason == "broken"
    assert len(server.asked("/a")) == 1


def test_packed_answers_are_unpacked(server: Loopback, fetcher: Open) -> None:
    assert fetcher().get(server.on("/a", bomb(1))).content == b"0" * 2**20


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


def test_threads_share_one_fetcher(server: Loopback, fetcher: Open) -> None:
    opened = fetcher()
    urls = [server.on(f"/{number}", as_json({"n": number})) for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(lambda url: opened.get(url, expect="json"), urls * 2))
    assert [answer.content for answer in got] == [as_json({"n": number}).body for number in range(40)] * 2


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.2/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[fec0::1]/",
        "http://[::7f00:1]/",
        "http://224.0.0.1/",
    ],
)
def test_private_addresses_are_refused_at_once_and_behind_redirects(
    address: str, server: Loopback, fetcher: Open
) -> None:
    opened = fetcher()
    with pytest.raises(FetchFailed) as failed:
        opened.get(address)
    assert failed.value.reason == "refused"
    with pytest.raises(FetchFailed) as failed:
        opened.get(server.on("/a", redirect(address)))
    assert failed.value.reason == "refused"
    assert len(server.requests) == 1


def test_another_port_of_an_allowed_host_is_still_refused(server: Loopback, fetcher: Open) -> None:
    with serving() as other, pytest.raises(FetchFailed, match="not public"):
        fetcher().get(server.on("/a", redirect(other.on("/b", GOOD))))


def test_certificates_are_checked_against_the_name(
    server: Loopback, fetcher: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = _certificate("localhost", tmp_path)
    with serving(tls=(certificate, key)) as secure:
        secure.on("/a", GOOD)
        allowed = frozenset({f"{name}:{secure.port}" for name in ("localhost", "127.0.0.1")})
        with pytest.raises(FetchFailed, match="certificate") as failed:
            fetcher(allowed_hosts=allowed, attempts=1).get(f"https://localhost:{secure.port}/a")
        assert failed.value.reason == "unreachable"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        opened = fetcher(allowed_hosts=allowed, attempts=1)
        assert opened.get(f"https://localhost:{secure.port}/a").content == GOOD.body
        with pytest.raises(FetchFailed, match="certificate"):
            opened.get(f"https://127.0.0.1:{secure.port}/a")


def test_private_networks_can_be_allowed(server: Loopback, fetcher: Open) -> None:
    from market_research.connectors.http.config import networks_of

    opened = fetcher(allowed_hosts=frozenset(), allowed_networks=networks_of(["127.0.0.0/8"]))
    assert opened.get(server.on("/a", GOOD)).content == GOOD.body


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_checked(
    server: Loopback, fetcher: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    answers = iter(["127.0.0.1", "10.0.0.1", "10.0.0.1"])
    real = socket.getaddrinfo
    asked: list[str] = []

    def changing(host: str, *args: object, **kwargs: object) -> object:
        if host == "rebinding.example":
            asked.append(host)
            host = next(answers)
        return real(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    from market_research.connectors.http.config import networks_of

    opened = fetcher(allowed_hosts=frozenset(), allowed_networks=networks_of(["127.0.0.1/32"]))
    server.on("/a", GOOD)
    url = f"http://rebinding.example:{server.port}/a"
    assert opened.get(url).content == GOOD.body
    assert len(asked) == 1
    opened.transfer.pool.close()  # the next question needs a new connection, and the name is another place now
    got = opened.get(url)
    assert got.stale
    assert "not public" in str(got.problem)


def test_a_name_that_is_not_resolved_in_time_is_given_up(fetcher: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(8))
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="in time") as failed:
        fetcher(attempts=1, attempt_seconds=0.2).get("http://slow.example/")
    assert failed.value.reason == "unreachable"
    assert time.monotonic() - began < 5


def test_redirects_are_followed_with_relative_targets(server: Loopback, fetcher: Open) -> None:
    server.on("/deep/b", redirect("../c?x=1", 307))
    server.on("/c", GOOD)
    got = fetcher().get(server.on("/a", redirect("/deep/b", 301)))
    assert got.content == GOOD.body
    assert server.asked("/c")[0].query == {"x": "1"}


def test_a_loop_of_redirects_ends(server: Loopback, fetcher: Open) -> None:
    server.on("/b", redirect("/a"))
    with pytest.raises(FetchFailed, match="more than 5 redirects") as failed:
        fetcher().get(server.on("/a", redirect("/b")))
    assert failed.value.reason == "refused"
    assert len(server.requests) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.com/a", "javascript:alert(1)", "gopher://x"])
def test_redirects_to_other_schemes_are_refused(target: str, server: Loopback, fetcher: Open) -> None:
    with pytest.raises(FetchFailed, match="only http and https"):
        fetcher().get(server.on("/a", redirect(target)))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://x/?key=s3cret",
        "data.json",
        "",
        "http://",
        "http://a:b/",
        "http://[::1",
        "http://[x]/",
    ],
)
def test_only_web_addresses_are_fetched(url: str, fetcher: Open) -> None:
    with pytest.raises(FetchFailed) as failed:
        fetcher().get(url)
    assert failed.value.reason == "refused"
    assert "s3cret" not in str(failed.value)


def test_an_address_that_only_looks_like_one_is_refused(fetcher: Open) -> None:
    for url in ("http://exa mple.com/", "http://%zz/", "http://a..b/", "http://-/", "http://" + "a" * 300 + ".com/"):
        with pytest.raises(FetchFailed):
            fetcher(attempts=1).get(url)


def test_the_next_page_is_told_also_from_the_store_and_without_what_was_sent(server: Loopback, fetcher: Open) -> None:
    link = '</a?page=2&key=s3cret-key&token=next>; rel="next", </a?page=9>; rel=last'
    url = server.on("/a", Reply(b"[]", headers={"Link": link, "ETag": '"1"'}), Reply(status=304), Reply(b"", 500))
    opened = fetcher(attempts=1)
    got = [opened.get(url, params={"key": "s3cret-key"}) for _ in range(3)]
    assert [answer.next_url for answer in got] == [f"{server.url}/a?page=2&key=***&token=next"] * 3
    assert got[2].stale
    assert b"s3cret" not in b"".join(path.read_bytes() for path in opened.config.cache_folder.glob("*.sqlite*"))


def test_https_is_not_left_for_http_unless_it_began_there(server: Loopback, fetcher: Open) -> None:
    opened = fetcher(mirrors={"secure.example": server.url, "plain.example": server.url})
    server.on("/a", redirect("http://plain.example/c"))
    server.on("/b", redirect("https://secure.example/a"))
    server.on("/c", GOOD)
    with pytest.raises(FetchFailed, match="from https to http"):
        opened.get("https://secure.example/a")
    assert opened.get("http://plain.example/b").content == GOOD.body


def test_credentials_do_not_follow_a_redirect_to_another_host(server: Loopback, fetcher: Open) -> None:
    opened = fetcher(mirrors={"one.example": server.url, "two.example": server.url})
    server.on("/a", redirect("/b"))
    server.on("/b", redirect("https://two.example/c"))
    server.on("/c", GOOD)
    opened.get("https://one.example/a", headers={"Authorization": "Bearer x", "X-Api-Key": "y"})
    assert server.asked("/b")[0].headers["authorization"] == "Bearer x"
    assert not {"authorization", "x-api-key"} & set(server.asked("/c")[0].headers)


def test_a_mirror_stands_in_for_a_host_and_is_not_seen(server: Loopback, fetcher: Open) -> None:
    opened = fetcher(mirrors={"data.example": f"{server.url}/mirrored"}, allowed_hosts=frozenset())
    server.on("/mirrored/api/a", redirect(f"{server.url}/mirrored/b"))
    server.on("/mirrored/b", GOOD)
    got = opened.get("https://data.example/api/a", params={"p": "1"})
    assert got.content == GOOD.body
    assert got.url == "https://data.example/api/a?p=1"
    with pytest.raises(FetchFailed) as failed:
        opened.get("https://data.example/none")
    assert str(failed.value).startswith("https://data.example/none: ")


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


def test_secrets_are_sent_and_never_shown(
    server: Loopback, fetcher: Open, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    secrets = {"api_key": "s3cret/1", "who": Secret("s3cret/2"), "page": "1"}
    headers = {"Authorization": "Bearer s3cret/3", "X-Mine": Secret("s3cret/4")}
    opened = fetcher(attempts=1)
    server.on("/a", GOOD)
    got = opened.get(server.url + "/a?token=s3cret/0", params=secrets, headers=headers)
    assert server.asked("/a")[0].query["who"] == "s3cret/2"
    assert server.asked("/a")[0].headers["x-mine"] == "s3cret/4"
    assert "page=1" in got.url
    told = [got.url, repr(secrets["who"])]
    for reply in (Reply(b"", 500), redirect("http://10.0.0.1/s3cret/2"), redirect("file:///s3cret/2")):
        server.on("/b", reply)
        with pytest.raises(FetchFailed) as failed:
            opened.get(server.url + "/b", params=secrets, headers=headers)
        told += [str(failed.value), failed.value.url, repr(failed.value.__cause__)]
    with pytest.raises(FetchFailed) as failed:
        opened.get("http://me:s3cret@127.0.0.1/")
    told += [str(failed.value), failed.value.url]
    told += [record.getMessage() for record in caplog.records] + list(capfd.readouterr())
    assert not [text for text in told if "s3cret" in text]
    assert b"s3cret" not in b"".join(path.read_bytes() for path in opened.config.cache_folder.glob("*.sqlite*"))


def test_header_values_that_would_split_a_request_are_refused(fetcher: Open) -> None:
    with pytest.raises(FetchFailed, match="control characters") as failed:
        fetcher().get("http://example.com/", headers={"X-A": Secret("abc\r\nHost: x")})
    assert "abc" not in str(failed.value)


def test_hosts_that_share_a_rate_are_counted_together(server: Loopback, fetcher: Open) -> None:
    mirrors = {"www.one.example": server.url, "data.one.example": server.url}
    opened = fetcher(mirrors=mirrors, rates=(HostRate(tuple(mirrors), 10.0),))
    server.on("/a", GOOD)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: opened.get(f"https://{list(mirrors)[n % 2]}/a?n={n}"), range(12)))
    times = [request.at for request in server.asked("/a")]
    assert max(sum(start <= other < start + 1 for other in times) for start in times) <= 10
    assert times[-1] - times[0] >= 1.1


def test_answers_are_checked_against_what_was_asked_for(server: Loopback, fetcher: Open) -> None:
    feed = Reply(b"<?xml version='1.0'?><rss><channel/></rss>", headers={"Content-Type": "text/html"})
    got: Fetched = fetcher().get(server.on("/feed", feed), expect="xml")
    assert got.content == feed.body


def _certificate(name: str, folder: Path) -> tuple[Path, Path]:
    """A certificate for a name, signed by itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret
