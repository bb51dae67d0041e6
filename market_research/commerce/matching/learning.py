"""A model of what people decided: a logistic regression on the features, whose probability is the confidence."""

from typing import TYPE_CHECKING

import polars as pl
from pydantic import BaseModel, ConfigDict

from market_research.errors import NotEnoughLabels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_DECISIONS = 50
LEAST_OF_EACH = 5
"""Fewer decisions, or fewer of one kind, teach nothing that the scores do not know."""
INPUTS = (
    "words", "texts", "letters", "contained", "spelling", "meaning", "code", "model", "brand", "quantities", "price",
    "price_known", "log_odds", "lead", "lead_far",
)  # fmt: skip
FOLDS = 5
_STRENGTH = 0.3  # inverse of the penalty on coefficients: a thousand decisions are few for fifteen inputs


class Learned(BaseModel):
    """The trained model, as numbers that any store can keep (``model_dump_json``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inputs: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    decisions: int
    same: int
    """How many decisions it was trained on, and how many of them said that it is one product."""


def learn(evidence: pl.DataFrame, decided: pl.DataFrame) -> Learned | None:
    """A model of the decisions, or None where there are too few.

    ``evidence`` is a frame of ``evidence.evidence``, ``decided`` has product_a, product_b (in either order) and same.
    Decisions on products that are not offered any more are left out.
    """
    known = labelled(evidence, decided)
    return None if _lacking(known) else _fitted(known)


def learn_and_hold_out(known: pl.DataFrame) -> tuple[Learned, pl.DataFrame]:
    """The model of ``labelled`` pairs, and what it would have said of each without having learnt from it.

    Returns:
        The model of ``learn``; and product_a, product_b, same, probability: by a model of the other four fifths, drawn
        by turns from each kind. What a person decided on other pairs is known in the features (a pair that was said to
        be two products is no rival), as it is in a run.

    Raises:
        NotEnoughLabels: ``learn`` would give None.
    """
    if lacking := _lacking(known):
        raise NotEnoughLabels(lacking)
    turn = (pl.int_range(pl.len()).over("same") % FOLDS).alias("_turn")
    dealt = known.with_columns(turn)
    said = []
    for fold in range(FOLDS):
        held = dealt.filter(_turn=fold)
        chances = probabilities(_fitted(dealt.filter(pl.col("_turn") != fold)), held)
        said.append(held.select("product_a", "product_b", "same").with_columns(probability=pl.Series(chances)))
    return _fitted(known), pl.concat(said).sort("product_a", "product_b")


def labelled(evidence: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """The rows of the evidence on which people have decided (``same``), in the order of their products."""
    return with_decisions(evidence, decided).drop_nulls("same").sort("product_a", "product_b")


def _lacking(known: pl.DataFrame) -> str | None:
    """What is missing to learn from these pairs, if anything is."""
    same = int(known["same"].sum())
    if known.height >= LEAST_DECISIONS and min(same, known.height - same) >= LEAST_OF_EACH:
        return None
    return (
        f"{same} pairs are decided to be one product and {known.height - same} not to be; a model needs "
        f"{LEAST_DECISIONS}, and {LEAST_OF_EACH} of each kind. Until then pairs are scored without one."
    )


def _fitted(known: pl.DataFrame) -> Learned:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    values = scaler.fit_transform(_inputs(known, INPUTS))
    model = LogisticRegression(C=_STRENGTH, max_iter=2_000).fit(values, known["same"].to_numpy())
    return Learned(
        inputs=INPUTS,
        means=tuple(scaler.mean_.tolist()),
        scales=tuple(scaler.scale_.tolist()),
        coefficients=tuple(model.coef_[0].tolist()),
        intercept=float(model.intercept_[0]),
        decisions=known.height,
        same=int(known["same"].sum()),
    )


def probabilities(model: Learned, evidence: pl.DataFrame) -> "NDArray[np.float64]":
    """The model's probability that each pair of the evidence is one product."""
    import numpy as np

    values = (_inputs(evidence, model.inputs) - np.array(model.means)) / np.array(model.scales)
    return 1 / (1 + np.exp(-np.clip(values @ np.array(model.coefficients) + model.intercept, -500, 500)))


def with_decisions(evidence: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """The evidence with what was decided on each pair as ``same``, null where nothing was."""
    both = pl.concat(
        [decided.select("product_a", "product_b", "same"),
         decided.select(product_a="product_b", product_b="product_a", same="same")]
    ).unique()  # fmt: skip
    return evidence.join(both, on=["product_a", "product_b"], how="left", maintain_order="left")


def _inputs(evidence: pl.DataFrame, names: tuple[str, ...]) -> "NDArray[np.float64]":
    known = evidence.with_columns(price_known=pl.col("price").is_not_null().cast(pl.Float64))
    return known.select(pl.col(name).cast(pl.Float64).fill_null(0.0) for name in names).to_numpy()
