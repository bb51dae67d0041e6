"""Sentences without figures with passages that do or do not support them, made from annual reports' own sentences.

A pair that is supported restates a sentence of its passage: as reported speech, shortened, or with other words. One
that is not cites the most similar other passage (which now and then does say the same), denies what the passage
asserts, names other things, or comes from another company's report. Which kind a pair is follows from how it was
made, so nobody had to label them.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from market_research.writing.evidence import Passage
from market_research.writing.gate.support import stems
from market_research.writing.quotes import sentences

_FIRST_PERSON = {"we": "it", "We": "It", "our": "its", "Our": "Its", "us": "it", "ours": "its"}
_OTHER_WORDS = {
    "customers": "clients", "suppliers": "vendors", "significant": "considerable", "products": "offerings",
    "increase": "rise", "increased": "rose", "decrease": "decline", "decreased": "declined", "rely": "depend",
    "harm": "hurt", "competition": "rivalry", "regulations": "rules", "employees": "staff", "begin": "start",
    "purchase": "buy", "rapid": "quick", "stores": "shops", "intend": "plan", "costs": "expenses", "need": "require",
    "help": "support", "various": "several", "believe": "think", "provide": "offer", "maintain": "keep",
    "additional": "further", "ability": "capacity", "obtain": "get", "impact": "affect", "currently": "now",
}  # fmt: skip
_AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|can|will|may|could|would|should|do|does|did)\b(?! not)")


@dataclass(frozen=True)
class Pair:
    """A sentence and the passage that it cites; ``kind`` is how it was made."""

    text: str
    passage: Passage
    supported: bool
    kind: str


def pairs(by_report: dict[str, list[Passage]], each: int, seed: int = 11) -> list[Pair]:
    """Up to ``each`` sentences of every report, each in every way that it lends itself to."""
    draw = random.Random(seed)
    made: list[Pair] = []
    for report, passages in sorted(by_report.items()):
        told = [(s, p) for p in passages for s in sentences(p.text) if not re.search(r"\d|['\"“”]", s)]
        strangers = [p for other, found in by_report.items() if other != report for p in found]
        for text, passage in draw.sample(told, min(each, len(told))):
            made += _of(text, passage, passages, strangers, told, draw)
    return made


def _of(
    text: str,
    passage: Passage,
    passages: list[Passage],
    strangers: list[Passage],
    told: list[tuple[str, Passage]],
    draw: random.Random,
) -> Iterator[Pair]:
    spoken = (
        re.sub(r"\b(?:we|us|ours?)\b", lambda m: _FIRST_PERSON[m.group()], text, flags=re.IGNORECASE)
        if not re.search(r"\b(?:WE|US|OUR|Us|Ours)\b", text)
        else text
    )
    yield Pair(spoken, passage, True, "reported")
    clauses = text.rstrip(".").split(", ")
    if len(clauses) > 1 and len(clauses[0].split()) >= 8:
        yield Pair(f"{clauses[0]}.", passage, True, "shortened")
    words = text.split(" ")
    other = [_OTHER_WORDS.get(word, word) for word in words]
    if other != words:
        yield Pair(" ".join(other), passage, True, "reworded")
    wanted = stems(text)
    similar = max(
        (p for p in passages if text not in " ".join(p.text.split())), key=lambda p: len(wanted & stems(p.text))
    )
    yield Pair(spoken, similar, False, "similar passage")
    yield Pair(spoken, draw.choice(strangers), False, "other report")
    if " not " in text:
        yield Pair(spoken.replace(" not ", " ", 1), passage, False, "denied")
    elif _AUXILIARY.search(spoken):
        yield Pair(_AUXILIARY.sub(r"\1 not", spoken, count=1), passage, False, "denied")
    theirs = [w for w in re.findall(r"[a-z]{6,}", draw.choice(told)[0]) if w not in text]
    own = list(re.findall(r"\b[a-z]{6,}\b", spoken))
    if len(theirs) >= 3 and len(own) >= 6:
        changed = spoken
        for old, new in zip(draw.sample(own, 3), draw.sample(theirs, 3), strict=True):
            changed = re.sub(rf"\b{old}\b", new, changed)
        yield Pair(changed, passage, False, "other things")


def halves(by_report: dict[str, list[Passage]]) -> tuple[dict[str, list[Passage]], dict[str, list[Passage]]]:
    """Reports to tune on and reports to measure on: every other one by name."""
    names = sorted(by_report)
    return {n: by_report[n] for n in names[::2]}, {n: by_report[n] for n in names[1::2]}


def by_report(passages: list[Passage]) -> dict[str, list[Passage]]:
    """Passages by the document that they are of."""
    found: dict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        found[passage.document_id].append(passage)
    return {document: held for document, held in found.items() if len(held) > 50}
