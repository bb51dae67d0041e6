"""Parsed documents as staged tables."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from market_research.cleaning.schema import FACTS, PASSAGES, QUARANTINE, TABLE_ROWS
from market_research.cleaning.stage import Staged, stage, unreadable
from market_research.sources.parse import parse
from market_research.sources.parsed import Block, Company, Number, Parsed, Reject, Row

DOCUMENT = "doc_0123456789abcdef"
NOW = datetime(2025, 3, 1, tzinfo=UTC)


def staged(parsed: Parsed, **options: dict[str, str]) -> Staged:
    return stage(parsed, industry="chips", document_id=DOCUMENT, uri="a.csv", quarantined_at=NOW, **options)  # type: ignore[arg-type]


def number(value: float, start: date | None, end: date | None, locator: str = "x", **more: int) -> Number:
    return Number("CHIPS INC", "us-gaap:Revenues", value, "USD", locator, str(value), start, end, **more)


def test_frames_have_the_registered_columns_and_unique_keys() -> None:
    parsed = Parsed(
        "table",
        numbers=[number(1, None, date(2024, 1, 1)), number(1, None, date(2024, 1, 1), "y")],
        blocks=[Block("Text.", "chars 0-5", ("A", "B"), NOW)],
        rows=[Row({"a": "ü", "b": None}, "row 2")],
        rejects=[Reject("row 3", "Ragged.", "x" * 9_000), Reject("row 3", "Ragged.")],
    )
    made = staged(parsed)
    for frame, table in (
        (made.facts, FACTS),
        (made.passages, PASSAGES),
        (made.table_rows, TABLE_ROWS),
        (made.quarantine, QUARANTINE),
    ):
        assert dict(frame.schema) == table.schema
        assert frame.select(table.key).is_duplicated().sum() == 0
    assert made.facts.height == 2
    assert made.passages.select("heading", "published_on").row(0) == ("A > B", date(2025, 3, 1))
    assert json.loads(made.table_rows["record"][0]) == {"a": "ü", "b": None}
    assert made.quarantine["raw"].to_list() == ["x" * 2_000]


def test_staging_is_deterministic() -> None:
    parsed = parse(b"company,year,revenue\nA,2020,1\nB,2020,x\nC,2020,3\n", "t.csv")
    first, second = staged(parsed), staged(parsed)
    assert first.facts.equals(second.facts)
    assert first.quarantine.equals(second.quarantine)


def test_names_are_resolved_and_metrics_canonical() -> None:
    facts = staged(Parsed("x", numbers=[number(1, None, None)]), entity_names={"CHIPS INC": "Chips"}).facts
    assert facts.select("entity", "metric", "concept", "period_kind", "method").row(0) == (
        "Chips",
        "revenue",
        "us-gaap:Revenues",
        "none",
        "reported",
    )


def test_fiscal_years_follow_the_company() -> None:
    parsed = Parsed(
        "filing",
        company=Company("CHIPS INC", fiscal_year_end=(1, 26)),
        numbers=[
            number(1, date(2024, 1, 29), date(2025, 1, 26), "year"),
            number(2, date(2024, 7, 29), date(2024, 10, 27), "third quarter"),
            number(3, None, date(2025, 1, 26), "at the end"),
            number(4, None, date(2024, 1, 28), "at the beginning"),
            number(5, date(2025, 1, 1), date(2025, 12, 31), "bare year", fiscal_year=2025),
        ],
    )
    assert staged(parsed).facts["fiscal_year"].to_list() == [2024, 2024, 2024, 2023, 2025]


def test_the_year_end_is_learned_from_annual_periods() -> None:
    parsed = Parsed(
        "company_facts",
        numbers=[
            number(1, date(2022, 9, 25), date(2023, 9, 30)),
            number(2, date(2023, 10, 1), date(2024, 9, 28)),
            number(3, date(2023, 10, 1), date(2023, 12, 30)),
        ],
    )
    assert staged(parsed).facts["fiscal_year"].to_list() == [2023, 2024, 2024]


def test_a_quarter_without_a_known_year_end_has_no_fiscal_year() -> None:
    parsed = Parsed("table", numbers=[number(1, date(2024, 1, 1), date(2024, 3, 31))])
    assert staged(parsed).facts["fiscal_year"].to_list() == [None]


def test_an_unreadable_document_is_one_row_of_quarantine() -> None:
    made = unreadable("a.pdf: damaged.", industry="chips", document_id=DOCUMENT, uri="a.pdf", quarantined_at=NOW)
    assert made.quarantine.select("locator", "reason", "uri").rows() == [("document", "a.pdf: damaged.", "a.pdf")]
    assert made.facts.is_empty()


def test_a_real_filing_is_staged_whole(real_data: Path) -> None:
    path = real_data / "sec_10k" / "nvda-10-k-2025-02-26.html"
    parsed = parse(path.read_bytes(), path.name)
    made = staged(parsed)
    assert made.facts.height == len(parsed.numbers)
    assert made.facts["fact_id"].n_unique() == made.facts.height
    assert made.passages["passage_id"].n_unique() == made.passages.height
    revenue = made.facts.filter(
        (pl.col("metric") == "revenue") & (pl.col("dimensions") == "") & (pl.col("period_kind") == "annual")
    )
    found = dict(revenue.select("fiscal_year", "value").unique().iter_rows())
    assert found == {2024: 130_497e6, 2023: 60_922e6, 2022: 26_974e6}
