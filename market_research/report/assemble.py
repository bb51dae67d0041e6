"""From an outline to a report: every sentence and number past the gate, evidence and sources numbered.

What the gate refuses is left out of the report and kept as a claim row with its reason.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from market_research.cleaning.schema import CLAIMS
from market_research.ids import content_id
from market_research.report import appendix, model
from market_research.report.appendix import closure
from market_research.writing import gate, numbers, outline, review
from market_research.writing.evidence import REVIEWER, Draft, Evidence


@dataclass(frozen=True)
class Edition:
    """What identifies the edition that is assembled."""

    edition_id: str
    industry: str
    as_of: date
    inputs_sha256: str


@dataclass
class _Assembly:
    """The state of one assembling: numbering and claims grow as blocks pass by."""

    edition: Edition
    evidence: Evidence
    permitted: Evidence
    documents: dict[str, dict[str, Any]]
    rules: tuple[Draft, ...] = ()
    decisions: review.Decisions = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    claims: list[dict[str, Any]] = field(default_factory=list)
    sources: dict[str, int] = field(default_factory=dict)
    section: str = ""
    tables: int = 0
    figures: int = 0

    def number(self, evidence_id: str) -> int:
        """The appendix number of a fact or passage; its source and inputs are numbered with it."""
        if evidence_id not in self.numbers:
            self.numbers[evidence_id] = len(self.numbers) + 1
            self.note_source(evidence_id)
        return self.numbers[evidence_id]

    @property
    def narrowed(self) -> bool:
        """True if a reader's selection leaves out some of the evidence."""
        return self.permitted is not self.evidence

    def passed_over(self, draft: Draft) -> bool:
        """True for what the whole evidence carries: only the reader's selection has no place for it."""
        return self.narrowed and gate.judge(draft, self.evidence, further=self.rules).kept

    def lacks(self, fact_ids: Iterable[str]) -> bool:
        """True if the reader's selection leaves out one of these facts."""
        return self.narrowed and any(i in self.evidence.facts and i not in self.permitted.facts for i in fact_ids)

    def note_source(self, evidence_id: str) -> None:
        item = self.evidence.facts.get(evidence_id) or self.evidence.passages.get(evidence_id)
        if item is not None and item.document_id:
            self.sources.setdefault(item.document_id, len(self.sources) + 1)

    def claim(self, draft: Draft, verdict: gate.Verdict, decision: review.Decision | None = None) -> str:
        ordinal = len(self.claims)
        claim_id = content_id("claim", self.edition.edition_id, self.section, ordinal, draft.text)
        self.claims.append(
            {
                "claim_id": claim_id,
                "edition_id": self.edition.edition_id,
                "industry": self.edition.industry,
                "section": self.section,
                "ordinal": ordinal,
                "text": draft.text,
                "fact_ids": list(draft.fact_ids),
                "finding_ids": list(draft.finding_ids),
                "passage_ids": list(draft.passage_ids),
                "verdict": "kept" if verdict.kept else "refused",
                "reason": verdict.reason or verdict.calculated,
                "writer": draft.writer or outline.OFFLINE,
                "call_id": draft.call_id or None,
                "review": decision.kind if decision else None,
                "decision_id": decision.decision_id if decision else None,
            }
        )
        return claim_id

    def sentence(
        self, draft: Draft, *, cite: bool = True, verdict: gate.Verdict | None = None
    ) -> model.Sentence | None:
        """The sentence if no reviewer rejected it and the gate keeps it, in the words that a reviewer gave it.

        Titles of exhibits do not print citations: their cells carry them. What only a reader's selection leaves out was
        refused by nobody, and is no claim.
        """
        draft, decision = self.reviewed(draft)
        if decision and decision.kind == "rejected":
            verdict = gate.Verdict(False, decision.said)
        if verdict is None:
            verdict = gate.judge(draft, self.permitted, further=self.rules)
            if not verdict.kept and self.passed_over(draft):
                return None
        claim_id = self.claim(draft, verdict, decision)
        if not verdict.kept:
            return None
        cites: tuple[int, ...] = ()
        if cite:
            facts, passages = gate.cited(draft, self.evidence)
            ids = [*(f.fact_id for f in facts), *(p.passage_id for p in passages)]
            cites = tuple(sorted(self.number(i) for i in ids))
        return model.Sentence(
            claim_id=claim_id,
            text=draft.text,
            cites=cites,
            fact_ids=draft.fact_ids,
            finding_ids=draft.finding_ids,
            passage_ids=draft.passage_ids,
        )

    def reviewed(self, draft: Draft) -> tuple[Draft, review.Decision | None]:
        """The sentence as reviewers left it, with their last decision; an edit that the gate refuses now is noted."""
        settled = review.settled(draft, self.decisions, self.permitted)
        if settled.failed and not self.passed_over(settled.failed[0]):
            self.claim(*settled.failed)
        return settled.draft, settled.decision

    def several(self, drafts: Iterable[Draft]) -> tuple[model.Sentence, ...]:
        return tuple(sentence for draft in drafts if (sentence := self.sentence(draft)) is not None)


def assemble(
    written: outline.Outline,
    edition: Edition,
    evidence: Evidence,
    documents: pl.DataFrame,
    decisions: review.Decisions | None = None,
    permitted: Evidence | None = None,
) -> tuple[model.Report, pl.DataFrame]:
    """Judge, number and put together.

    Args:
        written: the writer's outline.
        edition: its identity.
        evidence: all facts, findings and passages that may be cited.
        documents: rows of ``DOCUMENTS`` of the industry.
        decisions: what reviewers decided of sentences.
        permitted: the part of the evidence that may be cited, if it is not all; what was computed from the rest may be.

    Returns:
        The report, and rows of ``CLAIMS`` for every sentence, kept or refused.
    """
    listed = {row["document_id"]: row for row in documents.to_dicts()}
    state = _Assembly(edition, evidence, permitted or evidence, listed, written.rules, decisions or {})
    sections = []
    for section in written.sections:
        state.section = section.key
        blocks = [made for block in section.blocks if (made := _block(state, block)) is not None]
        blocks = _without_empty_headings(blocks)
        if blocks:
            sections.append(model.Section(key=section.key, title=section.title, blocks=tuple(blocks)))
    figures = tuple(shown for item in written.key_figures if (shown := _key_figure(state, item)) is not None)
    entries = appendix.entries(evidence, state.numbers, state.sources)
    kept = sum(claim["verdict"] == "kept" for claim in state.claims)
    report = model.Report(
        edition_id=edition.edition_id,
        industry=edition.industry,
        title=written.title,
        subtitle=written.subtitle,
        as_of=edition.as_of,
        period=written.period,
        writer=written.writer,
        inputs_sha256=edition.inputs_sha256,
        entities=written.entities,
        key_figures=figures,
        sections=tuple(sections),
        evidence=entries,
        sources=appendix.source_list(state.documents, state.sources, entries),
        claims_kept=kept,
        claims_refused=len(state.claims) - kept,
        claims_reviewed=dict(Counter(claim["review"] for claim in state.claims if claim["review"])),
    )
    return report, CLAIMS.frame(state.claims)


def _block(state: _Assembly, block: outline.Block) -> model.Block | None:
    match block:
        case outline.Subheading():
            key = "-".join("".join(c if c.isalnum() else " " for c in block.text.lower()).split())
            return model.Subheading(text=block.text, key=f"{state.section}-{key}")
        case outline.Paragraph():
            said = state.several(block.sentences)
            return model.Paragraph(sentences=said) if said else None
        case outline.Gap():
            gap = state.sentence(block.sentence)
            return model.Gap(sentence=gap) if gap else None
        case outline.Reply():
            said = state.several(block.sentences)
            return model.Paragraph(sentences=said) if said else _block(state, outline.Gap(block.gap))
        case outline.Refused():
            state.claim(block.sentence, gate.Verdict(False, block.reason))
            mended, _ = state.reviewed(block.sentence)
            said = state.several([block.sentence] if mended.writer == REVIEWER else [])
            return model.Paragraph(sentences=said) if said else None
        case outline.Quote():
            quoted = state.sentence(block.sentence)
            return model.Quote(sentence=quoted, attribution=block.attribution) if quoted else None
        case outline.Bullets():
            items = [
                model.Bullet(lead=item.lead, sentences=said)
                for item in block.items
                if (said := state.several(item.sentences))
            ]
            return model.Bullets(items=tuple(items)) if items else None
        case outline.KeyFindings():
            return _key_findings(state, block)
        case outline.Actions():
            made = tuple(action for item in block.items if (action := _action(state, item)) is not None)
            return model.Actions(items=made) if made else None
        case outline.Table():
            return _table(state, block)
        case outline.Figure():
            return _figure(state, block)
        case outline.Framework():
            return _framework(state, block)


def _without_empty_headings(blocks: list[model.Block]) -> list[model.Block]:
    """Drop subheadings that nothing follows, because the gate refused it or the evidence was missing."""
    kept = []
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if isinstance(block, model.Subheading) and (following is None or isinstance(following, model.Subheading)):
            continue
        kept.append(block)
    return kept


def _key_findings(state: _Assembly, block: outline.KeyFindings) -> model.KeyFindings | None:
    items = []
    for item in block.items:
        headline = state.sentence(item.headline)
        if headline is not None:
            meaning = state.several(item.meaning)
            items.append(model.KeyFinding(headline=headline, meaning=meaning, confidence=round(item.confidence)))
    return model.KeyFindings(items=tuple(items)) if items else None


def _action(state: _Assembly, item: outline.Action) -> model.Action | None:
    what, measure, risk = state.sentence(item.what), state.sentence(item.measure), state.sentence(item.risk)
    effect = state.sentence(item.effect) if item.effect else None
    if what is None or measure is None or risk is None:
        return None
    return model.Action(
        who=item.who,
        what=what,
        by_when=item.by_when,
        measure=measure,
        effect=effect,
        risk=risk,
        impact=item.impact,
        urgency=item.urgency,
        confidence=round(item.confidence),
    )


def _table(state: _Assembly, block: outline.Table) -> model.Table | None:
    """The table if its title and each of its numbers pass; one wrong cell refuses it whole."""
    if state.lacks(cell.fact.fact_id for row in block.rows for cell in row if cell.fact):
        return None
    rows = []
    problem = None
    facts: list[str] = []
    for row in block.rows:
        cells = []
        for cell in row:
            text = cell.shown
            if cell.fact is not None:
                problem = problem or gate.judge_cell(text, cell.fact.fact_id, state.permitted).reason
                facts.append(cell.fact.fact_id)
            cells.append(model.Cell(text=text, fact_id=cell.fact.fact_id if cell.fact else None, strong=cell.strong))
        shown = [cell.fact for cell in row if cell.fact is not None]
        labels = [cell.text for cell in row if cell.fact is None and cell.text]
        if shown:
            problem = problem or next((reason for label in labels if (reason := gate.judge_label(label, shown))), None)
        rows.append(tuple(cells))
    title = _title(state, block.title, facts, problem)
    if title is None:
        return None
    state.tables += 1
    return model.Table(
        key=block.key,
        number=state.tables,
        title=title,
        columns=tuple(model.TableColumn(label=label, align=align) for label, align in block.columns),
        rows=tuple(rows),
        note=block.note,
        source_numbers=_exhibit_sources(state, facts),
    )


def _framework(state: _Assembly, block: outline.Framework) -> model.Framework | None:
    """The framework with the rows that pass; a part without any says so. None if no part has a row."""
    parts = tuple(_part(state, part) for part in block.parts)
    if not any(part.items for part in parts):
        return None
    scores = [part.score.fact_id for part in parts if part.score and part.score.fact_id]
    title = _title(state, block.title, scores, None)
    if title is None:
        return None
    state.tables += 1
    said = [s for part in parts for item in part.items for s in item.sentences]
    documents = {p.document_id for s in said for i in s.passage_ids if (p := state.evidence.passages.get(i))}
    numbered = {state.sources[i] for i in documents if i in state.sources}
    facts = [*scores, *(i for s in said for i in s.fact_ids)]
    return model.Framework(
        key=block.key,
        number=state.tables,
        kind=block.kind,
        title=title,
        parts=parts,
        note=block.note,
        source_numbers=tuple(sorted(numbered | set(_exhibit_sources(state, facts)))),
    )


def _part(state: _Assembly, part: outline.FrameworkPart) -> model.FrameworkPart:
    items = tuple(
        model.Bullet(lead=item.lead, sentences=said) for item in part.items if (said := state.several(item.sentences))
    )
    score = None
    if part.score is not None:
        text = numbers.short(part.score.value, part.score.unit)
        if gate.judge_cell(text, part.score.fact_id, state.permitted).kept:
            score = model.Cell(text=text, fact_id=part.score.fact_id, strong=True)
            state.number(part.score.fact_id)
    gap = None if items else state.sentence(part.gap)
    return model.FrameworkPart(name=part.name, items=items, gap=gap, score=score, direction=part.direction)


def _figure(state: _Assembly, block: outline.Figure) -> model.Figure | None:
    """The figure if its title passes and every point shows its fact's value."""
    if state.lacks(point.fact_id for series in block.chart.series for point in series.points if point.fact_id):
        return None
    facts = []
    problem = None
    for series in block.chart.series:
        for point in series.points:
            fact = state.permitted.facts.get(point.fact_id or "")
            if fact is None:
                problem = problem or f"a point of {series.name!r} cites the unknown fact {point.fact_id}"
                continue
            facts.append(fact.fact_id)
            if fact.value != point.y:
                problem = problem or f"a point of {series.name!r} shows {point.y!r} for {fact.fact_id} = {fact.value!r}"
    title = _title(state, block.title, facts, problem)
    if title is None:
        return None
    state.figures += 1
    return model.Figure(
        key=block.key,
        number=state.figures,
        title=title,
        chart=block.chart,
        alt=block.alt,
        note=block.note,
        source_numbers=_exhibit_sources(state, facts),
    )


def _title(state: _Assembly, draft: Draft, facts: list[str], problem: str | None) -> model.Sentence | None:
    cited = Draft(draft.text, tuple(dict.fromkeys((*draft.fact_ids, *facts))), draft.finding_ids, draft.passage_ids)
    return state.sentence(cited, cite=False, verdict=gate.Verdict(False, problem) if problem else None)


def _exhibit_sources(state: _Assembly, facts: Iterable[str]) -> tuple[int, ...]:
    """Numbers of the documents that an exhibit's facts come from, directly or through derivation."""
    found: set[int] = set()
    for fact in closure(state.evidence.facts, facts):
        if fact.document_id:
            state.sources.setdefault(fact.document_id, len(state.sources) + 1)
            found.add(state.sources[fact.document_id])
    return tuple(sorted(found))


def _key_figure(state: _Assembly, figure: outline.KeyFigure) -> model.KeyFigure | None:
    text = numbers.short(figure.fact.value, figure.fact.unit)
    if not gate.judge_cell(text, figure.fact.fact_id, state.permitted).kept:
        return None
    cites = (state.number(figure.fact.fact_id),)
    return model.KeyFigure(label=figure.label, text=text, fact_id=figure.fact.fact_id, cites=cites)
