"""A table while rules work on it: a frame whose rows keep their identity, and what is known of each column."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from market_research.errors import MarketResearchError
from market_research.sources import cells, units
from market_research.sources.grid import Origin, Table

ID = "row id\x1f"
"""Column that identifies rows: numbers of rows as read, and higher ones for rows that rules made."""
NUMBERS = pl.Int64()
REJECTED = pl.Schema({ID: NUMBERS, "reason": pl.String()})
REPLACED = pl.Schema({ID: NUMBERS, "by": NUMBERS})
MEMBERS = pl.Schema({ID: NUMBERS, "member": NUMBERS})


class RuleFailed(MarketResearchError):
    """A rule cannot be applied to a table at all; the message says what to change."""


@dataclass(frozen=True)
class Working:
    """The rows that are left, by id in order, and the columns with their origins.

    ``members`` are the rows as read of every row that a rule made, ``filled`` the cells that are not as read: pairs of
    row and column with the strategy.
    """

    frame: pl.DataFrame
    columns: Mapping[str, Origin]
    next_id: int
    members: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MEMBERS))

    @property
    def rows(self) -> pl.DataFrame:
        """The rows without their id."""
        return self.frame.drop(ID)

    def having(self, frame: pl.DataFrame, columns: Mapping[str, Origin] | None = None) -> "Working":
        """The same with other rows, and other columns if they changed."""
        return replace(self, frame=frame, columns=self.columns if columns is None else columns)

    def need(self, names: Iterable[str]) -> None:
        """Make sure that columns are there.

        Raises:
            RuleFailed: one is not; the message lists those that are.
        """
        for name in names:
            if name not in self.columns:
                listed = ", ".join(self.columns)
                raise RuleFailed(f"there is no column {name!r}; the table has {listed or 'none'} at this point")

    def need_numbers(self, name: str, what: str) -> None:
        """Make sure that a column holds numbers.

        Raises:
            RuleFailed: it does not.
        """
        if not self.frame.schema[name].is_numeric():
            raise RuleFailed(f"{what} needs numbers; cast {name!r} to number first")


@dataclass(frozen=True)
class Step:
    """What one rule left, set aside (id, reason), replaced (id, by) and filled (row, column, strategy)."""

    working: Working
    rejected: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTED))
    replaced: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REPLACED))
    filled: pl.Series = field(default_factory=lambda: pl.Series(ID, [], dtype=NUMBERS))


def opened(table: Table) -> Working:
    """A table as read, all its cells texts. Columns that differ in case only are told apart: SQL would not."""
    taken: dict[str, None] = {}
    names = []
    for index in range(len(table.columns)):
        label, count = table.label(index), 1
        while (name := label if count == 1 else f"{label}_{count}").lower() in taken:
            count += 1
        taken[name.lower()] = None
        names.append(name)
    columns: list[Iterable[str | None]] = list(zip(*(record.cells for record in table.records), strict=True))
    data = dict(zip(names, columns or [()] * len(names), strict=True))
    frame = pl.DataFrame(data, schema=dict.fromkeys(names, pl.String()), strict=True)
    ids = pl.Series(ID, range(len(table.records)), dtype=NUMBERS)
    stated = [units.of_header(name) for name in names]
    origins = {
        name: Origin(index, unit, power) for index, (name, (unit, power)) in enumerate(zip(names, stated, strict=True))
    }
    return Working(frame.insert_column(0, ids), origins, len(table.records))


def named(origin: Origin, name: str) -> Origin:
    """The origin of a column under a new name: what that states of unit and scale counts, what it does not stays."""
    unit, power = units.of_header(name)
    return replace(origin, unit=unit or origin.unit, power=power or origin.power)


# What Python strips, of which Polars leaves some control characters.
_SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))


def is_missing(name: str, dtype: pl.DataType) -> pl.Expr:
    """Whether a cell has no value: null, or a text that says so."""
    column = pl.col(name)
    if dtype != pl.String():
        return column.is_null()
    return column.is_null() | column.str.strip_chars(_SPACES).str.to_lowercase().is_in(sorted(cells.MISSING))


def known(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column with null wherever it has no value."""
    return pl.when(~is_missing(name, dtype)).then(pl.col(name))


def as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as texts that are read back as the same values: whole numbers without a point, dates as ISO."""
    return frame.select(_as_text(name, dtype) for name, dtype in frame.schema.items())


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.String():
        return column
    if dtype.is_float():
        whole = column.is_finite() & (column == column.round(0)) & (column.abs() < 1e15)
        return (
            pl.when(column.is_finite())
            .then(
                pl.when(whole)
                .then(column.cast(pl.Int64, strict=False).cast(pl.String))
                .otherwise(column.cast(pl.String))
            )
            .alias(name)
        )
    return column.cast(pl.String)
