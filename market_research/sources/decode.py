"""Bytes to text: the one place where encodings are decided."""

import codecs
import re

from market_research.errors import UnreadableDocument

REPLACEMENT = "\ufffd"
"""Stands where bytes could not be decoded; a table row that holds it is rejected, not guessed at."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WESTERN = ["cp1252", "latin_1", "cp1250", "cp1251", "cp1253", "cp1254", "shift_jis", "gb18030", "big5", "euc_kr"]
_HALF_PAIR = re.compile(rb"&#(?:x0*d[89a-f][0-9a-f]{2}|0*5(?:5[2-9]|6\d|7[0-3])\d\d);", re.I)
_SAMPLE = 200_000
_SHORT = 400
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def decode(content: bytes, name: str) -> str:
    """The text of a document: by byte order mark, then UTF-8, then by its statistics.

    Bytes that are plainly UTF-8 but for a few broken ones keep ``REPLACEMENT`` in their place.

    Raises:
        UnreadableDocument: most of the content is control characters, so it is not text.
    """
    text = _decode(content)
    sample = text[:_SAMPLE]
    controls = sum(1 for char in sample if char < " " and char not in "\t\n\r\f\v\x1b")
    if controls > max(16, len(sample) // 20):
        raise UnreadableDocument(f"{name}: not text: it holds {controls} control characters; send it as text.")
    return text


def without_half_pairs(content: bytes) -> bytes:
    """Markup without references to halves of surrogate pairs, which no text may hold and libraries stumble over."""
    return _HALF_PAIR.sub(b"&#xFFFD;", content)


def _decode(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    wide = _wide_encoding(content)
    if wide:
        return content.decode(wide, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    repaired = content.decode("utf-8", "replace")
    if len(_MULTIBYTE.findall(content)) > 2 * repaired.count(REPLACEMENT):
        return repaired
    return content.decode(_guess(content), "replace")


def _wide_encoding(content: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of mostly Latin text is zero."""
    sample = content[:2000]
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    if sample[1::2].count(0) > 0.8 * pairs and sample[0::2].count(0) < 0.1 * pairs:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.8 * pairs and sample[1::2].count(0) < 0.1 * pairs:
        return "utf-16-be"
    return None


def _guess(content: bytes) -> str:
    # Statistics over a few words are worse than the most common legacy encoding.
    if len(content) < _SHORT:
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(content[:_SAMPLE], cp_isolation=_WESTERN, enable_fallback=False).best()
    return best.encoding if best else "cp1252"
