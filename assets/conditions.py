"""When an asset follows its dependencies by itself."""

import dagster as dg
from dagster import AssetKey


class MadeBySameRun(dg.AutomationCondition[AssetKey]):
    """True for partitions of a dependency whose latest run makes the dependent asset as well.

    Dagster's ``executed_with_root_target`` asks this of the partition that was materialised last only. When two
    industries run side by side, the other's assets would seem to be behind, and be made once more for nothing.
    """

    @property
    def name(self) -> str:
        return "made_by_same_run"

    def evaluate(self, context: dg.AutomationContext[AssetKey]) -> dg.AutomationResult[AssetKey]:
        view = context.asset_graph_view
        target = context.root_context.key
        together = set()
        for item in context.candidate_subset.expensively_compute_asset_partitions():
            records = view.instance.fetch_materializations(
                dg.AssetRecordsFilter(
                    context.key, asset_partitions=[item.partition_key] if item.partition_key else None
                ),
                limit=1,
            ).records
            run = view.instance.get_run_by_id(records[0].run_id) if records else None
            if run is not None and target in (run.asset_selection or ()):
                together.add(item)
        subset = view.get_asset_subset_from_asset_partitions(context.key, together)
        return dg.AutomationResult(context, true_subset=subset)


EAGER = dg.AutomationCondition.eager().replace("executed_with_root_target", MadeBySameRun())
DOWNSTREAM = EAGER & dg.AutomationCondition.all_deps_blocking_checks_passed()
# Sources come by their own clocks, some never: what one of them brought is taken in without waiting for the others,
# and an answer that brought nothing new starts nothing.
AFTER_SOURCES = (
    dg.AutomationCondition.any_deps_match(dg.AutomationCondition.data_version_changed()).since_last_handled()
    & ~dg.AutomationCondition.in_progress()
)
