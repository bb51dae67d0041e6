"""What is known of a model before it is asked: its price, its context window, what it can do."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from market_research.errors import InvalidInput

# Where nothing is known, room is planned for a small model.
UNKNOWN_CONTEXT = 8192
# They run on one's own machines.
FREE = frozenset({"ollama", "ollama_chat", "lm_studio", "llamafile", "hosted_vllm"})
MILLION = 1_000_000


class ModelCard(BaseModel):
    """Price in dollars per million tokens, sizes in tokens; None is unknown.

    Prices are those of plain calls: what a provider takes off for prompts that it remembers is not taken off here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_usd: float | None = Field(None, ge=0)
    output_usd: float | None = Field(None, ge=0)
    context_tokens: int | None = Field(None, ge=1)
    answer_tokens: int | None = Field(None, ge=1)
    json_schema: bool = False

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """Dollars, or None if a price is unknown."""
        if self.input_usd is None or self.output_usd is None:
            return None
        return (tokens_in * self.input_usd + tokens_out * self.output_usd) / MILLION

    def room(self, tokens_in: int, max_tokens: int) -> int:
        """Tokens left in the context window beside a prompt and its answer; may be negative."""
        return (self.context_tokens or UNKNOWN_CONTEXT) - tokens_in - max_tokens


def cards_of(declared: Mapping[str, Any]) -> dict[str, ModelCard]:
    """Cards as the settings declare them.

    Raises:
        InvalidInput: one says something that no card has.
    """
    cards = {}
    for model, values in declared.items():
        try:
            cards[model] = ModelCard.model_validate(values)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
            known = ", ".join(ModelCard.model_fields)
            raise InvalidInput(
                f"MARKET_RESEARCH_LLM_MODELS, model {model}: {wrong}. A model may have {known}."
            ) from None
    return cards


def card_of(entry: Mapping[str, Any] | None, *, provider: str, declared: ModelCard | None) -> ModelCard:
    """The card of a model from LiteLLM's list; what is declared goes before it."""
    known: dict[str, Any] = {"input_usd": 0.0, "output_usd": 0.0} if provider in FREE else {}
    if entry:
        known |= {
            "input_usd": _per_million(entry.get("input_cost_per_token")),
            "output_usd": _per_million(entry.get("output_cost_per_token")),
            "context_tokens": _size(entry.get("max_input_tokens")) or _size(entry.get("max_tokens")),
            "answer_tokens": _size(entry.get("max_output_tokens")),
            "json_schema": bool(entry.get("supports_response_schema")),
        }
    if declared:
        known |= declared.model_dump(exclude_unset=True)
    return ModelCard.model_validate(known)


def _per_million(price: object) -> float | None:
    return round(float(price) * MILLION, 9) if isinstance(price, int | float | str) else None


def _size(value: object) -> int | None:
    return int(value) or None if isinstance(value, int | float | str) else None
