"""An industry with companies and with offers of one's own: neither side of the report hides the other."""

import json
import math
from typing import Any

import polars as pl
import pytest

from e2e.house import FILES, House
from market_research.commerce.simulation import simulate
from market_research.writing.evidence import CONVERTED
from market_research.writing.offline.summary import KEY_FINDINGS, OF_OFFERS, OFFER_THEMES
from resources.trace import trace

KEY = "mixed"
RATE = 1.1
RECORDS = ("catalogue", "prices", "sales", "stock", "reviews")


def in_euros(records: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The records with a rival whose price history is in euros, though its catalogue names dollars and no price."""
    rival = pl.col("marketplace") == "northmart"
    prices = records["prices.csv"].with_columns(
        price=pl.when(rival).then((pl.col("price") / RATE).round(2)).otherwise("price"),
        currency=pl.when(rival).then(pl.lit("EUR")).otherwise("currency"),
    )
    catalogue = records["catalogue.csv"].with_columns(price=pl.when(~rival).then("price"))
    rates = pl.DataFrame({"date": ["2025-01-01"], "currency": ["EUR"], "base": ["USD"], "rate": [RATE]})
    kept = {name: records[f"{name}.csv"] for name in RECORDS}
    return kept | {"prices": prices, "catalogue": catalogue, "rates": rates}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory, models_folder: Any, light_reports: None) -> House:
    """A home with a market, of which there is a filing, and with a shop of six products, run once."""
    root = tmp_path_factory.mktemp("mixed") / "home"
    root.mkdir()
    (root / "models").symlink_to(models_folder)
    house = House(root)
    house.define(KEY)
    house.put(KEY, *FILES)
    shop = in_euros(simulate(products=6, days=210).records)
    for name, frame in shop.items():
        house.write(KEY, f"{name}.csv", frame.write_csv())
    [ran] = house.run(KEY)
    assert ran.edition_id
    return house


@pytest.fixture(scope="module")
def report(mixed: House) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(mixed.report(KEY)["json"])
    return found


def test_all_that_is_claimed_was_judged_and_kept(mixed: House) -> None:
    assert mixed.query("SELECT text, reason FROM claims WHERE verdict <> 'kept'") == []
    assert mixed.query("SELECT count(*) FROM claims")[0][0] > 60


def test_the_sections_stand_in_their_order(report: dict[str, Any]) -> None:
    keys = [section["key"] for section in report["sections"]]
    assert keys[:2] == ["executive_summary", "industry_analysis"]
    assert keys.index("technology_adoption") < keys.index("commerce") < keys.index("strategic_implications")


def test_findings_of_the_market_and_of_own_offers_share_the_summary(mixed: House, report: dict[str, Any]) -> None:
    [block] = [b for b in report["sections"][0]["blocks"] if b["type"] == "key_findings"]
    told = [item["headline"]["claim_id"] for item in block["items"]]
    found = {
        claim: (kind, finding)
        for claim, kind, finding in mixed.query(
            "SELECT c.claim_id, f.kind, f.finding_id FROM claims AS c JOIN findings AS f ON f.statement = c.text "
            "WHERE c.section = 'executive_summary'"
        )
    }
    own = [found[claim][0] in OFFER_THEMES for claim in told]
    assert len(told) <= KEY_FINDINGS
    # Those of the market first, each side by its own money; the shop's weightiest is there.
    assert own == sorted(own)
    assert own.count(True) >= OF_OFFERS
    assert own.count(False) >= 3
    [(weightiest,)] = mixed.query(
        "SELECT finding_id FROM findings WHERE analysis IN ('pricing', 'demand') AND kind <> 'gap' "
        "ORDER BY stake_usd * confidence DESC NULLS LAST, finding_id LIMIT 1"
    )
    assert found[told[own.index(True)]][1] == weightiest


def test_figures_at_the_head_and_first_actions_are_of_both(report: dict[str, Any]) -> None:
    labels = [figure["label"] for figure in report["key_figures"]]
    assert len(labels) == 4
    assert labels[0].startswith("Covered revenue")
    assert labels[2:] == ["Revenue of own offers, 90 days", "Change on the 90 days before"]
    [first] = [b for b in report["sections"][0]["blocks"] if b["type"] == "bullets"]
    assert len(first["items"]) == 2


def test_the_period_tells_fiscal_years_and_the_last_record(report: dict[str, Any]) -> None:
    assert report["period"] == "Fiscal years 2009 to 2024; records up to December 31, 2025"
    assert report["as_of"] == "2025-12-31"


def test_the_method_says_how_findings_are_ranked(mixed: House) -> None:
    [(text,)] = mixed.query("SELECT text FROM claims WHERE text LIKE 'Findings are ranked%'")
    assert text.endswith("ranks what is found of own offers apart, by their own money.")


def test_figures_of_both_lead_to_their_cells(mixed: House) -> None:
    for like, file in (("Netflix reported revenue of%", "NFLX.json"), ("% costs $%", "catalogue.csv")):
        rows = mixed.query("SELECT claim_id FROM claims WHERE text LIKE ? LIMIT 1", [like])
        assert file in str(trace(mixed.workspace, rows[0][0]))


def test_a_price_in_another_currency_leads_to_its_cell_and_to_the_rate(mixed: House) -> None:
    converted = mixed.query("SELECT fact_id, value, unit FROM facts WHERE metric = 'price' AND method = ?", [CONVERTED])
    assert converted
    for fact_id, value, unit in converted:
        chain = str(trace(mixed.workspace, fact_id))
        assert unit == "USD"
        assert "prices.csv" in chain
        assert "rates.csv" in chain
        inputs = mixed.query(
            "SELECT value, unit FROM facts WHERE fact_id IN "
            "(SELECT unnest(from_json(locator, '[\"VARCHAR\"]')) FROM facts WHERE fact_id = ?)", [fact_id],
        )  # fmt: skip
        assert math.prod(number for number, _ in inputs) == pytest.approx(value)
        assert {name for _, name in inputs} == {"EUR", "none"}


def test_what_a_rival_asks_is_told_as_it_asks_it_and_compared_in_one_currency(mixed: House) -> None:
    told = mixed.query("SELECT text FROM claims WHERE text LIKE 'Northmart %d its price of %' AND section = 'commerce'")
    assert told
    assert all("from €" in text and " at the rate of the day." in text for (text,) in told)
    recorded = mixed.query("SELECT count(*) FROM facts WHERE metric = 'price' AND method = 'recorded' AND unit = 'EUR'")
    assert recorded[0][0] > 0
