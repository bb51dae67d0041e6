"""Sentences of writers that are free in their words: whether the cited evidence holds those words at all.

Numbers, names and quotations have rules of their own; what stands around them has not. The offline writer's words are
made by the analyses. A model's may say anything beside a right number ("… and its products are unsafe"), so that its
content words must be those of the cited passages, of what findings state from the cited facts, or of the facts' names.
"""

import re
from collections.abc import Iterable, Sequence

from market_research.writing.evidence import Draft, Evidence, Fact, Passage
from market_research.writing.gate.reading import Reading
from market_research.writing.gate.support import LEAST, denies, places, stems

_QUOTATION = re.compile(r"[“„].*?”|«.*?»|\"[^\"]*\"")
_LETTERS = re.compile(r"[^\W\d_]+")
# How figures are placed in time and counted. Words of movement and of measures must be stated by the evidence.
_OF_FIGURES = stems(
    "fiscal year years quarter month period date billion million thousand dollar dollars percent percentage "
    "point points figure level stood reached came amounted accounted total respectively "
    "compared while time times first second"
)
_OF_CALCULATIONS = stems(
    "gap difference lead ahead behind together combined joint sum added lost shed gained rose grew increased climbed "
    "widened narrowed improved fell dropped declined decreased shrank share part account contributed came made third "
    "quarter half fifth tenth twice double doubled tripled halved average mean running straight consecutive row every "
    "kept cent higher lower larger smaller greater fewer taking bringing year earlier previous prior"
)


def unstated(
    draft: Draft,
    reading: Reading,
    facts: Sequence[Fact],
    passages: Sequence[Passage],
    evidence: Evidence,
    further: Iterable[Draft] = (),
    *,
    calculated: bool = False,
) -> str | None:
    """Why the words of a sentence must not stand; None if they may.

    ``further`` are sentences beside the findings' that state something from facts. A sentence without figures must be
    carried by one statement or place of a passage; with figures by all that is cited together. Words that say what was
    ``calculated`` have been held to the figures already.
    """
    plain = _without_names(reading)
    # A quotation is held to its own words elsewhere; a long one must not cover for what stands beside it.
    beside = _QUOTATION.sub(" ", plain)
    wanted = stems(beside) - (_OF_FIGURES | _OF_CALCULATIONS if calculated else _OF_FIGURES)
    if not wanted and not reading.tokens and beside == plain:
        return "says nothing that evidence could be held against"
    named = stems(" ".join(f"{f.entity} {f.metric.replace('_', ' ')} {f.dimensions}" for f in facts))
    statements = dict.fromkeys(_statements(draft, facts, evidence, further))
    held = [(text, stems(text)) for text in statements]
    held += [place for passage in passages for place in places(f"{passage.heading or ''}. {passage.text}")]
    foreign = [word for word in _LETTERS.findall(plain) if not word.isascii()]
    if unknown := [word for word in foreign if not any(word in text for text, _ in held)]:
        return f"the cited evidence has no word {unknown[0]!r}"
    if not wanted:
        return None
    nearest, best = max(held, key=lambda one: len(wanted & one[1]), default=("", frozenset()))
    together = frozenset().union(*(words for _, words in held)) if reading.tokens else best
    share = len(wanted & (together | named)) / len(wanted)
    if share < LEAST:
        missing = ", ".join(sorted(wanted - together - named)[:4])
        return f"the cited evidence does not say it ({share:.0%} of its words; not: {missing})"
    if held and denies(draft.text) != denies(nearest):
        return "denies what the evidence says" if denies(draft.text) else "asserts what the evidence denies"
    return None


def _without_names(reading: Reading) -> str:
    text = reading.text
    for mention in sorted(reading.mentions, key=lambda m: -m.start):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    return text


def _statements(draft: Draft, facts: Sequence[Fact], evidence: Evidence, further: Iterable[Draft]) -> Iterable[str]:
    """What the cited findings say, and all sentences that rest on one of the cited facts."""
    ids = {fact.fact_id for fact in facts}
    for finding in evidence.findings.values():
        own = finding.finding_id in draft.finding_ids
        for said in (*finding.sentences, *finding.meaning):
            if own or not ids.isdisjoint(said.fact_ids):
                yield said.text
    yield from (said.text for said in further if not ids.isdisjoint(said.fact_ids))
