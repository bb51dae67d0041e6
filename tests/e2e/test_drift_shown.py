"""A shifted month as the pages of Dagster show it: the check, the tables of the asset, and what a rollback changes."""

from typing import Any

import pytest

from e2e.conftest import LITTLE
from e2e.house import House
from e2e.interface import Interface, shown
from market_research.commerce.simulation import later_reviews, simulate

pytestmark = [pytest.mark.usefixtures("light_reports"), pytest.mark.long]

ENTRIES = """metadataEntries { label __typename ... on IntMetadataEntry { intValue }
    ... on FloatMetadataEntry { floatValue } ... on TextMetadataEntry { text }
    ... on MarkdownMetadataEntry { mdStr } }"""
# What the page of an asset asks for its newest materialization, and the page of its checks for an execution.
ASSET = f"""query($key: AssetKeyInput!, $industry: [String!]) {{ assetNodeOrError(assetKey: $key) {{ ... on AssetNode {{
    groupName description assetMaterializations(partitions: $industry, limit: 1) {{ runId {ENTRIES} }} }} }} }}"""
CHECKED = f"""query($key: AssetKeyInput!, $industry: String) {{ assetCheckExecutions(
    assetKey: $key, checkName: "no_drift", limit: 1, partition: $industry) {{ runId status
    evaluation {{ success severity partition {ENTRIES} }} }} }}"""
KEY = {"path": ["model_evaluations"]}


def told(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Values by label, whatever kind they are of."""
    kinds = ("intValue", "floatValue", "text", "mdStr")
    return {entry["label"]: next((entry[kind] for kind in kinds if kind in entry), None) for entry in entries}


def asset(interface: Interface) -> dict[str, Any]:
    """What the page of the asset says of the newest materialization."""
    node = interface.ask(ASSET, key=KEY, industry=[LITTLE])["assetNodeOrError"]
    return told(node["assetMaterializations"][0]["metadataEntries"])


def check(interface: Interface) -> tuple[dict[str, Any], dict[str, Any]]:
    """The newest execution of the check, and its metadata."""
    (newest,) = interface.ask(CHECKED, key=KEY, industry=LITTLE)["assetCheckExecutions"]
    return newest, told(newest["evaluation"]["metadataEntries"])


def rows(table: str) -> list[list[str]]:
    """Cells of a Markdown table without its head."""
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines()[2:]]


def test_the_pages_tell_alert_retraining_new_version_and_rollback(house: House) -> None:
    house.write(LITTLE, "reviews.csv", simulate(days=200).records["reviews.csv"].write_csv())
    house.run(LITTLE)
    house.write(LITTLE, "january.csv", later_reviews().write_csv())
    house.run(LITTLE)
    old, new = house.query("SELECT old_value, new_value FROM drift_alerts WHERE kind = 'drift'")[0]
    with shown(house) as interface:
        newest, said = check(interface)
        evaluation = newest["evaluation"]
        assert (newest["status"], evaluation["success"], evaluation["severity"]) == ("FAILED", False, "WARN")
        figures = said["review sentiment (default), version 1: macro_f1"]
        assert figures.startswith(
            f"{old:.4g} to {new:.4g} ({100 * (new - old) / old:+.1f} %). Trained version 2, now in"
        )
        assert said["worst_change_pct"] == pytest.approx(100 * (old - new) / old, abs=0.01)
        (alert,) = rows(said["open"])
        assert alert[:3] == ["review sentiment", "1", "drift"]
        assert alert[7].startswith("Trained version 2, now in production")

        page = asset(interface)
        assert page["review sentiment (default): version"] == 2
        assert [row[1:3] for row in rows(page["alerts"])] == [["1", "below threshold"], ["1", "drift"]]
        assert [row[2:5] for row in rows(page["stages"])[:2]] == [
            ["2", "production", "promoted"],
            ["1", "archived", "superseded"],
        ]
        (used,) = rows(page["in production"])
        assert (used[2], used[6]) == ("2", "drift")

        house.cli("models", "rollback", "-i", LITTLE, "--reason", "praise is read as blame")
        house.run(LITTLE)
        # The version that drifted is in use again, so the warning is there again.
        newest, said = check(interface)
        assert newest["status"] == "FAILED"
        assert rows(said["open"])[0][:3] == ["review sentiment", "1", "drift"]
        page = asset(interface)
        assert page["review sentiment (default): version"] == 1
        assert [row[2:5] for row in rows(page["stages"])[:2]] == [
            ["1", "production", "restored"],
            ["2", "archived", "rolled back"],
        ]
        assert "praise is read as blame" in page["stages"]

        house.cli("models", "promote", "2", "-i", LITTLE, "-m", "review sentiment", "--reason", "after all")
        house.run(LITTLE)
        newest, said = check(interface)
        assert (newest["status"], "open" in said) == ("SUCCEEDED", False)
