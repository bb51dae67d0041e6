"""Questions and answers of an industry: an earlier answer where one fits, else a new one, remembered."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from market_research.cleaning.schema import ANSWERS
from market_research.errors import InvalidInput, NotFound
from market_research.guard.inspection import inspect, refusal
from market_research.ids import content_id
from market_research.language_model.errors import ModelError
from market_research.retrieval import embedding, similar
from market_research.retrieval.asked import DECLARED, LEAST, NOTHING, Wanted, plain, wanted
from market_research.retrieval.search import nearness, stems
from market_research.version import code_version
from market_research.writing import reply
from market_research.writing.evidence import Evidence, Passage
from market_research.writing.instruction import Typed
from market_research.writing.material import Material
from market_research.writing.outline import OFFLINE
from market_research.writing.prompts.render import render
from market_research.writing.reply import Reply
from resources import appended, prompting
from resources.embedding import embedder
from resources.searching import Search, canonical, search
from resources.upkeep import ANSWERED

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

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
        said = _said(workspace, material, evidence, question, asked)
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
    model, vectors = _vectors(workspace, industry, [question, *(one["question"] for one in possible)])
    if vectors is None:
        near = [float(one["question"] == question) for one in possible]
    else:
        near = [float(vectors[0] @ vector) for vector in vectors[1:]]
    # Of equally near ones the newest.
    best = max(range(len(possible)), key=lambda place: (near[place], place))
    return (possible[best], round(near[best], 4)) if near[best] >= similar.least(model) else None


def _vectors(workspace: "Workspace", industry: str, texts: list[str]) -> "tuple[str, NDArray[float32] | None]":
    at = workspace.vectors.current(industry)
    assert at is not None
    given = workspace.settings, workspace.lake, industry, at.model
    try:
        with embedder(*given, run_id="ask", purpose="ask", owned=True) as model:
            return at.model, model.embed(texts)
    except ModelError as error:
        log.warning("Only the very same questions are taken for similar ones: %s", error)
        return at.model, None


def _said(workspace: "Workspace", material: Material, evidence: Evidence, question: str, asked: Search) -> Reply:
    """A new answer, by the model if there is one that gives any."""
    passages = material.look.passages(_passages(workspace, evidence, question, asked))
    settings = workspace.settings

    def near(texts: Sequence[str]) -> list[float]:
        _, vectors = _vectors(workspace, asked.industry, [question, *texts])
        if vectors is None:
            return [float(_shared(question, text)) for text in texts]
        return [float(vectors[0] @ vector) for vector in vectors[1:]]

    at = workspace.vectors.current(asked.industry)
    least = nearness(at.model if at else "")
    asks = _wanted(workspace, asked.industry, plain(question, reply.subjects(material, evidence)))
    if not settings.llm:
        return reply.in_its_own_words(material, evidence, question, passages, near, least, asks)
    library, source = prompting.library(settings), prompting.mark_source(settings)
    try:
        with workspace.language_model(asked.industry, run_id="ask") as model:
            return reply.by_model(
                material,
                evidence,
                question,
                passages,
                near,
                model,
                lambda name, values: render(library, name, values, source, level=settings.guard),
                asks,
            )
    except ModelError as error:
        said = reply.in_its_own_words(material, evidence, question, passages, near, least, asks)
        return Reply(said.drafts, said.writer, said.refused, str(error))


def _wanted(workspace: "Workspace", industry: str, question: str) -> Wanted:
    """The kinds of findings that a question without names asks for."""
    at = workspace.vectors.current(industry)
    if at is None or at.model not in LEAST:
        return NOTHING
    _, vectors = _vectors(workspace, industry, [question])
    return NOTHING if vectors is None else wanted(vectors[0], _declared(workspace.settings.models), at.model)


@lru_cache(maxsize=1)
def _declared(models: Path) -> "NDArray[float32]":
    """Vectors of the questions that kinds of findings answer, made once in a process."""
    return embedding.load(models).embed(DECLARED)


def _shared(question: str, text: str) -> float:
    wanted = stems(question)
    return len(wanted & stems(text)) / len(wanted) if wanted else 0.0


def _passages(workspace: "Workspace", evidence: Evidence, question: str, asked: Search) -> list[Passage]:
    """Passages that answer; a question about companies is answered by passages about these."""
    named = () if asked.entities else sorted(reply.named_in(question, evidence))
    values = asdict(asked) | {"query": question, "entities": asked.entities or named}
    try:
        found = search(workspace, Search(**values))
    except InvalidInput:
        if asked.entities or not named:
            raise
        # A company of the request that no document names.
        return []
    return [evidence.passages[i] for i in found["passage_id"] if i in evidence.passages]


def _kept(workspace: "Workspace", row: Row) -> Row:
    key = (row["industry"], row["question"], row["filters"], row["evidence_sha256"], row["asked_at"].isoformat())
    row = {"answer_id": content_id("ans", *key), **row}
    appended.append(workspace.lake, ANSWERED, ANSWERS, row["industry"], ANSWERS.frame([row]))
    appended.compact(workspace.lake, ANSWERED, ANSWERS, row["industry"])
    return row
