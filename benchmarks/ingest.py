"""Bringing documents in, timed: `make bench NAME=ingest`.

Prints a table, and as the last line one JSON object: add_to_10k_ratio (cost of adding one small CSV file to a lake of
10,000 documents, over the cost of adding it to an empty one; medians).
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from market_research.settings import Settings
from resources.inbox import collect, signature
from resources.intake import ingest_files
from resources.staging import stage_industry
from resources.workspace import Workspace

KEY = "bench"
DOCUMENTS = 10_000
ADDED = 41


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


def main() -> int:
    """Measure and print."""
    figures = measure_adding()
    print(f"{'figure':<26}{'measured':>10}")
    for name, value in figures.items():
        print(f"{name:<26}{value:>10}")
    print(json.dumps({"add_to_10k_ratio": figures["add_to_10k_ratio"]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
