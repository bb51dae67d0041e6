"""What makes a new version of an answer, and what does not."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.connectors.versions import significant, steps_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


def _shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = [(key, _shuffled(inner)) for key, inner in value.items()]
        random.shuffle(pairs)
        return dict(pairs)
    return [_shuffled(inner) for inner in value] if isinstance(value, list) else value


@given(JSON, st.sampled_from([None, 2, 5]))
def test_white_space_and_the_order_of_members_do_not_count(value: Any, indent: int | None) -> None:
    written = json.dumps(value).encode()
    rewritten = json.dumps(_shuffled(value), indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert significant(written, "application/json") == significant(rewritten, "application/json; charset=utf-8")


@given(JSON, JSON)
def test_everything_else_counts(one: Any, other: Any) -> None:
    first, second = json.dumps(one, sort_keys=True), json.dumps(other, sort_keys=True)
    same = significant(first.encode(), "application/json") == significant(second.encode(), "application/json")
    assert same == (first == second)


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        ("$.meta.at", {"meta": {"at": 1, "n": 2}}, {"meta": {"at": 9, "n": 2}}),
        ("$.at", {"at": 1, "n": 2}, {"n": 2}),
        ('$["x.y"]', {"x.y": 1, "n": 2}, {"x.y": 2, "n": 2}),
        ("$.items[*].score", {"items": [{"score": 1, "n": 1}, {"n": 2}]}, {"items": [{"n": 1}, {"score": 7, "n": 2}]}),
        ("$.items[0]", {"items": [1, 5]}, {"items": [2, 5]}),
        ("$.*.at", {"a": {"at": 1}, "b": {"at": 2}}, {"a": {"at": 3}, "b": {"at": 4}}),
        ("$.none.here", {"n": 1}, {"n": 1}),
    ],
)
def test_volatile_members_do_not_count_and_others_still_do(path: str, first: Any, second: Any) -> None:
    one, two = json.dumps(first).encode(), json.dumps(second).encode()
    assert significant(one, "application/json", [path]) == significant(two, "application/json", [path])
    assert (significant(one, "application/json") == significant(two, "application/json")) == (first == second)
    changed = json.dumps({**second, "changed": True}).encode()
    assert significant(one, "application/json", [path]) != significant(changed, "application/json", [path])


def test_bytes_that_are_no_json_count_one_by_one() -> None:
    assert significant(b"a,b\n", "text/csv") != significant(b"a, b\n", "text/csv")
    assert significant(b'{"a": 1', "application/json") != significant(b'{"a":1', "application/json")


def test_lines_of_json_are_compared_line_by_line() -> None:
    kind = "application/x-ndjson"
    assert significant(b'{"a": 1, "t": 1}\n{"a":2}\n', kind, ["$.t"]) == significant(b'{"a":1}\n\n{"a":2}', kind)
    assert significant(b'{"a":1}\n{"a":2}', kind) != significant(b'{"a":2}\n{"a":1}', kind)


@pytest.mark.parametrize("path", ["a.b", "$", "$.", "$.a[", "$[x]", "$a"])
def test_a_wrong_path_is_an_error(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        steps_of(path)


FEED = (
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><updated>{0}</updated>'
    '<entry title="ARRAY({0})"><updated>{0}</updated><id>{1}</id></entry></feed>'
)


def test_elements_and_attributes_of_xml_can_be_volatile() -> None:
    paths = ["feed/updated", "feed/entry/updated", "feed/*/@title", "$.not.for.xml"]

    def version(stamp: str, item: str) -> str:
        return significant(FEED.format(stamp, item).encode(), "application/atom+xml", paths)

    assert version("1", "a") == version("2", "a")
    assert version("1", "a") != version("1", "b")
    assert significant(b"<feed><broken>", "text/xml", paths) != significant(b"<feed> <broken>", "text/xml", paths)
