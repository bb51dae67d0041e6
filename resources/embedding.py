"""Which embedding model an industry's passages are searched by, and the way from one to another.

The model that is configured is wanted. Where it cannot be reached, passages are embedded on this machine, so that a
report is complete without a network; the next run tries again, and goes on where it was.
"""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from market_research.cleaning.schema import VECTOR_MIGRATIONS
from market_research.ids import content_id
from market_research.language_model.embeddings import identity
from market_research.language_model.errors import ModelError
from market_research.retrieval import minilm
from market_research.settings import Settings
from resources.lake import Lake
from resources.language_model import calls, open_embedder
from resources.vectors import Embeds, Synchronised, Vectors

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

LAYER = "vectors"
LOCAL = minilm.MODEL_NAME
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Embedded:
    """What was done, by which model, and why not by the one that is configured if not."""

    done: Synchronised
    model: str
    problem: str = ""


def wanted(settings: Settings) -> str:
    """The identity of the model that is configured."""
    if settings.embeddings in ("", LOCAL):
        return LOCAL
    return identity(settings.embeddings, settings.embeddings_api_base)


@contextmanager
def embedder(
    settings: Settings, lake: Lake, industry: str, name: str, *, run_id: str, purpose: str, owned: bool
) -> Generator[Embeds]:
    """The model of this identity. ``owned`` says that the caller has the industry's lock.

    Raises:
        ModelError: it cannot be used here.
        InvalidInput: a setting cannot be read, or names a provider that does not exist.
    """
    if name == LOCAL:
        from market_research.retrieval import embedding

        yield embedding.load(settings.models)
        return
    with open_embedder(settings, lake, industry, name, run_id=run_id, purpose=purpose, owned=owned) as model:
        yield model


def query_vector(
    settings: Settings, lake: Lake, vectors: Vectors, industry: str, query: str
) -> "NDArray[float32] | None":
    """The query's vector by the model that the industry's table is of; None where that cannot be asked."""
    at = vectors.current(industry)
    if at is None:
        return None
    try:
        with embedder(settings, lake, industry, at.model, run_id="search", purpose="search", owned=False) as model:
            return model.embed([query])[0]
    except ModelError as error:
        log.warning("The search looks for words only: %s", error)
        return None


def embed_passages(
    settings: Settings,
    lake: Lake,
    vectors: Vectors,
    industry: str,
    passages: pl.DataFrame,
    *,
    run_id: str,
    progress: Callable[[int, int], None] | None = None,
) -> Embedded:
    """Make the passages searchable by the configured model; the industry's lock must be held.

    A change of the model is a row of ``vector_migrations``.

    Raises:
        InvalidInput: a setting cannot be read, or names a provider that does not exist.
    """
    name = wanted(settings)
    before = vectors.current(industry)
    moved = _begin(lake, industry, before.model, name, passages.height) if before and before.model != name else None
    purpose = f"embedding {moved}" if moved else "embedding"

    def told(done: int, total: int) -> None:
        if moved:
            _note(lake, industry, moved, embedded=passages.height - total + done)
        if progress:
            progress(done, total)

    try:
        with embedder(settings, lake, industry, name, run_id=run_id, purpose=purpose, owned=True) as model:
            done = vectors.synchronise(industry, passages, model, progress=told)
    except ModelError as error:
        if moved:
            _note(lake, industry, moved, detail=str(error), cost_usd=_cost(lake, industry, purpose))
        log.warning("Passages are embedded by %s: %s", LOCAL, error)
        with embedder(settings, lake, industry, LOCAL, run_id=run_id, purpose=purpose, owned=True) as model:
            done = vectors.synchronise(industry, passages, model, keep=(name,), progress=progress)
        return Embedded(done, LOCAL, str(error))
    if moved:
        _note(
            lake, industry, moved, embedded=passages.height, detail=None, cost_usd=_cost(lake, industry, purpose),
            finished_at=datetime.now(UTC),
        )  # fmt: skip
    return Embedded(done, name)


def migrations(lake: Lake, industry: str) -> pl.DataFrame:
    """Rows of ``VECTOR_MIGRATIONS`` of an industry, oldest first."""
    return lake.read(LAYER, VECTOR_MIGRATIONS, industry).sort("started_at")


def _begin(lake: Lake, industry: str, before: str, after: str, passages: int) -> str:
    """The id of a change; one that was begun and not finished goes on."""
    rows = migrations(lake, industry)
    same = (pl.col("from_model") == before) & (pl.col("to_model") == after) & pl.col("finished_at").is_null()
    begun = rows.filter(same)
    if begun.height:
        migration_id = str(begun["migration_id"][-1])
        _note(lake, industry, migration_id, passages=passages)
        return migration_id
    now = datetime.now(UTC)
    row = {
        "migration_id": content_id("mig", industry, before, after, now.isoformat()),
        "industry": industry, "from_model": before, "to_model": after, "passages": passages, "embedded": 0,
        "cost_usd": 0.0, "started_at": now,
    }  # fmt: skip
    lake.write(LAYER, VECTOR_MIGRATIONS.name, industry, pl.concat([rows, VECTOR_MIGRATIONS.frame([row])]))
    return str(row["migration_id"])


def _note(lake: Lake, industry: str, migration_id: str, **values: object) -> None:
    rows = [
        row | values if row["migration_id"] == migration_id else row
        for row in migrations(lake, industry).iter_rows(named=True)
    ]
    lake.write(LAYER, VECTOR_MIGRATIONS.name, industry, VECTOR_MIGRATIONS.frame(rows))


def _cost(lake: Lake, industry: str, purpose: str) -> float | None:
    """Dollars of the calls with this purpose; None if a price is not known."""
    costs = calls(lake, industry).filter(pl.col("purpose") == purpose)["cost_usd"]
    return None if costs.null_count() else float(costs.sum())
