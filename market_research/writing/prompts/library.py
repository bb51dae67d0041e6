"""All prompts and contexts of an installation: the shipped folder with the user's own laid over it, by name."""

import hashlib
import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from market_research.errors import InvalidInput, NotFound
from market_research.writing.prompts import check
from market_research.writing.prompts.model import Context, Problem, Prompt, Variable
from market_research.writing.prompts.read import read_context, read_prompt
from market_research.writing.prompts.schemas import SCHEMAS
from market_research.writing.prompts.syntax import environment

if TYPE_CHECKING:
    from jinja2 import Environment

RENDERING = 1
"""Part of every version: to be raised when the same files give other messages."""


@dataclass(frozen=True)
class Layer:
    """A folder of prompts and one of contexts. Of two layers the later one wins, name by name."""

    prompts: Path
    contexts: Path


@dataclass(frozen=True)
class Library:
    """Prompts that have been found sound, and the contexts that they name."""

    prompts: Mapping[str, Prompt]
    contexts: Mapping[str, Context]
    accepts: Mapping[str, frozenset[str]]
    """Variables that callers may pass to a prompt: more than it uses if it stands over a shipped one."""

    def prompt(self, name: str) -> Prompt:
        """The prompt of this name.

        Raises:
            NotFound: there is none.
        """
        if name not in self.prompts:
            raise NotFound(f"There is no prompt {name!r}; `market-research prompt list` shows all.")
        return self.prompts[name]

    def variables(self, name: str) -> dict[str, Variable]:
        """The variables that a caller gives to a prompt."""
        return check.variables(self.prompt(name), self.prompts)

    def contexts_of(self, name: str) -> tuple[Context, ...]:
        """Contexts of a prompt and of all that it is made of, each once, the most general first."""
        prompt = self.prompt(name)
        names = dict.fromkeys(prompt.head.contexts)
        for further in check.below(prompt):
            names |= dict.fromkeys(context.name for context in self.contexts_of(further))
        return tuple(self.contexts[name] for name in names)

    def version(self, name: str) -> str:
        """16 hex digits of the content: the file, all that it includes, its contexts and the form of its answer."""
        if name in self._versions:
            return self._versions[name]
        prompt = self.prompt(name)
        made_of = [
            RENDERING,
            prompt.sha256,
            [self.contexts[context].sha256 for context in prompt.head.contexts],
            {further: self.version(further) for further in check.below(prompt)},
            SCHEMAS[prompt.head.output].model_json_schema() if prompt.head.output else None,
        ]
        self._versions[name] = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]
        return self._versions[name]

    @cached_property
    def _versions(self) -> dict[str, str]:
        return {}

    @cached_property
    def environment(self) -> "Environment":
        """The template engine over these prompts; each is compiled once."""
        return environment(lambda name: (self.prompts[name].body, str(self.prompts[name].file)))


def examine(layers: tuple[Layer, ...]) -> tuple[Library, list[Problem]]:
    """Read all files and say everything that is wrong with them, in the order of files and lines."""
    prompts: list[Prompt] = []
    contexts: list[Context] = []
    problems: list[Problem] = []
    broken: set[str] = set()
    for number, layer in enumerate(layers):
        for file in _files(layer.prompts):
            prompt, wrong = read_prompt(file, number)
            problems += wrong
            if prompt is None:
                broken.add(file.stem)
            else:
                prompts.append(prompt)
        for file in _files(layer.contexts):
            context, wrong = read_context(file, number)
            problems += wrong
            if context is None:
                broken.add(f"context {file.stem}")
            else:
                contexts.append(context)
    problems += check.same_names(prompts) + check.same_names(contexts)
    # Later layers replace earlier ones; sorted, so that no file system's order decides anything.
    top = {prompt.name: prompt for prompt in sorted(prompts, key=lambda p: p.layer)}
    known = {context.name: context for context in sorted(contexts, key=lambda c: c.layer)}
    problems += check.across(top, known, frozenset(broken))
    library = Library(top, known, {})
    if problems:
        return library, _in_order(problems)
    shipped = {prompt.name: prompt for prompt in prompts if prompt.layer == 0}
    accepts: dict[str, frozenset[str]] = {}
    for name, prompt in top.items():
        own = frozenset(check.variables(prompt, top))
        under = shipped.get(name)
        if under is not None and under is not prompt:
            problems += check.overlaid(prompt, under, top, shipped)
            own |= frozenset(check.variables(under, shipped))
        accepts[name] = own
    return replace(library, accepts=accepts), _in_order(problems)


_loaded: dict[tuple[Layer, ...], tuple[object, Library]] = {}
_lock = threading.Lock()


def load(layers: tuple[Layer, ...]) -> Library:
    """The library of these folders; read again only when one of their files has changed, come or gone.

    Raises:
        InvalidInput: something is wrong with a file; the message gives file, line and what to do for each problem.
    """
    stamp = _stamp(layers)
    with _lock:
        held = _loaded.get(layers)
    if held is not None and held[0] == stamp:
        return held[1]
    library, problems = examine(layers)
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise InvalidInput(f"The prompts cannot be used until this is put right:\n{listed}")
    with _lock:
        _loaded[layers] = stamp, library
    return library


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.md") if path.is_file() and not path.name.startswith("."))


def _stamp(layers: tuple[Layer, ...]) -> object:
    found = []
    for file in (file for layer in layers for folder in (layer.prompts, layer.contexts) for file in _files(folder)):
        with suppress(FileNotFoundError):  # gone since the folder was listed
            state = file.stat()
            found.append((str(file), state.st_mtime_ns, state.st_size, state.st_ino))
    return tuple(found)


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda p: (str(p.file), p.line, p.message))
