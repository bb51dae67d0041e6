"""A reader's questions as a section of a report: below each its answer, or the statement that there is none."""

from collections.abc import Iterable
from dataclasses import replace

from market_research.analysis.base import say
from market_research.writing.evidence import Draft
from market_research.writing.material import Material
from market_research.writing.outline import OFFLINE, Block, Outline, Section, Subheading
from market_research.writing.outline import Reply as ReplyBlock
from market_research.writing.reply import Reply

KEY = "questions"


def with_answers(m: Material, written: Outline, answered: Iterable[tuple[str, Reply]]) -> Outline:
    """The report with its reader's questions and what answers them, behind the summary or, without one, at its head."""
    replies = list(answered)
    if not replies:
        return written
    blocks: list[Block] = []
    for question, reply in replies:
        blocks += [Subheading(question), ReplyBlock(reply.drafts, _nothing(m)), *reply.left_out]
    others = list(written.sections)
    after = 1 if others and others[0].key == "executive_summary" else 0
    writers = dict.fromkeys([*written.writer.split(", "), *(reply.writer for _, reply in replies if reply.drafts)])
    models = [name for name in writers if name != OFFLINE]
    sections = (*others[:after], Section(KEY, "Questions", blocks), *others[after:])
    return replace(written, sections=sections, writer=", ".join(models) or OFFLINE)


def _nothing(m: Material) -> Draft:
    """What a question without an answer gets; how much there is to cite, namely nothing, is its evidence."""
    found = m.book.derive(
        "answers_in_evidence", m.subject.name, 0.0, "count", formula="count(evidence near enough to the question)",
        inputs=[],
    )  # fmt: skip
    return say("Nothing in the evidence is near enough to this question to answer it.", found)
