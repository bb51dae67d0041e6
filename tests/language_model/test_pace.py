"""How much a model is asked in a minute."""

from hypothesis import given
from hypothesis import strategies as st

from market_research.language_model.pace import MINUTE, MinuteWindow


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _leave(window: MinuteWindow, clock: Clock, tokens: int) -> float:
    """Wait as long as it takes, leave, and say when that was."""
    while pause := window.wait(tokens):
        clock.now += pause
    window.enter(tokens)
    return clock.now


@given(
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, 500)), max_size=60), st.integers(1, 10), st.integers(500, 2000)
)
def test_no_minute_has_more_requests_or_tokens_than_allowed(
    arrivals: list[tuple[float, int]], requests: int, limit: int
) -> None:
    clock = Clock()
    window = MinuteWindow(requests, limit, clock)
    left = []
    for gap, tokens in arrivals:
        clock.now += gap
        left.append((_leave(window, clock, tokens), tokens))
    for at, _ in left:
        within = [tokens for other, tokens in left if at <= other < at + MINUTE - 1e-6]
        assert len(within) <= requests
        assert sum(within) <= limit


def test_without_limits_nobody_waits() -> None:
    window = MinuteWindow()
    for _ in range(1000):
        window.enter(10**6)
    assert window.wait(10**6) == 0


def test_a_request_larger_than_the_limit_goes_alone() -> None:
    clock = Clock()
    window = MinuteWindow(0, 100, clock)
    assert window.wait(5000) == 0
    window.enter(5000)
    assert window.wait(1) == MINUTE
    clock.now += MINUTE
    assert window.wait(1) == 0


def test_tokens_that_were_not_used_are_free_again() -> None:
    window = MinuteWindow(0, 100, Clock())
    use = window.enter(90)
    assert window.wait(50) > 0
    use.tokens = 10
    assert window.wait(50) == 0


def test_a_pause_that_the_provider_asked_for_is_kept() -> None:
    clock = Clock()
    window = MinuteWindow(clock=clock)
    window.close_for(7)
    assert window.wait(1) == 7
    clock.now += 7
    assert window.wait(1) == 0
