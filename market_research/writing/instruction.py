"""A reader's instruction file: which report of an industry, from which evidence, and what it should dwell on.

The head holds what a program must understand; the text below is the reader's own words. They choose, they do not rule:
every text passes the guard, and what a report may say is decided by the citation gate alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from market_research.errors import InvalidInput
from market_research.guard.inspection import Classify, LevelName, Verdict, inspect, refusal
from market_research.industries import KEY_PATTERN
from market_research.settings import FORMATS, Format
from market_research.writing.prompts.front_matter import FrontMatter, FrontMatterError, split

SectionKey = Literal[
    "executive_summary",
    "industry_analysis",
    "competitive_landscape",
    "trends_outlook",
    "technology_adoption",
    "commerce",
    "strategic_implications",
]
SECTIONS: tuple[SectionKey, ...] = get_args(SectionKey)
Line = Annotated[str, Field(min_length=1, max_length=500)]
Year = Annotated[int, Field(ge=1900, le=2200)]
EVIDENCE_COLUMNS = ("fact_id", "finding_id", "passage_id")
_TEXTS = ("title", "questions", "focus", "companies", "text")


class Instruction(BaseModel):
    """What a reader asks for. Only ``industry`` is required, with a text, questions or topics to go by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    industry: Annotated[str, Field(pattern=KEY_PATTERN.pattern)]
    title: Line | None = None
    sections: tuple[SectionKey, ...] = Field(SECTIONS, min_length=1, description="Sections to write, in this order.")
    questions: tuple[Line, ...] = Field((), max_length=20, description="Questions that the report must answer.")
    focus: tuple[Line, ...] = Field((), max_length=20, description="Topics to stress.")
    companies: tuple[Line, ...] = Field((), max_length=200, description="Only these companies; all if left out.")
    start_year: Year | None = None
    end_year: Year | None = None
    data: Annotated[str, Field(max_length=10_000)] | None = Field(
        None, description="One SELECT that gives a column fact_id, finding_id or passage_id: the evidence to use."
    )
    contexts: tuple[str, ...] = Field((), description="Context documents to give to the writer as well.")
    formats: tuple[Format, ...] = Field(FORMATS, min_length=1, description="Forms of the finished report.")
    text: str = ""

    @model_validator(mode="after")
    def _sound(self) -> "Instruction":
        if self.start_year and self.end_year and self.start_year > self.end_year:
            raise ValueError(f"start_year {self.start_year} is after end_year {self.end_year}")
        if len(set(self.sections)) < len(self.sections):
            raise ValueError("a section is named twice in 'sections'")
        if not (self.text.strip() or self.questions or self.focus):
            raise ValueError(
                "the file asks for nothing; write what you want below the settings, or give questions or focus"
            )
        return self


@dataclass(frozen=True)
class Typed:
    """One text of the file with its place and the guard's verdict, for the security log."""

    where: str
    verdict: Verdict


class RefusedInstruction(InvalidInput):
    """A text of the file was refused by the guard; ``industry`` is as the file gives it, ``typed`` what was noticed."""

    def __init__(self, message: str, industry: str, typed: tuple[Typed, ...]) -> None:
        super().__init__(message)
        self.industry = industry
        self.typed = typed


def read_instruction(
    file: Path, *, contexts: Collection[str], level: LevelName = "moderate", classify: Classify | None = None
) -> tuple[Instruction, tuple[Typed, ...]]:
    """Read, clean and validate an instruction file; ``contexts`` are the names of the documents that there are,
    ``classify`` is the trained classifier.

    Raises:
        RefusedInstruction: the guard refuses one of its texts.
        InvalidInput: unreadable, or a setting is unknown, missing or wrong; the message gives a line for each problem.
    """
    try:
        front = split(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"Cannot read the instruction {file}: {error}.") from error
    except FrontMatterError as error:
        raise InvalidInput(f"The instruction cannot be used: {file}:{error.line}: {error.message}.") from error
    if "text" in front.values:
        raise _invalid(
            file, [(front.line("text"), "text: there is no such setting; write the text below the settings")]
        )
    values, typed = _guarded(file, front, level, classify)
    try:
        made = Instruction.model_validate(values)
    except ValidationError as error:
        raise _invalid(file, [(front.line(*item["loc"]), _said(item)) for item in error.errors()]) from error
    problems = [
        (
            front.line("contexts", index),
            f"there is no context '{name}'; there are {', '.join(sorted(contexts)) or 'none'}",
        )
        for index, name in enumerate(made.contexts)
        if name not in contexts
    ]
    if made.data is not None and (problem := _not_a_selection(made.data)):
        problems.append((front.line("data"), f"data: {problem}"))
    if problems:
        raise _invalid(file, problems)
    return made, typed


def _guarded(
    file: Path, front: FrontMatter, level: LevelName, classify: Classify | None
) -> tuple[dict[str, Any], tuple[Typed, ...]]:
    """The values with every text cleaned. Whatever is not a text is left for the validation to name."""
    values: dict[str, Any] = dict(front.values) | {"text": front.body}
    typed: list[Typed] = []

    def clean(value: object, line: int, what: str) -> object:
        if not isinstance(value, str):
            return value
        verdict = inspect(value, level, classify=classify)
        typed.append(Typed(f"{file.name}:{line} ({what})", verdict))
        return verdict.cleaned

    for key in _TEXTS:
        line = front.body_line if key == "text" else front.line(key)
        value = values.get(key)
        if isinstance(value, list):
            values[key] = [clean(item, front.line(key, index), key) for index, item in enumerate(value)]
        elif value is not None:
            values[key] = clean(value, line, key)
    refused = [one for one in typed if not one.verdict.allowed]
    if refused:
        said = " ".join(refusal(one.verdict, one.where) for one in refused)
        raise RefusedInstruction(
            f"The instruction cannot be used: {said}", str(values.get("industry", "")), tuple(typed)
        )
    return values, tuple(typed)


def _not_a_selection(sql: str) -> str | None:
    """Why this is not one SELECT of evidence ids, or None. Whether tables and columns exist, the warehouse says."""
    import sqlglot
    from sqlglot import exp

    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        return f"this is not SQL: {' '.join(str(error).split())[:200]}"
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return "give exactly one SELECT"
    named = statements[0].named_selects
    if "*" not in named and not set(named) & set(EVIDENCE_COLUMNS):
        return f"the SELECT must give a column {', '.join(EVIDENCE_COLUMNS[:-1])} or {EVIDENCE_COLUMNS[-1]}"
    return None


def _said(item: Any) -> str:
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        known = ", ".join(name for name in Instruction.model_fields if name != "text")
        return f"{path}: there is no such setting; there are {known}"
    if item["type"] == "missing":
        return f"{path}: is missing; add it to the settings at the head"
    said = str(item["msg"]).removeprefix("Value error, ")
    return f"{path}: {said}" if path else said


def _invalid(file: Path, problems: list[tuple[int, str]]) -> InvalidInput:
    listed = "; ".join(f"{file}:{line}: {message}" for line, message in problems)
    return InvalidInput(f"The instruction cannot be used: {listed}.")
