"""Which language a text is in: ISO 639-1 codes, or nothing where it is too short or mixed to tell.

What counts is a few pieces of the text, each judged by itself: a long document is not read from end to end, and a
document in two languages is not given one of them.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

REPORT = "en"
"""The language that reports are written in and the topic lexicon is made for."""
PIECES = 16
PIECE_LENGTH = 400
DIVIDED_FROM = 120
LEAST_BYTES = 24
LEAST_SURE = 0.6
LEAST_SHARE = 0.75
# Function words that no other language spells like this as often. They settle plain English, so that the trained
# model, which takes half a second to load, is only loaded for what may be something else.
_ENGLISH = frozenset("the of and to with that which from by this have our its were will been other these their".split())
_ENGLISH_SHARE = 0.15
_ENGLISH_WORDS = 10
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_ADDRESS = re.compile(r"\S+(?:://|@)\S+")


def of(texts: Sequence[str]) -> str | None:
    """The language of most of the text and of three quarters of what can be told, by length; None if there is none."""
    pieces = _pieces(texts)
    weights = [len(piece) for piece in pieces]
    total = sum(weights)
    votes: Counter[str] = Counter()
    unsettled = []
    for piece, weight in zip(pieces, weights, strict=True):
        if _is_plain_english(piece):
            votes["en"] += weight
        else:
            unsettled.append((piece, weight))
    if votes["en"] < LEAST_SHARE * total:
        for piece, weight in unsettled:
            if guessed := _guess(piece):
                votes[guessed] += weight
    if not +votes:
        return None
    language, weight = min(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    return language if weight >= LEAST_SHARE * votes.total() and weight > total / 2 else None


def _pieces(texts: Sequence[str]) -> list[str]:
    """The words of both ends of some texts, evenly spread, that are long enough to be judged."""
    step = max(1, len(texts) // PIECES)
    found = []
    for text in texts[::step][:PIECES]:
        # Names of hosts and people look like words of another language.
        half = len(text) // 2
        ends = (text[:half][:PIECE_LENGTH], text[half:][-PIECE_LENGTH:]) if len(text) >= DIVIDED_FROM else (text,)
        found += [_NOT_LETTERS.sub(" ", _ADDRESS.sub(" ", end)).strip() for end in ends]
    return [piece for piece in found if len(piece.replace(" ", "").encode()) >= LEAST_BYTES]


def _is_plain_english(piece: str) -> bool:
    words = piece.lower().split()
    return len(words) >= _ENGLISH_WORDS and sum(word in _ENGLISH for word in words) >= _ENGLISH_SHARE * len(words)


def _guess(piece: str) -> str | None:
    language, sure = _model().classify(piece)
    return str(language) if sure >= LEAST_SURE else None


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Those without a code of two letters are dialects and relatives that would only take certainty from the others.
    model.set_languages([label for label in model.labels if len(label) == 2])
    return model
