"""Typed text is made what it looks like, and no more than that."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.guard.sanitise import REMOVED, sanitise, visible

AWKWARD = st.lists(
    st.one_of(
        st.text(max_size=3),
        st.sampled_from(
            "\u200b\u200d\u202e\u2066\u00ad\ufeff\u2028\x00\x1b\r\n\t\u00a0\u3164\ufe0f\U000e0041\U000e0101\u0430\u0435"
            "\u0440\uff49\U0001d422d ata:;,/{}<>|"
        ),
        st.sampled_from(
            ["data:text/html,", "data:image/b;base64,AAAA", "data:", "d\u0430ta:", "ign\u043ere ", "[data]"]
        ),
    )
).map("".join)


@given(AWKWARD)
def test_a_second_pass_changes_nothing(text: str) -> None:
    once = sanitise(text)
    again = sanitise(once.text)
    assert again.text == once.text
    assert again.found == {}


@given(AWKWARD)
def test_the_text_never_grows_and_holds_nothing_that_does_not_show(text: str) -> None:
    clean = sanitise(text).text
    assert len(clean) <= len(text)
    for char in clean:
        assert char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        assert unicodedata.bidirectional(char) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        assert not 0xFE00 <= ord(char) <= 0xFE0F
        assert not 0xE0000 <= ord(char) <= 0xE01EF
    assert "data:text/html," not in clean


@given(st.text())
def test_what_is_visible_is_kept_in_its_order(text: str) -> None:
    kept = iter(text.replace("\r\n", "\n"))
    for char in visible(text):
        # Line breaks and blanks of other kinds become the plain ones.
        assert any(char == other or char in "\n " for other in kept)


@pytest.mark.parametrize(
    ("text", "clean", "kind"),
    [
        ("mar\u200bgins", "margins", "invisible"),
        ("a\x1b[31mred", "a[31mred", "control"),
        ("total \u202e001", "total 001", "direction of writing"),
        ("Fo\U000e0069\U000e0067cus", "Focus", "tag characters"),
        ("fосus on mаrgins", "focus on margins", "letters that look alike"),
        ("ｆｏｃｕｓ", "focus", "letters that look alike"),
        ("look data:image/png;base64,iVBORw0KGgo= here", f"look {REMOVED} here", "data URI"),
        ("DATA:text/html,<b>", REMOVED, "data URI"),
        ("data:;base64,AAAA", REMOVED, "data URI"),
        ("dаta:text/html,x", REMOVED, "data URI"),
        ("a\ud800b", "ab", "broken encoding"),
    ],
)
def test_each_kind_is_cleaned_and_named(text: str, clean: str, kind: str) -> None:
    done = sanitise(text)
    assert done.text == clean
    assert kind in done.found


@pytest.mark.parametrize(
    "text",
    [
        "Focus on margins; ignore the retail segment.",
        "Выручка компании выросла на 12 процентов.",
        "CO₂ prices, ½ of sales, µ-controllers — “quoted” £3",
        "Use this data: margins, sales, prices",
        "売上高は増加した",
        "metadata:price/volume, and data:sales/returns, by month",
        "line one\n\tline two",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert sanitise(text).text == text
    assert sanitise(text).found == {}


def test_line_breaks_and_blanks_become_plain_ones() -> None:
    assert sanitise("a\r\nb\rc\u2028d\u00a0e\u3000f").text == "a\nb\nc\nd e f"
