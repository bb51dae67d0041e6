"""The class, score and confidence of each review."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from market_research.commerce import reviews as records
from market_research.commerce.sentiment import lexicon, reading
from market_research.commerce.sentiment import model as models
from market_research.commerce.sentiment.model import CLASSES, Model

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], Any]
"""Texts to an array of one vector a text, as ``Embedder.embed`` does."""
REVIEW_SENTIMENT = pl.Schema(
    {
        "review_id": pl.String(),
        "product_id": pl.String(),
        "class": pl.String(),
        "score": pl.Float64(),
        "confidence": pl.Float64(),
        "note": pl.String(),
        "model_version": pl.String(),
    }
)
LEXICON = "lexicon"
"""Version of what judges without a model."""
EMBEDDER_LAYERS = 4
"""Layers of the local embedder that sentiment is read with (``embedding.load``): fewer are quicker and know less."""
EMBEDDED_WORDS = 48
"""Words of a review that are embedded."""
_EDGE = 0.05
"""VADER's own limit between neutral and not."""
_LEXICON_RIGHT, _GUESS = 0.75, 1 / 3
"""How often VADER's class is that of the stars, at best; and what a guess is worth."""


def vectors(texts: pl.Series, embed: Embed) -> "NDArray[Any]":
    """One row a text; equal beginnings are embedded once, the short ones together."""
    import numpy as np

    cut = (
        texts.fill_null("").str.extract(rf"^\s*((?:\S+\s+){{0,{EMBEDDED_WORDS - 1}}}\S*)").str.head(2000).fill_null("")
    )
    unique = cut.unique(maintain_order=True)
    if not len(unique):
        return np.zeros((0, 0))
    ordered = unique.to_frame("text").sort(pl.col("text").str.len_bytes(), "text")["text"]
    made = np.asarray(embed(ordered.to_list()))
    place = cut.to_frame("text").join(ordered.to_frame("text").with_row_index("place"), on="text", how="left",
                                      maintain_order="left")["place"]  # fmt: skip
    return made[place.to_numpy()]


def trained(reviews: pl.DataFrame, embed: Embed | None = None, embedding: str | None = None) -> Model:
    """A model of the reviews' own ratings.

    Raises:
        NotEnoughRatings: too few rated reviews of a class; the lexicon judges alone (``model=None``).
    """
    given = records.conformed(reviews)
    texts = reading.whole(given)
    return models.train(texts, given["rating"], None if embed is None else vectors(texts, embed), embedding)


def trained_and_held_out(
    reviews: pl.DataFrame, embed: Embed | None = None, embedding: str | None = None
) -> tuple[Model, pl.DataFrame]:
    """As ``trained``; and ``REVIEW_SENTIMENT`` of the reviews learnt from, each read by a part of the training that did
    not hold it. Where the confidence is calibrated and what is near enough was told from all parts together.

    Raises:
        NotEnoughRatings: as ``trained``.
    """
    given = records.conformed(reviews)
    texts = reading.whole(given)
    made = None if embed is None else vectors(texts, embed)
    model, held = models.train_and_hold_out(texts, given["rating"], made, embedding)
    rows = held.rows.tolist()
    answers = _answers(texts.gather(rows), model, held.even, held.near_vectors, held.near_words)
    named = given.select("review_id", "product_id")[rows].hstack(answers)
    return model, named.with_columns(model_version=pl.lit(model.version)).match_to_schema(REVIEW_SENTIMENT)


def review_sentiment(reviews: pl.DataFrame, model: Model | None = None, embed: Embed | None = None) -> pl.DataFrame:
    """``REVIEW_SENTIMENT``, one row a review in their order; ratings are not looked at.

    ``score`` is from −1 to 1, ``confidence`` the probability that the class is right. ``note`` says what was not read:
    such a review is neutral with little confidence; one without words has the class that most ratings have.
    """
    given = records.conformed(reviews)
    unique, row_of = _once(reading.whole(given))
    read: tuple[Any, ...] = ()
    if model is not None:
        read = models.raw(model, unique, vectors(unique, embed) if embed is not None and model.vector_mean else None)
    answers = _answers(unique, model, *read)
    return given.select("review_id", "product_id").hstack(answers[row_of]).with_columns(
        model_version=pl.lit(LEXICON if model is None else model.version)
    ).match_to_schema(REVIEW_SENTIMENT)  # fmt: skip


def _answers(texts: pl.Series, model: Model | None, *read: "NDArray[float64]") -> pl.DataFrame:
    """Columns class, score, confidence and note, one row a text; ``read`` is what ``models.raw`` says of them."""
    import numpy as np

    said = lexicon.scores(texts)
    compound = said["compound"].to_numpy()
    classes, score, sure = _by_lexicon(compound, said["known"].to_numpy())
    notes = reading.notes(texts, said["known"])
    silent, unread = (notes == reading.NO_WORDS).fill_null(value=False).to_numpy(), notes.is_not_null().to_numpy()
    prior = [0.0, _GUESS, 0.0]
    if model is not None:
        even, *near = read
        trust, decides = models.trust(model, near[0], near[1])
        # Half belief in a class would turn the rare ones into the frequent: the model decides wherever it knows at all.
        classes = np.where(decides[:, None], even, classes)
        sure = np.where(decides[:, None], models.calibrated(model, even), sure)
        score = trust * (even[:, 2] - even[:, 0]) + (1 - trust) * score
        prior = model.prior
    decided = np.where(silent, int(np.argmax(prior)), np.where(unread, 1, classes.argmax(axis=1)))
    confidence = sure[np.arange(len(decided)), decided]
    confidence = np.where(silent, max(prior), np.where(unread, _GUESS, confidence))
    score = np.where(unread, 0.0, score)
    score = np.where(decided == 2, np.maximum(score, 0), np.where(decided == 0, np.minimum(score, 0), score))
    return pl.DataFrame(
        {
            "class": pl.Series(CLASSES).gather(decided),
            "score": np.clip(score, -1, 1).round(4),
            "confidence": np.clip(confidence, 0, 1).round(4),
            "note": notes,
        }
    )


def _once(texts: pl.Series) -> "tuple[pl.Series, NDArray[Any]]":
    """The different texts, and where each row's stands among them."""
    unique = texts.unique(maintain_order=True)
    places = unique.to_frame("text").with_row_index("place")
    found = texts.to_frame("text").join(places, on="text", how="left", maintain_order="left")
    return unique, found["place"].to_numpy()


def _by_lexicon(
    compound: "NDArray[float64]", known: "NDArray[Any]"
) -> "tuple[NDArray[float64], NDArray[float64], NDArray[float64]]":
    """Weights of the classes, score, and confidence of each class."""
    import numpy as np

    size = np.abs(compound)
    neutral = _EDGE / (_EDGE + size)
    classes = np.stack(
        [np.where(compound < 0, 1 - neutral, 0), neutral, np.where(compound > 0, 1 - neutral, 0)], axis=1
    )
    sure = np.where((known > 0)[:, None], _LEXICON_RIGHT * classes, np.array([[0.0, _GUESS, 0.0]]))
    return classes, compound, sure
