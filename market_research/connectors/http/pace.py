"""How often a host may be asked, and when to leave it alone."""

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from market_research.connectors.http.config import HostRate

if TYPE_CHECKING:
    from pyrate_limiter import AbstractBucket

# Requests are spread evenly, a little wider than the rate asks for: what is sent in time may arrive late.
SPREAD = 1.05


@dataclass
class _Group:
    """Hosts that share a rate; who waits for one waits in line."""

    name: str
    bucket: "AbstractBucket"
    line: threading.Lock = field(default_factory=threading.Lock)
    interval: float = 0.0
    last: float = -math.inf
    closed_until: float = -math.inf

    @property
    def widest(self) -> float:
        """The longest that two requests are kept apart, in seconds."""
        return max(self.interval, *(rate.interval / 1000 for rate in self.bucket.rates))


class Pace:
    """The rate limits of all hosts; safe for threads.

    Rates that are declared hold for all processes that share ``folder``; other hosts have ``default_rate`` in this
    process. ``clock`` gives seconds that never run backwards and are the same for all processes: since the start of
    the machine, by default.
    """

    def __init__(
        self,
        rates: Iterable[HostRate],
        default_rate: float,
        folder: Path | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.default_rate = default_rate
        self.folder = folder
        self.clock = clock
        self.sleep = sleep
        self._lock = threading.Lock()
        self._groups: dict[str, _Group] = {}
        self._rates: dict[str, HostRate] = {}
        for rate in sorted(rates, key=lambda rate: rate.per_second, reverse=True):
            # A host of two connectors gets the slower rate.
            self._rates |= {host.lower(): rate for host in rate.hosts}

    def wait(self, host: str, timeout: float | None = None) -> bool:
        """Wait until the host may be asked; False if that is more than ``timeout`` away."""
        from pyrate_limiter import RateItem

        group = self._group(host.lower())
        ends = None if timeout is None else self.clock() + timeout
        if not group.line.acquire(timeout=-1 if timeout is None else max(0.0, timeout)):
            return False
        try:
            while True:
                now = self.clock()
                item = RateItem(group.name, int(now * 1000))
                # The moment recorded is the moment of leaving: time lost in waking up does not count twice.
                opens = max(group.last + group.interval, group.closed_until)
                if now >= opens and group.bucket.put(item):
                    group.last = now
                    group.bucket.leak(item.timestamp)
                    return True
                pause = max(_waiting(group.bucket, item) if now >= opens else opens - now, 0.001)
                if now >= opens and pause > 2 * group.widest + 1:
                    # Recorded before the machine was started anew: it lies in the future of this clock.
                    group.bucket.flush()
                    continue
                if ends is not None and now + pause > ends:
                    return False
                self.sleep(pause)
        finally:
            group.line.release()

    def slow_down(self, host: str, seconds: float) -> None:
        """Ask the host at most once in so many seconds (a crawl delay)."""
        group = self._group(host.lower())
        group.interval = max(group.interval, seconds)

    def pause(self, host: str, seconds: float) -> None:
        """Ask the host nothing for so many seconds: it said so itself, and it means everyone here."""
        group = self._group(host.lower())
        group.closed_until = max(group.closed_until, self.clock() + seconds)

    def _group(self, host: str) -> _Group:
        declared = self._rates.get(host)
        name = ",".join(sorted(declared.hosts)) if declared else host
        with self._lock:
            if name not in self._groups:
                rate = declared.per_second if declared else self.default_rate
                self._groups[name] = _Group(name, _bucket(name, rate, self.folder if declared else None))
            return self._groups[name]

    def close(self) -> None:
        """Close what is open; the recorded moments stay for other processes."""
        for group in self._groups.values():
            group.bucket.close()


def _bucket(name: str, per_second: float, folder: Path | None) -> "AbstractBucket":
    from pyrate_limiter import InMemoryBucket, Rate, SQLiteBucket

    rates = [Rate(1, math.ceil(1000 * SPREAD / per_second))]
    if folder is None:
        return InMemoryBucket(rates)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256(name.encode()).hexdigest()[:16]}.sqlite"
    return SQLiteBucket.init_from_file(rates, db_path=str(path), use_file_lock=True)


def _waiting(bucket: "AbstractBucket", item: object) -> float:
    milliseconds = bucket.waiting(item)  # type: ignore[arg-type]
    return milliseconds / 1000 if isinstance(milliseconds, int) else 0.0


class HostFailed(Exception):
    """Told to a breaker when a host did not give what it should."""


class Breakers:
    """Leaves a host alone for a while after it failed several times in a row; safe for threads."""

    def __init__(self, failures: int, seconds: float) -> None:
        self.failures = failures
        self.seconds = seconds
        self._lock = threading.Lock()
        self._made: dict[str, tuple[object, object]] = {}

    def closed_for(self, host: str) -> float:
        """Seconds for which the host is to be left alone; 0 if it may be asked."""
        import pybreaker

        _, storage = self._of(host)
        if storage.state != pybreaker.STATE_OPEN or storage.opened_at is None:  # type: ignore[attr-defined]
            return 0.0
        ends = storage.opened_at + timedelta(seconds=self.seconds)  # type: ignore[attr-defined]
        return max(0.0, (ends - datetime.now(UTC)).total_seconds())

    def note(self, host: str, *, failed: bool) -> None:
        """Tell how asking the host ended."""
        import pybreaker

        # The library holds a lock while it calls; told the outcome afterwards, it does not make threads wait.
        breaker, _ = self._of(host)
        with contextlib.suppress(HostFailed, pybreaker.CircuitBreakerError):
            breaker.call(_fail if failed else _succeed)  # type: ignore[attr-defined]

    def _of(self, host: str) -> tuple[object, object]:
        import pybreaker

        with self._lock:
            if host not in self._made:
                storage = pybreaker.CircuitMemoryStorage(pybreaker.STATE_CLOSED)
                breaker = pybreaker.CircuitBreaker(self.failures, self.seconds, state_storage=storage, name=host)
                self._made[host] = (breaker, storage)
            return self._made[host]


def _succeed() -> None:
    return None


def _fail() -> NoReturn:
    raise HostFailed


def retry_after(text: str) -> float | None:
    """Seconds that a server's ``Retry-After`` asks to wait, a number or a date; None if it is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
