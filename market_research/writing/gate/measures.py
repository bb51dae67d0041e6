"""Whether amounts are of the measures that stand by them: net income is no revenue."""

import re
from collections.abc import Mapping, Sequence

from market_research.writing.evidence import Fact
from market_research.writing.gate import vocabulary
from market_research.writing.gate.reading import Reading
from market_research.writing.numbers import Token

# Between a measure and the amount that it is said to be: "net income for fiscal 2024 was about".
_IS = re.compile(
    r"(?:['’]s?)?(?:,?\s+(?:for|in|during|of|the|its|that|full|fiscal|financial|years?|FY|at|by|than|then|(?:19|20)\d\d"
    r"|[A-Z][\w&.'’-]*)){0,9}?,?\s*(?::|\(|\b(?:of|was|were|is|at|to|reached|totall?ed|be|came to|stood at|amounted to"
    r"|exceeded))\s*(?:(?:about|around|roughly|nearly|almost|some|just|over|under|more than|less than)\s+)*"
)
_OF_IT = re.compile(r"\s+(?:of|in)\s+(?:its\s+|annual\s+|total\s+|fiscal\s+|(?:19|20)\d\d\s+)*", re.IGNORECASE)
_LISTED = re.compile(r"\s*(?:,|,?\s+(?:and|or))\s+(?:its\s+|the\s+)?", re.IGNORECASE)


def wrong_measure(reading: Reading, supporters: Mapping[int, Sequence[Fact]]) -> str | None:
    """Why an amount must not stand by the name of a measure: none of the facts that it may show is of that measure."""
    named = vocabulary.measures(reading.text)
    if not named:
        return None
    for token in reading.figures:
        found = supporters.get(token.start, ())
        # Shares, contributions and other derived figures are of several measures at once.
        if not found or any(fact.metric not in vocabulary.MEASURES or len(fact.unit) != 3 for fact in found):
            continue
        said = _said(reading.text, token, named)
        if said and not any(said in vocabulary.of_metric(fact.metric) for fact in found):
            other = " or ".join(sorted({fact.metric.replace("_", " ") for fact in found}))
            return f"the number {token.text!r} is of {other}, not of {said.replace('_', ' ')}"
    return None


def _said(text: str, token: Token, named: Sequence[tuple[str, int, int]]) -> str | None:
    """The measure that an amount is said to be; None where the words leave it open, as after a list of measures."""
    of_it = _OF_IT.match(text, token.end)
    after = next((metric for metric, start, _ in named if of_it and start == of_it.end()), None)
    if after:
        return after
    before = [one for one in named if one[2] <= token.start]
    if not before:
        return None
    metric, start, end = before[-1]
    if len(before) > 1 and _LISTED.fullmatch(text[before[-2][2] : start]):
        return None
    return metric if _IS.fullmatch(text[end : token.start]) else None
