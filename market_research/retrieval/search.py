"""What a search makes of the candidates that words and meaning gave: one order, nothing twice, only what answers.

The ranks of both lists are fused (reciprocal rank fusion: Cormack, Clarke and Büttcher 2009), copies are folded, and
what is chosen next is fit and unlike what has been chosen (maximal marginal relevance: Carbonell and Goldstein 1998).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from market_research.retrieval import minilm

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

RANK_CONSTANT = 60
COPY = 0.97
"""Cosine from which two passages count as one."""
RELEVANCE = 0.9
"""Weight of relevance against difference from what has been chosen."""
HIT_SCHEMA: dict[str, pl.DataType] = {
    "passage_id": pl.String(), "document_id": pl.String(), "kind": pl.String(), "dated": pl.Date(),
    "heading": pl.String(), "text": pl.String(), "score": pl.Float64(), "cosine": pl.Float64(), "shared": pl.Float64(),
}  # fmt: skip
_WORD = re.compile(r"[a-z]+|\d[\d.,]*\d|\d")
_ENDINGS = re.compile(r"(?:'s|ations?|ments?|ings?|ies|ied|ers?|ors?|ly|ed|es|s|e|y)$")
_STOP = frozenset(
    """a about above all also am an and any are as at be been being but by can could did do does doing for from further
    had has have how i if in into is it its itself many may me might more most much must my of off on once only or
    other our out over own per say said says should so some such than that the their them then there these they this
    those to under until up us very was we were what when where which while who whom whose why will with within would
    you your tell give show find list explain describe company companies""".split()
)


@dataclass(frozen=True)
class Threshold:
    """From when on a passage is taken for an answer: near in meaning, or less near and with most of the words."""

    cosine: float
    less: float
    shared: float

    @property
    def condition(self) -> pl.Expr:
        near = pl.col("cosine") >= self.cosine
        return near | ((pl.col("cosine") >= self.less) & (pl.col("shared") >= self.shared))


_OF_WORDS = Threshold(cosine=2.0, less=-1.0, shared=0.8)
THRESHOLDS = {minilm.MODEL_NAME: Threshold(cosine=0.475, less=0.3, shared=0.8)}
"""Chosen on the seen half of the questions of ``make bench NAME=retrieval``, which prints the error on the others."""


def threshold_of(model: str) -> Threshold:
    """The threshold of an embedding model. Of those that none was chosen for, only the words are judged."""
    return THRESHOLDS.get(model, _OF_WORDS)


def nearness(model: str) -> float:
    """The cosine from which a sentence is taken to speak of what is asked."""
    return THRESHOLDS[model].cosine + 0.05 if model in THRESHOLDS else _OF_WORDS.shared


def combined(
    by_words: pl.DataFrame,
    by_meaning: pl.DataFrame,
    query: str,
    vector: "NDArray[float32] | None",
    *,
    limit: int,
    per_document: int | None = None,
    threshold: Threshold | None = None,
) -> pl.DataFrame:
    """The best of two lists of candidates, each best first.

    Args:
        by_words: columns of ``HIT_SCHEMA`` up to ``text``, and ``vector``.
        by_meaning: the same.
        query: what was asked.
        vector: its embedding, or None where it could not be embedded: then words alone decide.
        limit: how many to give.
        per_document: at most so many of one document.
        threshold: what is below it is left out; nothing may be left.

    Returns:
        Columns of ``HIT_SCHEMA``, best first, ties by id. ``score`` is that of the fused ranks, ``cosine`` that of
        query and passage (null without a vector), ``shared`` the share of the query's words that the passage holds.
    """
    empty = pl.DataFrame(schema=HIT_SCHEMA)
    if by_words.is_empty() and by_meaning.is_empty():
        return empty
    ranked = fused([frame["passage_id"].to_list() for frame in (by_words, by_meaning)])
    found = (
        pl.concat([by_words, by_meaning])
        .unique("passage_id")
        .join(ranked, on="passage_id")
        .sort(["score", "passage_id"], descending=[True, False])
    )
    vectors = found["vector"].to_numpy()
    cosines = [None] * found.height if vector is None else vectors @ vector
    found = found.with_columns(pl.Series("cosine", cosines, pl.Float64)).with_row_index("place")
    if threshold is not None:
        found = _with_shared(found, query)
        found = found.filter(threshold.condition if vector is not None else pl.col("shared") >= threshold.shared)
    chosen = found.filter(pl.col("place").is_in(_diverse(found, vectors, limit, per_document)))
    # Only where it is wanted before: reading all candidates' words takes longer than finding them.
    chosen = chosen if threshold is not None else _with_shared(chosen, query)
    return chosen.select(*HIT_SCHEMA).cast(HIT_SCHEMA)  # type: ignore[arg-type]


def fused(lists: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Reciprocal rank fusion: columns passage_id and score, best first, ties by id."""
    rows = [(name, 1 / (RANK_CONSTANT + rank)) for ids in lists for rank, name in enumerate(ids, 1)]
    frame = pl.DataFrame(rows, schema={"passage_id": pl.String, "score": pl.Float64}, orient="row")
    return (
        frame.group_by("passage_id").agg(pl.col("score").sum()).sort(["score", "passage_id"], descending=[True, False])
    )


def _diverse(found: pl.DataFrame, vectors: "NDArray[float32]", limit: int, per_document: int | None) -> list[int]:
    """Places of those chosen: the best first, then whatever is good and unlike them; copies once."""
    import numpy

    left = found.select("place", "document_id", "score").rows()
    best = max((score for _, _, score in left), default=1.0)
    nearest = numpy.zeros(len(vectors))
    of_document: dict[str, int] = {}
    chosen: list[int] = []
    while left and len(chosen) < limit:
        place, document, _ = max(
            left, key=lambda row: (RELEVANCE * row[2] / best - (1 - RELEVANCE) * nearest[row[0]], -row[0])
        )
        chosen.append(place)
        of_document[document] = of_document.get(document, 0) + 1
        nearest = numpy.maximum(nearest, vectors @ vectors[place])
        full = {name for name, count in of_document.items() if per_document and count >= per_document}
        left = [row for row in left if row[0] != place and nearest[row[0]] < COPY and row[1] not in full]
    return chosen


def _with_shared(found: pl.DataFrame, query: str) -> pl.DataFrame:
    wanted = stems(query)
    texts = found.select(pl.concat_str("heading", "text", separator=" ", ignore_nulls=True)).to_series()
    shared = [len(wanted & stems(text)) / len(wanted) if wanted else 0.0 for text in texts]
    return found.with_columns(pl.Series("shared", shared, pl.Float64))


def stems(text: str) -> frozenset[str]:
    """Words that say something, without their endings."""
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    shorter = _ENDINGS.sub("", word)
    return shorter if len(shorter) > 2 else word
