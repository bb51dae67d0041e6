"""The one entrance: dispatch, versions, and that nothing but a refusal comes out."""

import pytest

from market_research.errors import UnreadableDocument
from market_research.sources import parse as entrance
from market_research.sources import tables


def test_the_version_names_the_code_that_parses() -> None:
    assert entrance.parser_version() == entrance.PARSER_VERSION
    assert len(entrance.parser_version()) == 16


def test_a_given_media_type_is_used() -> None:
    assert entrance.parse(b"a,b\n1,2\n", "x", media_type="text/plain").kind == "note"
    assert entrance.parse(b"a,b\n1,2\n", "x.csv").kind == "table"


def test_an_error_inside_a_library_becomes_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(content: bytes, name: str) -> None:
        raise KeyError("inside")

    monkeypatch.setattr(tables, "parse_csv", broken)
    with pytest.raises(UnreadableDocument, match=r"x\.csv: damaged .*KeyError"):
        entrance.parse(b"a,b\n1,2\n", "x.csv")


def test_a_page_of_fifty_megabytes_is_refused() -> None:
    content = b"<html><body><p>x</p>" + b"<!-- -->" * (50 * 1024 * 1024 // 8)
    with pytest.raises(UnreadableDocument, match=r"big\.html: 50 MB of HTML"):
        entrance.parse(content, "big.html")
