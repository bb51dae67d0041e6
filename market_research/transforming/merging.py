"""Several rows to one: the newest of a key, or a sum over groups. What is not a row any more is told."""

from collections.abc import Callable

import polars as pl

from market_research.transforming.rules import Aggregate, Deduplicate, Of
from market_research.transforming.working import (
    ID,
    MEMBERS,
    NUMBERS,
    REPLACED,
    Origin,
    RuleFailed,
    Step,
    Working,
    as_texts,
    is_missing,
    known,
    named,
)

_NEW, _CELLS = "new\x1f", "cells\x1f"
_ISO = r"^\d{4}-\d{2}-\d{2}"
_NUMERIC = ("sum", "mean", "median")


def deduplicate(working: Working, rule: Deduplicate) -> Step:
    """The newest row of each key; the others are ``replaced`` by it.

    Raises:
        RuleFailed: a column is not there, or the newest cannot be told from its texts.
    """
    working.need((*rule.key, rule.newest))
    frame = working.frame
    dtype = frame.schema[rule.newest]
    if dtype == pl.String():
        texts = frame.select(known(rule.newest, dtype).str.strip_chars()).to_series().drop_nulls()
        if not texts.str.contains(_ISO).all():
            raise RuleFailed(
                f"the newest cannot be told from the texts in {rule.newest!r}; cast it to date or number first"
            )
    complete = pl.all_horizontal([~is_missing(name, frame.schema[name]) for name in rule.key])
    repeated = frame.filter(complete).filter(pl.struct(rule.key).is_duplicated())
    if repeated.is_empty():
        return Step(working)
    new = known(rule.newest, dtype).str.strip_chars() if dtype == pl.String() else known(rule.newest, dtype)
    dated = repeated.with_columns(new.alias(_NEW))
    tied = dated.filter(pl.struct(*rule.key, _NEW).is_duplicated())
    cells = as_texts(tied.drop(ID, _NEW)).select(
        tied[ID], pl.concat_str(pl.all().fill_null("\x00"), separator="\x1f").alias(_CELLS)
    )
    ordered = dated.join(cells, on=ID, how="left").sort(_NEW, _CELLS, ID, descending=True, nulls_last=True)
    groups = ordered.with_columns(pl.col(ID).first().over(list(rule.key)).alias("by"))
    replaced = groups.filter(pl.col(ID) != pl.col("by")).select(ID, "by").cast(REPLACED).sort(ID)
    return Step(working.having(frame.join(replaced, on=ID, how="anti", maintain_order="left")), replaced=replaced)


def aggregate(working: Working, rule: Aggregate) -> Step:
    """One new row for each combination of ``by``; all rows before are ``replaced`` by it.

    Raises:
        RuleFailed: a column is not there, or holds texts where numbers are needed.
    """
    results = rule.results
    working.need((*rule.by, *(of.column for of in results.values())))
    for of in results.values():
        if of.function in _NUMERIC:
            working.need_numbers(of.column, of.function)
    frame = working.frame
    made = frame.group_by(list(rule.by), maintain_order=True).agg(
        *(_result(of, frame.schema[of.column]).alias(name) for name, of in results.items()), pl.col(ID)
    )
    ids = pl.Series("by", range(working.next_id, working.next_id + made.height), dtype=NUMBERS)
    pairs = made.select(ids, pl.col(ID)).explode(ID)
    as_read = pairs.join(working.members, on=ID, how="left", maintain_order="left").select(
        pl.col("by").alias(ID), pl.coalesce("member", pl.col(ID)).alias("member")
    )
    origins = {name: working.columns[name] for name in rule.by}
    origins |= {name: _origin(name, of, working.columns[of.column]) for name, of in results.items()}
    rows = made.drop(ID).insert_column(0, ids.alias(ID)).select(ID, *origins)
    members = pl.concat([working.members, as_read.cast(MEMBERS)])
    return Step(
        Working(rows, origins, working.next_id + made.height, members),
        replaced=pairs.select(ID, "by").cast(REPLACED).sort(ID),
    )


def _result(of: Of, dtype: pl.DataType) -> pl.Expr:
    values = known(of.column, dtype).drop_nulls()
    functions: dict[str, Callable[[], pl.Expr]] = {
        # A sum of nothing is not zero.
        "sum": lambda: pl.when(values.len() > 0).then(values.sum()),
        "mean": values.mean, "median": values.median, "min": values.min, "max": values.max,
        "first": values.first, "last": values.last, "count": values.len,
    }  # fmt: skip
    return functions[of.function]()


def _origin(name: str, of: Of, source: Origin) -> Origin:
    """The column summed up; a count has no unit of it. A column that no cell holds stays computed."""
    method = f"{of.function} of {of.column}"
    if of.function == "count":
        return Origin(source.column, "count", 0, of.function, method)
    return named(Origin(source.column, source.unit, source.power, of.function, method), name)
