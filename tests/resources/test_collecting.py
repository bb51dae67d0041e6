"""Sources that answer, change, fail and fail again: what is kept, what is said, when somebody is alerted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.cleaning.schema import ALERTS, DOCUMENTS, SOURCE_RUNS
from market_research.connectors.base import Answer, Ask, Connector, Context, Fetched, FetchFailed
from market_research.industries import ResearchRequest
from market_research.settings import Settings
from market_research.sources.parsed import Parsed
from resources.collecting import FETCHED, LAYER, SourceRun, collect_source, collect_sources
from resources.lake import raw_key
from resources.workspace import Workspace

KEY = "wood"
START = datetime(2026, 1, 5, 5, tzinfo=UTC)


class Nowhere:
    """A fetcher without a network: these sources make their answers themselves."""

    def get(self, url: str, **_: object) -> Fetched:
        raise FetchFailed(url, "unreachable", "there is no network here")


@dataclass
class Source:
    """A source whose answers are set by hand: bytes, a stale copy (``stale:`` before the bytes), or an exception."""

    name: str = "mill"
    answers: dict[str, bytes | Exception] = field(default_factory=dict)
    volatile: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def connector(self) -> Connector:
        return Connector(
            name=self.name, title=self.name.title(), publisher="Nobody", description="", licence=None, hosts=(),
            asks=self._asks, fetch=self._fetch, read=lambda content, path: Parsed("table"), volatile=self.volatile,
            needs=self.needs,
        )  # fmt: skip

    def _asks(self, _: ResearchRequest) -> Sequence[Ask]:
        return [Ask(name, name, f"https://mill.example/{name}") for name in self.answers]

    def _fetch(self, ask: Ask, context: Context) -> Iterator[Answer]:
        answer = self.answers[ask.path]
        if isinstance(answer, Exception):
            raise answer
        stale = answer.startswith(b"stale:")
        content = answer.removeprefix(b"stale:")
        yield Answer(
            ask.path, ask.title, ask.url, content, "application/json", stale=stale, problem="busy" if stale else None
        )


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return house(tmp_path)


def house(root: Path) -> Workspace:
    workspace = Workspace(Settings(home=root))
    workspace.registry.ensure(KEY)
    return workspace


def ask(space: Workspace, source: Source, hours: int = 0) -> SourceRun:
    return collect_source(space, KEY, source.connector(), Nowhere(), now=START + timedelta(hours=hours))


def held(space: Workspace, source: str = "mill") -> dict[str, bytes]:
    rows = space.lake.read(FETCHED, DOCUMENTS, KEY, part=source)
    return {path: space.lake.get_raw(sha256) for path, sha256 in rows.select("path", "sha256").rows()}


def test_an_answer_is_new_then_unchanged_then_a_new_version(space: Workspace) -> None:
    source = Source(answers={"a.json": b'{"n": 1}'})
    assert [ask(space, source).new, ask(space, source, 1).unchanged] == [1, 1]
    first = space.lake.read(FETCHED, DOCUMENTS, KEY)
    source.answers["a.json"] = b'{"n": 2}'
    assert ask(space, source, 2).changed == 1
    second = space.lake.read(FETCHED, DOCUMENTS, KEY)
    assert held(space) == {"fetched/mill/a.json": b'{"n": 2}'}
    assert (first["retrieved_at"][0], second["retrieved_at"][0]) == (START, START + timedelta(hours=2))
    assert space.lake.get_raw(first["sha256"][0]) == b'{"n": 1}', "the old bytes stay"


def test_an_answer_that_differs_in_what_means_nothing_is_no_new_version(space: Workspace) -> None:
    source = Source(answers={"a.json": b'{"took": 1, "n": 1}'}, volatile=("$.took",))
    ask(space, source)
    source.answers["a.json"] = b'{"n": 1, "took": 99}'
    assert ask(space, source, 1).unchanged == 1
    assert held(space) == {"fetched/mill/a.json": b'{"took": 1, "n": 1}'}


def test_what_was_answered_before_a_failure_is_kept_and_the_run_is_partial(space: Workspace) -> None:
    source = Source(
        answers={"a.json": b"1", "b.json": FetchFailed("https://mill.example/b", "busy", "429"), "c.json": b"3"}
    )
    run = ask(space, source)
    assert (run.status, run.new, run.problems[0].reason) == ("partial", 2, "busy")
    assert set(held(space)) == {"fetched/mill/a.json", "fetched/mill/c.json"}
    source.answers["c.json"] = ValueError("a member is missing")
    run = ask(space, source, 1)
    assert "ValueError: a member is missing" in run.problems[1].message
    assert held(space)["fetched/mill/c.json"] == b"3"


def test_a_stale_copy_replaces_nothing_and_is_said(space: Workspace) -> None:
    source = Source(answers={"a.json": b"1"})
    ask(space, source)
    source.answers["a.json"] = b"stale:0"
    run = ask(space, source, 1)
    assert (run.status, run.stale, run.reason) == ("failed", 1, "busy")
    assert held(space) == {"fetched/mill/a.json": b"1"}


def test_a_source_without_its_secret_is_skipped_and_names_it(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MILL_KEY", raising=False)
    source = Source(answers={"a.json": b"1"}, needs=("MILL_KEY",))
    run = ask(space, source)
    assert (run.status, run.reason) == ("skipped", "Mill needs MILL_KEY in the environment")
    monkeypatch.setenv("MILL_KEY", "secret")
    assert ask(space, source, 1).status == "ok"


def test_the_third_failure_in_a_row_raises_one_alert_which_the_next_success_resolves(space: Workspace) -> None:
    broken, good = FetchFailed("https://mill.example/a", "broken", "the server answered 500"), b"1"
    opened = []
    for hour, answer in enumerate([good, broken, broken, good, broken, broken, broken, broken, good, broken]):
        ask(space, Source(answers={"a.json": answer}), hour)
        opened.append(space.lake.read(LAYER, ALERTS, KEY)["resolved_at"].null_count())
    assert opened == [0, 0, 0, 0, 0, 0, 1, 1, 0, 0]
    (alert,) = space.lake.read(LAYER, ALERTS, KEY).to_dicts()
    assert "mill has failed 3 times in a row" in alert["message"]
    assert "500" in alert["message"]


@settings(max_examples=100)
@given(outcomes=st.lists(st.sampled_from(["good", "failed", "crash", "stale"]), min_size=1, max_size=6))
def test_property_3_a_source_that_fails_stops_no_other(
    outcomes: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    space = house(tmp_path_factory.mktemp("home"))
    answers: dict[str, bytes | Exception] = {
        "good": b"1", "failed": FetchFailed("https://mill.example", "unreachable", "gone"),
        "crash": ZeroDivisionError("x"), "stale": b"stale:1",
    }  # fmt: skip
    sources = [Source(f"s{n}", {"a.json": answers[kind]}) for n, kind in enumerate(outcomes)]
    runs = {run.source: run for run in collect_sources(space, KEY, [s.connector() for s in sources], Nowhere())}
    for number, kind in enumerate(outcomes):
        run = runs[f"s{number}"]
        assert run.status == ("ok" if kind == "good" else "failed")
        assert bool(held(space, run.source)) == (kind in ("good", "stale")), "a stale copy is better than nothing"
        assert kind == "good" or run.reason
    rows = space.lake.read(LAYER, SOURCE_RUNS, KEY)
    assert rows.height == len(outcomes)
    assert rows.filter(pl.col("status") == "failed")["reason"].null_count() == 0


def test_a_connector_that_stumbles_over_the_request_stops_no_other(space: Workspace) -> None:
    def stumbles(_: ResearchRequest) -> Sequence[Ask]:
        raise KeyError("sic")

    bad = replace(Source("bad").connector(), asks=stumbles)
    good = Source("good", {"a.json": b"1"}).connector()
    runs = {run.source: run for run in collect_sources(space, KEY, [bad, good], Nowhere())}
    assert (runs["bad"].status, runs["good"].status) == ("failed", "ok")
    assert "cannot make questions of the request (KeyError: 'sic')" in str(runs["bad"].reason)


def test_a_full_disk_is_not_blamed_on_the_source(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(space.lake), "put_raw", full)
    with pytest.raises(OSError, match="No space left"):
        ask(space, Source(answers={"a.json": b"1"}))
    assert space.lake.read(LAYER, SOURCE_RUNS, KEY).is_empty()


def test_an_answer_whose_bytes_were_deleted_stays_out_until_it_changes(space: Workspace) -> None:
    source = Source(answers={"a.json": b"1"})
    ask(space, source)
    sha256 = space.lake.read(FETCHED, DOCUMENTS, KEY)["sha256"][0]
    space.lake.store.delete(raw_key(sha256))
    assert (ask(space, source, 1).status, space.lake.has_raw(sha256)) == ("ok", False)
    source.answers["a.json"] = b"2"
    assert ask(space, source, 2).changed == 1
    assert held(space) == {"fetched/mill/a.json": b"2"}
