"""The registry's rules as SQL, for tables too large to be looked at in any other way than where they lie."""

import polars as pl

from market_research.cleaning.schema import Column, Table

# Put there by the program.
GIVEN = ("industry", "document_id", "row_number", "locator")


def problems(table: Table) -> list[tuple[str, str]]:
    """Pairs of a condition that is true of a row that breaks a rule, and the rule in words.

    Together with the types of the columns and the uniqueness of the key these are the rules that
    ``expectations.expectations`` gives for the same table.
    """
    return [pair for column in table.columns if column.name not in GIVEN for pair in _of_column(column)]


def _of_column(column: Column) -> list[tuple[str, str]]:
    name, found = f'"{column.name}"', []
    if not column.nullable:
        found.append((f"{name} IS NULL", f"{column.name} is missing."))
    if column.dtype == pl.Float64():
        found.append((f"isnan({name}) OR isinf({name})", f"{column.name} is not a finite number."))
    if column.dtype == pl.String():
        found.append((f"contains({name}, chr(0))", f"{column.name} holds a NUL byte."))
        found.append((f"contains({name}, chr(65533))", f"{column.name} holds bytes that are no text."))
    if column.minimum is not None:
        found.append((f"{name} < {column.minimum}", f"{column.name} is below {column.minimum:g}."))
    if column.maximum is not None:
        found.append(
            (f"{name} > {column.maximum} AND NOT isinf({name})", f"{column.name} is above {column.maximum:g}.")
        )
    if column.allowed:
        listed = ", ".join(_text(value) for value in column.allowed)
        found.append((f"{name} NOT IN ({listed})", f"{column.name} is none of {', '.join(column.allowed)}."))
    if column.pattern:
        found.append((f"NOT regexp_matches({name}, {_text(column.pattern)})", f"{column.name} has not its form."))
    return found


def duplicates(table: Table, source: str) -> str:
    """A query for the number of keys that more than one row of ``source`` has."""
    key = ", ".join(f'"{name}"' for name in table.key)
    return f"SELECT count(*) FROM (SELECT 1 FROM {source} GROUP BY {key} HAVING count(*) > 1)"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
