"""Which sources of an industry may be out of date."""

import polars as pl

from market_research.cleaning import staleness
from market_research.cleaning.schema import DOCUMENTS, SOURCE_RUNS, STALE_SOURCES
from market_research.connectors.registry import connectors
from resources.bundles import LAYER as STAGED
from resources.lake import Lake

SOURCES = "sources"
"""The lake's layer for what happened when sources were asked."""


def stale_sources(lake: Lake, industry: str) -> pl.DataFrame:
    """Sources whose staged documents may be out of date, rows of ``STALE_SOURCES``."""
    runs = lake.read(SOURCES, SOURCE_RUNS, industry)
    if runs.is_empty():
        return STALE_SOURCES.frame()
    policies = {name: (source.title, source.freshness_hours) for name, source in connectors().items()}
    return staleness.stale_sources(lake.read(STAGED, DOCUMENTS, industry), runs, policies)
