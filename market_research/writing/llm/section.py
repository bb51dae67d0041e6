"""One section by a model: asked, judged, what is refused given back once with the reasons, judged again."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from market_research.language_model.calls import Answer, Call, Message
from market_research.language_model.client import LanguageModel
from market_research.language_model.errors import ModelError, PromptTooLong
from market_research.writing import gate
from market_research.writing.evidence import Draft, Evidence, reported
from market_research.writing.llm import answers
from market_research.writing.llm.plan import Piece, Plan, Record
from market_research.writing.outline import Refused
from market_research.writing.prompts.render import Rendered
from market_research.writing.prompts.schemas import Repairs, schema

SECTION_TOKENS = 6000
REPAIR_TOKENS = 3000
REPAIR = "repair_sentences"
UNDATED = "no day that is known"
AGAIN = "says again what the section has said"
Fill = Callable[[str, Mapping[str, Any]], Rendered]
"""Fills the prompt of this name with values."""


@dataclass(frozen=True)
class Desk:
    """What a section is written with. ``rules`` are sentences whose words may be used beside those of findings."""

    model: LanguageModel
    fill: Fill
    evidence: Evidence
    rules: tuple[Draft, ...]


@dataclass(frozen=True)
class Request:
    """A section ready to be asked for: its evidence is ranked, and cut to what fits at ``call``."""

    plan: Plan
    call: Call
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Written:
    """What became of a section: the answer with the drafts that stand, everything refused, and who wrote.

    ``left_out`` counts sentences that the evidence does not carry; what was only said twice is no loss.
    """

    answer: answers.Answer
    stands: tuple[Draft | None, ...]
    refused: tuple[Refused, ...]
    model: str
    left_out: int


def request(desk: Desk, plan: Plan, pieces: Sequence[Piece], values: Mapping[str, Any], until: date) -> Request:
    """The section's call, with as many pieces of evidence as fit, from the first on.

    The call says how far its own evidence reaches, not beyond ``until``, the date of all evidence. So a new document
    that does not reach the section leaves its call, and the answer that was paid for, as they were.

    Raises:
        PromptTooLong: not one fits.
    """
    given = {**values, "questions": plan.asked}
    dated = {**given, "as_of": reaches(pieces, desk.evidence, until)}
    fit = steady(fitting(desk, plan.key, dated, pieces, SECTION_TOKENS))
    given |= {"as_of": reaches(fit, desk.evidence, until), "evidence": records(fit)}
    return Request(plan, call_of(desk.fill(plan.key, given), f"section {plan.key}", SECTION_TOKENS), fit)


def reaches(pieces: Iterable[Piece], evidence: Evidence, until: date) -> str:
    """The newest day of the pieces: of their passages, and of the reported facts that their facts come from."""
    ids = {i for piece in pieces for i in _ids_of(piece)}
    days = [evidence.passages[i].published_on for i in ids if i in evidence.passages]
    days += [one.period_end for i in ids if i in evidence.facts for one in reported(evidence.facts[i], evidence.facts)]
    # What is said of years to come does not make the evidence newer.
    newest = max((day for day in days if day and day <= until), default=None)
    return newest.isoformat() if newest else UNDATED


def steady(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The same pieces with the passages last, by day and id: how a search ranks them moves with every new document."""
    read = [piece for piece in pieces if _is_passage(piece)]
    read.sort(key=lambda piece: (str(piece[0].get("period")), str(piece[0]["id"])), reverse=True)
    return (*(piece for piece in pieces if not _is_passage(piece)), *read)


def _is_passage(piece: Piece) -> bool:
    return str(piece[0].get("id", "")).startswith("pass_")


def fitted(
    desk: Desk, prompt: str, purpose: str, values: Mapping[str, Any], pieces: Sequence[Piece], max_tokens: int
) -> tuple[Call, tuple[Piece, ...]]:
    """The call of a prompt with as many pieces of evidence as fit, from the first on, and these pieces.

    Raises:
        PromptTooLong: not one fits.
    """
    fit = fitting(desk, prompt, values, pieces, max_tokens)
    return call_of(desk.fill(prompt, {**values, "evidence": records(fit)}), purpose, max_tokens), fit


def fitting(
    desk: Desk, prompt: str, values: Mapping[str, Any], pieces: Sequence[Piece], max_tokens: int
) -> tuple[Piece, ...]:
    """The pieces that fit beside a prompt, from the first on.

    Raises:
        PromptTooLong: not one fits.
    """
    empty = call_of(desk.fill(prompt, {**values, "evidence": []}), "", max_tokens)
    texts = [json.dumps(piece, ensure_ascii=False, default=str) for piece in pieces]
    fit = desk.model.fitting(texts, empty.messages, schema=empty.schema, fast=empty.fast, max_tokens=max_tokens)
    if not fit:
        raise PromptTooLong(f"No evidence fits beside the prompt {prompt} into the context of the model.")
    return tuple(pieces[: len(fit)])


def records(pieces: Iterable[Piece]) -> list[Record]:
    """All records, each once: findings share facts."""
    return list({json.dumps(record, default=str): record for piece in pieces for record in piece}.values())


def call_of(filled: Rendered, purpose: str, max_tokens: int) -> Call:
    """The call of a filled prompt."""
    return Call(
        purpose,
        (Message(role="system", content=filled.system), Message(role="user", content=filled.user)),
        schema=schema(filled.output) if filled.output else None,
        prompt_name=filled.name,
        prompt_version=filled.version,
        fast=filled.model == "fast",
        max_tokens=max_tokens,
    )


def write(desk: Desk, asked: Request) -> Written:
    """Ask, judge, repair once, judge again.

    Raises:
        ModelError: there is no answer.
    """
    answer = answered(desk, asked.call)
    first = [answers.draft(sentence, answer) for sentence in answers.sentences(answer.value)]
    stands: list[Draft | None] = [None] * len(first)
    said: set[str] = set()
    refused = judged(desk, enumerate(first), stands, said)
    wrong = {number: one for number, one in refused if one.reason != AGAIN}
    second = judged(desk, repaired(desk, asked, wrong), stands, said)
    left_out = sum(stands[number] is None for number in wrong)
    every = tuple(one for _, one in (*refused, *second))
    return Written(answer.value, tuple(stands), every, answer.model, left_out)


def judged(
    desk: Desk, drafts: Iterable[tuple[int, Draft]], stands: list[Draft | None], said: set[str]
) -> list[tuple[int, Refused]]:
    """Put the drafts that pass into their places; those refused. ``said`` holds what stands, and grows."""
    refused = []
    for number, draft in drafts:
        reason = AGAIN if draft.text in said else gate.judge(draft, desk.evidence, further=desk.rules).reason
        if reason:
            refused.append((number, Refused(draft, reason)))
        else:
            said.add(draft.text)
            stands[number] = draft
    return refused


def answered(desk: Desk, call: Call) -> Answer:
    """The answer; raises the ModelError that stands in its place."""
    (answer,) = desk.model.gather([call])
    if isinstance(answer, ModelError):
        raise answer
    return answer


def repaired(desk: Desk, asked: Request, wrong: Mapping[int, Refused]) -> list[tuple[int, Draft]]:
    """Other sentences for those refused, by their place; none where the model gives none."""
    if not wrong:
        return []
    listed = [
        {"number": n, "text": one.sentence.text, "evidence_ids": _ids(one.sentence), "reason": one.reason}
        for n, one in wrong.items()
    ]
    cited = {i for one in wrong.values() for i in _ids(one.sentence)}
    near = [piece for piece in asked.pieces if cited & _ids_of(piece)]
    try:
        call, _ = fitted(
            desk, REPAIR, f"repair of {asked.plan.key}", {"refused": listed}, near or asked.pieces, REPAIR_TOKENS
        )
        answer = answered(desk, call)
    except ModelError:
        return []
    assert isinstance(answer.value, Repairs)
    made = {one.number: one.sentence for one in reversed(answer.value.sentences) if one.number in wrong}
    return [(n, answers.draft(sentence, answer)) for n, sentence in sorted(made.items()) if sentence]


def _ids(draft: Draft) -> list[str]:
    return [*draft.fact_ids, *draft.finding_ids, *draft.passage_ids]


def _ids_of(piece: Piece) -> set[str]:
    ids = {str(record.get("id")) for record in piece}
    for record in piece:
        named = record.get("evidence_ids")
        ids |= set(map(str, named)) if isinstance(named, list) else set()
    return ids
