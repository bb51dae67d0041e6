"""How right the versions in use are: looked at when actuals come and by the clock, with alerts where too little."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Literal

import polars as pl

from market_research.cleaning.schema import DRIFT_ALERTS, MODEL_EVALUATIONS, MODEL_VERSIONS
from market_research.commerce.registry import chance, drift, metrics, stages
from market_research.commerce.registry.drift import Judgement
from market_research.commerce.registry.metrics import Accuracy
from market_research.ids import content_id
from resources import model_predictions
from resources import model_registry as registry
from resources.lake import Lake
from resources.model_registry import Scope

Trigger = Literal["actuals", "schedule"]


@dataclass(frozen=True)
class Look:
    """What one look at a version found."""

    accuracy: Accuracy
    judgement: Judgement
    first: date | None
    last: date | None
    chance: float | None = None

    @property
    def has_drifted(self) -> bool:
        """Worse than at promotion, and that is not known to be chance."""
        return self.judgement.verdict == "drift" and (self.chance is None or self.chance <= drift.MOST_CHANCE)


def look(scope: Scope, version: str, trigger: Trigger, *, scales: pl.DataFrame | None = None, now: datetime) -> Look:
    """Measure a version's live predictions of the last days, compare with its promotion, and note it as a row.

    ``scales`` as in ``metrics.of_quantities``. Forecasts of versions before count with those of the one in use: what is
    due now was forecast by several.
    """
    watched = drift.WATCHED[scope.model]
    of_classes = watched.metric == "macro_f1"
    made = model_predictions.read(scope, versions=[version] if of_classes else None)
    live = made.filter(pl.col("kind") == "live", pl.col("actual_at").is_not_null())
    lately = _lately(live)
    first, last = lately["for_date"].min(), lately["for_date"].max()
    found = metrics.of_classes(lately) if of_classes else metrics.of_quantities(lately, scales)
    baseline = registry.metric(scope.lake, scope.industry, version, watched.metric)
    judged = drift.judge(scope.model, found, baseline)
    luck = None
    if judged.verdict == "drift" and judged.now is not None:
        held = made.filter(kind="held out", version_id=version)
        if of_classes:
            luck = metrics.chance(held, judged.now, found.rows)
        else:
            # Without a back-test what was forecast earlier has to do.
            earlier = held if held.height else metrics.weeks_of(live.filter(pl.col("for_date") < pl.lit(first)))
            luck = chance.of_weeks(earlier, metrics.weeks_of(lately))
    row = {
        **scope.names, **asdict(found), "evaluation_id": content_id("eval", version, last, now.isoformat()),
        "version_id": version, "trigger": trigger, "first_date": first, "last_date": last, "baseline": baseline,
        "change_pct": judged.change_pct, "chance": luck, "verdict": judged.verdict, "evaluated_at": now,
    }  # fmt: skip
    registry.add(scope.lake, MODEL_EVALUATIONS, scope.industry, [row])
    days = [day if isinstance(day, date) else None for day in (first, last)]
    return Look(found, judged, days[0], days[1], luck)


def _lately(live: pl.DataFrame) -> pl.DataFrame:
    """Predictions for the last days, and those whose actuals came last: sales of a month may come at once."""
    newest, told = live["for_date"].max(), live["actual_at"].max()
    if not isinstance(newest, date):
        return live
    return live.filter((pl.col("for_date") > newest - drift.WINDOW) | (pl.col("actual_at") == told))


def note_alerts(scope: Scope, version: str, found: Look, action: str, *, now: datetime) -> int:
    """Raise what there is to raise of a look, each thing once; returns how many alerts are new."""
    judged, watched = found.judgement, drift.WATCHED[scope.model]
    if judged.now is None or found.last is None:
        return 0
    kinds: list[tuple[str, float, float, float | None]] = []
    if judged.verdict == "drift" and judged.baseline is not None:
        kinds.append(("drift", judged.baseline, judged.worse_pct, found.chance))
    if judged.is_poor:
        kinds.append(("below threshold", watched.limit, 100 * abs(judged.now - watched.limit) / watched.limit, None))
    before = scope.of(DRIFT_ALERTS)["alert_id"]
    new = [
        {
            **scope.names, "alert_id": content_id("drift", version, kind, found.last), "version_id": version,
            "kind": kind, "metric": watched.metric, "old_value": old, "new_value": judged.now,
            "change_pct": 100 * (judged.now - old) / old, "severity": drift.severity(worse, chance),
            "chance": chance, "rows": found.accuracy.rows,
            "first_date": found.first, "last_date": found.last, "action": action, "raised_at": now,
        }
        for kind, old, worse, chance in kinds
    ]  # fmt: skip
    new = [row for row in new if row["alert_id"] not in before]
    if new:
        registry.add(scope.lake, DRIFT_ALERTS, scope.industry, new)
    return len(new)


def scopes(lake: Lake, industry: str) -> list[Scope]:
    """The models of an industry, each of one tenant."""
    found = registry.rows(lake, MODEL_VERSIONS, industry).select("tenant", "model").unique(maintain_order=True)
    return [Scope(lake, industry, tenant, model) for tenant, model in found.sort("tenant", "model").rows()]


def is_due(scope: Scope, critical: tuple[str, ...], now: datetime) -> bool:
    """Whether the clock asks for a look at a model; not where no version is in production."""
    if stages.production(scope.events) is None:
        return False
    return drift.is_due(registry.last_evaluated(scope), now, critical=scope.model in critical)


def look_by_the_clock(
    lake: Lake,
    industry: str,
    critical: tuple[str, ...],
    *,
    scales: pl.DataFrame | None = None,
    now: datetime | None = None,
) -> list[Scope]:
    """Look at the versions in production of models that are due; returns these models.

    No version is trained here: that needs data that no version has learnt from, and where such come in, the step that
    takes them in trains. An alert says so.
    """
    moment = now or datetime.now(UTC)
    due = [scope for scope in scopes(lake, industry) if is_due(scope, critical, moment)]
    for scope in due:
        version = stages.production(scope.events)
        if version is not None:
            found = look(scope, version, "schedule", scales=scales, now=moment)
            note_alerts(scope, version, found, "Not trained again: nothing new has come to learn from.", now=moment)
    return due
