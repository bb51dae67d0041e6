"""A SWOT by a model, source by source: each component asked for in batches, what stands kept by component.

The rows that rules found are one more source. A call that fails costs its batch and nothing else; if all fail, the
rules' rows stand alone and the component says why.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from market_research.errors import InvalidInput
from market_research.language_model.errors import ModelError
from market_research.writing.frameworks import asking
from market_research.writing.frameworks import registry as sections
from market_research.writing.frameworks.asking import Judged
from market_research.writing.frameworks.executor import Executor
from market_research.writing.frameworks.plan import Operation, Plan, Step
from market_research.writing.frameworks.progress import Notify, Progress, silent
from market_research.writing.frameworks.registry import Registry
from market_research.writing.frameworks.rows import FACTORS, FORCES, Component, Row, find
from market_research.writing.frameworks.sources import Source
from market_research.writing.llm import section
from market_research.writing.llm.plan import Piece
from market_research.writing.llm.section import Desk
from market_research.writing.llm.writer import why
from market_research.writing.outline import Refused
from market_research.writing.prompts.schemas import Changes, FiveForces, Item, Items, Pestel

RULES = "rules"
MOST_ROWS = 6
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """One call for a component: as much of a source as fits, from where the batch before it ended."""

    step: Step
    source: Source
    number: int
    asked: section.Request


def generate(
    desk: Desk,
    subject: str,
    plan: Plan,
    sources: Sequence[Source],
    existing: Iterable[Component],
    values: Mapping[str, Any],
    *,
    limit: int = 4,
    notify: Notify = silent,
) -> tuple[Component, ...]:
    """The components of a subject's SWOT after the plan.

    Args:
        desk: model, prompts and evidence.
        subject: the company.
        plan: what to do with each component.
        sources: what to read, in this order.
        existing: the components as rules made them, or as they stood before a change.
        values: what all prompts hold: industry, and the reader's instruction if there is one.
        limit: how many calls may run at once; 1 for one after the other.
        notify: told of each source and component.

    Raises:
        InvalidInput: a component is to be changed that has no rows.
        ModelError: a change was asked for, and there is no answer.
    """
    before = list(existing)
    registry = Registry()
    refused: dict[str, list[Refused]] = {}
    generating = [step for step in plan.requested if step.operation is Operation.GENERATE]
    batches, failures = _batches(desk, subject, generating, sources, values)
    executor: Executor[Judged] = Executor(limit)
    watch = _Watch(subject, batches, notify)
    for batch in batches:
        executor.add(_read, desk, batch, watch)
    for batch, result in zip(batches, executor.run(), strict=True):
        component = batch.step.component
        if isinstance(result, ModelError):
            log.warning("No %s of %s from %s: %s", component, subject, batch.source.title, result)
            failures[component] = result
        elif isinstance(result, Exception):
            raise result
        else:
            registry.register(sections.section(component, batch.source.source_id, result.kept, batch=batch.number))
            refused.setdefault(component, []).extend(result.refused)
    made = []
    for step in plan.steps:
        old = find(before, "swot", step.component, subject)
        if old is None or step.operation is Operation.NOT_REQUESTED:
            made += [old] if old else []
        elif step.operation is Operation.MODIFY:
            made.append(modify(desk, old, step.instruction, sources, values, notify=notify))
        else:
            made.append(_together(desk, old, registry, refused, failures.get(step.component)))
    return tuple(made)


def _batches(
    desk: Desk, subject: str, steps: Sequence[Step], sources: Sequence[Source], values: Mapping[str, Any]
) -> tuple[list[Batch], dict[str, ModelError]]:
    """All calls, source by source, and the components of which a source does not fit: what one call takes is known
    before it is answered, so none has to wait for another."""
    made: list[Batch] = []
    failures: dict[str, ModelError] = {}
    for source in sources:
        for step in steps:
            given = {**values, "component": step.component, "subject": subject}
            rest, number = list(source.pieces), 0
            try:
                while rest:
                    purpose = f"swot {step.component} of {subject}"
                    asked = asking.request(desk, "swot_component", purpose, given, rest)
                    made.append(Batch(step, source, number, asked))
                    rest, number = rest[len(asked.pieces) :], number + 1
            except ModelError as error:
                log.warning("Not all %s of %s from %s: %s", step.component, subject, source.title, error)
                failures[step.component] = error
    return made, failures


def _read(desk: Desk, batch: Batch, watch: "_Watch") -> Judged:
    watch.begun(batch)
    try:
        answer = section.answered(desk, batch.asked.call)
        assert isinstance(answer.value, Items)
        return asking.judge(desk, batch.asked, answer.value.items, answer)
    finally:
        watch.ended(batch)


class _Watch:
    """Counts the batches of each source that are done, and tells; safe for threads."""

    def __init__(self, subject: str, batches: Iterable[Batch], notify: Notify) -> None:
        self._subject, self._notify = subject, notify
        self._total = Counter(batch.source.source_id for batch in batches)
        self._done: Counter[str] = Counter()
        self._begun: set[str] = set()
        self._lock = threading.Lock()

    def begun(self, batch: Batch) -> None:
        with self._lock:
            if batch.source.source_id not in self._begun:
                self._begun.add(batch.source.source_id)
                self._tell(batch.source, "begun")
            self._tell(batch.source, f"{batch.step.component}: reading")

    def ended(self, batch: Batch) -> None:
        with self._lock:
            self._done[batch.source.source_id] += 1
            self._tell(batch.source, f"{batch.step.component}: done")
            if self._done[batch.source.source_id] == self._total[batch.source.source_id]:
                self._tell(batch.source, "completed", completed=True)

    def _tell(self, source: Source, text: str, *, completed: bool = False) -> None:
        percent = 100 * self._done[source.source_id] // self._total[source.source_id]
        self._notify(Progress(self._subject, source.source_id, source.title, percent, text, completed))


def _together(
    desk: Desk, rules: Component, registry: Registry, refused: dict[str, list[Refused]], failure: ModelError | None
) -> Component:
    read = registry.sections(rules.name)
    registry.register(sections.section(rules.name, RULES, rules.rows))
    rows = registry.rows(rules.name, desk.evidence)[:MOST_ROWS]
    said = f"Rows by rules, because {why(failure)}." if failure and not read else ""
    return replace(rules, rows=rows, refused=(*rules.refused, *refused.get(rules.name, [])), why=said)


def modify(
    desk: Desk, old: Component, instruction: str, sources: Sequence[Source], values: Mapping[str, Any], *,
    notify: Notify = silent,
) -> Component:  # fmt: skip
    """The component changed as an instruction says; rows that it does not concern stay as they are.

    A new or changed row that the gate refuses is not taken: the old one stays, and the refusal is noted.

    Raises:
        InvalidInput: the component has no rows.
        ModelError: there is no answer.
    """
    if not old.rows:
        raise InvalidInput(f"The {old.name} of {old.subject} have no rows to change; there is no evidence for any.")
    notify(Progress(old.subject, "change", f"{old.name} of {old.subject}", 0, f"{old.name}: changing"))
    listed = [
        {"number": number, "item": row.item, "text": row.sentence.text, "evidence_ids": list(_ids(row)),
         "confidence": round(row.confidence), "period": row.period}
        for number, row in enumerate(old.rows, 1)
    ]  # fmt: skip
    given = {"component": old.name, "subject": old.subject, "rows": listed, "change": instruction}
    pieces = _cited(desk, old) + [piece for source in sources for piece in source.pieces]
    asked = asking.request(desk, "swot_modify", f"swot change of {old.name} of {old.subject}", given, pieces)
    answer = section.answered(desk, asked.call)
    assert isinstance(answer.value, Changes)
    wanted = {one.number: one.row for one in reversed(answer.value.replace) if one.number <= len(old.rows)}
    numbers = sorted(wanted)
    judged = asking.judge(desk, asked, [*(wanted[n] for n in numbers), *answer.value.add], answer)
    changed = {n: row for n, row in zip(numbers, judged.rows, strict=False) if row is not None}
    gone = set(answer.value.remove) - set(numbers)
    rows = [changed.get(n, row) for n, row in enumerate(old.rows, 1) if n not in gone]
    rows += [row for row in judged.rows[len(numbers) :] if row is not None]
    notify(Progress(old.subject, "change", f"{old.name} of {old.subject}", 100, f"{old.name}: changed", completed=True))
    return replace(old, rows=tuple(rows), refused=(*old.refused, *judged.refused))


def _ids(row: Row) -> tuple[str, ...]:
    return (*row.sentence.fact_ids, *row.sentence.finding_ids, *row.sentence.passage_ids)


def _cited(desk: Desk, component: Component) -> list[Piece]:
    """What the rows that stand rest on, first: a change may need no more."""
    facts = [desk.evidence.facts[i] for i in component.evidence_ids if i in desk.evidence.facts]
    return [
        ({"id": f.fact_id, "about": f.entity, "measure": f.metric, "value": f.value, "unit": f.unit,
          "period": f"fiscal {f.fiscal_year}" if f.fiscal_year else ""},)
        for f in facts
    ]  # fmt: skip


def of_industry(
    desk: Desk, existing: Sequence[Component], pieces: Sequence[Piece], values: Mapping[str, Any]
) -> tuple[Component, ...]:
    """Five forces and PESTEL with what a model adds to the rules' rows, one call for each framework.

    Scores and directions stay those of the rules: no gate could judge a model's.
    """
    executor: Executor[dict[str, Judged]] = Executor(2)
    made: list[Component] = []
    for prompt in ("five_forces", "pestel"):
        executor.add(_asked, desk, prompt, values, pieces)
    for prompt, result in zip(("five_forces", "pestel"), executor.run(), strict=True):
        own = [one for one in existing if one.framework == prompt]
        if isinstance(result, ModelError):
            log.warning("The %s are made without the model: %s", prompt, result)
            made += [replace(one, why=f"Rows by rules, because {why(result)}.") for one in own]
        elif isinstance(result, Exception):
            raise result
        else:
            made += [_added(desk, one, result.get(one.name)) for one in own]
    return tuple(made)


def _asked(desk: Desk, prompt: str, values: Mapping[str, Any], pieces: Sequence[Piece]) -> dict[str, Judged]:
    asked = asking.request(desk, prompt, prompt.replace("_", " "), values, pieces, steady=True)
    answer = section.answered(desk, asked.call)
    named: list[tuple[str, Item]]
    if isinstance(answer.value, FiveForces):
        named = [(force.force, item) for force in answer.value.forces for item in force.reasons]
    else:
        assert isinstance(answer.value, Pestel)
        named = [(factor.factor, item) for factor in answer.value.factors for item in factor.items]
    judged = asking.judge(desk, asked, [item for _, item in named], answer)
    by_name: dict[str, Judged] = {}
    for name in (*FORCES, *FACTORS):
        rows = tuple(row for (given, _), row in zip(named, judged.rows, strict=True) if given == name)
        by_name[name] = Judged(rows, ())
    # Which component a refused sentence was for matters to nobody; that it is recorded once does.
    first = (FORCES if prompt == "five_forces" else FACTORS)[0]
    return by_name | {first: replace(by_name[first], refused=judged.refused)}


def _added(desk: Desk, rules: Component, judged: Judged | None) -> Component:
    if judged is None:
        return rules
    registry = Registry()
    registry.register(sections.section(rules.name, RULES, rules.rows))
    registry.register(sections.section(rules.name, "model", judged.kept))
    rows = registry.rows(rules.name, desk.evidence)[:MOST_ROWS]
    return replace(rules, rows=rows, refused=(*rules.refused, *judged.refused))
