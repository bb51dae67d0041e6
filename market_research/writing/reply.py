"""Answering one question from the evidence: by a model within the gate, or in the evidence's own words."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from market_research.language_model.errors import ModelError
from market_research.retrieval import similar
from market_research.retrieval.search import stems
from market_research.writing import gate, quotes
from market_research.writing.evidence import Draft, Evidence, Finding, Passage
from market_research.writing.gate.reading import names_any
from market_research.writing.material import Material
from market_research.writing.outline import OFFLINE, Refused

if TYPE_CHECKING:
    from market_research.language_model.client import LanguageModel
    from market_research.writing.llm.section import Fill

PROMPT = "answer_question"
TOKENS = 1200
SENTENCES, QUOTES = 3, 3
FINDINGS = 8
NOT_ASKED_OF = "is not about the company that the question names"
Near = Callable[[Sequence[str]], Sequence[float]]
"""How near texts are to the question: cosines."""
YEARS = frozenset(map(str, range(1500, 2200)))


@dataclass(frozen=True)
class Reply:
    """Sentences that passed the gate, who wrote them, those that did not pass, and why not the model if it did not."""

    drafts: tuple[Draft, ...]
    writer: str
    left_out: tuple[Refused, ...] = ()
    problem: str = ""

    @property
    def refused(self) -> int:
        return len(self.left_out)

    @property
    def text(self) -> str:
        return "\n".join(draft.text for draft in self.drafts)


def telling(m: Material, evidence: Evidence, question: str, near: Near) -> list[tuple[float, Finding]]:
    """Findings by how near they are to what is asked. They must be of the companies and years that it names."""
    named, years = named_in(question, evidence), stems(question) & YEARS
    fit = [
        finding
        for finding in m.findings
        if finding.kind not in ("gap", "data_quality")
        and named <= named_in(finding.statement, evidence)
        and years <= stems(finding.statement)
        and not similar.opposed(question, finding.statement)
    ]
    scored = zip(near([f"{one.kind.replace('_', ' ')}: {one.statement}" for one in fit]), fit, strict=True)
    return sorted(scored, key=lambda one: (-one[0], -m.weight(one[1]), one[1].finding_id))


def named_in(text: str, evidence: Evidence) -> set[str]:
    """Canonical names of the companies that a text names."""
    return {name for form, name in evidence.names.items() if names_any((form,), text)}


def in_its_own_words(
    m: Material, evidence: Evidence, question: str, passages: Sequence[Passage], near: Near, least: float
) -> Reply:
    """The nearest findings' sentences, then what passages say, verbatim; nothing where nothing is near enough."""
    findings = [finding for score, finding in telling(m, evidence, question, near) if score >= least]
    drafts = [
        Draft(d.text, d.fact_ids, (finding.finding_id,), d.passage_ids)
        for finding in findings[:SENTENCES]
        for d in finding.sentences[:1]
    ]
    years = stems(question) & YEARS
    said = {
        sentence: passage
        for passage in reversed(passages)
        for sentence in quotes.sentences(passage.text)
        if not set('"“”„«»|') & set(sentence) and years <= stems(sentence) and not similar.opposed(question, sentence)
    }
    scored = sorted(zip(near(list(said)), said, strict=True), key=lambda one: (-one[0], one[1]))
    quoted = [Draft(f"“{text}”", (), (), (said[text].passage_id,)) for score, text in scored if score >= least]
    stands, left_out = _judged([*drafts, *quoted[:QUOTES]], evidence)
    return Reply(stands, OFFLINE, left_out)


def by_model(
    m: Material,
    evidence: Evidence,
    question: str,
    passages: Sequence[Passage],
    near: Near,
    model: "LanguageModel",
    fill: "Fill",
) -> Reply:
    """What the model answers from the same evidence; sentences that the gate refuses are left out.

    Raises:
        ModelError: it gives no answer.
    """
    from market_research.writing.llm import answers, plan
    from market_research.writing.llm.section import call_of

    pieces = [plan.of_finding(m, finding) for _, finding in telling(m, evidence, question, near)[:FINDINGS]]
    pieces += [(plan.of_passage(m, passage),) for passage in passages]
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
    drafts = [answers.draft(sentence, answer) for sentence in answer.value.sentences]
    wrong = [draft for draft in drafts if not named_in(question, evidence) <= _told_of(draft, evidence)]
    stands, left_out = _judged((draft for draft in drafts if draft not in wrong), evidence)
    return Reply(stands, answer.model, (*left_out, *(Refused(draft, NOT_ASKED_OF) for draft in wrong)))


def _told_of(draft: Draft, evidence: Evidence) -> set[str]:
    """Companies that a sentence names or cites a fact or passage of."""
    facts, passages = gate.cited(draft, evidence) if not gate.judge(draft, evidence).reason else ([], [])
    named = named_in(draft.text, evidence) | {fact.entity for fact in facts}
    for passage in passages:
        named |= named_in(f"{passage.heading or ''} {passage.text}", evidence)
    return named


def _judged(drafts: Iterable[Draft], evidence: Evidence) -> tuple[tuple[Draft, ...], tuple[Refused, ...]]:
    """Those that pass the gate, each once, and those that do not."""
    stands: dict[str, Draft] = {}
    left_out = []
    for draft in drafts:
        verdict = gate.judge(draft, evidence)
        if verdict.kept:
            stands.setdefault(draft.text, draft)
        else:
            left_out.append(Refused(draft, verdict.reason or ""))
    return tuple(stands.values()), tuple(left_out)
