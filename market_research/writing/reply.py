"""Answering one question from the evidence: by a model within the gate, or in the evidence's own words."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from market_research.language_model.errors import ModelError
from market_research.retrieval.search import stems
from market_research.writing import gate
from market_research.writing.evidence import Draft, Evidence, Finding, Passage
from market_research.writing.gate.reading import names_any
from market_research.writing.material import Material
from market_research.writing.outline import OFFLINE
from market_research.writing.quotes import SENTENCE

if TYPE_CHECKING:
    from market_research.language_model.client import LanguageModel
    from market_research.writing.llm.section import Fill

PROMPT = "answer_question"
TOKENS = 1200
SENTENCES, QUOTES = 3, 3
FINDINGS = 8
SHARED = 0.6
"""Share of the question's words from which a finding answers it."""
YEARS = frozenset(map(str, range(1900, 2200)))


@dataclass(frozen=True)
class Reply:
    """Sentences that passed the gate, who wrote them, how many did not, and why not the model if it did not."""

    drafts: tuple[Draft, ...]
    writer: str
    refused: int = 0
    problem: str = ""

    @property
    def text(self) -> str:
        return "\n".join(draft.text for draft in self.drafts)


def telling(m: Material, evidence: Evidence, question: str) -> list[Finding]:
    """Findings that speak of what is asked, those that share most of its words first.

    They must be of the companies and years that it names.
    """
    wanted = stems(question)
    named = named_in(question, evidence)
    years = wanted & YEARS
    scored = []
    for finding in m.findings:
        words = stems(" ".join((finding.statement, finding.kind.replace("_", " "), finding.subject or "")))
        shared = len(wanted & words) / len(wanted) if wanted else 0.0
        if shared >= SHARED and years <= words and named <= named_in(finding.statement, evidence):
            scored.append((-shared, -m.weight(finding), finding.finding_id, finding))
    return [finding for *_, finding in sorted(scored, key=lambda one: one[:3])]


def named_in(text: str, evidence: Evidence) -> set[str]:
    """Canonical names of the companies that a text names."""
    return {name for form, name in evidence.names.items() if names_any((form,), text)}


def in_its_own_words(m: Material, evidence: Evidence, question: str, passages: Sequence[Passage]) -> Reply:
    """The best findings' sentences, then what passages say, verbatim; nothing where neither is there."""
    drafts = [
        Draft(d.text, d.fact_ids, (finding.finding_id,), d.passage_ids)
        for finding in telling(m, evidence, question)[:SENTENCES]
        for d in finding.sentences[:1]
    ]
    quoted = (_quotation(passage, question) for passage in passages)
    drafts += [draft for draft in quoted if draft][:QUOTES]
    stands, refused = _judged(drafts, evidence)
    return Reply(stands, OFFLINE, refused)


def _quotation(passage: Passage, question: str) -> Draft | None:
    """The sentence of a passage that shares most words with the question, between quotation marks."""
    wanted = stems(question)
    sentences = [one for one in SENTENCE.split(" ".join(passage.text.split())) if 5 <= len(one.split()) <= 60]
    plain = [one for one in sentences if not set('"“”„«»|') & set(one)]
    best = max(plain, key=lambda one: len(wanted & stems(one)), default="")
    if not best or not wanted & stems(best):
        return None
    return Draft(f"“{best}”", (), (), (passage.passage_id,))


def by_model(
    m: Material,
    evidence: Evidence,
    question: str,
    passages: Sequence[Passage],
    model: "LanguageModel",
    fill: "Fill",
) -> Reply:
    """What the model answers from the same evidence; sentences that the gate refuses are left out.

    Raises:
        ModelError: it gives no answer.
    """
    from market_research.writing.llm import answers, plan
    from market_research.writing.llm.section import call_of

    pieces = [plan.of_finding(m, finding) for finding in telling(m, evidence, question)[:FINDINGS]]
    pieces += [(plan.of_passage(m, passage),) for passage in passages if not plan.gives_orders(passage)]
    given = {"industry": m.subject.name, "question": question}
    empty = call_of(fill(PROMPT, {**given, "evidence": []}), "answer", TOKENS)
    texts = [json.dumps(piece, ensure_ascii=False, default=str) for piece in pieces]
    fit = len(model.fitting(texts, empty.messages, schema=empty.schema, max_tokens=TOKENS))
    records = list({json.dumps(r, default=str): r for piece in pieces[:fit] for r in piece}.values())
    if not records:
        return Reply((), OFFLINE)
    (answer,) = model.gather([call_of(fill(PROMPT, {**given, "evidence": records}), "answer", TOKENS)])
    if isinstance(answer, ModelError):
        raise answer
    drafts = [answers.draft(sentence, answer.model) for sentence in answer.value.sentences]
    wrong = [draft for draft in drafts if not named_in(question, evidence) <= _told_of(draft, evidence)]
    stands, refused = _judged((draft for draft in drafts if draft not in wrong), evidence)
    return Reply(stands, answer.model, refused + len(wrong))


def _told_of(draft: Draft, evidence: Evidence) -> set[str]:
    """Companies that a sentence names or cites a fact or passage of."""
    facts, passages = gate.cited(draft, evidence) if not gate.judge(draft, evidence).reason else ([], [])
    named = named_in(draft.text, evidence) | {fact.entity for fact in facts}
    for passage in passages:
        named |= named_in(f"{passage.heading or ''} {passage.text}", evidence)
    return named


def _judged(drafts: Iterable[Draft], evidence: Evidence) -> tuple[tuple[Draft, ...], int]:
    """Those that pass the gate, each once, and how many do not."""
    stands: dict[str, Draft] = {}
    refused = 0
    for draft in drafts:
        if gate.judge(draft, evidence).kept:
            stands.setdefault(draft.text, draft)
        else:
            refused += 1
    return tuple(stands.values()), refused
