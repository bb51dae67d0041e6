"""What connectors share: names in paths, plain text, points in time."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from market_research.cleaning.stage import stage
from market_research.connectors.reading import add_number, day, group_segment, moment, name_of, plain, segment
from market_research.sources.jsonpath import NumberText
from market_research.sources.parsed import Parsed


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
@example("..")
@example(".")
@example("a/b\\c_d%20")
def test_a_name_is_one_segment_of_a_path_and_comes_back(name: str) -> None:
    text = segment(name)
    assert name_of(text) == name
    assert not set(text) & set('/\\ ?#:*"<>|\x00')
    assert text not in {".", ".."}


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60), min_size=1, max_size=10))
def test_many_names_are_a_segment_of_bounded_length(names: list[str]) -> None:
    text = group_segment(names)
    assert len(text) <= 130
    assert "/" not in text
    assert text == group_segment(list(names))
    assert text != group_segment([*names, "one more"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>One</p><p>Two</p>", "One Two"),
        ("a<b>bold</b>c H<sub>2</sub>O", "aboldc H2O"),
        ("n<k and k>2, p < q > r, i<b", "n<k and k>2, p < q > r, i<b"),
        ("n<p and q>r", "n<p and q>r"),
        ("<script>steal()</script>left", "left"),
        ("<script>never closed", ""),
        ("<img src=x onerror=alert(1)>left<!-- hidden -->", "left"),
        ("&lt;b&gt;twice&lt;/b&gt; &amp;amp; more", "twice & more"),
        ("<jats:title>Abstract</jats:title><jats:p>Text</jats:p>", "Abstract Text"),
        ("<svg onload=x()>hidden</svg>seen", "seen"),
        ("  many\n\t blanks\u00a0here \u200b", "many blanks here"),
        ("AT&T &c.", "AT&T &c."),
        (None, ""),
        (7, ""),
    ],
)
def test_markup_goes_and_comparisons_stay(text: object, expected: str) -> None:
    assert plain(text) == expected


def test_hostile_repetition_is_read_to_its_end() -> None:
    """A pattern that goes back over what it has read would take hours, so a process of its own is given a minute."""
    code = (
        "from market_research.connectors.reading import plain\n"
        "for piece in '<!--|<script|<script |<svg>|<!doctype |<?|<a |<a href=|<|&lt;|&'.split('|'):\n"
        "    plain(piece * (200_000 // len(piece)))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@given(st.text(st.characters(exclude_characters="<&", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf"))))
def test_text_without_markup_stays_as_it_is(text: str) -> None:
    assert plain(text) == text.replace("\u00ad", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-15T10:00:00Z", datetime(2026, 3, 15, 10, tzinfo=UTC)),
        ("2026-03-15T10:00:00+02:00", datetime(2026, 3, 15, 8, tzinfo=UTC)),
        ("2026-03-15", datetime(2026, 3, 15, tzinfo=UTC)),
        ("20260315T101500Z", datetime(2026, 3, 15, 10, 15, tzinfo=UTC)),
        ("20261315T101500Z", None),
        ("2026-02-30", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31", None),
        ("soon", None),
        ("", None),
        (None, None),
        (20260315, None),
    ],
)
def test_points_in_time_are_read_in_utc(text: object, expected: datetime | None) -> None:
    assert moment(text) == expected
    assert day(text) == (expected.date() if expected else None)


def test_a_value_that_is_missing_is_no_number_but_a_gap_with_its_place() -> None:
    parsed = Parsed("statistics")
    for place, raw in (("$[0]", None), ("$[1]", "n/a"), ("$[2]", NumberText("5"))):
        add_number(parsed, raw, place, entity="Alder", concept="views", unit="count")
    assert [(gap.column, gap.count, gap.locators) for gap in parsed.gaps] == [
        ("views", 1, ("$[0]",)), ("views", 1, ("$[1]",)),
    ]  # fmt: skip
    made = stage(parsed, industry="chips", document_id="doc_0123456789abcdef", uri="views.json")
    (flag,) = made.quality_flags.select("field", "flag", "what", "strategy", "count", "locator").rows()
    assert flag == ("facts.value", "missing", "views", "left out", 2, "$[0]; $[1]")
