"""What a table of a known kind is: its columns and the headers by which they are known."""

from dataclasses import dataclass

from market_research.cleaning.schema import Table


@dataclass(frozen=True)
class Field:
    """A column of a dataset, the headers by which it is known, and whether a row is nothing without it.

    With ``code`` it names a person: a code of the name is kept, which is the same wherever the name is.
    """

    column: str
    headers: tuple[str, ...]
    needed: bool = False
    code: bool = False


@dataclass(frozen=True)
class Dataset:
    """A kind of table. ``subject`` is the column that a file about one thing alone may leave to its name."""

    table: Table
    fields: tuple[Field, ...]
    subject: str | None = None

    @property
    def codes(self) -> frozenset[str]:
        """Columns of which a code is kept."""
        return frozenset(field.column for field in self.fields if field.code)
