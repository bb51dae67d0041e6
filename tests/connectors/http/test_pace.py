"""Rate limits and breakers, by a clock of the test's own where the time itself does not matter."""

import subprocess
import sys
import textwrap
import threading
from collections import defaultdict
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.connectors.http.config import HostRate
from market_research.connectors.http.pace import Breakers, Pace


class Clock:
    """Time that passes only while someone sleeps."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


HOSTS = ("data.example", "www.example", "slow.example", "other.example", "more.example")
RATES = st.floats(0.2, 50.0, allow_nan=False)


@given(
    shared=RATES,
    slow=RATES,
    default=RATES,
    visits=st.lists(st.tuples(st.sampled_from(HOSTS), st.floats(0, 3, allow_nan=False)), min_size=1, max_size=120),
)
@settings(max_examples=200)
def test_property_2_the_rate_of_no_domain_is_exceeded_in_any_window(
    shared: float, slow: float, default: float, visits: list[tuple[str, float]]
) -> None:
    clock = Clock()
    rates = [HostRate(("data.example", "www.example"), shared), HostRate(("slow.example",), slow)]
    pace = Pace(rates, default, clock=clock, sleep=clock.sleep)
    left: dict[str, list[float]] = defaultdict(list)
    for host, idle in visits:
        clock.now += idle
        assert pace.wait(host)
        left["sec" if host in rates[0].hosts else host].append(clock.now)
    for host, times in left.items():
        rate = {"sec": shared, "slow.example": slow}.get(host, default)
        for first in range(len(times)):
            for last in range(first + 1, len(times)):
                # From one request to the n-th after it pass n intervals: no window of any length holds more.
                assert times[last] - times[first] >= (last - first) / rate - 0.002


@given(idle=st.lists(st.floats(0, 0.5, allow_nan=False), min_size=2, max_size=30))
def test_no_time_is_lost_while_the_rate_allows_more(idle: list[float]) -> None:
    clock = Clock()
    pace = Pace([], 2.0, clock=clock, sleep=clock.sleep)
    before = None
    for pause in idle:
        clock.now += pause
        wanted = clock.now
        pace.wait("a.example")
        if before is not None:
            assert clock.now <= max(wanted, before + 0.525) + 0.005
        before = clock.now


def test_who_cannot_wait_is_told_so_at_once() -> None:
    clock = Clock()
    pace = Pace([], 0.1, clock=clock, sleep=clock.sleep)
    assert pace.wait("a.example", 1.0)
    began = clock.now
    assert not pace.wait("a.example", 1.0)
    assert clock.now == began
    assert pace.wait("b.example", 1.0)


def test_moments_recorded_before_a_restart_of_the_machine_do_not_stop_the_work(tmp_path: Path) -> None:
    rates = [HostRate(("a.example",), 1.0)]
    before, after = Clock(), Clock()
    after.now -= 86_400
    for clock in (before, after):
        pace = Pace(rates, 2.0, tmp_path, clock=clock, sleep=clock.sleep)
        began = clock.now
        assert pace.wait("a.example")
        assert pace.wait("a.example")
        assert 1 <= clock.now - began < 5
        pace.close()


def test_a_crawl_delay_is_kept_and_the_longest_wins() -> None:
    clock = Clock()
    pace = Pace([], 100.0, clock=clock, sleep=clock.sleep)
    pace.slow_down("a.example", 5.0)
    pace.slow_down("a.example", 2.0)
    began = clock.now
    for _ in range(3):
        pace.wait("a.example")
    assert 10 <= clock.now - began < 10.1


def test_a_declared_rate_holds_for_all_processes_together(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import time
        from pathlib import Path
        from market_research.connectors.http.config import HostRate
        from market_research.connectors.http.pace import Pace
        pace = Pace([HostRate(("data.example",), 20.0)], 2.0, Path({str(tmp_path)!r}))
        for _ in range(12):
            pace.wait("data.example")
            print(time.monotonic(), flush=True)
        pace.close()
        """
    )
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    times = sorted(float(line) for child in running for line in child.communicate()[0].splitlines())
    assert all(child.returncode == 0 for child in running)
    assert len(times) == 36
    assert max(sum(start <= other < start + 1 for other in times) for start in times) <= 20
    assert times[-1] - times[0] >= 35 * 0.05


def test_threads_wait_in_line() -> None:
    import time

    pace = Pace([], 50.0)
    times: list[float] = []

    def visit() -> None:
        for _ in range(5):
            pace.wait("a.example")
            times.append(time.monotonic())

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    assert len(times) == 20
    assert times[-1] - times[0] >= 19 * 0.02


def test_a_breaker_counts_failures_in_a_row_only() -> None:
    breakers = Breakers(3, 60)
    for failed in (True, True, False, True, True):
        breakers.note("a.example", failed=failed)
    assert breakers.closed_for("a.example") == 0
    breakers.note("a.example", failed=True)
    assert 0 < breakers.closed_for("a.example") <= 60
    assert breakers.closed_for("b.example") == 0
