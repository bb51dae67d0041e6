"""Ids: the same content gives the same id everywhere, other content another."""

import hashlib
import re

from hypothesis import given
from hypothesis import strategies as st

from market_research.ids import content_id, document_id

PARTS = st.lists(st.text(st.characters(exclude_characters="\x1f")), min_size=1, max_size=4)


def test_ids_do_not_change_between_versions() -> None:
    """Stored rows and published reports carry them."""
    assert (
        content_id("fact", "chips", "doc_1", None, 2024)
        == "fact_" + hashlib.sha256(b"chips\x1fdoc_1\x1f\x1f2024").hexdigest()[:16]
    )
    assert document_id(b"") == "doc_e3b0c44298fc1c14"


@given(PARTS)
def test_form(parts: list[str]) -> None:
    assert re.fullmatch(r"row_[0-9a-f]{16}", content_id("row", *parts))


@given(PARTS, PARTS)
def test_other_parts_give_another_id(left: list[str], right: list[str]) -> None:
    assert (content_id("row", *left) == content_id("row", *right)) == (left == right)


def test_where_one_part_ends_matters() -> None:
    assert content_id("row", "ab", "c") != content_id("row", "a", "bc")
    assert content_id("row", "a", None) == content_id("row", "a", "")


def test_text_that_is_no_unicode_has_an_id_too() -> None:
    assert content_id("row", "\udcff") != content_id("row", "\udcfe")
