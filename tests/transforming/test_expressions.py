"""Expressions: what may be written, and what becomes of those that are broken on purpose."""

import time
from pathlib import Path

import pytest

from market_research.sources.grid import Record, Table
from market_research.transforming import sandbox
from market_research.transforming.apply import Reference
from market_research.transforming.expressions import checked_expression, tables_of
from market_research.transforming.session import Session
from market_research.transforming.working import RuleFailed
from tests.transforming.ruled import column, reasons, ruled

DEALS = "deal,amount,people\n1,10,2\n2,20,0\n3,thirty,3\n"
ENDLESS = "(WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t)"


@pytest.mark.parametrize(
    "text",
    ["revenue > 0", "TRY(a / b)", '"my column" LIKE \'a%\'', "(SELECT r.b FROM regions AS r WHERE r.a = rows.a)",
     "EXISTS (SELECT 1 FROM companies AS c WHERE c.name = company)", "count(*) OVER (PARTITION BY a)", "'now()'"],
)  # fmt: skip
def test_scalar_expressions_are_accepted(text: str) -> None:
    assert checked_expression(text) == text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("(SELECT content FROM read_text('/etc/passwd'))", "reads read_text"),
        ("(SELECT a FROM '/etc/passwd')", "reads"),
        ("(SELECT count(*) FROM duckdb_settings())", "reads duckdb_settings"),
        ("(SELECT count(*) FROM information_schema.tables)", "reads information_schema"),
        ("ATTACH '/tmp/x.db'", "no statement|is no SQL"),
        ("1) AS x FROM rows; DROP TABLE rows; --", "is no SQL"),
        ("1; DROP TABLE rows", "is no SQL|without ;"),
        ("random()", "random"),
        ("year(now())", "now"),
        ("current_date > a", "current_date"),
        ("getenv('HOME')", "getenv"),
        ("unnest([1, 2])", "several rows"),
        ("*", "one by one"),
        ("$1", "one by one"),
        ("a AS b", "is no SQL|scalar"),
    ],
)
def test_what_reaches_out_or_is_no_expression_is_refused_at_once(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        checked_expression(text)


def test_the_tables_that_an_expression_reads_are_known() -> None:
    text = "(WITH own AS (SELECT * FROM regions) SELECT max(own.a) FROM own, rates, rows)"
    assert tables_of(text) == {"regions", "rates", "rows"}


def test_a_file_stays_out_of_reach_even_if_the_check_were_passed() -> None:
    import duckdb

    with sandbox.opened({}) as box:
        for attempt in ("SELECT * FROM read_text('/etc/passwd')", "ATTACH '/tmp/x.db'", "COPY (SELECT 1) TO '/tmp/x'",
                        "SET enable_external_access = true", "INSTALL httpfs", "SELECT * FROM DEALS"):  # fmt: skip
            with pytest.raises(duckdb.Error):
                box.connection.execute(attempt)


def test_an_expression_that_never_ends_is_stopped_and_the_next_one_is_answered() -> None:
    started = time.monotonic()
    with Session(seconds=0.5) as session:
        reference = Reference(session=session)
        with pytest.raises(RuleFailed, match=r"transformation 1, rule 1 \(enrich\): x: .*longer than 0.5 seconds"):
            ruled(DEALS, f'[{{rule: enrich, columns: {{x: "{ENDLESS}"}}}}]', reference)
        assert column(ruled(DEALS, "[{rule: enrich, columns: {x: 1}}]", reference), "x") == ["1", "1", "1"]
    assert time.monotonic() - started < 20


def test_a_process_that_was_killed_is_started_anew() -> None:
    with Session() as session:
        reference = Reference(session=session)
        ruled(DEALS, "[{rule: enrich, columns: {x: 1}}]", reference)
        assert session._process is not None
        session._process.kill()
        session._process.wait()
        assert column(ruled(DEALS, "[{rule: enrich, columns: {x: 2}}]", reference), "x") == ["2", "2", "2"]


def test_the_process_knows_no_variable_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", "secret")
    with Session() as session:
        ruled(DEALS, "[{rule: enrich, columns: {x: 1}}]", Reference(session=session))
        assert session._process is not None
        environment = Path(f"/proc/{session._process.pid}/environ")
        if environment.exists():
            assert b"secret" not in environment.read_bytes()


@pytest.mark.parametrize(
    "expression",
    [
        "len(repeat(deal, 2000000000))",
        "(SELECT max(i) FROM (SELECT unnest(generate_series(1, 200000000)) AS i) AS t)",
        "(WITH RECURSIVE t(n) AS (SELECT 'x' UNION ALL SELECT n || n FROM t) SELECT count(*) FROM t)",
    ],
)
def test_one_that_takes_all_memory_is_stopped(expression: str) -> None:
    with pytest.raises(RuleFailed, match="memory"):
        ruled(DEALS, f'[{{rule: enrich, columns: {{x: "{expression}"}}}}]')


def test_a_missing_column_is_named_with_the_rule() -> None:
    with pytest.raises(RuleFailed, match=r"rule 1 \(validate\): ok: .*price"):
        ruled(DEALS, "[{rule: validate, conditions: {ok: price > 0}}]")


@pytest.mark.parametrize(
    "expression",
    ["amount::INT + people::INT", "(SELECT x.v FROM (SELECT rows.amount::INT + 0 * rows.people::INT AS v) AS x)"],
    ids=["plain", "subquery"],
)
def test_only_the_rows_for_which_an_expression_fails_are_set_aside(expression: str) -> None:
    made = ruled(DEALS, f'[{{rule: enrich, columns: {{each: "{expression}"}}}}]')
    assert column(made, "deal") == ["1", "2"]
    assert list(reasons(made)) == ["row 4"]
    assert '"each" cannot be computed' in reasons(made)["row 4"]
    assert "thirty" not in reasons(made)["row 4"]  # values may be personal; they stand in `raw`


def test_whole_numbers_divided_by_zero_set_the_row_aside_unless_try_is_used() -> None:
    cast = "{rule: cast, columns: {people: integer}}"
    made = ruled(DEALS, f"[{cast}, {{rule: enrich, columns: {{each: 6 // people}}}}]")
    assert column(made, "each") == ["3", "2"]
    assert "zero" in reasons(made)["row 3"]
    tried = ruled(DEALS, f"[{cast}, {{rule: enrich, columns: {{each: TRY(6 // people)}}}}]")
    assert column(tried, "each") == ["3", None, "2"]
    assert reasons(tried) == {}


def test_so_many_failing_rows_that_not_all_are_looked_at_are_still_all_told() -> None:
    read = Table("t", ("a",), [Record(f"row {n + 2}", ["x" if n % 2 else str(n)]) for n in range(2000)])
    made = ruled(read, '[{rule: enrich, columns: {b: "(SELECT x.v FROM (SELECT rows.a::INT AS v) AS x)"}}]')
    assert len(made.records) + len(made.rejects) == 2000
    assert len({reject.locator for reject in made.rejects}) == len(made.rejects)


def test_every_row_stays_one_row() -> None:
    with pytest.raises(RuleFailed, match=r"each row must stay one row|cannot be used"):
        ruled(DEALS, "[{rule: enrich, columns: {x: max(deal)}}]")


def test_a_condition_must_be_true_or_false() -> None:
    with pytest.raises(RuleFailed, match="neither true nor false"):
        ruled(DEALS, "[{rule: validate, conditions: {ok: length(deal)}}]")
