"""How positive words are, by the lexicon and the rules of VADER, for many texts at once.

The lexicon, its emoji, boosters and negations are those of the package vaderSentiment. Its own code reads word by word
and takes minutes for a text of 100 KB; here the rules are applied to all words of all texts in arrays. Three of its
slips are not repeated: equal values before and after "but" are kept apart, an idiom counts wherever it stands, and "so"
or "this" before a word lifts a negation three words before it only after "never".
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from numpy import bool_, float64, int64
    from numpy.typing import NDArray

COLUMNS = {"compound": pl.Float64, "positive": pl.Float64, "neutral": pl.Float64, "negative": pl.Float64,
           "words": pl.Int64, "known": pl.Int64}  # fmt: skip
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_CAPITALS = 0.733
_NEGATION = -0.74
_NEVER_SO = 1.25
_RATHER = 0.293
_ALPHA = 15.0
_FADES = (1.0, 0.95, 0.9)
"""A booster counts less the more words lie between."""
_WORDS = ("no", "kind", "sort", "of", "never", "so", "this", "without", "doubt", "least", "at", "very", "but")


def scores(texts: pl.Series) -> pl.DataFrame:
    """One row a text: ``compound`` (−1 to 1), shares ``positive``, ``neutral``, ``negative``, ``words``, ``known``.

    ``known`` counts the words that the lexicon has; a text without any has the compound 0.
    """
    import numpy as np

    plain = texts.rename("text").fill_null("").to_frame().select(_without_emoji(pl.col("text")))["text"]
    rows = len(plain)
    words = _words(plain)
    values = _values(words)

    def by_text(numbers: "NDArray[Any]") -> "NDArray[float64]":
        return np.bincount(words.row, numbers, minlength=rows).astype(np.float64)

    total = by_text(values)
    strong = _emphasis(plain)
    total += np.sign(total) * strong
    up = by_text(np.where(values > 0, values + 1, 0.0))
    down = by_text(np.where(values < 0, 1 - values, 0.0))
    rest = by_text(values == 0)
    up, down = up + strong * (up > down), down + strong * (down > up)
    whole = np.maximum(up + down + rest, 1e-12)
    return pl.DataFrame(
        {
            "compound": total / np.sqrt(total * total + _ALPHA),
            "positive": up / whole,
            "neutral": rest / whole,
            "negative": down / whole,
            "words": np.bincount(words.row, minlength=rows).astype(np.int64),
            "known": by_text(words.listed).astype(np.int64),
        },
        schema=COLUMNS,
    )


def valences() -> dict[str, float]:
    """The lexicon: words in lower case and emoticons with their mean rating, from −4 to 4."""
    return _vader()[0]


@cache
def feelings() -> pl.Series:
    """The words of the lexicon that are worth anything."""
    return pl.Series([word for word, worth in valences().items() if worth])


@dataclass(frozen=True)
class _Words:
    """All words of all texts, one after the other: their text's row, and what the rules ask of a word."""

    row: "NDArray[int64]"
    valence: "NDArray[float64]"
    booster: "NDArray[float64]"
    listed: "NDArray[bool_]"
    negates: "NDArray[bool_]"
    capital: "NDArray[bool_]"
    number: "NDArray[int64]"
    numbers: dict[str, int]

    def is_word(self, word: str) -> "NDArray[bool_]":
        return self.number == self.numbers.get(word, -1)

    def near(self, places: "NDArray[int64]", values: "NDArray[Any]", steps: int) -> "NDArray[Any]":
        """The values of the words so many steps before these places in the same text (after them: below 0), else 0."""
        import numpy as np

        there = np.clip(places - steps, 0, max(len(values) - 1, 0))
        same = (there == places - steps) & (self.row[there] == self.row[places])
        return np.where(same, values[there], np.zeros(1, dtype=values.dtype))


def _values(words: _Words) -> "NDArray[float64]":
    """Values of all words after capitals, boosters, negations, idioms and "but"."""
    import numpy as np

    said = {word: words.is_word(word) for word in _WORDS}
    places = np.flatnonzero(words.listed & (words.booster == 0))

    def before(values: "NDArray[Any]", steps: int) -> "NDArray[Any]":
        return words.near(places, values, steps)

    value = words.valence[places]
    value[(said["kind"][places] & before(said["of"], -1)) | (said["no"][places] & before(words.listed, -1))] = 0.0
    denied = before(said["no"], 1) | before(said["no"], 2)
    value = np.where(denied, words.valence[places] * _NEGATION, value)
    loud = words.capital & _mixed(words)
    value += np.where(loud[places], np.where(value > 0, _CAPITALS, -_CAPITALS), 0.0)
    so = before(said["so"] | said["this"], 1)
    doubt = before(said["doubt"], 1)
    for steps, fade in enumerate(_FADES, 1):
        open_ = ~before(words.listed, steps)
        step = before(words.booster, steps)
        step = fade * np.where(step != 0, step + _CAPITALS * before(loud, steps), 0.0)
        value += np.where(open_, np.where(value < 0, -step, step), 0.0)
        if steps == 3:
            so, doubt = so | before(said["so"] | said["this"], 2), doubt | before(said["doubt"], 2)
        never = before(said["never"], steps) & so
        negated = before(words.negates, steps) & ~never & ~(before(said["without"], steps) & doubt)
        value *= np.where(open_ & never, _NEVER_SO, np.where(open_ & negated, _NEGATION, 1.0))
    rather = before(said["of"], 1) & before(said["kind"] | said["sort"], 2)
    value -= np.where(rather, np.sign(value) * _RATHER, 0.0)
    least = before(said["least"], 1) & ~before(said["at"] | said["very"], 2)
    value *= np.where(least, _NEGATION, 1.0)
    values = np.zeros(len(words.row))
    values[places] = value
    return _after_but(words, _idioms(words, values), said["but"])


def _mixed(words: _Words) -> "NDArray[bool_]":
    """Whether capitals stand out: some words of the text have them and some have not."""
    import numpy as np

    if not len(words.row):
        return words.capital
    rows = int(words.row[-1]) + 1
    capitals, all_ = np.bincount(words.row, words.capital, minlength=rows), np.bincount(words.row, minlength=rows)
    return ((capitals > 0) & (capitals < all_))[words.row]


def _idioms(words: _Words, values: "NDArray[float64]") -> "NDArray[float64]":
    """An idiom is worth what the list says, at its last word; its other words are worth nothing by themselves."""
    for idiom, worth in _vader()[3].items():
        *first, last = (words.numbers.get(part, -1) for part in idiom.split())
        if min(first, default=0) < 0 or last < 0:
            continue
        places = (words.number == last).nonzero()[0]
        for steps, number in enumerate(reversed(first), 1):
            places = places[words.near(places, words.number, steps) == number]
        for steps in range(1, len(first) + 1):
            values[places - steps] = 0.0
        values[places] = worth
    return values


def _after_but(words: _Words, value: "NDArray[float64]", but: "NDArray[bool_]") -> "NDArray[float64]":
    """What follows the first "but" weighs more than what stands before it."""
    import numpy as np

    places = np.flatnonzero(but)
    if not len(places):
        return value
    rows, first = np.unique(words.row[places], return_index=True)
    at = np.full(int(words.row[-1]) + 1, -1)
    at[rows] = places[first]
    turn, here = at[words.row], np.arange(len(value))
    return np.where(turn < 0, value, value * np.where(here < turn, 0.5, np.where(here > turn, 1.5, 1.0)))


def _emphasis(texts: pl.Series) -> "NDArray[float64]":
    """What exclamation and question marks add: up to four of the first, two or more of the second."""
    marks = texts.to_frame("text").select(
        pl.col("text").str.count_matches("!", literal=True).clip(0, 4) * 0.292,
        asked=pl.col("text").str.count_matches("?", literal=True),
    )
    asked = (
        pl.when(pl.col("asked") > 3).then(0.96).when(pl.col("asked") > 1).then(pl.col("asked") * 0.18).otherwise(0.0)
    )
    return marks.select((pl.col("text") + asked).cast(pl.Float64)).to_series().to_numpy()


def _words(texts: pl.Series) -> _Words:
    """Words without the marks around them; what is left of two characters was an emoticon and keeps its marks."""
    valence, boosters, negations, _, _ = _vader()
    raw = texts.str.extract_all(r"\S+")
    flat = pl.DataFrame({"row": pl.int_range(len(texts), dtype=pl.Int64, eager=True), "raw": raw}).explode(
        "raw", empty_as_null=False
    )  # fmt: skip
    known = flat.select(pl.col("raw").unique(maintain_order=True)).with_row_index("place")
    of_word = flat.join(known, on="raw", how="left", maintain_order="left")["place"].to_numpy()
    bare = pl.col("raw").str.strip_chars(_PUNCTUATION)
    known = (
        known.with_columns(word=pl.when(bare.str.len_chars() > 2).then(bare).otherwise(pl.col("raw")))
        .with_columns(lower=pl.col("word").str.to_lowercase())
        .with_columns(
            capital=(pl.col("word").str.to_uppercase() == pl.col("word")) & (pl.col("lower") != pl.col("word")),
            number=pl.col("lower").rank("dense").cast(pl.Int64),
        )
    )
    lower = known["lower"].to_list()
    return _Words(
        row=flat["row"].to_numpy(),
        valence=_numbers([valence.get(word, 0.0) for word in lower])[of_word],
        booster=_numbers([boosters.get(word, 0.0) for word in lower])[of_word],
        listed=_numbers([word in valence for word in lower]).astype(bool)[of_word],
        negates=_numbers([word in negations or "n't" in word or "n’t" in word for word in lower]).astype(bool)[of_word],
        capital=known["capital"].to_numpy()[of_word],
        number=known["number"].to_numpy()[of_word],
        numbers=dict(zip(lower, known["number"].to_list(), strict=True)),
    )


def _numbers(values: list[Any]) -> "NDArray[float64]":
    import numpy as np

    return np.array(values, dtype=np.float64)


def _without_emoji(text: pl.Expr) -> pl.Expr:
    """Emoji in words. Texts in ASCII, which most are, have none."""
    emoji = _vader()[4]
    spoken = text.str.replace_many(list(emoji), [f" {said} " for said in emoji.values()])
    return pl.when(text.str.len_bytes() > text.str.len_chars()).then(spoken).otherwise(text)


@cache
def _vader() -> tuple[dict[str, float], dict[str, float], frozenset[str], dict[str, float], dict[str, str]]:
    """The package's lexicon, boosters, negations, idioms, and emoji of one character."""
    from vaderSentiment import vaderSentiment as vader

    analyser = vader.SentimentIntensityAnalyzer()
    emoji = {sign: said for sign, said in analyser.emojis.items() if len(sign) == 1 and not sign.isascii()}
    return (analyser.lexicon, dict(vader.BOOSTER_DICT), frozenset(vader.NEGATE), dict(vader.SPECIAL_CASES), emoji)
