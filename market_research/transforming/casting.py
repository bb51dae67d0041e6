"""Texts to numbers, dates and truth values: each column once, its different texts once each."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from market_research.cleaning import periods
from market_research.sources import cells
from market_research.transforming.rules import Cast
from market_research.transforming.working import (
    ID,
    REJECTED,
    Origin,
    RuleFailed,
    Step,
    Working,
    as_texts,
    is_missing,
    known,
)

_WHOLE, _PLAIN = r"^-?\d{1,15}$", r"^-?\d{1,15}(\.\d{1,15})?$"
_TRUE, _FALSE = ("true", "yes", "y", "t", "1"), ("false", "no", "n", "f", "0")
_SAMPLE = 500
LARGEST_INTEGER = 2**63 - 1
BAD, UNIT, POWER = "bad\x1f", "unit\x1f", "power\x1f"


def cast(working: Working, rule: Cast) -> Step:
    """Columns with the types of the rule; rows with a text that is not of its type are set aside."""
    working.need(rule.columns)
    frame, origins = working.frame, dict(working.columns)
    problems: list[pl.Expr] = []
    for number, (name, wanted) in enumerate(rule.columns.items()):
        frame, origins[name] = _cast_column(frame, name, wanted.type, wanted.format, origins[name])
        frame = frame.rename({BAD: f"{BAD}{number}"})
        problems.append(pl.when(f"{BAD}{number}").then(pl.lit(f'the cell in "{name}" is no {_WORDS[wanted.type]}')))
    return without_bad(working.having(frame, origins), problems)


_WORDS = {
    "number": "number of the column's unit", "integer": "whole number", "date": "date", "boolean": "yes or no",
    "text": "text",
}  # fmt: skip


def without_bad(working: Working, problems: list[pl.Expr]) -> Step:
    """Take the rows out of which one of ``problems`` gives a reason; marks of bad cells go with them."""
    reasons = working.frame.select(ID, reason=pl.concat_str(problems, separator="; ", ignore_nulls=True))
    rejected = reasons.filter(pl.col("reason") != "").cast(REJECTED)
    marks = [name for name in working.frame.columns if name.startswith(BAD)]
    kept = working.frame.drop(marks)
    return Step(working.having(kept.join(rejected, on=ID, how="anti", maintain_order="left")), rejected)


def _cast_column(
    frame: pl.DataFrame, name: str, kind: str, formats: tuple[str, ...], origin: Origin
) -> tuple[pl.DataFrame, Origin]:
    if kind == "number":
        return to_numbers(frame, name, origin)
    if kind == "integer":
        return to_numbers(frame, name, origin, exact=True)
    if kind == "text":
        return frame.with_columns(*as_texts(frame.select(name)), pl.lit(False).alias(BAD)), origin
    dtype = frame.schema[name]
    if kind == "boolean":
        if dtype == pl.Boolean():
            return frame.with_columns(pl.lit(False).alias(BAD)), origin
        words = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
        return by_texts(frame, name, lambda text: words.get(text.strip().lower()), pl.Boolean()), origin
    return _to_dates(frame, name, formats), origin


def by_texts(frame: pl.DataFrame, name: str, of: Callable[[str], Any], dtype: pl.DataType) -> pl.DataFrame:
    """A column through a function of its texts (missing stays missing); where it gives None the cell is ``BAD``."""
    frame = frame.with_columns(as_texts(frame.select(name)))
    frame = frame.with_columns(known(name, pl.String()).alias(name))
    texts = frame[name].drop_nulls().unique(maintain_order=True)
    found = pl.DataFrame({name: texts, "to\x1f": pl.Series([of(text) for text in texts], dtype=dtype, strict=True)})
    joined = frame.join(found, on=name, how="left", maintain_order="left")
    bad = (joined[name].is_not_null() & joined["to\x1f"].is_null()).alias(BAD)
    made = joined.with_columns(pl.col("to\x1f").alias(name)).drop("to\x1f")
    return made.select(frame.columns).with_columns(bad)


def _to_dates(frame: pl.DataFrame, name: str, formats: tuple[str, ...]) -> pl.DataFrame:
    dtype = frame.schema[name]
    if dtype == pl.Date() or dtype == pl.Datetime():
        return frame.with_columns(pl.col(name).cast(pl.Date), pl.lit(False).alias(BAD))
    if dtype != pl.String():
        raise RuleFailed(f"{name!r} holds no texts, so no dates can be read from it; cast it to text first")
    if formats:
        text = known(name, dtype).str.strip_chars()
        dates = pl.coalesce(text.str.to_datetime(form, strict=False, time_unit="us").dt.date() for form in formats)
        return frame.with_columns(dates.alias(name), (~is_missing(name, dtype) & dates.is_null()).alias(BAD))
    sample = frame.filter(~is_missing(name, dtype))[name].unique(maintain_order=True).to_list()
    day_first = periods.is_day_first([text.strip() for text in sample])

    def day(text: str) -> date | None:
        found = periods.parse(" ".join(text.split()), day_first=day_first)
        return found.end if found and found.start is None else None

    return by_texts(frame, name, day, pl.Date())


def to_numbers(
    frame: pl.DataFrame, name: str, origin: Origin, *, exact: bool = False, power: int | pl.Expr = 0
) -> tuple[pl.DataFrame, Origin]:
    """A column as numbers times ten to the ``power`` (whole ones where ``exact``), and what its cells say of the unit.

    A cell may state its own scale, which then counts instead (``3 billion`` is 3000 in a column of millions). All cells
    that state a unit must state the same one, and none but the column's: others are ``BAD``, since their figures would
    mean something else.
    """
    dtype = frame.schema[name]
    target = pl.Int64() if exact else pl.Float64()
    if dtype.is_nested() or not (dtype.is_numeric() or dtype == pl.String() or dtype == pl.Boolean()):
        raise RuleFailed(f"{name!r} holds neither texts nor numbers; cast it to text first")
    powers = pl.lit(power, pl.Int32) if isinstance(power, int) else power.cast(pl.Int32)
    frame = frame.with_columns(powers.alias(POWER))
    comma = dtype == pl.String() and _uses_comma(frame[name])
    simple = pl.col(POWER) == 0
    if dtype == pl.String():
        # With decimal commas 1.234 is a thousand and more.
        simple &= pl.col(name).str.contains(_WHOLE if comma else _PLAIN)
    plain = pl.when(simple).then(pl.col(name)).cast(target, strict=False)
    if exact and dtype.is_float():
        plain = pl.when(pl.col(name) == pl.col(name).round(0)).then(plain)
    frame = frame.with_columns(plain.alias("plain\x1f"))
    rest = (
        frame.filter(pl.col("plain\x1f").is_null() & ~is_missing(name, dtype))
        .select(name, POWER)
        .unique(maintain_order=True)
    )
    read = pl.DataFrame(
        [(*row, *_number(row[0], row[1], origin.power, comma, exact)) for row in rest.rows()],
        schema={name: dtype, POWER: pl.Int32(), "read\x1f": target, UNIT: pl.String()},
        orient="row",
    )
    joined = frame.join(read, on=[name, POWER], how="left", maintain_order="left")
    stated = joined.filter(pl.col("read\x1f").is_not_null())[UNIT].drop_nulls()
    unit = origin.unit or (str(stated[0]) if stated.len() else None)
    value = pl.coalesce("plain\x1f", "read\x1f")
    other = pl.col(UNIT).is_not_null() & (pl.col(UNIT) != (unit or ""))
    bad = (~is_missing(name, dtype) & value.is_null()) | other
    made = joined.with_columns(pl.when(~other.fill_null(False)).then(value).alias(name), bad.alias(BAD))
    left = Origin(origin.column, unit, origin.power, origin.function, origin.method)
    return made.select(*frame.drop("plain\x1f", POWER).columns, BAD), left


def _uses_comma(texts: pl.Series) -> bool:
    marked = texts.filter(texts.str.contains("[.,]")).unique(maintain_order=True)
    return cells.uses_decimal_comma([text.strip() for text in marked.head(_SAMPLE)])


def _number(value: Any, power: int, of_column: int, comma: bool, exact: bool) -> tuple[float | int | None, str | None]:
    """A cell's number in the column's scale and the unit that it states; None if it is not one number in range."""
    if not isinstance(value, str):
        amount: cells.Amount | None = cells.Amount(Decimal(repr(value)) if value == value else Decimal("NaN"))
    else:
        amount = cells.read(value, decimal_comma=comma)
    if amount is None or not amount.value.is_finite():
        return None, None
    power = power if amount.power is None else amount.power - of_column
    found = cells.scaled(amount.value, power)
    if found is None or not exact:
        return found, amount.unit
    whole = amount.value.scaleb(power)
    if whole != whole.to_integral_value() or abs(whole) > LARGEST_INTEGER:
        return None, None
    return int(whole), amount.unit
