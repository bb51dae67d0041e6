"""Whether this machine has a network at all: without one, every host would be asked again and again in vain."""

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from itertools import islice

NO_ROUTE = frozenset({errno.ENETUNREACH, errno.ENETDOWN})
PROBED = 2
PROBE_SECONDS = 2.0
MESSAGE = "the network is unreachable from this machine; connect it and ask again"


class Network:
    """What is known of the network, for all fetchers of a process; safe for threads.

    Once it is found to be down, nobody asks for ``seconds``; then the next question finds out anew.
    """

    def __init__(self, seconds: float = 30.0, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self.clock = clock
        self._lock = threading.Lock()
        self._down_until = 0.0

    def is_down(self) -> bool:
        """Whether it was found to be down a short time ago."""
        return self.clock() < self._down_until

    def note_down(self) -> None:
        """Remember that it is down."""
        with self._lock:
            self._down_until = self.clock() + self.seconds

    def lost(self, others: Iterable[str]) -> bool:
        """After a name was not resolved: True, and remembered, if none of some other hosts' names is, either.

        With no other name to compare with, one name says nothing.
        """
        names = list(islice(others, PROBED))
        if not names:
            return False
        pool = ThreadPoolExecutor(len(names), thread_name_prefix="probe")
        try:
            found = [pool.submit(_resolves, name) for name in names]
            ends = time.monotonic() + PROBE_SECONDS
            resolved = any(_within(future, ends - time.monotonic()) for future in found)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        if not resolved:
            self.note_down()
        return not resolved


HERE = Network()
"""The network of this process."""


def _resolves(name: str) -> bool:
    try:
        return bool(socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return False


def _within(future: Future[bool], seconds: float) -> bool:
    try:
        return future.result(max(0.0, seconds))
    except FutureTimeout:
        return False
