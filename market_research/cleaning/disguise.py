"""Text that is not what it looks like: invisible characters, letters of other scripts within words, encoded orders."""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
)
_TAGS = "\U000e0000-\U000e007f"
INVISIBLE = re.compile(f"[{_INVISIBLE}{_TAGS}]")
"""Characters that take no room: joiners, marks of direction, Unicode's tags."""
_OVERRIDES = re.compile("[\u202d\u202e\u2066-\u2068]")
_TAG_RUN = re.compile(f"(?<![\U0001f3f4{_TAGS}])[{_TAGS}]{{4,}}")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufefc]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{24,4000}={0,2}(?![A-Za-z0-9+/=_-])")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:(?:0x|\\x)?[0-9a-fA-F]{2}[ ,]?){20,2000}(?![0-9A-Za-z])")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9_.~-]){24,2000}")
# "ignore", "instruction", "prompt", "system", "disregard", as rot13 makes them.
_ROT13 = re.compile(r"\b(vtaber|vafgehpgvba|cebzcg|flfgrz|qvfertneq)", re.I)
APART = "letters apart"
_APART = re.compile(r"(?<!\S)(?:\S {1,2}){12,}\S(?!\S)|(?<!\S)(?:\S[-_.*|]){12,}\S(?!\S)")
# "instructions", "prompt", "ignore", "system", "previous", "disregard" from behind.
_BACKWARDS = re.compile(r"(?:snoitcurtsni|tpmorp|erongi|metsys|suoiverp|dragersid)", re.I)
_DIGITS = re.compile(
    r"\b(?=\w*[a-z])(?=\w*[013457@$])(?:[i1!]gn[o0]r|[i1]n[s5$][t7]ruc|pr[o0]mp[t7]|pr[e3]v[i1][o0]u)", re.I
)
_LETTERS = str.maketrans("013457@$!", "oieastasi")
_MAY_BE_ENCODED = re.compile(r"[A-Za-z0-9+/_%-]{24}|(?:[0-9a-fA-F]{2}[ ,]){20}")
_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТХаеорсухіѕјԁһӏԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαινρ", "ABEKMHOPCTXaeopcyxisjdhlqwABEZHIKMNOPTYXoaivp"
)


def plain(text: str) -> str:
    """The text as a reader sees it: without invisible characters, letters that look like Latin ones made Latin."""
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).translate(_LOOKALIKES)


def mixed_words(text: str) -> list[str]:
    """Words of Latin letters with a letter of another script among them that looks like one."""
    if text.isascii():
        return []
    found = []
    for match in _WORD.finditer(text):
        word = match[0]
        if not word.isascii() and _is_mixed(word):
            found.append(word)
    return found


def unmixed(text: str) -> str:
    """The text with the look-alike letters in such words made Latin; words wholly of another script stay."""
    return _WORD.sub(lambda match: plain(match[0]) if _is_mixed(match[0]) else match[0], text)


def _is_mixed(word: str) -> bool:
    looking = sum(1 for char in word if ord(char) in _LOOKALIKES)
    latin = sum(1 for char in word if char.isascii())
    return looking > 0 and latin > 0 and looking + latin == len(word)


def tagged(text: str) -> str:
    """What Unicode's tag characters say, which no reader sees; flags of regions are spelled so and left out."""
    return " ".join(
        "".join(chr(ord(char) - 0xE0000) for char in run if 0xE0020 <= ord(char) <= 0xE007E)
        for run in _TAG_RUN.findall(text)
    ).strip()


def turned(text: str) -> str | None:
    """The first override of the direction of writing in a text without any letter that is written from the right."""
    match = _OVERRIDES.search(text)
    return None if match is None or _RIGHT_TO_LEFT.search(text) else text[max(0, match.start() - 30) : match.end() + 60]


def decoded(text: str) -> Iterator[tuple[str, str]]:
    """Readable text in base64, hexadecimal, percent signs or rot13 within a text, with the name of the code."""
    if _ROT13.search(text):
        yield "rot13", codecs.decode(text, "rot13")
    if not _MAY_BE_ENCODED.search(text):
        return
    for match in _BASE64.finditer(text):
        yield from _readable("base64", _of_base64(match[0]))
    for match in _HEX.finditer(text):
        yield from _readable("hexadecimal", _of_hex(match[0]))
    for match in _PERCENT.finditer(text):
        if match[0].count("%") >= 3:
            from urllib.parse import unquote_to_bytes

            yield from _readable("percent signs", unquote_to_bytes(match[0]))


def respelled(text: str) -> Iterator[tuple[str, str]]:
    """The text read with its letters put together, from behind, or with letters for digits, where it asks for that."""
    for match in _APART.finditer(text):
        if sum(char.isalpha() for char in match[0]) < 0.8 * len(match[0]) / 2:
            continue
        # Two blanks, or a blank among other marks, divide the words.
        parts = re.split(r" {2,}", match[0]) if "  " in match[0] else [match[0]]
        yield APART, " ".join(re.sub(r"(\S)[ \-_.*|]", r"\1", part) for part in parts)
    if _BACKWARDS.search(text):
        yield "written backwards", text[::-1]
    if _DIGITS.search(text):
        yield "digits for letters", text.translate(_LETTERS)


def _of_base64(text: str) -> bytes | None:
    text = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _of_hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(re.sub(r"0x|\\x|[ ,]", "", text))
    except ValueError:
        return None


def _readable(code: str, content: bytes | None) -> Iterator[tuple[str, str]]:
    if content is None or len(content) < 12:
        return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return
    if sum(1 for char in text if char.isalpha() or char == " ") >= 0.7 * len(text):
        yield code, text
