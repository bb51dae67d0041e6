"""The schema registry: every table that is stored, its columns, types, units and rules.

One place from which come the Parquet schemas, the quality checks, the column comments in the
warehouse and the data dictionary. A table that is not here is a mart: its SQL file describes it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

UTC_TIME = pl.Datetime("us", "UTC")
TEXT_LIST = pl.List(pl.String())


@dataclass(frozen=True)
class Column:
    """One column: what it holds, and what must be true of every value in it."""

    name: str
    dtype: pl.DataType
    description: str
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    personal: bool = False
    unit: str | None = None


@dataclass(frozen=True)
class Table:
    """One stored table. ``key`` columns together identify a row."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column names and Polars types, in order."""
        return {column.name: column.dtype for column in self.columns}

    def frame(self, rows: Iterable[Mapping[str, Any]] = ()) -> pl.DataFrame:
        """A frame of these rows with exactly the declared columns; absent optional values become null.

        Raises:
            polars.exceptions.PolarsError: a value does not fit its column's type.
        """
        columns: dict[str, list[Any]] = {column.name: [] for column in self.columns}
        for row in rows:
            for name, values in columns.items():
                values.append(row.get(name))
        return pl.DataFrame(columns, schema=self.schema, strict=True)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same rows with the declared columns only, cast and in order; missing ones are null."""
        present = set(frame.columns)
        return frame.select(
            (pl.col(c.name) if c.name in present else pl.lit(None)).cast(c.dtype).alias(c.name) for c in self.columns
        )


def _text(name: str, description: str, **rules: Any) -> Column:
    return Column(name, pl.String(), description, **rules)


def _time(name: str, description: str, **rules: Any) -> Column:
    return Column(name, UTC_TIME, description, **rules)


def _ids(name: str, description: str) -> Column:
    return Column(name, TEXT_LIST, description)


INDUSTRY = _text("industry", "Key of the industry; also the Dagster partition.", pattern=r"^[a-z0-9][a-z0-9_-]*$")
DOCUMENT = _text("document_id", "The raw document, by its content.", pattern=r"^doc_[0-9a-f]{16}$")
LOCATOR = _text("locator", "The place inside the document, readable by people and by `market-research trace`.")

DOCUMENTS = Table(
    "documents",
    "Every document received, once per industry. The bytes lie in the raw lake under `sha256`.",
    (
        DOCUMENT,
        INDUSTRY,
        _text("source", "Where it came from: `inbox`, or the connector's name."),
        _text("kind", "What it is: filing, company_facts, news, table, report, page, note."),
        _text("uri", "URL, or the path relative to the inbox."),
        _text("path", "Path relative to the industry's inbox, or the name that its connector gave it."),
        _text("media_type", "Media type detected from the content."),
        _text("title", "Title as stated in the document or its sidecar, else the file's name."),
        _text("publisher", "Who published it.", nullable=True),
        _time("published_at", "When it was published, as stated by the document or its sidecar.", nullable=True),
        _time("retrieved_at", "When its bytes arrived here."),
        Column("size_bytes", pl.Int64(), "Length of the raw bytes.", unit="bytes", minimum=0),
        _text("sha256", "SHA-256 of the raw bytes.", pattern=r"^[0-9a-f]{64}$"),
        _text("licence", "Licence as stated by the sidecar.", nullable=True),
        _text("company", "The company that the document says it is about, as stated.", nullable=True),
        _text("ticker", "Its exchange symbol, as stated.", nullable=True),
        _text("cik", "Its SEC central index key, as stated.", nullable=True),
    ),
    key=("industry", "document_id"),
)

FACTS = Table(
    "facts",
    "One number each: reported in a document (`method` = reported), or derived from other facts.",
    (
        _text("fact_id", "Id from content.", pattern=r"^fact_[0-9a-f]{16}$"),
        INDUSTRY,
        _text("entity", "Who or what the number is about: canonical name where resolved, else as stated."),
        _text("metric", "Canonical metric (revenue, net_income, …), else the source's own name for it."),
        _text("concept", "The source's name for the metric: XBRL concept or column header.", nullable=True),
        Column("period_start", pl.Date(), "First day of the period; null for an instant.", nullable=True),
        Column("period_end", pl.Date(), "Last day of the period, or the instant.", nullable=True),
        Column(
            "fiscal_year",
            pl.Int32(),
            "Fiscal year by the Compustat rule (a year ending January to May counts as the year before).",
            nullable=True,
            minimum=1700,
            maximum=2200,
        ),
        _text(
            "period_kind",
            "annual, quarter, other (a duration), instant, or none.",
            allowed=("annual", "quarter", "other", "instant", "none"),
        ),
        Column("value", pl.Float64(), "The number in `unit`, scale and sign applied."),
        _text("unit", "USD and other currency codes, USD/shares, shares, percent, ratio, count, …"),
        _text("dimensions", "Axis=member pairs joined by `; `, empty for the consolidated figure."),
        _text("raw", "The text of the number as it stands in the source.", nullable=True),
        Column("filed_on", pl.Date(), "Date of the document that states it.", nullable=True),
        _text("document_id", "The document that states it; null for derived facts.", nullable=True),
        _text("locator", "Place in the document; for derived facts a JSON list of the input fact ids."),
        _text("method", "`reported`, or the formula that made it."),
    ),
    key=("fact_id",),
)

PASSAGES = Table(
    "passages",
    "Spans of text, in reading order, each small enough to embed and to quote.",
    (
        _text("passage_id", "Id from content.", pattern=r"^pass_[0-9a-f]{16}$"),
        INDUSTRY,
        DOCUMENT,
        Column("ordinal", pl.Int32(), "Position in the document, from 0.", minimum=0),
        Column("char_start", pl.Int64(), "First character in the document's extracted text.", minimum=0),
        Column("char_end", pl.Int64(), "One past the last character.", minimum=0),
        _text("heading", "Headings above it, joined by ` > `.", nullable=True, personal=True),
        Column(
            "published_on",
            pl.Date(),
            "Date of this part of the document, where it differs from the document's (items of a feed).",
            nullable=True,
        ),
        LOCATOR,
        _text("text", "The text itself; personal data are replaced by their kind in brackets.", personal=True),
    ),
    key=("passage_id",),
)

TABLE_ROWS = Table(
    "table_rows",
    "Every well-formed row of every table received, as a JSON object, whether or not it became facts.",
    (
        _text("row_id", "Id from document and locator.", pattern=r"^row_[0-9a-f]{16}$"),
        INDUSTRY,
        DOCUMENT,
        LOCATOR,
        _text("record", "The row as a JSON object of texts; personal data are replaced by their kind.", personal=True),
    ),
    key=("row_id",),
)

PRICES = Table(
    "prices",
    "Prices on a day, as received: one row a line of a price table. `price_history` has one row a symbol and day.",
    (
        INDUSTRY,
        DOCUMENT,
        Column(
            "row_number",
            pl.Int64(),
            "The row of the file, counting its header but no blank lines. Null in a large part of which no row was set "
            "aside: its position then tells, and `price_history` has it.",
            nullable=True,
            minimum=2,
        ),
        _text("symbol", "Symbol of what is priced, as stated."),
        Column("date", pl.Date(), "The day."),
        Column("open", pl.Float64(), "First price of the day.", nullable=True, minimum=0),
        Column("high", pl.Float64(), "Highest price.", nullable=True, minimum=0),
        Column("low", pl.Float64(), "Lowest price.", nullable=True, minimum=0),
        Column("close", pl.Float64(), "Last price of the day.", minimum=0),
        Column(
            "adjusted_close", pl.Float64(), "Last price, adjusted for splits and dividends.", nullable=True, minimum=0
        ),
        Column("volume", pl.Float64(), "Shares or pieces traded.", nullable=True, minimum=0),
        Column("dividend", pl.Float64(), "Dividend paid that day, per share.", nullable=True, minimum=0),
        Column(
            "split", pl.Float64(), "Ratio of a split that day; 0 or 1 where there was none.", nullable=True, minimum=0
        ),
        _text("currency", "Currency of the prices, where stated.", nullable=True, pattern=r"^[A-Z]{3}$"),
    ),
    key=("document_id", "symbol", "date"),
)

QUARANTINE = Table(
    "quarantine",
    "What could not be accepted: nothing is dropped in silence.",
    (
        _text("quarantine_id", "Id from document, locator and reason.", pattern=r"^bad_[0-9a-f]{16}$"),
        INDUSTRY,
        _text("document_id", "The document it came from; null if there is none.", nullable=True),
        _text("uri", "File or URL, for people."),
        LOCATOR,
        _text("reason", "Why, in one sentence."),
        _text("raw", "The offending content, cut to 2,000 characters.", nullable=True, personal=True),
        _time("quarantined_at", "When."),
    ),
    key=("quarantine_id",),
)

ENTITIES = Table(
    "entities",
    "Companies and other subjects that records are about, one row per canonical name.",
    (
        _text("entity_id", "Id from industry, kind and name.", pattern=r"^ent_[0-9a-f]{16}$"),
        INDUSTRY,
        _text("name", "Canonical name."),
        _text(
            "kind",
            "What it is.",
            allowed=("company", "technology", "product", "segment", "regulator", "region"),
        ),
        _text("ticker", "Exchange symbol.", nullable=True),
        _text("cik", "SEC central index key, ten digits.", nullable=True),
        _ids("aliases", "Other forms of the name that were met or declared."),
    ),
    key=("entity_id",),
)

NAME_MATCHES = Table(
    "name_matches",
    "Names in sources that equal no company's, and the company that each most probably means. To settle one for "
    "good, add it to the company's aliases in the request.",
    (
        INDUSTRY,
        _text("stated", "The name as it stands in a source."),
        _text("name", "The company that fits best."),
        Column("confidence", pl.Float64(), "How sure that is.", minimum=0, maximum=1),
        _text("method", "What they have in common."),
        Column("accepted", pl.Boolean(), "Whether facts under the stated name count as the company's."),
    ),
    key=("industry", "stated"),
)

NEAR_DUPLICATES = Table(
    "near_duplicates",
    "Passages of articles that say again what another article says. They are stored, and left out where echoes would "
    "count twice: in mentions, topics and search.",
    (
        INDUSTRY,
        _text("passage_id", "The passage of the copy.", pattern=r"^pass_[0-9a-f]{16}$"),
        DOCUMENT,
        _text("duplicate_of", "First passage of the article that stays.", pattern=r"^pass_[0-9a-f]{16}$"),
        Column(
            "similarity",
            pl.Float64(),
            "Share of runs of four words: of both texts in both (edited), or of the shorter in the longer (shortened).",
            minimum=0,
            maximum=1,
        ),
        _text("method", "What the copy is.", allowed=("edited copy", "shortened copy")),
    ),
    key=("passage_id",),
)

INDUSTRIES = Table(
    "industries",
    "The industries under research: one partition, one request.",
    (
        INDUSTRY,
        _text("title", "Name for people."),
        _text("definition", "What belongs to it."),
        _ids("segments", "Market segments of interest."),
        _time("created_at", "When it was added."),
    ),
    key=("industry",),
)

FINDINGS = Table(
    "findings",
    "Typed results of analyses, each with its evidence.",
    (
        _text("finding_id", "Id from content.", pattern=r"^find_[0-9a-f]{16}$"),
        INDUSTRY,
        _text("analysis", "The module that found it."),
        _text("kind", "What sort of finding, e.g. market_growth."),
        _text("subject", "The entity that it is about; empty for the industry.", nullable=True),
        _text("statement", "One sentence that its facts support."),
        Column("value", pl.Float64(), "The figure at its heart.", nullable=True),
        _text("unit", "Unit of `value`.", nullable=True),
        Column("stake_usd", pl.Float64(), "Money that the finding is about, for ranking.", unit="USD", nullable=True),
        Column("confidence", pl.Float64(), "0 to 100.", unit="percent", minimum=0, maximum=100),
        _ids("fact_ids", "Facts that support it."),
        _ids("passage_ids", "Passages that support it."),
        Column("as_of", pl.Date(), "Date of the newest evidence."),
    ),
    key=("finding_id",),
)

CLAIMS = Table(
    "claims",
    "Every sentence written for an edition, kept or refused by the gate.",
    (
        _text("claim_id", "Id from edition, section, ordinal and text.", pattern=r"^claim_[0-9a-f]{16}$"),
        _text("edition_id", "The edition it was written for."),
        INDUSTRY,
        _text("section", "Key of the section."),
        Column("ordinal", pl.Int32(), "Position in the edition, from 0.", minimum=0),
        _text("text", "The sentence."),
        _ids("fact_ids", "Facts cited."),
        _ids("finding_ids", "Findings cited."),
        _ids("passage_ids", "Passages cited."),
        _text("verdict", "The gate's verdict.", allowed=("kept", "refused")),
        _text("reason", "Why it was refused.", nullable=True),
        _text("writer", "Who wrote it: offline, or the model's name."),
    ),
    key=("claim_id",),
)

EDITIONS = Table(
    "editions",
    "Finished reports. Paths are relative to the data home.",
    (
        _text("edition_id", "Id from the inputs.", pattern=r"^ed_[0-9a-f]{16}$"),
        INDUSTRY,
        Column("as_of", pl.Date(), "Date of the newest evidence."),
        _text("inputs_sha256", "Hash over everything that the edition was made from."),
        _text("writer", "offline, or the model's name."),
        _text("previous_edition_id", "The edition before.", nullable=True),
        _text("json_path", "Canonical form."),
        _text("html_path", "HTML."),
        _text("pdf_path", "PDF."),
        _text("docx_path", "DOCX."),
        _text("md_path", "Markdown."),
        _time("created_at", "When it was finished."),
    ),
    key=("edition_id",),
)

REQUESTS = Table(
    "requests",
    "Research requests and how far each has come.",
    (
        _text("request_id", "Id from the request's content.", pattern=r"^req_[0-9a-f]{16}$"),
        INDUSTRY,
        _text("customer", "Customer id, where one was given.", nullable=True),
        _text(
            "status",
            "Where it stands.",
            allowed=("pending", "ingesting", "processing", "analysing", "generating", "completed", "failed"),
        ),
        _text("reason", "Why it failed.", nullable=True),
        _text("edition_id", "The edition that answers it.", nullable=True),
        _text("request", "The request as JSON."),
        _time("created_at", "When it was made."),
        _time("updated_at", "When its status last changed."),
    ),
    key=("request_id",),
)

LLM_CALLS = Table(
    "llm_calls",
    "Every call of a language model. Empty while only the offline writer has been used.",
    (
        _text("call_id", "Id of the call."),
        INDUSTRY,
        _text("edition_id", "The edition it was made for.", nullable=True),
        _text("purpose", "What for."),
        _text("model", "Model asked."),
        _text("prompt_name", "Prompt's name."),
        _text("prompt_version", "Prompt's content hash."),
        _text("prompt_sha256", "Hash of all that was sent: model, messages, schema, temperature; the cache's key."),
        Column("tokens_in", pl.Int64(), "Tokens sent.", nullable=True),
        Column("tokens_out", pl.Int64(), "Tokens received.", nullable=True),
        Column(
            "cost_usd",
            pl.Float64(),
            "Cost; where an answer got lost on its way, the most that it can have cost. Null if the price is unknown.",
            unit="USD",
            nullable=True,
        ),
        Column("cached", pl.Boolean(), "Answered from the cache."),
        Column("seconds", pl.Float64(), "Duration, with waits and repeated attempts.", unit="s", nullable=True),
        _text(
            "status",
            "How it ended: `ok`, `cached`, `failed`, `refused` by the model, or `over budget`: nothing was asked.",
            allowed=("ok", "cached", "failed", "refused", "over budget"),
        ),
        _text("detail", "What went wrong.", nullable=True),
        _text("run_id", "The run whose budget it counts to."),
        _time("called_at", "When it was made."),
    ),
    key=("call_id",),
)

SECURITY_EVENTS = Table(
    "security_events",
    "Suspicious content found in documents or input.",
    (
        _text("event_id", "Id from document, locator and detector."),
        INDUSTRY,
        _text("document_id", "The document.", nullable=True),
        LOCATOR,
        _text("detector", "What noticed it."),
        Column("score", pl.Float64(), "0 to 1.", minimum=0, maximum=1),
        _text("action", "What was done."),
        _text("excerpt", "What was found, cut short.", personal=True),
    ),
    key=("event_id",),
)

QUALITY_FLAGS = Table(
    "quality_flags",
    "What was done to a document's records because of their quality, counted: nothing is changed in silence.",
    (
        INDUSTRY,
        DOCUMENT,
        _text("field", "Table and column, e.g. passages.text."),
        _text(
            "flag",
            "redacted: personal data were replaced; missing: cells without a value in rows that have others.",
            allowed=("redacted", "missing"),
        ),
        _text("what", "The kind of personal data, or the column of the source."),
        _text("strategy", "What was done."),
        Column("count", pl.Int64(), "How many times.", minimum=1),
        _text("locator", "The first place, or the first three."),
    ),
    key=("industry", "document_id", "field", "flag", "what"),
)

SOURCE_RUNS = Table(
    "source_runs",
    "Every time that a source was asked for an industry, and how it went.",
    (
        _text("source_run_id", "Id of the run.", pattern=r"^srun_[0-9a-f]{16}$"),
        INDUSTRY,
        _text("source", "The connector's name."),
        _text(
            "status",
            "ok; partial: some questions got no fresh answer; failed: none did; idle: nothing to ask; skipped.",
            allowed=("ok", "partial", "failed", "idle", "skipped"),
        ),
        _text("reason", "Why it is not ok.", nullable=True),
        Column("asked", pl.Int64(), "Questions put.", minimum=0),
        Column("new", pl.Int64(), "Documents that were not there before.", minimum=0),
        Column("changed", pl.Int64(), "Documents of which there is a new version.", minimum=0),
        Column("unchanged", pl.Int64(), "Documents that were there already.", minimum=0),
        Column(
            "stale", pl.Int64(), "Questions answered by an earlier copy, since the source did not answer.", minimum=0
        ),
        Column("failed", pl.Int64(), "Questions without any answer.", minimum=0),
        _time("started_at", "When it began."),
        _time("ended_at", "When it ended."),
    ),
    key=("source_run_id",),
)

ALERTS = Table(
    "alerts",
    "What somebody should look at, from the moment it was noticed to the moment it was over.",
    (
        _text("alert_id", "Id from what it is about.", pattern=r"^alert_[0-9a-f]{16}$"),
        INDUSTRY,
        _text("kind", "source_failing: a source has failed three times in a row."),
        _text("subject", "The source, or whatever it is about."),
        _text("severity", "How bad.", allowed=("info", "warning", "critical")),
        _text("message", "What happened, in one sentence."),
        _time("raised_at", "When it was noticed."),
        _time("resolved_at", "When it was over; null while it lasts.", nullable=True),
    ),
    key=("alert_id",),
)

DOCUMENT_VERSIONS = Table(
    "document_versions",
    "Every version of every document: which content a path had from when to when. The current ones have no end.",
    (
        DOCUMENT,
        INDUSTRY,
        _text("source", "Where it came from: `inbox`, or the connector's name."),
        _text("path", "Path that it had when it was last current."),
        _text("title", "Title as known at the door; the file's name where none was given."),
        _time("published_at", "When it was published, as far as known at the door.", nullable=True),
        _text("sha256", "SHA-256 of the raw bytes.", pattern=r"^[0-9a-f]{64}$"),
        Column("size_bytes", pl.Int64(), "Length of the raw bytes.", unit="bytes", minimum=0),
        _time("valid_from", "When its bytes arrived."),
        _time("valid_to", "When it stopped being current.", nullable=True),
        _text(
            "ended_by",
            "What ended it.",
            nullable=True,
            allowed=("replaced", "removed", "deleted", "expired"),
        ),
        _text("replaced_by", "The document that has its path now.", nullable=True),
    ),
    key=("industry", "document_id", "valid_from"),
)

AUDIT_LOG = Table(
    "audit_log",
    "What was done to records, by whom and why. Rows are only ever added.",
    (
        _text("audit_id", "Id from content and time.", pattern=r"^audit_[0-9a-f]{16}$"),
        INDUSTRY,
        _time("logged_at", "When."),
        _text("actor", "User of the operating system, or the Dagster run."),
        _text(
            "operation",
            "What was done.",
            allowed=("receive", "replace", "remove", "delete", "expire", "correct", "quarantine", "retry"),
        ),
        _text("record_id", "Document, fact or quarantine row that it was done to."),
        _text("original", "Value before, as text or JSON.", nullable=True),
        _text("changed", "Value after.", nullable=True),
        _text("reason", "Why, where somebody said so.", nullable=True),
    ),
    key=("audit_id",),
)

LINEAGE = Table(
    "lineage",
    "Which transformation made which records of what: by document for staging, by table for all that follows.",
    (
        _text("lineage_id", "Id from content and time.", pattern=r"^lin_[0-9a-f]{16}$"),
        INDUSTRY,
        _text("source_table", "Table read."),
        _text("source_id", "The record read; null where whole tables are.", nullable=True),
        _text("target_table", "Table written."),
        _text("transformation", "Name of the asset or function."),
        _text("code_version", "Hash of the code that did it."),
        _text("inputs", "Fingerprint of what was read.", nullable=True),
        Column("rows_out", pl.Int64(), "Rows written.", minimum=0),
        _time("logged_at", "When."),
    ),
    key=("lineage_id",),
)

CORRECTIONS = Table(
    "corrections",
    "Facts whose value somebody corrected: the original stays in `superseded_facts`, the corrected one is in `facts`.",
    (
        _text("fact_id", "The original.", pattern=r"^fact_[0-9a-f]{16}$"),
        INDUSTRY,
        _text("corrected_id", "The fact that stands in its place.", pattern=r"^fact_[0-9a-f]{16}$"),
        Column("original_value", pl.Float64(), "Value as the source states it."),
        Column("value", pl.Float64(), "Corrected value, in the same unit."),
        _text("reason", "Why."),
        _text("actor", "Who."),
        _time("corrected_at", "When."),
    ),
    key=("industry", "fact_id", "corrected_at"),
)

STAGED: tuple[Table, ...] = (DOCUMENTS, FACTS, PASSAGES, TABLE_ROWS, PRICES, QUARANTINE, SECURITY_EVENTS, QUALITY_FLAGS)
KEPT: tuple[Table, ...] = (DOCUMENT_VERSIONS, AUDIT_LOG, LINEAGE, CORRECTIONS)
TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *STAGED,
        ENTITIES,
        NAME_MATCHES,
        NEAR_DUPLICATES,
        INDUSTRIES,
        FINDINGS,
        CLAIMS,
        EDITIONS,
        REQUESTS,
        LLM_CALLS,
        SOURCE_RUNS,
        ALERTS,
        *KEPT,
    )
}
