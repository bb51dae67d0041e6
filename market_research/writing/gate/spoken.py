"""Parts and multiples in words: "two fifths of", "twice", "tenfold", "doubled"."""

import re
from functools import lru_cache

from market_research.writing import numbers
from market_research.writing.gate import wording
from market_research.writing.numbers import Token

FRACTION = "fraction"
"""Kind of a part in words ("a third of"); multiples in words ("twice") are of the kind TIMES."""
_DENOMINATORS = {
    "half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_SMALL = {word: value for value, word in enumerate(numbers.WORDS)} | {"a": 1, "an": 1, "twenty": 20, "hundred": 100}
_FRACTION = re.compile(
    rf"(?<!first )(?<!second )(?<!last )\b(?:(?P<over>a|one|two|three|four|five|six|seven|eight"
    rf"|nine)[ -](?P<under>{'|'.join(_DENOMINATORS)})s?"
    r"|(?P<half>half))(?=\s+(?:of|as|that|the|what|its|those)\b|\s+[A-Z])(?!\s+of\s+(?:fiscal\s+)?(?:19|20)\d\d)",
    re.IGNORECASE,
)
_MOVED_BY = re.compile(
    r"\bby\s+(?:(?:about|roughly|some|just|nearly|almost|more|less|than|over|under|at|least)\s+){0,3}(?P<part>(?P<over>a|one|two|three"
    rf"|four|five|six|seven|eight|nine)[ -](?P<under>{'|'.join(_DENOMINATORS)})s?|(?P<half>half))\b",
    re.IGNORECASE,
)
_MULTIPLE = re.compile(
    r"\b(?:(?P<word>twice|thrice)|(?P<double>double|triple|quadruple)(?=\s+(?:that|the|what|its|those|[A-Z]))"
    r"|(?P<whole>two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty"
    r"|a hundred)(?P<and>\s+and\s+a\s+half)?(?:-?fold|[ -]times|\s+fold))\b"
    r"|\b(?P<half>one and a half times)\b"
)
_SPOKEN = re.compile(
    r"\b(?:hal(?:f|ves)|thirds?|quarters?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|twice|thrice"
    r"|double|triple|quadruple|\w+pled|trebled|halved)\b|doubled|fold\b"
    r"|[a-z]\s?times\b",
    re.IGNORECASE,
)
GREW = re.compile(r"\b(?:doubled|tripled|trebled|quadrupled|quintupled|halved)\b", re.IGNORECASE)
_WORDS = {"twice": 2.0, "thrice": 3.0, "double": 2.0, "triple": 3.0, "quadruple": 4.0}


@lru_cache(maxsize=256)
def spoken(text: str) -> tuple[Token, ...]:
    """Parts and multiples in words: "two fifths of", "twice", "tenfold"."""
    found: list[Token] = []
    if not _SPOKEN.search(text):
        return ()
    for match in _FRACTION.finditer(text):
        under = 2 if match["half"] else _DENOMINATORS[match["under"].lower()]
        over = 1 if match["half"] else _SMALL[match["over"].lower()]
        found.append(Token(match.group(), match.start(), match.end(), over / under, 0.0, FRACTION))
    for match in _MOVED_BY.finditer(text):
        under = 2 if match["half"] else _DENOMINATORS[match["under"].lower()]
        over = 1 if match["half"] else _SMALL[match["over"].lower()]
        start, end = match.span("part")
        if all(token.start != start for token in found):
            found.append(Token(match["part"], start, end, over / under, 0.0, FRACTION))
    for match in _MULTIPLE.finditer(text):
        if match["half"]:
            value = 1.5
        elif match["whole"]:
            value = _SMALL[match["whole"].removeprefix("a ")] + (0.5 if match["and"] else 0.0)
        else:
            value = _WORDS[match["word"] or match["double"]]
        found.append(Token(match.group(), match.start(), match.end(), value, 0.0, numbers.TIMES))
    for match in GREW.finditer(text):
        found.append(
            Token(match.group(), match.start(), match.end(), wording.factor(match.group()), 0.0, numbers.TIMES)
        )
    return tuple(found)
