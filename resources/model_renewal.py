"""Bringing a model that learns from labels up to date with them: watched, trained when due, put where it belongs.

In this order, so that every prediction is made before anything is learnt from what it is about: the versions in use
predict the labelled records that they have not seen, what came of it is judged, a version is trained if there is a
reason, and it goes to production if it is not worse.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from market_research.cleaning.schema import MODEL_VERSIONS
from market_research.commerce.registry import drift, stages
from market_research.errors import NotEnoughLabels
from resources import model_predictions
from resources import model_registry as registry
from resources.model_registry import Scope
from resources.model_watch import Look, look, note_alerts

log = logging.getLogger(__name__)
HELD_OUT = "held out by turns (five folds)"


@dataclass(frozen=True)
class Material:
    """What there is to learn from now.

    ``labelled`` has subject_id, actual and actual_class, a row a record; ``present`` are the ids of all records that
    are there. ``noun`` is what sentences call them.
    """

    labelled: pl.DataFrame
    present: frozenset[str]
    sha256: str
    code: str
    noun: str


@dataclass(frozen=True)
class Asked:
    """Whether a person asks for a training, whether the artifact in production was lost, and when it is."""

    by_hand: bool
    lost: bool
    now: datetime


Predict = Callable[[], int]
"""Notes what the versions in use make of labelled records that they have not seen; returns how many are new."""
Train = Callable[[str], str]
"""Trains for a reason, notes what was held out and registers the version, whose id it returns. Raises NotEnoughLabels
where there is too little to learn from."""


def renew(
    scope: Scope, material: Material, predict: Predict, train: Train, *, by_hand: bool = False, now: datetime
) -> str:
    """Bring a model up to date with what there is to learn from; says in sentences what was done.

    ``by_hand``: somebody asks for a training, so it takes no other reason than data or code that no version has learnt
    from, or an artifact in production that was lost.

    Raises:
        ArtifactLost: a version in use cannot be read, and nobody asks for a training.
    """
    in_use = stages.production(scope.events)
    lost = by_hand and in_use is not None and not registry.is_intact(scope, in_use)
    arrived = model_predictions.correct_actuals(scope, material.labelled)
    arrived += 0 if lost else predict()
    found = look(scope, in_use, "actuals", now=now) if in_use and arrived else None
    action = _renewed(scope, material, train, found, Asked(by_hand=by_hand, lost=lost, now=now))
    if found is not None and in_use is not None:
        note_alerts(scope, in_use, found, action, now=now)
    return action


def unseen(scope: Scope, version: str, labelled: pl.DataFrame) -> pl.DataFrame:
    """The labelled records that a version has neither learnt from nor predicted."""
    seen = model_predictions.read(scope, versions=[version])["subject_id"]
    return labelled.filter(~pl.col("subject_id").is_in(seen.implode()))


def learnt_from(scope: Scope, version: str | None) -> set[str]:
    """Ids of the records that a version has learnt from."""
    if version is None:
        return set()
    return set(model_predictions.read(scope, versions=[version]).filter(kind="held out")["subject_id"])


def _renewed(scope: Scope, material: Material, train: Train, found: Look | None, asked: Asked) -> str:
    """Train a version if there is a reason and put it where it belongs; says what was done."""
    in_use = stages.production(scope.events)
    before = scope.of(MODEL_VERSIONS)
    same_data = before.filter(data_sha256=material.sha256)
    version = next(iter(same_data.filter(code_version=material.code)["version_id"]), None)
    learnt = learnt_from(scope, in_use)
    gone = bool(learnt - material.present)
    reason = drift.training_reason(
        same_data=same_data.height > 0, same_code=version is not None, in_production=in_use is not None, withdrawn=gone,
        drifted=found is not None and found.has_drifted,
        poor=found is not None and found.judgement.is_poor,
        growth_pct=100 * len(set(material.labelled["subject_id"]) - learnt) / max(len(learnt), 1),
        by_hand=asked.by_hand,
    )  # fmt: skip
    if asked.lost or (version is None and reason is not None):
        try:
            version = train(reason or "by hand")
        except NotEnoughLabels as error:
            log.info("%s", error)
            if gone:
                steps = stages.withdrawn(scope.events, material.noun)
                registry.record(scope, steps, by_hand=asked.by_hand, now=asked.now)
            return f"Not trained{'' if before.is_empty() else ' again'}: {error}"
    if version is None:
        return "Not trained again: there is too little new to learn from."
    return place(scope, version, in_use, asked, gone=gone, noun=material.noun)


def place(scope: Scope, version: str, in_use: str | None, asked: Asked, *, gone: bool, noun: str) -> str:
    """Put a version that is in no stage yet into one, by the rule that ``stages.compare`` says.

    ``gone``: the version in production learnt from records that were withdrawn.
    """
    events = scope.events
    number = scope.of(MODEL_VERSIONS).filter(version_id=version)["number"][0]
    stage = stages.now(events).get(version)
    tried = registry.split(scope)
    if asked.lost and version == in_use:
        return f"Trained version {number} again, as it was: its artifact was not in the lake any more."
    if (
        stage is not None
        and not gone
        and not asked.lost
        and (in_use is not None or version in stages.rolled_back(events))
    ):
        return f"Not trained again: there is nothing new to learn from since version {number}, which is in {stage}."
    if in_use is None:
        decision = stages.Decision(True, "No other version is in production.")
    elif gone:
        decision = stages.Decision(True, f"The version in production learnt from {noun} that are no longer there.")
    elif asked.lost:
        decision = stages.Decision(True, "The artifact of the version in production was lost.")
    elif tried is not None:
        reason = (
            f"While {tried[0]} is tried beside the one in production, that one stays (`market-research models split`)."
        )
        decision = stages.Decision(False, reason)
    else:
        held = model_predictions.read(scope, versions=[version, in_use])
        decision = stages.compare(held.filter(version_id=version), held.filter(version_id=in_use), noun)
    if stage is None:
        steps = stages.trained(events, version, decision, keep=None if tried is None else tried[0])
    else:
        steps = stages.promoted(events, version, decision.reason)
    registry.record(scope, steps, by_hand=asked.by_hand, now=asked.now)
    how = "Trained version" if stage is None else "Went back to version"
    return f"{how} {number}, now in {steps[-1].stage}. {decision.reason}"
