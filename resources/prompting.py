"""Prompts as this installation has them: its folders, its secret for marks, and its log of what was typed."""

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from market_research.cleaning.schema import SECURITY_EVENTS
from market_research.errors import InvalidInput
from market_research.files import temporary_path
from market_research.guard.inspection import Classify, events, inspect, refusal
from market_research.guard.marks import MarkSource, keyed
from market_research.industries import ResearchRequest
from market_research.settings import TEMPLATES_FOLDER, Settings
from market_research.writing.instruction import Instruction, RefusedInstruction, Typed, read_instruction
from market_research.writing.prompts.library import Layer, Library, load
from market_research.writing.prompts.render import Rendered, render
from resources import appended
from resources.security import TYPED

if TYPE_CHECKING:
    from market_research.writing.llm.section import Fill
    from resources.workspace import Workspace

SECRET_BYTES = 32


def layers(settings: Settings) -> tuple[Layer, ...]:
    """The shipped prompts, then the user's own: files in its folder, contexts in the folder ``contexts`` within."""
    own = settings.own_prompts
    return (Layer(TEMPLATES_FOLDER / "prompts", TEMPLATES_FOLDER / "contexts"), Layer(own, own / "contexts"))


def library(settings: Settings) -> Library:
    """All prompts of this installation; raises as ``library.load``."""
    return load(layers(settings))


def mark_source(settings: Settings) -> MarkSource:
    """Marks for fences under this installation's secret, which is made at the first call."""
    return keyed(_secret(settings.prompt_secret))


def filling(settings: Settings, contexts: Iterable[str] = ()) -> "Fill":
    """Fills this installation's prompts; these contexts are given beside a prompt's own."""
    found, source = library(settings), mark_source(settings)
    further = [found.contexts[name].text for name in contexts]

    def fill(name: str, values: Mapping[str, Any]) -> Rendered:
        filled = render(found, name, values, source, level=settings.guard)
        return replace(filled, system="\n\n".join([filled.system, *further]))

    return fill


def read(workspace: "Workspace", file: Path) -> Instruction:
    """An instruction file, with what the guard noticed in it put into the security log.

    Raises:
        InvalidInput: it cannot be used; the message says why and where.
    """
    try:
        settings = workspace.settings
        instruction, typed = read_instruction(
            file, contexts=library(settings).contexts, level=settings.guard, classify=classifier(settings)
        )
    except RefusedInstruction as refused:
        note(workspace, refused.industry, refused.typed)
        raise
    # Raises where there is no such industry, before anything is written for it.
    workspace.registry.get(instruction.industry)
    note(workspace, instruction.industry, typed)
    return instruction


def vetted(workspace: "Workspace", request: ResearchRequest, name: str) -> tuple[ResearchRequest, tuple[Typed, ...]]:
    """A request with its free texts cleaned by the guard, and what to ``note`` once the industry is registered.

    Raises:
        InvalidInput: one of the texts is refused, which is noted if the industry is known.
    """
    classify = classifier(workspace.settings)

    def one(place: str, text: str) -> Typed:
        return Typed(f"{name} ({place})", inspect(text, workspace.settings.guard, classify=classify))

    typed = {
        "definition": [one("definition", request.definition)],
        "instructions": [one("instructions", request.instructions)],
        "focus_areas": [one(f"focus_areas.{n}", text) for n, text in enumerate(request.focus_areas)],
    }
    listed = tuple(one for texts in typed.values() for one in texts)
    refused = [one for one in listed if not one.verdict.allowed]
    if refused:
        note(workspace, request.industry, listed)
        raise InvalidInput(" ".join(refusal(one.verdict, one.where) for one in refused))
    cleaned: dict[str, Any] = {key: texts[0].verdict.cleaned for key, texts in typed.items() if key != "focus_areas"}
    cleaned["focus_areas"] = tuple(one.verdict.cleaned for one in typed["focus_areas"])
    return request.model_copy(update=cleaned), listed


def note(workspace: "Workspace", industry: str, typed: Iterable[Typed]) -> None:
    """Append flags to ``security_events``; they reach the warehouse with the industry's next run."""
    if industry not in workspace.registry.known():
        return
    frames = [events(one.verdict, industry=industry, where=one.where) for one in typed]
    rows = pl.concat([SECURITY_EVENTS.frame(), *frames]).unique("event_id", maintain_order=True)
    appended.append(workspace.lake, TYPED, SECURITY_EVENTS, industry, rows)


def classifier(settings: Settings) -> Classify:
    """The trained classifier of typed texts; the embedding model is loaded at the first text that it is asked about."""

    def classify(text: str) -> tuple[float, str]:
        from market_research.guard import trained
        from market_research.retrieval import embedding

        pieces = trained.pieces(text)
        if not pieces:
            return 0.0, ""
        scores = trained.scores(embedding.load(settings.models).embed(pieces))
        highest = int(scores.argmax())
        return float(scores[highest]), pieces[highest]

    return classify


def _secret(path: Path) -> bytes:
    """The secret in this file; whoever comes first makes it, whole, and all others read that one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = temporary_path(path)
        try:
            temporary.touch(mode=0o600)
            temporary.write_bytes(secrets.token_bytes(SECRET_BYTES))
            # A link fails where the name is taken: of two first calls one wins.
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink(missing_ok=True)
    found = path.read_bytes()
    if len(found) < SECRET_BYTES:
        raise InvalidInput(
            f"The secret for prompts at {path} is damaged; delete the file, and the next call makes a new one."
        )
    return found
