"""Signs that a typed text tries to take a language model over, by the phrases that documents are read with."""

import re
from dataclasses import dataclass

import polars as pl

from market_research.cleaning import disguise, instructions

OWN = frozenset({"role", "steering", "concealment", "addressed"})
"""Families that are the business of whoever asks: a document must not steer the answer, the reader may."""
_TRADE = re.compile(r"\b(inputs?|orders|messages?|training|conversations?|directions?|guidelines|directives?)$", re.I)
"""Words for what a model is told that companies also have: "drop other orders" is about a backlog. Half the weight."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: what noticed it, its weight (0 to 1), the words, and whether it is the typist's own business."""

    detector: str
    weight: float
    excerpt: str
    own: bool = False


def signs(text: str) -> list[Sign]:
    """What the text says in clear, behind invisible characters and look-alike letters, in tags and in codes."""
    clear = _families(text)
    found = [Sign(f"instructions: {name}", weight, words, name in OWN) for name, (weight, words) in clear.items()]
    if not text.isascii():
        # What divides words for the eye may be invisible, and so may what divides the letters of one.
        unmasked = _families(disguise.plain(text)) | _families(disguise.plain(disguise.INVISIBLE.sub(" ", text)))
        found += [
            Sign(f"disguised: {name}", _hidden(weight), words)
            for name, (weight, words) in unmasked.items()
            if name not in clear
        ]
        if tagged := disguise.tagged(text):
            found.append(Sign("hidden text: tag characters", _hidden(_total(tagged)), tagged))
        if turned := disguise.turned(text):
            found.append(Sign("disguised: direction of writing", 0.5, turned))
    for code, said in disguise.decoded(text):
        if (weight := _total(said)) > 0:
            found.append(Sign(f"disguised: {code}", _hidden(weight), said))
    return found


def score(found: list[Sign], own: float) -> float:
    """Signs taken for independent; those that are the typist's own business count by the factor ``own``."""
    left_open = 1.0
    for sign in found:
        left_open *= 1 - sign.weight * (own if sign.own else 1.0)
    return round(1 - left_open, 4)


def _families(text: str) -> dict[str, tuple[float, str]]:
    counted = [family for family in instructions.families() if not family.amidst]
    row = pl.select(pl.lit(text).str.extract_all(family.pattern).alias(family.name) for family in counted)
    found = {}
    for family, words in zip(counted, row.row(0), strict=True):
        telling = next((each for each in words if not _TRADE.search(each)), None)
        if telling is not None:
            found[family.name] = family.weight, telling
        elif words:
            found[family.name] = family.weight / 2, words[0]
    return found


def _total(text: str) -> float:
    return score([Sign(name, weight, words) for name, (weight, words) in _families(text).items()], 1.0)


def _hidden(weight: float) -> float:
    """Hiding is a sign by itself: half of what was left open."""
    return 1 - (1 - weight) * 0.5
