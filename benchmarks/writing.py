"""The writing step with a language model behind it: `make bench NAME=writing`.

Makes one industry of the sample without a model, then writes its report with one: the tests' server on this machine,
which takes its time for each answer and says what the findings say. Timed are frameworks and sections, with
LiteLLM and the search's model loaded before. The slowest chain is what has to wait for something: a framework's call or
a section's, then the summary's, each with its repair, each as long as the fastest answer of the same run. Then a
document with one new figure is added, and the report written again.

Prints a table, and as the last line one JSON object: wall_s, chain_s, ratio (wall over chain), local_s (the same step
with every answer from the cache: rules, searches, prompts, gate), waiting_ratio (wall without local over chain), calls,
at_once (most calls under way), again_calls (asked after the new document), again_purposes. ARGS="--at-once 8 --seconds
5" sets how many calls may be under way (default: the settings') and how long an answer takes.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from market_research.settings import Settings  # noqa: E402
from resources import writing  # noqa: E402
from resources.language_model import calls, open_language_model  # noqa: E402
from resources.runner import run_industries  # noqa: E402
from resources.sample import install_sample  # noqa: E402
from resources.workspace import Workspace  # noqa: E402
from tests.language_model.provider import Asked, Provider, Say, serving  # noqa: E402
from tests.writing.llm.authors import honest  # noqa: E402

INDUSTRY = "streaming_cloud"
KEY = "sk-loopback-0123456789abcdef"
ADDED = "technology,region,year,adoption (%)\nSocial media usage,United States,2020,81\n"


def written(workspace: Workspace, run_id: str) -> float:
    """Wall seconds of frameworks and sections."""
    settings, lake = workspace.settings, workspace.lake
    with workspace.lock(INDUSTRY):
        with open_language_model(settings, lake, INDUSTRY, run_id=run_id):
            material, evidence = workspace.press.evidence(INDUSTRY)
            material.search("revenue", 1)
        given = {"run_id": run_id, "edition_id": run_id}
        start = time.perf_counter()
        writing.write(settings, lake, material, evidence, **given)
        return time.perf_counter() - start


def chain(workspace: Workspace, run_id: str) -> float:
    """Seconds of the longest row of calls of which each needs the one before."""
    made = calls(workspace.lake, INDUSTRY).filter(run_id=run_id)
    fastest = float(made.filter(~made["cached"])["seconds"].min())  # type: ignore[arg-type]
    repaired = {one.removeprefix("repair of ") for one in made["purpose"] if one.startswith("repair of ")}
    stages = Counter[str]()
    for one in made["purpose"]:
        key = one.removeprefix("section ")
        kind = "summary" if key == "executive_summary" else "before it"
        if not one.startswith("repair of "):
            stages[kind] = max(stages[kind], 1 + (key in repaired))
    return fastest * stages.total()


def measure(home: Path, provider: Provider, at_once: int | None) -> dict[str, object]:
    """The figures."""
    plain = Workspace(Settings(home=home))
    install_sample(plain)
    run_industries(plain, [INDUSTRY])
    given = {"llm": "openai/gpt-4o-mini", "llm_api_base": provider.url}
    workspace = Workspace(Settings(home=home, **given, **({"llm_concurrency": at_once} if at_once else {})))
    wall = written(workspace, "first")
    asked, slowest = len(provider.asked), chain(workspace, "first")
    local = written(workspace, "cached")
    (plain.inbox(INDUSTRY) / "added.csv").write_text(ADDED, "utf-8")
    run_industries(plain, [INDUSTRY])
    written(workspace, "again")
    again = calls(workspace.lake, INDUSTRY).filter(run_id="again", cached=False)
    return {
        "wall_s": round(wall, 2),
        "chain_s": round(slowest, 2),
        "ratio": round(wall / slowest, 2),
        "local_s": round(local, 2),
        "waiting_ratio": round((wall - local) / slowest, 2),
        "calls": asked,
        "at_once": provider.most,
        "again_calls": len(provider.asked) - asked,
        "again_purposes": sorted(again["purpose"]),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How long a model takes to write a report, and what it writes again.")
    parser.add_argument("--at-once", type=int, help="Calls that may be under way at once.")
    parser.add_argument("--seconds", type=float, default=0.5, help="Seconds that each answer takes.")
    given = parser.parse_args()

    def slowly(asked: Asked) -> Say:
        return replace(honest(asked), pause=given.seconds)

    os.environ["OPENAI_API_KEY"] = KEY
    for name in [name for name in os.environ if name.startswith("MARKET_RESEARCH_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder, serving(key=KEY) as provider:
        provider.behave(slowly)
        figures = measure(Path(folder), provider, given.at_once)
    aims = {"ratio": "1.5"}
    print(f"{'figure':<18}{'measured':>10}{'aim, at most':>14}")
    for name, value in figures.items():
        if name != "again_purposes":
            print(f"{name:<18}{value:>10}{aims.get(name, ''):>14}")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
