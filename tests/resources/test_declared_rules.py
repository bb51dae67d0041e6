"""Declared rules in the lake: where their output goes, what they set aside, which documents a change stages again."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning.schema import (
    DOCUMENTS,
    FACTS,
    PRICES,
    QUALITY_FLAGS,
    QUARANTINE,
    REPLACED_ROWS,
    TABLE_ROWS,
    Table,
)
from market_research.industries import parse_request
from market_research.sources.locate import excerpt
from resources import audit
from resources.checks import check_table
from resources.dead_letters import quarantined, retry
from resources.inbox import collect
from resources.lake import Lake
from resources.received import FETCHED
from resources.registry import Registry
from resources.staging import stage_industry

KEY = "chips"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
DEALS = (
    "deal,company,closed,bookings (EUR thousands),contact\n"
    "1,Intel Corp,31.03.2024,\"1,200\",anna@example.com\n"
    "2,Intel,30.06.2024,850,\n2,Intel,15.07.2024,900,\n3,AMD,30.09.2024,n.m.,eve@example.com\n"
    "4,AMD,30.09.2024,-5,\n5,AMD,31.12.2024,,\n6,AMD,31.12.2024,400,\n"
)  # fmt: skip
RULES = """
      - {rule: normalise, columns: {company: company}, scale: {bookings (EUR thousands): header}}
      - {rule: cast, columns: {closed: {type: date, format: "%d.%m.%Y"}}}
      - {rule: deduplicate, key: deal, newest: closed}
      - {rule: validate, conditions: {not negative: bookings >= 0 OR bookings IS NULL}}
      - {rule: fill, column: bookings, strategy: mean, by: company}
      - rule: enrich
        columns: {region: "(SELECT r.region FROM regions AS r WHERE r.company = rows.company)", year: year(closed)}
"""
SOURCE = "{kind: rest, name: crm, url: 'https://crm.example.com/deals', records: $.data, rules: [%s]}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox" / KEY
    (folder / "crm").mkdir(parents=True)
    (folder / "crm" / "deals.csv").write_text(DEALS)
    (folder / "other.csv").write_text("company,year,revenue\nAMD,2024,25785\n")
    (folder / "regions.csv").write_text("company,region,year,stores\nIntel,Americas,2024,5\nAMD,EMEA,2024,6\n")
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def define(lake: Lake, rules: str = RULES, more: str = "") -> None:
    text = f"""
industry: {KEY}
companies: [{{name: Intel, ticker: INTC}}, AMD]
lookups: {{regions: regions.csv}}
transformations:
  - match: crm/*.csv
    rules:{rules}
{more}
"""
    Registry(lake).add(parse_request(text))


def staged(lake: Lake, folder: Path) -> list[str]:
    collect(lake, folder, KEY, max_bytes=2**20, now=NOW)
    return [result.path for result in stage_industry(lake, KEY)]


def of_deals(lake: Lake, table: Table) -> pl.DataFrame:
    listed = lake.read("staged", DOCUMENTS, KEY).filter(pl.col("path") == "crm/deals.csv")
    return lake.read("staged", table, KEY).join(listed.select("document_id"), on="document_id")


def test_rows_in_are_rows_staged_set_aside_and_superseded(lake: Lake, folder: Path) -> None:
    define(lake)
    staged(lake, folder)
    ends = [of_deals(lake, table)["locator"].to_list() for table in (TABLE_ROWS, QUARANTINE, REPLACED_ROWS)]
    assert ends == [["row 2", "row 4", "row 7", "row 8"], ["row 5", "row 6"], ["row 3"]]
    assert sum(map(len, ends)) == len(DEALS.splitlines()) - 1
    for table in (DOCUMENTS, FACTS, TABLE_ROWS, QUARANTINE, REPLACED_ROWS, QUALITY_FLAGS):
        outcome = check_table(lake, "staged", table, KEY)
        assert outcome.passed, outcome.failures


def test_output_goes_the_way_of_every_table_and_leads_back_into_the_file(lake: Lake, folder: Path) -> None:
    define(lake)
    staged(lake, folder)
    facts = of_deals(lake, FACTS).filter(pl.col("metric") == "bookings").sort("value", "locator")
    assert facts["value"].to_list() == [400e3, 400e3, 900e3, 1.2e6]
    assert set(facts["unit"]) == {"EUR"}
    assert facts["method"].to_list() == ["filled: mean by company", "reported", "reported", "reported"]
    content = (folder / "crm" / "deals.csv").read_bytes()
    places = facts.select("locator", "raw").rows()
    assert [excerpt(content, "crm/deals.csv", locator) for locator, _ in places] == [raw for _, raw in places]
    record = json.loads(of_deals(lake, TABLE_ROWS)["record"][0])
    assert record == {
        "deal": "1", "company": "Intel", "closed": "2024-03-31", "bookings": "1200000", "contact": "[e-mail]",
        "region": "Americas", "year": "2024",
    }  # fmt: skip


def test_dead_letters_have_place_rule_and_reason_and_their_row_redacted(lake: Lake, folder: Path) -> None:
    define(lake)
    staged(lake, folder)
    first, second = of_deals(lake, QUARANTINE).sort("locator").to_dicts()
    assert first["reason"].startswith("Transformation 1, rule 1 (normalise): ")
    assert second["reason"] == (
        "Transformation 1, rule 4 (validate): breaks not negative: bookings >= 0 OR bookings IS NULL."
    )
    assert json.loads(first["raw"])["contact"] == "[e-mail]"
    assert "eve@" not in str(of_deals(lake, QUARANTINE).rows())


def test_each_filled_cell_has_a_flag_in_the_lake(lake: Lake, folder: Path) -> None:
    define(lake)
    staged(lake, folder)
    flags = of_deals(lake, QUALITY_FLAGS).filter(pl.col("flag") == "filled")
    assert flags.select("what", "strategy", "locator").rows() == [
        ("bookings (EUR thousands)", "mean by company", 'row 7, column "bookings (EUR thousands)"')
    ]


def test_the_figures_of_a_lookup_are_no_facts(lake: Lake, folder: Path) -> None:
    define(lake)
    staged(lake, folder)
    facts = lake.read("staged", FACTS, KEY)
    assert set(facts["metric"]) == {"bookings", "deal", "revenue"}
    assert lake.read("staged", TABLE_ROWS, KEY).filter(pl.col("record").str.contains("stores")).height == 2


def test_changed_rules_stage_exactly_the_documents_that_they_match(lake: Lake, folder: Path) -> None:
    define(lake)
    assert staged(lake, folder) == ["crm/deals.csv", "other.csv", "regions.csv"]
    assert staged(lake, folder) == []
    define(lake, RULES.replace(">= 0", ">= -10000"))
    assert staged(lake, folder) == ["crm/deals.csv"]
    assert of_deals(lake, QUARANTINE)["locator"].to_list() == ["row 5"]
    define(lake, RULES.replace(">= 0", ">= -10000"), "keywords: [accelerators]")
    assert staged(lake, folder) == []


def test_a_changed_lookup_stages_the_documents_that_look_something_up_in_it(lake: Lake, folder: Path) -> None:
    define(lake)
    staged(lake, folder)
    (folder / "regions.csv").write_text("company,region\nIntel,North America\n")
    assert staged(lake, folder) == ["crm/deals.csv", "regions.csv"]
    assert "North America" in of_deals(lake, TABLE_ROWS)["record"][0]


def test_a_lookup_that_is_not_there_sets_the_document_aside_until_it_comes(lake: Lake, folder: Path) -> None:
    text = (folder / "regions.csv").read_text()
    (folder / "regions.csv").unlink()
    define(lake)
    staged(lake, folder)
    (row,) = lake.read("staged", QUARANTINE, KEY).to_dicts()
    assert (row["uri"], row["locator"]) == ("crm/deals.csv", "document")
    assert "the lookup regions names regions.csv" in row["reason"]
    (folder / "regions.csv").write_text(text)
    assert "crm/deals.csv" in staged(lake, folder)
    assert of_deals(lake, TABLE_ROWS).height == 4


def test_a_rule_that_cannot_be_applied_sets_one_document_aside_and_the_rest_goes_on(lake: Lake, folder: Path) -> None:
    (folder / "crm" / "notes.csv").write_text("company,note\nAMD,call again\n")
    define(lake)
    staged(lake, folder)
    (row,) = lake.read("staged", QUARANTINE, KEY).filter(pl.col("uri") == "crm/notes.csv").to_dicts()
    assert "transformation 1, rule 1 (normalise): there is no column 'bookings (EUR thousands)'" in row["reason"]
    assert of_deals(lake, TABLE_ROWS).height == 4


def test_the_rules_of_a_source_are_for_its_answers(lake: Lake, folder: Path) -> None:
    answer = json.dumps({"data": [{"who": "AMD", "year": 2024, "won": "12"}, {"who": "AMD", "year": 2023, "won": "x"}]})
    sha256 = lake.put_raw(answer.encode())
    row = {
        "document_id": f"doc_{sha256[:16]}", "industry": KEY, "source": "rest", "kind": "", "uri": "https://crm",
        "path": "fetched/rest/crm/page-1.json", "media_type": "", "title": "CRM", "retrieved_at": NOW,
        "size_bytes": len(answer), "sha256": sha256,
    }  # fmt: skip
    lake.write(FETCHED, DOCUMENTS.name, KEY, DOCUMENTS.frame([row]))
    rules = "{rule: rename, columns: {who: company}}, {rule: cast, columns: {won: number}}"
    define(lake, more=f"sources: [{SOURCE % rules}]")
    staged(lake, folder)
    (fact,) = lake.read("staged", FACTS, KEY).filter(pl.col("metric") == "won").to_dicts()
    assert (fact["entity"], fact["value"], fact["locator"]) == ("AMD", 12.0, "$.data[0].won")
    (letter,) = lake.read("staged", QUARANTINE, KEY).filter(pl.col("uri").str.starts_with("fetched")).to_dicts()
    assert letter["reason"] == 'Source crm, rule 2 (cast): the cell in "won" is no number of the column\'s unit.'
    assert letter["locator"] == "$.data[1]"
    define(lake, more=f"sources: [{SOURCE % rules.replace('number', 'text')}]")
    assert staged(lake, folder) == ["fetched/rest/crm/page-1.json"]


def test_trying_again_says_what_came_free_what_stayed_and_what_is_new(lake: Lake, folder: Path) -> None:
    define(lake)
    staged(lake, folder)
    (document,) = set(of_deals(lake, QUARANTINE)["document_id"])
    same = retry(lake, KEY, inbox=folder, max_bytes=2**20)
    assert (same.documents, same.count("free"), same.count("stayed"), same.count("new")) == ((document,), 0, 2, 0)
    define(lake, RULES.replace(">= 0 OR bookings IS NULL", ">= -10000"))
    done = retry(lake, KEY, inbox=folder, max_bytes=2**20, document_id=document)
    assert dict(done.places.select("locator", "outcome").rows()) == {"row 6": "free", "row 5": "stayed", "row 7": "new"}
    rows = audit.log(lake, KEY).filter(pl.col("operation") == "retry")
    assert rows["record_id"].to_list() == [document, document]
    assert rows["changed"].to_list() == ["0 free, 2 stayed, 0 new", "1 free, 1 stayed, 1 new"]
    assert quarantined(lake, [KEY])["locator"].to_list() == ["row 5", "row 7"]


def test_a_refused_file_comes_free_once_it_was_corrected(lake: Lake, folder: Path) -> None:
    (folder / "empty.csv").write_text("")
    define(lake)
    staged(lake, folder)
    (folder / "empty.csv").write_text("company,year,revenue\nAMD,2023,22680\n")
    done = retry(lake, KEY, inbox=folder, max_bytes=2**20)
    assert done.places.filter(pl.col("uri") == "empty.csv").select("locator", "outcome").rows() == [
        ("whole file", "free")
    ]


def test_what_was_killed_between_two_versions_of_the_program_is_staged_again(
    lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    define(lake)
    staged(lake, folder)
    monkeypatch.setattr("market_research.sources.parse.parser_version", lambda: "next")
    original = Lake.write_stamp

    def dying(self: Lake, *args: object) -> None:
        original(self, *args)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "write_stamp", dying)
        with pytest.raises(KeyboardInterrupt):
            stage_industry(lake, KEY)
    assert len(stage_industry(lake, KEY)) == 3


QUOTES = (
    "Datum;Kurs;Kuerzel\n02.01.2024;10,5;AAA\n03.01.2024;;AAA\n04.01.2024;x;AAA\n05.01.2024;12,5;AAA\n"
    "05.01.2024;12;AAA\n"
)


def test_rows_that_rules_make_prices_of_are_loaded_as_prices(lake: Lake, folder: Path) -> None:
    (folder / "crm" / "quotes.csv").write_text(QUOTES)
    define(
        lake,
        """
      - {rule: rename, columns: {Datum: date, Kurs: close, Kuerzel: symbol}}
      - {rule: cast, columns: {date: {type: date, format: "%d.%m.%Y"}, close: number}}
      - {rule: fill, column: close, strategy: previous, by: symbol, order: date}
""",
    )
    staged(lake, folder)
    prices = lake.read("staged", PRICES, KEY)
    assert prices.select("locator", "symbol", "close").rows() == [
        ("row 2", "AAA", 10.5),
        ("row 3", "AAA", 10.5),
        ("row 5", "AAA", 12.5),
    ]
    letters = lake.read("staged", QUARANTINE, KEY).filter(pl.col("uri") == "crm/quotes.csv").sort("locator")
    assert letters["locator"].to_list() == ["row 4", "row 6"]
    assert letters["reason"][1] == "symbol and date are those of row 5."
    assert lake.read("staged", QUALITY_FLAGS, KEY).filter(pl.col("flag") == "filled")["locator"].to_list() == [
        'row 3, column "Kurs"'
    ]
    assert check_table(lake, "staged", PRICES, KEY).passed
    assert staged(lake, folder) == []
