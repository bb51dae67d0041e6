"""A figure that was stated twice with different values is shown in both versions, and the latest filing's is used."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning.reference import reference_tables
from market_research.cleaning.schema import DOCUMENTS, FACTS
from market_research.industries import Company, ResearchRequest
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_all
from resources.inbox import collect
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from resources.staging import stage_industry
from resources.upkeep import correct

KEY = "chips"
TABLES = ("facts", "superseded_facts", "annual_facts", "restatements")
RESULTS = "company,fiscal_year,revenue ($ millions)\nIntel,2018,{}\n"


class Books:
    """A lake that is looked at once a day."""

    def __init__(self, home: Path, *companies: str) -> None:
        self.lake = Lake(home / "lake")
        self.folder = home / "inbox"
        self.folder.mkdir()
        self.request = ResearchRequest(industry=KEY, companies=tuple(Company(name=name) for name in companies))
        self.days = 0

    def look(self) -> None:
        self.days += 1
        collect(self.lake, self.folder, KEY, max_bytes=2**28, now=datetime(2026, 1, self.days, tzinfo=UTC))
        stage_industry(self.lake, KEY)

    def tables(self) -> dict[str, pl.DataFrame]:
        documents = self.lake.read("staged", DOCUMENTS, KEY)
        stated = self.lake.read("staged", FACTS, KEY)["entity"].unique().sort().to_list()
        for name, frame in reference_tables(self.request, documents, stated).items():
            self.lake.write("reference", name, KEY, frame)
        sql = read_all(SQL_FOLDER)
        return {name: run_sql_table(self.lake, KEY, sql[name], sql) for name in TABLES}

    def versions(self) -> list[tuple[object, ...]]:
        columns = ("version", "value", "is_latest", "is_used", "ended_by")
        return self.tables()["restatements"].select(columns).rows()


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path, "Intel")


def file(books: Books, name: str, value: float, published: str) -> None:
    (books.folder / f"{name}.csv").write_text(RESULTS.format(value))
    with (books.folder / "sources.yaml").open("a") as sidecar:
        sidecar.write(f"{name}.csv: {{kind: filing, published_at: {published}}}\n")


def test_a_later_filing_wins_and_the_earlier_stays_to_be_seen(books: Books) -> None:
    file(books, "later", 90, "2020-02-01")
    file(books, "first", 100, "2019-02-01")
    books.look()
    assert books.versions() == [(1, 100e6, False, False, None), (2, 90e6, True, True, None)]
    (change,) = books.tables()["restatements"]["change_pct"].drop_nulls()
    assert change == pytest.approx(-10)
    assert books.tables()["annual_facts"]["value"].to_list() == [90e6]


def test_a_value_that_the_latest_filing_repeats_is_the_latest(books: Books) -> None:
    for name, value, published in (("a", 100, "2019-02-01"), ("b", 90, "2020-02-01"), ("c", 100, "2021-02-01")):
        file(books, name, value, published)
    (books.folder / "c.csv").write_text(RESULTS.format(100) + "AMD,2018,1\n")  # another document
    books.look()
    rows = books.tables()["restatements"].to_dicts()
    assert [(row["value"], row["is_latest"], row["documents"]) for row in rows] == [(90e6, False, 1), (100e6, True, 2)]
    assert rows[1]["is_used"]


def test_a_figure_stated_alike_everywhere_is_no_restatement(books: Books) -> None:
    file(books, "a", 100, "2019-02-01")
    (books.folder / "b.csv").write_text(RESULTS.format(100) + "AMD,2018,1\n")
    books.look()
    assert books.versions() == []


def test_values_of_a_replaced_document_and_corrected_ones_are_among_them(books: Books) -> None:
    file(books, "a", 100, "2019-02-01")
    books.look()
    (books.folder / "a.csv").write_text(RESULTS.format(110))
    books.look()
    assert books.versions() == [(1, 100e6, False, False, "replaced"), (2, 110e6, True, True, None)]
    (fact,) = books.lake.read("staged", FACTS, KEY)["fact_id"]
    correct(books.lake, KEY, fact, 111e6, reason="misprint", now=datetime(2026, 1, 20, tzinfo=UTC))
    assert books.versions() == [
        (1, 100e6, False, False, "replaced"), (2, 110e6, False, False, "corrected"), (3, 111e6, True, True, None)
    ]  # fmt: skip


def test_a_real_company_restated_its_earnings_per_share(real_data: Path, tmp_path: Path) -> None:
    """Logistic Properties of the Americas stated 2022 and 2023 anew in 2025, after its shares had been exchanged."""
    books = Books(tmp_path)
    shutil.copyfile(real_data / "sec_xbrl_facts" / "lpa_facts.json", books.folder / "lpa.json")
    books.look()
    tables = books.tables()
    rows = tables["restatements"].filter(pl.col("metric") == "eps_basic")
    assert rows.select("fiscal_year", "value", "filed_on", "is_latest").rows() == [
        (2022, 0.048, date(2024, 4, 26), False), (2022, 0.28, date(2025, 4, 2), True),
        (2023, 0.019, date(2024, 4, 26), False), (2023, 0.11, date(2025, 4, 2), True),
    ]  # fmt: skip
    used = tables["annual_facts"].filter(pl.col("metric") == "eps_basic").select("fiscal_year", "value").rows()
    assert dict(used)[2022] == 0.28
    assert dict(used)[2023] == 0.11
