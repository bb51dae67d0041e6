"""The rules that are SQL: new columns, and conditions that every row must meet."""

from collections.abc import Callable

import polars as pl

from market_research.transforming.rules import Enrich, Validate
from market_research.transforming.working import ID, REJECTED, Origin, RuleFailed, Step, Working, named

Evaluate = Callable[[pl.DataFrame, str], tuple[pl.DataFrame, pl.DataFrame]]
"""Values of an expression by row, and the rows for which it fails with the reason (``sandbox.evaluate``)."""


def enrich(working: Working, rule: Enrich, evaluate: Evaluate) -> Step:
    """New columns by expressions that all see the columns as they were; rows for which one fails are set aside.

    Raises:
        RuleFailed: an expression cannot be evaluated over this table.
    """
    frame, columns = working.frame, dict(working.columns)
    rejected: list[pl.DataFrame] = []
    by_case = {name.lower(): name for name in columns}
    for wanted, expression in rule.columns.items():
        name = by_case.get(wanted.lower(), wanted)
        values, failed = _evaluated(working, wanted, expression, evaluate)
        rejected.append(failed.with_columns(reason=pl.format('"{}" cannot be computed: {}', pl.lit(wanted), "reason")))
        frame = frame.drop(name, strict=False).join(values.rename({"value": name}), on=ID, how="left")
        columns[name] = named(Origin(None, method=f"computed: {' '.join(expression.split())}"), name)
    found = _one_reason(rejected)
    frame = frame.join(found, on=ID, how="anti").sort(ID).select(ID, *columns)
    return Step(working.having(frame, columns), found)


def validate(working: Working, rule: Validate, evaluate: Evaluate) -> Step:
    """Rows for which a condition is false, unknown or fails are set aside, with its name and text in the reason.

    Raises:
        RuleFailed: a condition cannot be evaluated over this table, or is none.
    """
    rejected: list[pl.DataFrame] = []
    for name, expression in rule.conditions.items():
        values, failed = _evaluated(working, name, expression, evaluate)
        if values.height and values.schema["value"] != pl.Boolean():
            raise RuleFailed(f"{name}: {expression!r} is neither true nor false; write a condition such as revenue > 0")
        said = f"{name}: {' '.join(expression.split())}"
        bad = values.filter(~pl.col("value").fill_null(value=False)).select(
            ID,
            reason=pl.when(pl.col("value").is_null())
            .then(pl.lit(f"does not say whether {said}"))
            .otherwise(pl.lit(f"breaks {said}")),
        )
        rejected += [bad, failed.with_columns(reason=pl.format("{} cannot be decided: {}", pl.lit(said), "reason"))]
    found = _one_reason(rejected)
    return Step(working.having(working.frame.join(found, on=ID, how="anti", maintain_order="left")), found)


def _evaluated(working: Working, name: str, expression: str, evaluate: Evaluate) -> tuple[pl.DataFrame, pl.DataFrame]:
    if working.frame.is_empty():
        return pl.DataFrame(schema={ID: pl.Int64, "value": pl.Boolean}), pl.DataFrame(schema=REJECTED)
    try:
        return evaluate(working.frame, expression)
    except RuleFailed as error:
        raise RuleFailed(f"{name}: {error}") from None


def _one_reason(rejected: list[pl.DataFrame]) -> pl.DataFrame:
    """One row for each rejected row, its reasons joined."""
    return (
        pl.concat([frame.cast(REJECTED) for frame in rejected])
        .group_by(ID, maintain_order=True)
        .agg(pl.col("reason").str.join("; "))
        .sort(ID)
    )
