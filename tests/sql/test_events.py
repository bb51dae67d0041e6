"""The list of events says what the tables recorded, each thing once."""

from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pytest

from market_research.cleaning.schema import TABLES
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_views

KEY = "shop"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
VERSION = {"industry": KEY, "tenant": "default", "model": "review sentiment", "version_id": "model_1"}


def events(**rows: list[dict[str, object]]) -> pl.DataFrame:
    """The view over these rows of tables; all other tables are empty."""
    view = read_views(SQL_FOLDER)["event_log"]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for _, name in view.inputs:
            connection.register("_rows", TABLES[name].frame(rows.get(name, [])))
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM _rows")
        return connection.sql(view.statement).pl()


def test_nothing_recorded_is_an_empty_list() -> None:
    assert events().is_empty()


@pytest.mark.parametrize(
    ("operation", "kinds"),
    [("receive", ["data updated"]), ("correct", ["data updated"]), ("delete", ["cache invalidated", "data updated"]),
     ("rollback", ["decision"]), ("match", ["decision"])],
)  # fmt: skip
def test_what_was_done_to_records_is_an_event(operation: str, kinds: list[str]) -> None:
    row = {
        "industry": KEY,
        "logged_at": NOON,
        "actor": "ann",
        "operation": operation,
        "record_id": "doc_1",
        "reason": "so",
    }
    found = events(audit_log=[row])
    assert found["kind"].to_list() == kinds
    assert set(found["actor"]) == {"ann"}


def test_a_table_made_again_of_other_inputs_drops_what_was_there_and_the_first_making_drops_nothing() -> None:
    rows = [
        {"industry": KEY, "source_table": source, "target_table": "commerce.sales", "transformation": "commerce",
         "inputs": inputs, "logged_at": NOON + timedelta(hours=hour)}
        for hour, inputs in enumerate(["a", "a", "b"])
        for source in ("staged.sales_records", "staged.documents")
    ]  # fmt: skip
    found = events(lineage=rows)
    assert found.select("kind", "happened_at", "recorded_in").rows() == [
        ("cache invalidated", NOON + timedelta(hours=2), "lineage")
    ]


def test_models_are_trained_promoted_and_alarm() -> None:
    stage = {
        **VERSION,
        "ordinal": 1,
        "stage": "production",
        "cause": "promoted",
        "reason": "Better.",
        "happened_at": NOON,
    }
    alert = {
        **VERSION, "kind": "drift", "metric": "macro_f1", "old_value": 0.9, "new_value": 0.6, "change_pct": -33.3,
        "severity": "high", "action": "Trained version 2.", "raised_at": NOON,
    }  # fmt: skip
    version = {**VERSION, "number": 1, "reason": "first", "trained_on": 90, "trained_at": NOON}
    found = events(model_versions=[version], model_stages=[stage], drift_alerts=[alert])
    assert found.select("kind", "detail").rows() == [
        ("drift alert", "macro_f1 of review sentiment: 0.600, was 0.900 (-33 %), high. Trained version 2."),
        ("model promoted", "production: Better."),
        ("model trained", "review sentiment version 1 (first), on 90 rows"),
    ]
