"""How likely each pair is one product, without labels: Fellegi and Sunter's model, with one partner for each offer.

Each feature falls into levels; a level speaks for a match by the logarithm of how much more often it occurs among
matches than among others. How often it does is estimated by expectation maximisation on the catalogues themselves,
from the tables of ``tables.json`` as a start and as so many pairs seen before, so that catalogues of a few products
work too. What differs from the textbook: a pair's chance counts against its rivals', since an offer is one product and
a catalogue lists it once. Without that, the two kinds of pairs that are found are goods of one sort and of others.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from market_research.commerce.matching.features import LARGEST_GAP

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TABLES = Path(__file__).parent / "tables.json"
LEVELS: dict[str, tuple[float, ...]] = {
    "similarity": (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7),
    "code": (0.001, 2 / 12.5, 2 / 4.5, 2 / 2.5),  # shared by none, many, up to 12, up to 4, these two
    "model": (-0.5, 0.5, 0.9),
    "brand": (-0.5,),
    "quantities": (-0.5, 0.01, 0.9),
    "price": (0.1, 0.25, 0.5, 1.0, 2.0, LARGEST_GAP - 0.01),
}
"""Where each feature's levels begin but the first; a level of its own is for pairs of which nothing is known."""
_FALLS = frozenset({"price"})
GTIN = {1.0: 9.0, -1.0: -6.0}
"""What a trade item number says: assumed, for no data set with labels has them. One in 8,000 strangers carries the
same (copied listings), one in 400 equal products carries another. Texts take at most ``_TEXTS_AGAINST`` back."""
GTIN_FIRST, WORDS_FIRST = 20.0, 5.0
"""Log odds by which a likely pair stands higher among its rivals where the number is the same, or every word of the
names: the first comes before any likeness of names, the second before offers that are as good as equal."""
_TEXTS_AGAINST = -4.0
_IMPLAUSIBLE = 1.0
"""No more log odds than this (confidence 0.73) where one price is twenty times the other: a person has to look."""
SEEN_MATCHES, SEEN_OTHERS = 50.0, 500.0
"""Weight of the tables that estimation starts from, in pairs."""
_ROUNDS, _STILL = 50, 1e-3
_LEAST_SHARE = 0.05

Tables = Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]
"""By feature: the share of each level (the first: unknown) among matches, and among other pairs."""


@dataclass(frozen=True)
class Scored:
    """By pair: log odds of being one product, what its rivals are up against (``standing``), confidence among them,
    and what each feature adds to the odds."""

    log_odds: "NDArray[np.float64]"
    stands: "NDArray[np.float64]"
    confidence: "NDArray[np.float64]"
    parts: dict[str, "NDArray[np.float64]"]


@cache
def usual_tables(meaning: bool) -> Tables:
    """The tables made from labelled public catalogues (``benchmarks/matching.py`` writes them).

    ``meaning`` tells whether offers are embedded too: texts are less alike than meanings.
    """
    stored = json.loads(TABLES.read_text(encoding="utf-8"))["with_meaning" if meaning else "without_meaning"]
    return {name: (tuple(stored[name]["matches"]), tuple(stored[name]["others"])) for name in LEVELS}


def levels(compared: pl.DataFrame) -> dict[str, "NDArray[np.int64]"]:
    """Each feature's level by pair: 0 where it is unknown, else 1 and more."""
    import numpy as np

    found = {}
    for name, cuts in LEVELS.items():
        values = compared[name].to_numpy().astype(np.float64)
        found[name] = np.where(np.isnan(values), 0, 1 + np.digitize(values, cuts))
    return found


def tables_of(compared: pl.DataFrame, same: "NDArray[np.bool_]") -> Tables:
    """Shares of the levels among pairs known to be matches or not, each level counted half a pair more."""
    import numpy as np

    def shares(level: "NDArray[np.int64]", count: int) -> tuple[float, ...]:
        counted = np.bincount(level, minlength=count) + 0.5
        return tuple(float(share) for share in counted / counted.sum())

    found = levels(compared)
    return {
        name: (shares(at[same], len(LEVELS[name]) + 2), shares(at[~same], len(LEVELS[name]) + 2))
        for name, at in found.items()
    }


def score(compared: pl.DataFrame, refused: "NDArray[np.bool_]", tables: Tables | None = None) -> Scored:
    """Log odds and confidence of every pair, estimated from all of them together.

    ``refused`` pairs, which a person has said to be two products, are nobody's rivals.
    """
    import numpy as np

    meaning = compared["meaning"].null_count() < compared.height
    at, tables = levels(compared), usual_tables(meaning) if tables is None else tables
    a, b = compared["a"].to_numpy(), compared["b"].to_numpy()
    gtin, same_words = _of_gtin(compared), compared["spelling"].to_numpy() >= 1
    usual = {name: (SEEN_MATCHES * np.array(m), SEEN_OTHERS * np.array(u)) for name, (m, u) in tables.items()}
    weights = {name: _weights(name, m, u) for name, (m, u) in usual.items()}
    prior = _LEAST_SHARE
    chance = np.zeros(compared.height)
    log_odds, stands, parts = chance, chance, dict.fromkeys((*at, "gtin"), chance)
    for _ in range(_ROUNDS):
        parts = {name: weights[name][level] for name, level in at.items()} | {"gtin": gtin}
        log_odds = np.log(prior / (1 - prior)) + _summed(parts)
        log_odds = np.where(at["price"] > len(LEVELS["price"]), np.minimum(log_odds, _IMPLAUSIBLE), log_odds)
        stands = standing(log_odds, gtin, same_words)
        before, chance = chance, _among_rivals(log_odds, stands, refused, a, b)
        prior = (chance.sum() + _LEAST_SHARE * 100) / (compared.height + 100)
        if np.abs(chance - before).max(initial=0) < _STILL:
            break
        for name, (m, u) in usual.items():
            matches = np.bincount(at[name], chance, len(m)) + m
            weights[name] = _weights(name, matches, np.bincount(at[name], 1 - chance, len(u)) + u)
    return Scored(log_odds, stands, chance, parts)


def _of_gtin(compared: pl.DataFrame) -> "NDArray[np.float64]":
    return compared["gtin"].replace_strict(GTIN, default=0.0, return_dtype=pl.Float64).fill_null(0.0).to_numpy()


def _summed(parts: Mapping[str, "NDArray[np.float64]"]) -> "NDArray[np.float64]":
    """All parts together; where the trade item number is the same, texts take only so much of it back."""
    import numpy as np

    texts = sum(part for name, part in parts.items() if name not in ("gtin", "price"))
    texts = np.where(parts["gtin"] > 0, np.maximum(texts, _TEXTS_AGAINST), texts)
    return texts + parts["price"] + parts["gtin"]


def _weights(name: str, matches: "NDArray[np.float64]", others: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Log odds of each level; more likeness never speaks less for a match, a larger gap in price never more."""
    import numpy as np
    from sklearn.isotonic import isotonic_regression

    odds = np.log(matches / matches.sum()) - np.log(others / others.sum())
    ordered = isotonic_regression(odds[1:], sample_weight=(matches + others)[1:], increasing=name not in _FALLS)
    return np.concatenate([odds[:1], ordered])


def standing(
    log_odds: "NDArray[np.float64]", gtin: "NDArray[np.float64]", same_words: "NDArray[np.bool_]"
) -> "NDArray[np.float64]":
    """What each pair's rivals are up against: its log odds, and more where identity decides rather than likeness."""
    return log_odds + (log_odds > 0) * (GTIN_FIRST * (gtin > 0) + WORDS_FIRST * same_words)


def _among_rivals(
    log_odds: "NDArray[np.float64]",
    stands: "NDArray[np.float64]",
    refused: "NDArray[np.bool_]",
    a: "NDArray[np.int64]",
    b: "NDArray[np.int64]",
) -> "NDArray[np.float64]":
    """The chance of each pair, where of all pairs of its two offers one at most is a match."""
    import numpy as np

    if not len(a):
        return np.empty(0)
    size = int(max(a.max(), b.max())) + 1
    odds, against = np.exp(np.clip(stands, -60, 60)), np.where(refused, 0.0, np.exp(np.clip(stands, -60, 60)))
    rivals = sum(np.maximum(np.bincount(side, against, size)[side] - against, 0.0) for side in (a, b))
    # Rivals are taken off a pair's own height, so that what lifts it over them does not lift its own odds too.
    own = np.exp(np.clip(log_odds, -60, 60))
    return own / (1 + own + rivals * own / odds)
