"""Why there is no answer. A writer that meets any of these goes on without the model."""

from typing import Literal

from market_research.errors import MarketResearchError

Reason = Literal["busy", "quota", "rejected", "denied", "unavailable", "lost", "empty", "refused"]


class ModelError(MarketResearchError):
    """A language model gave no answer that can be used."""


class NoModel(ModelError):
    """None is configured, or what it needs is not installed."""


class ModelFailed(ModelError):
    """It did not answer, or what came is no whole answer; ``reason`` says what happened where one model was asked."""

    def __init__(self, message: str, reason: Reason | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class ModelRefused(ModelError):
    """It declined to answer."""


class NotAsAsked(ModelError):
    """The answer does not fit the schema, nor does the one that was asked for in its place."""


class PromptTooLong(ModelError):
    """The prompt and its answer do not fit into the model's context window; nothing was sent."""


class OverBudget(ModelError):
    """The call could cost more than is left of a budget, or its price is not known; nothing was sent."""


class AttemptFailed(Exception):
    """One attempt brought no answer.

    Args:
        reason: what happened; ``lost`` is an answer that was cut off, garbled or late.
        again: whether another attempt may succeed.
        wait: seconds that the provider asked to wait.
        paid: whether the provider may charge for it all the same.
    """

    def __init__(
        self, reason: Reason, message: str, *, again: bool, wait: float | None = None, paid: bool = False
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.again = again
        self.wait = wait
        self.paid = paid
