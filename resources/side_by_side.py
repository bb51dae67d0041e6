"""Industries run at the same time, each in a process of its own: they share no table, and Python uses one core."""

import atexit
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

Progress = Callable[[str, int, int], None]
Work = TypeVar("Work")
# What a run of the bundled sample took at its peak: 1,560 MB, most of it the embedding model and the typesetter.
BYTES_PER_RUN = 1_600_000_000
_told: Any = None


def width(wanted: int, pending: int) -> int:
    """How many runs to have at once: as many as ``wanted``, or for 0 as cores and free memory allow; at least one."""
    if wanted:
        return max(1, min(wanted, pending))
    free = _free_bytes()
    room = pending if free is None else free // BYTES_PER_RUN
    return max(1, min(pending, _cores(), room))


def each(
    work: Callable[[str, Progress], Work], keys: Sequence[str], *, jobs: int, progress: Progress
) -> Iterator[tuple[str, Work | None]]:
    """Do ``work`` for every key in ``jobs`` processes; yields key and result as they end, None for one that was lost.

    ``work`` must be importable by name. It is given a progress that reaches ``progress`` here. A process that is
    killed takes the keys not yet done with it. An exception of the work comes out here.
    """
    spawning = multiprocessing.get_context("spawn")
    told = spawning.SimpleQueue()
    pool = ProcessPoolExecutor(jobs, mp_context=spawning, initializer=_begin, initargs=(told, os.getpid()))
    with pool, _hearing(told, progress):
        under_way: dict[Future[Work], str] = {pool.submit(_do, work, key): key for key in keys}
        for done in as_completed(under_way):
            try:
                yield under_way[done], done.result()
            except BrokenProcessPool:
                yield under_way[done], None


def _begin(told: Any, parent: int) -> None:
    global _told
    _told = told
    # Registered first, so last to be called: all is closed then, and onnx would complain of objects still alive.
    atexit.register(os._exit, 0)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """A process whose parent was killed has nobody to tell: it ends as a killed run does, at once."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _do(work: Callable[[str, Progress], Work], key: str) -> Work:
    return work(key, lambda label, done, total: _told.put((label, done, total)))


@contextmanager
def _hearing(told: Any, progress: Progress) -> Iterator[None]:
    def hear() -> None:
        while (said := told.get()) is not None:
            progress(*said)

    thread = threading.Thread(target=hear, daemon=True)
    thread.start()
    try:
        yield
    finally:
        told.put(None)
        thread.join()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _free_bytes() -> int | None:
    """Memory that a new process can have, within the limit of a container; None where the system does not say."""
    found = []
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        found.append(int(lines["MemAvailable"].split()[0]) * 1024)
        group = Path("/sys/fs/cgroup")
        limit = (group / "memory.max").read_text().strip()
        if limit != "max":
            found.append(int(limit) - int((group / "memory.current").read_text()))
    except (OSError, KeyError, ValueError):
        pass
    return min(found) if found else None
