"""Which models are asked, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from market_research.errors import InvalidInput
from market_research.language_model.cards import ModelCard, cards_of
from market_research.language_model.endpoint import Endpoint, read_endpoints
from market_research.language_model.errors import NoModel

if TYPE_CHECKING:
    from market_research.settings import Settings


@dataclass(frozen=True)
class ModelConfig:
    """Everything that a language model is told. Models are LiteLLM's names, or ``endpoint/NAME`` for those declared.

    Zero requests, tokens or dollars are no limit.
    """

    model: str
    fast: str = ""
    fallbacks: tuple[str, ...] = ()
    api_base: str = ""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    cards: Mapping[str, ModelCard] = field(default_factory=dict)
    attempt_seconds: float = 120.0
    total_seconds: float = 600.0
    attempts: int = 4
    backoff_seconds: float = 1.0
    max_wait_seconds: float = 120.0
    concurrency: int = 32
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    run_usd: float = 0.0
    month_usd: float = 0.0
    breaker_failures: int = 5
    breaker_seconds: float = 60.0
    temperature: float = 0.0
    seed: int | None = 0

    def chain(self, *, fast: bool) -> tuple[str, ...]:
        """Models in the order in which they are asked."""
        first = [self.fast] if fast and self.fast else []
        return tuple(dict.fromkeys([*first, self.model, *self.fallbacks]))

    @property
    def models(self) -> tuple[str, ...]:
        return self.chain(fast=True)


def config_of(settings: "Settings") -> ModelConfig:
    """The configuration that the settings ask for.

    Raises:
        NoModel: they name none.
        InvalidInput: the API base, an endpoint or a model cannot be read.
    """
    if not settings.llm:
        raise NoModel("No language model is configured; name one in MARKET_RESEARCH_LLM, such as openai/gpt-4o-mini.")
    base = urlsplit(settings.llm_api_base)
    if settings.llm_api_base and (base.scheme not in ("http", "https") or not base.hostname):
        raise InvalidInput("MARKET_RESEARCH_LLM_API_BASE must be a URL such as http://localhost:8000/v1.")
    if base.username or base.password:
        raise InvalidInput(
            "MARKET_RESEARCH_LLM_API_BASE must hold no user or password; set the provider's key instead."
        )
    return ModelConfig(
        model=settings.llm,
        fast=settings.llm_fast,
        fallbacks=settings.llm_fallbacks,
        api_base=settings.llm_api_base.rstrip("/"),
        endpoints=read_endpoints(settings.llm_endpoints) if settings.llm_endpoints else {},
        **of_all_models(settings),
    )


def of_all_models(settings: "Settings") -> dict[str, Any]:
    """What the settings say of every model, those that embed too: cards, limits and budgets of a ``ModelConfig``."""
    return {
        "cards": cards_of(settings.llm_models),
        "attempt_seconds": settings.llm_attempt_seconds,
        "total_seconds": settings.llm_total_seconds,
        "attempts": settings.llm_attempts,
        "backoff_seconds": settings.llm_backoff_seconds,
        "concurrency": settings.llm_concurrency,
        "requests_per_minute": settings.llm_requests_per_minute,
        "tokens_per_minute": settings.llm_tokens_per_minute,
        "run_usd": settings.llm_run_usd,
        "month_usd": settings.llm_month_usd,
    }
