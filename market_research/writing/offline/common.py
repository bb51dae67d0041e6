"""Pieces that every section uses."""

from market_research.writing.evidence import Draft, Finding
from market_research.writing.material import Material, told
from market_research.writing.outline import (
    Block,
    Gap,
    Paragraph,
)


def paragraph(finding: Finding | None) -> list[Block]:
    return [Paragraph(told(finding))] if finding else []


def merged(*findings: Finding | None) -> list[Block]:
    """Several findings told in one paragraph."""
    sentences = [draft for finding in findings if finding for draft in told(finding)]
    return [Paragraph(tuple(sentences))] if sentences else []


def present(*blocks: Block | None) -> list[Block]:
    return [block for block in blocks if block is not None]


def gaps(m: Material, *kinds: str) -> list[Block]:
    """Gaps of these kinds, said in the section where a reader would look for the answer."""
    return [Gap(plain(f, f.sentences[0])) for f in m.of("gap") if f.subject in kinds]


def plain(finding: Finding, draft: Draft) -> Draft:
    return Draft(draft.text, draft.fact_ids, (finding.finding_id,), draft.passage_ids)
