"""The security log: what the door and the trained classifier noticed, what was typed, what no writer was given."""

from collections.abc import Sequence

import polars as pl

from market_research.cleaning import suspicion
from market_research.cleaning.schema import SECURITY_EVENTS
from market_research.errors import NotFound
from market_research.guard import retrieved, trained
from market_research.guard.retrieved import Look
from resources.lake import Lake
from resources.vectors import Vectors

STAGED, JUDGED, TYPED, WITHHELD = "staged", "judged", "typed", "withheld"
"""Layers of the lake that hold events, each for one place where something is noticed."""
ANSWERS = "answers"
"""The part of what was withheld that holds what was kept from answers."""
LAYERS = (STAGED, JUDGED, TYPED, WITHHELD)


def judge(lake: Lake, vectors: Vectors, industry: str, passages: pl.DataFrame) -> int:
    """Judge passages by the vectors that they were searched by, and write events of those that look like orders.

    Returns how many there are; none where another model than the classifier's embeds. Nothing is embedded again, so
    this costs a product of two matrices.
    """
    at = vectors.current(industry)
    # Vectors of another model mean something else to the classifier; the phrases still look.
    known = at is not None and at.model == trained.MODEL
    ids, found = vectors.stored(industry) if known else ([], None)
    scores = trained.scores(found).tolist() if found is not None and ids else []
    judged = pl.DataFrame({"passage_id": ids, "score": scores}, schema={"passage_id": pl.String, "score": pl.Float64})
    high = judged.filter(pl.col("score") >= suspicion.NOTED_FROM)
    places = passages.select("passage_id", "document_id", "locator", "text").join(high, on="passage_id")
    rows = [
        suspicion.rows(
            [
                suspicion.Event(
                    row["locator"], trained.DETECTOR, round(row["score"], 4), suspicion.NOTED,
                    suspicion.shown(row["text"]),
                )
            ],
            industry=industry,
            document_id=row["document_id"],
        )
        for row in places.sort("score", "passage_id", descending=[True, False]).to_dicts()
    ]  # fmt: skip
    made = pl.concat([SECURITY_EVENTS.frame(), *rows]).unique("event_id", keep="first", maintain_order=True)
    lake.write(JUDGED, SECURITY_EVENTS.name, industry, made)
    return made.height


def forget(lake: Lake, industry: str, documents: Sequence[str]) -> None:
    """Drop what quotes these documents; of withheld labels and names nobody knows whose they are, so they go too."""
    for layer in (JUDGED, WITHHELD):
        for part in lake.names(layer, SECURITY_EVENTS.name, industry):
            rows = lake.read(layer, SECURITY_EVENTS, industry, part=part)
            left = rows.filter(~pl.col("document_id").is_in(documents))
            if left.height < rows.height:
                lake.write(layer, SECURITY_EVENTS.name, industry, left, part=part)


def withheld(lake: Lake, industry: str, look: Look) -> None:
    """Add what a look at texts kept from whoever answers a question, each once."""
    rows = retrieved.rows(look, industry=industry)
    if rows.height:
        old = lake.read(WITHHELD, SECURITY_EVENTS, industry, part=ANSWERS)
        lake.write(WITHHELD, SECURITY_EVENTS.name, industry, pl.concat([old, rows]).unique("event_id"), part=ANSWERS)


def found(lake: Lake, industry: str) -> pl.DataFrame:
    """Events of the industry's documents: those of the door and of the trained classifier, by document and place."""
    rows = pl.concat([lake.read(layer, SECURITY_EVENTS, industry) for layer in (STAGED, JUDGED)])
    return rows.sort("document_id", "locator", "detector")


def log(
    lake: Lake,
    industries: Sequence[str],
    *,
    detector: str | None = None,
    action: str | None = None,
    document_id: str | None = None,
    least: float = 0.0,
) -> pl.DataFrame:
    """Events as they are in the lake now, the highest score first.

    ``detector`` and ``action`` are texts that these contain, in upper or lower case; ``least`` is a score.
    """
    frames = [lake.read(layer, SECURITY_EVENTS, key) for layer in LAYERS for key in industries]
    rows = pl.concat([SECURITY_EVENTS.frame(), *frames]).unique(maintain_order=True)
    for column, text in (("detector", detector), ("action", action)):
        if text is not None:
            rows = rows.filter(pl.col(column).str.to_lowercase().str.contains(text.lower(), literal=True))
    if document_id is not None:
        rows = rows.filter(pl.col("document_id") == document_id)
    rows = rows.filter(pl.col("score") >= least)
    return rows.sort(["score", "industry", "document_id", "locator", "detector"], descending=[True, *[False] * 4])


def event(lake: Lake, industries: Sequence[str], event_id: str) -> dict[str, object]:
    """One event.

    Raises:
        NotFound: there is none of this id.
    """
    rows = log(lake, industries).filter(pl.col("event_id") == event_id)
    if rows.is_empty():
        raise NotFound(f"There is no security event {event_id}; `market-research security list` shows those there are.")
    return rows.row(0, named=True)
