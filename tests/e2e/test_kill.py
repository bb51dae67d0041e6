"""kill -9 at any moment: the next run completes, and no reader ever meets half of anything."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from e2e.conftest import LITTLE
from e2e.house import House, same_bytes
from resources import runner

KILLS = 5  # for each of two kinds of change


@contextmanager
def watched(house: House, stop: Path) -> Iterator[dict[str, Any]]:
    """Let the watcher look at a home; what it saw is in the dictionary at the end."""
    script = Path(__file__).with_name("watcher.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(house.root), str(stop)],
        env=house.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    seen: dict[str, Any] = {}
    try:
        yield seen
    finally:
        stop.touch()
        printed, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    seen |= json.loads(printed)


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """SIGKILL a process and all its children after a while; False if it was done before."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    finally:
        assert process.stdout
        process.stdout.close()
    return False


def duration(house: House) -> float:
    """Seconds that a run takes which nobody kills."""
    started = time.monotonic()
    house.cli("run", "--industry", LITTLE)
    return time.monotonic() - started


@pytest.mark.long
def test_after_a_kill_at_any_moment_the_next_run_completes_and_nothing_half_done_is_seen(
    house: House, new_house: Callable[[str], House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = random.Random(2)
    killed, editions = 0, {house.newest(LITTLE)}
    with watched(house, tmp_path / "stop") as seen:
        # New documents go all the way; a new title leaves the staged tables alone and soon comes to the report.
        for change in (lambda n: house.put_little(LITTLE, extra=n), lambda n: house.ask(LITTLE, title=f"Timber {n}")):
            change(0)
            whole = duration(house)
            editions.add(house.newest(LITTLE))
            for number in range(KILLS):
                change(number + 1)
                moment = whole * (number + moments.random()) / KILLS
                killed += kill_after(house.start("run", "--industry", LITTLE), moment)
                assert house.run(LITTLE)[0].edition_id == house.newest(LITTLE)
                editions.add(house.newest(LITTLE))
    assert seen["problems"] == []
    assert killed >= 2 * KILLS - 2  # the last moment of a run may be after its end
    assert len(editions) == 2 * (KILLS + 1)
    assert seen["states"] > 2 * KILLS
    for name, hashes in seen["hashes"].items():
        assert hashes == [hashlib.sha256((house.root / name).read_bytes()).hexdigest()], name

    clean = new_house("clean")
    clean.put_little(LITTLE, extra=KILLS)
    clean.ask(LITTLE, title=f"Timber {KILLS}")
    clean.run(LITTLE)
    assert same_bytes(clean.report(LITTLE), house.report(LITTLE)) == []

    monkeypatch.setattr(runner, "LEFTOVER_SECONDS", 0)
    house.run(LITTLE)
    stores = [house.root / name for name in ("lake", "reports", "inbox")]
    assert [path for store in stores for path in store.rglob("*.tmp*")] + [*house.root.glob(".*.tmp*")] == []
    with dg.DagsterInstance.from_config(str(house.root / "dagster")) as instance:
        open_states = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
        assert instance.get_runs(dg.RunsFilter(statuses=open_states)) == []


def test_a_leftover_of_a_living_process_or_of_this_minute_stays(house: House) -> None:
    folder = house.root / "lake" / "staged" / "facts" / f"industry={LITTLE}"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    fresh = folder / f".a.parquet.{gone.pid}-00000000.tmp"
    living = folder / f".b.parquet.{os.getpid()}-00000000.tmp"
    dead = folder / f".c.parquet.{gone.pid}-00000000.tmp"
    warehouse = house.root / f".warehouse.duckdb.{gone.pid}-00000000.tmp.wal"
    for path in (fresh, living, dead, warehouse):
        path.touch()
    for path in (living, dead, warehouse):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    house.run(LITTLE)
    assert [path.exists() for path in (fresh, living, dead, warehouse)] == [True, True, False, False]
