"""The language model that writers are given: asked once for each prompt, within the budget, typed where wanted."""

import asyncio
import re
import threading
import time
import uuid
from collections.abc import AsyncIterator, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, Unpack

from pydantic import BaseModel

from market_research.ids import content_id
from market_research.language_model import structured
from market_research.language_model.attempts import Asker
from market_research.language_model.budget import Till
from market_research.language_model.calls import (
    Answer,
    Call,
    Heard,
    Message,
    Options,
    Paid,
    Question,
    Records,
    Reply,
    Status,
    Transport,
)
from market_research.language_model.config import ModelConfig
from market_research.language_model.errors import (
    AttemptFailed,
    ModelError,
    ModelFailed,
    ModelRefused,
    NotAsAsked,
    OverBudget,
    PromptTooLong,
)
from market_research.language_model.redaction import secrets_here, shown
from market_research.language_model.tokens import PER_MESSAGE, fitting

Result = TypeVar("Result")
_one_loop = threading.Lock()
_OF_SCHEMA = re.compile("response.?format|schema|json", re.IGNORECASE)
_NO_ANSWER = {
    "length": "the answer was cut at {limit} tokens; ask for less, or allow more",
    "endless": "the answer goes on far beyond the {limit} tokens that were asked for",
}


@dataclass(frozen=True)
class _Turn:
    """One question and what came of it: a value or the reason why the text is none, where a schema was given."""

    reply: Reply
    value: Any
    unfit: str | None
    call_id: str
    cost_usd: float | None
    cached: bool


class LanguageModel:
    """Models in their order, with a cache, limits and a budget. Safe for threads; its own thread does the work."""

    def __init__(self, config: ModelConfig, transport: Transport, records: Records) -> None:
        self.config = config
        self._transport = transport
        self._records = records
        self._till = Till(records, config.run_usd, config.month_usd)
        self._asker = Asker(config, transport, self._till)
        self._lines: dict[str, asyncio.Lock] = {}
        self._without_schema: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def notices(self) -> tuple[str, ...]:
        """Warnings so far: of a budget that is nearly spent."""
        return tuple(self._till.notices)

    async def complete(self, purpose: str, messages: Sequence[Message], **how: Unpack[Options]) -> Answer:
        """The answer to messages; ``how`` is what else a ``Call`` says, such as ``schema``.

        Raises:
            ModelError: no model gave an answer that can be used; its kind says why.
        """
        return await asyncio.wrap_future(self._submit(self._complete(Call(purpose, tuple(messages), **how))))

    def gather(self, calls: Sequence[Call]) -> list[Answer | ModelError]:
        """The answers to calls that do not depend on each other, in their order; a call that fails stops no other."""
        futures = [self._submit(self._settled(call)) for call in calls]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()

    def fitting(
        self,
        pieces: Sequence[str],
        messages: Sequence[Message],
        *,
        schema: type[BaseModel] | None = None,
        fast: bool = False,
        max_tokens: int = Call.max_tokens,
    ) -> list[str]:
        """Ranked pieces of evidence, from the first on, that fit beside messages and answer; no piece is cut."""
        model = self.config.chain(fast=fast)[0]
        question = self._question(model, Call("", tuple(messages), schema, max_tokens=max_tokens), plain=True)
        room = self._transport.card(model).room(self._tokens(question), question.max_tokens)
        return list(pieces[: fitting(pieces, room, lambda text: self._transport.count(model, text))])

    def close(self) -> None:
        """End what is under way and close connections."""
        self._submit(self._shut()).result()

    async def _shut(self) -> None:
        others = self._tasks - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._transport.close()

    def _submit(self, work: Coroutine[Any, Any, Result]) -> "Future[Result]":
        return asyncio.run_coroutine_threadsafe(self._tracked(work), _loop())

    async def _tracked(self, work: Coroutine[Any, Any, Result]) -> Result:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            return await work
        finally:
            self._tasks.discard(task)

    async def _settled(self, call: Call) -> Answer | ModelError:
        try:
            return await self._complete(call)
        except ModelError as error:
            return error

    async def _complete(self, call: Call) -> Answer:
        """Ask one model after the other; a budget ends it, for it holds for all of them."""
        failed: list[ModelError] = []
        if call.on_text:
            call = replace(call, on_text=Heard(call.on_text))
        for model in self.config.chain(fast=call.fast):
            try:
                return await self._ask(model, call)
            except OverBudget:
                raise
            except ModelError as error:
                failed.append(error)
        if len(failed) == 1:
            raise failed[0]
        raise ModelFailed("No model gave an answer. " + " ".join(map(str, failed)))

    async def _ask(self, model: str, call: Call) -> Answer:
        """Ask one model; if its answer does not fit the schema, once more with the reason."""
        plain = model in self._without_schema or not self._transport.card(model).json_schema
        question = self._question(model, call, plain=plain)
        try:
            turns = [await self._turn(question, call)]
        except ModelFailed as error:
            if not question.response_format or error.reason != "rejected" or not _OF_SCHEMA.search(str(error)):
                raise
            # Its server may know no schemas, whatever is said of the model: the same in words.
            question = self._question(model, call, plain=True)
            turns = [await self._turn(question, call)]
            self._without_schema.add(model)
        if turns[0].unfit:
            messages = structured.repair(question.messages, turns[0].reply.text, turns[0].unfit)
            turns.append(await self._turn(replace(question, messages=messages), call))
        last = turns[-1]
        if last.unfit:
            raise NotAsAsked(f"The answer of {model} does not fit the schema, also when asked again: {last.unfit}.")
        costs = [turn.cost_usd for turn in turns]
        return Answer(
            text=last.reply.text,
            value=last.value,
            model=model,
            call_id=last.call_id,
            tokens_in=sum(turn.reply.tokens_in for turn in turns),
            tokens_out=sum(turn.reply.tokens_out for turn in turns),
            cost_usd=None if None in costs else sum(cost for cost in costs if cost),
            cached=all(turn.cached for turn in turns),
        )

    def _question(self, model: str, call: Call, *, plain: bool) -> Question:
        messages = tuple(Message(role=m["role"], content=_sendable(m["content"])) for m in call.messages)
        if call.schema and plain:
            messages = structured.with_instruction(messages, call.schema)
        most = self._transport.card(model).answer_tokens
        return Question(
            model=model,
            messages=messages,
            max_tokens=min(call.max_tokens, most or call.max_tokens),
            response_format=structured.response_format(call.schema) if call.schema and not plain else None,
            temperature=self.config.temperature,
            seed=self.config.seed,
            place=self._transport.place(model),
        )

    def _tokens(self, question: Question) -> int:
        return self._transport.count(question.model, question.text) + PER_MESSAGE * len(question.messages)

    async def _turn(self, question: Question, call: Call) -> _Turn:
        """One question, answered from the cache or by the model; asked twice at the same time, it is paid once."""
        async with self._line(question.sha256):
            paid = await asyncio.to_thread(self._records.find, question.sha256)
            turn = await (self._remembered(question, call, paid.reply) if paid else self._bought(question, call))
        if turn.reply.finish == "refused":
            raise ModelRefused(f"{question.model} declined to answer.")
        if turn.reply.finish in _NO_ANSWER:
            raise ModelFailed(f"{question.model}: {_problem(turn.reply, question, turn.unfit)}.")
        return turn

    @asynccontextmanager
    async def _line(self, key: str) -> AsyncIterator[None]:
        lock = self._lines.setdefault(key, asyncio.Lock())
        async with lock:
            yield

    async def _remembered(self, question: Question, call: Call, reply: Reply) -> _Turn:
        if call.on_text:
            call.on_text(None)
            call.on_text(reply.text)
        value, unfit = _read(reply, call)
        row = self._row(question, call, _call_id(question))
        row |= _result(reply, 0.0, "cached", _problem(reply, question, unfit)) | {"cached": True, "seconds": 0.0}
        await self._book(row)
        return _Turn(reply, value, unfit, row["call_id"], 0.0, cached=True)

    async def _bought(self, question: Question, call: Call) -> _Turn:
        """Ask the model. The answer is on disk before anything follows from it, and so is what it may cost."""
        card, tokens_in = self._transport.card(question.model), self._tokens(question)
        if card.context_tokens and card.room(tokens_in, question.max_tokens) < 0:
            raise PromptTooLong(
                f"The prompt has about {tokens_in:,} tokens; with {question.max_tokens:,} for the answer it does not "
                f"fit into the {card.context_tokens:,} of {question.model}. Send less evidence."
            )
        worst = card.cost(tokens_in, question.max_tokens)
        row = self._row(question, call, _call_id(question))
        started = time.monotonic()

        async def note() -> None:
            await asyncio.to_thread(self._records.begin, row | {"cost_usd": worst})

        async with self._till.call() as hold:
            try:
                reply = await self._asker.ask(
                    question, tokens_in=tokens_in, worst=worst, hold=hold, before=note, on_text=call.on_text
                )
            except (AttemptFailed, OverBudget) as error:
                row |= {"cost_usd": None if worst is None else hold.lost, "detail": str(error)}
                await self._book(row | {"seconds": time.monotonic() - started, "status": _status(error)})
                raise _as_model_error(question.model, error) from None
            price = card.cost(reply.tokens_in, reply.tokens_out)
            cost = None if price is None else price + hold.lost
            paid = Paid(reply, row["call_id"], datetime.now(UTC), cost)
            await asyncio.to_thread(self._records.keep, question.sha256, paid)
            value, unfit = _read(reply, call)
            problem = _problem(reply, question, unfit)
            status: Status = "refused" if reply.finish == "refused" else "failed" if problem else "ok"
            await self._book(row | _result(reply, cost, status, problem) | {"seconds": time.monotonic() - started})
        return _Turn(reply, value, unfit, row["call_id"], cost, cached=False)

    def _row(self, question: Question, call: Call, call_id: str) -> dict[str, Any]:
        return {
            "call_id": call_id,
            "purpose": call.purpose,
            "model": question.model,
            "prompt_name": call.prompt_name,
            "prompt_version": call.prompt_version,
            "prompt_sha256": question.sha256,
            "cached": False,
            "status": "failed",
            "called_at": datetime.now(UTC),
        }

    async def _book(self, row: dict[str, Any]) -> None:
        if row.get("detail"):
            row |= {"detail": shown(row["detail"], secrets_here())}
        await asyncio.to_thread(self._records.book, row)


def _loop() -> asyncio.AbstractEventLoop:
    """The loop on which all calls of this process run: LiteLLM keeps connections, and they belong to one loop."""
    # A cache alone would make one for each of the threads that come first.
    with _one_loop:
        return _started()


@cache
def _started() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="language-model", daemon=True).start()
    return loop


def _call_id(question: Question) -> str:
    return content_id("call", question.sha256, uuid.uuid4().hex)


def _result(reply: Reply, cost: float | None, status: Status, problem: str | None) -> dict[str, Any]:
    return {
        "tokens_in": reply.tokens_in,
        "tokens_out": reply.tokens_out,
        "cost_usd": cost,
        "status": status,
        "detail": problem,
    }


def _read(reply: Reply, call: Call) -> tuple[Any, str | None]:
    """The typed value of a reply, or why there is none."""
    if call.schema is None or reply.finish != "stop":
        return None, None
    try:
        return structured.read(reply.text, call.schema), None
    except structured.Unfit as error:
        return None, str(error)


def _problem(reply: Reply, question: Question, unfit: str | None) -> str | None:
    if reply.finish in _NO_ANSWER:
        return _NO_ANSWER[reply.finish].format(limit=f"{question.max_tokens:,}")
    return f"not what the schema asks for: {unfit}" if unfit else None


def _status(error: AttemptFailed | OverBudget) -> Status:
    if isinstance(error, OverBudget):
        return "over budget"
    return "refused" if error.reason == "refused" else "failed"


def _as_model_error(model: str, error: AttemptFailed | OverBudget) -> ModelError:
    if isinstance(error, OverBudget):
        return error
    if error.reason == "refused":
        return ModelRefused(f"{model} declined to answer: {error}.")
    return ModelFailed(f"{model} gave no answer: {str(error).rstrip('.')}.", error.reason)


def _sendable(text: str) -> str:
    """Halves of characters, as broken documents hold them, cannot be sent."""
    return text.encode("utf-8", "replace").decode()
