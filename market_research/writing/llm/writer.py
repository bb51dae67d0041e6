"""A whole report by a model: its sections side by side, the summary last, the offline writer wherever it fails."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from market_research.analysis.base import listing, say
from market_research.guard.inspection import inspect
from market_research.language_model.client import LanguageModel
from market_research.language_model.errors import (
    ModelError,
    ModelFailed,
    ModelRefused,
    NoModel,
    NotAsAsked,
    OverBudget,
    PromptTooLong,
)
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Evidence
from market_research.writing.llm import answers, section
from market_research.writing.llm.plan import PLANS, SUMMARY, Piece, Plan, drafts, kept_findings, pieces
from market_research.writing.llm.searches import expanded
from market_research.writing.llm.section import Desk, Fill, Request, Written
from market_research.writing.material import Material
from market_research.writing.offline import summary
from market_research.writing.offline import writer as offline
from market_research.writing.outline import (
    OFFLINE,
    Actions,
    Block,
    Bullet,
    Bullets,
    Gap,
    Outline,
    Refused,
    Section,
)

SUMMARY_FINDINGS = 24
"""Findings that the summary may choose from."""
# For readers; the log and the table of calls have it in full.
_WHY: dict[type[ModelError], str] = {
    NoModel: "no model can be used here",
    OverBudget: "the budget did not allow the call",
    PromptTooLong: "the evidence does not fit into the model's context",
    ModelRefused: "the model declined",
    NotAsAsked: "the model's answer was not in the form asked for",
    ModelFailed: "the model gave no whole answer",
}
NOTHING_STANDS = "nothing that the model wrote passed the gate"
NO_PLACE = "the headline that it explains is left out, or no rule's recommendation rests on its facts"
NO_EVIDENCE = "there is no evidence to give to a model"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Outcome:
    """A section as it goes into the report, who wrote it, and why not the model if it did not."""

    section: Section
    writer: str = OFFLINE
    reason: str = ""


def write(
    m: Material, evidence: Evidence, model: LanguageModel | ModelError, fill: Fill,
    completed: Callable[[], Material] | None = None,
) -> Outline:  # fmt: skip
    """The report; ``model`` may be the reason why there is none.

    ``completed`` is called while the sections are under way and gives the material that the report shows: with the
    frameworks that a model made too. No section's call depends on them, and none waits for them.

    Raises:
        InvalidInput: a prompt cannot be filled; the message says why.
    """
    plain = offline.write(m)
    by_key = {one.key: one for one in plain.sections}
    plans = [plan for plan in PLANS if plan.key in by_key]
    if isinstance(model, ModelError):
        told = {plan.key: _offline(by_key[plan.key], model) for plan in (*plans, SUMMARY) if plan.key in by_key}
        return _outline(m, plain, told, ())
    rules = tuple(d for one in plain.sections for b in one.blocks if isinstance(b, Actions) for d in drafts(b))
    desk = Desk(model, fill, evidence, rules)
    values = _values(m)
    with ThreadPoolExecutor(max_workers=len(PLANS)) as pool:
        started = _started(m, desk, plans, by_key, values, pool)
        m = completed() if completed else m
        results = [one.result() for one in started]
    if completed:
        plain = offline.write(m)
        by_key = {one.key: one for one in plain.sections}
    told = _outcomes(m, desk, plans, by_key, results)
    if SUMMARY.key in by_key:
        kept = [d for outcome in told.values() for block in outcome.section.blocks for d in drafts(block)]
        chosen = kept_findings(m, kept, summary.chosen(m))[:SUMMARY_FINDINGS]
        asked = _request(m, desk, SUMMARY, chosen, values)
        told[SUMMARY.key] = _outcome(m, desk, SUMMARY, by_key[SUMMARY.key], _try(desk, asked))
    return _outline(m, plain, told, rules)


def _values(m: Material) -> dict[str, Any]:
    """What all sections' prompts hold. Instructions that the guard refuses are left out, and the report is made."""
    request = m.subject.request
    values: dict[str, Any] = {"industry": m.subject.name}
    values |= {"focus": list(request.focus_areas)} if request.focus_areas else {}
    wish = inspect(request.instructions)
    return values | ({"reader_instruction": wish.cleaned} if wish.allowed and wish.cleaned else {})


def _started(
    m: Material, desk: Desk, plans: Sequence[Plan], by_key: Mapping[str, Section], values: Mapping[str, Any],
    pool: ThreadPoolExecutor,
) -> list[Future[Written | ModelError | None]]:  # fmt: skip
    """The sections under way, each a chain of calls of its own."""
    wider = expanded(desk, m, plans) if m.widened else {}
    # Searching is done here, in order, for equal material to give equal prompts; what is ready is asked for.
    return [
        pool.submit(_try, desk, _request(m, desk, plan, found, values))
        for plan in plans
        for found in [pieces(m, plan, by_key[plan.key], wider.get(plan.key, ()))]
    ]


def _outcomes(
    m: Material, desk: Desk, plans: Sequence[Plan], by_key: Mapping[str, Section],
    results: Sequence[Written | ModelError | None],
) -> dict[str, _Outcome]:  # fmt: skip
    told = {}
    said: set[str] = set()
    for plan, result in zip(plans, results, strict=True):
        if isinstance(result, Written):
            result = _without_repeats(result, said)
        told[plan.key] = _outcome(m, desk, plan, by_key[plan.key], result)
    return told


def _request(
    m: Material, desk: Desk, plan: Plan, found: Sequence[Piece], values: Mapping[str, Any]
) -> Request | ModelError | None:
    """The section's call; None without evidence."""
    if not found:
        return None
    try:
        return section.request(desk, plan, found, values, m.subject.as_of)
    except ModelError as error:
        return error


def _try(desk: Desk, asked: Request | ModelError | None) -> Written | ModelError | None:
    if not isinstance(asked, Request):
        return asked
    try:
        return section.write(desk, asked)
    except ModelError as error:
        return error


def _without_repeats(written: Written, said: set[str]) -> Written:
    """Without sentences that an earlier section has; ``said`` grows."""
    again = [draft for draft in written.stands if draft is not None and draft.text in said]
    stands = tuple(None if draft in again else draft for draft in written.stands)
    said |= {draft.text for draft in stands if draft is not None}
    refused = [*written.refused, *(Refused(draft, "says again what another section has said") for draft in again)]
    return replace(written, stands=stands, refused=tuple(refused))


def _outcome(m: Material, desk: Desk, plan: Plan, plain: Section, result: Written | ModelError | None) -> _Outcome:
    if result is None:
        return _Outcome(plain, reason=NO_EVIDENCE)
    if isinstance(result, ModelError):
        return _offline(plain, result)
    if not any(result.stands):
        return _Outcome(Section(plain.key, plain.title, [*plain.blocks, *result.refused]), reason=NOTHING_STANDS)
    made = answers.blocks(result.answer, result.stands, plan, plain, desk.evidence)
    made += [*_missing(m, plan, result), *result.refused, *_without_place(made, result)]
    return _Outcome(Section(plain.key, plain.title, made), writer=result.model)


def _without_place(made: Sequence[Block], written: Written) -> list[Refused]:
    """Sentences that passed the gate and yet are not said: with what they belong to, they are left out."""
    said = {draft for block in made for draft in drafts(block)}
    return [Refused(draft, NO_PLACE) for draft in written.stands if draft is not None and draft not in said]


def _offline(plain: Section, error: ModelError) -> _Outcome:
    log.warning("The section %s is written without the model: %s", plain.key, error)
    return _Outcome(plain, reason=why(error))


def why(error: ModelError) -> str:
    """Why there is no answer, in words for readers."""
    return next((text for kind, text in _WHY.items() if isinstance(error, kind)), _WHY[ModelFailed])


def _missing(m: Material, plan: Plan, written: Written) -> list[Block]:
    """What the section does not say: sentences that were left out, and questions that the model found no answer to."""
    made: list[Block] = []
    if written.left_out:
        verb = "is" if written.left_out == 1 else "are"
        text = (
            f"Of what the model wrote for this section, {numbers.count(written.left_out)} "
            f"{'sentence' if written.left_out == 1 else 'sentences'} {verb} left out: the evidence does not carry "
            f"{'it' if written.left_out == 1 else 'them'}."
        )
        made.append(Gap(_counted(m, f"left_out_of_{plan.key}", written.left_out, text)))
    # Only the plan's own questions: what else a model puts there is its words, not a question that was asked.
    named = set(written.answer.unanswered)
    open_ones = [heading for heading, asked in zip(plan.questions, plan.asked, strict=True) if asked in named]
    if open_ones:
        text = f"The model found no answer in the evidence to: {listing(_lower(one) for one in open_ones)}."
        made.append(Gap(_counted(m, f"unanswered_in_{plan.key}", len(open_ones), text)))
    return made


def _lower(heading: str) -> str:
    return heading[0].lower() + heading[1:]


def _counted(m: Material, what: str, value: int, text: str) -> Draft:
    fact = m.book.derive(what, m.subject.name, float(value), "count", formula=f"count({what})", inputs=[])
    return say(text, fact)


def _outline(m: Material, plain: Outline, told: Mapping[str, _Outcome], rules: tuple[Draft, ...]) -> Outline:
    """The report in its order, and at its method who wrote what."""
    sections = [told[one.key].section if one.key in told else one for one in plain.sections]
    models = dict.fromkeys(told[one.key].writer for one in plain.sections if one.key in told)
    models.pop(OFFLINE, None)
    for place, one in enumerate(sections):
        if one.key == "method":
            notes = tuple(_notes(m, [told[each.key] for each in plain.sections if each.key in told]))
            sections[place] = Section(one.key, one.title, [*one.blocks, Bullets(notes)])
    return replace(plain, writer=", ".join(models) or OFFLINE, sections=tuple(sections), rules=rules)


def _notes(m: Material, outcomes: Sequence[_Outcome]) -> Iterable[Bullet]:
    """Which sections were written by whom, and why not by the model."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in outcomes:
        groups.setdefault((one.writer, one.reason), []).append(_lower(one.section.title))
    for number, ((writer, reason), titles) in enumerate(groups.items()):
        named = listing(titles)
        if reason:
            text = f"Without a language model, because {reason}: {named}."
            lead = "Written by rules"
        else:
            text = f"By this language model, judged sentence by sentence, with exhibits made by rules: {named}."
            lead = f"Written by {writer}"
        yield Bullet(lead, (_counted(m, f"sections_of_writer_{number}", len(titles), text),))
