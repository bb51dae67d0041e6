"""The marts over a small lake made by hand: every number against the same number computed here in plain Python."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from market_research.cleaning.periods import period_kind
from market_research.cleaning.reference import reference_tables
from market_research.cleaning.schema import DOCUMENTS, FACTS, PASSAGES
from market_research.ids import content_id
from market_research.industries import Company, ResearchRequest
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_all
from resources.lake import Lake
from resources.lake_sql import run_sql_table

KEY = "chips"
NAMES = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta")
YEARS = range(2010, 2020)
FIRST_YEAR = 2011
LIST, EARLY, LATE, NEWS = (f"doc_{n:016x}" for n in range(1, 5))
REQUEST = ResearchRequest(
    industry=KEY,
    title="Chips",
    companies=tuple(Company(name=name, aliases=(f"{name.upper()} INC",)) for name in NAMES),
    technologies=("Internet",),
    countries=("United States",),
    start_year=FIRST_YEAR,
)
approx = partial(pytest.approx, rel=1e-12)


def document(document_id: str, kind: str, published: date) -> dict[str, Any]:
    moment = datetime.combine(published, datetime.min.time(), UTC)
    return {
        "document_id": document_id, "industry": KEY, "source": "inbox", "kind": kind, "uri": document_id,
        "path": document_id, "media_type": "text/csv", "title": document_id, "published_at": moment,
        "retrieved_at": moment, "size_bytes": 1, "sha256": document_id.removeprefix("doc_") * 4,
    }  # fmt: skip


DOCUMENT_ROWS = [
    document(LIST, "table", date(2020, 1, 1)),
    document(EARLY, "filing", date(2019, 2, 1)),
    document(LATE, "filing", date(2020, 2, 1)),
    document(NEWS, "news", date(2020, 3, 1)),
]
FILED = {row["document_id"]: row["published_at"].date() for row in DOCUMENT_ROWS}


class Facts:
    """Collects rows of ``FACTS``; ``add`` returns the new fact's id."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(
        self,
        entity: str,
        metric: str,
        year: int,
        value: float,
        document_id: str = LIST,
        *,
        unit: str = "USD",
        dimensions: str = "",
        concept: str | None = None,
        period: tuple[date | None, date] | None = None,
    ) -> str:
        start, end = period or (date(year, 1, 1), date(year, 12, 31))
        fact_id = content_id("fact", len(self.rows))
        self.rows.append(
            {
                "fact_id": fact_id, "industry": KEY, "entity": entity, "metric": metric, "concept": concept,
                "period_start": start, "period_end": end, "fiscal_year": year, "period_kind": period_kind(start, end),
                "value": float(value), "unit": unit, "dimensions": dimensions, "raw": str(value),
                "filed_on": FILED[document_id], "document_id": document_id, "locator": f"row {len(self.rows)}",
                "method": "reported",
            }
        )  # fmt: skip
        return fact_id


class Made:
    """The lake's marts, and what they should say: revenue and profit by company and year."""

    def __init__(self, tables: dict[str, pl.DataFrame], revenue: dict[tuple[str, int], float]) -> None:
        self.tables = tables
        self.revenue = revenue

    def __getitem__(self, name: str) -> list[dict[str, Any]]:
        return self.tables[name].to_dicts()

    def year(self, year: int) -> dict[str, float]:
        return {name: value for (name, y), value in self.revenue.items() if y == year}


def build(root: Path, facts: Facts, passages: pl.DataFrame | None = None) -> dict[str, pl.DataFrame]:
    lake = Lake(root)
    documents = DOCUMENTS.frame(DOCUMENT_ROWS)
    lake.write("staged", "documents", KEY, documents)
    lake.write("staged", "facts", KEY, FACTS.frame(facts.rows))
    lake.write("staged", "passages", KEY, PASSAGES.frame() if passages is None else passages)
    stated = sorted({row["entity"] for row in facts.rows})
    for name, frame in reference_tables(REQUEST, documents, stated).items():
        lake.write("reference", name, KEY, frame)
    tables = read_all(SQL_FOLDER)
    return {name: run_sql_table(lake, KEY, table, tables) for name, table in tables.items()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    chance = random.Random(7)
    facts = Facts()
    revenue: dict[tuple[str, int], float] = {}
    for place, name in enumerate(NAMES):
        for year in YEARS:
            if (name == "Zeta" and year < 2016) or (name == "Epsilon" and year == 2019):
                continue
            value = round(chance.uniform(0.8, 1.3) * (10 - place) * 1e9 * 1.1 ** (year - 2010))
            facts.add(name, "revenue", year, value)
            facts.add(name, "net_income", year, round(value * chance.uniform(-0.1, 0.3)))
            if year >= FIRST_YEAR:
                revenue[name, year] = value
    # Alpha's filings beat the list, the later of them the earlier; "ALPHA INC" is Alpha.
    for year, document_id, factor in (
        (2017, EARLY, 1.01),
        (2018, EARLY, 1.02),
        (2018, LATE, 1.04),
        (2019, LATE, 0.999),
    ):
        stated = round(revenue["Alpha", year] * factor)
        facts.add("ALPHA INC", "revenue", year, stated, document_id, concept="us-gaap:Revenues")
        facts.add("ALPHA INC", "operating_income", year, stated * 0.25, document_id)
        if document_id == LATE or year == 2017:
            revenue["Alpha", year] = float(stated)
    return Made(build(tmp_path_factory.mktemp("marts"), facts), revenue)


class TestChosenFigure:
    def test_one_value_per_company_metric_and_year_within_the_period(self, made: Made) -> None:
        chosen = {(r["entity"], r["fiscal_year"]): r["value"] for r in made["annual_facts"] if r["metric"] == "revenue"}
        assert chosen == made.revenue

    def test_a_filing_beats_a_list_and_the_later_filing_the_earlier(self, made: Made) -> None:
        source = {
            r["fiscal_year"]: (r["document_id"], r["source_class"])
            for r in made["annual_facts"]
            if r["entity"] == "Alpha" and r["metric"] == "revenue" and r["fiscal_year"] >= 2016
        }
        assert source == {2016: (LIST, 2), 2017: (EARLY, 1), 2018: (LATE, 1), 2019: (LATE, 1)}

    def test_what_was_not_chosen_stays_in_facts(self, made: Made) -> None:
        stated = [
            r for r in made["facts"] if (r["entity"], r["metric"], r["fiscal_year"]) == ("Alpha", "revenue", 2018)
        ]
        assert {r["document_id"] for r in stated} == {LIST, EARLY, LATE}
        (chosen,) = (
            r
            for r in made["annual_facts"]
            if (r["entity"], r["metric"], r["fiscal_year"]) == ("Alpha", "revenue", 2018)
        )
        assert (chosen["statements"], chosen["sources"]) == (3, 3)

    def test_figures_that_differ_are_named_once_per_company_and_year(self, made: Made) -> None:
        found = {(r["entity"], r["fiscal_year"]): r for r in made["conflicting_figures"] if r["metric"] == "revenue"}
        # In 2019 list and filing differ by a thousandth, which is no conflict.
        assert set(found) == {("Alpha", 2017), ("Alpha", 2018)}
        row = found["Alpha", 2018]
        assert row["kept_value"] == made.revenue["Alpha", 2018]
        assert row["difference_pct"] == pytest.approx(100 * (1 / 1.04 - 1), abs=1e-6)


class TestMarket:
    def test_size_is_the_sum(self, made: Made) -> None:
        for row in made["market_size"]:
            values = made.year(row["fiscal_year"])
            assert row["revenue_usd"] == approx(sum(values.values()))
            assert row["companies"] == len(values) == len(row["fact_ids"])

    def test_growth_is_measured_on_companies_of_both_years(self, made: Made) -> None:
        for row in made["market_size"]:
            now, before = made.year(row["fiscal_year"]), made.year(row["fiscal_year"] - 1)
            both = now.keys() & before.keys()
            if not both:
                assert row["panel_growth_pct"] is None
                continue
            growth = 100 * (sum(now[n] for n in both) / sum(before[n] for n in both) - 1)
            assert row["panel_growth_pct"] == approx(growth)
            assert row["panel_companies"] == len(both)

    def test_the_reference_year_is_the_latest_that_most_report(self, made: Made) -> None:
        (reference,) = [row["fiscal_year"] for row in made["market_size"] if row["is_reference"]]
        assert reference == 2019

    def test_shares(self, made: Made) -> None:
        rows = made["market_share"]
        for row in rows:
            values = made.year(row["fiscal_year"])
            assert row["share_pct"] == approx(100 * values[row["company"]] / sum(values.values()))
            assert row["position"] == sorted(values, key=lambda n: -values[n]).index(row["company"]) + 1
        assert len(rows) == len(made.revenue)

    def test_concentration(self, made: Made) -> None:
        for row in made["market_concentration"]:
            values = made.year(row["fiscal_year"])
            shares = sorted((100 * value / sum(values.values()) for value in values.values()), reverse=True)
            assert row["hhi"] == approx(sum(share**2 for share in shares))
            assert row["cr4_pct"] == approx(sum(shares[:4]))
            assert row["cr2_pct"] == approx(sum(shares[:2]))
            assert row["leader"] == max(values, key=lambda n: values[n])
            assert row["leader_share_pct"] == approx(shares[0])
            assert row["equal_sized_equivalent"] == approx(10_000 / sum(share**2 for share in shares))


class TestCompanies:
    def test_compound_growth_from_five_years_before_or_the_first_after(self, made: Made) -> None:
        rows = {row["company"]: row for row in made["company_growth"]}
        assert set(rows) == set(NAMES) - {"Epsilon"}
        for name, row in rows.items():
            start = 2016 if name == "Zeta" else 2014
            first, last = made.revenue[name, start], made.revenue[name, 2019]
            assert (row["start_year"], row["end_year"]) == (start, 2019)
            assert row["cagr_pct"] == approx(100 * ((last / first) ** (1 / (2019 - start)) - 1))
            assert row["change_usd"] == last - first
            assert row["in_panel"] == (start == 2014)
        rates = [row["cagr_pct"] for row in made["company_growth"]]
        assert rates == sorted(rates, reverse=True)

    def test_ratios_name_their_inputs(self, made: Made) -> None:
        values = {row["fact_id"]: row["value"] for row in made["facts"]}
        seen = set()
        for row in made["company_ratios"]:
            seen.add(row["measure"])
            top, bottom = (values[fact_id] for fact_id in row["fact_ids"])
            if row["measure"] == "revenue_growth":
                assert row["value_pct"] == approx(100 * (top / bottom - 1))
                assert bottom == made.revenue[row["company"], row["fiscal_year"] - 1]
            else:
                assert row["value_pct"] == approx(100 * top / bottom)
                assert bottom == made.revenue[row["company"], row["fiscal_year"]]
        assert seen == {"revenue_growth", "net_margin", "operating_margin"}

    def test_statements_in_one_row(self, made: Made) -> None:
        rows = {(row["company"], row["fiscal_year"]): row for row in made["company_financials"]}
        assert {key: row["revenue_usd"] for key, row in rows.items()} == made.revenue
        assert rows["Alpha", 2019]["operating_income_usd"] == approx(made.revenue["Alpha", 2019] * 0.25)
        assert rows["Beta", 2019]["operating_income_usd"] is None


def one(frame: pl.DataFrame, **equal: Any) -> dict[str, Any]:
    for column, value in equal.items():
        frame = frame.filter(pl.col(column) == value)
    (row,) = frame.to_dicts()
    return row


@pytest.fixture
def tables(tmp_path: Path) -> Callable[[Facts], dict[str, pl.DataFrame]]:
    return partial(build, tmp_path)


Build = Callable[[Facts], dict[str, pl.DataFrame]]


class TestWhichFactsCount:
    def test_quarters_and_parts_are_no_annual_figures(self, tables: Build) -> None:
        facts = Facts()
        facts.add("Alpha", "revenue", 2018, 100)
        facts.add("Alpha", "revenue", 2018, 30, LATE, period=(date(2018, 10, 1), date(2018, 12, 31)))
        facts.add("Alpha", "revenue", 2018, 60, LATE, dimensions="segment=A")
        facts.add("Nobody", "revenue", 2018, 1000)
        rows = tables(facts)["annual_facts"]
        assert rows["value"].to_list() == [100]

    def test_a_balance_counts_at_the_end_of_a_fiscal_year_only(self, tables: Build) -> None:
        facts = Facts()
        facts.add("Alpha", "revenue", 2018, 100, LATE, period=(date(2018, 1, 29), date(2019, 1, 27)))
        facts.add("Alpha", "equity", 2018, 40, LATE, period=(None, date(2019, 1, 27)))
        facts.add("Alpha", "equity", 2018, 44, LATE, period=(None, date(2018, 10, 28)))
        assert one(tables(facts)["annual_facts"], metric="equity")["value"] == 40

    def test_the_preferred_concept_wins_within_a_filing(self, tables: Build) -> None:
        facts = Facts()
        facts.add("Alpha", "revenue", 2018, 90, LATE, concept="us-gaap:SalesRevenueNet")
        facts.add("Alpha", "revenue", 2018, 100, LATE, concept="us-gaap:Revenues")
        assert one(tables(facts)["annual_facts"], metric="revenue")["value"] == 100

    def test_with_one_company_there_are_no_shares(self, tables: Build) -> None:
        facts = Facts()
        facts.add("Alpha", "revenue", 2018, 100)
        made = tables(facts)
        assert made["market_size"].height == 1
        assert made["market_share"].is_empty()
        assert made["market_concentration"].is_empty()

    def test_no_facts_no_rows_and_no_error(self, tables: Build) -> None:
        made = tables(Facts())
        assert {name for name, frame in made.items() if frame.height} == {"source_freshness"}

    def test_a_latest_year_that_few_report_is_no_reference(self, tables: Build) -> None:
        facts = Facts()
        for name in NAMES[:4]:
            facts.add(name, "revenue", 2017, 100)
        for name in NAMES[:3]:
            facts.add(name, "revenue", 2018, 100)
        for name in NAMES[:2]:
            facts.add(name, "revenue", 2019, 100)
        assert one(tables(facts)["market_size"], is_reference=True)["fiscal_year"] == 2018


class TestSegments:
    def test_axes_and_members_of_filings_are_named_like_those_of_tables(self, tables: Build) -> None:
        facts = Facts()
        facts.add("Alpha", "revenue", 2018, 200, LATE)
        facts.add("Alpha", "revenue", 2018, 150, LATE, dimensions="StatementBusinessSegmentsAxis=DataCenterMember")
        facts.add("Alpha", "revenue", 2018, 50, LATE, dimensions="region=Europe")
        facts.add("Alpha", "revenue", 2018, 20, LATE, dimensions="region=Europe; segment=A")
        rows = tables(facts)["segment_results"]
        assert rows.select("dimension", "segment", "value_usd", "share_pct").rows() == [
            ("region", "Europe", 50.0, 25.0),
            ("segment", "Data Center", 150.0, 75.0),
        ]

    def test_the_later_filing_wins(self, tables: Build) -> None:
        facts = Facts()
        facts.add("Alpha", "revenue", 2018, 200, LATE)
        facts.add("Alpha", "revenue", 2018, 150, EARLY, dimensions="segment=A")
        facts.add("Alpha", "revenue", 2018, 120, LATE, dimensions="segment=A")
        assert one(tables(facts)["segment_results"], segment="A")["value_usd"] == 120


class TestSeries:
    def test_adoption_and_its_change(self, tables: Build) -> None:
        facts = Facts()
        series = {2010: 20.0, 2013: 35.0, 2014: 41.5, 2015: 50.0}
        for year, value in series.items():
            facts.add("Internet", "adoption", year, value, unit="percent", dimensions="region=World")
        rows = {row["year"]: row for row in tables(facts)["technology_adoption"].to_dicts()}
        assert {year: row["adoption_pct"] for year, row in rows.items()} == series
        assert rows[2015]["change_pp"] == 8.5
        assert rows[2015]["change_5y_pp"] == 30.0
        assert rows[2013]["change_pp"] is None
        assert [year for year, row in rows.items() if row["is_latest"]] == [2015]

    def test_the_economy_is_that_of_the_request_s_countries(self, tables: Build) -> None:
        facts = Facts()
        facts.add("United States", "gdp", 2017, 100)
        facts.add("United States", "gdp", 2018, 105)
        facts.add("World", "gdp", 2018, 500)
        rows = tables(facts)["macro_indicators"].to_dicts()
        assert [(row["country"], row["year"], row["change_pct"]) for row in rows] == [
            ("United States", 2017, None),
            ("United States", 2018, pytest.approx(5)),
        ]

    def test_a_series_stated_twice_gives_the_same_change_each_time(self, tables: Build, tmp_path: Path) -> None:
        """Which statement of the year before is used must not be left to chance: reports repeat byte by byte."""
        facts = Facts()
        for document_id, shift in ((LIST, 0.0), (NEWS, 1.0)):
            for year, value in ((2014, 41.0), (2015, 50.0)):
                facts.add("Internet", "adoption", year, value + shift, document_id, unit="percent")
                facts.add("United States", "gdp", year, value + shift, document_id)
        made = tables(facts)
        row = one(made["technology_adoption"], year=2015)
        assert (row["adoption_pct"], row["change_pp"]) == (51.0, 9.0)
        row = one(made["macro_indicators"], year=2015)
        assert row["change_pct"] == pytest.approx(100 * (51 / 42 - 1))


def test_topics_count_what_the_passages_say(tmp_path: Path) -> None:
    texts = ["Supply chain risk and supply chain cost.", "The supply chain again.", "Nothing of the kind here."]
    passages = PASSAGES.frame(
        {
            "passage_id": content_id("pass", text), "industry": KEY, "document_id": NEWS, "ordinal": n, "char_start": 0,
            "char_end": len(text), "locator": f"item {n}", "text": text,
        }
        for n, text in enumerate(texts)
    )  # fmt: skip
    made = build(tmp_path, Facts(), passages)
    mentions = made["mentions"].filter(pl.col("kind") == "topic")
    words = sum(len(text.split()) for text in texts)
    assert made["topics"].height
    for row in made["topics"].to_dicts():
        own = mentions.filter(pl.col("name") == row["topic"])
        assert row["mentions"] == own["mentions"].sum()
        assert row["passages"] == own["passage_id"].n_unique() == len(row["passage_ids"])
        assert row["per_10k_words"] == approx(10_000 * row["mentions"] / words)
        assert row["documents"] == 1
