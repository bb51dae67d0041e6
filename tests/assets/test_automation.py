"""What follows by itself after a change, and what does not: the daemon's decisions, without the daemon."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.conditions import DOWNSTREAM

PARTS = dg.DynamicPartitionsDefinition(name="industry")


@dg.asset(partitions_def=PARTS)
def source() -> None:
    """Comes from outside."""


@dg.asset(
    partitions_def=PARTS,
    deps=[source],
    automation_condition=DOWNSTREAM,
    check_specs=[dg.AssetCheckSpec("rules", asset="table", blocking=True, partitions_def=PARTS)],
)
def table(context: dg.AssetExecutionContext) -> Iterable[Any]:
    """Breaks its rule for the industry called bad."""
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(passed=context.partition_key != "bad")


@dg.asset(partitions_def=PARTS, deps=[table], automation_condition=DOWNSTREAM)
def report() -> None:
    """Must not be made of bad rows."""


pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning", "ignore::dagster.BetaWarning"),
    pytest.mark.usefixtures("light_reports"),
]
GRAPH = dg.Definitions(assets=[source, table, report])


class Daemon:
    """Looks at an instance as the automation daemon does, one tick after another."""

    def __init__(self) -> None:
        self.instance = dg.DagsterInstance.ephemeral()
        self.instance.add_dynamic_partitions("industry", ["one", "two", "bad"])
        self.cursor: Any = None
        self.tick()

    def tick(self) -> set[tuple[str, str]]:
        """Assets and partitions that this tick asks for."""
        result = dg.evaluate_automation_conditions(defs=GRAPH, instance=self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        keys = [source.key, table.key, report.key]
        return {
            (key.to_user_string(), part)
            for key in keys
            for part in result.get_requested_partitions(key)
            if part is not None
        }

    def run(self, partition: str, *assets: dg.AssetsDefinition) -> bool:
        job = GRAPH.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(
            instance=self.instance, partition_key=partition, raise_on_error=False,
            asset_selection=[asset.key for asset in assets],
        ).success  # fmt: skip


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


def test_a_new_document_leads_to_one_run_of_everything_below_it(daemon: Daemon) -> None:
    daemon.run("one", source)
    assert daemon.tick() == {("table", "one"), ("report", "one")}
    daemon.run("one", table, report)
    assert [daemon.tick() for _ in range(3)] == [set(), set(), set()]


def test_runs_of_two_industries_between_two_looks_lead_to_nothing_more(daemon: Daemon) -> None:
    for partition in ("one", "two"):
        daemon.run(partition, source, table, report)
    assert [daemon.tick() for _ in range(3)] == [set(), set(), set()]
    for partition in ("two", "one"):
        daemon.run(partition, source, table)
    assert daemon.tick() == {("report", "one"), ("report", "two")}


def test_what_breaks_a_rule_stops_what_lies_below_for_its_industry_alone(daemon: Daemon) -> None:
    assert not daemon.run("bad", source, table, report)
    assert not daemon.instance.fetch_materializations(report.key, limit=1).records
    daemon.run("one", source, table)
    daemon.run("bad", source, table)
    assert daemon.tick() == {("report", "one")}
    assert daemon.tick() == set()


def test_a_staged_table_that_breaks_its_rules_stops_the_report(tmp_path: Path, models_folder: Path) -> None:
    """The real graph: a parser that hands on a row without an entity fails the check, and nothing below is made."""
    import polars as pl

    from market_research.errors import RunFailed
    from market_research.settings import Settings
    from resources.runner import run_industries
    from resources.workspace import Workspace

    (tmp_path / "models").symlink_to(models_folder)
    space = Workspace(Settings(home=tmp_path))
    space.registry.ensure("wood")
    inbox = space.inbox("wood")
    inbox.mkdir(parents=True)
    (inbox / "results.csv").write_text("company,fiscal_year,revenue ($ millions)\nAlder,2024,10\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", "")
        patch.setenv("MARKET_RESEARCH_HOME", "")
        run_industries(space, ["wood"], only='key:"raw_documents" or key:"staged/facts"')
        (path,) = (path for path in space.lake.parts("staged", "facts", "wood") if pl.read_parquet(path).height)
        pl.read_parquet(path).with_columns(pl.lit("no id").alias("fact_id")).write_parquet(path)
        with pytest.raises(RunFailed, match=r"the check schema_and_rules of staged/facts did not pass: .*fact_id"):
            run_industries(space, ["wood"])
    assert not space.lake.parts("clean", "facts", "wood")
    assert not space.lake.parts("editions", "editions", "wood")
    assert not space.settings.warehouse.exists()
    assert space.registry.requests("wood")["status"].to_list() == ["failed"]
