"""Asking one model until it answers or patience ends."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from market_research.connectors.http.pace import Breakers
from market_research.language_model.budget import Hold, Till
from market_research.language_model.calls import Listener, Question, Reply, Transport
from market_research.language_model.config import ModelConfig
from market_research.language_model.errors import AttemptFailed
from market_research.language_model.pace import MinuteWindow, Use

# The provider answered, and as it should: no reason to leave it alone.
_HEALTHY = frozenset({"busy", "rejected", "refused", "empty"})
LONGEST_PAUSE = 60.0


@dataclass
class Asker:
    """Limits and breakers of all models; for one event loop."""

    config: ModelConfig
    transport: Transport
    till: Till
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.config.concurrency)
        self._breakers = Breakers(self.config.breaker_failures, self.config.breaker_seconds)
        self._windows: dict[str, MinuteWindow] = {}

    async def ask(
        self,
        question: Question,
        *,
        tokens_in: int,
        worst: float | None,
        hold: Hold,
        before: Callable[[], Awaitable[None]],
        on_text: Listener | None,
    ) -> Reply:
        """The model's reply.

        Args:
            question: what is asked.
            tokens_in: its length.
            worst: dollars that an attempt costs at most, or None.
            hold: where they are set aside; attempts that may have been charged stay there.
            before: awaited once, right before the first attempt.
            on_text: told the text as it comes.

        Raises:
            AttemptFailed: the last attempt's failure.
            OverBudget: there is not enough left for an attempt.
        """
        ends = self.clock() + self.config.total_seconds
        number, begun = 0, False
        while True:
            number += 1
            try:
                self._check_breaker(question.model)
                async with self._turn(question, tokens_in, ends) as use:
                    await self.till.set_aside(hold, worst, question.model)
                    if not begun:
                        await before()
                        begun = True
                    reply = await self._attempt(question, on_text)
                    use.tokens = reply.tokens_in + reply.tokens_out
            except AttemptFailed as error:
                if error.paid:
                    hold.lost += hold.attempt
                hold.attempt = 0.0
                pause = self._pause(number, error.wait or 0.0)
                if error.wait:
                    self._window(question.model).close_for(error.wait)
                if error.wait and error.reason == "busy":
                    # It says when to come again: where many calls share a limit, waiting for it is no failure.
                    number -= 1
                if not error.again or number >= self.config.attempts or self.clock() + pause > ends:
                    raise
                await self.sleep(pause)
            else:
                return reply

    def _pause(self, number: int, asked: float) -> float:
        """Seconds before the next attempt: doubled every time, no less than was asked for, a little at random."""
        base = self.config.backoff_seconds
        return max(min(base * 2.0 ** (number - 1), LONGEST_PAUSE), asked) + random.uniform(0, base / 4)

    def _check_breaker(self, model: str) -> None:
        seconds = self._breakers.closed_for(model)
        if seconds:
            raise AttemptFailed(
                "unavailable", f"it failed too often and is left alone for {seconds:.0f} seconds more", again=False
            )

    @asynccontextmanager
    async def _turn(self, question: Question, tokens_in: int, ends: float) -> AsyncIterator[Use]:
        """A slot, held when the minute has room; who waits for the minute holds none."""
        window, tokens = self._window(question.model), tokens_in + question.max_tokens
        while True:
            async with self._slots:
                pause = window.wait(tokens)
                if not pause:
                    yield window.enter(tokens)
                    return
            if self.clock() + pause > ends:
                raise AttemptFailed("busy", "its limit for the minute leaves no time for this call", again=False)
            await self.sleep(pause)

    async def _attempt(self, question: Question, on_text: Listener | None) -> Reply:
        seconds = self.config.attempt_seconds
        try:
            if on_text:
                on_text(None)
            async with asyncio.timeout(seconds):
                reply = await self.transport.ask(question, on_text)
        except TimeoutError:
            self._breakers.note(question.model, failed=True)
            raise AttemptFailed("lost", f"no answer came within {seconds:g} seconds", again=True, paid=True) from None
        except AttemptFailed as error:
            self._breakers.note(question.model, failed=error.reason not in _HEALTHY)
            raise
        self._breakers.note(question.model, failed=False)
        return reply

    def _window(self, model: str) -> MinuteWindow:
        if model not in self._windows:
            limits = self.config.requests_per_minute, self.config.tokens_per_minute
            self._windows[model] = MinuteWindow(*limits, clock=self.clock)
        return self._windows[model]
