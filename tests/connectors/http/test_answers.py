"""What is an answer: kinds, content codings, and addresses without their secrets."""

import gzip
import itertools
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.connectors.base import Expect
from market_research.connectors.http.config import SECRET_NAMES, FetchConfig, checked_mirrors, config_of, networks_of
from market_research.connectors.http.decoding import Damaged, TooLarge, unpacked
from market_research.connectors.http.kinds import problem_of
from market_research.connectors.http.redaction import Secret, secrets_of, shown_url, without_secrets
from market_research.errors import InvalidInput
from market_research.settings import Settings


@pytest.mark.parametrize(
    ("content", "media_type", "expect"),
    [
        (b'\xef\xbb\xbf {"a": 1}', "application/json; charset=utf-8", "json"),
        (b"[]", "text/plain", "json"),
        (b"[1]", "", "json"),
        (b"<?xml version='1.0'?><!-- x --><feed xmlns='a'></feed>", "application/atom+xml", "xml"),
        (b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss></rss><!-- end -->", "text/xml", "xml"),
        (b"<rss/>", "text/html", "xml"),
        ("<?xml version='1.0' encoding='utf-16'?><rss></rss>".encode("utf-16"), "text/xml", "xml"),
        (b"a,b\n1,2\n", "text/csv", "csv"),
        (b"a;b\n1;2\n", "application/octet-stream", "csv"),
        (b"<p>hello", "text/html", "html"),
        (b"<!-- c --><html></html>", "application/xhtml+xml", "html"),
        (b"%PDF-1.7", "application/pdf", "any"),
    ],
)
def test_what_was_asked_for_is_accepted(content: bytes, media_type: str, expect: Expect) -> None:
    assert problem_of(content, media_type, expect) is None


@pytest.mark.parametrize(
    ("content", "media_type", "expect", "said"),
    [
        (b" \r\n", "", "any", "empty"),
        (b"<!DOCTYPE html><html></html>", "application/json", "json", "HTML came"),
        (b"{}", "text/html", "json", "text/html came"),
        (b'{"a": 1', "application/json", "json", "not whole JSON"),
        (b"[" * 100_000, "application/json", "json", "JSON"),
        (b"<?xml version='1.0'?><html><body/></html>", "text/xml", "xml", "HTML came"),
        (b"<rss><channel><item>", "text/xml", "xml", "breaks off"),
        (b"{}", "text/xml", "xml", "something else"),
        (b"<data></data>", "application/json", "xml", "application/json came"),
        (b"<html>", "text/csv", "csv", "CSV was asked for"),
        (b"one column\n1\n", "text/csv", "csv", "no columns"),
        (b"no tags", "text/html", "html", "a web page"),
        (b"<p>x</p>", "application/pdf", "html", "application/pdf came"),
    ],
)
def test_what_was_not_asked_for_is_said(content: bytes, media_type: str, expect: Expect, said: str) -> None:
    assert said in str(problem_of(content, media_type, expect))


@given(st.binary(max_size=5000), st.sampled_from(["gzip", "deflate", "raw deflate", "two members", ""]), st.data())
def test_content_comes_out_as_it_went_in_however_it_is_cut(content: bytes, coding: str, data: st.DataObject) -> None:
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(content),
        "deflate": zlib.compress(content),
        "raw deflate": raw.compress(content) + raw.flush(),
        "two members": gzip.compress(content[:7]) + gzip.compress(content[7:]),
        "": content,
    }[coding]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(packed)), max_size=5)))
    edges = [0, *cuts, len(packed)]
    chunks = [packed[a:b] for a, b in itertools.pairwise(edges)]
    name = {"raw deflate": "deflate", "two members": "gzip"}.get(coding, coding)
    if coding == "raw deflate" and cuts and cuts[0] == 1:
        return  # one byte does not tell which of the two it is
    assert unpacked(chunks, name, 10_000) == content


@given(st.integers(0, 3000), st.sampled_from(["gzip", ""]))
def test_the_limit_holds_to_the_byte(size: int, coding: str) -> None:
    content = bytes(range(256)) * 12
    content = content[:size]
    chunks = [gzip.compress(content) if coding else content]
    assert unpacked(chunks, coding, max(size, len(chunks[0]))) == content
    if size > 300:
        with pytest.raises(TooLarge):
            unpacked(chunks, coding, size - 1)


def test_what_breaks_off_is_damaged() -> None:
    with pytest.raises(Damaged, match="breaks off"):
        unpacked([gzip.compress(b"abc" * 100)[:-6]], "gzip", 1000)
    with pytest.raises(Damaged, match="zstd"):
        unpacked([b"x"], "zstd", 1000)


@given(st.text(min_size=3).filter(lambda text: "***" not in text and text not in "https://a.example/?x=1&y="))
def test_a_secret_is_in_no_address(secret: str) -> None:
    from urllib.parse import urlencode

    url = "https://a.example/?" + urlencode({"x": "1", "y": Secret(secret)})
    hidden = secrets_of({"y": Secret(secret)}, None, SECRET_NAMES)
    assert urlencode({"y": secret})[2:] not in shown_url(url, SECRET_NAMES, hidden).partition("y=")[2]
    assert secret not in without_secrets(f"failed with {secret}!", hidden).removeprefix("failed with ")


def test_names_of_secrets_hide_values_and_user_and_password_are_left_out() -> None:
    shown = shown_url("https://me:pw@a.example/p?API_KEY=abc&q=1#x", SECRET_NAMES)
    assert shown == "https://a.example/p?API_KEY=***&q=1"


def test_settings_make_a_configuration() -> None:
    settings = Settings(
        http_allowed_networks=("10.1.0.0/16",), http_mirrors={"Data.example": "http://m.example/x/"}, http_attempts=2
    )
    config = config_of(settings)
    assert isinstance(config, FetchConfig)
    assert config.mirrors == {"data.example": "http://m.example/x"}
    assert str(config.allowed_networks[0]) == "10.1.0.0/16"
    assert config.attempts == 2
    assert config.cache_folder == settings.root / "http"


def test_lists_in_the_environment_are_divided_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_RESEARCH_HTTP_ALLOWED_NETWORKS", "10.0.0.0/8, 192.168.0.0/16")
    monkeypatch.setenv("MARKET_RESEARCH_HTTP_MIRRORS", '{"data.sec.gov": "https://mirror.example.com/sec"}')
    settings = Settings()
    assert settings.http_allowed_networks == ("10.0.0.0/8", "192.168.0.0/16")
    assert settings.http_mirrors == {"data.sec.gov": "https://mirror.example.com/sec"}


def test_settings_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(InvalidInput, match="Not a network"):
        networks_of(["10.0.0.0/99"])
    with pytest.raises(InvalidInput, match="mirror of a"):
        checked_mirrors({"a": "ftp://x"})
