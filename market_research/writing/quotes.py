"""Choosing words to quote: whole sentences of passages, verbatim."""

import re

from market_research.writing.evidence import Draft, Passage
from market_research.writing.material import Material
from market_research.writing.outline import Quote

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")
WORD = re.compile(r"[a-z]{3,}")
STOP = frozenset("the and for with that this from are was were has have our its their into more than not may".split())
POINTER = re.compile(
    r"\b(refer to|see (?:note|item|part)|item \d|table of contents|forward-looking|following risks|no assurance"
    r"|described in|set forth|written for)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """Sentences of a passage that could stand alone: 9 to 45 words, no table rows, no pointers to other pages."""
    found = []
    for candidate in SENTENCE.split(" ".join(text.split())):
        words = candidate.split()
        if (
            9 <= len(words) <= 45
            and candidate[0].isupper()
            and candidate.endswith(".")
            and " | " not in candidate
            and not re.search(r"[“”\"]", candidate)
            and not POINTER.search(candidate)
        ):
            found.append(candidate)
    return found


def best_sentence(passage: Passage, query: str) -> tuple[float, str] | None:
    """The sentence of a passage that shares most words with the query, with its score (share of query words)."""
    wanted = {_stem(word) for word in WORD.findall(query.lower()) if word not in STOP}
    scored = []
    for sentence in sentences(passage.text):
        words = {_stem(word) for word in WORD.findall(sentence.lower())}
        hit = len(wanted & words) / max(1, len(wanted))
        scored.append((hit - 0.004 * abs(len(sentence.split()) - 22), sentence))
    return max(scored, default=None)


def _stem(word: str) -> str:
    return re.sub(r"(ies|ing|ers|er|ed|es|s)$", "", word) if len(word) > 4 else word


def pick(material: Material, query: str, *, used: set[str], count: int = 1, minimum: float = 0.15) -> list[Quote]:
    """Best quotations for a question; ``used`` holds sentences that the report has quoted already and is added to."""
    candidates = []
    for rank, passage in enumerate(material.search(query, 12)):
        best = best_sentence(passage, query)
        if best and best[1] not in used and best[0] >= minimum:
            candidates.append((best[0] - 0.02 * rank, best[1], passage))
    candidates.sort(key=lambda item: (-item[0], item[1]))
    chosen: list[Quote] = []
    sources: set[str | None] = set()
    for _, sentence, passage in candidates:
        if len(chosen) == count or passage.heading in sources:
            continue
        used.add(sentence)
        sources.add(passage.heading)
        chosen.append(quote(material, sentence, passage))
    return chosen


def quote(material: Material, sentence: str, passage: Passage) -> Quote:
    """A block quotation with where it stands."""
    title, publisher = material.titles.get(passage.document_id, (passage.document_id, None))
    place = (passage.heading or "").split(" > ")[-1]
    parts = [part for part in (title, publisher, place) if part]
    attribution = ", ".join(dict.fromkeys(parts))
    if passage.published_on:
        attribution += f" ({passage.published_on.isoformat()})"
    return Quote(Draft(f"“{sentence}”", (), (), (passage.passage_id,)), attribution)
