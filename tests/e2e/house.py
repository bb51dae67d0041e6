"""A data home of its own for one test: filled from the bundled sample, driven as a person or a program would."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pytest
import yaml

from market_research.industries import Company, ResearchRequest, parse_request
from market_research.settings import PROJECT_ROOT, SAMPLE_FOLDER, Settings
from resources.runner import Ran, run_industries
from resources.workspace import Workspace

FORMATS = ("json", "md", "html", "pdf", "docx")
SAMPLE = SAMPLE_FOLDER / "streaming_cloud"
# Small, yet with every kind of thing in it: yearly figures, filed statements, texts, adoption series.
FILES = ("annual_results.csv", "company_facts/NFLX.json", "briefs.rss", "technology_adoption.csv")
T = TypeVar("T")

COMPANIES = {"Alder": 4_000, "Birch": 2_500, "Cedar": 1_200, "Dogwood": 800}
FEED = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Timber notes</title>
<item><title>Alder opens a mill</title><pubDate>Mon, 03 Mar 2025 08:00:00 GMT</pubDate><guid>n1</guid>
<description>Alder opened its third mill and said that demand for cross-laminated timber is rising.</description></item>
<item><title>Birch names its rivals</title><pubDate>Tue, 04 Mar 2025 08:00:00 GMT</pubDate><guid>n2</guid>
<description>Birch named Alder and Cedar as its main competitors and warned of higher log prices.</description></item>
</channel></rss>
"""


def results(extra: int = 0) -> str:
    """A small market's yearly results; another ``extra`` gives other figures."""
    lines = ["company,fiscal_year,revenue ($ millions),profit ($ millions)"]
    for company, revenue in COMPANIES.items():
        for year in range(2021, 2025):
            sold = revenue + (year - 2021) * revenue // 10 + extra
            lines.append(f"{company},{year},{sold},{sold // 12}")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class House:
    """One data home."""

    root: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(Settings(home=self.root))

    def env(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a process that works on this home with this checkout's code."""
        return {**os.environ, "MARKET_RESEARCH_HOME": str(self.root), "PYTHONPATH": str(PROJECT_ROOT), **(extra or {})}

    def cli(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path = PROJECT_ROOT, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; with ``check`` it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "market_research.cli", *map(str, arguments)],
            env=self.env(env), cwd=cwd, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done

    def start(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, log: Path | None = None
    ) -> subprocess.Popen[str]:
        """Start a command in a process group of its own and do not wait for it; it prints to ``log`` or a pipe."""
        with log.open("w") if log else nullcontext(subprocess.PIPE) as output:
            return subprocess.Popen(
                [sys.executable, "-m", "market_research.cli", *map(str, arguments)],
                env=self.env(env), cwd=PROJECT_ROOT, text=True, start_new_session=True,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def run(self, *industries: str, only: str | None = None, force: bool = False) -> list[Ran]:
        """Run industries in this process, whose imports are paid for."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DAGSTER_HOME", "")
            patch.setenv("MARKET_RESEARCH_HOME", "")
            return run_industries(self.workspace, industries, only=only, force=force)

    def put(self, industry: str, *names: str, folder: Path = SAMPLE) -> None:
        """Copy files of the sample into an industry's inbox, with the sidecar's entries for them."""
        inbox = self.root / "inbox" / industry
        hints = yaml.safe_load((folder / "sources.yaml").read_text("utf-8"))
        sidecar = inbox / "sources.yaml"
        known = yaml.safe_load(sidecar.read_text("utf-8")) if sidecar.is_file() else {}
        for name in names:
            target = inbox / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, target)
            known |= {name: hints[name]} if name in hints else {}
        sidecar.write_text(yaml.safe_dump(known), "utf-8")

    def write(self, industry: str, name: str, content: str | bytes) -> Path:
        """Put a file into an industry's inbox."""
        target = self.root / "inbox" / industry / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def put_little(self, industry: str, *, extra: int = 0) -> None:
        """A market of four companies and two news items: quick to report on."""
        self.ask(industry)
        self.write(industry, "results.csv", results(extra))
        self.write(industry, "news.rss", FEED)

    def ask(self, industry: str, *, title: str = "Timber") -> None:
        """Request a report on the little market."""
        companies = tuple(Company(name=name) for name in COMPANIES)
        self.workspace.registry.add(ResearchRequest(industry=industry, title=title, companies=companies))

    def define(self, industry: str, *, source: Path = SAMPLE / "request.yaml") -> None:
        """Register an industry with the definition of one of the sample's."""
        values = yaml.safe_load(source.read_text("utf-8")) | {"industry": industry}
        self.workspace.registry.add(parse_request(yaml.safe_dump(values)))

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows from the warehouse, on a connection of its own."""
        with duckdb.connect(str(self.root / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def newest(self, industry: str) -> str:
        """Id of the newest edition that the warehouse shows."""
        rows = self.query("SELECT edition_id FROM editions WHERE industry = ? ORDER BY created_at DESC", [industry])
        return str(rows[0][0]) if rows else ""

    def report(self, industry: str) -> dict[str, bytes]:
        """The newest edition's bytes by format."""
        folder = self.root / "reports" / industry / self.newest(industry)
        paths = [folder / f"report.{name}" for name in FORMATS]
        return {path.suffix[1:]: path.read_bytes() for path in paths if path.is_file()}


def same_bytes(left: Mapping[str, bytes], right: Mapping[str, bytes]) -> list[str]:
    """Formats that differ; compared one by one so that a failure does not print whole reports."""
    return [name for name in FORMATS if left.get(name) != right.get(name)]


def wait_for(what: Callable[[], T], *, seconds: float, every: float = 0.2) -> T:
    """Ask until the answer is true; fails when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:g} s in vain")
        time.sleep(every)
    return answer
