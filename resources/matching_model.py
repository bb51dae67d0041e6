"""The model of what people decided about pairs of a tenant's offers: a version of the registry, as that of reviews is.

``model_renewal`` says in which order it is watched and trained. Without decisions there is no version, and nothing is
asked of the registry.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from market_research.commerce.matching.learning import (
    Learned,
    labelled,
    learn_and_hold_out,
    probabilities,
)
from market_research.commerce.matching.normalising import OFFERS
from market_research.commerce.registry import metrics, stages, subjects
from market_research.retrieval.minilm import MODEL_NAME
from market_research.version import code_version
from resources import model_predictions
from resources import model_registry as registry
from resources.model_registry import Scope, Trained
from resources.model_renewal import HELD_OUT, Material, renew, unseen

MODEL = "matching"
_STATED = tuple(name for name in OFFERS if name not in ("product_id", "price"))
"""What an offer says of itself. Its price is left out: every export has another, and the label is about the product."""


@dataclass(frozen=True)
class Weigher:
    """Who weighs pairs: the version in production and its label; neither where there is none."""

    model: Learned | None = None
    label: str | None = None


@dataclass(frozen=True)
class _Labels:
    """The evidence on pairs that people have decided (``same``), with subject_id, actual, actual_class and for_date."""

    known: pl.DataFrame
    as_of: date


def weigher(
    scope: Scope, found: pl.DataFrame, held: pl.DataFrame, offers: pl.DataFrame, *, now: datetime | None = None
) -> Weigher:
    """Bring a tenant's model up to date with what people decided and say who weighs its pairs.

    Args:
        found: ``evidence.EVIDENCE`` of the tenant's offers.
        held: rows of ``MATCH_DECISIONS`` that hold and are about these offers.
        offers: the offers, with the columns of ``normalising.OFFERS``.

    Raises:
        ArtifactLost: the version in production cannot be read.
    """
    renew_matching(scope, found, held, offers, now=now)
    in_use = stages.production(scope.events)
    if in_use is None:
        return Weigher()
    artifact = registry.artifact(scope, in_use)
    return Weigher(Learned.model_validate_json(artifact), _label(artifact))


def renew_matching(
    scope: Scope,
    found: pl.DataFrame,
    held: pl.DataFrame,
    offers: pl.DataFrame,
    *,
    by_hand: bool = False,
    now: datetime | None = None,
) -> str:
    """Bring a tenant's model up to date; says in sentences what was done.

    Arguments as of ``weigher``; ``by_hand`` and errors as of ``model_renewal.renew``.
    """
    moment = now or datetime.now(UTC)
    labels = _labels(found, held, moment)
    material = Material(
        labelled=labels.known.select("subject_id", "actual", "actual_class"),
        present=frozenset(labels.known["subject_id"]),
        sha256=_data_sha256(labels.known, offers),
        code=code_version(folders=("market_research/commerce/matching",)), noun="pairs",
    )  # fmt: skip

    def predict() -> int:
        return _predict(scope, labels)

    def train(reason: str) -> str:
        return _train(scope, labels, (material.sha256, material.code, reason), moment)

    return renew(scope, material, predict, train, by_hand=by_hand, now=moment)


def learnt_from_others(scope: Scope, decided: pl.DataFrame) -> set[str]:
    """Versions that learnt from pairs which are not among these (product_a, product_b, same)."""
    learnt = model_predictions.read(scope).filter(kind="held out")
    return set(learnt.join(subjects.pairs_named(decided), on="subject_id", how="anti")["version_id"])


def _labels(found: pl.DataFrame, held: pl.DataFrame, now: datetime) -> _Labels:
    days = subjects.pairs_named(held).select("subject_id", for_date=pl.col("decided_at").dt.date())
    known = subjects.pairs_named(labelled(found, held)).join(days, on="subject_id", maintain_order="left")
    newest = known["for_date"].max()
    dated = known.with_columns(actual=pl.col("same").cast(pl.Float64))
    return _Labels(dated, newest if isinstance(newest, date) else now.date())


def _data_sha256(known: pl.DataFrame, offers: pl.DataFrame) -> str:
    """Hash of the decisions and of what the offers say that they are about."""
    said = pl.concat_str([pl.col(name).fill_null("") for name in _STATED], separator="\x1f")
    stated = offers.select(product="product_id", said=said)
    both = known.select("subject_id", "product_a", "product_b", "actual_class")
    for side, name in (("product_a", "title"), ("product_b", "text")):
        both = both.join(stated.rename({"said": name}), left_on=side, right_on="product", how="left")
    return subjects.data_sha256(both, MODEL_NAME)


def _predict(scope: Scope, labels: _Labels) -> int:
    """Note what the version in production makes of decided pairs that it has not seen; returns how many are new."""
    in_use = stages.production(scope.events)
    new = unseen(scope, in_use, labels.known) if in_use else labels.known.clear()
    if in_use is None or new.is_empty():
        return 0
    model = Learned.model_validate_json(registry.artifact(scope, in_use))
    said = new.with_columns(probability=pl.Series(probabilities(model, new), dtype=pl.Float64))
    return model_predictions.add(scope, _rows(said, in_use, "live", labels.as_of))


def _rows(said: pl.DataFrame, version: str, kind: str, made_on: date) -> pl.DataFrame:
    """Rows of ``MODEL_PREDICTIONS`` of pairs with their ``probability``."""
    chance = pl.col("probability")
    return said.select(
        "subject_id", "for_date", "actual", "actual_class", version_id=pl.lit(version), kind=pl.lit(kind),
        served=pl.lit(kind == "live"), made_on=pl.lit(made_on), actual_at=pl.lit(made_on), predicted=chance,
        predicted_class=subjects.pair_class(chance), confidence=pl.max_horizontal(chance, 1 - chance),
    )  # fmt: skip


def _train(scope: Scope, labels: _Labels, about: tuple[str, str, str], now: datetime) -> str:
    """Train on what people decided, note what was held out, and register the version.

    Raises:
        NotEnoughLabels: too few decisions, or of one kind.
    """
    sha256, code, reason = about
    model, held = learn_and_hold_out(labels.known)
    said = labels.known.join(held.select("product_a", "product_b", "probability"), on=["product_a", "product_b"])
    said = said.with_columns(predicted_class=subjects.pair_class(pl.col("probability")))
    found = metrics.of_classes(said)
    figures = {
        name: (value, found.rows) for name in ("macro_f1", "accuracy") if (value := getattr(found, name)) is not None
    }
    artifact = model.model_dump_json()
    trained = Trained(
        _label(artifact), artifact, sha256, code, model.decisions, reason, labels.as_of,
        figures | metrics.of_pairs(said), HELD_OUT,
    )  # fmt: skip
    version = registry.version_of(scope, trained)
    model_predictions.add(scope, _rows(said, version, "held out", labels.as_of))
    return registry.register(scope, trained, parent=stages.production(scope.events), now=now)


def _label(artifact: str) -> str:
    return registry.place_of(artifact).removeprefix("artifacts/")[:12]
