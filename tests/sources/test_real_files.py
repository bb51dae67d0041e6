"""Files that break readers: every one is parsed, or refused with a reason that names it."""

import json
from pathlib import Path

import pytest

from market_research.errors import UnreadableDocument
from market_research.sources.locate import excerpt
from market_research.sources.parse import parse
from market_research.sources.parsed import Parsed


def attempt(path: Path) -> Parsed | str:
    try:
        return parse(path.read_bytes(), path.name)
    except UnreadableDocument as error:
        return str(error)


@pytest.mark.parametrize(
    "folder", ["messy_csvkit", "messy_csvtest", "messy_json", "rss_feeds", "macro", "tech_adoption"]
)
def test_every_file_is_parsed_or_refused_by_name(real_data: Path, folder: str) -> None:
    files = [path for path in sorted((real_data / folder).rglob("*")) if path.is_file()]
    assert files
    for path in files:
        outcome = attempt(path)
        assert isinstance(outcome, Parsed) or outcome.startswith(path.name), path.name


def test_the_json_suite_is_judged_as_the_standard_says(real_data: Path) -> None:
    for path in sorted((real_data / "messy_json").glob("*.json")):
        outcome = attempt(path)
        if path.name.startswith("n_"):
            assert isinstance(outcome, str), path.name
        elif path.name.startswith("y_"):
            assert isinstance(outcome, Parsed) or "without a table" in outcome, path.name


def test_well_formed_csv_reads_as_expected(real_data: Path) -> None:
    for expected in sorted((real_data / "messy_csvtest" / "json").glob("*.json")):
        rows = json.loads(expected.read_text("utf-8"))
        path = real_data / "messy_csvtest" / "csv" / f"{expected.stem}.csv"
        outcome = attempt(path)
        if isinstance(outcome, Parsed) and rows and isinstance(rows[0], list):
            assert [list(row.record.values()) for row in outcome.rows] == [row for row in rows[1:] if any(row)], path


def test_the_ranking_of_companies_is_complete(real_data: Path) -> None:
    path = real_data / "fortune500" / "fortune500-2019.csv"
    content = path.read_bytes()
    parsed = parse(content, path.name)
    assert (len(parsed.rows), len(parsed.numbers), parsed.rejects) == (500, 1000, [])
    first = parsed.numbers[0]
    assert (first.entity, first.value, first.unit) == ("Walmart", 514_405_000_000, "USD")
    assert excerpt(content, path.name, first.locator) == first.raw == "514405.0"


def test_order_lines_with_errors_are_all_accounted_for(real_data: Path) -> None:
    path = real_data / "uci_online_retail" / "top20_stockcodes.csv"
    content = path.read_bytes()
    parsed = parse(content, path.name)
    rejected_rows = [reject for reject in parsed.rejects if "column" not in reject.locator]
    assert len(parsed.rows) + len(rejected_rows) == content.count(b"\n") - 1


def test_feeds_keep_the_dates_of_their_items(real_data: Path) -> None:
    path = real_data / "rss_feeds" / "guardian.rss"
    parsed = parse(path.read_bytes(), path.name)
    assert parsed.title == "The Guardian"
    assert all(block.published_at and block.headings for block in parsed.blocks)
