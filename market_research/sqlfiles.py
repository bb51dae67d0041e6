"""SQL files as tables: a file's name is the table's, its header comment the description, its references the inputs.

``sql/staging`` holds cleaned tables, ``sql/marts`` what analysts read, ``sql/views`` views of the warehouse. Each
file is one SELECT. References with a schema are to what Python makes (``staged.facts``, ``reference.topics``);
references without one are to other files.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from market_research.errors import InvalidInput

PYTHON_SCHEMAS = ("staged", "reference", "history", "corrections")
VIEWS = "views"


@dataclass(frozen=True)
class SqlTable:
    """One SQL file. ``inputs`` are pairs of schema ('' for other SQL files) and table."""

    name: str
    layer: str
    description: str
    statement: str
    inputs: tuple[tuple[str, str], ...]

    @property
    def version(self) -> str:
        return hashlib.sha256(self.statement.encode()).hexdigest()[:16]


def read(path: Path) -> SqlTable:
    """Read one SQL file.

    Raises:
        InvalidInput: not one SELECT, no header comment, or an unknown schema is referred to.
    """
    import sqlglot
    from sqlglot import exp

    text = path.read_text("utf-8")
    try:
        statements = [s for s in sqlglot.parse(text, read="duckdb") if s is not None]
    except sqlglot.errors.ParseError as error:
        raise InvalidInput(f"{path.name} cannot be parsed: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise InvalidInput(f"{path.name} must hold exactly one SELECT statement.")
    local = {cte.alias_or_name for cte in statements[0].find_all(exp.CTE)}
    inputs = {
        (table.db, table.name)
        for table in statements[0].find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and not (not table.db and table.name in local)
    }
    unknown = sorted(db for db, _ in inputs if db and db not in PYTHON_SCHEMAS)
    if unknown:
        raise InvalidInput(f"{path.name} refers to the unknown schema {unknown[0]!r}; use {PYTHON_SCHEMAS} or none.")
    return SqlTable(path.stem, path.parent.name, _header(path, text), text, tuple(sorted(inputs)))


def _header(path: Path, text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    if not lines:
        raise InvalidInput(f"{path.name} must open with a comment that says what the table is.")
    return "\n".join(lines)


@cache
def read_all(folder: Path) -> dict[str, SqlTable]:
    """Every table below ``folder``, in an order in which each comes after its inputs.

    Raises:
        InvalidInput: a file is wrong, a reference leads nowhere, or files refer to each other in a circle.
    """
    tables: dict[str, SqlTable] = {}
    for path in sorted(path for path in folder.glob("*/*.sql") if path.parent.name != VIEWS):
        if path.stem in tables:
            raise InvalidInput(f"Two SQL files are called {path.name}; a table's name must be its own.")
        tables[path.stem] = read(path)
    for table in tables.values():
        for schema, name in table.inputs:
            if not schema and name not in tables:
                raise InvalidInput(f"{table.name}.sql reads {name!r}, but there is no {name}.sql.")
    ordered: dict[str, SqlTable] = {}

    def visit(table: SqlTable, path: tuple[str, ...]) -> None:
        if table.name in path:
            raise InvalidInput(f"SQL files refer to each other in a circle: {' -> '.join((*path, table.name))}.")
        if table.name not in ordered:
            for schema, name in table.inputs:
                if not schema:
                    visit(tables[name], (*path, table.name))
            ordered[table.name] = table

    for table in tables.values():
        visit(table, ())
    return ordered


@cache
def read_views(folder: Path) -> dict[str, SqlTable]:
    """The views of the warehouse: they stand over its tables and are stored nowhere else.

    Raises:
        InvalidInput: a file is wrong.
    """
    return {path.stem: read(path) for path in sorted((folder / VIEWS).glob("*.sql"))}
