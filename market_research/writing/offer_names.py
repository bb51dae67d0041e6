"""What offers are called in reports: their names, which are outside text, made plain, cut, or replaced by the SKU.

A name may hold digits ("Kettle B512"), which the gate does not take for figures. So a name must not read like a figure
or a movement ("Sales up 50%"), nor like an order to a language model; such an offer is called by its SKU.
"""

import re
import unicodedata
from functools import lru_cache

import polars as pl

from market_research.cleaning import disguise, suspicion
from market_research.writing import numbers
from market_research.writing.gate import wording

LONGEST = 72
_MARKS = str.maketrans({'"': "″", "“": "", "”": "", "„": "", "«": "", "»": "", "<": "", ">": "", "|": "/", "`": "'"})
_WORD = re.compile(r"[A-Za-zÀ-ɏ]{3}")
# Kinds of numbers that a model, a size or a count may be.
_HARMLESS = frozenset(("number", "year", "loose", numbers.COUNT))


@lru_cache(maxsize=65536)
def shown_name(name: str, sku: str) -> str:
    """The name as reports say it; ``Offer <SKU>`` for one that says what no name should."""
    plain = _plain(name)
    return plain if plain and _is_sober(plain) else f"Offer {sku}"


def _plain(name: str) -> str:
    """On one line, without what is invisible, with Latin letters for look-alikes and no quotation marks."""
    text = disguise.plain(name).translate(_MARKS)
    kept = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    text = " ".join("".join(kept).split())
    return text if len(text) <= LONGEST else text[: LONGEST + 1].rpartition(" ")[0].rstrip(" ,;-") or text[:LONGEST]


def _is_sober(name: str) -> bool:
    if not _WORD.search(name):
        return False
    found = numbers.tokens(name)
    if any(token.kind not in _HARMLESS or _scaled(token.text) for token in found):
        return False
    if any(p.search(name[: token.start]) for token in found for p in (wording.MOVES, wording.BOUND)):
        return False
    row = pl.DataFrame({"locator": ["name"], "text": [name]})
    return not any(event.score >= suspicion.NOTED_FROM for event in suspicion.in_texts(row, amidst=False))


def _scaled(text: str) -> bool:
    return any(word in text for word in numbers.SCALES)
