"""What versions predicted and what came of it: rows of MODEL_PREDICTIONS, a part for each month of ``made_on``."""

from collections.abc import Iterable

import polars as pl

from market_research.cleaning.schema import MODEL_PREDICTIONS
from resources.model_registry import LAYER, Scope


def read(scope: Scope, *, versions: Iterable[str] | None = None) -> pl.DataFrame:
    """Rows of MODEL_PREDICTIONS of this model, of these versions or of all."""
    wanted = [pl.col("tenant") == scope.tenant]
    wanted += [] if versions is None else [pl.col("version_id").is_in(list(versions))]
    return pl.concat([MODEL_PREDICTIONS.frame(), *(read_part(scope, name).filter(wanted) for name in parts(scope))])


def parts(scope: Scope) -> list[str]:
    """Names of the parts that hold this model's predictions, one a month in which they were made."""
    names = scope.lake.names(LAYER, MODEL_PREDICTIONS.name, scope.industry)
    return [name for name in names if name.startswith(f"{_slug(scope.model)}-")]


def add(scope: Scope, new: pl.DataFrame) -> int:
    """Add predictions of one model; those that are there already stay as they are. Returns how many are new."""
    added = 0
    names = [pl.lit(value).alias(key) for key, value in scope.names.items()]
    for (month,), made in new.group_by(pl.col("made_on").dt.strftime("%Y-%m"), maintain_order=True):
        name = f"{_slug(scope.model)}-{month}"
        before = read_part(scope, name)
        both = pl.concat([before, MODEL_PREDICTIONS.conform(made.with_columns(names))])
        both = both.unique(list(MODEL_PREDICTIONS.key), keep="first", maintain_order=True)
        added += both.height - before.height
        if both.height > before.height:
            write_part(scope, name, both)
    return added


def correct_actuals(scope: Scope, right: pl.DataFrame) -> int:
    """Put what is known now in the place of actuals that were corrected at their source; returns how many changed.

    ``right`` has subject_id, actual and actual_class, one row a subject; subjects that are not in it stay as they are.
    The day on which the first actual became known stays.
    """
    changed = 0
    known = right.select("subject_id", _actual="actual", _class="actual_class", _known=pl.lit(value=True))
    for name in parts(scope):
        held = read_part(scope, name)
        joined = held.join(known, on="subject_id", how="left", maintain_order="left")
        differs = (
            (pl.col("tenant") == scope.tenant)
            & pl.col("_known").fill_null(value=False)
            & (pl.col("actual").ne_missing(pl.col("_actual")) | pl.col("actual_class").ne_missing(pl.col("_class")))
        )
        marked = joined.with_columns(_differs=differs).with_columns(
            actual=pl.when("_differs").then("_actual").otherwise("actual"),
            actual_class=pl.when("_differs").then("_class").otherwise("actual_class"),
        )
        new = int(marked["_differs"].sum())
        if new:
            write_part(scope, name, marked.select(held.columns))
        changed += new
    return changed


def write_part(scope: Scope, name: str, held: pl.DataFrame) -> None:
    """Replace one part of the predictions."""
    scope.lake.write(LAYER, MODEL_PREDICTIONS.name, scope.industry, held, part=name)


def read_part(scope: Scope, name: str) -> pl.DataFrame:
    """One part of the predictions, all tenants together."""
    return scope.lake.read(LAYER, MODEL_PREDICTIONS, scope.industry, part=name)


def _slug(model: str) -> str:
    return model.replace(" ", "-")
