"""Forecasts of demand as they were made, beside what was sold when their days had passed.

A version of this model is which method each product is forecast by: it changes when the back-test chooses otherwise.
"""

import hashlib
import json
from datetime import UTC, date, datetime

import polars as pl

from market_research.cleaning.schema import MODEL_METRICS, MODEL_VERSIONS
from market_research.cleaning.schema.demand import DEMAND_BACKTEST_WEEKS
from market_research.commerce.registry import metrics, stages
from market_research.version import code_version
from resources import model_predictions
from resources import model_registry as registry
from resources.lake import Lake
from resources.lake_sql import COMMERCE
from resources.model_registry import Scope, Trained
from resources.model_watch import Look, look, note_alerts

MODEL = "demand"
FORECASTS, BACKTESTS, WEEKS, SALES = "demand_forecasts", "demand_backtests", "demand_backtest_weeks", "sales"
LEFT_OUT = "demand_days_without_stock"
FIRST_DUE, BACKTEST = "the first forecasts that came due", "back-test of the first seven days"


def watch_demand(lake: Lake, industry: str, *, now: datetime | None = None) -> int:
    """Note new forecasts, fill in the actuals that have come, judge and raise alerts; returns how many actuals came.

    An industry without forecasts costs two listings.
    """
    return sum(came for came, _ in watched(lake, industry, now=now).values())


def watched(
    lake: Lake, industry: str, *, by_hand: bool = False, now: datetime | None = None
) -> dict[str, tuple[int, str]]:
    """As ``watch_demand``; returns how many actuals came and what was done about versions, by tenant.

    ``by_hand``: somebody asked for the back-test that the forecasts come from.
    """
    forecasts = _forecasts(lake, industry)
    if not forecasts:
        return {}
    moment, sold = now or datetime.now(UTC), daily_sales(lake, industry)
    return {
        tenant: _watch(Scope(lake, industry, tenant, MODEL), made, sold, moment, by_hand=by_hand)
        for tenant, made in forecasts.items()
    }


def nothing_new(lake: Lake, industry: str) -> dict[str, str | None]:
    """By tenant: that its version in production was chosen from these sales by this code; None where it was not."""
    sold, said = daily_sales(lake, industry), dict[str, str | None]()
    for tenant, made in _forecasts(lake, industry).items():
        scope = Scope(lake, industry, tenant, MODEL)
        version = scope.of(MODEL_VERSIONS).filter(version_id=stages.production(scope.events) or "")
        known = version.filter(data_sha256=_data_sha256(sold, made), code_version=_code())
        number = known["number"][0] if known.height else None
        same = f"Not trained again: there is nothing new to learn from since version {number}, which is in production."
        said[tenant] = None if number is None else same
    return said


def _forecasts(lake: Lake, industry: str) -> dict[str, pl.DataFrame]:
    """Rows of ``demand_forecasts`` by tenant; empty where there are none."""
    paths = lake.parts(COMMERCE, FORECASTS, industry)
    if not paths:
        return {}
    made = pl.concat([pl.read_parquet(path) for path in paths])
    return {str(tenant): rows for (tenant,), rows in made.group_by("tenant", maintain_order=True)}


def _code() -> str:
    return code_version(folders=("market_research/commerce",))


def _data_sha256(sold: pl.DataFrame, made: pl.DataFrame) -> str:
    """Hash of the days that forecasts come from."""
    return hashlib.sha256(_history(sold, made).write_csv().encode()).hexdigest()


def _history(sold: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    products = made.select(subject_id="product_id").unique()
    return sold.drop_nulls("quantity").join(products, on="subject_id", how="semi").sort("subject_id", "date")


def daily_sales(lake: Lake, industry: str) -> pl.DataFrame:
    """Pieces sold each day from a product's first to the newest day of any: subject_id, date, quantity.

    The quantity is 0 on days without a sale, and null on those of ``LEFT_OUT``, which the back-test leaves out too.
    """
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
    without = [
        pl.read_parquet(path).select("date", subject_id="product_id", _hidden=pl.lit(value=True))
        for path in lake.parts(COMMERCE, LEFT_OUT, industry)
    ]
    hidden = pl.concat([empty.select("date", "subject_id", _hidden=pl.lit(value=True)), *without])
    for known in (told, hidden):
        days = days.join(known, on=["subject_id", "date"], how="left", maintain_order="left")
    quantity = pl.when(pl.col("_hidden").is_null()).then(pl.col("quantity").fill_null(0.0))
    return days.select("subject_id", "date", quantity=quantity)


def scales(lake: Lake, industry: str) -> pl.DataFrame:
    """MASE's unit of each product."""
    return metrics.seasonal_scales(daily_sales(lake, industry))


def _watch(scope: Scope, made: pl.DataFrame, sold: pl.DataFrame, now: datetime, *, by_hand: bool) -> tuple[int, str]:
    came = fill_actuals(scope, sold)
    in_use = stages.production(scope.events)
    found = None
    if came and in_use is not None:
        found = look(scope, in_use, "actuals", scales=metrics.seasonal_scales(sold), now=now)
        _keep_first(scope, in_use, found)
    action = _version(scope, made, sold, found, now, by_hand=by_hand)
    version = stages.production(scope.events)
    assert version is not None
    model_predictions.add(scope, _snapshot(made, version))
    if found is not None and in_use is not None:
        note_alerts(scope, in_use, found, action, now=now)
    return came, action


def fill_actuals(scope: Scope, sold: pl.DataFrame) -> int:
    """Put what was sold beside forecasts whose day has passed; returns how many became known or were corrected.

    ``sold`` as ``daily_sales`` gives it. A day without a record counts as none sold, until a record of it comes late. A
    day without stock has no actual but is marked as past by ``actual_at``; so is one that is found to be such later,
    as a run of days without a sale may be an ordinary one until it ends.
    """
    newest = sold["date"].max()
    if not isinstance(newest, date):
        return 0
    came = 0
    right = sold.select("subject_id", "quantity", for_date="date", _past=pl.lit(value=True))
    for name in model_predictions.parts(scope):
        held = model_predictions.read_part(scope, name)
        due = (pl.col("kind") == "live") & (pl.col("for_date") <= newest) & (pl.col("tenant") == scope.tenant)
        other = pl.col("actual_at").is_null() | pl.col("actual").ne_missing(pl.col("quantity"))
        joined = held.join(right, on=["subject_id", "for_date"], how="left", maintain_order="left")
        # The day on which a first figure became known stays when it is corrected.
        filled = joined.with_columns(_new=due & other & pl.col("_past").fill_null(value=False)).with_columns(
            actual=pl.when("_new").then("quantity").otherwise("actual"),
            actual_at=pl.when("_new").then(pl.coalesce("actual_at", pl.lit(newest))).otherwise("actual_at"),
        )
        new = int(filled["_new"].sum())
        if new:
            model_predictions.write_part(scope, name, filled.select(held.columns))
        came += new
    return came


def _snapshot(made: pl.DataFrame, version: str) -> pl.DataFrame:
    return made.select(
        "made_on", subject_id="product_id", for_date="date", predicted="quantity", lower="lower_95", upper="upper_95",
        version_id=pl.lit(version), kind=pl.lit("live"), served=pl.lit(value=True),
    )  # fmt: skip


def _version(
    scope: Scope, made: pl.DataFrame, sold: pl.DataFrame, found: Look | None, now: datetime, *, by_hand: bool
) -> str:
    """Register which method each product is forecast by, if that has changed; says what was done."""
    chosen = made.select("product_id", "model").unique().sort("product_id", "model")
    artifact = json.dumps(chosen.rows(), separators=(",", ":"))
    in_use = stages.production(scope.events)
    present = scope.of(MODEL_VERSIONS).filter(version_id=in_use or "")
    if present.height and present["artifact"][0] == registry.place_of(artifact):
        number = present["number"][0]
        return f"The back-test was made again and chose as before: still version {number}."
    judged = found.judgement if found else None
    drifted, poor = found is not None and found.has_drifted, judged is not None and judged.is_poor
    wanted = (("first", in_use is None), ("by hand", by_hand), ("drift", drifted), ("below threshold", poor))
    reason = next((name for name, holds in wanted if holds), "new data")
    newest = made["made_on"].max()
    trained = Trained(
        label=hashlib.sha256(artifact.encode()).hexdigest()[:12], artifact=artifact,
        data_sha256=_data_sha256(sold, made), code_version=_code(),
        trained_on=_history(sold, made).height, reason=reason,
        as_of=newest if isinstance(newest, date) else None, metrics=_backtested(scope), measured_on=BACKTEST,
    )  # fmt: skip
    model_predictions.add(scope, _held_out(scope, registry.version_of(scope, trained), trained.as_of))
    version = registry.register(scope, trained, parent=in_use, now=now)
    decision = stages.Decision(True, "The back-test chose its methods: each was best for its product on days unseen.")
    registry.record(scope, stages.trained(scope.events, version, decision), by_hand=by_hand, now=now)
    number = scope.of(MODEL_VERSIONS).filter(version_id=version)["number"][0]
    how = "was made again and chose otherwise" if in_use else "chose its first methods"
    return f"The back-test {how}: version {number}, now in production."


def _held_out(scope: Scope, version: str, as_of: date | None) -> pl.DataFrame:
    """What the methods chosen would have said of earlier weeks: what later errors are compared with."""
    paths = scope.lake.parts(COMMERCE, WEEKS, scope.industry)
    weeks = [pl.read_parquet(path).filter(pl.col("tenant") == scope.tenant) for path in paths]
    return pl.concat([DEMAND_BACKTEST_WEEKS.frame(), *weeks]).select(
        "made_on", subject_id="product_id", for_date=pl.col("made_on") + pl.duration(days=metrics.WEEK),
        predicted="quantity", actual="sold", version_id=pl.lit(version), kind=pl.lit("held out"),
        served=pl.lit(value=False), actual_at=pl.lit(as_of, pl.Date),
    )  # fmt: skip


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
