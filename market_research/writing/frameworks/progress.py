"""How far the making of frameworks has come, for whoever watches: a terminal, a run of Dagster."""

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One notice: which source of which subject, how much of it is done (0 to 100), and what was done last."""

    subject: str
    source_id: str
    title: str
    percent: int
    description: str
    completed: bool = False


Notify = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """For when nobody watches."""


def one_at_a_time(notify: Notify) -> Notify:
    """The same for notices of several threads."""
    lock = threading.Lock()

    def told(progress: Progress) -> None:
        with lock:
            notify(progress)

    return told
