"""The command line: help that teaches, errors in one sentence, output that other programs can read."""

import errno
import io
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from typer.main import get_command

from market_research.cli import app, full_disk
from market_research.settings import PROJECT_ROOT

pytestmark = pytest.mark.usefixtures("light_reports")


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run one command as a user would, on a data home of its own."""
    variables = {**os.environ, "MARKET_RESEARCH_HOME": str(home), "COLUMNS": "200", **environment}
    return subprocess.run(
        [sys.executable, "-m", "market_research.cli", *arguments],
        cwd=PROJECT_ROOT, env=variables, capture_output=True, check=False,
    )  # fmt: skip


def commands() -> list[tuple[str, str]]:
    listed = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        if inner:
            listed += [(f"{name} {sub}", below.help or "") for sub, below in inner.items()]
        else:
            listed.append((name, command.help or ""))
    return listed


@pytest.mark.parametrize(("name", "text"), commands())
def test_every_command_shows_an_example(name: str, text: str) -> None:
    assert "Example" in text
    assert f"market-research {name}" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run",), "no industry yet"),
        (("run", "--industry", "nope"), "industry add nope"),
        (("sql", "SELECT 1"), "market-research run"),
        (("trace", "nonsense"), "claim_"),
        (("ingest", "no-such-file.csv", "--industry", "chips"), "does not exist"),
        (("ingest", "README.md", "--industry", "../up"), "industry key"),
        (("industry", "add", "Not A Key"), "lower-case"),
        (("industry", "remove", "nope"), "nope"),
        (("request", "pyproject.toml"), "pyproject.toml"),
        (("report", "show", "nope"), "market-research run"),
        (("swot", "Intel", "--industry", "nope"), "industry add nope"),
        (("swot", "Intel", "--industry", "nope", "--modify", "Shorter."), "--component"),
    ],
)
def test_errors_are_one_sentence_that_says_what_to_do(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 1
    message = done.stderr.decode()
    assert says in message
    assert "Traceback" not in message
    assert len(message.strip().splitlines()) == 1


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, "run", "--industry", "nope", "--debug")
    assert done.returncode != 0
    assert b"Traceback" in done.stderr


def test_an_error_of_a_full_disk_says_what_to_do() -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as of_sqlite:
            database.execute("CREATE TABLE too_much (text TEXT)")
    assert "free some space" in full_disk(of_sqlite.value)
    assert "free some space" in full_disk(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert full_disk(OSError(errno.EACCES, os.strerror(errno.EACCES))) == ""


def test_industries_are_added_listed_and_removed(tmp_path: Path) -> None:
    assert run(tmp_path, "industry", "add", "chips", "--title", "Chips", "--company", "Intel").returncode == 0
    assert b"chips" in run(tmp_path, "industry", "list").stdout
    assert run(tmp_path, "industry", "remove", "chips").returncode == 0
    assert b"chips" not in run(tmp_path, "industry", "list").stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Path:
    """A home with one small industry, made by the commands that a user types."""
    folder = tmp_path_factory.mktemp("cli")
    data, made = folder / "inputs", folder / "home"
    data.mkdir()
    made.mkdir()
    (made / "models").symlink_to(models_folder)
    sample = PROJECT_ROOT / "sample" / "retail" / "annual_results.csv"
    (data / "annual_results.csv").write_bytes(sample.read_bytes())
    (data / "request.yaml").write_text(
        "industry: grocers\ncompetitors: [Walmart, Kroger, Costco, Target]\n"
        "end_year: 2017\ndata: [annual_results.csv]\n"
    )
    done = run(made, "request", str(data / "request.yaml"))
    assert done.returncode == 0, done.stderr.decode()
    return made


def test_rows_come_as_csv_json_and_parquet(home: Path) -> None:
    query = "SELECT company, share_pct FROM market_share WHERE fiscal_year = 2017 ORDER BY company"
    table = pl.read_csv(io.BytesIO(run(home, "sql", query, "--format", "csv").stdout))
    assert table["company"].to_list() == ["Costco", "Kroger", "Target", "Walmart"]
    assert table["share_pct"].sum() == pytest.approx(100)
    assert json.loads(run(home, "sql", query, "--format", "json").stdout)[0]["company"] == "Costco"
    assert pl.read_parquet(io.BytesIO(run(home, "sql", query, "--format", "parquet").stdout)).equals(table)


def test_a_second_run_leaves_what_has_not_changed(home: Path) -> None:
    done = run(home, "run")
    assert done.returncode == 0
    assert b"unchanged" in done.stdout


def test_a_changed_input_leads_to_an_edition_that_can_be_compared(home: Path) -> None:
    path = home / "inbox" / "grocers" / "annual_results.csv"
    before = path.read_text()
    path.write_text(before.replace("Kroger,2017,122662", "Kroger,2017,132662"))
    assert path.read_text() != before
    assert run(home, "run").returncode == 0
    compared = run(home, "report", "diff", "grocers").stdout
    assert b"changed" in compared
    assert run(home, "report", "list").stdout.count(b"grocers") == 2


def test_only_a_selection_of_assets_can_be_run(home: Path) -> None:
    assert run(home, "run", "--only", "market_share").returncode == 0
    refused = run(home, "run", "--only", "no_such_asset")
    assert refused.returncode == 1
    assert b"Traceback" not in refused.stderr


def test_the_doctor_finds_this_installation_whole(home: Path) -> None:
    done = run(home, "doctor")
    assert done.returncode == 0, done.stdout.decode()
