"""Who did what to which record, and what was made of what."""

import polars as pl

from market_research.cleaning.schema.types import INDUSTRY, Column, Table, text, time

AUDIT_LOG = Table(
    "audit_log",
    "What was done to records, by whom and why. Rows are only ever added.",
    (
        text("audit_id", "Id from content and time.", pattern=r"^audit_[0-9a-f]{16}$"),
        INDUSTRY,
        time("logged_at", "When."),
        text("actor", "User of the operating system, or the Dagster run."),
        text(
            "operation",
            "What was done.",
            allowed=(
                "receive",
                "replace",
                "remove",
                "delete",
                "expire",
                "correct",
                "quarantine",
                "retry",
                "match",
                "promote",
                "rollback",
                "split",
                "train",
            ),
        ),
        text("record_id", "Document, fact, quarantine row, pair of offers or model version it was done to."),
        text("original", "Value before, as text or JSON.", nullable=True),
        text("changed", "Value after.", nullable=True),
        text("reason", "Why, where somebody said so.", nullable=True),
    ),
    key=("audit_id",),
)

LINEAGE = Table(
    "lineage",
    "Which transformation made which records of what: by document for staging, by table for all that follows.",
    (
        text("lineage_id", "Id from content and time.", pattern=r"^lin_[0-9a-f]{16}$"),
        INDUSTRY,
        text("source_table", "Table read."),
        text("source_id", "The record read; null where whole tables are.", nullable=True),
        text("target_table", "Table written."),
        text("transformation", "Name of the asset or function."),
        text("code_version", "Hash of the code that did it."),
        text("inputs", "Fingerprint of what was read.", nullable=True),
        Column("rows_out", pl.Int64(), "Rows written.", minimum=0),
        time("logged_at", "When."),
    ),
    key=("lineage_id",),
)

CORRECTIONS = Table(
    "corrections",
    "Facts whose value somebody corrected: the original stays in `superseded_facts`, the corrected one is in `facts`.",
    (
        text("fact_id", "The original.", pattern=r"^fact_[0-9a-f]{16}$"),
        INDUSTRY,
        text("corrected_id", "The fact that stands in its place.", pattern=r"^fact_[0-9a-f]{16}$"),
        Column("original_value", pl.Float64(), "Value as the source states it."),
        Column("value", pl.Float64(), "Corrected value, in the same unit."),
        text("reason", "Why."),
        text("actor", "Who."),
        time("corrected_at", "When."),
    ),
    key=("industry", "fact_id", "corrected_at"),
)
