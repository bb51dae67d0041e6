"""Records made of documents: facts, passages, rows of tables, prices."""

import polars as pl

from market_research.cleaning.schema.types import (
    DOCUMENT,
    INDUSTRY,
    LOCATOR,
    ROW_LOCATOR,
    ROW_NUMBER,
    Column,
    Table,
    text,
)

FACTS = Table(
    "facts",
    "One number each: reported in a document (`method` = reported), or derived from other facts.",
    (
        text("fact_id", "Id from content.", pattern=r"^fact_[0-9a-f]{16}$"),
        INDUSTRY,
        text("entity", "Who or what the number is about: canonical name where resolved, else as stated."),
        text("metric", "Canonical metric (revenue, net_income, …), else the source's own name for it."),
        text("concept", "The source's name for the metric: XBRL concept or column header.", nullable=True),
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
        text(
            "period_kind",
            "annual, quarter, other (a duration), instant, or none.",
            allowed=("annual", "quarter", "other", "instant", "none"),
        ),
        Column("value", pl.Float64(), "The number in `unit`, scale and sign applied."),
        text("unit", "USD and other currency codes, USD/shares, shares, percent, ratio, count, …"),
        text("dimensions", "Axis=member pairs joined by `; `, empty for the consolidated figure."),
        text("raw", "The text of the number as it stands in the source.", nullable=True),
        Column("filed_on", pl.Date(), "Date of the document that states it.", nullable=True),
        text("document_id", "The document that states it; null for derived facts.", nullable=True),
        text("locator", "Place in the document; for derived facts a JSON list of the input fact ids."),
        text("method", "`reported`, or the formula that made it."),
    ),
    key=("fact_id",),
)

PASSAGES = Table(
    "passages",
    "Spans of text, in reading order, each small enough to embed and to quote.",
    (
        text("passage_id", "Id from content.", pattern=r"^pass_[0-9a-f]{16}$"),
        INDUSTRY,
        DOCUMENT,
        Column("ordinal", pl.Int32(), "Position in the document, from 0.", minimum=0),
        Column("char_start", pl.Int64(), "First character in the document's extracted text.", minimum=0),
        Column("char_end", pl.Int64(), "One past the last character.", minimum=0),
        text("heading", "Headings above it, joined by ` > `.", nullable=True, personal=True),
        Column(
            "published_on",
            pl.Date(),
            "Date of this part of the document, where it differs from the document's (items of a feed).",
            nullable=True,
        ),
        text(
            "language",
            "Language of this part (ISO 639-1), where parts have dates of their own; null where it cannot be told.",
            nullable=True,
            pattern=r"^[a-z]{2}$",
        ),
        LOCATOR,
        text("text", "The text itself; personal data are replaced by their kind in brackets.", personal=True),
    ),
    key=("passage_id",),
)

TABLE_ROWS = Table(
    "table_rows",
    "Every well-formed row of every table received, as a JSON object, whether or not it became facts.",
    (
        text("row_id", "Id from document and locator.", pattern=r"^row_[0-9a-f]{16}$"),
        INDUSTRY,
        DOCUMENT,
        LOCATOR,
        text("record", "The row as a JSON object of texts; personal data are replaced by their kind.", personal=True),
    ),
    key=("row_id",),
)

REPLACED_ROWS = Table(
    "replaced_rows",
    "Rows of tables in whose place a declared rule put another row: a newer one of the same key, or one that many "
    "were aggregated to. With the rows staged and those in quarantine they are all the rows that came.",
    (
        text("replaced_id", "Id from document, locator and rule.", pattern=r"^repl_[0-9a-f]{16}$"),
        INDUSTRY,
        DOCUMENT,
        LOCATOR,
        text("how", "What became of it.", allowed=("superseded", "aggregated")),
        text("replaced_by", "Locator of the row that stands in its place."),
        text("rule", "The rule that did it."),
        text("record", "The row as read, as a JSON object; personal data are replaced by their kind.", personal=True),
    ),
    key=("replaced_id",),
)

PRICES = Table(
    "prices",
    "Prices on a day, as received: one row a line of a price table. `price_history` has one row a symbol and day.",
    (
        INDUSTRY,
        DOCUMENT,
        ROW_NUMBER,
        ROW_LOCATOR,
        text("symbol", "Symbol of what is priced, as stated."),
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
        text("currency", "Currency of the prices, where stated.", nullable=True, pattern=r"^[A-Z]{3}$"),
    ),
    key=("document_id", "symbol", "date"),
)
