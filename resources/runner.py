"""Running the graph from the command line: in this process, on the same Dagster instance that the UI shows."""

import logging
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from market_research import files
from market_research.errors import InvalidInput, RunFailed
from market_research.settings import PROJECT_ROOT
from resources.editions import latest
from resources.workspace import FORCE_TAG, Workspace

PID_TAG = "market_research/pid"
LEFTOVER_SECONDS = 60
CACHE_SECONDS = 7 * 24 * 3600
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Ran:
    """How one industry's run ended."""

    industry: str
    edition_id: str
    unchanged: bool
    run_id: str | None = None


def prepare_dagster_home(workspace: Workspace) -> None:
    """Make the Dagster home under the data home, with the project's ``dagster.yaml``, and point Dagster at it."""
    home = workspace.settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    source, target = PROJECT_ROOT / "dagster.yaml", home / "dagster.yaml"
    if not target.is_file() or target.read_bytes() != source.read_bytes():
        shutil.copyfile(source, target)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["MARKET_RESEARCH_HOME"] = str(workspace.settings.root)


@contextmanager
def instance(workspace: Workspace) -> Iterator[Any]:
    """The Dagster instance of this data home; runs whose process is gone are closed first."""
    import dagster as dg

    prepare_dagster_home(workspace)
    with dg.DagsterInstance.get() as found:
        _close_dead_runs(found)
        yield found


def _close_dead_runs(found: Any) -> None:
    """A killed run stays 'started' for ever and would hold a place in the queue: report it failed."""
    import dagster as dg

    open_states = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.NOT_STARTED]
    for run in found.get_runs(dg.RunsFilter(statuses=open_states)):
        pid = run.tags.get(PID_TAG)
        if pid and not files.is_alive(int(pid)):
            found.report_run_failed(run, "The process of this run ended before it did.")


def run_industries(
    workspace: Workspace,
    industries: Sequence[str],
    *,
    only: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> list[Ran]:
    """Bring industries up to date, one run each; one whose inputs are those of its last edition is left alone.

    Raises:
        InvalidInput: ``only`` selects no asset.
        RunFailed: a run failed; the message names the industry, the step and the reason. The others still ran.
    """
    _tidy(workspace)
    pending = [key for key in industries if only or force or not _up_to_date(workspace, key)]
    failed: list[str] = []
    if pending:
        from market_research.definitions import build_defs

        job = _job(build_defs({"workspace": _resource(workspace)}))
        with instance(workspace) as found:
            found.add_dynamic_partitions("industry", list(industries))
            for key in pending:
                if force:
                    workspace.lake.forget_stamps(key, keep=("industry",))
                tags = {PID_TAG: str(os.getpid()), **({FORCE_TAG: "true"} if force else {})}
                if reason := _run_one(workspace, found, job, key, only, progress, tags):
                    failed.append(reason)
    if failed:
        raise RunFailed(" ".join(failed))
    return [_ran(workspace, key, unchanged=key not in pending) for key in industries]


def _tidy(workspace: Workspace) -> None:
    """Remove what killed runs left half written: nobody reads it, but it takes space."""
    settings = workspace.settings
    for folder in (workspace.lake.root, settings.reports, settings.inbox):
        files.remove_leftovers(folder, older_than=LEFTOVER_SECONDS)
    if workspace.lake.remote:
        workspace.lake.remote.prune(older_than=CACHE_SECONDS)
    workspace.warehouse.remove_leftovers(older_than=LEFTOVER_SECONDS)


def _resource(workspace: Workspace) -> Any:
    from resources.workspace_resource import WorkspaceResource

    return WorkspaceResource(home=str(workspace.settings.root))


def _job(definitions: Any) -> Any:
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    return definitions.resolve_job_def("industry_report")


def _up_to_date(workspace: Workspace, industry: str) -> bool:
    """True if collecting the inbox brings nothing new and the newest edition is of the present inputs and published."""
    from resources.inbox import collect

    workspace.registry.get(industry)
    with workspace.lock(industry):
        collect(workspace.lake, workspace.inbox(industry), industry, max_bytes=workspace.max_bytes)
    return workspace.is_up_to_date(industry)


def _ran(workspace: Workspace, industry: str, *, unchanged: bool) -> Ran:
    newest = latest(workspace.lake, industry)
    return Ran(industry, str(newest["edition_id"]) if newest else "", unchanged)


def _run_one(
    workspace: Workspace,
    found: Any,
    job: Any,
    industry: str,
    only: str | None,
    progress: Progress | None,
    tags: dict[str, str],
) -> str | None:
    """One run; returns None, or why it failed in one sentence."""
    import dagster as dg

    run_id = str(uuid.uuid4())
    selection = _selection(job, only)
    with _watching(found, run_id, industry, len(selection), progress):
        try:
            result = job.execute_in_process(
                instance=found,
                partition_key=industry,
                run_id=run_id,
                raise_on_error=False,
                asset_selection=selection,
                tags=tags,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
        except dg.DagsterError as error:
            return f"{industry}: {error}."
    if result.success:
        return None
    reason = _reason(result)
    if industry in workspace.registry.known():
        workspace.registry.set_status(industry, "failed", reason=reason)
    return f"The run of {industry} failed: {reason} (run {run_id}; `market-research ui` shows its log)."


def _selection(job: Any, only: str | None) -> list[Any]:
    """The assets to make, always by name: automation must see that the run makes them, or it makes them again."""
    import dagster as dg

    if not only:
        return sorted(job.asset_layer.selected_asset_keys)
    try:
        chosen = dg.AssetSelection.from_string(only).required_multi_asset_neighbors()
        keys = chosen.resolve(job.asset_layer.asset_graph)
    except Exception as error:
        raise InvalidInput(f"--only {only!r} is not an asset selection: {error}") from error
    if not keys:
        raise InvalidInput(f"--only {only!r} selects no asset; try 'report' or '+key:\"report\"'.")
    return sorted(keys)


def _reason(result: Any) -> str:
    """Why a run failed. A check that did not pass comes first: the failed step only says that there was one."""
    for check in result.get_asset_check_evaluations():
        if not check.passed:
            failures = check.metadata.get("failures")
            said = f": {' '.join(str(failures.value).split())}" if failures else ""
            return f"the check {check.check_name} of {check.asset_key.to_user_string()} did not pass{said}"
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause or error
            return f"{event.step_key}: {cause.message.strip().splitlines()[0]}"
    return "the log says why"


@contextmanager
def _watching(found: Any, run_id: str, industry: str, total: int, progress: Progress | None) -> Iterator[None]:
    """Report steps to ``progress`` as they start and end."""
    if progress is None:
        yield
        return
    import dagster as dg

    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.3):
            records = found.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
            last = records[-1].asset_key.to_user_string() if records else "starting"
            progress(f"{industry} · {last}", len(records), total)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        progress(industry, total, total)


def serve(workspace: Workspace, *, host: str, port: int) -> int:
    """Run Dagster's web server and daemon on this data home until they are stopped; returns the exit code."""
    import subprocess
    import sys
    from pathlib import Path

    prepare_dagster_home(workspace)
    for folder in (workspace.settings.inbox, workspace.settings.requests):
        folder.mkdir(parents=True, exist_ok=True)
    command = [str(Path(sys.executable).with_name("dg")), "dev", "--host", host, "--port", str(port)]
    # dg warns when the environment that it finds beside the project is not the one marked as active.
    return subprocess.call(command, cwd=PROJECT_ROOT, env={**os.environ, "VIRTUAL_ENV": sys.prefix})
