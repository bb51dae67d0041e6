"""Public sources, asked over HTTP by the real fetcher, and what of their answers the lake holds."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from market_research.cleaning.schema import ALERTS, DOCUMENTS, SOURCE_RUNS
from market_research.connectors.base import Connector
from market_research.connectors.http import config_of
from market_research.connectors.http.fetcher import open_fetcher
from market_research.connectors.registry import connectors
from market_research.settings import Settings
from resources.collecting import FETCHED, LAYER, SourceRun, collect_source
from resources.workspace import Workspace
from tests.connectors import (
    test_arxiv,
    test_downloads,
    test_federal_register,
    test_gdelt,
    test_hacker_news,
    test_openalex,
    test_owid,
    test_wikipedia,
)
from tests.connectors.loopback import Loopback, Reply, as_json, busy, page, redirect, serving
from tests.connectors.loopback import Request as Asked
from tests.connectors.test_public_sources import FULL
from tests.connectors.test_world_bank import page as world_bank_page
from tests.connectors.test_world_bank import value

NOW = datetime(2026, 3, 15, 6, tzinfo=UTC)


def _owid(number: int) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith(".metadata.json"):
            return as_json(test_owid.METADATA)
        return Reply(test_owid.CSV.replace("58.5", f"5{number}.5").encode(), headers={"Content-Type": "text/csv"})

    return answer


def _wikipedia(number: int) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        wanted = asked.query.get("srsearch")
        return as_json(
            test_wikipedia.found(wanted.removesuffix(" company")) if wanted else test_wikipedia.views(number, 2)
        )

    return answer


def _arxiv(number: int) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        content = test_arxiv.feed([test_arxiv.entry(1, title=f"Chiplets {number}")])
        # The feed names the moment at which it was made.
        made = content.replace(b"2026-03-15T00:00:00-04:00", datetime.now(UTC).isoformat().encode())
        return Reply(made, headers={"Content-Type": "application/atom+xml"})

    return answer


def _json(make: Callable[[int], Any], **volatile: Callable[[], Any]) -> Callable[[int], Callable[[Asked], Reply]]:
    def answering(number: int) -> Callable[[Asked], Reply]:
        return lambda asked: as_json(make(number) | {name: value() for name, value in volatile.items()})

    return answering


_COUNTER = iter(range(10**6))
GOOD: dict[str, Callable[[int], Any]] = {
    "world_bank": lambda n: as_json(world_bank_page([value(n)])),
    "owid": _owid,
    "gdelt": _json(lambda n: {"articles": [test_gdelt.article(n)]}),
    "openalex": _json(lambda n: test_openalex.works(1, total=1) | {"group_by": [], "x": n}),
    "hacker_news": _json(
        lambda n: test_hacker_news.result([test_hacker_news.hit(n)]), processingTimeMS=lambda: next(_COUNTER)
    ),
    "wikipedia": _wikipedia,
    "federal_register": _json(lambda n: test_federal_register.listing([test_federal_register.document(n)])),
    "downloads": _json(lambda n: test_downloads.npm({"downloads": n, "day": "2026-01-01"})),
    "arxiv": _arxiv,
}
ERRORS = {
    "429 with Retry-After": busy("0"),
    "503": Reply(b"", 503),
    "cut body": Reply(b'{"a": 1}' * 100, headers={"Content-Type": "application/json"}, cut=20),
    "HTML": page("<!doctype html><html><body>We are sorry</body></html>"),
    "redirect to a private address": redirect("http://10.1.2.3/"),
    "slow drip": Reply(b"x" * 500, drip=0.05),
}


@pytest.fixture
def server() -> Any:
    with serving() as made:
        yield made


class House:
    """An industry on a data home whose sources are all this server."""

    def __init__(self, root: Path, server: Loopback) -> None:
        mirrors = {host: server.url for connector in connectors().values() for host in connector.hosts}
        self.space = Workspace(
            Settings(
                home=root, http_mirrors=mirrors, http_attempts=2, http_backoff_seconds=0.01, http_attempt_seconds=0.3,
                user_agent="market-research tests test@example.com",
            )
        )  # fmt: skip
        self.space.registry.add(FULL)
        self.hours = 0

    def ask(self, connector: Connector) -> SourceRun:
        """Put the connector's last question: those before it are the defaults that all industries share."""
        one = replace(connector, asks=lambda request: list(connector.asks(request))[-1:])
        self.hours += 1
        # As fast as the test can: the rates are the fetcher's own affair, and tested there.
        config = replace(config_of(self.space.settings), default_rate=1000.0)
        with open_fetcher(config) as fetcher:
            return collect_source(self.space, FULL.industry, one, fetcher, now=NOW + timedelta(hours=self.hours))

    def held(self, name: str) -> dict[str, bytes]:
        rows = self.space.lake.read(FETCHED, DOCUMENTS, FULL.industry, part=name)
        return {path: self.space.lake.get_raw(sha256) for path, sha256 in rows.select("path", "sha256").rows()}


@pytest.mark.parametrize("name", GOOD)
def test_a_first_answer_is_stored_an_unchanged_one_is_not_and_a_changed_one_is_a_new_version(
    name: str, tmp_path: Path, server: Loopback
) -> None:
    house, connector = House(tmp_path, server), connectors()[name]
    server.on("*", GOOD[name](1))
    first = house.ask(connector)
    assert (first.status, first.changed) == ("ok", 0), first.problems
    assert first.new >= 1
    before = house.held(name)
    for content, path in ((content, path) for path, content in before.items()):
        assert connector.read(content, path.removeprefix(f"fetched/{name}/")).rows, "what was stored can be read"
    again = house.ask(connector)
    assert (again.status, again.new, again.changed) == ("ok", 0, 0), again.problems
    assert house.held(name) == before
    server.on("*", GOOD[name](2))
    third = house.ask(connector)
    assert (third.status, third.new) == ("ok", 0), third.problems
    assert third.changed >= 1
    after = house.held(name)
    assert after.keys() == before.keys()
    assert after != before
    old = [content for path, content in before.items() if after[path] != content]
    raw = {path.read_bytes() for path in (house.space.settings.lake / "raw").rglob("*") if path.is_file()}
    assert set(old) <= raw, "the bytes of the version before stay"


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("name", GOOD)
def test_an_error_loses_nothing_and_is_said(name: str, error: str, tmp_path: Path, server: Loopback) -> None:
    house, connector = House(tmp_path, server), connectors()[name]
    server.on("*", ERRORS[error])
    nothing = house.ask(connector)
    assert (nothing.status, nothing.new, house.held(name)) == ("failed", 0, {})
    assert nothing.reason
    server.on("*", GOOD[name](1))
    assert house.ask(connector).status == "ok"
    before = house.held(name)
    server.on("*", ERRORS[error])
    stale = house.ask(connector)
    assert stale.status == "failed"
    assert stale.problems
    assert house.held(name) == before
    rows = house.space.lake.read(LAYER, SOURCE_RUNS, FULL.industry).sort("started_at")
    assert rows["status"].to_list() == ["failed", "ok", "failed"]
    assert house.space.lake.read(LAYER, ALERTS, FULL.industry).is_empty()
    house.ask(connector)
    house.ask(connector)
    (alert,) = house.space.lake.read(LAYER, ALERTS, FULL.industry).to_dicts()
    assert f"{name} has failed 3 times in a row" in alert["message"]


def test_an_answer_says_where_it_is_from_and_when_it_came(tmp_path: Path, server: Loopback) -> None:
    house = House(tmp_path, server)
    server.on("*", GOOD["world_bank"](1))
    house.ask(connectors()["world_bank"])
    (row,) = house.space.lake.read(FETCHED, DOCUMENTS, FULL.industry).to_dicts()
    assert row["uri"].startswith("https://api.worldbank.org/v2/country/")
    assert (row["source"], row["publisher"]) == ("world_bank", "World Bank")
    assert row["licence"]
    assert row["retrieved_at"] == NOW + timedelta(hours=1)
    assert json.loads(house.held("world_bank")[row["path"]])
