"""Frameworks of this installation: made by rules, with the model that is configured, and as people had them changed.

A change is kept as a row with its version, who asked, when and in which words. The newest one of a component stands in
the next editions for as long as the evidence that the component can rest on is the same.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from market_research.cleaning.schema import FRAMEWORK_CHANGES, FRAMEWORK_ITEMS, SECURITY_EVENTS
from market_research.errors import InvalidInput, NotFound
from market_research.guard.inspection import LevelName, events, inspect, refusal
from market_research.ids import content_id
from market_research.language_model.errors import NoModel
from market_research.settings import Settings
from market_research.writing.evidence import Draft, Evidence
from market_research.writing.frameworks import rules, swot
from market_research.writing.frameworks.executor import Executor
from market_research.writing.frameworks.plan import Operation, Plan
from market_research.writing.frameworks.plan import plan as whole_plan
from market_research.writing.frameworks.progress import Notify, one_at_a_time, silent
from market_research.writing.frameworks.rows import Component, Row, find, frame, judged, reviewed
from market_research.writing.frameworks.sources import evidence_hash, of_company, of_industry
from market_research.writing.material import Material
from market_research.writing.offline import body
from market_research.writing.outline import OFFLINE
from resources import appended, audit, prompting, reviews
from resources.lake import Lake

if TYPE_CHECKING:
    from market_research.writing.llm.section import Desk

LAYER = "editions"
SHOWN_IN = ("competitive_landscape", "trends_outlook")
"""Sections in which frameworks stand."""
PROMPTS = ("swot_component", "five_forces", "pestel")
"""Prompts that editions depend on."""
SEARCHES = (
    body.RISK_QUERY, body.DRIVER_QUERY, "regulation, law, government, courts", "climate, labour, society, technology"
)  # fmt: skip


def base(m: Material, evidence: Evidence, whole: Evidence | None = None) -> tuple[Component, ...]:
    """What rules make, judged by the gate.

    ``whole`` is all evidence, where ``evidence`` is what a reader's selection leaves of it.
    """
    return tuple(judged(one, evidence, whole) for one in rules.components(m))


def record(lake: Lake, m: Material, evidence: Evidence, edition_id: str) -> None:
    """Keep the edition's rows, as reviewers left them."""
    rows = frame(_after_review(lake, m, evidence, m.frameworks), m.subject.industry, edition_id)
    lake.write(LAYER, FRAMEWORK_ITEMS.name, m.subject.industry, rows, part=edition_id)


def _after_review(
    lake: Lake, m: Material, evidence: Evidence, components: Iterable[Component]
) -> tuple[Component, ...]:
    decided = reviews.decided(lake, m.subject.industry)
    return tuple(reviewed(one, decided, evidence) for one in components)


def by_model(
    settings: Settings, m: Material, desk: "Desk", components: tuple[Component, ...], notify: Notify = silent
) -> tuple[Component, ...]:
    """The components, with what a model finds for those that its edition shows; by rules where it fails."""
    from market_research.writing.frameworks import generate

    if not _wants_model(settings, m):
        return components
    shown = rules.shown(components)
    values = _values(m, settings.guard)
    told = one_at_a_time(notify)
    # No company waits for another; how many calls are under way at once is the model's affair.
    executor: Executor[tuple[Component, ...]] = Executor(len(shown) + 1)
    for company in shown:
        executor.add(
            generate.generate, desk, company, whole_plan(), of_company(m, desk.evidence, company), components, values,
            limit=settings.llm_concurrency, notify=told,
        )  # fmt: skip
    executor.add(generate.of_industry, desk, components, of_industry(m, SEARCHES), values)
    made: list[Component] = []
    for result in executor.run():
        if isinstance(result, Exception):
            raise result
        made += result
    return tuple(find(made, one.framework, one.name, one.subject) or one for one in components)


def _values(m: Material, level: LevelName) -> dict[str, Any]:
    wish = inspect(m.subject.request.instructions, level)
    values: dict[str, Any] = {"industry": m.subject.name}
    return values | ({"reader_instruction": wish.cleaned} if wish.allowed and wish.cleaned else {})


def without_model(
    settings: Settings, m: Material, components: tuple[Component, ...], error: NoModel
) -> tuple[Component, ...]:
    """The components; those for which a model would have been asked say why it was not."""
    from market_research.writing.llm.writer import why

    if not _wants_model(settings, m):
        return components
    seen, said = rules.in_report(components), f"Rows by rules, because {why(error)}."
    return tuple(replace(one, why=said) if one in seen else one for one in components)


def _wants_model(settings: Settings, m: Material) -> bool:
    return settings.frameworks == "model" and (m.asked is None or bool(set(SHOWN_IN) & set(m.asked.sections)))


def changes(lake: Lake, industry: str) -> pl.DataFrame:
    """The industry's changes, oldest first."""
    rows = appended.read(lake, LAYER, FRAMEWORK_CHANGES, industry).drop("part")
    return rows.sort(["framework", "component", "subject", "version"])


def newest_changes(lake: Lake, industry: str) -> pl.DataFrame:
    """The change of each component that counts."""
    return changes(lake, industry).unique(["framework", "component", "subject"], keep="last", maintain_order=True)


def with_changes(
    lake: Lake, m: Material, evidence: Evidence, components: Sequence[Component], whole: Evidence | None = None
) -> tuple[Component, ...]:
    """The components, changed ones as they were changed while what they can rest on is the same."""
    kept = {(row["framework"], row["component"], row["subject"]): row
            for row in newest_changes(lake, m.subject.industry).to_dicts()}  # fmt: skip
    if not kept:
        return tuple(components)
    by_rules = base(m, evidence)
    made = []
    for one in components:
        change = kept.get((one.framework, one.name, one.subject))
        origin = find(by_rules, one.framework, one.name, one.subject)
        if change is None or origin is None or change["evidence_sha256"] != evidence_hash(m, evidence, origin):
            made.append(one)
            continue
        rows = tuple(_row(item) for item in json.loads(change["rows"]))
        said = f"The {one.name} were changed on {change['changed_at']:%Y-%m-%d} at a reader's request."
        made.append(judged(replace(one, rows=rows, why=said), evidence, whole))
    return tuple(made)


def _row(item: Mapping[str, Any]) -> Row:
    sentence = Draft(
        item["text"], tuple(item["fact_ids"]), tuple(item["finding_ids"]), tuple(item["passage_ids"]), item["writer"]
    )
    return Row(item["item"], sentence, item["confidence"], item["period"])


def _as_json(rows: Iterable[Row]) -> str:
    return json.dumps([
        {"item": row.item, "text": row.sentence.text, "fact_ids": row.sentence.fact_ids,
         "finding_ids": row.sentence.finding_ids, "passage_ids": row.sentence.passage_ids,
         "writer": row.sentence.writer, "confidence": row.confidence, "period": row.period}
        for row in rows
    ], ensure_ascii=False)  # fmt: skip


def of_subject(
    settings: Settings, lake: Lake, m: Material, evidence: Evidence, subject: str, plan: Plan, *, run_id: str,
    notify: Notify = silent, now: datetime | None = None,
) -> tuple[Component, ...]:  # fmt: skip
    """A company's SWOT after a plan: the components asked for, by the model where one is configured; changes are kept.

    Raises:
        NotFound: the industry has no such company.
        InvalidInput: an instruction is refused, or there is nothing to change.
        ModelError: a change was asked for, and no model answers.
    """
    _check(m, subject)
    changing = [step for step in plan.requested if step.operation is Operation.MODIFY]
    checked = _inspected(lake, m.subject.industry, plan, settings.guard)
    rows = [one for one in base(m, evidence) if one.framework == "swot" and one.subject == subject]
    if changing and not settings.llm:
        raise NoModel("Changing a component in words needs a language model; set MARKET_RESEARCH_LLM to one.")
    if settings.llm:
        rows = list(_after_plan(settings, lake, m, evidence, subject, checked, rows, run_id=run_id, notify=notify))
    for step in changing:
        changed = find(rows, "swot", step.component, subject)
        assert changed is not None
        _keep(lake, m, evidence, changed, step.instruction, now or datetime.now(UTC))
    wanted = {step.component for step in plan.requested}
    shown = rows if changing else with_changes(lake, m, evidence, rows)
    return _after_review(lake, m, evidence, (one for one in shown if one.name in wanted))


def standing(lake: Lake, m: Material, evidence: Evidence, subject: str) -> tuple[Component, ...]:
    """A company's SWOT as the newest edition has it, with what was changed and reviewed since; by rules without one.

    Raises:
        NotFound: the industry has no such company.
    """
    _check(m, subject)
    rows = [one for one in base(m, evidence) if one.framework == "swot" and one.subject == subject]
    return _standing(lake, m, evidence, rows)


def _standing(lake: Lake, m: Material, evidence: Evidence, rows: Iterable[Component]) -> tuple[Component, ...]:
    newest = with_changes(lake, m, evidence, [_in_newest_edition(lake, m, one) for one in rows])
    return _after_review(lake, m, evidence, newest)


def _check(m: Material, subject: str) -> None:
    known = swot.companies(m)
    if subject not in known:
        raise NotFound(f"{m.subject.industry} has no company {subject!r}; it has {', '.join(known)}.")


def shown(components: Iterable[Component]) -> pl.DataFrame:
    """Rows for people and programs: component, item, text, confidence, period, evidence (ids), writer."""
    schema: dict[str, pl.DataType] = {
        "component": pl.String(), "item": pl.String(), "text": pl.String(), "confidence": pl.Float64(),
        "period": pl.String(), "evidence": pl.List(pl.String()), "writer": pl.String(),
    }  # fmt: skip
    return pl.DataFrame(
        [
            (one.name, row.item, row.sentence.text, row.confidence, row.period,
             [*row.sentence.fact_ids, *row.sentence.finding_ids, *row.sentence.passage_ids],
             row.sentence.writer or OFFLINE)
            for one in components
            for row in one.rows or (Row("No evidence", one.gap, 100.0, ""),)
        ],
        schema=schema,
        orient="row",
    )  # fmt: skip


def _after_plan(
    settings: Settings, lake: Lake, m: Material, evidence: Evidence, subject: str, plan: Plan, rows: list[Component], *,
    run_id: str, notify: Notify,
) -> tuple[Component, ...]:  # fmt: skip
    from market_research.writing.frameworks import generate
    from market_research.writing.llm.section import Desk
    from resources.language_model import open_language_model

    # What is to be changed is what stands now: as the newest edition has it, or as it was changed since.
    changing = {step.component for step in plan.requested if step.operation is Operation.MODIFY}
    now = _standing(lake, m, evidence, rows)
    before = [old if old.name in changing else one for old, one in zip(now, rows, strict=True)]
    with open_language_model(settings, lake, m.subject.industry, run_id=run_id) as model:
        return generate.generate(
            Desk(model, prompting.filling(settings), evidence, ()),
            subject,
            plan,
            of_company(m, evidence, subject),
            before,
            _values(m, settings.guard),
            limit=settings.llm_concurrency,
            notify=notify,
        )


def _in_newest_edition(lake: Lake, m: Material, component: Component) -> Component:
    """The component with the rows that the newest edition shows, as far as their evidence is still there."""
    from resources.editions import latest

    newest = latest(lake, m.subject.industry)
    if newest is None:
        return component
    items = lake.read(LAYER, FRAMEWORK_ITEMS, m.subject.industry).filter(
        (pl.col("edition_id") == newest["edition_id"]) & (pl.col("kind") == "item")
        & (pl.col("framework") == component.framework) & (pl.col("component") == component.name)
        & (pl.col("subject") == component.subject)
    )  # fmt: skip
    rows = tuple(
        _row({**item, "writer": "" if item["writer"] == OFFLINE else item["writer"], "period": item["period"] or ""})
        for item in items.sort("ordinal").to_dicts()
    )
    return replace(component, rows=rows) if rows else component


def _inspected(lake: Lake, industry: str, plan: Plan, level: LevelName) -> Plan:
    """The plan with cleaned instructions; what the guard noticed in them is put into the security log."""
    steps = []
    for step in plan.steps:
        if step.operation is not Operation.MODIFY:
            steps.append(step)
            continue
        verdict = inspect(step.instruction, level)
        noticed = events(verdict, industry=industry, where=f"change of {step.component}")
        appended.append(lake, prompting.TYPED, SECURITY_EVENTS, industry, noticed.unique("event_id"))
        if not verdict.allowed:
            raise InvalidInput(refusal(verdict, f"The change of {step.component}"))
        steps.append(replace(step, instruction=verdict.cleaned))
    return Plan(tuple(steps))


def _keep(lake: Lake, m: Material, evidence: Evidence, changed: Component, instruction: str, now: datetime) -> None:
    industry = m.subject.industry
    same = changes(lake, industry).filter(
        (pl.col("framework") == changed.framework) & (pl.col("component") == changed.name)
        & (pl.col("subject") == changed.subject)
    )  # fmt: skip
    version = int(max(same["version"], default=0)) + 1
    rows = _as_json(changed.rows)
    origin = find(base(m, evidence), changed.framework, changed.name, changed.subject)
    assert origin is not None
    model = next((row.sentence.writer for row in changed.rows if row.sentence.writer), "")
    row = {
        "change_id": content_id("change", industry, changed.framework, changed.name, changed.subject, version, rows),
        "industry": industry, "framework": changed.framework, "component": changed.name, "subject": changed.subject,
        "version": version, "instruction": instruction, "changed_by": audit.actor(), "changed_at": now,
        "model": model or "none: rows were only taken out", "evidence_sha256": evidence_hash(m, evidence, origin),
        "rows": rows,
    }  # fmt: skip
    appended.append(lake, LAYER, FRAMEWORK_CHANGES, industry, FRAMEWORK_CHANGES.frame([row]))
