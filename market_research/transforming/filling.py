"""Missing cells filled by a declared strategy; every filled cell is told, all others stay as they are."""

import polars as pl

from market_research.transforming.rules import Fill
from market_research.transforming.working import ID, RuleFailed, Step, Working, is_missing, known

_NUMERIC = ("mean", "median", "interpolate")
_KNOWN, _FILLED, _ORDER = "known\x1f", "filled\x1f", "order\x1f"


def fill(working: Working, rule: Fill) -> Step:
    """The column with its missing cells filled as far as the strategy knows a value; ``filled`` are their rows.

    Raises:
        RuleFailed: a column is not there, or not of a type that the strategy can work with.
    """
    ordered = [rule.order] if rule.order else []
    working.need((rule.column, *rule.by, *ordered))
    if rule.strategy in _NUMERIC:
        working.need_numbers(rule.column, rule.strategy)
    dtype = working.frame.schema[rule.column]
    frame = working.frame.with_columns(known(rule.column, dtype).alias(_KNOWN))
    if rule.strategy in ("mean", "median") and dtype != pl.Float64():
        frame = frame.with_columns(pl.col(_KNOWN, rule.column).cast(pl.Float64))
    if rule.strategy in ("previous", "next", "interpolate"):
        frame = _in_order(frame, rule)
    value = _value(frame, rule, working)
    if rule.by and rule.strategy != "constant":
        value = value.over(list(rule.by))
    made = frame.with_columns(value.alias(_FILLED)).sort(ID)
    missing = is_missing(rule.column, made.schema[rule.column])
    filled = made.filter(missing & pl.col(_FILLED).is_not_null())[ID]
    column = pl.when(missing & pl.col(_FILLED).is_not_null()).then(_FILLED).otherwise(rule.column)
    return Step(
        working.having(made.with_columns(column.alias(rule.column)).select(working.frame.columns)), filled=filled
    )


def _in_order(frame: pl.DataFrame, rule: Fill) -> pl.DataFrame:
    """Rows in the order in which one is before another; those without a place in it come last and fill nothing."""
    if rule.order is None:
        return frame.with_columns(pl.col(ID).alias(_ORDER))
    dtype = frame.schema[rule.order]
    place = known(rule.order, dtype)
    if rule.strategy == "interpolate" and not (dtype.is_numeric() or dtype.is_temporal()):
        raise RuleFailed(
            f"interpolate needs to know how far apart rows are; cast {rule.order!r} to date or number first"
        )
    return frame.with_columns(place.alias(_ORDER)).sort(_ORDER, ID, nulls_last=True)


def _value(frame: pl.DataFrame, rule: Fill, working: Working) -> pl.Expr:
    """What a missing cell of each row would be filled with."""
    column = pl.col(_KNOWN)
    if rule.strategy == "constant":
        return _constant(rule, working)
    if rule.strategy in ("mean", "median"):
        return column.mean() if rule.strategy == "mean" else column.median()
    # A row without a place in the order has no neighbours.
    placed = pl.when(pl.col(_ORDER).is_not_null())
    if rule.strategy == "interpolate":
        by = pl.col(_ORDER).to_physical() if frame.schema[_ORDER].is_temporal() else pl.col(_ORDER)
        return _line(placed.then(column), by)
    neighbour = placed.then(column)
    return placed.then(neighbour.forward_fill() if rule.strategy == "previous" else neighbour.backward_fill())


def _line(column: pl.Expr, place: pl.Expr) -> pl.Expr:
    """The value at a row's place on the straight line between the nearest known ones before and after it."""
    at = pl.when(column.is_not_null()).then(place.cast(pl.Float64))
    before, after = column.forward_fill(), column.backward_fill()
    start, end = at.forward_fill(), at.backward_fill()
    here = place.cast(pl.Float64)
    share = (here - start) / (end - start)
    return pl.when(end > start).then(before + (after - before) * share).when(end == start).then(before)


def _constant(rule: Fill, working: Working) -> pl.Expr:
    dtype = working.frame.schema[rule.column]
    value = pl.lit(str(rule.value)) if dtype == pl.String() else pl.lit(rule.value)
    try:
        return pl.lit(pl.select(value.cast(dtype, strict=True)).item(), dtype)
    except pl.exceptions.PolarsError as error:
        raise RuleFailed(f"the value {rule.value!r} does not fit the column {rule.column!r}") from error
