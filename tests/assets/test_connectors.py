"""Sources in the graph: a failing one fails no run, says so in its check, and what a source brings is taken in."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.conditions import AFTER_SOURCES
from assets.connectors import source_key
from assets.sources import CHECKED
from market_research.cleaning.schema import DOCUMENTS
from market_research.connectors.registry import connectors
from market_research.definitions import build_defs
from market_research.industries import Company, ResearchRequest
from resources.workspace_resource import WorkspaceResource
from tests.connectors.loopback import Loopback, Reply, as_json, serving
from tests.connectors.test_world_bank import page, value

pytestmark = pytest.mark.filterwarnings("ignore::dagster.PreviewWarning", "ignore::dagster.BetaWarning")
KEY = "wood"


@pytest.fixture
def server() -> Any:
    with serving() as made:
        yield made


class Graph:
    """The real definitions on a data home, run in process."""

    def __init__(self, root: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
        mirrors = {host: server.url for connector in connectors().values() for host in connector.hosts}
        monkeypatch.setenv("MARKET_RESEARCH_HTTP_MIRRORS", json.dumps(mirrors))
        monkeypatch.setenv("MARKET_RESEARCH_HTTP_ATTEMPTS", "1")
        self.resource = WorkspaceResource(home=str(root))
        self.space = self.resource.workspace()
        self.space.registry.add(
            ResearchRequest(industry=KEY, companies=(Company(name="Alder"),), countries=("Norway",))
        )
        self.defs = build_defs({"workspace": self.resource})
        self.instance = dg.DagsterInstance.ephemeral()
        self.instance.add_dynamic_partitions("industry", [KEY])

    def make(self, *keys: dg.AssetKey) -> dg.ExecuteInProcessResult:
        job = self.defs.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(
            instance=self.instance, partition_key=KEY, asset_selection=list(keys), raise_on_error=False
        )


def world_bank(result: dg.ExecuteInProcessResult) -> tuple[bool, str, dict[str, Any]]:
    """Passed, severity and metadata of the check of the World Bank's asset."""
    (check,) = [c for c in result.get_asset_check_evaluations() if c.asset_key.path[-1] == "world_bank"]
    return check.passed, check.severity.value, {name: item.value for name, item in check.metadata.items()}


def test_a_source_that_answers_in_part_says_so_and_what_it_gave_becomes_a_document(
    tmp_path: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = Graph(tmp_path, server, monkeypatch)
    server.on("/v2/country/NOR/indicator/NY.GDP.MKTP.CD", as_json(page([value(5.0)])))
    key = source_key(connectors()["world_bank"])
    result = graph.make(key)
    assert result.success
    passed, severity, metadata = world_bank(result)
    assert (passed, severity) == (False, "WARN")
    assert "404" in metadata["unanswered"]
    assert "partial" in metadata["recent"]
    (made,) = result.asset_materializations_for_node(key.to_python_identifier())
    assert {name: made.metadata[name].value for name in ("status", "asked", "new")} == {
        "status": "partial", "asked": 6, "new": 1
    }  # fmt: skip
    assert graph.make(dg.AssetKey("raw_documents"), *(dg.AssetKey(["staged", table.name]) for table in CHECKED)).success
    rows = graph.space.lake.read("received", DOCUMENTS, KEY)
    assert rows["path"].to_list() == ["fetched/world_bank/NY.GDP.MKTP.CD/page-1.json"]


def test_from_the_third_failure_in_a_row_the_check_is_an_error_and_no_run_fails(
    tmp_path: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = Graph(tmp_path, server, monkeypatch)
    key = source_key(connectors()["world_bank"])
    server.on("*", Reply(b"", 500))
    severities = []
    for _ in range(3):
        result = graph.make(key)
        assert result.success
        severities.append(world_bank(result)[1])
    assert severities == ["WARN", "WARN", "ERROR"]
    assert world_bank(result)[2]["failures_in_a_row"] == 3


PARTS = dg.DynamicPartitionsDefinition(name="industry")


@dg.asset(key=["source", "one"], partitions_def=PARTS)
def one(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Brings what its run's tag says."""
    return dg.MaterializeResult(data_version=dg.DataVersion(context.run.tags["brings"]))


@dg.asset(key=["source", "two"], partitions_def=PARTS)
def two() -> None:
    """A source that is never asked."""


@dg.asset(partitions_def=PARTS, deps=[one, two], automation_condition=AFTER_SOURCES)
def raw() -> None:
    """Takes in what sources brought."""


def test_what_one_source_brings_is_taken_in_at_once_and_nothing_new_starts_nothing() -> None:
    defs = dg.Definitions(assets=[one, two, raw])
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("industry", ["a", "b"])
    cursor: Any = None

    def tick() -> set[str | None]:
        nonlocal cursor
        result = dg.evaluate_automation_conditions(defs=defs, instance=instance, cursor=cursor)
        cursor = result.cursor
        return set(result.get_requested_partitions(raw.key))

    def bring(version: str) -> None:
        dg.materialize([one], instance=instance, partition_key="a", tags={"brings": version})

    assert tick() == set()
    bring("1")
    assert tick() == {"a"}
    dg.materialize([raw], instance=instance, partition_key="a", selection=[raw.key])
    assert tick() == set()
    bring("1")
    assert tick() == set()
    bring("2")
    assert tick() == {"a"}
