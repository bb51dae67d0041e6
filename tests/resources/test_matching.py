"""Matches of a simulated shop's offers: found again, doubtful ones shown to a person, decisions heeded and audited."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning.schema import PRODUCT_MATCHES
from market_research.commerce.identifiers import normalised_sku
from market_research.commerce.simulation import OWN, Simulated, simulate
from market_research.errors import InvalidInput, NotFound
from market_research.industries import ResearchRequest
from market_research.settings import SQL_FOLDER, Settings
from market_research.sqlfiles import read_all
from resources import audit
from resources.commerce import write_references
from resources.inbox import collect
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from resources.matching import decide, matches, write_matches
from resources.staging import stage_industry

KEY = "simulated_shop"


@pytest.fixture(scope="module")
def shop() -> Simulated:
    return simulate(products=30, days=60)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Settings:
    root = tmp_path_factory.mktemp("home")
    (root / "models").symlink_to(models_folder)
    return Settings(home=root)


@pytest.fixture(scope="module")
def lake(shop: Simulated, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("inbox")
    # Without trade item numbers: they would tell at once.
    shop.records["catalogue.csv"].drop("gtin").write_csv(folder / "catalogue.csv")
    lake = Lake(tmp_path_factory.mktemp("lake"))
    collect(lake, folder, KEY, max_bytes=2**24, now=datetime(2026, 1, 2, tzinfo=UTC))
    stage_industry(lake, KEY)
    write_references(lake, ResearchRequest(industry=KEY))
    tables = read_all(SQL_FOLDER)
    for name in ("products", "currency_rates", "product_prices"):
        run_sql_table(lake, KEY, tables[name], tables)
    write_matches(lake, settings, KEY)
    return lake


def _true(shop: Simulated, lake: Lake) -> set[tuple[str, str]]:
    """Pairs of product ids that are one product in truth."""
    products = pl.concat(pl.read_parquet(path) for path in lake.parts("commerce", "products", KEY))
    ids = {(row["marketplace"], row["normalized_sku"]): row["product_id"] for row in products.rows(named=True)}
    found = set()
    for sku, place, other, elsewhere in shop.truth["matches"].rows():
        one, two = ids[place, normalised_sku(sku)], ids[elsewhere, normalised_sku(other)]
        found.add((min(one, two), max(one, two)))
    return found


def test_most_pairs_are_found_again_and_what_is_accepted_is_right(shop: Simulated, lake: Lake) -> None:
    true = _true(shop, lake)
    pairs = lake.read("reference", PRODUCT_MATCHES, KEY)
    accepted = set(pairs.filter(pl.col("status") == "accepted").select("product_a", "product_b").rows())
    assert len(accepted & true) / len(accepted) >= 0.9
    found = set(pairs.filter(pl.col("status") != "rejected").select("product_a", "product_b").rows())
    assert len(found & true) / len(true) >= 0.8


def test_pairs_come_with_names_and_prices_and_open_ones_first(lake: Lake) -> None:
    shown = matches(lake, KEY)
    status = shown["status"].to_list()
    assert status == sorted(status, key=lambda one: one != "review")
    assert shown.select("name_a", "name_b", "price_a", "price_b").null_count().sum_horizontal().item() == 0
    assert set(shown["marketplace_a"]) | set(shown["marketplace_b"]) <= {OWN, "greenbay", "northmart"}


def test_what_a_person_decides_holds_at_once_and_in_the_next_run_and_is_audited(lake: Lake, settings: Settings) -> None:
    pair = matches(lake, KEY, "accepted").row(0, named=True)
    other, one = pair["product_a"], pair["product_b"]
    decide(lake, KEY, one, other, same=False, note="another size", reviewer="ann")
    assert (other, one) in set(matches(lake, KEY, "rejected").select("product_a", "product_b").rows())
    write_matches(lake, settings, KEY)
    stored = lake.read("reference", PRODUCT_MATCHES, KEY).filter(
        pl.col("product_a") == other, pl.col("product_b") == one
    )
    assert stored.select("status", "method").rows() == [("rejected", "decided")]
    assert ("match", "another size") in set(audit.log(lake, KEY).select("operation", "reason").rows())
    decide(lake, KEY, one, other, same=True)
    assert (other, one) in set(matches(lake, KEY, "accepted").select("product_a", "product_b").rows())


def test_a_decision_on_what_is_not_there_is_refused(lake: Lake) -> None:
    known = matches(lake, KEY)["product_a"][0]
    with pytest.raises(InvalidInput, match="one offer"):
        decide(lake, KEY, known, known, same=True)
    with pytest.raises(NotFound, match="no offer"):
        decide(lake, KEY, known, "prod_0000000000000000", same=True)
    with pytest.raises(NotFound, match="no commerce tables"):
        matches(lake, "elsewhere")
