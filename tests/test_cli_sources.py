"""The command line: keys, request files, and fetching from a server on this machine that also fails."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import yaml

from market_research.settings import PROJECT_ROOT
from resources.lake import Lake
from tests.connectors.loopback import Loopback, Reply, as_json, busy, serving

pytestmark = pytest.mark.usefixtures("light_reports")

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
            cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=300, check=False,
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


QUICK = {
    "MARKET_RESEARCH_HTTP_ATTEMPTS": "2",
    "MARKET_RESEARCH_HTTP_BACKOFF_SECONDS": "0.01",
    "MARKET_RESEARCH_USER_AGENT": "market-research tests test@example.com",
}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as made:
        made.on("/api/xbrl/companyfacts/CIK0000000001.json", as_json(FACTS))
        made.on("/wood.rss", Reply(FEED.encode(), headers={"Content-Type": "application/rss+xml"}))
        made.on("/busy.rss", busy("0"))
        made.on("/down.rss", Reply(b"", 503))
        yield made


def wood(home: Home, *feeds: str, cik: str | None = "1") -> None:
    """Ask for an industry with these feeds of one host."""
    request = home.root.parent / "wood.yaml"
    company = {"name": "Alder", **({"cik": cik} if cik else {})}
    listed = [f"https://news.example.com/{name}" for name in feeds]
    request.write_text(yaml.safe_dump({"industry": "wood", "companies": [company], "feeds": listed}))
    assert home("request", request, "--no-run").returncode == 0


def mirrored(server: Loopback, *hosts: str) -> dict[str, str]:
    return {**QUICK, "MARKET_RESEARCH_HTTP_MIRRORS": json.dumps(dict.fromkeys(hosts, server.url))}


def test_fetching_stores_what_came_says_what_failed_and_leads_to_a_report(home: Home, server: Loopback) -> None:
    wood(home, "wood.rss", "busy.rss", "down.rss", "gone.rss")
    hosts = mirrored(server, "data.sec.gov", "www.sec.gov", "news.example.com")
    done = home("fetch", "-i", "wood", "-s", "edgar", "-s", "feeds", **hosts)
    assert done.returncode == 0, done.stdout + done.stderr
    for status in ("429", "503", "404"):
        assert status in done.stdout
    assert done.stdout.count("partial") == 2
    lake = Lake(home.root / "lake")
    rows = pl.concat(map(pl.read_parquet, lake.parts("fetched", "documents", "wood")))
    assert {lake.get_raw(sha256).decode() for sha256 in rows["sha256"]} == {json.dumps(FACTS), FEED}
    assert set(rows["uri"]) == {
        "https://data.sec.gov/api/xbrl/companyfacts/CIK0000000001.json", "https://news.example.com/wood.rss"
    }  # fmt: skip
    assert rows["path"].str.starts_with("fetched/").all()
    again = home("fetch", "-i", "wood", "-s", "edgar", **hosts)
    assert again.returncode == 0
    assert "makes the report" not in again.stdout, "nothing new came"
    assert home("run", "--industry", "wood").returncode == 0
    shown = home("sql", "SELECT source, status, new FROM source_runs ORDER BY ALL", "--format", "csv").stdout
    assert shown.splitlines() == ["source,status,new", "edgar,partial,0", "edgar,partial,1", "feeds,partial,1"]
    stale = home("sql", "SELECT source, state, unanswered FROM stale_sources ORDER BY ALL", "--format", "csv").stdout
    assert stale.splitlines()[1:] == ["edgar,unanswered,1", "feeds,unanswered,3"]
    said = (
        "SELECT DISTINCT text FROM claims WHERE section = 'limits' AND verdict = 'kept' AND text LIKE 'Fresh answers%'"
    )
    warned = home("sql", said, "--format", "csv").stdout
    assert warned.count("did not give when it was last asked, on ") == 2, warned
    facts = home("sql", "SELECT value FROM facts JOIN documents USING (industry, document_id) WHERE source = 'edgar'")
    assert "5,200,000,000" in facts.stdout
    listed = home("sources", "--industry", "wood").stdout
    assert "the server answered 404" in listed


def test_fetching_nothing_but_failures_fails(home: Home, server: Loopback) -> None:
    wood(home, "gone.rss", cik=None)
    done = home("fetch", "-i", "wood", "-s", "feeds", **mirrored(server, "news.example.com"))
    assert done.returncode == 1
    assert "https://news.example.com/gone.rss: the server answered 404" in done.stdout
    assert done.stderr.strip() == "Error: No source gave an answer; the lines above say why."
    assert Lake(home.root / "lake").parts("fetched", "documents", "wood") == []


def test_a_private_address_is_not_met_unless_allowed(home: Home, server: Loopback) -> None:
    wood(home, cik=None)
    request = home.root.parent / "wood.yaml"
    request.write_text(yaml.safe_dump({"industry": "wood", "feeds": [f"{server.url}/wood.rss"]}))
    assert home("request", request, "--no-run").returncode == 0
    refused = home("fetch", "-i", "wood", "-s", "feeds", **QUICK)
    assert refused.returncode == 1
    assert "MARKET_RESEARCH_HTTP_ALLOWED_NETWORKS" in refused.stdout
    assert server.requests == []
    allowed = home("fetch", "-i", "wood", "-s", "feeds", **QUICK, MARKET_RESEARCH_HTTP_ALLOWED_NETWORKS="127.0.0.0/8")
    assert allowed.returncode == 0, allowed.stdout


def test_a_source_that_does_not_exist_is_answered_with_those_that_do(home: Home) -> None:
    wood(home, cik=None)
    assert "there are edgar, feeds, " in home.fails("fetch", "--industry", "wood", "--source", "tea-leaves")


def test_an_industry_that_gives_nothing_to_ask_is_no_failure(home: Home) -> None:
    wood(home, cik=None)
    done = home("fetch", "-i", "wood", "-s", "feeds", "-s", "rest")
    assert done.returncode == 0
    assert "gives no source anything to ask" in done.stdout


def test_sources_are_listed_with_what_comes_of_them(home: Home) -> None:
    listed = home("sources").stdout
    for name in ("edgar", "world_bank", "yahoo", "sql"):
        assert name in listed
