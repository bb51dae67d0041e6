"""What is wrong with a request, in words that name the rule by its number and show what to write."""

from collections.abc import Iterable, Mapping
from typing import Any

from market_research.transforming.rules import RULES, Transformation


def explain_all(errors: Iterable[Mapping[str, Any]]) -> str:
    """Pydantic's errors about a request, joined; those that only follow from another are left out."""
    # Of a list with a bad item pydantic also says that it has too few.
    shown = [error for error in errors if not (error["type"] == "too_short" and error["input"])]
    return "; ".join(dict.fromkeys(explain(error) for error in shown))


def explain(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors about a request as a sentence, with an example where it is about a rule.

    >>> explain({"loc": ("transformations", 0, "rules", 1, "drop", "columns"), "msg": "Field required"})
    'transformation 1, rule 2 (drop): columns: Field required; write for example {rule: drop, columns: [note, phone]}'
    """
    place = list(error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    if not place or place[0] not in ("transformations", "sources") or len(place) < 2:
        return f"{_joined(place) or 'request'}: {message}"
    if "rules" not in place[2:]:
        if place[0] == "sources":
            return f"{_joined(place)}: {message}"
        where = f"transformation {place[1] + 1}: {_joined(place[2:])}"
        return f"{where}: {message}; write for example {Transformation.example}"
    where = f"transformation {place[1] + 1}" if place[0] == "transformations" else f"source {place[1] + 1}"
    rest = place[place.index("rules") + 1 :]
    if not rest:
        return f"{where}: rules: {message}"
    label = f"{where}, rule {rest[0] + 1}"
    rule = RULES.get(str(rest[1])) if len(rest) > 1 else None
    if rule is None:
        return f"{label}: {_unknown(error)}"
    inside = _joined(rest[2:])
    said = f"{inside}: {message}" if inside else message
    return f"{label} ({rest[1]}): {said}; write for example {rule.example}"


def _unknown(error: Mapping[str, Any]) -> str:
    kind = str(error.get("type", ""))
    listed = ", ".join(RULES)
    if kind == "union_tag_invalid":
        return f"there is no rule {error['ctx']['tag']!r}; the rules are {listed}"
    return f"a rule must say which it is; write for example {RULES['rename'].example} (the rules are {listed})"


def _joined(place: list[Any]) -> str:
    return ".".join(str(part) for part in place if part != "[key]")
