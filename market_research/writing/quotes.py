"""Choosing words to quote: whole sentences of passages, verbatim, that can stand alone and say something."""

import re

from market_research.writing.evidence import Draft, Passage
from market_research.writing.material import Material
from market_research.writing.outline import Quote

LIMIT = 6
LEAST = 0.1
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")
WORD = re.compile(r"[a-z]{3,}")
STOP = frozenset("the and for with that this from are was were has have our its their into more than not may".split())
POINTER = re.compile(
    r"\b(refer to|see (?:note|item|part)|item \d|table of contents|forward-looking|following risks|no assurance"
    r"|e\.g\.|described in|set forth|written for|(?:as|table|discussed|listed) (?:above|below)"
    r"|following (?:table|factors))\b",
    re.IGNORECASE,
)
# What begins or speaks like this leans on a sentence that is not quoted.
LEANING = re.compile(
    r"^(?:these|this|that|those|such|it|its|they|their|he|she|both|each|all of (?:these|this)"
    r"|of (?:these|this|that|which)|in addition|additionally|also|however|moreover|furthermore|further|as a result"
    r"|accordingly|consequently|therefore"
    r"|thus|for example|for instance|similarly|likewise|in particular|nor|but|and|or|here|there|another|other|others"
    r"|the (?:company|filing|report|annual report|rate|risk section|outlook section|table|figure|increase|decrease|same"
    r"|numbers|costs|change|section|group|former|latter)|many of|some of|if (?:we|our|any|the)"
    r"|we (?:currently and|cannot|may|could|might))\b"
    r"|\b(?:thus|hence|therefore|the same|as well|aforementioned|foregoing|(?:do|does|did) so)\b",
    re.IGNORECASE,
)
BOILERPLATE = re.compile(
    r"\b(could|may|might|would) (?:\w+ ){0,3}(?:harm|adversely|negatively|materially|impair|result in|lead to|affect"
    r"|suffer|continue|be)\b|\b(?:from time to time|and/or|no guarantee|uncertaint(?:y|ies)|material adverse"
    r"|remains? competitive"
    r"|when deemed appropriate)\b",
    re.IGNORECASE,
)
# A heading that the text of a page runs into: "Spending Walmart's report", "What grows At Walmart".
HEADED = re.compile(r"^(?:In|On|At|For|By|We|Our|From|Since|After|During|Under|As)\b")
RUN_IN = re.compile(r"[a-z] (?:At|The|In|On|Our|We|A|For|As|By|This|These|Both|To) ")
DATES = re.compile(r"\b(?:[A-Z][a-z]+ \d{1,2}, )?(?:19|20)\d\d\b|\bForm \d+-[A-Z]+\b")
CAUSE = re.compile(
    r"\b(because|due to|driven by|owing to|led by|came from|as (?:we|it|demand|customers)|resulting from|plans? to"
    r"|expects? to|will|launch\w*|introduc\w+|invest\w*|expand\w*|acquir\w+|increas\w+|decreas\w+|rose|fell|grew)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """Sentences of a passage that could stand alone: 9 to 40 words, no table rows, no pointers to other sentences."""
    found = []
    for candidate in SENTENCE.split(" ".join(text.split())):
        words = candidate.split()
        if (
            9 <= len(words) <= 40
            and candidate[0].isupper()
            and candidate.endswith(".")
            and " | " not in candidate
            and not re.search(r"[“”\"•]|:\s|\b[A-Z]{4,}\s[A-Z]{4,}\b", candidate)
            and not POINTER.search(candidate)
            and not LEANING.search(candidate)
            and not RUN_IN.search(candidate)
        ):
            found.append(candidate)
    return found


def substance(sentence: str, names: tuple[str, ...] = ()) -> float:
    """How much a sentence says: for a figure, a name and a cause or plan; against what every filing says."""
    score = 0.12 * bool(re.search(r"\d", DATES.sub("", sentence)))
    score += 0.08 * any(name in sentence for name in names)
    score += 0.1 * bool(CAUSE.search(sentence))
    score -= 0.1 * bool(re.search(r"\b(?:may|could|might)\b", sentence))
    return score - 0.3 * bool(BOILERPLATE.search(sentence))


def best_sentence(
    passage: Passage, query: str, names: tuple[str, ...] = (), *, minimum: float = 0.0, must: str = ""
) -> tuple[float, str] | None:
    """The sentence of a passage that shares most words with the query and says most, with its score.

    ``minimum`` is the least part of the query's words that it must hold, ``must`` a pattern that it must match.
    """
    wanted = {_stem(word) for word in WORD.findall(query.lower()) if word not in STOP}
    scored = []
    for sentence in sentences(passage.text):
        words = {_stem(word) for word in WORD.findall(sentence.lower())}
        hit = len(wanted & words) / max(1, len(wanted))
        if not hit or hit < minimum or (must and not re.search(must, sentence.lower())):
            continue
        if not (names == () or _is_somebodys(sentence, names)) or substance(sentence) < LEAST:
            continue
        if not passage.heading and not (HEADED.search(sentence) or sentence.startswith(names)):
            continue
        score = hit + substance(sentence, names) - 0.004 * abs(len(sentence.split()) - 22)
        scored.append((score, sentence))
    return max(scored, default=None)


def _is_somebodys(sentence: str, names: tuple[str, ...]) -> bool:
    """A quotation has to say of whom it speaks: a name, or the "we" of the company whose filing it is."""
    return any(name in sentence for name in names) or bool(re.search(r"\b(we|our|us)\b", sentence, re.IGNORECASE))


def _stem(word: str) -> str:
    return re.sub(r"(ies|ing|ers|er|ed|es|s)$", "", word) if len(word) > 4 else word


def pick(material: Material, query: str, *, used: set[str], count: int = 1, minimum: float = 0.15) -> list[Quote]:
    """Best quotations for a question; ``used`` holds sentences that the report has quoted already and is added to."""
    candidates = []
    for rank, passage in enumerate(material.search(query, 16)):
        best = best_sentence(passage, query, names(material), minimum=minimum)
        if best and best[1] not in used | material.in_frameworks:
            candidates.append((best[0] - 0.02 * rank, best[1], passage))
    candidates.sort(key=lambda item: (-item[0], item[1]))
    chosen: list[Quote] = []
    sources: set[str | None] = set()
    for _, sentence, passage in candidates:
        if len(chosen) == count or passage.heading in sources or len(used) >= LIMIT:
            continue
        used.add(sentence)
        sources.add(passage.heading)
        chosen.append(quote(material, sentence, passage))
    return chosen


def names(material: Material) -> tuple[str, ...]:
    """What the covered companies are called in texts."""
    request = material.subject.request
    known = {*material.companies}
    for company in request.companies:
        known |= {company.name, *(alias for alias in company.aliases if len(alias) > 2)}
    return tuple(sorted(known))


def quote(material: Material, sentence: str, passage: Passage) -> Quote:
    """A block quotation with where it stands."""
    title, publisher = material.titles.get(passage.document_id, (passage.document_id, None))
    place = (passage.heading or "").split(" > ")[-1]
    parts = [part for part in (title, publisher, place) if part]
    attribution = ", ".join(dict.fromkeys(parts))
    if passage.published_on:
        attribution += f" ({passage.published_on.isoformat()})"
    return Quote(Draft(f"“{sentence}”", (), (), (passage.passage_id,)), attribution)
