"""Models that fill frameworks: an honest one, liars, and one that changes what it is told to."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.language_model.provider import Asked, Say, as_json
from tests.writing.llm.authors import evidence, statements

Item = dict[str, Any]
NAMES = {"forces": "force", "factors": "factor"}


def form(asked: Asked) -> str:
    """Which answer is asked for, by its fields."""
    fields = set((asked.schema or {}).get("properties", {}))
    return next(name for name in ("items", "replace", "forces", "factors", "sentences") if name in fields)


def item(text: str, ids: list[str], name: str = "Named by the model") -> Item:
    return {"item": name, "text": text, "evidence_ids": ids, "confidence": 90, "period": "the year 3000"}


def quotations(asked: Asked) -> Iterator[Item]:
    """The first sentence of each passage, verbatim."""
    for record in evidence(asked):
        if str(record.get("id", "")).startswith("pass") and ". " in record["text"]:
            first = record["text"].partition(". ")[0] + "."
            yield item(f"“{first}”", [record["id"]])


def told(asked: Asked) -> list[Item]:
    """What the evidence says: findings' sentences, else quotations."""
    found = [item(one["text"], one["evidence_ids"]) for one in statements(asked)]
    return (found or [*quotations(asked)])[:3]


def answering(items: Callable[[Asked], list[Item]]) -> Callable[[Asked], Say]:
    """The same rows in whatever form is asked for; refused ones are given up."""

    def answer(asked: Asked) -> Say:
        match form(asked):
            case "items":
                return as_json({"items": items(asked)})
            case "replace":
                return as_json({"replace": [], "remove": [], "add": items(asked)})
            case "forces":
                reasons = {"force": "rivalry", "score": 5, "direction": "rising", "reasons": items(asked)}
                return as_json({"forces": [reasons]})
            case "factors":
                return as_json({"factors": [{"factor": "economic", "items": items(asked)}]})
        return as_json({"sentences": []})

    return answer


honest = answering(told)
