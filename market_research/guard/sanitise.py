"""Typed text made what it looks like: no character that does not show, no look-alike letters, no data URIs.

Every step replaces a character by at most one, or a data URI by a shorter mark, so that the text never grows; the order
of the steps makes a second pass find nothing.
"""

import re
import unicodedata
from dataclasses import dataclass

from market_research.cleaning import disguise

CONTROL, INVISIBLE, DIRECTION, TAGS = "control", "invisible", "direction of writing", "tag characters"
LOOK_ALIKE, DATA_URI, SURROGATE = "letters that look alike", "data URI", "broken encoding"
REMOVED = "[data]"

_NEW_LINE = re.compile("\r\n?|[\u0085\u2028\u2029]")
_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TAG = re.compile("[\U000e0000-\U000e007f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Fillers and selectors that take no room or no ink, but are letters or marks to Unicode.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SECOND_ALPHABET = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff\u24b6-\u24e9]")
# Only real kinds of media: "data:sales/returns, by month" is prose.
_PARAMETERS = r"(?:;[\w.+-]+(?:=[^;,\s]*)?)"
_DATA_URI = re.compile(
    rf"data:(?:text|image|audio|video|application|font|model|message|multipart|x-[\w-]+)/[\w.+*-]+{_PARAMETERS}*,\S*"
    rf"|\bdata:(?:{_PARAMETERS}+,\S*|,\S+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sanitised:
    """The clean text, and how often each kind of thing was taken out or replaced."""

    text: str
    found: dict[str, int]


def sanitise(text: str) -> Sanitised:
    """Clean a typed text: what does not show goes, look-alike letters in Latin words become Latin, data URIs a mark.

    Joiners of Persian and of emoji go too: a model reads on without them, and nothing is left to hide behind.
    """
    found: dict[str, int] = {}
    text = _seen(text, found)
    text = _one_alphabet(text, found)
    text, count = _DATA_URI.subn(REMOVED, text)
    _note(found, DATA_URI, count)
    return Sanitised(text, found)


def visible(text: str) -> str:
    """The text without characters that do not show; all kinds of line breaks and blanks become the plain ones."""
    return _seen(text, {})


def _seen(text: str, found: dict[str, int]) -> str:
    if text.isascii() and _shows(text):
        return text
    for kind, pattern in ((SURROGATE, _SURROGATE), (DIRECTION, _DIRECTION), (TAGS, _TAG), (INVISIBLE, _BLANK)):
        text, count = pattern.subn("", text)
        _note(found, kind, count)
    text = _SPACE.sub(" ", _NEW_LINE.sub("\n", text))
    if _shows(text):
        return text
    kept = []
    for char in text:
        category = unicodedata.category(char)
        if char in "\n\t" or category not in {"Cc", "Cf", "Co"}:
            kept.append(char)
        else:
            _note(found, CONTROL if category == "Cc" else INVISIBLE, 1)
    return "".join(kept)


def _shows(text: str) -> bool:
    return text.replace("\n", "").replace("\t", "").isprintable()


def _one_alphabet(text: str, found: dict[str, int]) -> str:
    if text.isascii():
        return text
    text, count = _SECOND_ALPHABET.subn(_plain_letter, text)
    # Whole words in another script are that script's; only a mixture within one word is a disguise.
    count += len(disguise.mixed_words(text))
    text = disguise.unmixed(text)
    _note(found, LOOK_ALIKE, count)
    return text


def _plain_letter(match: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", match[0])
    return plain if len(plain) == 1 else match[0]


def _note(found: dict[str, int], kind: str, count: int) -> None:
    if count:
        found[kind] = found.get(kind, 0) + count
