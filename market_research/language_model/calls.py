"""What is asked of a model and what comes back."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypedDict

from pydantic import BaseModel

from market_research.language_model.cards import ModelCard

# Pieces of an answer as they come; None says that it starts anew, because what came before was cut off.
Listener = Callable[[str | None], None]
Finish = Literal["stop", "length", "refused", "endless"]
Status = Literal["ok", "cached", "failed", "refused", "over budget"]


log = logging.getLogger(__name__)


@dataclass
class Heard:
    """Passes a text on to a listener; what fails there must not lose the answer that is being paid for."""

    listener: Listener
    _heard: bool = field(default=False)
    _broken: bool = field(default=False)

    def __call__(self, piece: str | None) -> None:
        if self._broken or (piece is None and not self._heard):
            return
        self._heard = piece is not None
        try:
            self.listener(piece)
        except Exception:
            self._broken = True
            log.exception("The listener of an answer failed and is told no more.")


class Message(TypedDict):
    """One turn of the conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Call:
    """What a writer asks.

    ``purpose`` says what for, in words, for the table ``llm_calls``; the prompt's name and version say which prompt
    made the messages. With a ``schema`` the answer's ``value`` is an instance of it.
    """

    purpose: str
    messages: tuple[Message, ...]
    schema: type[BaseModel] | None = None
    prompt_name: str = ""
    prompt_version: str = ""
    fast: bool = False
    max_tokens: int = 2048
    on_text: Listener | None = None


class Options(TypedDict, total=False):
    """Fields of ``Call`` beside purpose and messages."""

    schema: type[BaseModel] | None
    prompt_name: str
    prompt_version: str
    fast: bool
    max_tokens: int
    on_text: Listener | None


@dataclass(frozen=True)
class Answer:
    """What a writer gets. Tokens and cost are those of all calls that it took; cached ones cost nothing.

    ``call_id`` is the row of ``llm_calls`` that brought the text.
    """

    text: str
    value: Any
    model: str
    call_id: str
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    cached: bool


@dataclass(frozen=True)
class Question:
    """A call as it is put to one model. ``place`` is the endpoint, where it is not the provider's own."""

    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    response_format: Mapping[str, Any] | None = None
    temperature: float = 0.0
    seed: int | None = 0
    place: str = ""

    @property
    def sha256(self) -> str:
        """The key of its answer: the same question has the same one."""
        parts = (
            self.model, self.messages, self.max_tokens, self.response_format, self.temperature, self.seed, self.place,
        )  # fmt: skip
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def text(self) -> str:
        """All that the model reads."""
        schema = json.dumps(self.response_format) if self.response_format else ""
        return "\n".join([*(message["content"] for message in self.messages), schema])


@dataclass(frozen=True)
class Reply:
    """What a model said. ``endless`` is a text that went on beyond all that was asked for."""

    text: str
    finish: Finish
    tokens_in: int
    tokens_out: int


class Transport(Protocol):
    """The way to the models."""

    def card(self, model: str) -> ModelCard: ...

    def count(self, model: str, text: str) -> int:
        """Tokens of a text, exact or rather too many."""
        ...

    def place(self, model: str) -> str:
        """The endpoint that stands in for the provider's own, or nothing."""
        ...

    async def ask(self, question: Question, on_text: Listener | None) -> Reply:
        """One attempt. Raises AttemptFailed."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Paid:
    """An answer in the cache, the id of the call that it was paid with, and what that cost."""

    reply: Reply
    call_id: str
    at: datetime
    cost_usd: float | None


class Records(Protocol):
    """What is remembered of calls, on disk before anything follows from it. Methods may wait for the disk."""

    def find(self, key: str) -> Paid | None:
        """The answer to a question, unless it has expired."""
        ...

    def begin(self, row: Mapping[str, Any]) -> None:
        """Note that a call with this row (status ``failed``, the most it can cost) is about to be made."""
        ...

    def keep(self, key: str, paid: Paid) -> None:
        """Store an answer."""
        ...

    def book(self, row: Mapping[str, Any]) -> None:
        """Add a row to ``llm_calls`` and end what ``begin`` noted."""
        ...

    def spent(self) -> tuple[float, float]:
        """Dollars spent by this run and by everyone in this month."""
        ...
