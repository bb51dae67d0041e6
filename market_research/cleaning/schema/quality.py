"""What was set aside, noticed or changed while documents were read."""

import polars as pl

from market_research.cleaning.schema.types import DOCUMENT, INDUSTRY, LOCATOR, Column, Table, text, time

QUARANTINE = Table(
    "quarantine",
    "What could not be accepted: nothing is dropped in silence.",
    (
        text("quarantine_id", "Id from document, locator and reason.", pattern=r"^bad_[0-9a-f]{16}$"),
        INDUSTRY,
        text("document_id", "The document it came from; null if there is none.", nullable=True),
        text("uri", "File or URL, for people."),
        LOCATOR,
        text("reason", "Why, in one sentence."),
        text("raw", "The offending content, cut to 2,000 characters.", nullable=True, personal=True),
        time("quarantined_at", "When."),
    ),
    key=("quarantine_id",),
)

SECURITY_EVENTS = Table(
    "security_events",
    "Suspicious content found in documents or input.",
    (
        text("event_id", "Id from document, locator and detector."),
        INDUSTRY,
        text("document_id", "The document.", nullable=True),
        LOCATOR,
        text("detector", "What noticed it."),
        Column("score", pl.Float64(), "0 to 1.", minimum=0, maximum=1),
        text("action", "What was done."),
        text("excerpt", "What was found, cut short.", personal=True),
        text("level", "The guard's level, where one decided (typed texts, what writers are given).", nullable=True),
        text("advice", "What to do about it; null if nothing.", nullable=True),
    ),
    key=("event_id",),
)

QUALITY_FLAGS = Table(
    "quality_flags",
    "What was done to a document's records because of their quality, counted: nothing is changed in silence.",
    (
        INDUSTRY,
        DOCUMENT,
        text("field", "Table and column, e.g. passages.text."),
        text(
            "flag",
            "redacted: personal data were replaced; missing: cells without a value in rows that have others; markup: "
            "texts held tags or links that run something; outside: rows about others than the industry's companies; "
            "filled: a missing cell was filled by a declared rule, one row for each.",
            allowed=("redacted", "missing", "markup", "outside", "filled"),
        ),
        text("what", "The kind of personal data, the column of the source, or what was removed or left out."),
        text("strategy", "What was done."),
        Column("count", pl.Int64(), "How many times.", minimum=1),
        text("locator", "The first place, or the first three."),
    ),
    key=("industry", "document_id", "field", "flag", "what", "locator"),
)

NEAR_DUPLICATES = Table(
    "near_duplicates",
    "Passages of articles that say again what another article says. They are stored, and left out where echoes would "
    "count twice: in mentions, topics and search.",
    (
        INDUSTRY,
        text("passage_id", "The passage of the copy.", pattern=r"^pass_[0-9a-f]{16}$"),
        DOCUMENT,
        text("duplicate_of", "First passage of the article that stays.", pattern=r"^pass_[0-9a-f]{16}$"),
        Column(
            "similarity",
            pl.Float64(),
            "Share of runs of four words: of both texts in both (edited), or of the shorter in the longer (shortened).",
            minimum=0,
            maximum=1,
        ),
        text("method", "What the copy is.", allowed=("edited copy", "shortened copy")),
    ),
    key=("passage_id",),
)
