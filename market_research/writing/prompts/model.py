"""What prompt files and context documents declare."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Sentence = Annotated[str, Field(min_length=1, max_length=500)]
VariableType = Literal["text", "list", "records", "instruction", "integer", "number", "boolean", "choice"]

PLAIN: frozenset[VariableType] = frozenset({"integer", "number", "boolean", "choice"})
"""Types whose values cannot carry words of somebody else: they may stand in a prompt as they are."""


class Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Variable(Declared):
    """A variable: ``text``, ``list`` (of texts), ``records`` (mappings), ``instruction`` (what the reader asks for),
    ``integer``, ``number``, ``boolean``, or ``choice`` of ``values``. An optional one is empty if it is not given."""

    type: VariableType
    description: Sentence
    optional: bool = False
    values: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _values_of_a_choice(self) -> "Variable":
        if (self.type == "choice") != bool(self.values):
            raise ValueError("'values' belong to a variable of the type choice, and every choice needs them")
        return self


class Part(Declared):
    """A prompt that a composed one is made of, with fixed values for some of its variables."""

    prompt: Name
    given: dict[Name, Any] = Field(default_factory=dict, alias="with")


class PromptHead(Declared):
    """The settings at the head of a prompt file."""

    name: Name
    purpose: Sentence
    variables: dict[Name, Variable] = Field(default_factory=dict)
    contexts: tuple[Name, ...] = ()
    output: Name | None = Field(None, description="Schema of the answer, a name in schemas.py.")
    model: Literal["default", "fast"] = "default"
    compose: Literal["sequential", "parallel"] | None = None
    parts: tuple[Part, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _accept_plain_parts(cls, values: Any) -> Any:
        if isinstance(values, dict) and isinstance(values.get("parts"), list):
            parts = [{"prompt": part} if isinstance(part, str) else part for part in values["parts"]]
            values = {**values, "parts": parts}
        return values


class ContextHead(Declared):
    """The settings at the head of a context document."""

    name: Name
    purpose: Sentence


@dataclass(frozen=True)
class Prompt:
    """A prompt file as read: ``uses`` are the variables in its text, ``includes`` other prompts, each with its line."""

    head: PromptHead
    file: Path
    layer: int
    body: str
    body_line: int
    lines: dict[str, int]
    sha256: str
    uses: dict[str, int]
    includes: dict[str, int]

    @property
    def name(self) -> str:
        return self.head.name

    def problem(self, place: str | int, message: str) -> "Problem":
        """A problem at a line, or at a setting such as ``contexts.0`` (the nearest one above if it is not there)."""
        if isinstance(place, int):
            return Problem(self.file, place, message)
        return Problem(self.file, self.line(place), message)

    def line(self, key: str) -> int:
        return self.lines.get(key) or self.lines.get(key.rpartition(".")[0], 1)


@dataclass(frozen=True)
class Context:
    """A context document: it enters prompts as it is, without variables."""

    name: str
    purpose: str
    text: str
    file: Path
    layer: int
    sha256: str


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file, with the line and what to do about it."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"
