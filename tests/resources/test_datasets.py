"""Price tables from the inbox to staged rows, one row a symbol and day, and how each symbol did."""

import itertools
import json
import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market_research.cleaning.expectations import check
from market_research.cleaning.reference import reference_tables
from market_research.cleaning.schema import DOCUMENT_VERSIONS, DOCUMENTS, PRICES, QUARANTINE
from market_research.industries import Company, ResearchRequest
from market_research.settings import SQL_FOLDER, Settings
from market_research.sources.locate import excerpt
from market_research.sqlfiles import read_all, read_views
from resources import inbox
from resources.checks import check_table
from resources.inbox import collect
from resources.intake import ingest_files
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from resources.staging import StagedDocument, stage_industry
from resources.workspace import Workspace
from tests.workbooks import workbook

KEY = "wood"
NOW = datetime(2025, 1, 1, tzinfo=UTC)
REQUEST = ResearchRequest(industry=KEY, title="Wood", companies=(Company(name="Alder", ticker="ald"),))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def staged(lake: Lake, folder: Path, now: datetime = NOW, max_bytes: int = 2**20) -> dict[str, StagedDocument]:
    collect(lake, folder, KEY, max_bytes=max_bytes, now=now)
    return {result.path: result for result in stage_industry(lake, KEY)}


def made(lake: Lake, *names: str) -> pl.DataFrame:
    documents = lake.read("staged", DOCUMENTS, KEY)
    for name, frame in reference_tables(REQUEST, documents, []).items():
        lake.write("reference", name, KEY, frame)
    tables = read_all(SQL_FOLDER)
    return [run_sql_table(lake, KEY, tables[name], tables) for name in names][-1]


def test_rows_in_are_rows_staged_and_rows_set_aside(lake: Lake, folder: Path) -> None:
    (folder / "quotes.csv").write_text(
        "Date,Ticker,Close\n2024-01-02,ALD,1\nsoon,ALD,2\n2024-01-03,ALD,3\n2024-01-02,ALD,4\n"
    )
    result = staged(lake, folder)["quotes.csv"]
    assert (result.rows, result.set_aside.height) == (2, 2)
    rows = lake.read("staged", PRICES, KEY, part=result.document_id)
    assert rows.select("row_number", "close").rows() == [(2, 1.0), (4, 3.0)]
    aside = lake.read("staged", QUARANTINE, KEY, part=result.document_id).sort("locator")
    assert aside["locator"].to_list() == ["row 3", "row 5"]
    assert aside["reason"][1] == "symbol and date are those of row 2."
    assert staged(lake, folder) == {}, "what is staged is not staged again"
    assert check_table(lake, "staged", PRICES, KEY).passed


def test_another_encoding_ends_in_the_same_table(lake: Lake, folder: Path) -> None:
    (folder / "latin.csv").write_bytes("Date;Ticker;Close\n2024-01-02;ÖLM;1,5\n2024-01-03;ÖLM;2,25\n".encode("cp1252"))
    (folder / "wide.csv").write_bytes("Date,Ticker,Close\n2024-01-02,ÅSP,1.5\n".encode("utf-16"))
    staged(lake, folder)
    assert sorted(lake.read("staged", PRICES, KEY).select("symbol", "close").rows()) == [
        ("ÅSP", 1.5),
        ("ÖLM", 1.5),
        ("ÖLM", 2.25),
    ]


def test_a_line_that_is_no_utf8_far_below_the_top_is_set_aside_as_such(lake: Lake, folder: Path) -> None:
    day = date(2000, 1, 1)
    lines = "".join(f"{day + timedelta(number)},ALD,{number}\n" for number in range(5_000)).encode()
    (folder / "quotes.csv").write_bytes(b"Date,Ticker,Close\n" + lines + b"2024-01-02,\xff\xfeB,1\n2024-01-02,OAK,4\n")
    result = staged(lake, folder)["quotes.csv"]
    assert result.rows == 5_001
    assert result.set_aside.select("locator", "reason").rows() == [
        ("row 5002", "The line holds bytes that are no UTF-8 text.")
    ]


def test_a_changed_file_replaces_its_rows_and_a_removed_document_leaves_none(lake: Lake, folder: Path) -> None:
    (folder / "quotes.csv").write_text("Date,Ticker,Close\n2024-01-02,ALD,1\n")
    staged(lake, folder)
    (folder / "quotes.csv").write_text("Date,Ticker,Close\n2024-01-02,ALD,9\n")
    staged(lake, folder)
    assert lake.read("staged", PRICES, KEY)["close"].to_list() == [9.0]


def test_the_newest_document_wins_a_day_and_each_row_can_be_found_again(lake: Lake, folder: Path) -> None:
    (folder / "old.csv").write_text("Date,Ticker,Close\n2024-01-02,ALD,1\n\n2024-01-03,ALD,2\n")
    staged(lake, folder)
    (folder / "new.csv").write_text("Date,Ticker,Close\n2024-01-03,ALD,3\n2024-01-04,ELM,4\n")
    staged(lake, folder, NOW + timedelta(days=1))
    history = made(lake, "price_history")
    assert history.select("symbol", "company", "close", "locator").rows() == [
        ("ALD", "Alder", 1.0, "row 2"),
        ("ALD", "Alder", 3.0, "row 2"),
        ("ELM", None, 4.0, "row 3"),
    ]
    content = (folder / "old.csv").read_bytes()
    assert excerpt(content, "old.csv", "row 3") == "2024-01-03 | ALD | 2"


def test_rows_without_numbers_are_counted_from_their_place(
    lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.datasets.PACKED_BYTES", 0)  # as if the part were large
    (folder / "quotes.csv").write_text("Date,Ticker,Close\n2024-01-02,ALD,1\n2024-01-03,ALD,2\n")
    staged(lake, folder)
    assert lake.read("staged", PRICES, KEY)["row_number"].to_list() == [None, None]
    assert made(lake, "price_history")["locator"].to_list() == ["row 2", "row 3"]


def test_performance_by_hand(lake: Lake, folder: Path) -> None:
    start, closes = date(2023, 1, 1), [100.0 + 20 * math.sin(number / 9) for number in range(500)]
    lines = [f"{start + timedelta(number)},ALD,{close!r},USD\n" for number, close in enumerate(closes)]
    (folder / "quotes.csv").write_text("Date,Ticker,Close,Currency\n" + "".join(lines))
    (folder / "few.csv").write_text("Date,Ticker,Close\n2024-01-02,ELM,4\n2024-03-02,ELM,5\n")
    staged(lake, folder)
    alder, elm = made(lake, "price_history", "price_performance").to_dicts()
    last = closes[-1]
    assert (alder["company"], alder["currency"], alder["days"], alder["last_close"]) == ("Alder", "USD", 500, last)
    for days in (30, 90, 365):
        assert alder[f"change_{days}d_pct"] == pytest.approx(100 * (last / closes[-1 - days] - 1))
    year = closes[-366:]
    moves = [math.log(after / before) for before, after in itertools.pairwise(year)]
    mean = sum(moves) / len(moves)
    deviation = math.sqrt(sum((move - mean) ** 2 for move in moves) / (len(moves) - 1))
    assert alder["volatility_pct"] == pytest.approx(100 * deviation * math.sqrt(252))
    peaks = [max(year[: number + 1]) for number in range(len(year))]
    assert alder["max_drawdown_pct"] == pytest.approx(
        100 * min(close / peak - 1 for close, peak in zip(year, peaks, strict=True))
    )
    assert elm["change_30d_pct"] is None, "the price before is older than ten days"
    assert elm["change_90d_pct"] is None


def test_a_price_table_may_be_larger_than_other_files(
    lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "STREAMED_BYTES", 10)  # small files take the way of large ones
    (folder / "quotes.csv").write_text("Date,Ticker,Close\n" + "2024-01-02,ALD,1\n" * 10)
    (folder / "other.csv").write_text("company,fiscal_year,revenue\n" + "Alder,2020,1\n" * 10)
    collected = collect(lake, folder, KEY, max_bytes=100)
    assert [refusal.uri for refusal in collected.refusals] == ["other.csv"]
    (result,) = stage_industry(lake, KEY)
    assert (result.rows, result.set_aside.height) == (1, 9)


def test_a_place_of_a_price_table_can_be_traced(tmp_path: Path) -> None:
    from resources.trace import trace

    workspace = Workspace(Settings(home=tmp_path / "home"))
    path = tmp_path / "quotes.csv"
    path.write_text("Date,Ticker,Close\n2024-01-02,ALD,1.25\n")
    done = ingest_files(workspace, [path], KEY)
    assert done.documents.select("kind", "rows", "set_aside").rows() == [("table", 1, 0)]
    workspace.warehouse.publish(workspace.lake, KEY, workspace.registry.industries(), {}, marts=())
    node = trace(workspace, f"{done.documents['document_id'][0]}:row 2")
    assert "2024-01-02 | ALD | 1.25" in node.children[0].children[0].text


optional = st.one_of(st.none(), st.floats(-2, 5, allow_nan=False))
price_rows = st.fixed_dictionaries(
    {
        "industry": st.just(KEY),
        "document_id": st.just(f"doc_{'0' * 16}"),
        "row_number": st.one_of(st.none(), st.integers(2, 9)),
        "symbol": st.one_of(st.none(), st.sampled_from(["ALD", "ELM"])),
        "date": st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2024, 1, 9))),
        "close": optional,
        "volume": optional,
        "currency": st.sampled_from([None, "USD", "usd", "DOLLAR"]),
    }
)
good = st.fixed_dictionaries(
    {
        "industry": st.just(KEY),
        "document_id": st.just(f"doc_{'0' * 16}"),
        "symbol": st.sampled_from(["ALD", "ELM"]),
        "date": st.dates(date(2024, 1, 1), date(2024, 12, 9)),
        "close": st.floats(0, 5),
    }
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.one_of(st.lists(good, min_size=1, max_size=4), st.lists(price_rows, min_size=1, max_size=4)))
def test_property_7_rules_in_sql_and_in_great_expectations_give_the_same_verdict(
    rows: list[dict[str, object]], lake: Lake
) -> None:
    frame = PRICES.frame(rows)
    lake.write("staged", PRICES.name, KEY, frame)
    in_sql = check_table(lake, "staged", PRICES, KEY, large=0)
    assert in_sql.passed == check(PRICES, frame).passed, in_sql.failures


def chart(symbol: str, closes: list[float | None]) -> bytes:
    """An answer of Yahoo's: one day after the other from 2 January 2024."""
    stamps = [int(datetime(2024, 1, 2 + number, 15, tzinfo=UTC).timestamp()) for number in range(len(closes))]
    meta = {"symbol": symbol, "currency": "USD", "exchangeTimezoneName": "America/New_York"}
    result = {"meta": meta, "timestamp": stamps, "indicators": {"quote": [{"close": closes}]}}
    return json.dumps({"chart": {"result": [result], "error": None}}).encode()


def fetched(lake: Lake, source: str, name: str, content: bytes) -> None:
    """A document as a source gave it."""
    sha256 = lake.put_raw(content)
    row = {
        "document_id": f"doc_{sha256[:16]}", "industry": KEY, "source": source, "kind": "", "uri": "https://x.example",
        "path": f"fetched/{source}/{name}", "media_type": "", "title": name, "publisher": "", "published_at": None,
        "retrieved_at": NOW, "size_bytes": len(content), "sha256": sha256, "licence": None,
    }  # fmt: skip
    lake.write("fetched", DOCUMENTS.name, KEY, DOCUMENTS.frame([row]), part=source)


def test_prices_of_every_format_end_in_one_table_at_their_places(lake: Lake, folder: Path) -> None:
    (folder / "lines.csv").write_text("Date,Ticker,Close\n2024-01-02,ALD,1.5\n")
    sheet = [["Quotes of the mill", ""], ["Date", "Ticker", "Close"], [date(2024, 1, 3), "ALD", 2.5]]
    (folder / "book.xlsx").write_bytes(workbook(sheet))
    day = datetime(2024, 1, 4, tzinfo=ZoneInfo("Asia/Tokyo"))
    pl.DataFrame({"Date": [day], "Close": [3.5], "Symbol": ["ALD"]}).write_parquet(folder / "table.parquet")
    (folder / "records.json").write_text('[{"date": "2024-01-05", "symbol": "ALD", "close": 4.5}]')
    fetched(lake, "yahoo", "ALD.json", chart("ELM", [5.5, None, 6.5]))
    results = staged(lake, folder)
    assert {path: result.facts for path, result in results.items()} == dict.fromkeys(results, 0)
    assert not [result.set_aside for result in results.values() if result.set_aside.height]
    assert check_table(lake, "staged", PRICES, KEY).passed
    history = made(lake, "price_history")
    assert history.select("symbol", "company", "date", "close", "locator").rows() == [
        ("ALD", "Alder", date(2024, 1, 2), 1.5, "row 2"),
        ("ALD", "Alder", date(2024, 1, 3), 2.5, 'sheet "Data", row 3'),
        ("ALD", "Alder", date(2024, 1, 4), 3.5, "row 1"),
        ("ALD", "Alder", date(2024, 1, 5), 4.5, "$[0]"),
        ("ELM", "ELM", date(2024, 1, 2), 5.5, "$.chart.result[0].timestamp[0]"),
        ("ELM", "ELM", date(2024, 1, 4), 6.5, "$.chart.result[0].timestamp[2]"),
    ]
    documents = {row["document_id"]: row for row in lake.read("staged", DOCUMENTS, KEY).iter_rows(named=True)}
    for row in history.iter_rows(named=True):
        document = documents[row["document_id"]]
        found = excerpt(lake.get_raw(document["sha256"]), document["path"], row["locator"], source=document["source"])
        assert found is not None
        assert str(row["close"]) in found, row["locator"]


def test_rows_of_any_format_that_do_not_fit_are_set_aside_by_the_same_rules(lake: Lake, folder: Path) -> None:
    rows = [["2024-01-02", "ALD", 1], ["soon", "ALD", 2], ["2024-01-03", "ALD", -3], ["2024-01-02", "ALD", 4]]
    (folder / "book.xlsx").write_bytes(workbook([["Date", "Ticker", "Close"], *rows]))
    texts = {"Date": [row[0] for row in rows], "Ticker": ["OAK"] * 4, "Close": [str(row[2]) for row in rows]}
    pl.DataFrame(texts).write_parquet(folder / "table.parquet")
    fetched(lake, "yahoo", "ELM.json", chart("ELM", [1, -1]))
    results = staged(lake, folder)
    assert {path: (result.rows, result.set_aside.height) for path, result in results.items()} == {
        "book.xlsx": (1, 3), "table.parquet": (1, 3), "fetched/yahoo/ELM.json": (3, 1),  # two days are rows, too
    }  # fmt: skip
    reasons = results["book.xlsx"].set_aside.sort("locator").select("locator", "reason").rows()
    assert [locator for locator, _ in reasons] == [f'sheet "Data", row {number}' for number in (3, 4, 5)]
    assert 'could not convert string "soon"' in reasons[0][1]
    assert reasons[1][1] == "close is below 0."
    assert reasons[2][1] == 'symbol and date are those of sheet "Data", row 2.'
    assert results["fetched/yahoo/ELM.json"].set_aside["locator"].to_list() == ["$.chart.result[0].timestamp[1]"]


def test_prices_of_a_replaced_document_can_still_be_asked_for(
    lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.datasets.PACKED_BYTES", 0)  # as if the parts were large
    (folder / "quotes.csv").write_text("Date,Ticker,Close\n2024-01-02,ALD,1\n2024-01-03,ALD,2\n")
    old = staged(lake, folder)["quotes.csv"].document_id
    (folder / "quotes.csv").write_text("Date,Ticker,Close\n2024-01-02,ALD,1\n2024-01-03,ALD,3\n")
    new = staged(lake, folder, NOW + timedelta(days=1))["quotes.csv"].document_id
    assert check_table(lake, "staged", PRICES, KEY).passed
    history, superseded = made(lake, "price_history"), made(lake, "superseded_prices")
    assert history.select("date", "close", "document_id").rows() == [
        (date(2024, 1, 2), 1.0, new), (date(2024, 1, 3), 3.0, new),
    ]  # fmt: skip
    columns = ["date", "close", "document_id", "locator", "valid_from", "valid_to", "ended_by"]
    until = NOW + timedelta(days=1)
    assert superseded.select(columns).rows() == [
        (date(2024, 1, 2), 1.0, old, "row 2", NOW, until, "replaced"),
        (date(2024, 1, 3), 2.0, old, "row 3", NOW, until, "replaced"),
    ]
    view = read_views(SQL_FOLDER)["price_versions"].statement
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = {
            "price_history": history,
            "superseded_prices": superseded,
            "document_versions": lake.read("staged", DOCUMENT_VERSIONS, KEY),
        }
        for name, frame in tables.items():
            connection.register(name, frame)
        stood = (
            f"SELECT close FROM ({view}) WHERE date = '2024-01-03' AND valid_from <= $day "
            "AND (valid_to IS NULL OR valid_to > $day)"
        )
        closes = [connection.execute(stood, {"day": NOW + timedelta(hours=h)}).fetchall() for h in (1, 25)]
    assert closes == [[(2.0,)], [(3.0,)]]


def test_a_sheet_without_a_symbol_is_about_what_its_file_is_named_after(lake: Lake, folder: Path) -> None:
    (folder / "ALD.xlsx").write_bytes(workbook([["Date", "Close", "Volume"], ["2024-01-02", 1.5, 7]]))
    staged(lake, folder)
    assert lake.read("staged", PRICES, KEY).select("symbol", "close", "volume").rows() == [("ALD", 1.5, 7.0)]


def test_a_workbook_may_hold_prices_of_many_sheets_beside_other_tables(lake: Lake, folder: Path) -> None:
    alder = [["Date", "Close"], [date(2024, 1, 2), 1.5]]
    elm = [["Date", "Close"], [date(2024, 1, 2), 2.5]]
    sales = [["company", "fiscal_year", "revenue"], ["Alder", 2020, 5]]
    (folder / "book.xlsx").write_bytes(workbook(alder, "ALD", {"ELM": elm, "Sales": sales}))
    result = staged(lake, folder)["book.xlsx"]
    assert (result.facts, result.rows, result.set_aside.height) == (1, 3, 0)
    assert lake.read("staged", PRICES, KEY).select("symbol", "close").rows() == [("ALD", 1.5), ("ELM", 2.5)]


def test_other_tables_of_these_formats_still_become_rows_and_facts(lake: Lake, folder: Path) -> None:
    (folder / "sales.xlsx").write_bytes(workbook([["company", "fiscal_year", "revenue"], ["Alder", 2020, 5]]))
    result = staged(lake, folder)["sales.xlsx"]
    assert (result.facts, result.rows) == (1, 1)
    assert lake.read("staged", PRICES, KEY).is_empty()
