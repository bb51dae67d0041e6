"""Sources that may be out of date, judged against the date of the newest evidence and never against the clock."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from market_research.cleaning.schema import DOCUMENTS, SOURCE_RUNS, STALE_SOURCES
from market_research.cleaning.staleness import stale_sources

EVIDENCE = datetime(2024, 6, 30, 9, tzinfo=UTC)
POLICIES = {"gdelt": ("GDELT", 48.0), "edgar": ("SEC EDGAR", 48.0), "yahoo": ("Yahoo Finance", 96.0)}


def documents(*sources: str) -> pl.DataFrame:
    return DOCUMENTS.frame({"source": source, "published_at": EVIDENCE, "retrieved_at": EVIDENCE} for source in sources)


def run(source: str, days_before: float, *, fresh: int = 3, stale: int = 0, failed: int = 0, **more: object) -> dict:  # type: ignore[type-arg]
    ended = EVIDENCE - timedelta(days=days_before)
    status = "ok" if not stale + failed else "partial" if fresh else "failed"
    return {
        "industry": "chips", "source": source, "status": status, "asked": fresh + stale + failed,
        "new": 0, "changed": 0, "unchanged": fresh, "stale": stale, "failed": failed,
        "started_at": ended, "ended_at": ended, **more,
    }  # fmt: skip


def found(*runs: dict, held: tuple[str, ...] = ("gdelt", "inbox")) -> list[tuple]:  # type: ignore[type-arg]
    made = stale_sources(documents(*held), SOURCE_RUNS.frame(runs), POLICIES)
    assert dict(made.schema) == STALE_SOURCES.schema
    return made.select("source", "state", "unanswered", "asked_on", "answered_on", "days_behind").rows()


def test_a_source_that_answered_in_time_is_not_stale_though_it_said_nothing_new() -> None:
    assert found(run("gdelt", 1)) == []
    assert found(run("gdelt", -200)) == []


def test_a_source_whose_last_answer_is_older_than_it_may_be_is_behind() -> None:
    assert found(run("gdelt", 9), run("gdelt", 5)) == [("gdelt", "behind", 0, date(2024, 6, 25), date(2024, 6, 25), 5)]


def test_a_source_that_was_served_from_earlier_copies_when_last_asked_is_unanswered() -> None:
    runs = (run("gdelt", 30), run("gdelt", 0, fresh=0, stale=2, failed=1))
    assert found(*runs) == [("gdelt", "unanswered", 3, date(2024, 6, 30), date(2024, 5, 31), 30)]
    assert found(*runs, run("gdelt", -1)) == []


def test_runs_that_asked_nothing_say_nothing() -> None:
    skipped = run("gdelt", 0, fresh=0, status="skipped")
    assert found(run("gdelt", 1, stale=1), skipped)[0][1] == "unanswered"
    assert found(skipped) == []


def test_a_source_without_documents_and_the_inbox_are_not_judged() -> None:
    assert found(run("edgar", 90), run("gdelt", 0)) == []


@given(
    st.dictionaries(st.sampled_from(sorted(POLICIES)), st.tuples(st.integers(-5, 30), st.integers(0, 3)), max_size=3)
)
def test_every_source_is_judged_by_its_own_policy(states: dict[str, tuple[int, int]]) -> None:
    runs = [run(source, days, stale=stale) for source, (days, stale) in states.items()]
    expected = {
        source: "unanswered" if stale else "behind"
        for source, (days, stale) in states.items()
        if stale or days * 24 > POLICIES[source][1]
    }
    assert {row[0]: row[1] for row in found(*runs, held=tuple(POLICIES))} == expected
