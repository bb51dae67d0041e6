"""Declared queries against a real PostgreSQL, and against SQLite."""

import io
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy

from market_research.connectors import sql_database
from market_research.connectors.base import Answer, Context, FetchFailed
from market_research.industries import ResearchRequest

Make = Callable[..., Context]
QUERY = "SELECT company, year, revenue_usd FROM sales ORDER BY company, year"


@pytest.fixture
def sales(postgres: str) -> Iterator[sqlalchemy.Engine]:
    """A table of sales, with a column of every common type."""
    engine = sqlalchemy.create_engine(postgres.replace("postgresql://", "postgresql+pg8000://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS sales")
        connection.exec_driver_sql(
            "CREATE TABLE sales (company text, year int, revenue_usd numeric(20, 2), share float8, ok bool, day date, "
            "at timestamptz, raw bytea, tags jsonb, id uuid, span interval, list int[])"
        )
        connection.exec_driver_sql(
            "INSERT INTO sales SELECT 'Company ' || n % 3, 2000 + n / 3, n * 1000.25, n / 7.0, n % 2 = 0, "
            "date '2020-01-01' + n, timestamptz '2020-01-01 00:00+00' + n * interval '1 hour', 'ab', "
            "jsonb_build_object('n', n), '00000000-0000-0000-0000-00000000000a', interval '1 day', ARRAY[n, n + 1] "
            "FROM generate_series(0, 29) AS n"
        )
    yield engine
    engine.dispose()


def _request(**source: Any) -> ResearchRequest:
    return ResearchRequest.model_validate(
        {"industry": "x", "sources": [{"kind": "sql", "name": "warehouse", "query": QUERY, **source}]}
    )


def _answer(request: ResearchRequest, context: Context) -> Answer:
    (ask,) = sql_database.asks(request)
    assert ask.path == "warehouse"
    (answer,) = sql_database.fetch(ask, context)
    return answer


def test_a_query_becomes_parquet_rows_and_numbers(sales: sqlalchemy.Engine, postgres: str, context: Make) -> None:
    answer = _answer(_request(url_env="DB"), context(env={"DB": postgres}))
    assert answer.path == "warehouse/result.parquet"
    frame = pl.read_parquet(io.BytesIO(answer.content))
    assert frame.columns == ["company", "year", "revenue_usd"]
    assert frame.height == 30
    parsed = sql_database.read(answer.content, answer.path)
    assert len(parsed.rows) == 30
    assert parsed.rows[1].record == {"company": "Company 0", "year": "2001", "revenue_usd": "3000.75"}
    assert len(parsed.numbers) == 30
    assert {number.entity for number in parsed.numbers} == {"Company 0", "Company 1", "Company 2"}
    assert not parsed.rejects


def test_the_same_rows_are_the_same_bytes_and_a_changed_one_is_not(
    sales: sqlalchemy.Engine, postgres: str, context: Make
) -> None:
    request, here = _request(url_env="DB"), context(env={"DB": postgres})
    first = _answer(request, here).content
    assert _answer(request, here).content == first
    with sales.begin() as connection:
        connection.exec_driver_sql("UPDATE sales SET revenue_usd = 1 WHERE year = 2003 AND company = 'Company 1'")
    assert _answer(request, here).content != first


def test_every_type_comes_through(sales: sqlalchemy.Engine, postgres: str, context: Make) -> None:
    request = _request(url_env="DB", query="SELECT *, year AS year FROM sales ORDER BY at")
    frame = pl.read_parquet(io.BytesIO(_answer(request, context(env={"DB": postgres})).content))
    row = frame.row(1, named=True)
    assert row["tags"] == '{"n": 1}'
    assert row["raw"] == "6162"
    assert row["id"] == "00000000-0000-0000-0000-00000000000a"
    assert row["list"] == "[1, 2]"
    assert row["year_2"] == row["year"]
    assert str(row["day"]) == "2020-01-02"


def test_parameters_are_bound_and_not_pasted(sales: sqlalchemy.Engine, postgres: str, context: Make) -> None:
    query = "SELECT company FROM sales WHERE company = :name AND year >= :since"
    params = {"name": "Company 1' OR 'a' = 'a", "since": 2005}
    empty = _answer(_request(url_env="DB", query=query, params=params), context(env={"DB": postgres}))
    assert pl.read_parquet(io.BytesIO(empty.content)).shape == (0, 1)
    found = _answer(
        _request(url_env="DB", query=query, params={**params, "name": "Company 1"}), context(env={"DB": postgres})
    )
    assert pl.read_parquet(io.BytesIO(found.content)).height == 5


def test_nothing_can_be_written(sales: sqlalchemy.Engine, postgres: str, context: Make) -> None:
    with sales.begin() as connection:
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION empty_it() RETURNS bigint LANGUAGE sql AS "
            "'WITH gone AS (DELETE FROM sales RETURNING 1) SELECT count(*) FROM gone'"
        )
    queries = {
        "WITH gone AS (DELETE FROM sales RETURNING company) SELECT company FROM gone": "data-modifying",
        "SELECT empty_it()": "read-only transaction",
        "SELECT set_config('transaction_read_only', 'off', false), empty_it()": "read-write mode",
    }
    for query, said in queries.items():
        with pytest.raises(FetchFailed, match=said) as failed:
            _answer(_request(url_env="DB", query=query), context(env={"DB": postgres}))
        assert failed.value.reason == "broken"
    with sales.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sales").scalar() == 30


def test_more_rows_than_allowed_are_refused(sales: sqlalchemy.Engine, postgres: str, context: Make) -> None:
    query = "SELECT n FROM generate_series(1, 50000) AS n"
    with pytest.raises(FetchFailed, match="more than 25000 rows") as failed:
        _answer(_request(url_env="DB", query=query, max_rows=25_000), context(env={"DB": postgres}))
    assert failed.value.reason == "refused"
    whole = _answer(_request(url_env="DB", query=query, max_rows=50_000), context(env={"DB": postgres}))
    assert pl.read_parquet(io.BytesIO(whole.content))["n"].sum() == 50_000 * 50_001 // 2


def test_a_query_that_takes_too_long_is_stopped(sales: sqlalchemy.Engine, postgres: str, context: Make) -> None:
    with pytest.raises(FetchFailed, match="timeout_seconds") as failed:
        _answer(_request(url_env="DB", query="SELECT pg_sleep(30)", timeout_seconds=1), context(env={"DB": postgres}))
    assert failed.value.reason == "busy"


def test_a_wrong_query_says_what_is_wrong(sales: sqlalchemy.Engine, postgres: str, context: Make) -> None:
    with pytest.raises(FetchFailed, match='relation "nothing" does not exist') as failed:
        _answer(_request(url_env="DB", query="SELECT * FROM nothing"), context(env={"DB": postgres}))
    assert failed.value.reason == "broken"


def test_the_password_is_sent_and_never_shown(sales: sqlalchemy.Engine, postgres: str, context: Make) -> None:
    url = sqlalchemy.make_url(postgres)
    password = str(url.password)
    bare = f"postgresql://{url.username}@{url.host}:{url.port}/{url.database}"
    answer = _answer(_request(url=bare, password="DB_PASSWORD"), context(env={"DB_PASSWORD": password}))
    assert password not in answer.url
    with pytest.raises(FetchFailed) as failed:
        _answer(_request(url=bare, password="DB_PASSWORD"), context(env={"DB_PASSWORD": "wrong-secret"}))
    assert failed.value.reason == "denied"
    assert "wrong-secret" not in str(failed.value)
    with pytest.raises(FetchFailed, match="DB_PASSWORD is not set") as failed:
        _answer(_request(url=bare, password="DB_PASSWORD"), context())
    assert failed.value.reason == "denied"


def test_a_database_that_is_not_there_is_unreachable(context: Make) -> None:
    with pytest.raises(FetchFailed) as failed:
        _answer(_request(url_env="DB"), context(env={"DB": "postgresql://a:hidden@127.0.0.1:1/x"}))
    assert failed.value.reason == "unreachable"
    assert "hidden" not in str(failed.value)


def test_encryption_is_asked_for_as_the_address_says(sales: sqlalchemy.Engine, postgres: str, context: Make) -> None:
    assert _answer(_request(url_env="DB"), context(env={"DB": f"{postgres}?sslmode=disable"})).content
    with sales.connect() as connection:
        encrypted = connection.exec_driver_sql("SHOW ssl").scalar() == "on"
    if not encrypted:
        with pytest.raises(FetchFailed, match="SSL") as failed:
            _answer(_request(url_env="DB"), context(env={"DB": f"{postgres}?sslmode=require"}))
        assert failed.value.reason == "unreachable"


def test_sqlite_is_read_and_not_written(tmp_path: Path, context: Make) -> None:
    path = tmp_path / "sales.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE sales (company, year, revenue_usd)")
        # SQLite's columns hold what they are given: a number here, a text there, nothing at first.
        rows: list[tuple[object, object, object]] = [("A", 2000 + n, None) for n in range(10_000)]
        rows += [("B", 2001, 1.5), ("B", 2002, "n/a"), ("B", 2003, 2**70 * 1.0)]
        database.executemany("INSERT INTO sales VALUES (?, ?, ?)", rows)
    answer = _answer(_request(url=f"sqlite:///{path}"), context())
    frame = pl.read_parquet(io.BytesIO(answer.content))
    assert frame.height == 10_003
    assert frame["revenue_usd"].to_list()[-3:] == ["1.5", "n/a", str(2**70 * 1.0)]
    with pytest.raises(FetchFailed, match="no such table") as failed:
        _answer(_request(url=f"sqlite:///{path}", query="SELECT * FROM no_table"), context())
    assert failed.value.reason == "broken"
    with pytest.raises(FetchFailed) as failed:
        _answer(_request(url=f"sqlite:///{tmp_path / 'none' / 'x.db'}"), context())
    assert failed.value.reason == "unreachable"


def test_an_unknown_database_is_refused(context: Make) -> None:
    with pytest.raises(FetchFailed, match="no driver") as failed:
        _answer(_request(url="oddbase://h/x"), context())
    assert failed.value.reason == "refused"
