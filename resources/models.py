"""The configured language models, those that could be, and what calls have cost."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from market_research.cleaning.schema import LLM_CALLS
from market_research.errors import InvalidInput
from market_research.language_model.calls import Message
from market_research.language_model.cards import ModelCard, card_of, cards_of
from market_research.language_model.config import config_of
from market_research.language_model.embeddings import EmbeddingProviders, embedding_config, named
from market_research.language_model.providers import Providers, litellm, missing_keys, provider_of
from market_research.settings import Settings
from resources.embedding import wanted
from resources.language_model import LAYER, calls
from resources.workspace import Workspace

# What is asked for no industry is booked under this name.
NO_INDUSTRY = "doctor"
_LISTED = ("chat", "responses")


@dataclass(frozen=True)
class Found:
    """Whether a configured model can be asked, and what is known of it or missing."""

    usable: bool
    detail: str


def check(workspace: Workspace) -> list[Found]:
    """The configured models in their order, from what is known here; nothing is asked.

    Raises:
        NoModel: none is configured, or LiteLLM is not installed.
        InvalidInput: a setting cannot be read, or names a provider that does not exist.
    """
    config = config_of(workspace.settings)
    transport = Providers(config)
    return [_found(model, transport, priced=bool(config.run_usd or config.month_usd)) for model in config.models]


def check_embeddings(workspace: Workspace) -> Found:
    """The configured embedding model, as ``check`` tells of those that write."""
    model, place = named(wanted(workspace.settings))
    config = embedding_config(model, place, workspace.settings)
    return _found(model, EmbeddingProviders(config), priced=bool(config.run_usd or config.month_usd))


def _found(model: str, transport: Providers | EmbeddingProviders, *, priced: bool) -> Found:
    card = transport.card(model)
    missing = missing_keys(model, transport.config.endpoints)
    if missing and not (transport.place(model) and provider_of(model) != "endpoint"):
        return Found(False, f"{model}: set {' and '.join(missing)} in the environment")
    if priced and (card.input_usd is None or card.output_usd is None):
        return Found(False, f"{model}: its price is not known; set it in MARKET_RESEARCH_LLM_MODELS")
    return Found(True, f"{model}: {_said(card)}")


def _said(card: ModelCard) -> str:
    window = f"{card.context_tokens:,} tokens" if card.context_tokens else "context size unknown"
    if card.input_usd is None or card.output_usd is None:
        return f"{window}, price unknown"
    return f"{window}, {card.input_usd:g} and {card.output_usd:g} dollars per million tokens in and out"


def try_out(workspace: Workspace) -> str:
    """Put one small question to the default model and say how that went.

    Raises:
        MarketResearchError: it gave no answer.
    """
    now = datetime.now(UTC)
    # The time makes it a new question, which the cache does not answer.
    asked = Message(role="user", content=f"Answer with the one word: ready ({now.isoformat()})")
    started = time.monotonic()
    with (
        workspace.lock(NO_INDUSTRY),
        workspace.language_model(NO_INDUSTRY, run_id=f"doctor {now.isoformat()}") as model,
    ):
        answer = asyncio.run(model.complete("doctor", [asked], max_tokens=256))
    cost = "at an unknown price" if answer.cost_usd is None else f"for {answer.cost_usd:.6f} dollars"
    return f"{answer.model} answers in {time.monotonic() - started:.1f} s, {cost}"


def listed(settings: Settings, providers: Iterable[str] = ()) -> pl.DataFrame:
    """Models that LiteLLM or the settings know, of these providers or of the configured ones; nothing is asked.

    Columns: model, provider, context_tokens, answer_tokens, input_usd and output_usd (dollars per million tokens),
    json_schema.

    Raises:
        InvalidInput: a provider is not known, or none is configured and none is given.
        NoModel: LiteLLM is not installed.
    """
    entries = {name: entry for name, entry in litellm().model_cost.items() if entry.get("mode") in _LISTED}
    known = {str(entry.get("litellm_provider")) for entry in entries.values()}
    wanted = set(providers) or (
        {*map(provider_of, config_of(settings).models)} - {"endpoint"} if settings.llm else set()
    )
    declared = cards_of(settings.llm_models)
    if not wanted and not declared:
        raise InvalidInput("No model is configured; say whose models to list, such as --provider openai.")
    if unknown := sorted(set(providers) - known):
        raise InvalidInput(f"LiteLLM lists no models of {', '.join(unknown)}; it does of {', '.join(sorted(known))}.")
    rows = [{"model": name, "provider": name.partition("/")[0], **card.model_dump()} for name, card in declared.items()]
    for name, entry in sorted(entries.items()):
        provider = str(entry.get("litellm_provider"))
        whole = name if name.startswith(f"{provider}/") else f"{provider}/{name}"
        if provider in wanted and whole not in declared:
            card = card_of(entry, provider=provider, declared=None)
            rows.append({"model": whole, "provider": provider, **card.model_dump()})
    schema = {
        "model": pl.String, "provider": pl.String, "context_tokens": pl.Int64, "answer_tokens": pl.Int64,
        "input_usd": pl.Float64, "output_usd": pl.Float64, "json_schema": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def costs(workspace: Workspace) -> pl.DataFrame:
    """Calls, tokens and dollars by month, industry, purpose, model and status, the newest month first."""
    lake = workspace.lake
    rows = pl.concat([LLM_CALLS.frame(), *(calls(lake, key) for key in lake.industries(LAYER, LLM_CALLS.name))])
    return (
        rows.group_by(pl.col("called_at").dt.strftime("%Y-%m").alias("month"), "industry", "purpose", "model", "status")
        .agg(
            pl.len().alias("calls"),
            pl.col("tokens_in", "tokens_out").filter(~pl.col("cached")).sum(),
            pl.col("cost_usd").sum(),
        )
        .sort(["month", "cost_usd", "industry", "purpose", "model", "status"], descending=[True, True, *[False] * 4])
    )
