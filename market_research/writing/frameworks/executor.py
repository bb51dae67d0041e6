"""Runs tasks one after the other, or side by side up to a limit; what fails stops no other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

Result = TypeVar("Result")


@dataclass
class Executor(Generic[Result]):
    """A line of tasks. With a ``limit`` of 1 they run in their order, else at most so many at once."""

    limit: int = 1
    _queue: list[Callable[[], Result]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError("At least one task must be allowed to run.")

    def add(self, task: Callable[..., Result], *args: object, **named: object) -> None:
        """Put a call into the line; nothing runs yet."""
        self._queue.append(partial(task, *args, **named))

    def __len__(self) -> int:
        return len(self._queue)

    def run(self) -> list[Result | Exception]:
        """The results, or the exceptions in their place, in the order in which the tasks were added.

        The line is empty afterwards, also if the run is interrupted.
        """
        tasks = list(self._queue)
        try:
            if self.limit == 1 or len(tasks) < 2:
                return [_settled(task) for task in tasks]
            with ThreadPoolExecutor(max_workers=min(self.limit, len(tasks))) as pool:
                return list(pool.map(_settled, tasks))
        finally:
            self._queue.clear()


def _settled(task: Callable[[], Result]) -> Result | Exception:
    try:
        return task()
    except Exception as error:  # noqa: BLE001 - whatever it is, it stands in the result's place
        return error
