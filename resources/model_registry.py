"""The registry of trained models: versions, stages, metrics, predictions and what a second version is given.

It is tables of the lake, appended to as decisions of people are, and artifacts named by their content. Why not
MLflow's registry on a local SQLite file: MLflow 3.17 wants an older pyarrow than ours and, beside ours, 19 packages
(docker, gunicorn, huey, databricks-sdk …); its first use took 12 s on two cores, where loading the whole graph may take
4; and a SQLite file could neither lie in an object store with the lake nor be asked by SQL in the warehouse.

What a version is trained from and how it is judged is said in ``market_research/commerce/registry``.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from market_research.cleaning.schema import (
    DRIFT_ALERTS,
    MODEL_EVALUATIONS,
    MODEL_METRICS,
    MODEL_SPLITS,
    MODEL_STAGES,
    MODEL_VERSIONS,
    Table,
)
from market_research.commerce.registry import stages
from market_research.commerce.registry.stages import Step
from market_research.errors import InvalidInput, NotFound
from market_research.ids import content_id
from resources import appended, audit
from resources.lake import Lake

LAYER = "models"
CHOSEN_HERE = ("review sentiment", "matching")
"""Models that work by the version that is in production here. How demand is forecast is chosen anew, product by product
and by back-test, whenever sales change: its versions are noted and watched, and there is nothing to go back to."""
SPLIT_HERE = ("review sentiment",)
"""Models whose records can be shared between two versions. Pairs of offers cannot: they compete for their partners."""


@dataclass(frozen=True)
class Scope:
    """One model of one tenant."""

    lake: Lake
    industry: str
    tenant: str
    model: str

    @property
    def names(self) -> dict[str, str]:
        return {"industry": self.industry, "tenant": self.tenant, "model": self.model}

    def of(self, table: Table) -> pl.DataFrame:
        """Rows of a table of the registry that are this model's, in the order in which they were added."""
        return rows(self.lake, table, self.industry).filter(tenant=self.tenant, model=self.model)

    @property
    def events(self) -> pl.DataFrame:
        return self.of(MODEL_STAGES)


@dataclass(frozen=True)
class Trained:
    """A version as it comes from its training. ``metrics`` are of MODEL_METRICS: name to value and rows."""

    label: str
    artifact: str
    data_sha256: str
    code_version: str
    trained_on: int
    reason: str
    as_of: date | None
    metrics: Mapping[str, tuple[float, int]]
    measured_on: str


class ArtifactLost(NotFound):
    """The parameters of a version are not in the lake, or not as they were written."""


def rows(lake: Lake, table: Table, industry: str) -> pl.DataFrame:
    """All rows of a table that is only added to, each once, in the order in which they came."""
    found = appended.read(lake, LAYER, table, industry).drop("part")
    return found.unique(list(table.key), keep="first", maintain_order=True)


def add(lake: Lake, table: Table, industry: str, new: Iterable[Mapping[str, Any]]) -> None:
    """Append rows; those whose key is there already add nothing to what is read."""
    appended.append(lake, LAYER, table, industry, table.frame(new))
    appended.compact(lake, LAYER, table, industry)


def known(lake: Lake, industry: str) -> bool:
    """True if an industry has any trained model. Cost: one listing."""
    return bool(lake.names(LAYER, MODEL_VERSIONS.name, industry))


def version_of(scope: Scope, made: Trained) -> str:
    """The id of a trained version: of whose model it is, of what it learnt from, by which code, and what came of it."""
    sha256 = hashlib.sha256(made.artifact.encode()).hexdigest()
    return content_id("model", *scope.names.values(), made.data_sha256, made.code_version, sha256)


def register(scope: Scope, made: Trained, *, parent: str | None, now: datetime) -> str:
    """Keep a trained version; returns its id. It is in no stage yet.

    The artifact is written first and the row of the version last: one killed halfway is trained again, to the same id.
    """
    version, place = version_of(scope, made), place_of(made.artifact)
    before = scope.of(MODEL_VERSIONS)
    # Also where the version is known: its artifact may have been lost.
    scope.lake.store.write(place, made.artifact.encode())
    if version in before["version_id"]:
        return version
    named = {"version_id": version, "industry": scope.industry, "measured_on": made.measured_on}
    metrics = [{**named, "metric": name, "value": value, "rows": n} for name, (value, n) in made.metrics.items()]
    add(scope.lake, MODEL_METRICS, scope.industry, metrics)
    row = {
        **scope.names, "version_id": version, "number": before.height + 1, "label": made.label,
        "data_sha256": made.data_sha256, "code_version": made.code_version, "trained_on": made.trained_on,
        "artifact": place, "parent_id": parent, "reason": made.reason, "as_of": made.as_of, "trained_at": now,
    }  # fmt: skip
    add(scope.lake, MODEL_VERSIONS, scope.industry, [row])
    return version


def place_of(artifact: str) -> str:
    """Where an artifact lies in the lake; the same content at the same place."""
    return f"artifacts/{hashlib.sha256(artifact.encode()).hexdigest()}.json"


def artifact(scope: Scope, version: str) -> str:
    """The parameters of a version.

    Raises:
        NotFound: there is no such version.
        ArtifactLost: they were removed from the lake, or are not what was written there.
    """
    found = scope.of(MODEL_VERSIONS).filter(version_id=version)
    if found.is_empty():
        raise NotFound(f"{scope.industry} has no version {version} of {scope.model}.")
    place, number = found.select("artifact", "number").row(0)
    try:
        content = scope.lake.store.read(place)
    except FileNotFoundError:
        content = None
    if content is not None and f"artifacts/{hashlib.sha256(content).hexdigest()}.json" == place:
        return content.decode()
    raise ArtifactLost(
        f"The file {place} of version {number} of {scope.model} ({scope.tenant}) is "
        f"{'not in the lake' if content is None else 'damaged'}. Put it back from a copy, or leave the version: "
        f"`market-research models train --industry {scope.industry}` trains in the place of one in production, "
        "`rollback` and `promote` use another, `split --share 0` ends a trial."
    )


def is_intact(scope: Scope, version: str) -> bool:
    """True if a version's artifact can be read."""
    try:
        artifact(scope, version)
    except ArtifactLost:
        return False
    return True


def metric(lake: Lake, industry: str, version: str, name: str) -> float | None:
    """A metric of a version when it was trained, if it was measured."""
    found = rows(lake, MODEL_METRICS, industry).filter(version_id=version, metric=name)
    return float(found["value"][0]) if found.height else None


def record(scope: Scope, steps: Iterable[Step], *, by_hand: bool, now: datetime) -> None:
    """Append steps as one: all of them happen, or none."""
    last = rows(scope.lake, MODEL_STAGES, scope.industry)["ordinal"].max()
    first = int(last) + 1 if isinstance(last, int) else 1
    new = [
        {
            **scope.names, "event_id": content_id("stage", scope.industry, step.version_id, step.stage, ordinal),
            "version_id": step.version_id, "ordinal": ordinal, "stage": step.stage, "cause": step.cause,
            "reason": step.reason, "by_hand": by_hand, "actor": audit.actor(), "happened_at": now,
        }
        for ordinal, step in enumerate(steps, first)
    ]  # fmt: skip
    add(scope.lake, MODEL_STAGES, scope.industry, new)


def decided_by_hand(lake: Lake, industry: str) -> list[str]:
    """Ids of what people decided about versions: with other ones the next run gives other results."""
    events = rows(lake, MODEL_STAGES, industry).filter("by_hand")["event_id"].to_list()
    return sorted([*events, *rows(lake, MODEL_SPLITS, industry)["split_id"]])


def in_use(lake: Lake, industry: str) -> list[tuple[str, str, str, str, float]]:
    """Which versions an industry's results come from: tenant, model, the version in production, the one that is tried
    beside it ('' for none) and its share. The same on every machine.
    """
    if not known(lake, industry):
        return []
    made = rows(lake, MODEL_VERSIONS, industry).filter(pl.col("model").is_in(CHOSEN_HERE))
    found = []
    for tenant, model in made.select("tenant", "model").unique().sort("tenant", "model").rows():
        scope = Scope(lake, industry, tenant, model)
        found.append((tenant, model, stages.production(scope.events) or "", *(split(scope) or ("", 0.0))))
    return found


def split(scope: Scope) -> tuple[str, float] | None:
    """The version that works beside the one in production, and its share; None where there is none.

    It ends when that version goes to production itself, and does not begin again when it leaves it.
    """
    newest = scope.of(MODEL_SPLITS).sort("set_at", maintain_order=True).tail(1)
    if newest.is_empty() or newest["share"][0] == 0:
        return None
    version, events = str(newest["version_id"][0]), scope.events
    since = events.filter(version_id=version, stage="production").filter(pl.col("happened_at") >= newest["set_at"][0])
    if since.height or stages.production(events) in (None, version):
        return None
    return version, float(newest["share"][0])


def listed(lake: Lake, industry: str) -> pl.DataFrame:
    """Every version with its stage, metrics at training and share of the traffic, newest first within its model."""
    found = rows(lake, MODEL_VERSIONS, industry)
    events = rows(lake, MODEL_STAGES, industry)
    measured = rows(lake, MODEL_METRICS, industry)
    for name in ("macro_f1", "mape_pct"):
        values = measured.filter(metric=name).select("version_id", pl.col("value").alias(name))
        found = found.join(values, on="version_id", how="left", maintain_order="left")
    now = stages.shown(events).select("version_id", "stage", stage_reason="reason", since="happened_at")
    found = found.join(now, on="version_id", how="left", maintain_order="left")
    shares = dict[str, float]()
    for tenant, model in found.select("tenant", "model").unique(maintain_order=True).rows():
        if beside := split(Scope(lake, industry, tenant, model)):
            shares[beside[0]] = beside[1]
    share = pl.col("version_id").replace_strict(shares, default=None, return_dtype=pl.Float64)
    return found.with_columns(split_share=share).sort("tenant", "model", "number", descending=[False, False, True])


def find(
    lake: Lake, industry: str, version: str, *, model: str | None = None, tenant: str | None = None
) -> dict[str, Any]:
    """The row of ``listed`` that a person means: by id, or by number where model and tenant are clear.

    Raises:
        NotFound: there is none, or there are several.
    """
    found = listed(lake, industry)
    if version.isdigit():
        found = found.filter(number=int(version))
        found = found if model is None else found.filter(model=model)
        found = found if tenant is None else found.filter(tenant=tenant)
    else:
        found = found.filter(version_id=version)
    if found.height != 1:
        what = f"{industry} has {'several versions' if found.height else 'no version'} {version}"
        raise NotFound(f"{what}; `market-research models list --industry {industry}` shows ids, models and tenants.")
    return found.row(0, named=True)


def promote(
    lake: Lake, industry: str, version: str, reason: str, *, gone: Collection[str] = (), now: datetime | None = None
) -> None:
    """Put a version into production by hand; the next run uses it.

    ``gone`` are versions that learnt from data which were withdrawn.

    Raises:
        InvalidInput: no reason, it is in production already, one of ``gone``, or of a model that nobody chooses.
        NotFound: there is no such version, or its artifact was lost.
    """
    moment, said = now or datetime.now(UTC), _reason(reason)
    row = find(lake, industry, version)
    _may_choose(row["model"])
    if version in gone:
        raise InvalidInput(f"{version} learnt from data that were withdrawn; the next run would take it away again.")
    scope = Scope(lake, industry, row["tenant"], row["model"])
    artifact(scope, version)
    record(scope, stages.promoted(scope.events, version, said), by_hand=True, now=moment)
    _audit(lake, industry, "promote", version, said, moment)


def rollback(scope: Scope, reason: str, *, gone: Collection[str] = (), now: datetime | None = None) -> str:
    """Put the version that was in production before back into production; returns its id. The next run uses it.

    ``gone`` are versions that learnt from data which were withdrawn; they are passed over.

    Raises:
        InvalidInput: no reason, there is none to go back to, or it is a model that nobody chooses.
        ArtifactLost: that of the version to go back to cannot be read.
    """
    moment, said = now or datetime.now(UTC), _reason(reason)
    _may_choose(scope.model)
    steps = stages.rollback(scope.events, said, gone=gone)
    artifact(scope, steps[1].version_id)
    record(scope, steps, by_hand=True, now=moment)
    _audit(scope.lake, scope.industry, "rollback", steps[0].version_id, said, moment)
    return steps[1].version_id


def set_split(lake: Lake, industry: str, version: str, share: float, *, now: datetime | None = None) -> None:
    """Give a version a share (0 to 1) of the traffic beside the one in production; 0 ends it.

    The share that it has already changes nothing; another version's trial ends where one begins.

    Raises:
        InvalidInput: the share is none, the version is in production itself, nothing is, it is another one's trial that
            would end, or a model that nobody chooses.
        NotFound: there is no such version, or its artifact was lost.
    """
    row = find(lake, industry, version)
    if not 0 <= share < 1:
        raise InvalidInput(f"{share:g} is no share for a second version; give 0 (none) up to less than 1 (all).")
    _may_choose(row["model"])
    if row["model"] not in SPLIT_HERE:
        raise InvalidInput(
            f"{row['model']} has one version at a time, for offers compete for their partners and the chances of two "
            "versions cannot be weighed against each other; `promote` and `rollback` choose it."
        )
    if share and row["stage"] == "production":
        raise InvalidInput(f"{version} is in production itself; give the share to the version that shall be tried.")
    scope, moment = Scope(lake, industry, row["tenant"], row["model"]), now or datetime.now(UTC)
    tried = split(scope)
    if not share and (tried is None or tried[0] != version):
        beside = f"; {tried[0]} is" if tried else ""
        raise InvalidInput(f"{version} is not tried beside the one in production, so there is nothing to end{beside}.")
    if share and stages.production(scope.events) is None:
        raise InvalidInput(f"No version of {row['model']} is in production to try {version} beside; promote one first.")
    if tried == (version, share):
        return
    if share:
        artifact(scope, version)
    split_id = content_id("split", industry, version, share, moment.isoformat())
    add(lake, MODEL_SPLITS, industry, [{**scope.names, "split_id": split_id, "version_id": version, "share": share,
                                        "actor": audit.actor(), "set_at": moment}])  # fmt: skip
    _audit(lake, industry, "split", version, f"share {share:g}", moment)


def _may_choose(model: str) -> None:
    if model not in CHOSEN_HERE:
        raise InvalidInput(
            f"Nobody chooses a version of {model}: how each product is forecast is decided by back-test whenever sales "
            "change. `market-research models compare` shows how right each version was."
        )


def _reason(said: str) -> str:
    if not said.strip():
        raise InvalidInput("A change of the version in production needs a reason; say it with --reason.")
    return said.strip()


def _audit(lake: Lake, industry: str, operation: str, version: str, reason: str, now: datetime) -> None:
    audit.record(lake, industry, [{"operation": operation, "record_id": version, "reason": reason}], now=now)


def last_evaluated(scope: Scope) -> datetime | None:
    """When this model was last looked at."""
    last = scope.of(MODEL_EVALUATIONS)["evaluated_at"].max()
    return last if isinstance(last, datetime) else None


def alerts(lake: Lake, industry: str) -> pl.DataFrame:
    """Rows of DRIFT_ALERTS, oldest first."""
    return rows(lake, DRIFT_ALERTS, industry).sort("raised_at", maintain_order=True)
