"""Running connectors for an industry: what they bring becomes raw documents, and how it went becomes rows.

A source that fails stops no other; its earlier documents stay and are called stale. Every run of a source leaves a
row in ``source_runs``; failures without a success between them raise an alert, and the next success resolves it.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl

from market_research.cleaning import titles
from market_research.cleaning.schema import ALERTS, DOCUMENTS, SOURCE_RUNS
from market_research.connectors.base import Answer, Ask, Connector, Context, Fetcher, FetchFailed
from market_research.connectors.declared import DECLARED_KINDS, volatile_of
from market_research.connectors.versions import significant
from market_research.errors import MarketResearchError
from market_research.ids import content_id
from market_research.industries import ResearchRequest
from resources.lake import Lake
from resources.staleness import SOURCES
from resources.workspace import Workspace

FETCHED = "fetched"
LAYER = SOURCES
ALERT_AFTER = 3
RUNS_KEPT = 400
# More would not be faster: each source waits for its own rate limit.
PARALLEL = 6


@dataclass(frozen=True)
class Problem:
    """A question that got no fresh answer, and why."""

    path: str
    url: str
    reason: str
    message: str


@dataclass
class SourceRun:
    """How one run of one source went. ``stale`` counts questions answered by an earlier copy."""

    industry: str
    source: str
    asked: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    problems: list[Problem] = field(default_factory=list)
    skipped: str | None = None

    @property
    def fresh(self) -> int:
        return self.new + self.changed + self.unchanged

    @property
    def status(self) -> str:
        """ok, partial (some questions were not answered), failed (none was), idle (none to ask), or skipped."""
        if self.skipped:
            return "skipped"
        if not self.problems:
            return "ok" if self.asked else "idle"
        return "partial" if self.fresh else "failed"

    @property
    def reason(self) -> str | None:
        """Why it is not ok, in one sentence."""
        if self.skipped or not self.problems:
            return self.skipped
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        return self.problems[0].message + more


def collect_source(
    workspace: Workspace,
    industry: str,
    connector: Connector,
    fetcher: Fetcher,
    *,
    now: datetime | None = None,
    progress: Callable[[str], None] | None = None,
) -> SourceRun:
    """Put a connector's questions for an industry and store the answers as parts of ``fetched/documents``.

    An answer that differs from the last one in nothing that means anything is no new version. What was answered
    before a failure is kept.
    """
    started = datetime.now(UTC)
    run = SourceRun(industry, connector.name)
    missing = [name for name in connector.needs if not os.environ.get(name)]
    if missing:
        run.skipped = f"{connector.title} needs {' and '.join(missing)} in the environment"
    else:
        request = workspace.registry.get(industry)
        store = _Answers(workspace.lake, request, connector, now or started)
        context = Context(fetcher, (now or started).date(), store.held, _variables(workspace, connector))
        asks = _asks(connector, request, run)
        run.asked = len(asks)
        try:
            for ask in asks:
                if progress:
                    progress(f"{connector.name}: {ask.title}")
                _put(ask, connector, context, store, run)
        finally:
            store.save()
    _record(workspace.lake, run, started, now or datetime.now(UTC))
    return run


def collect_sources(
    workspace: Workspace,
    industry: str,
    chosen: Iterable[Connector],
    fetcher: Fetcher,
    *,
    progress: Callable[[str], None] | None = None,
) -> Iterator[SourceRun]:
    """Run several connectors side by side; yields each as it ends."""
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="source") as pool:
        waiting = [
            pool.submit(collect_source, workspace, industry, connector, fetcher, progress=progress)
            for connector in chosen
        ]
        for done in as_completed(waiting):
            yield done.result()


def _asks(connector: Connector, request: ResearchRequest, run: SourceRun) -> Sequence[Ask]:
    """The connector's questions; a request that it stumbles over is its problem, not that of the others."""
    try:
        return connector.asks(request)
    except Exception as error:  # noqa: BLE001  # requests are written by strangers, too
        message = f"{connector.title} cannot make questions of the request ({type(error).__name__}: {error})"
        run.problems.append(Problem("", "", "broken", message))
        return ()


def _put(ask: Ask, connector: Connector, context: Context, store: "_Answers", run: SourceRun) -> None:
    """One question with all its answers. What the source does wrong is a problem of this question alone; what goes
    wrong with the lake (a full disk) ends the run, for it is not the source's doing."""
    for answer in _answers(ask, connector, context, run):
        kept = store.keep(answer)
        if answer.stale:
            run.stale += 1
            run.problems.append(Problem(answer.path, answer.url, "stale", answer.problem or "an earlier copy"))
        else:
            setattr(run, kept, getattr(run, kept) + 1)


def _answers(ask: Ask, connector: Connector, context: Context, run: SourceRun) -> Iterator[Answer]:
    """What the connector gives until something goes wrong."""
    fetched = connector.fetch(ask, context)
    try:
        while (answer := next(fetched, None)) is not None:
            yield answer
    except FetchFailed as error:
        run.problems.append(Problem(ask.path, error.url, error.reason, str(error)))
    except MarketResearchError as error:
        run.problems.append(Problem(ask.path, ask.url, "broken", str(error)))
    except Exception as error:  # noqa: BLE001  # a connector meets whatever a stranger sends; the others go on
        run.problems.append(Problem(ask.path, ask.url, "broken", f"{ask.url}: {type(error).__name__}: {error}"))


def _variables(workspace: Workspace, connector: Connector) -> Callable[[str], str | None]:
    """What a connector may read of the environment: a request names its own variables, but only those that are allowed.

    Otherwise whoever writes a request could have any secret of this process sent to an address of theirs.
    """
    allowed = workspace.settings.source_variables

    def read(name: str) -> str | None:
        if connector.name in DECLARED_KINDS and name not in allowed:
            raise FetchFailed(
                connector.title, "denied", f"the request names the variable {name}, which sources may not read; if it "
                "may be read, add it to MARKET_RESEARCH_SOURCE_VARIABLES",
            )  # fmt: skip
        return os.environ.get(name)

    return read


class _Answers:
    """The documents that a source has given an industry, by path."""

    def __init__(self, lake: Lake, request: ResearchRequest, connector: Connector, now: datetime) -> None:
        self.lake, self.request, self.connector, self.now = lake, request, connector, now
        self.industry = request.industry
        held = lake.read(FETCHED, DOCUMENTS, self.industry, part=connector.name)
        self.rows: dict[str, dict[str, Any]] = {row["path"]: row for row in held.iter_rows(named=True)}
        self.touched = False

    def path(self, name: str) -> str:
        return f"{FETCHED}/{self.connector.name}/{name}"

    def held(self, name: str) -> bool:
        return self.path(name) in self.rows

    def keep(self, answer: Answer) -> str:
        """Store an answer unless it is what is there; returns new, changed or unchanged."""
        path = self.path(answer.path)
        before = self.rows.get(path)
        if before is not None and (answer.stale or self._same(before["sha256"], answer)):
            return "unchanged"
        sha256 = self.lake.put_raw(answer.content)
        self.rows[path] = {
            "document_id": f"doc_{sha256[:16]}",
            "industry": self.industry,
            "source": self.connector.name,
            "kind": "",
            "uri": answer.url,
            "path": path,
            "media_type": answer.media_type,
            "title": titles.clean(answer.title),
            "publisher": self.connector.publisher,
            "published_at": answer.published_at,
            "retrieved_at": self.now,
            "size_bytes": len(answer.content),
            "sha256": sha256,
            "licence": self.connector.licence,
        }
        self.touched = True
        return "new" if before is None else "changed"

    def _same(self, sha256: str, answer: Answer) -> bool:
        if hashlib.sha256(answer.content).hexdigest() == sha256:
            return True
        if not self.lake.has_raw(sha256):
            return False  # deleted by hand: another answer is a new version, the same one stays out
        content = self.lake.get_raw(sha256)
        volatile = (*self.connector.volatile, *volatile_of(self.request, self.connector.name, answer.path))
        return significant(content, answer.media_type, volatile) == significant(
            answer.content, answer.media_type, volatile
        )

    def save(self) -> None:
        if self.touched:
            frame = DOCUMENTS.frame(self.rows[path] for path in sorted(self.rows))
            self.lake.write(FETCHED, DOCUMENTS.name, self.industry, frame, part=self.connector.name)


def _record(lake: Lake, run: SourceRun, started: datetime, ended: datetime) -> None:
    """Add the run's row, and raise or resolve the source's alert."""
    row = {
        "source_run_id": content_id("srun", run.industry, run.source, started.isoformat()),
        "industry": run.industry,
        "source": run.source,
        "status": run.status,
        "reason": run.reason,
        "asked": run.asked,
        "new": run.new,
        "changed": run.changed,
        "unchanged": run.unchanged,
        "stale": run.stale,
        "failed": len(run.problems) - run.stale,
        "started_at": started,
        "ended_at": ended,
    }
    before = lake.read(LAYER, SOURCE_RUNS, run.industry, part=run.source)
    runs = pl.concat([before, SOURCE_RUNS.frame([row])]).sort("started_at").tail(RUNS_KEPT)
    lake.write(LAYER, SOURCE_RUNS.name, run.industry, runs, part=run.source)
    earlier = lake.read(LAYER, ALERTS, run.industry, part=run.source)
    now = alerts(earlier, runs, run.industry, run.source)
    if not now.equals(earlier):
        lake.write(LAYER, ALERTS.name, run.industry, now, part=run.source)


def failures_in_a_row(runs: pl.DataFrame) -> pl.DataFrame:
    """The newest rows of ``SOURCE_RUNS`` (one source, by time) back to the last that did not fail."""
    asked = runs.filter(~pl.col("status").is_in(["idle", "skipped"]))
    good = asked.with_row_index().filter(pl.col("status") != "failed")
    return asked.slice(int(good["index"][-1]) + 1) if good.height else asked


def alerts(earlier: pl.DataFrame, runs: pl.DataFrame, industry: str, source: str) -> pl.DataFrame:
    """A source's alerts after its newest run: one is raised at the third failure in a row, and resolved by a success.

    Args:
        earlier: rows of ``ALERTS`` of this source.
        runs: its rows of ``SOURCE_RUNS``, by time.
    """
    failed = failures_in_a_row(runs)
    still_open = earlier.filter(pl.col("resolved_at").is_null())
    if failed.is_empty():
        return earlier.with_columns(pl.col("resolved_at").fill_null(runs["ended_at"][-1])) if runs.height else earlier
    if failed.height < ALERT_AFTER or still_open.height:
        return earlier
    newest = failed.row(-1, named=True)
    row = {
        "alert_id": content_id("alert", industry, source, failed["source_run_id"][0]),
        "industry": industry,
        "kind": "source_failing",
        "subject": source,
        "severity": "warning",
        "message": f"{source} has failed {failed.height} times in a row: {newest['reason']}",
        "raised_at": newest["ended_at"],
        "resolved_at": None,
    }
    return pl.concat([earlier, ALERTS.frame([row])])
