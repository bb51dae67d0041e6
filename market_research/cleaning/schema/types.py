"""What a stored table and its columns are, and the columns that many tables have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

UTC_TIME = pl.Datetime("us", "UTC")
TEXT_LIST = pl.List(pl.String())


@dataclass(frozen=True)
class Column:
    """One column: what it holds, and what must be true of every value in it.

    ``free`` texts are anybody's, ``personal`` ones may in addition hold data of persons.
    """

    name: str
    dtype: pl.DataType
    description: str
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    personal: bool = False
    free: bool = False
    unit: str | None = None


@dataclass(frozen=True)
class Table:
    """One stored table. ``key`` columns together identify a row; with none, rows may repeat."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column names and Polars types, in order."""
        return {column.name: column.dtype for column in self.columns}

    def frame(self, rows: Iterable[Mapping[str, Any]] = ()) -> pl.DataFrame:
        """A frame of these rows with exactly the declared columns; absent optional values become null.

        Raises:
            polars.exceptions.PolarsError: a value does not fit its column's type.
        """
        columns: dict[str, list[Any]] = {column.name: [] for column in self.columns}
        for row in rows:
            for name, values in columns.items():
                values.append(row.get(name))
        return pl.DataFrame(columns, schema=self.schema, strict=True)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same rows with the declared columns only, cast and in order; missing ones are null."""
        present = set(frame.columns)
        return frame.select(
            (pl.col(c.name) if c.name in present else pl.lit(None)).cast(c.dtype).alias(c.name) for c in self.columns
        )


def text(name: str, description: str, **rules: Any) -> Column:
    """A column of texts."""
    return Column(name, pl.String(), description, **rules)


def time(name: str, description: str, **rules: Any) -> Column:
    """A column of moments in UTC."""
    return Column(name, UTC_TIME, description, **rules)


def ids(name: str, description: str) -> Column:
    """A column of lists of texts."""
    return Column(name, TEXT_LIST, description)


INDUSTRY = text("industry", "Key of the industry; also the Dagster partition.", pattern=r"^[a-z0-9][a-z0-9_-]*$")
DOCUMENT = text("document_id", "The raw document, by its content.", pattern=r"^doc_[0-9a-f]{16}$")
LOCATOR = text("locator", "The place inside the document, readable by people and by `market-research trace`.")
ROW_NUMBER = Column(
    "row_number",
    pl.Int64(),
    "The row of the file, counting its header but no blank lines. Null in a large part of which no row was set aside: "
    "its position then tells.",
    nullable=True,
    minimum=2,
)
ROW_LOCATOR = text(
    "locator", "The place of the row where it is no line of a text file; else `row_number` tells.", nullable=True
)
