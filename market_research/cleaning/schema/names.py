"""Whom and what records are about."""

import polars as pl

from market_research.cleaning.schema.types import INDUSTRY, Column, Table, ids, text

ENTITIES = Table(
    "entities",
    "Companies and other subjects that records are about, one row per canonical name.",
    (
        text("entity_id", "Id from industry, kind and name.", pattern=r"^ent_[0-9a-f]{16}$"),
        INDUSTRY,
        text("name", "Canonical name."),
        text(
            "kind",
            "What it is.",
            allowed=("company", "technology", "product", "segment", "regulator", "region"),
        ),
        text("ticker", "Exchange symbol.", nullable=True),
        text("cik", "SEC central index key, ten digits.", nullable=True),
        ids("aliases", "Other forms of the name that were met or declared."),
    ),
    key=("entity_id",),
)

NAME_MATCHES = Table(
    "name_matches",
    "Names in sources that equal no company's, and the company that each most probably means. To settle one for "
    "good, add it to the company's aliases in the request.",
    (
        INDUSTRY,
        text("stated", "The name as it stands in a source."),
        text("name", "The company that fits best."),
        Column("confidence", pl.Float64(), "How sure that is.", minimum=0, maximum=1),
        text("method", "What they have in common."),
        Column("accepted", pl.Boolean(), "Whether facts under the stated name count as the company's."),
    ),
    key=("industry", "stated"),
)
