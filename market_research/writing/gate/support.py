"""Sentences without figures: whether the cited passages say what they say, measured by their words.

The measure is the share of the sentence's content words that one place of a passage (a sentence and its neighbour)
holds too, by stem and by a short list of words that reports use for one another; and whether both deny or both assert.
It knows no meaning: a sentence that uses other words is refused, and one that puts the passage's words into
another order is kept. Its error is measured on labelled pairs by ``make bench NAME=gate``.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from market_research.writing.evidence import Passage

LEAST = 0.9
"""Share of content words from which a passage is taken to support a sentence."""
FEWEST = 3
"""Sentences of fewer content words ("Ranks may turn.") say too little to be measured."""
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
_COMMA = re.compile(r",(?=\s)")
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
_ENDINGS = re.compile(r"(?:ational|ations?|ments?|ingly|edly|ings?|ies|ied|ers?|ors?|ness|ally|ly|ed|es|s|e|y)$")
_NOT = re.compile(
    r"\b(?:not|no|never|none|nor|neither|without|cannot|hardly|unable|fail(?:s|ed|ure)?|lacks?|lacked|unlikely|\w+n['’]t"
    r"|refus(?:es|ed)|stopped|ceased|den(?:y|ies|ied))\b",
    re.IGNORECASE,
)
_STOP = frozenset(
    """not nor never cannot something a about above after again against all also although am an and another any are
    as at be because been before being below between both but by can could did do does doing down during each
    either few for from further had has have having he her here hers him his how however i if in into is it its
    itself just may me might more most must my nor of off on once one only or other our ours out over own per
    said same say says she should so some such than that the their theirs them then there these they this those
    through thus to too under until up upon us very was we were what when where which while who whom whose why
    will with within would you your company companies report reports states according writes notes warns expects
    sees describes explains""".split()
)
# Words that reports use for one another.
_SAME = {
    word: group[0]
    for group in (
        ("customer", "client", "buyer"), ("supplier", "vendor"), ("increase", "rise", "grow", "growth", "gain", "rose",
        "grew", "risen"), ("decrease", "decline", "fall", "drop", "fell", "reduction", "reduce", "lower"),
        ("revenue", "sale", "turnover"), ("profit", "earning", "income"), ("product", "offering", "good"),
        ("regulation", "rule", "regulatory"), ("rely", "depend", "reliance", "dependence", "dependent"),
        ("harm", "damage", "hurt", "adverse", "impair"), ("competition", "rivalry", "competitor", "rival", "compete"),
        ("cost", "expense", "spend"), ("employee", "staff", "worker", "workforce", "people"), ("big", "large",
        "significant", "substantial", "considerable", "major"), ("buy", "purchase", "acquire", "acquisition"),
        ("begin", "start", "commence"), ("use", "employ", "utilize"), ("country", "nation"), ("demand", "need"),
        ("shortage", "scarcity", "constrain"), ("plan", "intend", "aim"), ("quick", "rapid", "fast"),
        ("store", "shop", "outlet"), ("make", "manufacture", "produce", "production", "build"),
        ("subject", "expose", "exposure"), ("law", "legislation", "legal"),
    )
    for word in group
}  # fmt: skip


def unsupported(text: str, passages: Sequence[Passage]) -> str | None:
    """Why a sentence is not supported by the passages; None if it is, or says too little to be measured."""
    wanted = stems(text)
    if len(wanted) < FEWEST:
        return None
    best, found = 0.0, ""
    for passage in passages:
        for place, held in places(f"{passage.heading or ''}. {passage.text}"):
            share = len(wanted & held) / len(wanted)
            if share > best:
                best, found = share, place
    if best < LEAST:
        missing = ", ".join(sorted(wanted - stems(found))[:4])
        return f"no place of the cited passages holds enough of it ({best:.0%} of its words; not: {missing})"
    if denies(text) != denies(found):
        return "denies what the cited passage asserts" if denies(text) else "asserts what the cited passage denies"
    return None


def stems(text: str) -> frozenset[str]:
    """Content words by stem, one for words that reports use for one another."""
    return frozenset(stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP and len(word) > 2)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without its endings; ``clients`` is ``customer``."""
    plain = word.removesuffix("'s").removesuffix("’s")
    for ending in ("", "s", "es", "ed", "d", "ing"):
        if plain.removesuffix(ending) in _SAME:
            return _cut(_SAME[plain.removesuffix(ending)])
    if plain.endswith("ies") and f"{plain[:-3]}y" in _SAME:
        return _cut(_SAME[f"{plain[:-3]}y"])
    return _cut(plain)


def _cut(word: str) -> str:
    while len(word) > 4:
        shorter = _ENDINGS.sub("", word)
        if shorter == word or len(shorter) < 4:
            break
        word = shorter
    return word


def denies(text: str) -> bool:
    """Whether a text denies an odd number of times."""
    return len(_NOT.findall(text)) % 2 == 1


@lru_cache(maxsize=16384)
def places(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Every sentence of a passage with its stems, up to each comma and with the next one; shorter ones first."""
    whole = [sentence for sentence in _SENTENCE_END.split(text) if sentence]
    found = [sentence[: comma.start()] for sentence in whole for comma in _COMMA.finditer(sentence)]
    found += whole + [f"{a} {b}" for a, b in pairwise(whole)]
    return tuple((place, stems(place)) for place in sorted(found, key=len))
