"""Questions and answers of an industry: an earlier answer where one fits, else a new one, remembered."""

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from market_research.cleaning.schema import ANSWERS
from market_research.errors import InvalidInput, NotFound
from market_research.guard.inspection import inspect, refusal
from market_research.ids import content_id
from market_research.retrieval import similar
from market_research.version import code_version
from market_research.writing.evidence import Evidence
from market_research.writing.instruction import Typed
from market_research.writing.outline import OFFLINE
from resources import appended, prompting, replying, security
from resources.searching import Search, canonical
from resources.upkeep import ANSWERED

if TYPE_CHECKING:
    from resources.workspace import Workspace

EARLIER = 200
"""Earlier questions that a new one is compared with, the newest first."""
log = logging.getLogger(__name__)
Row = dict[str, Any]


@dataclass(frozen=True)
class Answered:
    """A row of ``ANSWERS`` and, where it is an earlier question's answer, that one's row."""

    row: Row
    earlier: Row | None = None
    problem: str = ""


def answer(workspace: "Workspace", asked: Search, *, fresh: bool = False, now: datetime | None = None) -> Answered:
    """Answer a question; ``fresh`` takes no earlier answer.

    Raises:
        InvalidInput: the question is empty or refused by the guard, or a filter fits nothing.
        NotFound: there is no such industry, or it has not been run yet.
    """
    now = now or datetime.now(UTC)
    workspace.registry.get(asked.industry)
    question = _accepted(workspace, asked)
    if workspace.vectors.current(asked.industry) is None:
        raise NotFound(
            f"{asked.industry} has no passages yet; `market-research run --industry {asked.industry}` first."
        )
    with workspace.lock(asked.industry):
        material, evidence = workspace.press.evidence(asked.industry)
        filters = _filters(workspace, asked)
        row: Row = {"industry": asked.industry, "question": question, "filters": filters,
               "evidence_sha256": _evidence_sha256(workspace, asked.industry),
                    "asked_at": now}  # fmt: skip
        found = None if fresh else _earlier(workspace, evidence, row)
        if found is not None:
            earlier, similarity = found
            again = {name: earlier[name] for name in ("answer", "fact_ids", "finding_ids", "passage_ids", "writer")}
            row |= again | {"refused": 0, "earlier_id": earlier["answer_id"], "similarity": similarity}
            return Answered(_kept(workspace, row | {"expires_at": earlier["expires_at"]}), earlier)
        (said,) = replying.replies(workspace, material, evidence, [replace(asked, query=question)], run_id="ask")
        security.withheld(workspace.lake, asked.industry, material.look)
        ids = {
            name: list(dict.fromkeys(i for draft in said.drafts for i in getattr(draft, name)))
            for name in ("fact_ids", "finding_ids", "passage_ids")
        }
        expires = now + timedelta(days=workspace.settings.answer_days)
        row |= {"answer": said.text, "writer": said.writer, "refused": said.refused, "expires_at": expires, **ids}
        return Answered(_kept(workspace, row), problem=said.problem)


def answers(workspace: "Workspace", industry: str) -> pl.DataFrame:
    """Rows of ``ANSWERS``, oldest first."""
    return appended.read(workspace.lake, ANSWERED, ANSWERS, industry).drop("part").sort("asked_at", maintain_order=True)


def _accepted(workspace: "Workspace", asked: Search) -> str:
    verdict = inspect(asked.query, workspace.settings.guard, classify=prompting.classifier(workspace.settings))
    prompting.note(workspace, asked.industry, [Typed("question", verdict)])
    if not verdict.allowed:
        raise InvalidInput(refusal(verdict, "The question"))
    question = " ".join(verdict.cleaned.split())
    if not question:
        raise InvalidInput('Ask something, such as `market-research ask "Who leads the market?" --industry KEY`.')
    return question


def _filters(workspace: "Workspace", asked: Search) -> str:
    known = {
        "entities": sorted({canonical(workspace.lake, asked.industry, name) for name in asked.entities}),
        "kinds": sorted(set(asked.kinds)),
        "documents": sorted(set(asked.documents)),
        "since": asked.since.isoformat() if asked.since else None,
        "until": asked.until.isoformat() if asked.until else None,
    }
    return json.dumps({name: value for name, value in known.items() if value}, sort_keys=True)


def _evidence_sha256(workspace: "Workspace", industry: str) -> str:
    """A hash that changes with anything that an answer can be made from, and with the code that makes it."""
    lake = workspace.lake
    tables = (("findings", "findings"), ("derived", "facts"), ("clean", "facts"), ("clean", "passages"))
    parts = [code_version(), *(lake.fingerprint(layer, table, industry) for layer, table in tables)]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def _earlier(workspace: "Workspace", evidence: Evidence, row: Row) -> tuple[Row, float] | None:
    """The nearest earlier question that asked the same of the same evidence by the same writer, and how near it is."""
    settings, industry, question = workspace.settings, row["industry"], row["question"]
    writer = pl.col("writer") != OFFLINE if settings.llm else pl.col("writer") == OFFLINE
    rows = answers(workspace, industry).filter(
        (pl.col("filters") == row["filters"])
        & (pl.col("evidence_sha256") == row["evidence_sha256"])
        & (pl.col("expires_at") > row["asked_at"])
        & pl.col("earlier_id").is_null()
        & (pl.col("answer") != "")
        & writer
    )
    possible = [
        one for one in rows.tail(EARLIER).iter_rows(named=True)
        if similar.may_be_one(question, one["question"], evidence.names)
    ]  # fmt: skip
    if not possible:
        return None
    texts = [question, *(one["question"] for one in possible)]
    model, vectors = replying.vectors_of(workspace, industry, texts, owned=True)
    if vectors is None:
        near = [float(one["question"] == question) for one in possible]
    else:
        near = [float(vectors[0] @ vector) for vector in vectors[1:]]
    # Of equally near ones the newest.
    best = max(range(len(possible)), key=lambda place: (near[place], place))
    return (possible[best], round(near[best], 4)) if near[best] >= similar.least(model) else None


def _kept(workspace: "Workspace", row: Row) -> Row:
    key = (row["industry"], row["question"], row["filters"], row["evidence_sha256"], row["asked_at"].isoformat())
    row = {"answer_id": content_id("ans", *key), **row}
    appended.append(workspace.lake, ANSWERED, ANSWERS, row["industry"], ANSWERS.frame([row]))
    appended.compact(workspace.lake, ANSWERED, ANSWERS, row["industry"])
    return row
