"""The simulated shop: the same for ever, recognised by its headers, and with its truth to be found again."""

from datetime import UTC, datetime

import polars as pl
import pytest

from market_research.cleaning.schema import COMMERCE, DOCUMENTS, PRICE_ELASTICITIES, QUARANTINE
from market_research.commerce.identifiers import normalised_gtin, normalised_sku
from market_research.commerce.simulation import OWN, Simulated, simulate
from market_research.commerce.terms import CommerceTerms
from market_research.industries import ResearchRequest
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_all
from resources.commerce import write_prices, write_references
from resources.inbox import collect
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from resources.staging import stage_industry

KEY = "simulated_shop"
TERMS = CommerceTerms()


@pytest.fixture(scope="module")
def shop() -> Simulated:
    return simulate()


@pytest.fixture(scope="module")
def lake(shop: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("inbox")
    for name, frame in shop.records.items():
        frame.write_csv(folder / name)
    lake = Lake(tmp_path_factory.mktemp("lake"))
    collect(lake, folder, KEY, max_bytes=2**24, now=datetime(2026, 1, 2, tzinfo=UTC))
    stage_industry(lake, KEY)
    write_references(lake, ResearchRequest(industry=KEY))
    tables = read_all(SQL_FOLDER)
    for table in tables.values():
        if table.layer == "commerce":
            run_sql_table(lake, KEY, table, tables)
    write_prices(lake, KEY, TERMS)
    return lake


def commerce(lake: Lake, name: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in lake.parts("commerce", name, KEY)])


def test_a_seed_gives_the_same_records_and_another_seed_others(shop: Simulated) -> None:
    again, other = simulate(), simulate(seed=1)
    assert all(frame.equals(again.records[name]) for name, frame in shop.records.items())
    assert not other.records["sales.csv"].equals(shop.records["sales.csv"])


def test_every_file_is_told_by_its_header_and_no_row_is_lost(shop: Simulated, lake: Lake) -> None:
    staged = {table.name: lake.read("staged", table, KEY).height for table in COMMERCE}
    assert staged == {
        "product_records": shop.records["catalogue.csv"].height,
        "price_records": shop.records["prices.csv"].height,
        "review_records": shop.records["reviews.csv"].height,
        "sales_records": shop.records["sales.csv"].height,
        "inventory_records": shop.records["stock.csv"].height,
        "promotion_records": shop.records["promotions.csv"].height,
        "exchange_rates": 0,
    }
    assert lake.read("staged", QUARANTINE, KEY).is_empty()
    assert lake.read("staged", DOCUMENTS, KEY).height == 6


def test_numbers_of_trade_items_are_valid_and_the_same_in_every_place(shop: Simulated) -> None:
    stated = shop.records["catalogue.csv"].drop_nulls("gtin")
    assert all(normalised_gtin(number) for number in stated["gtin"])


def test_elasticities_are_found_again_about_as_often_as_their_intervals_say(shop: Simulated, lake: Lake) -> None:
    truth = shop.truth["demand"].with_columns(
        normalized_sku=pl.col("sku").map_elements(normalised_sku, pl.String)
    )  # fmt: skip
    products = commerce(lake, "products").filter(pl.col("marketplace") == OWN)
    without = shop.truth["stockouts"]["sku"].unique()
    found = (
        lake.read("commerce", PRICE_ELASTICITIES, KEY)
        .drop_nulls("elasticity")
        .join(products.select("product_id", "normalized_sku"), on="product_id")
        .join(truth, on="normalized_sku", suffix="_true")
        # Where stock ran out, what was sold is not what was wanted.
        .filter(~pl.col("sku").is_in(without.implode()))
    )
    assert found.height >= 8
    held = (found["lower"] <= found["elasticity_true"]) & (found["upper"] >= found["elasticity_true"])
    assert held.mean() >= 0.8


def test_price_changes_beyond_five_percent_are_alerts(shop: Simulated, lake: Lake) -> None:
    moves = shop.records["prices.csv"].with_columns(
        before=pl.col("price").shift(1).over("marketplace", "sku", order_by="observed_at")
    )
    expected = moves.filter((pl.col("price") - pl.col("before")).abs() > 0.05 * pl.col("before")).height
    assert commerce(lake, "price_alerts").height == expected
