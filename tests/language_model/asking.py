"""How the tests ask."""

import asyncio
from typing import Any

from pydantic import BaseModel

from market_research.language_model.calls import Answer, Call, Message
from market_research.language_model.client import LanguageModel


class Sentence(BaseModel):
    """A typed answer."""

    text: str
    evidence: list[str]


def says(text: str) -> tuple[Message, ...]:
    return (Message(role="user", content=text),)


def ask(model: LanguageModel, text: str = "Who grew?", **how: Any) -> Answer:
    return asyncio.run(model.complete("test", says(text), **how))


def call(text: str, **how: Any) -> Call:
    return Call("test", says(text), **how)
