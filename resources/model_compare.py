"""How right versions were, one beside the other."""

from typing import Any

import polars as pl

from market_research.cleaning.schema import MODEL_VERSIONS
from market_research.commerce.registry import drift, metrics, stages
from market_research.commerce.registry.metrics import Accuracy
from resources import demand_watch, model_predictions
from resources import model_registry as registry
from resources.lake import Lake
from resources.model_registry import Scope
from resources.model_watch import scopes

COMPARED = pl.Schema(
    {
        "tenant": pl.String(), "model": pl.String(), "number": pl.Int64(), "version_id": pl.String(),
        "stage": pl.String(), "metric": pl.String(), "at_training": pl.Float64(), "live": pl.Float64(),
        "live_rows": pl.Int64(), "on_served": pl.Float64(), "served_rows": pl.Int64(), "on_same": pl.Float64(),
        "productions_on_same": pl.Float64(), "same_rows": pl.Int64(),
    }
)  # fmt: skip


def compared(lake: Lake, industry: str, *, model: str | None = None, tenant: str | None = None) -> pl.DataFrame:
    """``COMPARED``, one row a version: its metric when trained, on all its live predictions, on those served, and on
    those that the version in production predicted as well, beside that one's.
    """
    rows: list[dict[str, Any]] = []
    for scope in scopes(lake, industry):
        if (model is None or scope.model == model) and (tenant is None or scope.tenant == tenant):
            rows += _versions(scope)
    return pl.DataFrame(rows, schema=COMPARED)


def _versions(scope: Scope) -> list[dict[str, Any]]:
    name = drift.WATCHED[scope.model].metric
    live = model_predictions.read(scope).filter(pl.col("kind") == "live", pl.col("actual_at").is_not_null())
    scales = None if name == "macro_f1" else demand_watch.scales(scope.lake, scope.industry)

    def measured(rows: pl.DataFrame) -> Accuracy:
        return metrics.of_classes(rows) if name == "macro_f1" else metrics.of_quantities(rows, scales)

    now, in_use = stages.now(scope.events), stages.production(scope.events)
    present = live.filter(pl.col("version_id") == (in_use or ""))
    keys = ["subject_id"] if name == "macro_f1" else ["subject_id", "for_date"]
    made = []
    for number, version in scope.of(MODEL_VERSIONS).sort("number").select("number", "version_id").rows():
        own = live.filter(version_id=version)
        found, served = measured(own), measured(own.filter("served"))
        same = own.join(present, on=keys, how="semi") if version != in_use else own.clear()
        both, theirs = measured(same), measured(present.join(same, on=keys, how="semi"))
        made.append(
            {
                "tenant": scope.tenant, "model": scope.model, "number": number, "version_id": version,
                "stage": now.get(version), "metric": name,
                "at_training": registry.metric(scope.lake, scope.industry, version, name),
                "live": getattr(found, name), "live_rows": found.rows,
                "on_served": getattr(served, name), "served_rows": served.rows,
                "on_same": getattr(both, name), "productions_on_same": getattr(theirs, name),
                "same_rows": both.rows,
            }
        )  # fmt: skip
    return made
