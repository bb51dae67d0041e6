"""The companies that an industry keeps of EDGAR's frames, by what was received: see ``connectors.edgar_peers``."""

import hashlib

import polars as pl

from market_research.connectors import edgar_peers
from market_research.errors import NotFound, UnreadableDocument
from market_research.industries import ResearchRequest
from resources.lake import Lake
from resources.received import FETCHED

SOURCE = "edgar"
PREFIX = f"{FETCHED}/{SOURCE}/"
IS_FRAME = (pl.col("source") == SOURCE) & pl.col("path").str.starts_with(PREFIX + edgar_peers.FRAMES)


def is_frame(source: str, path: str) -> bool:
    """Whether a document is an answer of EDGAR about all companies."""
    return source == SOURCE and path.startswith(PREFIX + edgar_peers.FRAMES)


def state(current: pl.DataFrame, request: ResearchRequest | None) -> str:
    """A hash that changes when the companies may. Cost: a look at the paths of the documents received."""
    lists = sorted(_lists(current)["document_id"])
    return hashlib.sha256(repr((lists, sorted(_asked_for(current, request)))).encode()).hexdigest()[:16]


def peers(lake: Lake, current: pl.DataFrame, request: ResearchRequest | None) -> frozenset[str]:
    """CIKs of the industry's companies: those asked for, and those in the lists of its codes."""
    found = set(_asked_for(current, request))
    for path, sha256 in _lists(current).select("path", "sha256").iter_rows():
        try:
            found |= edgar_peers.listed(lake.get_raw(sha256), path)
        except (UnreadableDocument, NotFound):
            continue  # staging says so where it reads the list itself
    return frozenset(found)


def _of_source(current: pl.DataFrame) -> pl.DataFrame:
    return current.filter(pl.col("source") == SOURCE)


def _lists(current: pl.DataFrame) -> pl.DataFrame:
    return _of_source(current).filter(pl.col("path").str.starts_with(PREFIX + edgar_peers.LISTS))


def _asked_for(current: pl.DataFrame, request: ResearchRequest | None) -> frozenset[str]:
    paths = _of_source(current)["path"].str.strip_prefix(PREFIX)
    return edgar_peers.asked_for(request, paths)
