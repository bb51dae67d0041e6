"""Answering one question from the evidence: by a model within the gate, or in the evidence's own words."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from market_research.analysis.kinds import WITHIN
from market_research.language_model.errors import ModelError
from market_research.retrieval import similar
from market_research.retrieval.asked import NOTHING, Wanted, names_it
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
SUBJECTS = {
    "adoption_level": "technology", "adoption_standing": "technology", "attention_change": "technology",
    "attention_level": "technology", "topic": "topic",
}  # fmt: skip
"""What the subject of a kind of finding is, where it is no company."""
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


def telling(
    m: Material, evidence: Evidence, question: str, near: Near, wanted: Wanted = NOTHING
) -> list[tuple[float, Finding]]:
    """Findings with how near they are to what is asked: first those of the kinds that it asks for, then the others.

    They must be of the companies and years that the question names, and where there are findings of a kind about what
    it names, of that. Of a kind that it asks for those come first that share its words.
    """
    named, years = named_in(question, evidence), stems(question) & YEARS
    fit = [
        finding
        for finding in m.findings
        if finding.kind not in ("gap", "data_quality")
        and named <= named_in(finding.statement, evidence)
        and years <= stems(finding.statement)
        and not similar.opposed(question, finding.statement)
    ]
    about = {one.kind for one in fit if one.subject and names_it(question, one.subject)}
    fit = [one for one in fit if one.kind not in about or names_it(question, one.subject or "")]
    kinds = _kinds(wanted)
    of_kinds = [one for one in fit if one.kind in kinds]
    words = stems(question)
    of_kinds.sort(
        key=lambda one: (-kinds[one.kind], -len(words & stems(one.statement)), -m.weight(one), one.finding_id)
    )
    others = [one for one in fit if one not in of_kinds]
    scored = zip(near([f"{one.kind.replace('_', ' ')}: {one.statement}" for one in others]), others, strict=True)
    nearest = sorted(scored, key=lambda one: (-one[0], -m.weight(one[1]), one[1].finding_id))
    return [*((kinds[one.kind], one) for one in of_kinds), *nearest]


def _kinds(wanted: Wanted) -> dict[str, float]:
    """The kinds that are asked for and those that these may be a sentence of."""
    kinds = dict(wanted.kinds)
    for kind, other in WITHIN.items():
        if kind in kinds:
            kinds[other] = max(kinds[kind], kinds.get(other, 0.0))
    return kinds


def _answering(finding: Finding, wanted: Wanted, near: Near) -> Draft:
    """The sentence of a finding that answers: its statement, or the nearest where the answer is only a part of it."""
    if any(WITHIN.get(kind) == finding.kind for kind in wanted.kinds):
        texts = [draft.text for draft in finding.sentences]
        return max(zip(near(texts), finding.sentences, strict=True), key=lambda one: one[0])[1]
    return finding.sentences[0]


def subjects(m: Material, evidence: Evidence) -> dict[str, str]:
    """What a question may name, as what: companies, and the technologies and topics that findings are about."""
    named = dict.fromkeys(evidence.names, "company")
    for finding in m.findings:
        if finding.subject and (what := SUBJECTS.get(finding.kind)):
            named.setdefault(finding.subject.partition("|")[0], what)
    return named


def named_in(text: str, evidence: Evidence) -> set[str]:
    """Canonical names of the companies that a text names."""
    return {name for form, name in evidence.names.items() if names_any((form,), text)}


def in_its_own_words(
    m: Material,
    evidence: Evidence,
    question: str,
    passages: Sequence[Passage],
    near: Near,
    least: float,
    wanted: Wanted = NOTHING,
) -> Reply:
    """The sentences of findings of the kinds that are asked for and of the nearest ones, then what passages say,
    verbatim; nothing where nothing is near enough."""
    told = [] if wanted.outside else telling(m, evidence, question, near, wanted)
    kinds = _kinds(wanted)
    findings = [finding for score, finding in told if finding.kind in kinds or score >= least]
    chosen = [(finding, _answering(finding, wanted, near)) for finding in findings[:SENTENCES]]
    drafts = [Draft(d.text, d.fact_ids, (finding.finding_id,), d.passage_ids) for finding, d in chosen]
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
    wanted: Wanted = NOTHING,
) -> Reply:
    """What the model answers from the same evidence; sentences that the gate refuses are left out.

    Raises:
        ModelError: it gives no answer.
    """
    from market_research.writing.llm import answers, plan
    from market_research.writing.llm.section import call_of

    pieces = [plan.of_finding(m, finding) for _, finding in telling(m, evidence, question, near, wanted)[:FINDINGS]]
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
