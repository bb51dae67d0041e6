"""What each section must answer, and what it is written from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from market_research.retrieval import expansion
from market_research.writing.evidence import Draft, Fact, Finding, Passage
from market_research.writing.material import Material
from market_research.writing.offline import body
from market_research.writing.outline import (
    Actions,
    Block,
    Bullets,
    Figure,
    Framework,
    Gap,
    KeyFindings,
    Paragraph,
    Quote,
    Refused,
    Reply,
    Section,
    Table,
)

PASSAGES = 6
"""Passages for each of a section's searches."""
Record = dict[str, object]
Piece = tuple[Record, ...]
"""Records that are given to a model together or not at all."""


@dataclass(frozen=True)
class Plan:
    """A section's questions, each under the heading that its answer may have, and searches for passages."""

    key: str
    questions: dict[str, str]
    queries: tuple[str, ...] = ()

    @property
    def asked(self) -> list[str]:
        return [f"{heading}: {question}" for heading, question in self.questions.items()]


PLANS = (
    Plan(
        "industry_analysis",
        {
            "Size and growth": "How large is the field, how fast has it grown, and against what?",
            "Who made the growth": "Which companies made the growth?",
            "Segments, products and regions": "Which segments, products and regions carry the growth?",
            "Drivers and obstacles": "What do sources name as drivers and obstacles?",
        },
        (body.DRIVER_QUERY,),
    ),
    Plan(
        "competitive_landscape",
        {
            "Shares and concentration": "Who leads, how concentrated is the field, and who gained or lost?",
            "Margins and the profit pool": "Who earns the profit, and how do margins differ?",
            "Newest results": "What do the newest results of each company show, and what moved them?",
            "Where the sources disagree": "Which sources contradict each other?",
        },
        ("competition, competitors, competitive advantage, market position",),
    ),
    Plan(
        "trends_outlook",
        {
            "Topics": "Which topics gain or lose weight in the sources?",
            "Pressure from outside": "What presses on the field from outside?",
            "Outlook": "What is forecast, with which interval and which error?",
        },
        (body.RISK_QUERY,),
    ),
    Plan(
        "technology_adoption",
        {
            "Standing and pace": "Where does each technology stand, and how fast did it move?",
            "Users": "Which companies use, sell or build technology, and what do they spend on it?",
            "Attention": "Which technologies gain or lose attention?",
        },
        ("technology, research and development, products introduced",),
    ),
    Plan(
        "commerce",
        {
            "Prices against equivalents": "Where do own prices stand against equivalents, and what is that worth?",
            "How prices move": "Which prices of rivals moved, when, and where does that leave the own offer?",
            "Prices to ask": "Which prices do the offers' own sales speak for, with which effect and how sure?",
            "What buyers say": "How do buyers judge the offers and their aspects, and where does it go?",
            "Complaints and wishes": "What do most reviews complain of or wish for?",
            "Demand and stock": "What sells, what is forecast with which interval, and which stock runs out?",
        },
    ),
    Plan(
        "strategic_implications",
        {
            "Actions": "What should whom do, by when, measured how?",
            "Risks": "What may go wrong, for whom, and which measure shows it first?",
        },
        (body.STRATEGY_QUERY,),
    ),
)
SUMMARY = Plan("executive_summary", {"Findings": "Which findings matter most, and what follows from them?"})


def drafts(block: Block) -> Iterator[Draft]:
    """Every sentence of a block."""
    match block:
        case Paragraph() | Reply():
            yield from block.sentences
        case KeyFindings():
            for item in block.items:
                yield from (item.headline, *item.meaning)
        case Bullets():
            for bullet in block.items:
                yield from bullet.sentences
        case Actions():
            for action in block.items:
                yield from (d for d in (action.what, action.measure, action.effect, action.risk) if d)
        case Quote() | Gap():
            yield block.sentence
        case Table() | Figure():
            yield block.title
        case Framework():
            yield from (draft for part in block.parts for item in part.items for draft in item.sentences)
        case Refused():
            pass


def pieces(m: Material, plan: Plan, offline: Section, searches: Iterable[str] = ()) -> list[Piece]:
    """What a section is written from: what the offline writer chose for it and passages, the weightiest first.

    ``searches`` are further ones for the section's passages. Of a finding, its sentences and the facts that they rest
    on; of recommendations, what their rules say.
    """
    said = [draft for block in offline.blocks for draft in drafts(block)]
    named = {i for draft in said for i in draft.finding_ids}
    chosen = [f for f in m.findings if f.finding_id in named and f.kind != "gap"]
    chosen.sort(key=lambda f: (-m.weight(f), f.finding_id))
    told = [of_finding(m, finding) for finding in chosen]
    told += [_of_action(m, block) for block in offline.blocks if isinstance(block, Actions)]
    read = [(of_passage(m, passage),) for passage in _passages(m, plan, searches)]
    # A passage after every second finding: cut at any place, both are there.
    mixed: list[Piece] = []
    for place in range(max(len(told), 2 * len(read))):
        mixed += told[place : place + 1]
        mixed += read[place // 2 : place // 2 + 1] if place % 2 else []
    return _sound(m, mixed)


def _sound(m: Material, given: Iterable[Piece]) -> list[Piece]:
    """Pieces without the records that the guard withholds. It looks at all of them at once."""
    pieces = list(given)
    sound = set(map(id, m.look.records(record for piece in pieces for record in piece)))
    return [left for piece in pieces if (left := tuple(record for record in piece if id(record) in sound))]


def searches(m: Material, plan: Plan) -> tuple[str, ...]:
    """The section's searches, from its plan and the industry's request."""
    request = m.subject.request
    words = (*request.segments, *request.technologies, *request.keywords) if m.widened else ()
    return expansion.queries(plan.queries, plan.questions.items(), words, request.focus_areas[:3])


def _passages(m: Material, plan: Plan, further: Iterable[str]) -> list[Passage]:
    """Passages found for the section. Those that look like orders to a model are not found."""
    known: dict[str, Passage] = {}

    def search(query: str) -> list[str]:
        found = m.search(query, 3 * PASSAGES)
        known.update((passage.passage_id, passage) for passage in found)
        return [passage.passage_id for passage in found]

    count = PASSAGES * (len(plan.queries) + len(m.subject.request.focus_areas[:3]))
    ranked = expansion.found_by_all([*searches(m, plan), *further], search)
    return [known[passage_id] for passage_id in islice(ranked, count)]


def of_finding(m: Material, finding: Finding) -> Piece:
    """A finding's sentences with the ids that they rest on, then these facts."""
    records = [
        _sentence(draft, finding.finding_id, about=finding.subject or m.subject.name, kind=finding.kind,
                  confidence=finding.confidence)
        for draft in (*finding.sentences, *finding.meaning)
    ]  # fmt: skip
    facts = [m.book.facts[i] for i in finding.fact_ids if i in m.book.facts]
    return (*records, *map(_fact, facts))


def _of_action(m: Material, block: Actions) -> Piece:
    records: list[Record] = []
    for action in block.items:
        for part, draft in (("what", action.what), ("measure", action.measure), ("effect", action.effect),
                            ("risk", action.risk)):  # fmt: skip
            if draft:
                records.append(_sentence(draft, None, about=action.who, kind=f"recommendation: {part}"))
    return tuple(records)


def _sentence(draft: Draft, finding_id: str | None, **more: object) -> Record:
    ids = [*draft.fact_ids, *draft.passage_ids]
    return ({"id": finding_id} if finding_id else {}) | more | {"text": draft.text, "evidence_ids": ids}


def _fact(fact: Fact) -> Record:
    period = f"fiscal {fact.fiscal_year}" if fact.fiscal_year else str(fact.period_end or "")
    record: Record = {"id": fact.fact_id, "about": fact.entity, "measure": fact.metric, "value": fact.value}
    record |= {"unit": fact.unit, "period": period}
    return record | ({"of": fact.dimensions} if fact.dimensions else {})


def of_passage(m: Material, passage: Passage) -> Record:
    title, publisher = m.titles.get(passage.document_id, ("", None))
    return {
        "id": passage.passage_id,
        "about": passage.heading or "",
        "text": passage.text,
        "period": str(passage.published_on or ""),
        "source": ", ".join(part for part in (title, publisher) if part),
    }


def kept_findings(m: Material, kept: Iterable[Draft], first: Iterable[Finding]) -> list[Piece]:
    """Findings that the sections' sentences rest on, for the summary: those named first, then the others by weight."""
    said = list(kept)
    ids = {i for draft in said for i in (*draft.finding_ids, *draft.fact_ids)}
    leading = list(first)
    ranked = sorted(m.findings, key=lambda f: (f not in leading, -m.weight(f), f.finding_id))
    ranked = [f for f in ranked if f.kind not in ("gap", "data_quality")]
    told = [f for f in ranked if f.finding_id in ids or not ids.isdisjoint(f.sentences[0].fact_ids)]
    return _sound(m, (of_finding(m, finding) for finding in told))
