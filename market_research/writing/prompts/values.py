"""Values of a prompt's variables: checked against their types before they enter it."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from market_research.errors import InvalidInput
from market_research.guard.inspection import LevelName, accepted
from market_research.writing.prompts.model import Variable

_EMPTY: dict[str, Any] = {"text": "", "list": (), "records": (), "instruction": ""}
_SCALARS = (str, int, float, bool, date, type(None))


def fitting(
    variables: Mapping[str, Variable], given: Mapping[str, Any], *, prompt: str, level: LevelName
) -> dict[str, Any]:
    """All variables with their values; what the reader typed (type ``instruction``) has passed the guard.

    Raises:
        InvalidInput: a value is missing, of another type, or refused by the guard; the message names the variable.
    """
    missing = [name for name, variable in variables.items() if name not in given and not variable.optional]
    if missing:
        needs = "; ".join(f"{name} ({variables[name].type}: {variables[name].description})" for name in missing)
        raise InvalidInput(f"The prompt {prompt} needs more values: {needs}")
    made = {}
    for name, variable in variables.items():
        value: Any = given.get(name)
        if value is None and variable.optional:
            made[name] = _EMPTY.get(variable.type)
            continue
        problem = mismatch(variable, value)
        if problem:
            raise InvalidInput(f"The value of {name} for the prompt {prompt} {problem}.")
        if variable.type == "instruction":
            value = accepted(value, where=f"The value of {name}", level=level)
        made[name] = value
    return made


def mismatch(variable: Variable, value: Any) -> str | None:
    """Why a value is not of its variable's type, or None."""
    match variable.type:
        case "text" | "instruction":
            fits, wanted = isinstance(value, str), "must be a text"
        case "list":
            fits = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
            wanted = "must be a list of texts"
        case "records":
            fits = isinstance(value, list | tuple) and all(_is_record(item) for item in value)
            wanted = "must be a list of mappings from names to texts, numbers, days or lists of these"
        case "integer":
            fits, wanted = isinstance(value, int) and not isinstance(value, bool), "must be a whole number"
        case "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            wanted = "must be a finite number"
        case "boolean":
            fits, wanted = isinstance(value, bool), "must be true or false"
        case "choice":
            fits, wanted = value in variable.values, f"must be one of {', '.join(variable.values)}"
    return None if fits else f"{wanted}, not {type(value).__name__} {str(value)[:60]!r}"


def _is_record(item: Any) -> bool:
    return isinstance(item, Mapping) and all(
        isinstance(key, str)
        and (
            isinstance(value, _SCALARS)
            or (isinstance(value, list | tuple) and all(isinstance(part, _SCALARS) for part in value))
        )
        for key, value in item.items()
    )
