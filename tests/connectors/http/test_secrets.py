"""Secrets are sent and shown nowhere."""

import logging
from collections.abc import Callable

import pytest

from market_research.connectors.base import FetchFailed
from market_research.connectors.http import Secret
from market_research.connectors.http.fetcher import PoliteFetcher

from ..loopback import Loopback, Reply, as_json, redirect

Open = Callable[..., PoliteFetcher]
GOOD = as_json({"rows": [1, 2, 3]})


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
