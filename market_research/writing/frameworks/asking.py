"""Rows from a model: asked for, judged by the gate, given back once with the reasons, judged again.

Only a row's sentence is the model's. Its name must be of the sentence's words, its period and confidence follow from
the evidence that it cites.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from market_research.guard.sanitise import sanitise
from market_research.language_model.calls import Answer
from market_research.writing.evidence import Draft, Evidence
from market_research.writing.frameworks.rows import Row
from market_research.writing.gate.support import stems
from market_research.writing.llm import answers, section
from market_research.writing.llm.plan import Piece, Plan
from market_research.writing.llm.section import Desk
from market_research.writing.outline import Refused
from market_research.writing.prompts.schemas import Item

ANSWER_TOKENS = 3000


@dataclass(frozen=True)
class Judged:
    """The row of each item, None where it is left out, and everything that the gate refused."""

    rows: tuple[Row | None, ...]
    refused: tuple[Refused, ...]

    @property
    def kept(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row is not None)


def request(
    desk: Desk, prompt: str, purpose: str, values: Mapping[str, Any], pieces: Sequence[Piece], *, steady: bool = False
) -> section.Request:
    """What to ask with as many pieces as fit; ``steady`` is for pieces that a search has put in order.

    Raises:
        PromptTooLong: not one fits.
    """
    fit = section.fitting(desk, prompt, values, pieces, ANSWER_TOKENS)
    fit = section.steady(fit) if steady else fit
    filled = desk.fill(prompt, {**values, "evidence": section.records(fit)})
    return section.Request(Plan(purpose, {}), section.call_of(filled, purpose, ANSWER_TOKENS), fit)


def judge(desk: Desk, asked: section.Request, items: Sequence[Item], answer: Answer) -> Judged:
    """The rows that stand, after one repair of those that do not."""
    drafts = [answers.draft(item, answer) for item in items]
    stands: list[Draft | None] = [None] * len(items)
    said: set[str] = set()
    refused = section.judged(desk, enumerate(drafts), stands, said)
    wrong = {number: one for number, one in refused if one.reason != section.AGAIN}
    again = section.judged(desk, section.repaired(desk, asked, wrong), stands, said)
    rows = tuple(
        _row(item, draft, desk.evidence) if draft is not None else None
        for item, draft in zip(items, stands, strict=True)
    )
    return Judged(rows, tuple(one for _, one in (*refused, *again)))


def _clean(text: str) -> str:
    return " ".join(sanitise(text).text.split())


def _row(item: Item, draft: Draft, evidence: Evidence) -> Row:
    sure = min(float(item.confidence), answers.confidence_of(draft, evidence))
    return Row(_name(_clean(item.item), draft), draft, sure, period_of([draft], evidence))


def _name(name: str, draft: Draft) -> str:
    """The model's name for a row if all its words are the sentence's, which the gate has judged; else its beginning."""
    plain = re.sub(r"[^\w\s&'’-]", "", name)
    if stems(plain) and stems(plain) <= stems(draft.text) and not re.search(r"\d", plain) and len(plain.split()) <= 8:
        return plain
    words = draft.text.strip("“”").split()
    return " ".join(words[:5]).rstrip(",;:.") + ("…" if len(words) > 5 else "")


def period_of(drafts: Iterable[Draft], evidence: Evidence) -> str:
    """The fiscal years of the facts that are cited, else the days of the passages."""
    cited = list(drafts)
    facts = [evidence.facts[i] for draft in cited for i in draft.fact_ids if i in evidence.facts]
    years = {
        year for fact in facts for year in (fact.period_start and fact.period_start.year, fact.fiscal_year) if year
    }
    if years:
        first, last = min(years), max(years)
        return f"fiscal {first}" if first == last else f"fiscal {first} to fiscal {last}"
    passages = [evidence.passages[i] for draft in cited for i in draft.passage_ids if i in evidence.passages]
    days = [passage.published_on for passage in passages if passage.published_on]
    return max(days).isoformat() if days else ""
