"""What answers a question, from an industry's stores: by the model, or in the words of the evidence that is near.

For `ask` and for the questions of an instruction file alike.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from market_research.analysis.kinds import OF_COMMERCE
from market_research.errors import InvalidInput
from market_research.language_model.errors import ModelError
from market_research.retrieval import embedding
from market_research.retrieval.asked import DECLARED, LEAST, NOTHING, Wanted, plain, wanted
from market_research.retrieval.search import nearness, stems
from market_research.settings import Settings
from market_research.writing import reply
from market_research.writing.evidence import Evidence, Passage
from market_research.writing.material import Material
from market_research.writing.reply import Near, Reply
from market_research.writing.selection import FURTHER
from resources import prompting
from resources.embedding import embedder
from resources.language_model import open_language_model
from resources.searching import Search, Stores, search

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    from market_research.language_model.client import LanguageModel
    from market_research.writing.llm.section import Fill

log = logging.getLogger(__name__)


def inputs(settings: Settings) -> str:
    """What answers add to an edition's inputs: the version of their prompt; nothing for the offline writer."""
    return prompting.library(settings).version(reply.PROMPT) if settings.llm else ""


def replies(
    stores: Stores, m: Material, evidence: Evidence, asked: Sequence[Search], *, run_id: str,
    edition_id: str | None = None, further: int = 1,
) -> list[Reply]:  # fmt: skip
    """An answer to each question of one industry, side by side where a model gives them; its lock must be held.

    Where the model gives none, the evidence's own words answer, and ``problem`` says why. ``further`` times as many
    passages are looked through as are taken, where not all may be cited.
    """
    wide = [replace(one, limit=one.limit * further) for one in asked]
    found = [m.look.passages(passages(stores, evidence, one))[: one.limit // further] for one in wide]
    settings = stores.settings
    if not settings.llm:
        return [_plain(stores, m, evidence, one, near) for one, near in zip(asked, found, strict=True)]
    fill = prompting.filling(settings, m.asked.contexts if m.asked else ())
    try:
        with open_language_model(
            settings, stores.lake, evidence.industry, run_id=run_id, edition_id=edition_id
        ) as model, ThreadPoolExecutor(max_workers=max(1, len(asked))) as pool:  # fmt: skip
            given = [(stores, m, evidence, one, near, model, fill) for one, near in zip(asked, found, strict=True)]
            return list(pool.map(lambda one: _by_model(*one), given))
    except ModelError as error:
        problem = str(error)
        log.warning("Questions are answered without the model: %s", problem)
        said = [_plain(stores, m, evidence, one, near) for one, near in zip(asked, found, strict=True)]
        return [replace(one, problem=problem) for one in said]


def _by_model(
    stores: Stores, m: Material, evidence: Evidence, asked: Search, found: Sequence[Passage], model: "LanguageModel",
    fill: "Fill",
) -> Reply:  # fmt: skip
    try:
        asks = _wanted(stores, m, evidence, asked)
        return reply.by_model(m, evidence, asked.query, found, _near(stores, asked), model, fill, asks)
    except ModelError as error:
        log.warning("A question is answered without the model: %s", error)
        return replace(_plain(stores, m, evidence, asked, found), problem=str(error))


def _plain(stores: Stores, m: Material, evidence: Evidence, asked: Search, found: Sequence[Passage]) -> Reply:
    at = stores.vectors.current(asked.industry)
    least = nearness(at.model if at else "")
    asks = _wanted(stores, m, evidence, asked)
    return reply.in_its_own_words(m, evidence, asked.query, found, _near(stores, asked), least, asks)


def _wanted(stores: Stores, m: Material, evidence: Evidence, asked: Search) -> Wanted:
    """The kinds of findings that a question asks for, whatever it names."""
    at = stores.vectors.current(asked.industry)
    if at is None or at.model not in LEAST:
        return NOTHING
    question = plain(asked.query, reply.subjects(m, evidence))
    _, vectors = vectors_of(stores, asked.industry, [question], owned=False)
    if vectors is None:
        return NOTHING
    sells = any(finding.kind in OF_COMMERCE for finding in m.findings)
    return wanted(vectors[0], _declared(stores.settings.models), at.model, commerce=sells)


@lru_cache(maxsize=1)
def _declared(models: Path) -> "NDArray[float32]":
    """Vectors of the questions that kinds of findings answer, made once in a process."""
    return embedding.load(models).embed(DECLARED)


def _near(stores: Stores, asked: Search) -> Near:
    def near(texts: Sequence[str]) -> list[float]:
        # Others' calls may be under way: they are not to be settled as if their process had ended.
        _, vectors = vectors_of(stores, asked.industry, [asked.query, *texts], owned=False)
        if vectors is None:
            return [_shared(asked.query, text) for text in texts]
        return [float(vectors[0] @ vector) for vector in vectors[1:]]

    return near


def vectors_of(
    stores: Stores, industry: str, texts: list[str], *, owned: bool
) -> "tuple[str, NDArray[float32] | None]":
    """The embedding model that the industry is searched by, and vectors of texts; None where it gives none.

    ``owned`` says that no call of this industry is under way, in a process that has its lock.
    """
    at = stores.vectors.current(industry)
    if at is None:
        return "", None
    given = stores.settings, stores.lake, industry, at.model
    try:
        with embedder(*given, run_id="ask", purpose="ask", owned=owned) as model:
            return at.model, model.embed(texts)
    except ModelError as error:
        log.warning("Texts are compared by their words: %s", error)
        return at.model, None


def _shared(question: str, text: str) -> float:
    words = stems(question)
    return len(words & stems(text)) / len(words) if words else 0.0


def passages(stores: Stores, evidence: Evidence, asked: Search) -> list[Passage]:
    """Passages that answer, of those that may be cited; a question that names companies is answered by ones on them."""
    named = () if asked.entities else sorted(reply.named_in(asked.query, evidence))
    values = asdict(asked) | {"entities": asked.entities or named}
    try:
        found = search(stores, Search(**values))
    except InvalidInput:
        if asked.entities or not named:
            raise
        # A company of the request that no document names.
        return []
    return [evidence.passages[i] for i in found["passage_id"] if i in evidence.passages]


def of_readers(
    stores: Stores, m: Material, evidence: Evidence, *, run_id: str, edition_id: str
) -> list[tuple[str, Reply]]:  # fmt: skip
    """The questions of an instruction file, each once, with what answers them from what the file leaves."""
    questions = list(dict.fromkeys(m.asked.questions)) if m.asked else []
    if not questions:
        return []
    # What the file leaves out makes room for what comes after it.
    asked = [Search(question, evidence.industry) for question in questions]
    made = replies(stores, m, evidence, asked, run_id=run_id, edition_id=edition_id, further=FURTHER)
    return list(zip(questions, made, strict=True))
