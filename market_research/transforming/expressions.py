"""SQL expressions in rules: one scalar expression, over the row and lookups only, the same today and tomorrow."""

from functools import lru_cache
from typing import Any

# What DuckDB does not promise to answer alike every time, or what speaks of the session instead of the row.
UNSTEADY = frozenset(
    "current_connection_id current_database current_date current_query current_query_id current_schema current_schemas "
    "current_setting current_time current_timestamp current_transaction_id current_user currval error "
    "gen_random_uuid get_current_time get_current_timestamp getvariable in_search_path localtime localtimestamp "
    "nextval now pg_sleep random session_user setseed setval sleep_ms stats today transaction_timestamp txid_current "
    "user uuid uuidv4 uuidv7 vector_type version write_log getenv".split()
)
_BARE = frozenset("current_date current_time current_timestamp localtime localtimestamp current_user".split())


def checked_expression(text: str) -> str:
    """The expression itself if it may be used.

    Raises:
        ValueError: it is not one scalar expression, or it asks for what rules may not have; the message says what.
    """
    problem = _problem(text)
    if problem:
        raise ValueError(problem)
    return text


@lru_cache(maxsize=1024)
def tables_of(text: str) -> frozenset[str]:
    """Names of the tables that an expression reads."""
    from sqlglot import exp

    tree = _tree(text)
    own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)) - own


@lru_cache(maxsize=1024)
def columns_of(text: str) -> frozenset[str]:
    """Names of the columns that an expression names, in lower case; also those of lookups."""
    from sqlglot import exp

    return frozenset(column.name.lower() for column in _tree(text).find_all(exp.Column))


def _tree(text: str) -> Any:
    import sqlglot

    return sqlglot.parse_one(text, read="duckdb")


@lru_cache(maxsize=1024)
def _problem(text: str) -> str | None:
    import sqlglot
    from sqlglot import exp

    refused = _refused(text)
    if refused:
        return refused
    try:
        tree = _tree(text)
        tokens = sqlglot.tokenize(text, read="duckdb")
    except sqlglot.errors.SqlglotError as error:
        said = str(error).splitlines()[0]
        return f"is no SQL expression ({said}); write one such as revenue > 0"
    statement = isinstance(tree, (exp.Query, exp.DDL, exp.DML, exp.Command, exp.Alias, exp.Copy))
    if statement and not isinstance(tree, exp.Subquery):
        return "must be one scalar expression such as revenue * 1000; put a query in parentheses: (SELECT …)"
    if any(isinstance(node, (exp.DDL, exp.DML, exp.Command, exp.Attach, exp.Set)) for node in tree.walk()):
        return "must be an expression, no statement; leave out whatever changes or loads something"
    if any(isinstance(node, (exp.Columns, exp.Placeholder, exp.Parameter)) for node in tree.walk()) or tree.is_star:
        return "must name its columns one by one; `*`, COLUMNS(…) and parameters are not known here"
    if any(node.find_ancestor(exp.Select) is None for node in tree.find_all(exp.Unnest, exp.Explode)):
        return "makes several rows of one with unnest; each row must stay one row"
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        name = token.text.lower()
        called = following is not None and following.text == "("
        if token.token_type != sqlglot.tokens.TokenType.STRING and name in UNSTEADY and (called or name in _BARE):
            return f"uses {name}, which does not say the same every time; leave it out"
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            name = table.this.name if isinstance(table.this, exp.Anonymous) else table.this.sql_name().lower()
            return f"reads {name}(…); only `rows` and the lookups can be read, name a file under `lookups`"
        if table.db or "/" in table.name or "." in table.name:
            return f"reads {table.sql('duckdb')}; only `rows` and the lookups can be read, name a file under `lookups`"
    return None


def _refused(text: str) -> str | None:
    """What DuckDB's own parser says; its names of columns are not known yet."""
    import duckdb

    with duckdb.connect() as connection:
        try:
            statements = connection.extract_statements(f"SELECT (\n{text}\n) AS value FROM rows")
        except duckdb.Error as error:
            return f"is no SQL expression ({str(error).splitlines()[0]}); write one such as revenue > 0"
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        return "must be one expression without ; in it"
    return None
