"""Industries at the same time: as many as fit, results by key, progress heard, a killed process named."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from market_research.errors import InvalidInput
from resources import side_by_side
from resources.side_by_side import Progress


def _meet(folder: Path, key: str, progress: Progress) -> str:
    """Ends only if the other industry is under way at the same time."""
    (folder / key).touch()
    progress(f"{key} · waiting", 1, 2)
    until = time.monotonic() + 60
    while len(list(folder.iterdir())) < 2:
        assert time.monotonic() < until, "nobody else came"
        time.sleep(0.05)
    return f"{key} met"


def _die(key: str, _: Progress) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return key


def _refuse(key: str, _: Progress) -> str:
    raise InvalidInput(f"{key} selects no asset.")


def test_two_industries_are_under_way_at_once_and_their_progress_is_heard(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []

    def hear(label: str, done: int, total: int) -> None:
        heard.append((label, done, total))

    ended = dict(side_by_side.each(partial(_meet, tmp_path), ["oak", "ash"], jobs=2, progress=hear))
    assert ended == {"oak": "oak met", "ash": "ash met"}
    assert sorted(heard) == [("ash · waiting", 1, 2), ("oak · waiting", 1, 2)]


def test_a_process_that_is_killed_loses_its_industries_and_says_so() -> None:
    assert dict(side_by_side.each(_die, ["oak", "ash"], jobs=2, progress=print)) == {"oak": None, "ash": None}


def test_an_error_of_the_work_comes_out_with_its_words() -> None:
    with pytest.raises(InvalidInput, match="oak selects no asset"):
        list(side_by_side.each(_refuse, ["oak"], jobs=1, progress=print))


@pytest.mark.parametrize(
    ("wanted", "cores", "free", "expected"),
    [
        (0, 8, 100e9, 3),
        (0, 2, 100e9, 2),
        (0, 8, 4e9, 2),
        (0, 8, 1e9, 1),
        (0, 2, None, 2),
        (2, 1, 1e9, 2),
        (9, 1, 1e9, 3),
    ],
)
def test_as_many_run_as_are_wanted_or_as_cores_and_memory_allow(
    monkeypatch: pytest.MonkeyPatch, wanted: int, cores: int, free: float | None, expected: int
) -> None:
    monkeypatch.setattr(side_by_side, "_cores", lambda: cores)
    monkeypatch.setattr(side_by_side, "_free_bytes", lambda: free if free is None else int(free))
    assert side_by_side.width(wanted, 3) == expected
