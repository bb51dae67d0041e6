"""A table as read from any format, before its columns are understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from market_research.sources.decode import REPLACEMENT
from market_research.sources.jsonpath import child
from market_research.sources.parsed import Filled, Reject, Replaced, Row


@dataclass(frozen=True, slots=True)
class Record:
    """One well-formed row: its place, and one text per column (None: no cell or a null).

    Where declared rules made it, ``source`` is the row as read (None if it is made of several), and ``filled`` has the
    strategy by which a missing cell was filled, by column.
    """

    locator: str
    cells: list[str | None]
    source: "Record | None" = None
    filled: Mapping[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a column that declared rules left comes from.

    ``column`` is that of the table as read (None: computed), ``function`` what summed it up, ``method`` how its numbers
    came about. ``unit`` and ``power`` are those of its numbers: a new name need not state them, a scale may be gone.
    """

    column: int | None
    unit: str | None = None
    power: int = 0
    function: str = ""
    method: str = "reported"


@dataclass(frozen=True, slots=True)
class Transformed:
    """What declared rules made a table from: the table as read, the origin of each column, and what they did."""

    raw: "Table"
    origins: tuple[Origin, ...]
    replaced: list[Replaced]
    filled: list[Filled]


@dataclass(slots=True)
class Table:
    """Columns, rows, and what was not a row. ``name`` stands for the subject where no column does.

    ``part`` names the table among those of its document (a sheet), where there are several.
    """

    name: str
    columns: tuple[str, ...]
    records: list[Record] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    preamble: list[str] = field(default_factory=list)
    addressing: Literal["column", "path"] = "column"
    part: str = ""
    transformed: Transformed | None = None

    def cell_locator(self, record: Record, column: int) -> str:
        """Place of one cell: ``row 12, column "X"``, or a JSON path.

        Of a table that rules made, the place in the table as read: ``row 12, computed "Y"`` is a column that is not
        there, ``row 2; row 5 to row 9, sum of "X"`` a cell made of several.
        """
        if self.transformed is not None:
            return self._cell_as_read(self.transformed, record, column)
        if self.addressing == "column":
            return f'{record.locator}, column "{self.columns[column]}"'
        path = record.locator
        for key in self.columns[column].split("\x00"):
            path = child(path, key)
        return path

    def _cell_as_read(self, made: Transformed, record: Record, column: int) -> str:
        origin = made.origins[column]
        if origin.column is None:
            return f'{record.locator}, computed "{self.columns[column]}"'
        if record.source is not None and not origin.function:
            return made.raw.cell_locator(record.source, origin.column)
        function = f"{origin.function} of" if origin.function else "column"
        return f'{record.locator}, {function} "{made.raw.label(origin.column)}"'

    def as_read(self, record: Record, column: int) -> str | None:
        """The text of a cell as it stands in the source; None where it stands in no single cell."""
        if self.transformed is None:
            return record.cells[column]
        origin = self.transformed.origins[column]
        if record.source is None or origin.column is None or origin.function:
            return None
        return record.source.cells[origin.column]

    def method(self, record: Record, column: int) -> str:
        """How the number in a cell came about: ``reported``, unless a rule computed it or filled it in."""
        if self.transformed is None:
            return "reported"
        if record.filled and column in record.filled:
            return f"filled: {record.filled[column]}"
        return self.transformed.origins[column].method

    def label(self, column: int) -> str:
        """The column's name for people and for records."""
        return self.columns[column].replace("\x00", ".")

    def rows(self) -> list[Row]:
        """The records as rows of named texts."""
        labels = [self.label(index) for index in range(len(self.columns))]
        return [Row(dict(zip(labels, record.cells, strict=True)), record.locator) for record in self.records]

    def find(self, locator: str) -> str | None:
        """The text at a locator: of one cell, or of a whole row with its cells joined by `` | ``."""
        for record in self.records:
            if not locator.startswith(record.locator):
                continue
            if locator == record.locator:
                return " | ".join(cell or "" for cell in record.cells)
            for column in range(len(self.columns)):
                if self.cell_locator(record, column) == locator:
                    return record.cells[column]
        return next((reject.raw for reject in self.rejects if reject.locator == locator), None)


def unique_columns(names: list[str]) -> tuple[str, ...]:
    """Header cells as column names: stripped, unnamed ones numbered, repeated ones told apart."""
    made: dict[str, None] = {}
    for index, name in enumerate(names, start=1):
        base = " ".join(name.replace("\x00", " ").split()) or f"column_{index}"
        candidate, count = base, 1
        while candidate in made:
            count += 1
            candidate = f"{base}_{count}"
        made[candidate] = None
    return tuple(made)


def damage(cells: list[str | None]) -> str | None:
    """Why a row's texts cannot be accepted as text, or None."""
    for cell in cells:
        if cell is None or cell.isascii():
            if cell and "\x00" in cell:
                return "The row holds a NUL byte."
            continue
        if "\x00" in cell:
            return "The row holds a NUL byte."
        if REPLACEMENT in cell:
            return "The row holds bytes that could not be decoded."
        if any("\ud800" <= char <= "\udfff" for char in cell):
            return "The row holds half of a surrogate pair."
    return None


def printable(raw: str) -> str:
    """Offending text in a form that can be stored: lone surrogates and NUL shown as escapes, cut to 2,000."""
    cut = raw[:2000]
    return cut.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")[:2000]
