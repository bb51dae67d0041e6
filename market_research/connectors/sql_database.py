"""Databases that a request declares: the result of one query each, as Parquet.

The query runs in a read-only transaction that is rolled back. Databases speak no HTTP, so this is the one connector
that opens connections of its own; it goes only where the request says.
"""

import io
import json
import logging
import ssl
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from market_research.connectors.base import Answer, Ask, Connector, Context, FetchFailed, Reason
from market_research.connectors.declared import SqlSource
from market_research.connectors.http.redaction import without_secrets
from market_research.sources import detect
from market_research.sources.parsed import Parsed

if TYPE_CHECKING:
    import pyarrow
    import sqlalchemy

    from market_research.industries import ResearchRequest

CHUNK = 10_000
# What PostgreSQL says of a user that it does not let in, and of a statement that took too long.
_DENIED = ("28000", "28P01", "42501")
_TOO_LONG = "57014"


def asks(request: "ResearchRequest") -> list[Ask]:
    """One ask per declared query; the declaration travels along as JSON."""
    return [
        Ask(
            f"{source.name}",
            source.title or source.name,
            f"sql:{source.name}",
            options={"source": source.model_dump_json()},
        )
        for source in request.sources
        if isinstance(source, SqlSource)
    ]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The result of the query: ``sql/<name>/result.parquet``; the same rows in the same order are the same bytes."""
    import sqlalchemy

    source = SqlSource.model_validate_json(ask.options["source"])
    address, secrets = _address(source, context)
    shown = address.render_as_string(hide_password=True).split("?")[0]
    try:
        engine = sqlalchemy.create_engine(
            address.difference_update_query(["sslmode"]),
            poolclass=sqlalchemy.NullPool,
            **_arguments(address, source),
        )
    except (sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
        raise FetchFailed(shown, "refused", f"there is no driver for this database here ({error})") from None
    # It logs with a traceback that a cursor of a failed transaction cannot be closed.
    logging.getLogger("sqlalchemy.pool.impl.NullPool").setLevel(logging.CRITICAL)
    try:
        content = _result(engine, source, shown)
    except sqlalchemy.exc.SQLAlchemyError as error:
        reason, said = _problem(error)
        raise FetchFailed(shown, reason, without_secrets(said, secrets)) from None
    finally:
        engine.dispose()
    yield Answer(f"{ask.path}/result.parquet", ask.title, shown, content, detect.PARQUET)


def _address(source: SqlSource, context: Context) -> tuple["sqlalchemy.URL", frozenset[str]]:
    """The database's address with its password, and what of it must not be shown.

    Raises:
        FetchFailed: a variable is not set, or the address cannot be read.
    """
    import sqlalchemy

    def value(name: str) -> str:
        found = context.env(name)
        if not found:
            raise FetchFailed(f"sql:{source.name}", "denied", f"the environment variable {name} is not set")
        return found

    try:
        address = sqlalchemy.make_url(source.url or value(source.url_env or ""))
    except sqlalchemy.exc.ArgumentError:
        raise FetchFailed(f"sql:{source.name}", "refused", "the address of the database cannot be read") from None
    if source.password:
        address = address.set(password=value(source.password))
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+pg8000")
    secrets = [str(address.password or ""), *(str(text) for text in address.query.values())]
    return address, frozenset(filter(None, secrets))


def _arguments(address: "sqlalchemy.URL", source: SqlSource) -> dict[str, Any]:
    if address.drivername == "postgresql+pg8000":
        # For every step on the socket: the server ends a query that takes too long before this does.
        return {"connect_args": {"timeout": source.timeout_seconds + 5, "ssl_context": _encryption(address)}}
    return {}


def _encryption(address: "sqlalchemy.URL") -> ssl.SSLContext | None:
    """What ``sslmode`` in the address means, as PostgreSQL's own programs take it."""
    mode = address.query.get("sslmode", "disable")
    if mode in ("disable", "allow", "prefer"):
        return None
    context = ssl.create_default_context()
    context.check_hostname = mode == "verify-full"
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context


def _result(engine: "sqlalchemy.Engine", source: SqlSource, shown: str) -> bytes:
    import sqlalchemy

    with engine.connect() as plain:
        connection = plain
        dialect = engine.dialect.name
        if dialect == "postgresql":
            connection = plain.execution_options(postgresql_readonly=True)
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {source.timeout_seconds * 1000}")
        elif dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")
        elif dialect in ("mysql", "mariadb"):
            connection.exec_driver_sql("START TRANSACTION READ ONLY")
        streamed = connection.execution_options(stream_results=True, yield_per=CHUNK)
        result = streamed.execute(sqlalchemy.text(source.query), dict(source.params))
        columns = _unique(list(result.keys()))
        tables: list[pyarrow.Table] = []
        rows = 0
        for chunk in result.partitions(CHUNK):
            rows += len(chunk)
            if rows > source.max_rows:
                raise FetchFailed(
                    shown, "refused", f"the query gives more than {source.max_rows} rows; raise `max_rows` to take them"
                )
            tables.append(_table(columns, chunk))
        connection.rollback()
    return _parquet(columns, tables)


def _unique(names: list[str]) -> list[str]:
    from market_research.sources.grid import unique_columns

    return list(unique_columns(names))


def _table(columns: list[str], rows: Sequence[Any]) -> "pyarrow.Table":
    import pyarrow

    return pyarrow.table([_array([row[index] for row in rows]) for index in range(len(columns))], names=columns)


def _array(values: list[Any]) -> "pyarrow.Array":
    """Values of one column; what Arrow has no type for, or has no one type for, becomes text."""
    import pyarrow

    try:
        return pyarrow.array([_plain(value) for value in values])
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowNotImplementedError, OverflowError):
        return pyarrow.array([None if value is None else str(_plain(value)) for value in values], pyarrow.string())


def _plain(value: Any) -> Any:
    from datetime import date, datetime, time
    from decimal import Decimal

    if value is None or isinstance(value, (bool, int, float, str, datetime, date)):
        return value
    if isinstance(value, Decimal):
        # NaN and Infinity are numbers to databases and to no report.
        return value if value.is_finite() else None
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return value.isoformat() if isinstance(value, time) else str(value)


def _parquet(columns: list[str], tables: list["pyarrow.Table"]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    if tables:
        schema = _common([table.schema for table in tables])
        whole = pyarrow.concat_tables(
            [
                pyarrow.table([_cast(table.column(field.name), field.type) for field in schema], schema=schema)
                for table in tables
            ]
        )
    else:
        whole = pyarrow.table({name: pyarrow.array([], pyarrow.string()) for name in columns})
    target = io.BytesIO()
    pyarrow.parquet.write_table(whole, target, compression="zstd", row_group_size=CHUNK * 10)
    return target.getvalue()


def _common(schemas: list["pyarrow.Schema"]) -> "pyarrow.Schema":
    """A type per column that holds the values of all chunks: their own, a wider one, or text."""
    import pyarrow

    fields = []
    for name in schemas[0].names:
        of_column = [pyarrow.schema([schema.field(name)]) for schema in schemas]
        try:
            kind = pyarrow.unify_schemas(of_column, promote_options="permissive").field(name).type
        except (pyarrow.ArrowTypeError, pyarrow.ArrowInvalid):
            kind = pyarrow.string()
        # A column without a value has no type of its own.
        fields.append(pyarrow.field(name, pyarrow.string() if pyarrow.types.is_null(kind) else kind))
    return pyarrow.schema(fields)


def _cast(column: "pyarrow.ChunkedArray", kind: "pyarrow.DataType") -> "pyarrow.ChunkedArray":
    import pyarrow

    if pyarrow.types.is_string(kind) and not pyarrow.types.is_string(column.type):
        texts = [None if value is None else str(value) for value in column.to_pylist()]
        return pyarrow.chunked_array([pyarrow.array(texts, pyarrow.string())])
    return column.cast(kind)


def _problem(error: Exception) -> tuple[Reason, str]:
    """Why the database gave no result: its own words, without the statement and its parameters."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    own = getattr(error, "orig", None)
    detail = own.args[0] if own is not None and own.args else str(error).splitlines()[0]
    code, said = "", str(detail)
    if isinstance(detail, dict):
        code, said = str(detail.get("C", "")), str(detail.get("M", "the database gave no reason"))
    if code in _DENIED:
        return "denied", f"the database does not let this user in: {said}"
    if code == _TOO_LONG:
        return "busy", f"the query took longer than its `timeout_seconds`: {said}"
    cannot_open = getattr(own, "sqlite_errorname", "SQLITE_CANTOPEN") == "SQLITE_CANTOPEN"
    if not code and isinstance(error, (InterfaceError, OperationalError)) and cannot_open:
        return "unreachable", f"the database cannot be reached: {said}"
    return "broken", f"the database cannot answer the query: {said}"


def read(content: bytes, name: str) -> Parsed:
    """Rows and numbers of a result.

    Raises:
        UnreadableDocument: damaged.
    """
    from market_research.sources import tables

    return tables.parse_parquet(content, name)


CONNECTOR = Connector(
    name="sql",
    title="Declared databases",
    publisher="As declared",
    description="Results of SQL queries declared in the request, for any database that SQLAlchemy reaches.",
    licence=None,
    hosts=(),
    asks=asks,
    fetch=fetch,
    read=read,
)
