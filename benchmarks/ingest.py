"""Bringing documents in, timed: `make bench NAME=ingest`.

Prints a table, and as the last line one JSON object:
ratio_to_duckdb   seconds to bring a CSV of 5 million prices from raw bytes to staged Parquet with every check, over
                  those of plain DuckDB copying it with the same casts; processes of their own, medians of three
peak_mb           largest memory of the former
news_per_s        items of a feed a second, from XML to staged rows
facts_s           seconds to read a company-facts JSON of 2.5 MB
add_to_10k_ratio  cost of adding one small CSV file to a lake of 10,000 documents, over adding it to an empty one
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from market_research.settings import Settings
from resources.inbox import collect, signature
from resources.intake import ingest_files
from resources.lake import Lake
from resources.staging import stage_industry
from resources.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
KEY = "bench"
DOCUMENTS = 10_000
ADDED = 41
PRICES = 5_000_000
ROUNDS = 3
ITEMS = 3_000
FACTS_BYTES = 2_500_000
GENERATE = """
SET enable_progress_bar = false;
SELECT setseed(0.42);
COPY (
    SELECT 'S' || lpad((i % 2000)::VARCHAR, 4, '0') AS symbol, DATE '2012-01-02' + (i // 2000)::INTEGER AS date,
        round(50 + 10 * random(), 2) AS open, round(60 + 10 * random(), 2) AS high, round(40 + 10 * random(), 2) AS low,
        round(50 + 10 * random(), 2) AS close, (1e7 * random())::BIGINT AS volume
    FROM range({rows}) AS t (i)
) TO '{path}' (HEADER)
"""
LOAD = """
import resource, sys, time
from pathlib import Path
from market_research.cleaning.schema import PRICES
from resources.checks import check_table
from resources.datasets import load_dataset
from resources.lake import Lake
home, sha256, rows = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
lake = Lake(home)
row = {"industry": "bench", "path": "prices.csv", "sha256": sha256, "document_id": "doc_" + sha256[:16]}
start = time.perf_counter()
loaded = load_dataset(lake, row)
outcome = check_table(lake, "staged", PRICES, "bench")
seconds = time.perf_counter() - start
assert loaded.rows == rows and not loaded.rejects and outcome.passed, outcome.failures
scale = 2**20 if sys.platform == "darwin" else 2**10
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale)
"""
COPY = """
import sys, time
import duckdb
source, target = sys.argv[1:]
columns = "symbol: 'VARCHAR', date: 'DATE', " + ", ".join(
    f"{name}: 'DOUBLE'" for name in ("open", "high", "low", "close", "volume")
)
start = time.perf_counter()
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
connection.execute(
    f"COPY (SELECT * FROM read_csv('{source}', columns = {{{columns}}}, header = true, auto_detect = false)) "
    f"TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
)
print(time.perf_counter() - start)
"""


def document(number: int) -> str:
    """A small table of its own."""
    rows = [f"Company {number},{year},{number + year}\n" for year in (2023, 2024)]
    return "".join(["company,fiscal_year,revenue ($ millions)\n", *rows])


def filled(home: Path, documents: int) -> Workspace:
    """A data home with so many documents of one industry, received and staged."""
    workspace = Workspace(Settings(home=home))
    workspace.registry.ensure(KEY)
    folder = workspace.inbox(KEY)
    folder.mkdir(parents=True)
    for number in range(documents):
        (folder / f"{number:06d}.csv").write_text(document(number))
    if documents:
        with workspace.lock(KEY):
            collect(workspace.lake, folder, KEY, max_bytes=workspace.max_bytes)
            stage_industry(workspace.lake, KEY)
    return workspace


def add_one(workspace: Workspace, folder: Path, number: int) -> float:
    """Seconds to ingest one new file."""
    path = folder / f"added-{number}.csv"
    path.write_text(document(10**6 + number))
    start = time.perf_counter()
    done = ingest_files(workspace, [path], KEY)
    assert done.documents["facts"].to_list() == [2]
    return time.perf_counter() - start


def in_turn(full: Workspace, empties: Iterator[Workspace], folder: Path) -> tuple[list[float], list[float]]:
    """Times of adding to the full and to an empty lake, one after the other so that the machine's load is shared."""
    to_full, to_empty = [], []
    for number in range(ADDED):
        to_full.append(add_one(full, folder, number))
        to_empty.append(add_one(next(empties), folder, number))
    return to_full, to_empty


def measure_adding() -> dict[str, float]:
    """Key add_to_10k_ratio, and the seconds behind it."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        full = filled(home / "full", DOCUMENTS)
        empties = (filled(home / f"empty-{number}", 0) for number in range(ADDED + 1))
        add_one(next(empties), home, -1)  # imports
        to_full, to_empty = in_turn(full, empties, home)
        start = time.perf_counter()
        signature(full.inbox(KEY), max_bytes=full.max_bytes)
        scan_s = time.perf_counter() - start
        collect(full.lake, full.inbox(KEY), KEY, max_bytes=full.max_bytes)
        start = time.perf_counter()
        collect(full.lake, full.inbox(KEY), KEY, max_bytes=full.max_bytes)
        collect_s = time.perf_counter() - start
    added, base = statistics.median(to_full), statistics.median(to_empty)
    return {
        "add_to_10k_ratio": round(added / base, 2),
        "add_to_10k_s": round(added, 4),
        "add_to_empty_s": round(base, 4),
        "scan_of_10k_s": round(scan_s, 3),
        "look_at_10k_unchanged_s": round(collect_s, 3),
    }


def in_a_process(code: str, *arguments: object) -> list[float]:
    """The numbers that a program prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [float(number) for number in done.stdout.split()]


def measure_prices(rows: int = PRICES) -> dict[str, float]:
    """Keys ratio_to_duckdb and peak_mb, and the seconds behind them."""
    import duckdb

    ours, plain, peaks = [], [], []
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        source = home / "prices.csv"
        duckdb.connect().execute(GENERATE.format(rows=rows, path=source))
        sha256 = Lake(home / "lake").put_raw_file(source)
        for _ in range(ROUNDS):
            plain += in_a_process(COPY, source, home / "plain.parquet")
            seconds, peak = in_a_process(LOAD, home / "lake", sha256, rows)
            ours.append(seconds)
            peaks.append(peak)
    load_s, copy_s = statistics.median(ours), statistics.median(plain)
    return {
        "ratio_to_duckdb": round(load_s / copy_s, 2),
        "peak_mb": round(max(peaks)),
        "prices_to_staged_s": round(load_s, 2),
        "plain_copy_s": round(copy_s, 2),
    }


def feed(items: int) -> bytes:
    """A feed whose items all differ."""
    day = datetime(2024, 1, 1, tzinfo=UTC)
    body = "".join(
        f"<item><title>Mill {n} cuts {n % 97} boards</title><link>https://example.com/{n}</link><guid>{n}</guid>"
        f"<pubDate>{day + timedelta(hours=n):%a, %d %b %Y %H:%M:%S} GMT</pubDate><description>&lt;p&gt;Mill {n} sold "
        f"{n * 7} boards at {n % 31} dollars. The yard had {n % 13} buyers from {n % 5} towns.&lt;/p&gt;</description>"
        "</item>"
        for n in range(items)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Wood</title>{body}</channel></rss>'.encode()


def company_facts(size: int) -> bytes:
    """A company-facts document of at least so many bytes."""
    concepts: dict[str, object] = {}
    length, number = 0, 0
    while length < size:
        values = [
            {"start": f"{year}-01-01", "end": f"{year}-12-31", "val": number * 1000 + year, "accn": f"1-{year}",
             "fy": year, "fp": "FY", "form": "10-K", "filed": f"{year + 1}-02-01", "frame": f"CY{year}"}
            for year in range(2009, 2024)
        ]  # fmt: skip
        concept = {"label": f"Concept {number}", "description": "As reported.", "units": {"USD": values}}
        concepts[f"Concept{number}"] = concept
        length += len(json.dumps(concept))
        number += 1
    return json.dumps({"cik": 1, "entityName": "Alder Mills Inc", "facts": {"us-gaap": concepts}}).encode()


def measure_reading() -> dict[str, float]:
    """Keys news_per_s and facts_s."""
    from market_research.cleaning.stage import stage
    from market_research.sources.parse import parse

    def seconds(content: bytes, name: str, kind: str) -> float:
        start = time.perf_counter()
        staged = stage(parse(content, name), industry=KEY, document_id=f"doc_{'0' * 16}", uri=name)
        assert getattr(staged, kind).height >= 1_000
        return time.perf_counter() - start

    news, facts = feed(ITEMS), company_facts(FACTS_BYTES)
    seconds(news, "news.rss", "passages")  # imports
    news_s = statistics.median(seconds(news, "news.rss", "passages") for _ in range(ROUNDS))
    facts_s = statistics.median(seconds(facts, "facts.json", "facts") for _ in range(ROUNDS))
    return {"news_per_s": round(ITEMS / news_s), "facts_s": round(facts_s, 2)}


def main() -> int:
    """Measure and print."""
    figures = {**measure_prices(), **measure_reading(), **measure_adding()}
    aims = {"ratio_to_duckdb": "<= 2.5", "peak_mb": "< 2048", "news_per_s": ">= 1000", "facts_s": "< 1",
            "add_to_10k_ratio": "<= 1.5"}  # fmt: skip
    print(f"{'figure':<26}{'measured':>10}{'aim':>10}")
    for name, value in figures.items():
        print(f"{name:<26}{value:>10}{aims.get(name, ''):>10}")
    print(json.dumps({name: figures[name] for name in aims}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
