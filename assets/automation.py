"""When things happen by themselves: sensors for files and requests, a schedule for refresh, automation downstream."""

import hashlib
from collections.abc import Iterator

import dagster as dg

from assets.connectors import GROUP
from assets.sources import raw_documents
from assets.step import INDUSTRIES
from market_research import settings as configuration
from market_research.errors import InvalidInput
from market_research.industries import KEY_PATTERN
from resources.inbox import collected_signature, signature
from resources.sample import accept_request
from resources.workspace import Workspace
from resources.workspace_resource import WorkspaceResource

SETTINGS = configuration.load()

industry_job = dg.define_asset_job(
    "industry_report",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups(GROUP),
    description="Everything for one industry, from what has been received to the finished report; asks no source.",
)


def changed_folders(space: Workspace, known: dict[str, str]) -> dict[str, str]:
    """Industries whose inbox folder differs from what is known, with the signature that it has now.

    A folder that does not exist or cannot be listed is left out: a failed look is not an empty inbox.
    """
    found: dict[str, str] = {}
    if not space.settings.inbox.is_dir():
        return found
    for folder in sorted(space.settings.inbox.iterdir()):
        if not folder.is_dir() or not KEY_PATTERN.match(folder.name):
            continue
        now = signature(folder, max_bytes=space.max_bytes)
        if now != known.get(folder.name) and any(folder.iterdir()):
            found[folder.name] = now
    return found


def ingest_run(industry: str, run_key: str) -> dg.RunRequest:
    """Collect an industry's inbox; what lies downstream follows by its automation conditions."""
    return dg.RunRequest(run_key=run_key, partition_key=industry, asset_selection=[raw_documents.key])


@dg.sensor(
    target=[raw_documents],
    minimum_interval_seconds=SETTINGS.sensor_seconds,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Watches the inbox: a new or changed file leads to a new edition of its industry.",
)
def inbox_sensor(context: dg.SensorEvaluationContext, workspace: WorkspaceResource) -> dg.SensorResult:
    space = workspace.workspace()
    known = _cursor(context.cursor)
    changed = changed_folders(space, known)
    for industry in changed:
        space.registry.ensure(industry)
    waiting = {industry: state for industry, state in changed.items() if not _is_done(space, industry, state)}
    present = set(context.instance.get_dynamic_partitions(INDUSTRIES.name or "industry"))
    new = sorted(set(changed) - present)
    return dg.SensorResult(
        run_requests=[ingest_run(industry, f"inbox:{industry}:{state}") for industry, state in waiting.items()],
        dynamic_partitions_requests=[INDUSTRIES.build_add_request(new)] if new else [],
        cursor=_to_cursor({**known, **changed}),
    )


@dg.sensor(
    target=[raw_documents],
    minimum_interval_seconds=SETTINGS.sensor_seconds,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Watches requests/*.yaml: each new or changed request becomes an industry and a report.",
)
def request_sensor(context: dg.SensorEvaluationContext, workspace: WorkspaceResource) -> dg.SensorResult:
    space = workspace.workspace()
    known = _cursor(context.cursor)
    found = dict(known)
    runs, partitions = [], []
    for path in sorted(space.settings.requests.glob("*.yaml")):
        state = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        if known.get(path.name) == state:
            continue
        found[path.name] = state
        try:
            request = accept_request(space, path, within=space.settings.requests)
        except InvalidInput as error:
            context.log.error(str(error))
            continue
        partitions.append(request.industry)
        if space.is_up_to_date(request.industry):
            continue  # accepted and answered from the command line
        if _has_news(space, request.industry):
            continue  # the inbox's sensor asks for the run, which then answers the request as well
        runs.append(ingest_run(request.industry, f"request:{path.name}:{state}"))
    new = sorted(set(partitions) - set(context.instance.get_dynamic_partitions(INDUSTRIES.name or "industry")))
    return dg.SensorResult(
        run_requests=runs,
        dynamic_partitions_requests=[INDUSTRIES.build_add_request(new)] if new else [],
        cursor=_to_cursor(found),
    )


@dg.schedule(
    target=industry_job,
    cron_schedule=SETTINGS.refresh_cron,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Refreshes every industry by the clock.",
)
def refresh(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    # All assets by name: automation must see that the run makes them, or it makes them again.
    graph = context.repository_def.asset_graph if context.repository_def else None
    everything = sorted(industry_job.selection.resolve(graph)) if graph else None
    for industry in context.instance.get_dynamic_partitions(INDUSTRIES.name or "industry"):
        yield dg.RunRequest(
            run_key=f"{industry}:{context.scheduled_execution_time:%Y-%m-%dT%H}",
            partition_key=industry,
            asset_selection=everything,
        )


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks the request of a failed run as failed, with the reason.",
)
def request_failure(context: dg.RunFailureSensorContext, workspace: WorkspaceResource) -> None:
    industry = context.dagster_run.tags.get("dagster/partition")
    space = workspace.workspace()
    if industry in space.registry.known():
        space.registry.set_status(industry, "failed", reason=context.failure_event.message)


def _has_news(space: Workspace, industry: str) -> bool:
    """True if the inbox holds what has not been collected."""
    folder = space.inbox(industry)
    if not folder.is_dir() or not any(folder.iterdir()):
        return False
    return collected_signature(space.lake, industry) != signature(folder, max_bytes=space.max_bytes)


def _is_done(space: Workspace, industry: str, state: str) -> bool:
    """True if a run from the command line has already made an edition of what the inbox holds now."""
    return collected_signature(space.lake, industry) == state and space.is_up_to_date(industry)


def _cursor(text: str | None) -> dict[str, str]:
    """Name to state, from the cursor's ``name=state`` lines."""
    return dict(line.rpartition("=")[::2] for line in (text or "").splitlines())


def _to_cursor(states: dict[str, str]) -> str:
    return "\n".join(f"{name}={state}" for name, state in sorted(states.items()))


downstream_automation = dg.AutomationConditionSensorDefinition(
    "downstream_automation",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=SETTINGS.sensor_seconds,
    use_user_code_server=True,  # a condition of our own is evaluated where our code is
    description="Brings everything downstream of a new document up to date, once the blocking checks have passed.",
)
SENSORS = [inbox_sensor, request_sensor, request_failure, downstream_automation]
SCHEDULES = [refresh]
JOBS = [industry_job]
