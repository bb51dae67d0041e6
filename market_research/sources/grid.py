"""A table as read from any format, before its columns are understood."""

from dataclasses import dataclass, field
from typing import Literal

from market_research.sources.decode import REPLACEMENT
from market_research.sources.jsonpath import child
from market_research.sources.parsed import Reject, Row


@dataclass(frozen=True, slots=True)
class Record:
    """One well-formed row: its place, and one text per column (None: no cell or a null)."""

    locator: str
    cells: list[str | None]


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

    def cell_locator(self, record: Record, column: int) -> str:
        """Place of one cell: ``row 12, column "X"``, or a JSON path."""
        if self.addressing == "column":
            return f'{record.locator}, column "{self.columns[column]}"'
        path = record.locator
        for key in self.columns[column].split("\x00"):
            path = child(path, key)
        return path

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
