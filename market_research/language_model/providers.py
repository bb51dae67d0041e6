"""The way to the models: LiteLLM, which speaks to every provider, and declared endpoints beside it."""

import logging
import os
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

from market_research.connectors.http.pace import retry_after
from market_research.errors import InvalidInput
from market_research.language_model import endpoint as own
from market_research.language_model.calls import Finish, Listener, Question, Reply
from market_research.language_model.cards import ModelCard, card_of
from market_research.language_model.config import ModelConfig
from market_research.language_model.endpoint import Endpoint
from market_research.language_model.errors import AttemptFailed, NoModel
from market_research.language_model.redaction import secrets_here, shown
from market_research.language_model.tokens import counted, estimated

# A model that writes so many characters a token beyond its limit does not obey it.
ENDLESS = 16
_PASSING = frozenset({408, 409, 425})
_FINISHES: dict[str, Finish] = {"length": "length", "content_filter": "refused"}


@cache
def litellm() -> Any:
    """The library, told to ask nothing of the network, to call nobody back and to keep quiet.

    Raises:
        NoModel: it is not installed.
    """
    # Else its import fetches a price list, and takes variables from whatever .env lies above it.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    # About types of its own, said whenever it loads another part of itself.
    warnings.filterwarnings("ignore", r"Items? .* on TypedDict class", UserWarning)
    try:
        import litellm as library
    except ImportError as error:
        raise NoModel("LiteLLM is not installed; `make setup` installs it, or the extra 'llm'.") from error
    library.telemetry = False
    library.suppress_debug_info = True
    library.turn_off_message_logging = True
    # Tokenizers and sizes of unknown models would be asked of a model hub.
    library.disable_hf_tokenizer_download = True
    # Its other transport complains about what is still open when the interpreter ends.
    library.disable_aiohttp_transport = True
    for hooks in ("callbacks", "success_callback", "failure_callback", "_async_success_callback"):
        setattr(library, hooks, [])
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # It writes addresses to the log, with all that is in them.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return library


class Providers:
    """The ``Transport`` that meets the network; for one event loop."""

    def __init__(self, config: ModelConfig) -> None:
        self.config = config
        self._client: Any = None
        self._provider = provider_of(config.model)

    def card(self, model: str) -> ModelCard:
        """What is known of a model.

        Raises:
            InvalidInput: no provider and no endpoint of this name is known.
        """
        declared = self.config.cards.get(model)
        if model.startswith(own.PREFIX):
            self._endpoint(model)
            return card_of(None, provider="", declared=declared)
        return card_of(known_entry(model), provider=provider_of(model), declared=declared)

    def count(self, model: str, text: str) -> int:
        """Tokens of a text; for the import's sake of ``litellm``, which brings the encodings along."""
        if model.startswith(own.PREFIX):
            return estimated(text)
        litellm()
        return counted(model, text)

    def place(self, model: str) -> str:
        """The API base that is set is the first model's provider's; others are asked where they are at home."""
        if model.startswith(own.PREFIX):
            return self._endpoint(model).model_dump_json()
        return self.config.api_base if provider_of(model) == self._provider else ""

    def _endpoint(self, model: str) -> Endpoint:
        name = model.removeprefix(own.PREFIX).partition("/")[0]
        found = self.config.endpoints.get(name)
        if found is None:
            raise InvalidInput(
                f"There is no endpoint {name!r} for {model}; MARKET_RESEARCH_LLM_ENDPOINTS declares them."
            )
        return found

    async def ask(self, question: Question, on_text: Listener | None) -> Reply:
        """One attempt.

        Raises:
            AttemptFailed: no whole answer came; the message holds no key.
        """
        try:
            if question.model.startswith(own.PREFIX):
                reply = await self._ask_endpoint(question)
                if on_text:
                    on_text(reply.text)
            else:
                reply = await self._ask_litellm(question, on_text)
        except AttemptFailed as error:
            said = shown(str(error), self._secrets())
            raise AttemptFailed(error.reason, said, again=error.again, wait=error.wait, paid=error.paid) from None
        if not reply.text.strip() and reply.finish == "stop":
            raise AttemptFailed("empty", "the answer is empty", again=True, paid=True)
        return reply

    def _secrets(self) -> frozenset[str]:
        return secrets_here().union(*map(own.secrets_of, self.config.endpoints.values()))

    async def _ask_endpoint(self, question: Question) -> Reply:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self.config.attempt_seconds)
        reply = await own.ask(self._client, self._endpoint(question.model), question)
        limit = ENDLESS * question.max_tokens
        return (
            reply
            if len(reply.text) <= limit
            else Reply(reply.text[:limit], "endless", reply.tokens_in, reply.tokens_out)
        )

    async def _ask_litellm(self, question: Question, on_text: Listener | None) -> Reply:
        library = litellm()
        try:
            answer = await library.acompletion(**self._parameters(question, stream=on_text is not None))
            if on_text is not None:
                return await self._streamed(question, answer, on_text)
            choice = answer.choices[0]
            declined = getattr(choice.message, "refusal", None)
            finish: Finish = "refused" if declined else _FINISHES.get(choice.finish_reason, "stop")
            usage = getattr(answer, "usage", None)
            return self._reply(question, declined or choice.message.content or "", finish, usage)
        except AttemptFailed:
            raise
        except Exception as error:  # noqa: BLE001 - what a garbled answer raises inside LiteLLM is of any kind
            raise failure(error) from None

    def _parameters(self, question: Question, *, stream: bool) -> dict[str, Any]:
        given: dict[str, Any] = {
            "model": question.model,
            "messages": [dict(message) for message in question.messages],
            "temperature": question.temperature,
            "seed": question.seed,
            "max_tokens": question.max_tokens,
            "timeout": self.config.attempt_seconds,
            # Repeating is decided in one place, and not here.
            "num_retries": 0,
            "max_retries": 0,
            # Some models know no seed or no temperature.
            "drop_params": True,
        }
        if question.response_format:
            given["response_format"] = dict(question.response_format)
        if question.place:
            given["api_base"] = question.place
            if missing_keys(question.model, self.config.endpoints):
                # Servers of one's own want none, but the client library does.
                given["api_key"] = "none"
        if stream:
            given |= {"stream": True, "stream_options": {"include_usage": True}}
        return given

    async def _streamed(self, question: Question, stream: Any, on_text: Listener) -> Reply:
        pieces: list[str] = []
        finish, usage, length = None, None, 0
        async for chunk in stream:
            usage = getattr(chunk, "usage", None) or usage
            for choice in chunk.choices[:1]:
                finish = choice.finish_reason or finish
                if piece := choice.delta.content or "":
                    pieces.append(piece)
                    length += len(piece)
                    on_text(piece)
            if length > ENDLESS * question.max_tokens:
                break
        else:
            # LiteLLM says "stop" of itself where the provider said nothing.
            if not getattr(stream, "received_finish_reason", finish):
                raise AttemptFailed("lost", "the stream ended before the answer did", again=True, paid=True)
        return self._reply(question, "".join(pieces), _FINISHES.get(finish or "", "stop"), usage)

    def _reply(self, question: Question, text: str, finish: Finish, usage: Any) -> Reply:
        """With the provider's count of tokens, or ours where it gives none."""
        tokens_in = _stated(usage, "prompt_tokens") or counted(question.model, question.text)
        limit = ENDLESS * question.max_tokens
        if len(text) > limit:
            text, finish = text[:limit], "endless"
        tokens_out = _stated(usage, "completion_tokens") or counted(question.model, text)
        return Reply(text, finish, tokens_in, tokens_out)

    async def close(self) -> None:
        """Close connections to endpoints. LiteLLM's are shared by all who ask, and it closes them at exit."""
        if self._client is not None:
            await self._client.aclose()


def _stated(usage: Any, name: str) -> int:
    value = getattr(usage, name, 0)
    return max(value, 0) if isinstance(value, int) else 0


def failure(error: Exception) -> AttemptFailed:
    """What an exception of LiteLLM means for whoever asks."""
    import litellm.exceptions as known

    headers: Mapping[str, str] = getattr(error, "litellm_response_headers", None) or {}
    # Without headers there was no response, and LiteLLM made the status up.
    status = int(getattr(error, "status_code", 0) or 0) if headers else 0
    wait = retry_after(headers.get("retry-after", ""))
    text = str(error)
    if isinstance(error, known.Timeout):
        return AttemptFailed("lost", "no answer came in time", again=True, paid=True)
    if isinstance(error, known.ContentPolicyViolationError):
        return AttemptFailed("refused", text, again=False)
    # Some call a limit for the minute a quota as well: only this code means that paying would help, and nothing else.
    if status == 402 or "insufficient_quota" in f"{text} {getattr(error, 'body', '')}":
        return AttemptFailed("quota", text, again=False)
    if isinstance(error, known.RateLimitError):
        return AttemptFailed("busy", text, again=True, wait=wait)
    if status in (401, 403) or isinstance(error, known.AuthenticationError | known.PermissionDeniedError):
        return AttemptFailed("denied", text, again=False)
    final = 400 <= status < 500 and status not in _PASSING
    if final or isinstance(error, known.BadRequestError | known.NotFoundError):
        return AttemptFailed("rejected", text, again=False)
    if status or _not_connected(error):
        return AttemptFailed("unavailable", text, again=True, wait=wait)
    return AttemptFailed("lost", f"the answer broke off or is garbled: {text}", again=True, paid=True)


def _not_connected(error: BaseException | None) -> bool:
    """True if the question never left: then nothing was asked."""
    import httpx

    while error is not None:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return True
        error = error.__cause__ or error.__context__
    return False


def provider_of(model: str) -> str:
    """The provider's name as LiteLLM has it; ``endpoint`` for those declared.

    Raises:
        InvalidInput: none is known.
    """
    if model.startswith(own.PREFIX):
        return "endpoint"
    library = litellm()
    try:
        return str(library.get_llm_provider(model)[1])
    except library.exceptions.BadRequestError:
        raise InvalidInput(
            f"No provider is known for the model {model!r}; write PROVIDER/MODEL, such as openai/gpt-4o-mini, "
            "anthropic/claude-sonnet-4-5 or ollama/llama3."
        ) from None


def known_entry(model: str) -> Mapping[str, Any] | None:
    """What LiteLLM's list says of a model."""
    listed = litellm().model_cost
    found = listed.get(model) or listed.get(model.partition("/")[2])
    if found is None:
        return None
    # The same name at another provider has another price.
    same = found.get("litellm_provider") == provider_of(model) or model in listed
    return found if same else None


def missing_keys(model: str, endpoints: Mapping[str, Endpoint]) -> list[str]:
    """Environment variables that the model's provider or endpoint wants and that are not set."""
    if model.startswith(own.PREFIX):
        found = endpoints.get(model.removeprefix(own.PREFIX).partition("/")[0])
        return [name for name in own.variables_of(found) if not os.environ.get(name)] if found else []
    return [str(name) for name in litellm().validate_environment(model).get("missing_keys", [])]
