"""The whole path, timed as a user meets it: `make bench NAME=path`.

Every step is a process of its own, on a data home made for the purpose. Prints a table, and as the last line one JSON
object: definitions_s (importing the definitions), demo_run_s (`run` of the sample's three industries with real figures
from inbox to the last PDF), unchanged_run_s (the same again), simulated_run_s (`run` of the sample's simulated shop),
filing_parse_s (a real 10-K of about 2.5 MB to facts and passages), peak_mb (largest process). Exits 3 and says what is
missing where real filings are absent.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("MARKET_RESEARCH_REAL_DATA", ROOT.parent / "shared" / "data"))
FILING = REAL_DATA / "sec_10k" / "tsla-10-k-2025-01-30.html"
REAL, SIMULATED = ("retail", "semiconductors", "streaming_cloud"), "home_goods_simulated"
INSTALL_SAMPLE = "from resources.sample import install_sample; from market_research.console import workspace_here; "
PARSE = """
import sys, time
from pathlib import Path
from market_research.cleaning.stage import stage
from market_research.sources import detect
from market_research.sources.parse import parse
content = Path(sys.argv[1]).read_bytes()
start = time.perf_counter()
name = Path(sys.argv[1]).name
kind = detect.media_type(content, name)
parsed = parse(content, name, media_type=kind)
staged = stage(
    parsed, industry="bench", document_id="doc_" + "0" * 16, uri=name, content=content, media_type=kind
)
assert staged.facts.height > 1000 and staged.passages.height > 100
print(time.perf_counter() - start)
"""


def timed(arguments: list[str], home: Path) -> tuple[float, str]:
    """Wall seconds and standard output of a command that has to succeed."""
    environment = {**os.environ, "MARKET_RESEARCH_HOME": str(home), "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - start, done.stdout


def main() -> int:
    """Measure and print."""
    if not FILING.is_file():
        print(f"A real filing is missing: {FILING}. Set MARKET_RESEARCH_REAL_DATA to the folder of real data.")
        return 3
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        timed(["-c", "import market_research.definitions"], home)
        definitions, _ = timed(["-c", "import market_research.definitions"], home)
        timed(["-c", f"{INSTALL_SAMPLE}install_sample(workspace_here())"], home)
        run = ["-m", "market_research.cli", "run", *(part for key in REAL for part in ("--industry", key))]
        first, _ = timed(run, home)
        again, _ = timed(run, home)
        shop, _ = timed(["-m", "market_research.cli", "run", "--industry", SIMULATED], home)
        _, seconds = timed(["-c", PARSE, str(FILING)], home)
    scale = 2**20 if sys.platform == "darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / scale
    figures = {
        "definitions_s": round(definitions, 2),
        "demo_run_s": round(first, 1),
        "unchanged_run_s": round(again, 2),
        "simulated_run_s": round(shop, 1),
        "filing_parse_s": round(float(seconds), 2),
        "peak_mb": round(peak),
    }
    aims = {"definitions_s": 4, "demo_run_s": 60, "unchanged_run_s": first / 5, "filing_parse_s": 10, "peak_mb": 2048}
    print(f"{'figure':<18}{'measured':>10}{'aim, below':>12}")
    for name, value in figures.items():
        print(f"{name:<18}{value:>10}{format(aims[name], '.4g') if name in aims else '':>12}")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
