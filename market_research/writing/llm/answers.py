"""Typed answers as drafts, and drafts that passed the gate as blocks.

Only judged sentences are a model's. What no gate can judge is taken from elsewhere: headings from the plan, confidence
from the findings, who acts by when and how urgent it is from the rule behind a recommendation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from market_research.guard.sanitise import sanitise
from market_research.language_model.calls import Answer as ModelAnswer
from market_research.writing.evidence import Draft, Evidence
from market_research.writing.llm.plan import Plan
from market_research.writing.outline import (
    Action,
    Actions,
    Block,
    Bullet,
    Bullets,
    Figure,
    Framework,
    Gap,
    KeyFinding,
    KeyFindings,
    Paragraph,
    Quote,
    Section,
    Subheading,
    Table,
)
from market_research.writing.prompts import schemas

OF_PASSAGES = 50
"""Confidence of what rests on no finding, at most."""
Answer = schemas.SectionText | schemas.Implications | schemas.ExecutiveSummary
Stands = Sequence[Draft | None]
"""The draft of each sentence of an answer, in its order; None where it is left out."""
_KEPT = (Table, Figure, Framework, Quote, Gap)


def sentences(answer: Answer) -> Iterator[schemas.TypedSentence]:
    """All sentences in the order in which ``blocks`` uses them."""
    match answer:
        case schemas.SectionText():
            for part in answer.parts:
                for paragraph in part.paragraphs:
                    yield from paragraph.sentences
        case schemas.ExecutiveSummary():
            for item in answer.findings:
                yield from (item.headline, *item.meaning)
        case schemas.Implications():
            for one in answer.recommendations:
                yield from (one.what, one.measure, one.risk, *([one.effect] if one.effect else []))
            yield from answer.risks


def draft(sentence: schemas.TypedSentence | schemas.Item, source: ModelAnswer) -> Draft:
    """The sentence for the gate, on one line and without characters that nobody sees; ``source`` is where it stands."""
    made = sentence.draft()
    text = " ".join(sanitise(made.text).text.split())
    return replace(made, text=text, writer=source.model, call_id=source.call_id)


def blocks(answer: Answer, stands: Stands, plan: Plan, offline: Section, evidence: Evidence) -> list[Block]:
    """The section: what stands of the answer, with the offline writer's exhibits, quotations and gaps."""
    left = iter(stands)
    match answer:
        case schemas.SectionText():
            return _with_exhibits(_parts(answer, left, plan), offline)
        case schemas.ExecutiveSummary():
            found = KeyFindings(tuple(_key_findings(answer, left, evidence)))
            return [found if isinstance(block, KeyFindings) else block for block in offline.blocks]
        case schemas.Implications():
            return _implications(answer, left, offline)


def _parts(answer: schemas.SectionText, left: Iterator[Draft | None], plan: Plan) -> dict[str, list[Block]]:
    headings = {heading.casefold(): heading for heading in plan.questions}
    parts: dict[str, list[Block]] = {}
    for part in answer.parts:
        under = parts.setdefault(headings.get(" ".join(part.heading.split()).casefold(), ""), [])
        for paragraph in part.paragraphs:
            under.append(Paragraph(tuple(d for _ in paragraph.sentences if (d := next(left)) is not None)))
    return parts


def _with_exhibits(parts: dict[str, list[Block]], offline: Section) -> list[Block]:
    """Exhibits go where most of their facts are told, the rest under their own headings."""
    told = {
        heading: {i for b in under if isinstance(b, Paragraph) for d in b.sentences for i in d.fact_ids}
        for heading, under in parts.items()
    }
    heading = ""
    for block in offline.blocks:
        if isinstance(block, Subheading):
            heading = block.text
        elif isinstance(block, _KEPT):
            shown = _facts(block)
            best = max(told, key=lambda one: len(told[one] & shown), default=heading)
            place = best if shown and best in told and told[best] & shown else heading
            parts.setdefault(place, []).append(block)
    # What has no heading opens the section.
    ordered = sorted(parts.items(), key=lambda item: item[0] != "")
    return [block for name, under in ordered for block in ([Subheading(name)] if name else []) + under]


def _facts(block: Block) -> set[str]:
    if isinstance(block, Table):
        return {cell.fact.fact_id for row in block.rows for cell in row if cell.fact}
    if isinstance(block, Figure):
        return {point.fact_id for series in block.chart.series for point in series.points if point.fact_id}
    return set()


def _key_findings(
    answer: schemas.ExecutiveSummary, left: Iterator[Draft | None], evidence: Evidence
) -> Iterator[KeyFinding]:
    for item in answer.findings:
        headline, meaning = next(left), [next(left) for _ in item.meaning]
        if headline is not None:
            sure = min(item.confidence, confidence_of(headline, evidence))
            yield KeyFinding(headline, tuple(d for d in meaning if d is not None), sure)


def confidence_of(headline: Draft, evidence: Evidence) -> float:
    """That of the least sure finding that it names or whose facts it cites."""
    cited = set(headline.fact_ids)
    behind = [
        finding.confidence
        for finding in evidence.findings.values()
        if finding.finding_id in headline.finding_ids or cited & set(finding.sentences[0].fact_ids)
    ]
    return min(behind, default=OF_PASSAGES)


def _implications(answer: schemas.Implications, left: Iterator[Draft | None], offline: Section) -> list[Block]:
    """The actions of the rules in their order, in the model's words where these stand; then its risks."""
    worded: list[tuple[Draft | None, ...]] = []
    for one in answer.recommendations:
        what, measure, risk = next(left), next(left), next(left)
        worded.append((what, measure, risk, next(left) if one.effect else None))
    risks = [d for _ in answer.risks if (d := next(left)) is not None]
    made: list[Block] = []
    for block in offline.blocks:
        if isinstance(block, Actions):
            made.append(Actions(tuple(_in_words(action, worded) for action in block.items)))
        else:
            made.append(block)
    if risks:
        made += [Subheading("Risks"), Bullets(tuple(Bullet(None, (risk,)) for risk in risks))]
    return made


def _in_words(action: Action, worded: Sequence[tuple[Draft | None, ...]]) -> Action:
    """The action with those sentences of one recommendation that rest on the same facts as its own."""
    for what, measure, risk, effect in worded:
        if what is not None and set(what.fact_ids) & set(action.what.fact_ids):
            return replace(
                action,
                what=what,
                measure=_same(action.measure, measure),
                risk=_same(action.risk, risk),
                effect=_same(action.effect, effect) if action.effect else None,
            )
    return action


def _same(own: Draft, worded: Draft | None) -> Draft:
    return worded if worded is not None and set(worded.fact_ids) & set(own.fact_ids) else own
