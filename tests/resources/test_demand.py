"""Demand of a simulated shop from lake to lake: its truth is found, tables keep their rules, bad input is told."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning.schema import DEMAND
from market_research.commerce.identifiers import normalised_sku
from market_research.commerce.simulation import Simulated, simulate
from market_research.industries import ResearchRequest
from market_research.settings import SQL_FOLDER, Settings
from market_research.sqlfiles import read_all
from resources.checks import check_table
from resources.commerce import write_references
from resources.demand import write_demand
from resources.inbox import collect
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from resources.staging import stage_industry

KEY = "simulated_shop"


def made(folder: Path, root: Path) -> tuple[Lake, dict[str, int]]:
    """What is in a folder, up to the tables of demand."""
    lake = Lake(root / "lake")
    collect(lake, folder, KEY, max_bytes=2**24, now=datetime(2026, 1, 2, tzinfo=UTC))
    stage_industry(lake, KEY)
    write_references(lake, ResearchRequest(industry=KEY))
    tables = read_all(SQL_FOLDER)
    for name in ("products", "currency_rates", "product_prices", "sales", "inventory", "stock_counts", "promotions"):
        run_sql_table(lake, KEY, tables[name], tables)
    return lake, write_demand(lake, Settings(home=root), KEY)


def table(lake: Lake, name: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in lake.parts("commerce", name, KEY)])


@pytest.fixture(scope="module")
def shop() -> Simulated:
    return simulate(products=8, days=240)


@pytest.fixture(scope="module")
def lake(shop: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("inbox")
    for name in ("catalogue", "sales", "stock", "promotions"):
        shop.records[f"{name}.csv"].write_csv(folder / f"{name}.csv")
    found, counted = made(folder, tmp_path_factory.mktemp("home"))
    assert counted["forecast_offers"] == 8
    return found


def known(lake: Lake, shop: Simulated) -> pl.DataFrame:
    """The truth by product_id."""
    skus = {normalised_sku(sku): sku for sku in shop.truth["demand"]["sku"]}
    own = table(lake, "products").filter("is_own")
    named = own.with_columns(sku=pl.col("normalized_sku").replace_strict(skus)).select("product_id", "sku")
    return named.join(shop.truth["demand"], on="sku")


def test_every_table_keeps_the_registrys_rules(lake: Lake) -> None:
    for one in DEMAND:
        outcome = check_table(lake, "commerce", one, KEY)
        assert outcome.passed, (one.name, outcome.failures)


def test_each_offer_has_ninety_days_three_sums_and_one_chosen_model(lake: Lake) -> None:
    forecasts, sums, tests = (table(lake, f"demand_{name}") for name in ("forecasts", "summaries", "backtests"))
    assert (forecasts.group_by("product_id").len()["len"] == 90).all()
    assert (sums.group_by("product_id").len()["len"] == 3).all()
    chosen = tests.filter("is_chosen")
    assert chosen.select("product_id", "horizon_days").is_unique().all()
    both = chosen.join(sums, on=["product_id", "horizon_days", "model"])
    assert both.height == chosen.height
    assert chosen["coverage_95"].mean() > 0.9  # type: ignore[operator]


def test_the_planted_weekend_is_named_where_it_is_and_nowhere_else(shop: Simulated, lake: Lake) -> None:
    named = table(lake, "demand_summaries").filter(horizon_days=30).join(known(lake, shop), on="product_id")
    strong = named.filter(pl.col("weekend") == 1.7)
    assert strong.height
    assert strong["season"].str.contains("Saturday|Sunday").all()
    assert named.filter(pl.col("weekend") == 1)["season"].str.contains("weekly").mean() in (None, 0)


def test_days_of_planted_stock_outs_are_left_out(shop: Simulated, lake: Lake) -> None:
    said = table(lake, "demand_summaries").filter(horizon_days=7).join(known(lake, shop), on="product_id")
    planted = shop.truth["stockouts"].with_columns(days=(pl.col("last") - pl.col("first")).dt.total_days() + 1)
    long = planted.filter(pl.col("days") >= 12)["sku"].unique()
    assert len(long)
    assert said.filter(pl.col("sku").is_in(long.implode()))["days_without_stock"].min() > 0  # type: ignore[operator]
    assert said.filter(~pl.col("sku").is_in(planted["sku"].implode()))["days_without_stock"].sum() == 0


def test_each_day_that_was_left_out_is_told(shop: Simulated, lake: Lake) -> None:
    told = table(lake, "demand_days_without_stock")
    counted = table(lake, "demand_summaries").filter(pl.col("days_without_stock") > 0, horizon_days=7)
    assert dict(told.group_by("product_id").len().rows()) == dict(
        counted.select("product_id", "days_without_stock").rows()
    )
    # All lie within the planted stock-outs; the last days of one may belong to an ordinary run without a sale.
    planted = shop.truth["stockouts"].join(known(lake, shop), on="sku").select("product_id", "first", "last")
    spans = told.join(planted, on="product_id", how="left")
    inside = pl.col("date").is_between(pl.col("first").dt.offset_by("-3d"), pl.col("last").dt.offset_by("3d"))
    assert spans.group_by("product_id", "date").agg(inside=inside.any())["inside"].all()


def test_stock_that_will_not_last_is_a_risk_with_an_order(lake: Lake) -> None:
    risks = table(lake, "inventory_risks")
    stock, sums = table(lake, "inventory"), table(lake, "demand_summaries").filter(horizon_days=30)
    short = stock.join(sums, on="product_id").filter(pl.col("on_hand") < 0.3 * pl.col("quantity"))
    out = risks.filter(kind="stock-out")
    assert short.height
    assert set(short["product_id"]) <= set(out["product_id"])
    assert ((out["order_quantity"] % 12) == 0).all()
    assert (out["order_by"] >= date(2025, 12, 31)).all()


def test_the_same_records_give_the_same_rows(shop: Simulated, lake: Lake, tmp_path: Path) -> None:
    before = {one.name: table(lake, one.name) for one in DEMAND}
    write_demand(lake, Settings(home=tmp_path), KEY)
    assert all(table(lake, name).equals(frame) for name, frame in before.items())


def test_bad_sales_give_reasons_and_no_forecast(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    days = [date(2025, 12, 31) - timedelta(days=day) for day in range(200)]
    rows = [f"FINE,{day},{2 + day.day % 3}" for day in days]
    rows += [f"ZERO,{day},0" for day in days] + [f"BACK,{days[3]},-4", f"ONCE,{days[9]},1"]
    rows += [f"EARLY,{day},3" for day in days[150:]]
    rows += [f"GAPS,{day},40" for day in days if day.month % 2] + ["FINE,1925-01-01,3"]
    (folder / "sales.csv").write_text("sku,date,quantity\n" + "\n".join(rows))
    (folder / "catalogue.csv").write_text(
        "sku,name,price,created_at\nEARLY,Early,3,2025-12-30\nNEVER,Never,4,2025-01-01\nFINE,Fine,1,2024-01-01\n"
    )
    (folder / "stock.csv").write_text(
        "sku,counted_at,on_hand,lead_days\nZERO,2025-12-31,50,7\nFINE,2025-12-31,0,7\nONCE,2025-12-31,5,7\n"
    )
    lake, counted = made(folder, tmp_path)
    names = dict(table(lake, "products").select("normalized_sku", "product_id").rows())
    offers = pl.concat([pl.read_parquet(path) for path in lake.parts("reference", "offers", KEY)])
    names |= dict(offers.select("normalized_sku", "product_id").rows())
    said = {
        sku: table(lake, "demand_summaries").filter(product_id=product, horizon_days=90).row(0, named=True)
        for sku, product in names.items()
    }
    assert {sku: row["status"] for sku, row in said.items()} == {
        "FINE": "forecast", "GAPS": "forecast", "ZERO": "insufficient data", "BACK": "insufficient data",
        "ONCE": "insufficient data", "EARLY": "insufficient data", "NEVER": "insufficient data",
    }  # fmt: skip
    assert "returns" in said["BACK"]["reasons"][0]
    assert "no piece was sold" in said["ZERO"]["reasons"][0]
    assert "before it was listed" in said["EARLY"]["reasons"][0]
    assert "no sales of it" in said["NEVER"]["reasons"][0]
    risks = dict(table(lake, "inventory_risks").select("product_id", "kind").rows())
    assert risks == {names["ZERO"]: "overstock", names["FINE"]: "stock-out"}
    assert counted["inventory_risks"] == 2
    fine = table(lake, "demand_forecasts").filter(product_id=names["FINE"])
    assert fine["quantity"].mean() == pytest.approx(3, abs=0.2)


def test_no_sales_at_all_leave_empty_tables(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    lake, counted = made(tmp_path / "none", tmp_path)
    assert counted == {"forecast_offers": 0, "inventory_risks": 0}
    assert all(table(lake, one.name).is_empty() for one in DEMAND)
