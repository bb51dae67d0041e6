"""What ``market-research ui`` shows and does: the real web server, code location and daemon on a finished home."""

import re
import shutil
import time
from collections.abc import Iterator

import pytest
import yaml

from assets.sources import CHECKED
from e2e.conftest import INDUSTRY, LITTLE
from e2e.house import COMPANIES, FEED, House, results, wait_for
from e2e.interface import Interface, partition, shown
from market_research.connectors.registry import connectors
from market_research.settings import SQL_FOLDER

pytestmark = pytest.mark.usefixtures("light_reports")

LAUNCH = """mutation($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""


@pytest.fixture(scope="module")
def interface(finished: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    house = House(tmp_path_factory.mktemp("ui") / "home")
    shutil.copytree(finished.root, house.root, symlinks=True)
    with shown(house) as found:
        yield found


def test_what_the_command_line_made_is_what_the_interface_shows(interface: Interface) -> None:
    place = interface.location()
    assert place["location"]["name"] == "market_research"
    assert {sensor["name"]: sensor["sensorState"]["status"] for sensor in place["sensors"]} == dict.fromkeys(
        ("inbox_sensor", "request_sensor", "request_failure", "downstream_automation"), "RUNNING"
    )
    # Sources are asked by the clock only where somebody has said who asks.
    clocks = {schedule["name"]: schedule["scheduleState"]["status"] for schedule in place["schedules"]}
    assert clocks == {
        **dict.fromkeys(("refresh", "evaluate_models"), "RUNNING"),
        **{f"fetch_{name}": "STOPPED" for name in connectors()},
    }
    assert {(run["status"], partition(run)) for run in interface.runs()} == {("SUCCESS", INDUSTRY), ("SUCCESS", LITTLE)}
    assets = interface.assets()
    files = {path.stem for layer in ("staging", "marts") for path in (SQL_FOLDER / layer).glob("*.sql")}
    assert files | {"raw_documents", "staged/facts", "passage_vectors", "report", "warehouse"} <= set(assets)
    upstream = {"/".join(key["path"]) for key in assets["report"]["dependencyKeys"]}
    assert {"passage_vectors", "entities", "analysis/market"} <= upstream
    for name, node in assets.items():
        assert node["isPartitioned"], name
        assert set(node["partitionKeys"]) == {INDUSTRY, LITTLE}, name
        assert node["description"], name
        assert node["internalFreshnessPolicy"], name
        assert node["freshnessStatusInfo"]["freshnessStatus"] in ("HEALTHY", "UNKNOWN"), name
        assert {made["partition"] for made in node["assetMaterializations"]} == {INDUSTRY, LITTLE}, name
    entries = {
        entry["label"]: entry
        for made in assets["market_share"]["assetMaterializations"] if made["partition"] == LITTLE
        for entry in made["metadataEntries"]
    }  # fmt: skip
    assert entries["dagster/row_count"]["intValue"] == 16
    assert re.search(r"\| Alder \|", entries["preview"]["mdStr"])
    entries = {entry["label"]: entry for entry in assets["report"]["assetMaterializations"][0]["metadataEntries"]}
    assert entries["open"]["url"].endswith("report.html")
    assert "█" in entries["shares"]["mdStr"]


def test_the_checks_of_every_staged_table_block_and_have_passed(interface: Interface) -> None:
    checked = {
        name: check
        for name, node in interface.assets().items()
        for check in node["assetChecksOrError"].get("checks", [])
    }
    drift = "model_evaluations"
    assert set(checked) == {drift, *(f"staged/{table.name}" for table in CHECKED)}
    for name, check in checked.items():
        # A model that has become worse is warned of; its results are still the best there are.
        assert check["blocking"] == (name != drift), name
        assert check["executionForLatestMaterialization"]["status"] == "SUCCEEDED", name
        assert set(check["partitionStatuses"]["succeededPartitions"]) == {INDUSTRY, LITTLE}, name


def test_nothing_runs_by_itself_while_nothing_changes(interface: Interface) -> None:
    before = len(interface.runs())
    interface.wait_for_ticks(5)
    assert len(interface.runs()) == before


def test_a_partition_materialised_from_the_interface_succeeds_and_its_checks_appear(interface: Interface) -> None:
    place = interface.location()
    edition = interface.house.newest(LITTLE)
    answer = interface.ask(
        LAUNCH,
        parameters={
            "selector": {
                "repositoryName": place["name"], "repositoryLocationName": place["location"]["name"],
                "jobName": "industry_report",
                # As the button "Materialize" sends it.
                "assetSelection": [{"path": name.split("/")} for name in interface.assets()],
            },
            "runConfigData": {},
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": LITTLE}]},
        },
    )  # fmt: skip
    assert answer["launchRun"]["__typename"] == "LaunchRunSuccess", answer
    run_id = answer["launchRun"]["run"]["runId"]

    def finished() -> str | None:
        status = next(run["status"] for run in interface.runs() if run["runId"] == run_id)
        return status if status in ("SUCCESS", "FAILURE") else None

    assert wait_for(finished, seconds=120) == "SUCCESS"
    for node in interface.assets().values():
        made = [item for item in node["assetMaterializations"] if item["partition"] == LITTLE]
        assert made[0]["runId"] == run_id
        for check in node["assetChecksOrError"].get("checks", []):
            assert check["executionForLatestMaterialization"]["runId"] == run_id
            evaluation = check["executionForLatestMaterialization"]["evaluation"]
            assert (evaluation["success"], evaluation["partition"]) == (True, LITTLE)
    assert interface.house.newest(LITTLE) == edition
    interface.wait_until_quiet()
    assert interface.runs()[0]["runId"] == run_id


@pytest.mark.long
def test_a_dropped_file_and_a_dropped_request_each_lead_to_an_edition(interface: Interface) -> None:
    house = interface.house
    before = house.newest(LITTLE)
    runs = len(interface.runs())
    request = {"industry": "forestry", "title": "Forestry", "companies": list(COMPANIES)}
    folder = house.root / "requests"
    folder.mkdir(exist_ok=True)
    (folder / ".forestry.yaml").write_text(yaml.safe_dump(request), "utf-8")
    house.write(LITTLE, "results.csv", results(extra=11))
    house.write("forestry", "results.csv", results())
    house.write("forestry", "news.rss", FEED)
    (folder / ".forestry.yaml").rename(folder / "forestry.yaml")
    started = time.monotonic()
    wait_for(lambda: house.newest(LITTLE) != before and house.newest("forestry"), seconds=240, every=0.5)
    interface.wait_until_quiet()
    print(f"two editions after {time.monotonic() - started:.0f} s")
    assert all(run["status"] == "SUCCESS" for run in interface.runs())
    # Two each: one collects, one makes what follows. The inbox may be seen half filled; automation that chases itself
    # would make many.
    assert len(interface.runs()) - runs <= 6
    made = dict(house.query("SELECT industry, count(*) FROM editions GROUP BY industry"))
    # The inbox may be seen a moment before the request, which then changes the industry once more.
    assert made.pop("forestry") in (1, 2)
    assert made == {INDUSTRY: 1, LITTLE: 2}
    newest = house.query("SELECT status FROM requests WHERE industry = 'forestry' ORDER BY updated_at DESC")
    assert newest[0] == ("completed",)
    title = house.query("SELECT title FROM industries WHERE industry = 'forestry'")
    assert title == [("Forestry",)]
