"""Trained models in the graph: looked at by the clock where they are due, and a check that warns of drift once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets.models import CHECK, evaluate_models, model_evaluations
from market_research.cleaning.schema import MODEL_EVALUATIONS
from market_research.commerce.registry import stages
from market_research.definitions import build_defs
from market_research.industries import ResearchRequest
from resources import model_predictions
from resources import model_registry as registry
from resources.model_registry import Scope, Trained
from resources.workspace_resource import WorkspaceResource

pytestmark = pytest.mark.filterwarnings("ignore::dagster.PreviewWarning", "ignore::dagster.BetaWarning")
KEY, NONE = "kitchen", "timber"


class Graph:
    """The real definitions on a home with one industry that has a model, and one that has none."""

    def __init__(self, root: Path) -> None:
        self.resource = WorkspaceResource(home=str(root))
        self.space = self.resource.workspace()
        self.defs = build_defs({"workspace": self.resource})
        (root / "dagster").mkdir()
        self.instance = dg.DagsterInstance.local_temp(str(root / "dagster"))
        for industry in (KEY, NONE):
            self.space.registry.add(ResearchRequest(industry=industry))
            self.instance.add_dynamic_partitions("industry", [industry])
        self.scope = Scope(self.space.lake, KEY, "default", "review sentiment")
        self.trained_at = datetime.now(UTC) - timedelta(days=30)
        made = Trained(
            "one", "{}", "0" * 64, "c", 90, "first", self.trained_at.date(), {"macro_f1": (0.9, 90)}, "held out"
        )
        self.version = registry.register(self.scope, made, parent=None, now=self.trained_at)
        steps = stages.trained(self.scope.events, self.version, stages.Decision(True, "First."))
        registry.record(self.scope, steps, by_hand=False, now=self.trained_at)

    def predict(self, said: str, right: str, first: int, rows: int) -> None:
        """Note so many predictions, all of one class, as if made before the stars were learnt from."""
        day = self.trained_at.date()
        frame = pl.DataFrame({"subject_id": [f"rev_{number:016x}" for number in range(first, first + rows)]})
        model_predictions.add(
            self.scope,
            frame.with_columns(
                version_id=pl.lit(self.version), kind=pl.lit("live"), served=pl.lit(value=True), made_on=pl.lit(day),
                for_date=pl.lit(day), predicted=pl.lit(0.0), predicted_class=pl.lit(said), confidence=pl.lit(0.5),
                actual=pl.lit(5.0), actual_class=pl.lit(right), actual_at=pl.lit(day),
            ),
        )  # fmt: skip

    def look(self, industry: str = KEY) -> tuple[bool, dict[str, object], dict[str, object]]:
        """Make the asset: whether the check passed, its metadata and the asset's."""
        result = self.defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance, partition_key=industry, asset_selection=[model_evaluations.key]
        )
        (check,) = result.get_asset_check_evaluations()
        assert (check.check_name, check.severity.value) == (CHECK, "WARN")
        (made,) = result.asset_materializations_for_node("model_evaluations")
        values = [{name: item.value for name, item in one.metadata.items()} for one in (check, made)]
        return check.passed, values[0], values[1]

    def asked(self) -> list[str]:
        """Industries that the schedule asks for now."""
        with dg.build_schedule_context(
            instance=self.instance, scheduled_execution_time=datetime.now(UTC), resources={"workspace": self.resource}
        ) as context:
            return [str(request.partition_key) for request in evaluate_models(context)]  # type: ignore[union-attr]


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    return Graph(tmp_path)


def test_the_clock_asks_only_for_industries_whose_models_are_due(graph: Graph) -> None:
    assert graph.asked() == [KEY]
    graph.predict("positive", "positive", 0, 40)
    passed, _, shown = graph.look()
    assert passed
    assert shown["review sentiment (default): version"] == 1
    assert shown["review sentiment (default): macro_f1 at promotion"] == 0.9
    assert shown["review sentiment (default): macro_f1 lately"] == 1.0
    assert registry.rows(graph.space.lake, MODEL_EVALUATIONS, KEY)["trigger"].to_list() == ["schedule"]
    assert graph.asked() == []
    assert graph.look()[2]["unchanged"]


def test_drift_is_a_warning_as_long_as_the_version_is_in_use(graph: Graph) -> None:
    graph.predict("negative", "positive", 0, 40)
    passed, shown, _ = graph.look()
    assert not passed
    assert shown["worst_change_pct"] == 100
    assert "nothing new has come to learn from" in str(shown["open"])
    assert shown["review sentiment (default), version 1: macro_f1"] == (
        "0.9 to 0 (-100.0 %). Not trained again: nothing new has come to learn from."
    )
    assert not graph.look()[0]
    made = Trained(
        "two", "[]", "1" * 64, "c", 90, "drift", graph.trained_at.date(), {"macro_f1": (0.9, 90)}, "held out"
    )
    better = registry.register(graph.scope, made, parent=graph.version, now=graph.trained_at)
    steps = stages.trained(graph.scope.events, better, stages.Decision(True, "Better."))
    registry.record(graph.scope, steps, by_hand=False, now=graph.trained_at)
    assert graph.look()[0]


def test_the_page_of_the_asset_tells_alerts_stages_and_looks_as_tables(graph: Graph) -> None:
    graph.predict("negative", "positive", 0, 40)
    _, _, shown = graph.look()
    assert "| review sentiment | 1 | drift | macro\\_f1 | 0\\.9 | 0 | critical | Not trained again" in str(
        shown["alerts"]
    )
    assert str(shown["stages"]).splitlines()[2].split(" | ")[1:5] == ["review sentiment", "1", "production", "promoted"]
    assert "None" not in str(shown)


def test_a_version_that_was_found_steady_since_its_alert_is_warned_of_no_more(graph: Graph) -> None:
    graph.predict("negative", "positive", 0, 40)
    assert not graph.look()[0]
    row = registry.rows(graph.space.lake, MODEL_EVALUATIONS, KEY).row(-1, named=True)
    later = {**row, "evaluation_id": "eval_0123456789abcdef", "verdict": "steady"}
    registry.add(graph.space.lake, MODEL_EVALUATIONS, KEY, [later])
    assert graph.look()[0]


def test_an_industry_without_models_has_nothing_to_look_at_and_passes(graph: Graph) -> None:
    passed, _, shown = graph.look(NONE)
    assert passed
    assert shown["dagster/row_count"] == 0
    assert "models" not in {layer for layer, _ in graph.space.lake.tables(NONE)}
