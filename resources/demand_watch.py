"""Forecasts of demand as they were made, beside what was sold when their days had passed.

A version of this model is which method each product is forecast by: it changes when the back-test chooses otherwise.
"""

import hashlib
import json
from datetime import UTC, date, datetime

import polars as pl

from market_research.cleaning.schema import MODEL_METRICS, MODEL_VERSIONS
from market_research.commerce.registry import metrics, stages
from market_research.version import code_version
from resources import model_registry as registry
from resources.lake import Lake
from resources.lake_sql import COMMERCE
from resources.model_registry import Scope, Trained
from resources.model_watch import Look, look, note_alerts

MODEL = "demand"
FORECASTS, BACKTESTS, SALES = "demand_forecasts", "demand_backtests", "sales"
FIRST_DUE, BACKTEST = "the first forecasts that came due", "back-test of the first seven days"


def watch_demand(lake: Lake, industry: str, *, now: datetime | None = None) -> int:
    """Note new forecasts, fill in the actuals that have come, judge and raise alerts; returns how many actuals came.

    An industry without forecasts costs two listings.
    """
    paths = lake.parts(COMMERCE, FORECASTS, industry)
    forecasts = pl.concat([pl.read_parquet(path) for path in paths]) if paths else pl.DataFrame()
    if forecasts.is_empty():
        return 0
    moment, sold = now or datetime.now(UTC), daily_sales(lake, industry)
    came = 0
    for (tenant,), made in forecasts.group_by("tenant", maintain_order=True):
        came += _watch(Scope(lake, industry, str(tenant), MODEL), made, sold, moment)
    return came


def daily_sales(lake: Lake, industry: str) -> pl.DataFrame:
    """Pieces sold each day from a product's first to the newest day of any: subject_id, date, quantity (0 without)."""
    empty = pl.DataFrame(schema={"subject_id": pl.String(), "date": pl.Date(), "quantity": pl.Float64()})
    columns = {
        "subject_id": pl.col("product_id"),
        "date": pl.col("date"),
        "quantity": pl.col("quantity").cast(pl.Float64),
    }
    sales = [pl.read_parquet(path).select(**columns) for path in lake.parts(COMMERCE, SALES, industry)]
    told = pl.concat([empty, *sales])
    newest = told["date"].max()
    if newest is None:
        return empty
    days = (
        told.group_by("subject_id", maintain_order=True)
        .agg(date=pl.date_range(pl.col("date").min(), pl.lit(newest)))
        .explode("date")
    )
    return days.join(told, on=["subject_id", "date"], how="left", maintain_order="left").with_columns(
        pl.col("quantity").fill_null(0.0)
    )


def scales(lake: Lake, industry: str) -> pl.DataFrame:
    """MASE's unit of each product."""
    return metrics.seasonal_scales(daily_sales(lake, industry))


def _watch(scope: Scope, made: pl.DataFrame, sold: pl.DataFrame, now: datetime) -> int:
    came = fill_actuals(scope, sold)
    in_use = stages.production(scope.events)
    found = None
    if came and in_use is not None:
        found = look(scope, in_use, "actuals", scales=metrics.seasonal_scales(sold), now=now)
        _keep_first(scope, in_use, found)
    action = _version(scope, made, sold, found, now)
    version = stages.production(scope.events)
    assert version is not None
    registry.add_predictions(scope, _snapshot(made, version))
    if found is not None and in_use is not None:
        note_alerts(scope, in_use, found, action, now=now)
    return came


def fill_actuals(scope: Scope, sold: pl.DataFrame) -> int:
    """Put what was sold beside forecasts whose day has passed; returns how many became known.

    ``sold`` as ``daily_sales`` gives it. A day without a record counts as none sold.
    """
    newest = sold["date"].max()
    if not isinstance(newest, date):
        return 0
    came = 0
    right = sold.select("subject_id", "quantity", for_date="date")
    for name in registry.prediction_parts(scope):
        held = registry.read_part(scope, name)
        due = pl.col("actual").is_null() & (pl.col("for_date") <= newest) & (pl.col("tenant") == scope.tenant)
        joined = held.join(right, on=["subject_id", "for_date"], how="left", maintain_order="left")
        filled = joined.with_columns(_new=due & pl.col("quantity").is_not_null()).with_columns(
            actual=pl.when("_new").then("quantity").otherwise("actual"),
            actual_at=pl.when("_new").then(pl.lit(newest)).otherwise("actual_at"),
        )
        new = int(filled["_new"].sum())
        if new:
            registry.write_predictions(scope, name, filled.select(held.columns))
        came += new
    return came


def _snapshot(made: pl.DataFrame, version: str) -> pl.DataFrame:
    return made.select(
        "made_on", subject_id="product_id", for_date="date", predicted="quantity", lower="lower_95", upper="upper_95",
        version_id=pl.lit(version), kind=pl.lit("live"), served=pl.lit(value=True),
    )  # fmt: skip


def _version(scope: Scope, made: pl.DataFrame, sold: pl.DataFrame, found: Look | None, now: datetime) -> str:
    """Register which method each product is forecast by, if that has changed; says what was done."""
    chosen = made.select("product_id", "model").unique().sort("product_id", "model")
    artifact = json.dumps(chosen.rows(), separators=(",", ":"))
    in_use = stages.production(scope.events)
    if in_use is not None and registry.artifact(scope, in_use) == artifact:
        number = scope.of(MODEL_VERSIONS).filter(version_id=in_use)["number"][0]
        return f"The back-test was made again and chose as before: still version {number}."
    judged = found.judgement if found else None
    drifted, poor = found is not None and found.has_drifted, judged is not None and judged.is_poor
    reason = "first" if in_use is None else "drift" if drifted else "below threshold" if poor else "new data"
    history = sold.join(chosen, left_on="subject_id", right_on="product_id", how="semi").sort("subject_id", "date")
    newest = made["made_on"].max()
    trained = Trained(
        label=hashlib.sha256(artifact.encode()).hexdigest()[:12], artifact=artifact,
        data_sha256=hashlib.sha256(history.write_csv().encode()).hexdigest(),
        code_version=code_version(folders=("market_research/commerce",)), trained_on=history.height, reason=reason,
        as_of=newest if isinstance(newest, date) else None, metrics=_backtested(scope), measured_on=BACKTEST,
    )  # fmt: skip
    version = registry.register(scope, trained, parent=in_use, now=now)
    decision = stages.Decision(True, "The back-test chose its methods: each was best for its product on days unseen.")
    registry.record(scope, stages.trained(scope.events, version, decision), by_hand=False, now=now)
    number = scope.of(MODEL_VERSIONS).filter(version_id=version)["number"][0]
    return f"The back-test was made again and chose otherwise: version {number}, now in production."


def _backtested(scope: Scope) -> dict[str, tuple[float, int]]:
    """What the back-test said of the methods chosen, as the mean over products; empty where there was none."""
    paths = scope.lake.parts(COMMERCE, BACKTESTS, scope.industry)
    if not paths:
        return {}
    chosen = pl.concat([pl.read_parquet(path) for path in paths]).filter(
        pl.col("tenant") == scope.tenant, pl.col("is_chosen"), pl.col("horizon_days") == metrics.WEEK
    )
    known = {"mape_pct": chosen["mape"].drop_nulls(), "mase": chosen["mase"].drop_nulls()}
    return {
        name: (float(values.sort().sum()) / len(values), len(values)) for name, values in known.items() if len(values)
    }


def _keep_first(scope: Scope, version: str, found: Look) -> None:
    """Where there was no back-test, what is first known of a version is what later looks are compared with."""
    if found.judgement.baseline is None and found.judgement.verdict != "too few":
        values = {name: getattr(found.accuracy, name) for name in ("mape_pct", "smape_pct", "mase", "coverage_pct")}
        named = {
            "version_id": version,
            "industry": scope.industry,
            "rows": found.accuracy.rows,
            "measured_on": FIRST_DUE,
        }
        new = [{**named, "metric": name, "value": value} for name, value in values.items() if value is not None]
        registry.add(scope.lake, MODEL_METRICS, scope.industry, new)
