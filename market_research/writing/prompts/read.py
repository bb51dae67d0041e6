"""Prompt files and context documents read one by one: what is wrong with a file alone is said here."""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ValidationError

from market_research.writing.prompts.front_matter import FrontMatter, FrontMatterError, split
from market_research.writing.prompts.model import Context, ContextHead, Problem, Prompt, PromptHead
from market_research.writing.prompts.syntax import analyse


def read_prompt(file: Path, layer: int) -> tuple[Prompt | None, list[Problem]]:
    """A prompt file, or None if its head cannot be used, and what is wrong with it."""
    read = _read(file)
    if isinstance(read, Problem):
        return None, [read]
    text, front = read
    head, problems = _validated(PromptHead, front, file)
    if not isinstance(head, PromptHead):
        return None, problems
    syntax = analyse(front.body, head.variables)
    offset = front.body_line - 1
    problems += [Problem(file, offset + line, message) for line, message in syntax.problems]
    if head.compose and front.body:
        problems.append(
            Problem(
                file, front.body_line, "a composed prompt has no text of its own; put it into a prompt among its parts"
            )
        )
    if bool(head.compose) != bool(head.parts):
        problems.append(
            Problem(file, front.line("compose") if head.compose else front.line("parts"),
                    "'compose' and 'parts' belong together; give both or neither")
        )  # fmt: skip
    if head.compose and head.variables:
        problems.append(
            Problem(
                file, front.line("variables"), "a composed prompt has the variables of its parts; declare them there"
            )
        )
    if not head.compose and not front.body:
        problems.append(Problem(file, front.body_line, "the prompt has no text; write it below the settings"))
    prompt = Prompt(
        head=head,
        file=file,
        layer=layer,
        body=front.body,
        body_line=front.body_line,
        lines={".".join(map(str, path)): line for path, line in front.lines.items()},
        sha256=_sha256(text),
        uses={name: offset + line for name, line in syntax.uses.items()},
        includes={name: offset + line for name, line in syntax.includes.items()},
    )
    return prompt, problems


def read_context(file: Path, layer: int) -> tuple[Context | None, list[Problem]]:
    """A context document, or None and what is wrong with it."""
    read = _read(file)
    if isinstance(read, Problem):
        return None, [read]
    text, front = read
    head, problems = _validated(ContextHead, front, file)
    if not isinstance(head, ContextHead):
        return None, problems
    if not front.body:
        problems.append(Problem(file, front.body_line, "the context has no text; write it below the settings"))
    return Context(head.name, head.purpose, front.body, file, layer, _sha256(text)), problems


def _read(file: Path) -> tuple[str, FrontMatter] | Problem:
    try:
        text = file.read_text("utf-8")
        return text, split(text)
    except UnicodeDecodeError as error:
        return Problem(file, 1, f"byte {error.start} is not UTF-8; save the file as UTF-8")
    except OSError as error:
        return Problem(file, 1, f"the file cannot be read: {error.strerror}")
    except FrontMatterError as error:
        return Problem(file, error.line, error.message)


def _validated(model: type[BaseModel], front: FrontMatter, file: Path) -> tuple[BaseModel | None, list[Problem]]:
    try:
        return model.model_validate(front.values), []
    except ValidationError as error:
        return None, [
            Problem(file, front.line(*item["loc"]), f"{_path(item['loc'])}: {_said(item['type'], item['msg'], model)}")
            for item in error.errors()
        ]


def _path(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path) or "settings"


def _said(kind: str, message: str, model: type[BaseModel]) -> str:
    if kind == "extra_forbidden":
        known = f"there are {', '.join(model.model_fields)}, and for a variable type, description, optional, values"
        return f"no such setting; {known} (a text that holds a comma or a colon needs quotation marks)"
    if kind == "missing":
        return "is missing; add it to the settings at the head of the file"
    if kind == "string_pattern_mismatch":
        return "must be lower-case letters, digits and _, starting with a letter"
    return message.removeprefix("Value error, ")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
