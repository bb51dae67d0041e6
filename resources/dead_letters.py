"""What could not be accepted: showing it, and trying it again once rules, parsers or files have changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from market_research.cleaning.schema import QUARANTINE
from market_research.errors import NotFound
from resources import audit
from resources.bundles import LAYER
from resources.inbox import collect
from resources.lake import Lake
from resources.received import received
from resources.staging import stage_industry

FREE, STAYED, NEW = "free", "stayed", "new"
OUTCOMES = {
    "outcome": pl.String(),
    **{name: QUARANTINE.schema[name] for name in ("document_id", "uri", "locator", "reason")},
}


@dataclass(frozen=True)
class Retried:
    """What trying again brought: ids of the documents tried, and a row a place (columns of ``OUTCOMES``)."""

    documents: tuple[str, ...]
    places: pl.DataFrame

    def count(self, outcome: str) -> int:
        """How many places came free, stayed or are new."""
        return self.places.filter(pl.col("outcome") == outcome).height


def quarantined(
    lake: Lake, industries: Sequence[str], *, reason: str | None = None, document_id: str | None = None
) -> pl.DataFrame:
    """Rows of ``QUARANTINE`` as they are in the lake now, by industry, file and place.

    ``reason`` is a text that the reason contains, in upper or lower case.
    """
    rows = pl.concat([QUARANTINE.frame(), *(lake.read(LAYER, QUARANTINE, industry) for industry in industries)])
    if reason is not None:
        rows = rows.filter(pl.col("reason").str.to_lowercase().str.contains(reason.lower(), literal=True))
    if document_id is not None:
        rows = rows.filter(pl.col("document_id") == document_id)
    number = pl.col("locator").str.extract(r"(\d+)").cast(pl.Int64, strict=False)
    return rows.sort("industry", "uri", number, "locator", "reason", nulls_last=True)


def retry(lake: Lake, industry: str, *, inbox: Path, max_bytes: int, document_id: str | None = None) -> Retried:
    """Stage again the documents of which something is in quarantine, with the present rules, parsers and files.

    Files of the inbox that were refused (empty, too large) are looked at again too, unless one document is named. Each
    document tried leaves a row in the audit log. The industry's lock must be held.

    Raises:
        NotFound: nothing of the named document is in quarantine, or it is not current any more.
    """
    before = quarantined(lake, [industry], document_id=document_id)
    if document_id is not None and before.is_empty():
        raise NotFound(f"Nothing of {document_id} is in quarantine; `market-research quarantine list` shows what is.")
    if document_id is None:
        collect(lake, inbox, industry, max_bytes=max_bytes)
    current = set(received(lake, industry)["document_id"])
    tried = sorted(set(before["document_id"].drop_nulls()) & current)
    if document_id is not None and not tried:
        raise NotFound(
            f"{document_id} is no current document of {industry} any more (replaced, removed or deleted), so it cannot "
            "be tried again."
        )
    stage_industry(lake, industry, again=tried)
    after = quarantined(lake, [industry], document_id=document_id)
    places = _compared(before, after)
    audit.record(lake, industry, (_operation(found, places) for found in tried))
    return Retried(tuple(tried), places)


def _compared(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Places that came free, those that stayed (with the present reason), and new ones; one row a place and reason."""
    place = ["uri", "locator"]
    free = before.join(after, on=place, how="anti").with_columns(outcome=pl.lit(FREE))
    stayed = after.join(before, on=place, how="semi").with_columns(outcome=pl.lit(STAYED))
    new = after.join(before, on=place, how="anti").with_columns(outcome=pl.lit(NEW))
    return pl.concat([frame.select(list(OUTCOMES)) for frame in (free, stayed, new)])


def _operation(document_id: str, places: pl.DataFrame) -> dict[str, str]:
    of_it = places.filter(pl.col("document_id") == document_id)
    counts = {name: of_it.filter(pl.col("outcome") == name).height for name in (FREE, STAYED, NEW)}
    return {
        "operation": "retry",
        "record_id": document_id,
        "original": f"{counts[FREE] + counts[STAYED]} set aside",
        "changed": f"{counts[FREE]} free, {counts[STAYED]} stayed, {counts[NEW]} new",
    }
