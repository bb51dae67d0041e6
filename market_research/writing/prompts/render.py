"""A prompt filled with values: the messages for a model, and what to record of them."""

import hashlib
import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from market_research.errors import InvalidInput
from market_research.guard.inspection import LevelName
from market_research.guard.marks import MarkSource, mark_for, notice
from market_research.writing.prompts import check
from market_research.writing.prompts.library import Library
from market_research.writing.prompts.model import Prompt
from market_research.writing.prompts.syntax import MARK
from market_research.writing.prompts.values import fitting


@dataclass(frozen=True)
class Rendered:
    """One call's messages. ``output`` names the form of the answer in schemas.py, ``model`` which model to ask."""

    name: str
    version: str
    system: str
    user: str
    output: str | None
    model: Literal["default", "fast"]

    @property
    def messages(self) -> list[dict[str, str]]:
        """The messages as chat models take them."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.user}]

    @property
    def sha256(self) -> str:
        """Hash of the messages, for ``llm_calls`` and the cache of answers."""
        return hashlib.sha256(json.dumps(self.messages, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def render(
    library: Library, name: str, values: Mapping[str, Any], source: MarkSource, *, level: LevelName = "moderate"
) -> Rendered:
    """Fill a prompt: what it includes in its places, the parts of a sequential one in order.

    ``source`` makes the mark of the call's fences (``marks.keyed`` with the installation's secret).

    Raises:
        NotFound: no such prompt.
        InvalidInput: a value is missing, unknown, of the wrong type or refused by the guard, or the prompt is parallel.
    """
    prompt = library.prompt(name)
    if prompt.head.compose == "parallel":
        raise InvalidInput(f"The prompt {name} has variants side by side; each is a call of its own: use variants().")
    return _filled(library, prompt, _checked(library, name, values, level), source)


def variants(
    library: Library, name: str, values: Mapping[str, Any], source: MarkSource, *, level: LevelName = "moderate"
) -> tuple[Rendered, ...]:
    """The calls of a parallel prompt in the order of its parts; of another its single one. Raises as ``render``."""
    prompt = library.prompt(name)
    if prompt.head.compose != "parallel":
        return (render(library, name, values, source, level=level),)
    fitted = _checked(library, name, values, level)
    return tuple(
        call
        for part in prompt.head.parts
        for call in variants(
            library, part.prompt, _for_part(library, part.prompt, fitted | part.given), source, level=level
        )
    )


def _checked(library: Library, name: str, values: Mapping[str, Any], level: LevelName) -> dict[str, Any]:
    unknown = set(values) - library.accepts[name]
    if unknown:
        raise InvalidInput(
            f"The prompt {name} has no variable {', '.join(sorted(unknown))}; "
            f"it has {', '.join(sorted(library.accepts[name])) or 'none'}."
        )
    return fitting(library.variables(name), values, prompt=name, level=level)


def _for_part(library: Library, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    wanted = library.variables(name)
    return {key: value for key, value in values.items() if key in wanted and value is not None}


def _filled(library: Library, prompt: Prompt, values: dict[str, Any], source: MarkSource) -> Rendered:
    version = library.version(prompt.name)
    # Everything that the prompt is filled with decides the mark, so that no two different calls share one.
    mark = mark_for(json.dumps([prompt.name, version, values], sort_keys=True, ensure_ascii=False, default=str), source)
    user = _text(library, prompt, values | {MARK: mark})
    told = notice(mark, instruction=f"<<instruction {mark}" in user) if f"<<data {mark}" in user or (
        f"<<instruction {mark}" in user) else ""  # fmt: skip
    system = "\n\n".join([*(context.text for context in library.contexts_of(prompt.name)), *([told] if told else [])])
    return Rendered(prompt.name, version, system, user, prompt.head.output, prompt.head.model)


def _text(library: Library, prompt: Prompt, values: dict[str, Any]) -> str:
    if prompt.head.compose == "sequential":
        parts = [(library.prompts[part.prompt], values | part.given) for part in prompt.head.parts]
        return "\n\n".join(_text(library, part, _complete(library, part, given)) for part, given in parts)
    from jinja2 import TemplateError

    try:
        return library.environment.get_template(prompt.name).render(values).strip("\n")
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise InvalidInput(f"{_place(library, prompt, error)}: the prompt cannot be filled: {error}.") from error


def _complete(library: Library, part: Prompt, values: dict[str, Any]) -> dict[str, Any]:
    """Values for one part of several, which sees its own variables only."""
    wanted = check.variables(part, library.prompts)
    return {key: value for key, value in values.items() if key in wanted or key == MARK}


def _place(library: Library, prompt: Prompt, error: Exception) -> str:
    """File and line of the innermost template that the error came through."""
    offsets = {str(one.file): one.body_line - 1 for one in library.prompts.values()}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in offsets]
    if not frames:
        return str(prompt.file)
    return f"{frames[-1].filename}:{(frames[-1].lineno or 1) + offsets[frames[-1].filename]}"
