"""The real web server, code location and daemon on a home, asked as the pages ask them: by GraphQL."""

import json
import os
import signal
import socket
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from e2e.house import House, wait_for
from market_research.connectors.registry import connectors

RUNS = """{ runsOrError { ... on Runs { results {
    runId status jobName tags { key value } assetSelection { path } } } } }"""
GRAPH = """{ assetNodes {
    assetKey { path } description groupName isPartitioned partitionKeys dependencyKeys { path }
    internalFreshnessPolicy { __typename } freshnessStatusInfo { freshnessStatus }
    assetMaterializations(limit: 5) { partition runId metadataEntries { label __typename
        ... on IntMetadataEntry { intValue } ... on MarkdownMetadataEntry { mdStr } ... on UrlMetadataEntry { url } } }
    assetChecksOrError { ... on AssetChecks { checks { name blocking
        partitionStatuses { ... on AssetCheckDefaultPartitionStatuses { succeededPartitions failedPartitions } }
        executionForLatestMaterialization { status runId evaluation { success severity partition } } } } } } }"""
TICKS = """query($selector: InstigationSelector!) { instigationStateOrError(instigationSelector: $selector) {
    ... on InstigationState { ticks(limit: 500) { tickId status } } } }"""


@dataclass(frozen=True)
class Interface:
    """The running interface of a home, by its GraphQL API."""

    house: House
    url: str

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def location(self) -> dict[str, Any]:
        """The repository; None while the code is being loaded."""
        query = """{ repositoriesOrError { ... on RepositoryConnection { nodes {
            name location { name } sensors { name sensorState { status } } schedules { name scheduleState { status } }
            jobs { name } } } } }"""
        nodes = self.ask(query)["repositoriesOrError"].get("nodes") or [{}]
        return nodes[0]

    def runs(self, industry: str | None = None) -> list[dict[str, Any]]:
        """Newest first."""
        found = self.ask(RUNS)["runsOrError"]["results"]
        return [run for run in found if industry in (None, partition(run))]

    def assets(self) -> dict[str, dict[str, Any]]:
        """The nodes of the graph by name, but for the sources, which are not asked here."""
        nodes = {"/".join(node["assetKey"]["path"]): node for node in self.ask(GRAPH)["assetNodes"]}
        sources = {f"source/{name}" for name in connectors()}
        assert sources <= set(nodes)
        return {name: node for name, node in nodes.items() if name not in sources}

    def ticks(self, name: str) -> int:
        """How often a sensor has finished looking."""
        place = self.location()
        selector = {
            "name": name, "repositoryName": place["name"], "repositoryLocationName": place["location"]["name"]
        }  # fmt: skip
        ticks = self.ask(TICKS, selector=selector)["instigationStateOrError"].get("ticks", [])
        return max((int(tick["tickId"]) for tick in ticks if tick["status"] != "STARTED"), default=0)

    def wait_for_ticks(self, count: int) -> None:
        """Let every sensor look a few times more."""
        names = ("inbox_sensor", "request_sensor", "downstream_automation")
        before = {name: self.ticks(name) for name in names}

        def moved() -> bool:
            return all(self.ticks(name) >= before[name] + count for name in names)

        wait_for(moved, seconds=90, every=0.5)

    def wait_until_quiet(self) -> None:
        """No run is waiting or going on, and the sensors that have looked since ask for none."""

        def quiet() -> bool:
            runs = self.runs()
            if any(run["status"] not in ("SUCCESS", "FAILURE", "CANCELED") for run in runs):
                return False
            self.wait_for_ticks(3)
            return len(self.runs()) == len(runs)

        wait_for(quiet, seconds=180, every=0.5)


def partition(run: dict[str, Any]) -> str | None:
    return next((tag["value"] for tag in run["tags"] if tag["key"] == "dagster/partition"), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def shown(house: House) -> Generator[Interface]:
    """The interface of a home, up until the end."""
    port = free_port()
    log = house.root / "ui.log"
    process = house.start("ui", "--port", str(port), env={"MARKET_RESEARCH_SENSOR_SECONDS": "1"}, log=log)
    interface = Interface(house, f"http://127.0.0.1:{port}")

    def is_up() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return bool(interface.location())
        except OSError:
            return False

    try:
        wait_for(is_up, seconds=120)
        yield interface
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
