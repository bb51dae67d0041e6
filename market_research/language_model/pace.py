"""How much a model may be asked in a minute."""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

MINUTE = 60.0


@dataclass
class Use:
    """One request in the window; its tokens may be corrected when they are known."""

    at: float
    tokens: int


@dataclass
class MinuteWindow:
    """Requests and tokens of the last sixty seconds are kept below a limit; 0 is no limit."""

    requests: int = 0
    tokens: int = 0
    clock: Callable[[], float] = time.monotonic
    _used: deque[Use] = field(default_factory=deque)
    _closed_until: float = -math.inf

    def wait(self, tokens: int) -> float:
        """Seconds until there may be room for a request of so many tokens; 0 if there is now.

        A request larger than the whole limit waits until it is alone.
        """
        now = self.clock()
        while self._used and self._used[0].at <= now - MINUTE:
            self._used.popleft()
        opens = self._closed_until
        if self.requests and len(self._used) >= self.requests:
            opens = max(opens, self._used[-self.requests].at + MINUTE)
        over = sum(use.tokens for use in self._used) + tokens - self.tokens if self.tokens else 0
        for use in self._used:
            if over <= 0:
                break
            over -= use.tokens
            opens = max(opens, use.at + MINUTE)
        return max(0.0, opens - now)

    def enter(self, tokens: int) -> Use:
        """Note that a request of so many tokens leaves now."""
        use = Use(self.clock(), tokens)
        self._used.append(use)
        return use

    def close_for(self, seconds: float) -> None:
        """Nothing may leave for so many seconds: the provider said so."""
        self._closed_until = max(self._closed_until, self.clock() + seconds)
