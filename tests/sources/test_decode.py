"""Texts are decoded in one place, and never silently wrong."""

import pytest

from market_research.errors import UnreadableDocument
from market_research.sources.decode import REPLACEMENT, decode

TEXT = "Größe, année, 100 €\n" * 30


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_common_encodings_are_recognised(encoding: str) -> None:
    assert decode(TEXT.encode(encoding), "x.csv") == TEXT


def test_a_short_legacy_text_is_read_as_western() -> None:
    assert decode("a,b\nMünchen,1\n".encode("latin-1"), "x.csv") == "a,b\nMünchen,1\n"


def test_a_broken_byte_in_utf8_is_marked_and_spoils_nothing_else() -> None:
    content = TEXT.encode() + b"\xff broken\n" + TEXT.encode()
    assert decode(content, "x.csv") == TEXT + REPLACEMENT + " broken\n" + TEXT


def test_binary_content_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match=r"x\.csv: not text"):
        decode(b"\x01\x02\x03\x04" * 100, "x.csv")
