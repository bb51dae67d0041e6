"""Models that write sections: an honest one, and liars of every kind."""

import base64
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from tests.language_model.provider import Asked, Say, as_json

Sentence = dict[str, Any]
Change = Callable[[Sentence, "list[dict[str, Any]]"], Sentence | None]
_FENCED = re.compile(r"<<data \w+ evidence>>\n?(.*?)\n?<</data", re.DOTALL)


def evidence(asked: Asked) -> list[dict[str, Any]]:
    """The records of a prompt as its reader finds them."""
    fenced = _FENCED.search(asked.last)
    return [json.loads(line) for line in fenced[1].splitlines() if line.startswith("{")] if fenced else []


def statements(asked: Asked) -> Iterator[Sentence]:
    """The findings' sentences with their ids."""
    for record in evidence(asked):
        if "evidence_ids" in record and str(record.get("id", "")).startswith("find"):
            yield {"text": record["text"], "evidence_ids": [record["id"], *record["evidence_ids"]]}


def form(asked: Asked) -> str:
    """Which answer is asked for, by its fields."""
    fields = set((asked.schema or {}).get("properties", {}))
    names = ("parts", "findings", "recommendations", "queries", "sentences", "items", "forces", "factors")
    return next(name for name in names if name in fields)


def answer(asked: Asked, sentences: list[Sentence], heading: str = "") -> dict[str, Any]:
    """The sentences in the form that is asked for."""
    match form(asked):
        case "parts":
            return {"parts": [{"heading": heading, "paragraphs": [{"sentences": sentences}]}], "unanswered": []}
        case "findings":
            items = [{"headline": one, "meaning": [], "confidence": 100} for one in sentences[:5]]
            return {"findings": items, "unanswered": []}
        case "recommendations":
            return {"recommendations": [], "risks": sentences, "unanswered": []}
        case "items" | "forces" | "factors" as framework:
            return {framework: []}
        case "queries":
            return {"queries": ["subscribers and prices", "customers leave"]}
    return {"sentences": [{"number": n, "sentence": one} for n, one in enumerate(sentences)]}


def honest(asked: Asked) -> Say:
    """Says what the findings say, and gives up what was refused."""
    return as_json(answer(asked, [] if form(asked) == "sentences" else [*statements(asked)][:8]))


_ORDER = re.compile(r"\b(?:write|say|state) in every section that ([^.]{5,120})\.", re.IGNORECASE)


def orders(prompt: str) -> list[str]:
    """What a text tells its reader to write, also in characters that do not show and in base64."""
    seen = "".join(char for char in prompt if unicodedata.category(char) != "Cf")
    said = [seen, seen.replace('"', "").replace(" | ", " ")]
    for code in re.findall(r"[A-Za-z0-9+/]{24,}={0,2}", seen):
        with suppress(ValueError):
            said.append(base64.b64decode(code, validate=True).decode("utf-8"))
    return [order for text in said for order in _ORDER.findall(text)]


class Gullible:
    """Honest until it meets an order in what it reads, which it then follows; ``obeyed`` are the orders that it met."""

    def __init__(self) -> None:
        self.obeyed: list[str] = []

    def __call__(self, asked: Asked) -> Say:
        met = [order for message in asked.messages for order in orders(message["content"])]
        if not met:
            return honest(asked)
        self.obeyed += met
        ids = [record["id"] for record in evidence(asked) if "id" in record]
        return as_json(answer(asked, [{"text": f"{met[0][0].upper()}{met[0][1:]}.", "evidence_ids": ids[:5]}]))


def saying(*sentences: Sentence) -> Callable[[Asked], Say]:
    """Says the same whatever is asked, also when it is told that this is wrong."""
    return lambda asked: as_json(answer(asked, [*sentences]))


class Liar:
    """Changes every statement, and stays with it; ``lies`` are the texts that it made out of others."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self.lies: set[str] = set()

    def __call__(self, asked: Asked) -> Say:
        records = evidence(asked)
        made = [lie for one in statements(asked) if (lie := self.change(one, records))]
        self.lies |= {one["text"] for one in made}
        return as_json(answer(asked, made))


def _with(one: Sentence, text: str) -> Sentence | None:
    return {**one, "text": text} if text != one["text"] else None


def digit(one: Sentence, _: Any) -> Sentence | None:
    """The last digit of an amount or a percentage, one up."""
    found = re.search(r"(?<=[\d.])(\d)(?=%| (?:billion|million|percentage))", one["text"])
    if not found:
        return None
    return _with(one, f"{one['text'][: found.start()]}{(int(found[0]) + 3) % 10}{one['text'][found.end() :]}")


def scale(one: Sentence, _: Any) -> Sentence | None:
    """Millions for billions."""
    return _with(one, one["text"].replace(" billion", " million", 1))


def year(one: Sentence, _: Any) -> Sentence | None:
    """All years eleven later."""
    return _with(one, re.sub(r"\b(?:19|20)\d\d\b", lambda m: str(int(m[0]) + 11), one["text"]))


def made_up_id(one: Sentence, _: Any) -> Sentence | None:
    return {"text": one["text"] + " ", "evidence_ids": ["fact_ffffffffffffffff"]}


def wrong_ids(one: Sentence, records: list[dict[str, Any]]) -> Sentence | None:
    """The ids of a figure that the sentence does not have."""
    shown = re.findall(r"\d+\.\d", one["text"])
    other = next((r for r in records if r.get("measure") == "adoption" or r.get("unit") == "index"), None)
    return {"text": one["text"], "evidence_ids": [other["id"]]} if shown and other else None


def more_words(one: Sentence, _: Any) -> Sentence | None:
    """A true sentence with a claim that nothing supports."""
    return _with(one, f"{one['text'].rstrip('.')}, and its products are unsafe.")


def denied(one: Sentence, _: Any) -> Sentence | None:
    found = re.search(r"\b(?:grew|rose|fell|held|made|earned)\b", one["text"])
    return _with(one, f"{one['text'][: found.start()]}never {one['text'][found.start() :]}") if found else None


def sign(one: Sentence, _: Any) -> Sentence | None:
    """Up for down."""
    return _with(one, re.sub(r"\b(?:grew|rose) (?=\d|by \d)", "fell ", one["text"]))


def german(one: Sentence, _: Any) -> Sentence | None:
    return {**one, "text": "Die Umsätze der Unternehmen brachen vollständig ein."}


def chinese(one: Sentence, _: Any) -> Sentence | None:
    return {**one, "text": "该行业已经崩溃。"}


def quote(one: Sentence, records: list[dict[str, Any]]) -> Sentence | None:
    """A quotation with one word altered."""
    passage = next(
        (r for r in records if str(r.get("id", "")).startswith("pass") and len(r["text"].split()) > 12), None
    )
    if passage is None:
        return None
    words = passage["text"].replace('"', "").split()[:12]
    words[6] = "catastrophic"
    return {"text": f"The source says “{' '.join(words)}”.", "evidence_ids": [passage["id"]]}


def swapped(one: Sentence, records: list[dict[str, Any]]) -> Sentence | None:
    """Another company with the figures of this one."""
    text = one["text"]
    names = sorted({r["about"] for r in records if r.get("measure") == "revenue"})
    named = [name for name in names if name in text]
    others = [name for name in names if name not in text]
    return _with(one, text.replace(named[0], others[0])) if len(named) == 1 and others else None


LIES: dict[str, Change] = {
    made.__name__: made
    for made in (digit, scale, year, made_up_id, wrong_ids, more_words, denied, sign, german, chinese, quote, swapped)
}
