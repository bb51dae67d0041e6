"""Which version is in which stage, and which steps from one to another there are.

A history of events is all that is kept: promotion and rollback add to it and overwrite nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from market_research.commerce.registry.metrics import of_classes
from market_research.errors import InvalidInput

LEAST_COMPARED = 30
"""Records that came since a version was trained, from which on it is compared with a newer one on these alone."""

Cause = Literal["trained", "kept back", "promoted", "superseded", "rolled back", "restored", "withdrawn"]
Stage = Literal["development", "staging", "production", "archived"]


@dataclass(frozen=True)
class Step:
    """One event to come: a version goes into a stage."""

    version_id: str
    stage: Stage
    cause: Cause
    reason: str


@dataclass(frozen=True)
class Decision:
    """Whether a new version goes to production, and why."""

    promote: bool
    reason: str


def now(events: pl.DataFrame) -> dict[str, str]:
    """The stage that each version is in; ``events`` are rows of ``MODEL_STAGES`` of one model."""
    return dict(events.sort("ordinal", maintain_order=True).select("version_id", "stage").rows())


def production(events: pl.DataFrame) -> str | None:
    """The version in production."""
    return next((version for version, stage in now(events).items() if stage == "production"), None)


def rolled_back(events: pl.DataFrame) -> set[str]:
    """Versions that were rolled back and that nobody has promoted by hand since."""
    found: set[str] = set()
    for version, cause in events.sort("ordinal", maintain_order=True).select("version_id", "cause").rows():
        if cause == "rolled back":
            found.add(version)
        elif cause in ("promoted", "restored"):
            found.discard(version)
    return found


def trained(events: pl.DataFrame, version: str, decision: Decision, *, keep: str | None = None) -> list[Step]:
    """Steps of a version that has just been trained: through development and staging, and on if it may.

    What waited in staging makes room for it, but for the version ``keep``.
    """
    steps = [Step(version, "development", "trained", "Trained.")]
    waiting = [v for v, stage in now(events).items() if stage == "staging" and v not in (version, keep)]
    steps += [Step(v, "archived", "superseded", "A newer version waits in its place.") for v in waiting]
    if decision.promote and version not in rolled_back(events):
        return [*steps, *promoted(events, version, decision.reason)]
    return [*steps, Step(version, "staging", "kept back", decision.reason)]


def promoted(events: pl.DataFrame, version: str, reason: str) -> list[Step]:
    """Steps that put a version into production in the place of the one that is there.

    Raises:
        InvalidInput: it is in production already.
    """
    present = production(events)
    if present == version:
        raise InvalidInput(f"{version} is in production already.")
    steps = [Step(present, "archived", "superseded", f"{version} takes its place.")] if present else []
    return [*steps, Step(version, "production", "promoted", reason)]


def rollback(events: pl.DataFrame, reason: str, *, gone: Collection[str] = ()) -> list[Step]:
    """Steps back to the version that was in production before; the one rolled back is not promoted again by itself.

    ``gone`` are versions that must not come back, for their data were withdrawn.

    Raises:
        InvalidInput: nothing is in production, or nothing was before.
    """
    present = production(events)
    if present is None:
        raise InvalidInput("No version is in production; `market-research models list` shows what there is.")
    unfit = {present, *rolled_back(events), *gone}
    ordered = (
        events.sort("ordinal", maintain_order=True).filter(pl.col("stage") == "production")["version_id"].to_list()
    )
    before = next((version for version in reversed(ordered) if version not in unfit), None)
    if before is None:
        raise InvalidInput(f"No version was in production before {present}, so there is none to go back to.")
    return [
        Step(present, "archived", "rolled back", reason),
        Step(before, "production", "restored", f"In the place of {present}, which was rolled back: {reason}"),
    ]


def withdrawn(events: pl.DataFrame, noun: str = "reviews") -> list[Step]:
    """Steps that take the version in production out of use because nothing could be trained in its place.

    ``noun`` is what the records are called that it learnt from.
    """
    present = production(events)
    reason = f"It learnt from {noun} that are no longer there, and too few are left to learn from."
    return [Step(present, "archived", "withdrawn", reason)] if present else []


def compare(new: pl.DataFrame, old: pl.DataFrame, noun: str = "reviews") -> Decision:
    """Whether a new version is not worse than the old one, on records that neither had learnt from when predicting.

    Both frames are rows of ``MODEL_PREDICTIONS``, live and held out. They are compared on the records that came after
    the old one was trained, where there are ``LEAST_COMPARED``: it predicted these before anything was learnt from
    them, and the new one by turns, each by a part of the training that did not hold it. Where fewer came, on all
    records that both predicted in one of these ways. ``noun`` is what the reason calls them.
    """
    both = new.select("subject_id", "predicted_class", "actual_class").join(
        old.select("subject_id", "kind", old_class="predicted_class"), on="subject_id"
    )
    later = both.filter(pl.col("kind") == "live")
    used, named = (later, "that came since") if later.height >= LEAST_COMPARED else (both, "that both knew")
    fresh, stale = of_classes(used), of_classes(used.with_columns(predicted_class="old_class"))
    if fresh.macro_f1 is None or stale.macro_f1 is None:
        return Decision(False, f"The two versions have no {noun} in common that could be compared.")
    said = f"macro F1 {fresh.macro_f1:.3f} against {stale.macro_f1:.3f} on {used.height:,} {noun} {named}"
    better = fresh.macro_f1 >= stale.macro_f1
    return Decision(better, f"{'Not worse' if better else 'Worse'} than the version in production: {said}.")


def shown(events: pl.DataFrame) -> pl.DataFrame:
    """The last event of each version: version_id, stage, reason, happened_at."""
    last: list[Any] = ["version_id", "stage", "reason", "happened_at"]
    return (
        events.sort("ordinal", maintain_order=True).unique("version_id", keep="last", maintain_order=True).select(last)
    )
