"""A month in which buyers speak otherwise, through whole runs: alert, new version, promotion, rollback are visible."""

import dagster as dg
import pytest

from e2e.conftest import LITTLE
from e2e.house import House
from market_research.commerce.simulation import later_reviews, simulate
from resources.runner import instance

pytestmark = [pytest.mark.usefixtures("light_reports"), pytest.mark.long]

VERSIONS = "SELECT number, stage FROM model_performance WHERE model = 'review sentiment' GROUP BY ALL ORDER BY number"
CHECK = dg.AssetCheckKey(dg.AssetKey("model_evaluations"), "no_drift")
READ_BY = "SELECT DISTINCT model_version FROM review_sentiment WHERE model_version IS NOT NULL"
LABEL = "SELECT label FROM model_versions WHERE number = ?"


def checked(house: House) -> tuple[bool, str]:
    """Whether the last check for drift passed, and its severity."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", "")
        patch.setenv("MARKET_RESEARCH_HOME", "")
        with instance(house.workspace) as found:
            records = found.event_log_storage.get_asset_check_execution_history(CHECK, limit=1)
    evaluation = records[0].event.dagster_event.asset_check_evaluation_data  # type: ignore[union-attr]
    return evaluation.passed, evaluation.severity.value


def test_drift_is_seen_answered_and_undone_in_sql_and_in_dagster(house: House) -> None:
    house.write(LITTLE, "reviews.csv", simulate(days=200).records["reviews.csv"].write_csv())
    house.run(LITTLE)
    assert house.query(VERSIONS) == [(1, "production")]
    assert checked(house) == (True, "WARN")

    house.write(LITTLE, "january.csv", later_reviews().write_csv())
    house.run(LITTLE)
    assert house.query(VERSIONS) == [(1, "archived"), (2, "production")]
    assert checked(house) == (False, "WARN")
    ((kind, change, rows),) = house.query("SELECT kind, change_pct, rows FROM drift_alerts WHERE kind = 'drift'")
    assert change < -10
    assert rows > 200
    trained = house.query("SELECT reason FROM model_versions ORDER BY number")
    assert trained == [("first",), ("drift",)]
    assert house.query(READ_BY) == house.query(LABEL, [2])
    monthly = (
        "SELECT month, macro_f1 < 0.9 * trained_macro_f1 FROM model_performance WHERE number = 1 AND month IS NOT NULL"
    )
    assert house.query(monthly) == [("2026-01", True)]

    told = house.cli("models", "rollback", "-i", LITTLE, "--reason", "praise is read as blame").stdout
    assert "Version 1 of review sentiment is in production again." in told
    house.run(LITTLE)
    assert house.query(VERSIONS) == [(1, "production"), (2, "archived")]
    assert house.query(READ_BY) == house.query(LABEL, [1])
    kinds = [row[0] for row in house.query("SELECT DISTINCT kind FROM event_log")]
    assert {"data updated", "cache invalidated", "model trained", "model promoted", "model rolled back", "drift alert",
            "model restored", "decision", "report made"} <= set(kinds)  # fmt: skip
    assert [ran.unchanged for ran in house.run(LITTLE)] == [True]
    assert "rolled back" in house.cli("models", "show", "2", "-i", LITTLE, "-m", "review sentiment").stdout
    for command in (("list",), ("compare",)):
        assert "review sentiment" in house.cli("models", *command, "-i", LITTLE, "--format", "csv").stdout
    assert kind == "drift"
