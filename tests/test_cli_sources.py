"""The command line: keys, request files, and fetching from a server on this machine that also fails."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest
import yaml

from market_research.settings import PROJECT_ROOT
from resources.lake import Lake

FACTS = {
    "cik": 1,
    "entityName": "ALDER INC",
    "facts": {
        "us-gaap": {
            "Revenues": {
                "label": "Revenues",
                "units": {
                    "USD": [
                        {"start": "2024-01-01", "end": "2024-12-31", "val": 5200000000, "fy": 2024, "fp": "FY",
                         "form": "10-K", "filed": "2025-02-20", "accn": "0000000001-25-000001", "frame": "CY2024"}
                    ]
                },
            }
        }
    },
}  # fmt: skip
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Wood</title><item><title>Alder grows</title>
<pubDate>Mon, 03 Mar 2025 08:00:00 GMT</pubDate><description>Alder opened a mill in the north.</description></item>
</channel></rss>"""


class Home:
    """A data home and the command line on it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "market_research.cli", *map(str, arguments)],
            env={**os.environ, "MARKET_RESEARCH_HOME": str(self.root), "COLUMNS": "300", **env},
            cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def fails(self, *arguments: str | Path, **env: str) -> str:
        """The one sentence that a command fails with."""
        done = self(*arguments, **env)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        sentence = done.stderr.strip()
        assert sentence.startswith("Error: ")
        assert "\n" not in sentence
        return sentence.removeprefix("Error: ")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_an_unknown_industry_is_answered_with_those_that_there_are(home: Home) -> None:
    home("industry", "add", "chips")
    sentence = home.fails("run", "--industry", "chip")
    assert "There is no industry 'chip' (known: chips)" in sentence
    assert "market-research industry add chip" in sentence


@pytest.mark.parametrize("key", ["../up", "Chips", "a b", "", "x" * 65, "-x"])
def test_a_key_that_cannot_be_one_is_refused_with_an_example(home: Home, key: str) -> None:
    assert "cannot be an industry key" in home.fails("industry", "add", "--", key)
    assert not (home.root.parent / "up").exists()


def test_a_wrong_option_is_a_usage_error(home: Home) -> None:
    done = home("run", "--no-such-option")
    assert done.returncode == 2
    assert "No such option" in done.stderr


def test_a_request_names_its_data_and_is_kept(home: Home, tmp_path: Path) -> None:
    data = tmp_path / "asked" / "data"
    data.mkdir(parents=True)
    (data / "results.csv").write_text("company,fiscal_year,revenue ($ millions)\nAlder,2024,10\n")
    request = tmp_path / "asked" / "wood.yaml"
    request.write_text(yaml.safe_dump({"industry": "wood", "companies": ["Alder"], "data": ["data"]}))
    done = home("request", request, "--no-run")
    assert done.returncode == 0, done.stderr
    assert "accepted" in done.stdout
    assert (home.root / "inbox" / "wood" / "results.csv").is_file()
    assert "pending" in home("industry", "list").stdout


def test_a_request_that_cannot_be_read_names_the_field(home: Home, tmp_path: Path) -> None:
    request = tmp_path / "wood.yaml"
    request.write_text("industry: wood\nstart_year: soon\n")
    assert "start_year" in home.fails("request", request)
    request.write_text("industry: wood\ndata: [nowhere.csv]\n")
    assert "nowhere.csv" in home.fails("request", request)


class Sources(BaseHTTPRequestHandler):
    """Company facts, a feed, and ways to fail."""

    def do_GET(self) -> None:
        bodies = {
            "/api/xbrl/companyfacts/CIK0000000001.json": json.dumps(FACTS),
            "/wood.rss": FEED,
        }
        status = {"/busy.rss": 429, "/down.rss": 503, "/gone.rss": 404}.get(
            self.path, 200 if self.path in bodies else 404
        )
        body = bodies.get(self.path, "no").encode()
        self.send_response(status)
        if status in (429, 503):
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Sources)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()


def wood(home: Home, *feeds: str, cik: str | None = "1") -> None:
    """Ask for an industry with these feeds."""
    request = home.root.parent / "wood.yaml"
    company = {"name": "Alder", **({"cik": cik} if cik else {})}
    request.write_text(yaml.safe_dump({"industry": "wood", "companies": [company], "feeds": list(feeds)}))
    assert home("request", request, "--no-run").returncode == 0


def test_fetching_fills_the_inbox_and_says_what_failed(home: Home, server: str) -> None:
    wood(home, f"{server}/wood.rss", f"{server}/busy.rss", f"{server}/down.rss", f"{server}/gone.rss")
    done = home("fetch", "--industry", "wood", MARKET_RESEARCH_SEC_URL=server)
    assert done.returncode == 0, done.stdout + done.stderr
    for status in ("429", "503", "404"):
        assert status in done.stdout
    lake = Lake(home.root / "lake")
    rows = pl.concat(map(pl.read_parquet, lake.parts("fetched", "documents", "wood")))
    assert {lake.get_raw(sha256).decode() for sha256 in rows["sha256"]} == {json.dumps(FACTS), FEED}
    assert set(rows["uri"]) == {f"{server}/api/xbrl/companyfacts/CIK0000000001.json", f"{server}/wood.rss"}
    assert rows["path"].str.starts_with("fetched/").all()


def test_fetching_nothing_but_failures_fails(home: Home, server: str) -> None:
    wood(home, f"{server}/gone.rss", cik=None)
    assert home.fails("fetch", "--industry", "wood") == "No source could be fetched; the table says why."


def test_a_source_that_refuses_the_connection_is_named(home: Home) -> None:
    wood(home, "http://127.0.0.1:9/wood.rss", cik=None)
    done = home("fetch", "--industry", "wood")
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stdout
    assert Lake(home.root / "lake").parts("fetched", "documents", "wood") == []


def test_a_source_that_does_not_exist_is_answered_with_those_that_do(home: Home) -> None:
    wood(home, cik=None)
    assert "sec, feeds" in home.fails("fetch", "--industry", "wood", "--source", "tea-leaves")
