"""JSON and JSON Lines as tables."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.errors import UnreadableDocument
from market_research.sources.locate import excerpt
from market_research.sources.parse import parse


def test_an_array_of_objects_is_a_table_with_paths() -> None:
    content = b'[{"company": "A", "year": 2020, "revenue": 1.50, "more": {"users": 3}}, 7]'
    parsed = parse(content, "t.json")
    assert parsed.rows[0].record == {"company": "A", "year": "2020", "revenue": "1.50", "more.users": "3"}
    assert [(n.locator, n.raw) for n in parsed.numbers] == [("$[0].revenue", "1.50"), ("$[0].more.users", "3")]
    assert [excerpt(content, "t.json", n.locator) for n in parsed.numbers] == ["1.50", "3"]
    assert [(r.locator, r.raw) for r in parsed.rejects] == [("$[1]", "7")]


def test_a_list_inside_an_object_is_a_table() -> None:
    parsed = parse(b'{"source": "x", "data": [{"country": "N", "year": 2020, "gdp": 4}]}', "d.json")
    assert [n.locator for n in parsed.numbers] == ["$.data[0].gdp"]


def test_malformed_lines_are_rejects() -> None:
    parsed = parse(b'{"company": "A", "year": 2020, "sales": 4}\n{"company": \n\n[1]\n', "t.jsonl")
    assert [row.locator for row in parsed.rows] == ["line 1, $"]
    assert [reject.locator for reject in parsed.rejects] == ["line 2, $", "line 4, $"]
    assert parsed.numbers[0].locator == "line 1, $.sales"


def test_half_a_surrogate_pair_rejects_its_row() -> None:
    parsed = parse(b'[{"a": "\\ud800"}, {"a": "ok"}]', "s.json")
    assert [r.reason for r in parsed.rejects] == ["The row holds half of a surrogate pair."]
    assert len(parsed.rows) == 1
    parsed.rejects[0].raw.encode()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "content", [b"[1, 2", b"{'a': 1}", b'[{"a": NaN}]', b'[{"a": 01}]', b"[" * 100_000, b'"text"', b"[1]"]
)
def test_what_is_not_a_table_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"x\.json"):
        parse(content, "x.json")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_named_json_are_parsed_or_refused(content: bytes) -> None:
    message = "any.json"
    try:
        parse(content, "any.json")
    except UnreadableDocument as error:
        message = str(error)
    assert "any.json" in message


def test_an_array_of_arrays_below_a_header_is_a_table() -> None:
    content = b'[["country", "year", "gdp"], ["N", 2020, 4.0], ["S", 2020]]'
    parsed = parse(content, "t.json")
    number = parsed.numbers[0]
    assert (number.entity, number.value, number.locator) == ("N", 4, '$[1], column "gdp"')
    assert excerpt(content, "t.json", number.locator) == "4.0"
    assert [r.locator for r in parsed.rejects] == ["$[2]"]
