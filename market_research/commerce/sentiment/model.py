"""The class of a review's text: a linear model over vectors, lexicon and words, learnt from the stars of reviews.

Ratings of 1 and 2 are negative, 3 is neutral, 4 and 5 are positive. Classes count alike however rare they are, so that
the few bad reviews are found among the many good ones. Confidence is calibrated on texts that were held out. A model is
a small JSON document: nothing that runs.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from market_research.commerce.sentiment import lexicon, ngrams
from market_research.errors import MarketResearchError, NotEnoughLabels

if TYPE_CHECKING:
    from numpy import bool_, float64
    from numpy.typing import NDArray

CLASSES = ("negative", "neutral", "positive")
LEAST_OF_A_CLASS = 20
MOST_TEXTS = 20_000
FOLDS = 5
SEED = 7
VECTOR_WEIGHT, WORD_WEIGHT = 5.0, 7.0
"""How much vectors and words count against the lexicon's features, whose spread is 1."""
CENTRES = 24
NEAR = (0.05, 0.5)
"""Shares of held-out texts by which near is told from far: nothing is believed below the first, all above the last."""
AT_HOME = 0.5
"""Nearness by words and by meaning together, each up to 1, from which the class is the model's."""
WORDS_ALONE = 0.5
"""Without vectors a text of the same words may still be about something else: then half the score is the lexicon's."""
FORMAT = 2


class NotEnoughRatings(NotEnoughLabels):
    """Too few rated reviews of some class to learn from."""


@dataclass(frozen=True)
class Model:
    """A trained model. Lists of three are of the classes in the order of ``CLASSES``."""

    lexicon_mean: list[float]
    lexicon_spread: list[float]
    lexicon_weights: list[list[float]]
    terms: list[str]
    rarities: list[float]
    term_weights: list[list[float]]
    vector_mean: list[float]
    vector_scale: float
    vector_weights: list[list[float]]
    centres: list[list[float]]
    intercepts: list[float]
    calibration: list[list[float]]
    prior: list[float]
    near_vectors: tuple[float, float]
    near_words: tuple[float, float]
    trained_on: int
    embedding: str | None = None
    format: int = FORMAT
    version: str = field(default="", compare=False)


@dataclass(frozen=True)
class HeldOut:
    """What parts of a training said of texts that they did not hold: rows of the texts given, and as ``raw`` gives."""

    rows: "NDArray[Any]"
    even: "NDArray[float64]"
    near_vectors: "NDArray[float64]"
    near_words: "NDArray[float64]"


def class_of(stars: pl.Expr) -> pl.Expr:
    """Name of the class of ratings from 1 to 5; null without one."""
    return (
        pl.when(stars < 2.5).then(pl.lit(CLASSES[0])).when(stars < 3.5).then(pl.lit(CLASSES[1]))
        .when(stars <= 5).then(pl.lit(CLASSES[2]))
    )  # fmt: skip


def to_json(model: Model) -> str:
    """The model as JSON, the same bytes for the same model."""
    said = {name: value for name, value in model.__dict__.items() if name != "version"}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(said: str) -> Model:
    """The model that was written by ``to_json``.

    Raises:
        MarketResearchError: it is no such document, or of another format.
    """
    try:
        read = json.loads(said)
        if read.get("format") != FORMAT:
            raise MarketResearchError("The sentiment model is of another format; train it again.")
        read |= {name: tuple(read[name]) for name in ("near_vectors", "near_words")}
        return Model(**read, version=_version(said))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MarketResearchError(f"This is no sentiment model ({error}); train it again.") from None


def train(
    texts: pl.Series, ratings: pl.Series, vectors: "NDArray[Any] | None" = None, embedding: str | None = None
) -> Model:
    """Learn from texts with their ratings (1 to 5); those without a rating or without words are left out.

    Args:
        texts: reviews, as ``reading.whole`` gives them.
        ratings: stars from 1 to 5, or null.
        vectors: one row a text, from the embedder that will be given when predicting; without them words must do.
        embedding: name of the embedder.

    Raises:
        NotEnoughRatings: fewer than ``LEAST_OF_A_CLASS`` texts of a class.
    """
    return train_and_hold_out(texts, ratings, vectors, embedding)[0]


def train_and_hold_out(
    texts: pl.Series, ratings: pl.Series, vectors: "NDArray[Any] | None" = None, embedding: str | None = None
) -> tuple[Model, HeldOut]:
    """As ``train``; and what was held out on the way, by which it is told how good the model is on texts unseen."""
    from threadpoolctl import threadpool_limits

    # The matrices are small: threads of the linear algebra would wait for each other longer than they work.
    with threadpool_limits(1):
        return _trained(texts, ratings, vectors, embedding)


def _trained(
    texts: pl.Series, ratings: pl.Series, vectors: "NDArray[Any] | None", embedding: str | None
) -> tuple[Model, HeldOut]:
    import numpy as np

    wanted, stars = _wanted(texts, ratings)
    prior = np.bincount(stars[stars >= 0], minlength=3).astype(float)
    counted = np.bincount(stars[wanted], minlength=3)
    if counted.min() < LEAST_OF_A_CLASS:
        said = ", ".join(f"{count} {name}" for name, count in zip(CLASSES, counted, strict=True))
        raise NotEnoughRatings(
            f"There are {said} rated reviews with words; a model needs {LEAST_OF_A_CLASS} of each. "
            "Until then the lexicon judges alone."
        )
    learnt, right = texts.gather(wanted.tolist()), stars[wanted]
    given = None if vectors is None else np.asarray(vectors)[wanted]
    held_out = np.zeros((len(right), 3))
    near_vectors, near_words = np.ones(len(right)), np.ones(len(right))
    for inside, outside in _folds(right):
        fold = _fit(learnt.gather(inside.tolist()), right[inside], None if given is None else given[inside])
        asked = learnt.gather(outside.tolist())
        held_out[outside], near_vectors[outside], near_words[outside] = raw(
            fold, asked, None if given is None else given[outside]
        )
    limits = {
        "near_vectors": _quantiles(near_vectors) if given is not None else (0.0, 0.0),
        "near_words": _quantiles(near_words),
    }
    made = _fit(learnt, right, given)
    parts = {
        **made.__dict__, **limits, "calibration": _calibration(held_out, right), "prior": _short(prior / prior.sum()),
        "embedding": embedding if given is not None else None,
    }  # fmt: skip
    return from_json(to_json(Model(**parts))), HeldOut(wanted, held_out, near_vectors, near_words)


def raw(
    model: Model, texts: pl.Series, vectors: "NDArray[Any] | None"
) -> "tuple[NDArray[float64], NDArray[float64], NDArray[float64]]":
    """Probabilities of the classes, were all as frequent; nearness of the vectors and of the words to what was learnt.

    Raises:
        MarketResearchError: the model was learnt with vectors and there are none, or of another width.
    """
    import numpy as np

    shown = (lexical(texts) - np.array(model.lexicon_mean)) / np.array(model.lexicon_spread)
    logits = np.array(model.intercepts) + shown @ np.array(model.lexicon_weights)
    nearness = np.ones(len(texts))
    if model.vector_mean:
        if vectors is None or (len(texts) and np.asarray(vectors).shape != (len(texts), len(model.vector_mean))):
            raise MarketResearchError("The sentiment model was trained with vectors of another kind; train it again.")
        asked = np.asarray(vectors, dtype=np.float64).reshape(len(texts), len(model.vector_mean))
        asked = asked - np.array(model.vector_mean)  # not in place: the vectors are the caller's
        logits += asked * model.vector_scale @ np.array(model.vector_weights)
        nearness = (_directions(asked) @ np.array(model.centres).T).max(axis=1)
    found = ngrams.words(texts, ngrams.TERM)
    terms = pl.DataFrame({"term": model.terms, "rarity": model.rarities}).with_row_index("place")
    weights = ngrams.weighted(ngrams.with_pairs(found), terms)
    if len(weights):
        logits += ngrams.matrix(weights, len(texts), len(terms)) @ (np.array(model.term_weights) * WORD_WEIGHT)
    said = found.with_columns(known=pl.col("word").is_in(model.terms)).group_by("row").agg(pl.col("known").mean())
    known = np.zeros(len(texts))
    known[said["row"].to_numpy()] = said["known"].to_numpy()
    odds = np.exp(logits - logits.max(axis=1, keepdims=True)) if len(logits) else logits
    return odds / odds.sum(axis=1, keepdims=True), nearness, known


def calibrated(model: Model, probabilities: "NDArray[float64]") -> "NDArray[float64]":
    """Probabilities of the classes as frequent as they were among the ratings."""
    import numpy as np

    weights = np.array(model.calibration)
    logits = np.log(np.clip(probabilities, 1e-6, 1)) @ weights[:3] + weights[3]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True)) if len(logits) else logits
    made: NDArray[float64] = odds / odds.sum(axis=1, keepdims=True)
    return made


def trust(
    model: Model, near_vectors: "NDArray[float64]", near_words: "NDArray[float64]"
) -> "tuple[NDArray[float64], NDArray[bool_]]":
    """From 0 to 1, how far the model's score may be believed on texts, and whether its class may be.

    Texts whose words or meaning are unlike what it learnt are scored by the lexicon; those unlike it in both are
    the lexicon's altogether.
    """
    import numpy as np

    def share(values: "NDArray[float64]", limits: tuple[float, float]) -> "NDArray[float64]":
        low, high = limits
        return np.clip((values - low) / max(high - low, 1e-9), 0, 1)

    by_words = share(near_words, model.near_words)
    if not model.vector_mean:
        return by_words * WORDS_ALONE, by_words > 0
    by_meaning = share(near_vectors, model.near_vectors)
    return by_words * by_meaning, by_words + by_meaning >= AT_HOME


def lexical(texts: pl.Series) -> "NDArray[float64]":
    """What the lexicon says of texts: compound, shares, words and known words (as logarithms)."""
    said = lexicon.scores(texts).with_columns(pl.col("words", "known").cast(pl.Float64).log1p())
    made: NDArray[float64] = said.to_numpy()
    return made


def _wanted(texts: pl.Series, ratings: pl.Series) -> "tuple[NDArray[Any], NDArray[Any]]":
    """Rows to learn from (a sample where there are very many), and the class of every row, −1 without one."""
    import numpy as np

    named = ratings.cast(pl.Float64).to_frame("stars").select(class_of(pl.col("stars"))).to_series()
    places = {name: place for place, name in enumerate(CLASSES)}
    stars = named.replace_strict(places, default=-1, return_dtype=pl.Int64).to_numpy()
    spoken = texts.fill_null("").str.contains(r"\w").to_numpy()
    rows = np.flatnonzero(spoken & (stars >= 0))
    if len(rows) > MOST_TEXTS:
        rows = np.sort(np.random.default_rng(SEED).choice(rows, MOST_TEXTS, replace=False))
    return rows, stars


def _folds(right: "NDArray[Any]") -> "Sequence[tuple[NDArray[Any], NDArray[Any]]]":
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    return list(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(np.zeros(len(right)), right))


def _fit(texts: pl.Series, right: "NDArray[Any]", vectors: "NDArray[Any] | None") -> Model:
    import numpy as np
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    shown = lexical(texts)
    mean, spread = shown.mean(axis=0), np.maximum(shown.std(axis=0), 1e-3)
    counted = ngrams.with_pairs(ngrams.words(texts, ngrams.TERM))
    terms = ngrams.vocabulary(counted, len(texts))
    parts = [csr_matrix((shown - mean) / spread)]
    parts.append(ngrams.matrix(ngrams.weighted(counted, terms), len(texts), len(terms)) * WORD_WEIGHT)
    middle, scale, centres = np.zeros(0), 1.0, np.zeros((0, 0))
    if vectors is not None:
        middle = vectors.mean(axis=0)
        scale = VECTOR_WEIGHT / max(float(np.sqrt(((vectors - middle) ** 2).sum(axis=1).mean())), 1e-6)
        parts.append(csr_matrix((vectors - middle) * scale))
        centres = _centres(vectors - middle)
    fitted = LogisticRegression(C=1.0, class_weight="balanced", max_iter=500).fit(hstack(parts).tocsr(), right)
    weights, held = fitted.coef_.T, shown.shape[1] + len(terms)
    return Model(
        lexicon_mean=_short(mean), lexicon_spread=_short(spread), lexicon_weights=_short(weights[: shown.shape[1]]),
        terms=terms["term"].to_list(), rarities=_short(terms["rarity"].to_numpy()),
        term_weights=_short(weights[shown.shape[1] : held]),
        vector_mean=_short(middle), vector_scale=round(scale, 5), vector_weights=_short(weights[held:]),
        centres=_short(centres), intercepts=_short(fitted.intercept_), calibration=[], prior=[],
        near_vectors=(0.0, 0.0), near_words=(0.0, 0.0), trained_on=len(texts),
    )  # fmt: skip


def _centres(vectors: "NDArray[Any]") -> "NDArray[Any]":
    """What the training texts are about, in a few directions from their mean, which all texts of a shop share."""
    import numpy as np
    from sklearn.cluster import KMeans

    different = len(np.unique(vectors.round(6), axis=0))
    made = KMeans(min(CENTRES, different), n_init=1, random_state=SEED).fit(_directions(vectors)).cluster_centers_
    return _directions(made)


def _directions(vectors: "NDArray[Any]") -> "NDArray[Any]":
    """Vectors of length 1."""
    import numpy as np

    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _calibration(held_out: "NDArray[float64]", right: "NDArray[Any]") -> list[list[float]]:
    """Weights from the logarithms of held-out probabilities to those of the classes; the last row is added."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=10.0, max_iter=500).fit(np.log(np.clip(held_out, 1e-6, 1)), right)
    made: list[list[float]] = _short(np.vstack([fitted.coef_.T, fitted.intercept_]))
    return made


def _quantiles(values: "NDArray[float64]") -> tuple[float, float]:
    import numpy as np

    low, high = np.quantile(values, NEAR)
    return round(float(low), 5), round(float(high), 5)


def _short(values: "NDArray[Any]") -> Any:
    return values.round(4).tolist()


def _version(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()[:12]
