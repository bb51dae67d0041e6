"""Embedding models over LiteLLM, asked through the same client as those that write.

A batch of texts is a question, its vectors are the answer's text: so batches are retried, paced, paid for, booked and
remembered like every other call, and a run that is killed does not pay for them twice.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from market_research.errors import InvalidInput
from market_research.language_model.calls import Call, Listener, Message, Question, Reply
from market_research.language_model.cards import ModelCard, card_of
from market_research.language_model.client import LanguageModel
from market_research.language_model.config import ModelConfig, of_all_models
from market_research.language_model.errors import AttemptFailed, ModelError
from market_research.language_model.providers import failure, known_entry, litellm, missing_keys, provider_of
from market_research.language_model.redaction import secrets_here, shown
from market_research.language_model.tokens import counted

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    from market_research.settings import Settings

BATCH = 64


def embedding_config(model: str, place: str, settings: "Settings") -> ModelConfig:
    """How an embedding model is asked: as the settings say of all models, but never another one in its place.

    Raises:
        InvalidInput: the API base or a declared model cannot be read.
    """
    base = urlsplit(place)
    if place and (base.scheme not in ("http", "https") or not base.hostname or base.username or base.password):
        raise InvalidInput(
            "MARKET_RESEARCH_EMBEDDINGS_API_BASE must be a URL such as http://localhost:8000/v1, without user and "
            "password; set the provider's key instead."
        )
    return ModelConfig(
        model=model,
        api_base=place.rstrip("/"),
        **of_all_models(settings),
    )


class EmbeddingProviders:
    """The ``Transport`` to embedding models; for one event loop."""

    def __init__(self, config: ModelConfig) -> None:
        self.config = config

    def card(self, model: str) -> ModelCard:
        """What is known of a model. Its window holds for each text and not for a batch, so none is given."""
        declared = self.config.cards.get(model)
        card = card_of(known_entry(model), provider=provider_of(model), declared=declared)
        return card.model_copy(update={"context_tokens": None, "output_usd": card.output_usd or 0.0})

    def count(self, model: str, text: str) -> int:
        """Tokens of a text; for the import's sake of ``litellm``, which brings the encodings along."""
        litellm()
        return counted(model, text)

    def place(self, model: str) -> str:
        """The API base that is set."""
        return self.config.api_base

    async def ask(self, question: Question, on_text: Listener | None) -> Reply:
        """One attempt; the reply's text is what ``vectors_of`` reads.

        Raises:
            AttemptFailed: not every text got a vector; the message holds no key.
        """
        try:
            return await self._ask(question)
        except AttemptFailed as error:
            said = shown(str(error), secrets_here())
            raise AttemptFailed(error.reason, said, again=error.again, wait=error.wait, paid=error.paid) from None

    async def _ask(self, question: Question) -> Reply:
        library = litellm()
        texts = [message["content"] for message in question.messages]
        given: dict[str, Any] = {
            "model": question.model,
            "input": texts,
            "encoding_format": "float",
            "timeout": self.config.attempt_seconds,
            # Repeating is decided in one place, and not here.
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
        }
        if question.place:
            given["api_base"] = question.place
            if missing_keys(question.model, {}):
                # Servers of one's own want none, but the client library does.
                given["api_key"] = "none"
        try:
            answer = await library.aembedding(**given)
            rows = sorted(answer.data, key=lambda row: int(row["index"]))
            vectors = [row["embedding"] for row in rows]
        except Exception as error:  # noqa: BLE001 - what a garbled answer raises inside LiteLLM is of any kind
            raise failure(error) from None
        text = _written(vectors, len(texts))
        usage = getattr(answer, "usage", None)
        tokens = getattr(usage, "prompt_tokens", 0) or self.count(question.model, question.text)
        return Reply(text, "stop", int(tokens), 0)

    async def close(self) -> None:
        """Nothing: LiteLLM shares its connections, and closes them at exit."""


@dataclass(frozen=True)
class RemoteEmbedder:
    """An embedding model of a provider."""

    model: LanguageModel
    name: str
    purpose: str

    def embed(self, texts: Sequence[str]) -> "NDArray[float32]":
        """Unit vectors of the texts.

        Raises:
            ModelError: a batch got no vectors. Those that did are remembered.
        """
        import numpy

        model = self.model.config.model
        calls = [
            # Providers refuse empty texts.
            Call(self.purpose, tuple(Message(role="user", content=text or " ") for text in texts[at : at + BATCH]),
                 prompt_name="", max_tokens=0)
            for at in range(0, len(texts), BATCH)
        ]  # fmt: skip
        answers = self.model.gather(calls)
        for answer in answers:
            if isinstance(answer, ModelError):
                raise answer
        parts = [vectors_of(answer.text) for answer in answers if not isinstance(answer, ModelError)]
        if len({part.shape[1] for part in parts}) > 1:
            raise InvalidInput(f"{model} gives vectors of different lengths; they cannot be compared.")
        return numpy.concatenate(parts) if parts else numpy.empty((0, 0), numpy.float32)


def identity(model: str, place: str) -> str:
    """The name that tells a model's vectors from others': the same model's name elsewhere may be another one."""
    return f"{model} at {place.rstrip('/')}" if place else model


def named(name: str) -> tuple[str, str]:
    """Model and API base of an identity."""
    model, _, place = name.partition(" at ")
    return model, place


def _written(vectors: Sequence[Sequence[float]], count: int) -> str:
    """Vectors as one text: how many, then their floats. Raises AttemptFailed where they are not what was asked for."""
    import numpy

    try:
        listed = numpy.asarray(vectors, dtype="<f4")
    except (TypeError, ValueError):
        listed = numpy.empty(0, "<f4")
    if listed.ndim != 2 or listed.shape[0] != count or not listed.shape[1] or not numpy.isfinite(listed).all():
        raise AttemptFailed("lost", "the answer does not hold one vector for each text", again=True, paid=True)
    lengths = numpy.linalg.norm(listed, axis=1, keepdims=True)
    listed = (listed / numpy.where(lengths > 0, lengths, 1)).astype("<f4")
    return f"{count} {base64.b64encode(listed.tobytes()).decode('ascii')}"


def vectors_of(text: str) -> "NDArray[float32]":
    """The vectors of a reply."""
    import numpy

    count, _, content = text.partition(" ")
    return numpy.frombuffer(base64.b64decode(content), dtype="<f4").reshape(int(count), -1).astype(numpy.float32)
