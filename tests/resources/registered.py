"""Versions, predictions, forecasts and sales for tests of the registry of models."""

import itertools
import json
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from market_research.commerce.registry import stages
from resources import model_registry as registry
from resources.lake import Lake
from resources.model_registry import Scope, Trained

KEY, DEFAULT = "shop", "default"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
_numbers = itertools.count()


def scope_in(base: Path, model: str = "review sentiment") -> Scope:
    return Scope(Lake(base / str(next(_numbers))), KEY, DEFAULT, model)


def trained(content: str, f1: float = 0.9, **more: object) -> Trained:
    given_ = {"reason": "first", "metrics": {"macro_f1": (f1, 100)}} | more
    return Trained(
        label=content[:12], artifact=json.dumps([content]), data_sha256=f"{zlib.crc32(content.encode()):064x}",
        code_version="c", trained_on=100, as_of=START.date(), measured_on="held out", **given_,
    )  # type: ignore[arg-type]  # fmt: skip


def put(scope: Scope, content: str, *, promote: bool = True, f1: float = 0.9, at: datetime = START) -> str:
    """Register a version and let it go through its first stages."""
    version = registry.register(scope, trained(content, f1), parent=stages.production(scope.events), now=at)
    steps = stages.trained(scope.events, version, stages.Decision(promote, "As the test says."))
    registry.record(scope, steps, by_hand=False, now=at)
    return version


def said(version: str, pairs: list[tuple[str, str]], *, kind: str = "live") -> pl.DataFrame:
    """Predicted and actual classes of reviews, as predictions of a version."""
    first = START.date()
    scores = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}
    return pl.DataFrame(
        [
            {"version_id": version, "subject_id": f"rev_{number:016x}", "kind": kind, "served": True, "made_on": first,
             "for_date": first + timedelta(days=number % 28), "predicted": scores[told], "predicted_class": told,
             "confidence": 0.8, "actual": 3.0 + 2 * scores[right], "actual_class": right, "actual_at": first}
            for number, (told, right) in enumerate(pairs)
        ]
    )  # fmt: skip


def forecast(scope: Scope, quantities: list[float], made_on: date, product: str, model: str = "AutoETS") -> None:
    days = [made_on + timedelta(days=number) for number in range(1, len(quantities) + 1)]
    frame = pl.DataFrame(
        {"industry": KEY, "tenant": DEFAULT, "product_id": product, "model": model, "made_on": made_on, "date": days,
         "ahead_days": range(1, len(days) + 1), "quantity": quantities, "lower_95": 0.0,
         "upper_95": [value * 2 for value in quantities]}
    )  # fmt: skip
    scope.lake.write("commerce", "demand_forecasts", KEY, frame)


def sell(scope: Scope, days: Mapping[date, float], product: str) -> None:
    frame = pl.DataFrame(
        {"product_id": product, "date": list(days), "quantity": [float(pieces) for pieces in days.values()]},
        schema={"product_id": pl.String, "date": pl.Date, "quantity": pl.Float64},
    )
    scope.lake.write("commerce", "sales", KEY, frame)
