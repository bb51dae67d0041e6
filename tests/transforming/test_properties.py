"""Properties of rules: the newest stays, filled cells are flagged and nothing else changes, and no row is ever lost."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market_research.sources import cells
from market_research.sources.grid import Record, Table
from market_research.transforming.apply import Reference
from market_research.transforming.session import Session
from tests.transforming.ruled import fates, ruled

MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
KEYS = st.sampled_from(["a", "b", "c", "", "n/a", None])
DAYS = st.one_of(
    st.none(), st.just(""), st.dates(date(2023, 12, 25), date(2024, 1, 5)).map(lambda day: day.isoformat())
)
AMOUNTS = st.one_of(
    st.none(),
    st.sampled_from(["", "n/a", "-", "12", "1.5", "-3", "$4", "€5", "6%", "7 thousand", "x", "1,200", "(8)", "1e400"]),
    st.integers(-(10**20), 10**20).map(str),
    st.text(max_size=5).filter(lambda text: "\x00" not in text),
)
ROWS = st.lists(st.tuples(KEYS, DAYS, AMOUNTS), max_size=25)
Rows = list[tuple[str | None, ...]]


@pytest.fixture(scope="module")
def shared() -> Iterator[Reference]:
    """One process for the SQL of all examples."""
    with Session() as session:
        yield Reference(session=session)


def table_of(rows: Rows) -> Table:
    records = [Record(f"row {number}", list(row)) for number, row in enumerate(rows, 2)]
    return Table("t", ("key", "day", "amount"), records)


def contents(made: Table) -> Counter[tuple[str | None, ...]]:
    return Counter(tuple(record.cells) for record in made.records)


@MANY
@given(ROWS, st.randoms(use_true_random=False))
def test_property_5_the_newest_of_each_key_stays_in_whatever_order_the_rows_come(rows: Rows, random) -> None:  # type: ignore[no-untyped-def]
    rule = "[{rule: deduplicate, key: key, newest: day}]"
    made = ruled(table_of(rows), rule)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert contents(ruled(table_of(shuffled), rule)) == contents(made)
    for key in {row[0] for row in rows}:
        stated = [row for row in rows if row[0] == key]
        left = [record.cells for record in made.records if record.cells[0] == key]
        if cells.is_missing(key):
            assert len(left) == len(stated)
        else:
            assert len(left) == 1
            assert (left[0][1] or "") == max(row[1] or "" for row in stated)
    assert fates(made) == Counter(f"row {number}" for number in range(2, len(rows) + 2))
    assert made.transformed is not None
    staying = {record.locator for record in made.records}
    assert {row.by for row in made.transformed.replaced} <= staying


FIRST = date(2024, 1, 1)
FILLED = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 9).map(lambda n: (FIRST + timedelta(n)).isoformat()),
              st.one_of(st.sampled_from(["", "n/a", None]), st.integers(-99, 99).map(str))),
    max_size=25,
)  # fmt: skip
STRATEGIES = st.sampled_from(
    ["previous", "next", "mean", "median", "interpolate", "previous, by: key", "next, by: key, order: day",
     "interpolate, by: key, order: day", "mean, by: key", "constant, value: 7"]
)  # fmt: skip


@MANY
@given(FILLED, STRATEGIES)
def test_property_6_each_filled_cell_is_flagged_with_its_strategy_and_nothing_else_changes(
    rows: Rows, strategy: str
) -> None:
    read = table_of(rows)
    made = ruled(
        read,
        "[{rule: cast, columns: {amount: number, day: date}}, "
        f"{{rule: fill, column: amount, strategy: {strategy}}}]",
    )
    assert made.transformed is not None
    flags = {flag.locator: flag.strategy for flag in made.transformed.filled}
    assert len(flags) == len(made.transformed.filled)
    assert [record.locator for record in made.records] == [record.locator for record in read.records]
    name = strategy.partition(",")[0]
    for record, after in zip(read.records, made.records, strict=True):
        before, now = record.cells[2], after.cells[2]
        assert after.cells[:2] == record.cells[:2]
        if f'{record.locator}, column "amount"' in flags:
            assert cells.is_missing(before)
            assert now is not None
            assert flags[f'{record.locator}, column "amount"'].startswith(name)
            assert made.as_read(after, 2) == before  # the original is seen to be missing
            assert made.method(after, 2).startswith(f"filled: {name}")
        elif cells.is_missing(before):
            assert now is None
        else:
            assert before is not None
            assert now == str(int(before))
    if name in ("constant", "mean", "median") and "by" not in strategy:
        known = [row for row in rows if not cells.is_missing(row[2])]
        missing = len(rows) - len(known)
        assert len(flags) == (missing if known or name == "constant" else 0)


@MANY
@given(ROWS, st.sampled_from(["number", "integer", "date", "boolean", "text"]))
def test_property_5_casts_never_lose_a_row_and_reject_only_what_is_not_missing(rows: Rows, kind: str) -> None:
    read = table_of(rows)
    made = ruled(read, f"[{{rule: cast, columns: {{amount: {kind}}}}}]")
    assert fates(made) == Counter(record.locator for record in read.records)
    by_place = {record.locator: record for record in read.records}
    for reject in made.rejects:
        assert not cells.is_missing(by_place[reject.locator].cells[2])
    for record in made.records:  # no value goes either
        assert cells.is_missing(record.cells[2]) == cells.is_missing(by_place[record.locator].cells[2])
    if kind in ("number", "integer"):
        for record in made.records:
            if record.cells[2] is not None:
                assert cells.read(record.cells[2]) is not None


STEPS = [
    "{rule: cast, columns: {amount: number}}",
    "{rule: normalise, columns: {key: [trim, upper]}, scale: {amount: thousands}}",
    "{rule: fill, column: amount, strategy: previous, by: key}",
    "{rule: enrich, columns: {twice: 'TRY(amount::DOUBLE) * 2', fails: 'length(key) // (length(key) - 1)'}}",
    "{rule: validate, conditions: {known: key IS NOT NULL}}",
    "{rule: deduplicate, key: [key, amount], newest: day}",
    "{rule: deduplicate, key: key, newest: day}",
    "{rule: aggregate, by: key, columns: {amount: max, day: last, n: {column: day, function: count}}}",
]


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.lists(st.sampled_from(STEPS), min_size=1, max_size=5))
def test_property_5_rows_in_are_rows_staged_set_aside_superseded_and_folded(
    shared: Reference, rows: Rows, steps: list[str]
) -> None:
    read = table_of(rows)
    made = ruled(read, f"[{', '.join(steps)}]", shared)
    assert made.transformed is not None
    replaced = made.transformed.replaced
    groups = {row.by for row in replaced if row.how == "aggregated"}
    # Every row that came, and every row that a rule made of others, has come to exactly one end.
    pairs = Counter((row.rule, row.by) for row in replaced if row.how == "aggregated")
    assert len(made.records) + len(made.rejects) + len(replaced) == len(rows) + len(pairs)
    places = Counter(record.locator for record in read.records)
    if groups:
        assert set(places) <= set(fates(made))
    else:
        assert fates(made) == places


def test_hundreds_of_thousands_of_rows_take_seconds(shared: Reference) -> None:
    count = 300_000
    read = Table(
        "t",
        ("key", "day", "amount"),
        [
            Record(f"row {n}", [f"k{n % 90_000}", f"2024-01-{1 + n % 28:02d}", str(n) if n % 50 else ""])
            for n in range(count)
        ],
    )
    started = time.process_time()
    made = ruled(
        read,
        """
        - {rule: cast, columns: {amount: number, day: date}}
        - {rule: deduplicate, key: key, newest: day}
        - {rule: fill, column: amount, strategy: interpolate, order: day}
        - {rule: enrich, columns: {twice: amount * 2}}
        - {rule: validate, conditions: {positive: twice >= 0}}
        """,
        shared,
    )
    assert sum(fates(made).values()) == count
    assert time.process_time() - started < 15
    assert isinstance(made.records[0].cells[2], str)
