"""What was received: documents and their versions, and the runs of the sources that gave them."""

import polars as pl

from market_research.cleaning.schema.types import DOCUMENT, INDUSTRY, Column, Table, text, time

DOCUMENTS = Table(
    "documents",
    "Every document received, once per industry. The bytes lie in the raw lake under `sha256`.",
    (
        DOCUMENT,
        INDUSTRY,
        text("source", "Where it came from: `inbox`, or the connector's name."),
        text("kind", "What it is: filing, company_facts, news, table, report, page, note."),
        text("uri", "URL, or the path relative to the inbox."),
        text("path", "Path relative to the industry's inbox, or the name that its connector gave it."),
        text("media_type", "Media type detected from the content."),
        text("title", "Title as stated in the document or its sidecar, else the file's name.", personal=True),
        text("publisher", "Who published it.", nullable=True),
        time("published_at", "When it was published, as stated by the document or its sidecar.", nullable=True),
        time("retrieved_at", "When its bytes arrived here."),
        Column("size_bytes", pl.Int64(), "Length of the raw bytes.", unit="bytes", minimum=0),
        text("sha256", "SHA-256 of the raw bytes.", pattern=r"^[0-9a-f]{64}$"),
        text("licence", "Licence as stated by the sidecar.", nullable=True),
        text("company", "The company that the document says it is about, as stated.", nullable=True),
        text("ticker", "Its exchange symbol, as stated.", nullable=True),
        text("cik", "Its SEC central index key, as stated.", nullable=True),
        text(
            "declaration",
            "Hash of what the request declares about reading it: its source, rules, their lookups. Null: nothing.",
            nullable=True,
        ),
        text(
            "language",
            "Language of its text (ISO 639-1); null where it is short, mixed, or no text.",
            nullable=True,
            pattern=r"^[a-z]{2}$",
        ),
    ),
    key=("industry", "document_id"),
)

DOCUMENT_VERSIONS = Table(
    "document_versions",
    "Every version of every document: which content a path had from when to when. The current ones have no end.",
    (
        DOCUMENT,
        INDUSTRY,
        text("source", "Where it came from: `inbox`, or the connector's name."),
        text("path", "Path that it had when it was last current."),
        text("title", "Title as known at the door; the file's name where none was given.", personal=True),
        time("published_at", "When it was published, as far as known at the door.", nullable=True),
        text("sha256", "SHA-256 of the raw bytes.", pattern=r"^[0-9a-f]{64}$"),
        Column("size_bytes", pl.Int64(), "Length of the raw bytes.", unit="bytes", minimum=0),
        time("valid_from", "When its bytes arrived."),
        time("valid_to", "When it stopped being current.", nullable=True),
        text(
            "ended_by",
            "What ended it.",
            nullable=True,
            allowed=("replaced", "removed", "deleted", "expired"),
        ),
        text("replaced_by", "The document that has its path now.", nullable=True),
    ),
    key=("industry", "document_id", "valid_from"),
)

SOURCE_RUNS = Table(
    "source_runs",
    "Every time that a source was asked for an industry, and how it went.",
    (
        text("source_run_id", "Id of the run.", pattern=r"^srun_[0-9a-f]{16}$"),
        INDUSTRY,
        text("source", "The connector's name."),
        text(
            "status",
            "ok; partial: some questions got no fresh answer; failed: none did; idle: nothing to ask; skipped.",
            allowed=("ok", "partial", "failed", "idle", "skipped"),
        ),
        text("reason", "Why it is not ok.", nullable=True),
        Column("asked", pl.Int64(), "Questions put.", minimum=0),
        Column("new", pl.Int64(), "Documents that were not there before.", minimum=0),
        Column("changed", pl.Int64(), "Documents of which there is a new version.", minimum=0),
        Column("unchanged", pl.Int64(), "Documents that were there already.", minimum=0),
        Column(
            "stale", pl.Int64(), "Questions answered by an earlier copy, since the source did not answer.", minimum=0
        ),
        Column("failed", pl.Int64(), "Questions without any answer.", minimum=0),
        time("started_at", "When it began."),
        time("ended_at", "When it ended."),
    ),
    key=("source_run_id",),
)

ALERTS = Table(
    "alerts",
    "What somebody should look at, from the moment it was noticed to the moment it was over.",
    (
        text("alert_id", "Id from what it is about.", pattern=r"^alert_[0-9a-f]{16}$"),
        INDUSTRY,
        text("kind", "source_failing: a source has failed three times in a row."),
        text("subject", "The source, or whatever it is about."),
        text("severity", "How bad.", allowed=("info", "warning", "critical")),
        text("message", "What happened, in one sentence."),
        time("raised_at", "When it was noticed."),
        time("resolved_at", "When it was over; null while it lasts.", nullable=True),
    ),
    key=("alert_id",),
)

STALE_SOURCES = Table(
    "stale_sources",
    "Sources whose documents may be out of date, judged against the date of the newest evidence, not against today.",
    (
        INDUSTRY,
        text("source", "The connector's name."),
        text("title", "The source's name for people."),
        text(
            "state",
            "unanswered: something got no fresh answer the last time that it was asked; behind: its last fresh answer "
            "was older than it may be.",
            allowed=("unanswered", "behind"),
        ),
        Column("asked", pl.Int64(), "Questions put that time.", minimum=0),
        Column("unanswered", pl.Int64(), "Answers that could not be had fresh that time.", minimum=0),
        Column("asked_on", pl.Date(), "Day of that time."),
        Column("answered_on", pl.Date(), "Day of its last fresh answer; null if there never was one.", nullable=True),
        Column("received_on", pl.Date(), "Day on which the newest of its documents arrived."),
        Column(
            "days_behind",
            pl.Int64(),
            "Days from its last fresh answer to the newest evidence.",
            nullable=True,
            unit="days",
        ),
        Column("allowed_hours", pl.Float64(), "How old its last fresh answer may be.", unit="hours", minimum=0),
    ),
    key=("industry", "source"),
)
