"""Commerce tables from records: the newest wins, older ones are kept, amounts in one currency, absurd prices marked."""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market_research.cleaning.schema import (
    COMMERCE,
    DOCUMENTS,
    INVENTORY_RECORDS,
    PRICE_RECOMMENDATIONS,
    PRICE_RECORDS,
    PRODUCT_MATCHES,
    PRODUCT_RECORDS,
)
from market_research.commerce.identifiers import OWN_SHOP, offers
from market_research.commerce.terms import CommerceTerms, own_table, terms_table
from market_research.industries import ResearchRequest
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_all
from resources.commerce import newest_record, write_prices, write_references
from resources.inbox import collect
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from resources.staging import stage_industry

KEY = "kitchen"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
Made = Callable[..., dict[str, pl.DataFrame]]


def tables(lake: Lake, terms: CommerceTerms, *names: str) -> dict[str, pl.DataFrame]:
    """All tables of commerce, or those of these names; each needs those that come before it."""
    write_references(lake, ResearchRequest(industry=KEY, commerce=terms))
    known = read_all(SQL_FOLDER)
    wanted = [table for table in known.values() if table.layer == "commerce" and table.name in (names or known)]
    return {table.name: run_sql_table(lake, KEY, table, known) for table in wanted}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """From files by name, and the request's terms, to the tables of commerce."""

    def make(files: dict[str, str], **terms: object) -> dict[str, pl.DataFrame]:
        lake, folder = Lake(tmp_path / "lake"), tmp_path / "inbox"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(content)
        collect(lake, folder, KEY, max_bytes=2**24, now=NOW)
        stage_industry(lake, KEY)
        return tables(lake, CommerceTerms.model_validate(terms))

    return make


OFFERS = """marketplace,sku,title,seller,gtin,price,currency,updated_at
,k-1,Kettle,,4006381333931,40,EUR,2025-10-01
bay,K1,Kettle,Us Ltd,4006381333931,42,EUR,2025-10-01
bay,B 7,Jug kettle,Birch,,30,USD,2025-10-01
bay,b7,Jug kettle,Birch,,33,USD,2025-11-01
"""


def test_of_several_records_of_an_offer_the_newest_counts_and_the_older_is_kept(made: Made) -> None:
    found = made({"offers.csv": OFFERS})
    products = {row["sku"]: row for row in found["products"].rows(named=True)}
    assert set(products) == {"k-1", "K1", "b7"}
    assert products["b7"]["price"] == 33
    (old,) = found["superseded_records"].rows(named=True)
    assert (old["kind"], old["locator"], old["replaced_by"]) == ("product_records", "row 4", "row 5")
    assert '"price":30' in old["record"]


def test_ones_own_offers_are_told_by_marketplace_and_seller(made: Made) -> None:
    found = made({"offers.csv": OFFERS}, own_sellers=["us ltd"])
    assert dict(found["products"].select("sku", "is_own").rows()) == {"k-1": True, "K1": True, "b7": False}
    found = made({}, own_marketplaces=["Bay"])
    assert found["products"]["is_own"].all()


def test_a_sku_however_written_is_one_product_in_one_place(made: Made) -> None:
    products = made({"offers.csv": OFFERS})["products"]
    assert products["product_id"].n_unique() == products.height == 3
    assert products.filter(pl.col("marketplace") == "bay")["normalized_sku"].to_list() == ["B7", "K1"]


def test_amounts_are_in_one_currency_by_the_rate_of_their_day(made: Made) -> None:
    files = {
        "prices.csv": "sku,at,price,currency\nA,2025-01-05,10,EUR\nA,2025-02-05,10,EUR\nA,2024-12-05,10,EUR\n"
        "B,2025-01-05,7,USD\n",
        "rates.csv": "date,currency,base,rate\n2025-01-01,EUR,USD,1.1\n2025-02-01,EUR,USD,1.2\n",
    }
    prices = made(files)["product_prices"].sort("price", "observed_at")
    assert prices["amount"].to_list() == [7.0, None, pytest.approx(11.0), pytest.approx(12.0)]


RATES = "date,currency,base,rate\n2025-01-01,EUR,USD,1.1\n2025-02-01,EUR,USD,1.2\n2025-03-01,EUR,USD,1.0\n"


def test_tables_of_prices_carry_what_the_record_states(made: Made) -> None:
    files = {
        "offers.csv": "sku,title,price,currency,updated_at\nA,Kettle,10,EUR,2025-01-05\n",
        "prices.csv": "sku,at,price,currency\nA,2025-06-05,12,EUR\nA,2025-06-07,18,USD\n",
        "rates.csv": RATES,
    }
    found = made(files)
    (trend,) = found["price_trends"].rows(named=True)
    assert (trend["price"], trend["stated_price"], trend["stated_currency"]) == (18, 18, "USD")
    assert (trend["earlier_stated_price"], trend["earlier_stated_currency"]) == (10, "EUR")
    assert trend["earlier_price"] == pytest.approx(11)
    new, old = found["price_alerts"].sort("observed_at", descending=True).rows(named=True)
    assert (new["old_stated_price"], new["old_stated_currency"], new["stated_currency"]) == (12, "EUR", "USD")
    assert new["change_pct"] == pytest.approx(50)
    # As stated in euros it rose by a fifth, whatever became of the euro.
    assert (old["old_price"], old["new_price"], old["change_pct"]) == (pytest.approx(11), 12, pytest.approx(20))


def test_a_rate_of_exchange_moves_no_price(made: Made) -> None:
    prices = "sku,at,price,currency\nA,2025-01-05,10,EUR\nA,2025-02-05,10,EUR\nA,2025-03-05,10.1,EUR\n"
    found = made({"prices.csv": prices, "rates.csv": RATES})
    assert found["price_alerts"].is_empty()
    found = made({"prices.csv": prices.replace("10.1", "10") + "A,2025-05-05,10,EUR\n"})
    assert found["price_trends"].select("change_pct", "trend").rows() == [(0.0, "stable")]


def test_revenue_is_in_the_currency_of_the_request_or_not_known(made: Made) -> None:
    sales = "sku,date,units,revenue,currency\nA,2025-01-05,1,10,EUR\nA,2025-02-05,1,10,EUR\nB,2025-02-05,1,10,USD\n"
    found = made({"sales.csv": sales + "C,2025-02-05,1,10,CHF\nD,2025-02-05,1,,\n", "rates.csv": RATES})
    revenue = found["sales_trends"].sort("revenue")["revenue"].to_list()
    assert revenue == [None, None, 10.0, pytest.approx(23.0)]
    assert set(found["sales_trends"]["currency"]) == {"USD"}


def test_of_two_documents_rates_of_a_day_the_newer_counts(made: Made) -> None:
    made({"rates.csv": RATES})
    rates = made({"rates_later.csv": "date,currency,rate\n2025-02-01,EUR,1.3\n"})["currency_rates"]
    assert rates["date"].is_unique().all()


def test_the_newest_record_is_not_of_a_day_after_its_document_came(made: Made, tmp_path: Path) -> None:
    prices = "sku,at,price\nA,2025-11-05,10\nA,2099-11-05,11\n"
    made({"prices.csv": prices, "sales.csv": "sku,date,units\nA,2025-12-24,3\n"})
    assert newest_record(Lake(tmp_path / "lake"), KEY) == date(2025, 12, 24)
    made({"offers.csv": "sku,title,price\nA,Kettle,12\n"})
    # A catalogue that names no day is of the day on which it came.
    assert newest_record(Lake(tmp_path / "lake"), KEY) == NOW.date()


def test_an_absurd_price_is_marked_and_alarms_nobody(made: Made) -> None:
    rows = [f"A,2025-01-{day:02d},{price}" for day, price in enumerate([20, 20, 2000, 20, 22], 1)]
    found = made({"prices.csv": "sku,at,price\n" + "\n".join(rows)})
    assert found["product_prices"].filter("is_absurd")["price"].to_list() == [2000.0]
    assert found["price_alerts"].select("old_price", "new_price").rows() == [(20.0, 22.0)]


def test_sales_of_a_day_are_added_and_those_before_the_offer_existed_are_marked(made: Made) -> None:
    files = {
        "offers.csv": "sku,title,created_at\nA,Kettle,2025-01-10\n",
        "sales.csv": "sku,date,quantity,revenue\na,2025-01-09,1,5\nA,2025-01-10,3,15\nA,2025-01-10,-1,-5\n",
    }
    sales = made(files)["sales"]
    assert sales.select("date", "quantity", "revenue", "is_early").rows() == [
        (date(2025, 1, 9), 1.0, 5.0, True),
        (date(2025, 1, 10), 2.0, 10.0, False),
    ]


def test_with_no_records_every_table_is_there_and_empty(made: Made) -> None:
    assert all(frame.is_empty() for frame in made({}).values())


def _records(lake: Lake, *, prices: pl.DataFrame) -> None:
    document = DOCUMENTS.conform(
        pl.DataFrame({"document_id": ["doc_" + "0" * 16], "industry": [KEY], "retrieved_at": [NOW]})
    )
    lake.write("staged", DOCUMENTS.name, KEY, document)
    given = {"industry": pl.lit(KEY), "document_id": pl.lit("doc_" + "0" * 16)}
    for table in COMMERCE:
        lake.write("staged", table.name, KEY, table.frame())
    lake.write("staged", PRICE_RECORDS.name, KEY, PRICE_RECORDS.conform(prices.with_columns(**given)))


def result(name: str, **frames: pl.DataFrame) -> pl.DataFrame:
    """One SQL file over these frames; ``schema__table`` names one of a schema."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA reference; CREATE SCHEMA staged")
        for key, frame in frames.items():
            connection.register("_frame", frame)
            connection.execute(f"CREATE TABLE {key.replace('__', '.')} AS SELECT * FROM _frame")
        return connection.sql(read_all(SQL_FOLDER)[name].statement).pl()


TERMS = terms_table(CommerceTerms())
CASES = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(prices=st.lists(st.floats(1, 9).map(lambda value: round(value, 2)), min_size=2, max_size=12))
@CASES
def test_property_12_a_price_that_changes_by_more_than_five_percent_is_an_alert_with_old_new_and_percent(
    prices: list[float],
) -> None:
    moments = [NOW + timedelta(days=day) for day in range(len(prices))]
    rows = pl.DataFrame(
        {
            "industry": KEY, "product_id": "p", "observed_at": moments, "amount": prices, "is_absurd": False,
            "price": prices, "currency": "USD",
            "document_id": "d", "locator": [f"row {at}" for at in range(len(prices))],
        }
    )  # fmt: skip
    products = pl.DataFrame({"product_id": ["p"], "marketplace": ["bay"], "name": ["Kettle"], "is_own": [False]})
    alerts = result("price_alerts", product_prices=rows, products=products, reference__commerce_terms=TERMS)
    expected = [
        (before, after, 100 * (after - before) / before)
        for before, after in itertools.pairwise(prices)
        if abs(after - before) > 0.05 * before
    ]
    got = alerts.sort("observed_at").select("old_price", "new_price", "change_pct").rows()
    assert len(got) == len(expected)
    for row, wanted in zip(got, expected, strict=True):
        assert row == pytest.approx(wanted)


@given(changes=st.lists(st.integers(0, 30), min_size=1, max_size=8, unique=True))
@CASES
def test_property_5_of_duplicates_only_the_newest_is_kept(changes: list[int]) -> None:
    stated = pl.DataFrame({"sku": ["A"]}).with_columns(
        pl.lit(None, pl.String).alias(name) for name in ("tenant", "marketplace", "gtin")
    )
    records = pl.DataFrame(
        {
            "industry": KEY, "document_id": "d", "sku": "A", "name": [f"v{day}" for day in changes],
            "updated_at": [NOW + timedelta(days=day) for day in changes],
            "row_number": list(range(2, len(changes) + 2)),
        }
    )  # fmt: skip
    documents = pl.DataFrame({"industry": [KEY], "document_id": ["d"], "published_at": [NOW], "retrieved_at": [NOW]})
    found = result(
        "products", staged__product_records=PRODUCT_RECORDS.conform(records), staged__documents=documents,
        reference__offers=offers(stated), reference__own_offers=own_table(CommerceTerms(), OWN_SHOP),
    )  # fmt: skip
    assert found["name"].to_list() == [f"v{max(changes)}"]


def test_the_newest_stock_counts(made: Made) -> None:
    found = made({"stock.csv": "sku,at,on_hand,lead_days\nA,2025-01-01,5,7\nA,2025-01-03,2,7\n"})
    assert found["inventory"].select("on_hand", "lead_days").rows() == [(2.0, 7.0)]
    assert found["superseded_records"]["kind"].to_list() == [INVENTORY_RECORDS.name]


def _matched(lake: Lake, *pairs: tuple[str, str, float, str]) -> None:
    rows = [
        {"industry": KEY, "product_a": min(a, b), "product_b": max(a, b), "marketplace_a": "x", "marketplace_b": "y",
         "confidence": confidence, "method": "scored", "status": status, "reasons": ""}
        for a, b, confidence, status in pairs
    ]  # fmt: skip
    lake.write("reference", PRODUCT_MATCHES.name, KEY, PRODUCT_MATCHES.frame(rows))


def _offers(lake: Lake, prices: dict[str, float]) -> dict[str, str]:
    """Offers of other marketplaces and, as ``own``, one's own; returns their product ids by name."""
    _records(lake, prices=PRICE_RECORDS.frame())
    rows = [
        {"industry": KEY, "document_id": "doc_" + "0" * 16, "sku": name, "name": name, "price": price,
         "marketplace": None if name == "own" else f"m{number}", "row_number": number + 2}
        for number, (name, price) in enumerate(prices.items())
    ]  # fmt: skip
    lake.write("staged", PRODUCT_RECORDS.name, KEY, PRODUCT_RECORDS.frame(rows))
    return dict(tables(lake, CommerceTerms(), "products")["products"].select("name", "product_id").rows())


@given(prices=st.lists(st.floats(1, 900).map(lambda value: round(value, 2)), min_size=2, max_size=6))
@CASES
def test_property_11_a_gap_is_ones_own_price_less_the_others(prices: list[float]) -> None:
    names = ["own", *(f"o{at}" for at in range(len(prices) - 1))]
    products = pl.DataFrame(
        {
            "industry": KEY, "tenant": "default", "product_id": names, "name": names, "marketplace": names,
            "seller": names, "is_own": [name == "own" for name in names],
        }
    )  # fmt: skip
    stated = pl.DataFrame(
        {
            "product_id": names, "amount": prices, "is_absurd": False, "observed_at": NOW, "document_id": "d",
            "locator": names, "price": prices, "currency": "USD",
        }
    )  # fmt: skip
    matches = pl.DataFrame({"product_a": "own", "product_b": names[1:], "confidence": 0.9, "status": "accepted"})
    gaps = result(
        "price_gaps", products=products, product_prices=stated, reference__product_matches=matches,
        reference__commerce_terms=TERMS,
    )  # fmt: skip
    assert gaps.height == len(prices) - 1
    for row in gaps.rows(named=True):
        other = prices[1 + int(row["other_name"][1:])]
        assert row["gap"] == pytest.approx(prices[0] - other)
        assert row["gap_pct"] == pytest.approx(100 * (prices[0] - other) / other)


def test_property_10_a_match_that_is_not_sure_is_flagged_and_weighs_less(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    ids = _offers(lake, {"own": 20.0, "a": 10.0, "b": 30.0, "c": 31.0, "no": 1.0})
    _matched(
        lake, (ids["own"], ids["a"], 0.3, "review"), (ids["own"], ids["b"], 0.95, "accepted"),
        (ids["own"], ids["c"], 0.95, "accepted"), (ids["own"], ids["no"], 0.99, "rejected"),
    )  # fmt: skip
    found = tables(
        lake, CommerceTerms(), "products", "currency_rates", "product_prices", "price_gaps", "price_positions"
    )
    flags = dict(found["price_gaps"].select("other_name", "needs_review").rows())
    assert flags == {"a": True, "b": False, "c": False}
    (place,) = found["price_positions"].rows(named=True)
    assert (place["equivalents"], place["in_review"], place["market_median"]) == (3, 1, 30.0)
    assert place["confidence"] == pytest.approx(100 * (0.3 + 0.95 + 0.95) / 3)
    assert place["rank_from_cheapest"] == 2


def test_prices_are_recommended_from_the_place_among_equivalents(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    ids = _offers(lake, {"own": 20.0, "a": 18.0, "b": 18.2, "c": 18.4})
    _matched(lake, *((ids["own"], ids[name], 0.95, "accepted") for name in "abc"))
    tables(lake, CommerceTerms())
    write_prices(lake, KEY, CommerceTerms())
    (found,) = lake.read("commerce", PRICE_RECOMMENDATIONS, KEY).rows(named=True)
    assert (found["method"], found["price"], found["recommended_price"]) == ("position", 20.0, 17.99)
    assert found["confidence"] == pytest.approx(0.6 * 95 - 15)


def test_property_13_promotions_come_from_records_texts_and_prices_each_told_once(made: Made) -> None:
    at = "2025-11-{:02d}T05:00:00Z".format
    files = {
        "catalogue.csv": "sku,name,description,price,currency,updated_at\n"
        f"A1,Kettle,,40,USD,{at(1)}\nB2,Lamp,Was $50. Offer ends 2025-12-05.,40,USD,{at(25)}\nC3,Fan,,30,USD,{at(1)}\n"
        f"D4,Pan,,20,USD,{at(1)}\nE5,Pot,,20,USD,{at(1)}\n",
        "prices.csv": "sku,timestamp,price,list_price,currency\n"
        # A1 is cut for a week, as its record says; C3 as nothing says; D4 has a list price; E5 stays cheap.
        f"A1,{at(8)},32,,USD\nA1,{at(15)},40,,USD\nC3,{at(8)},24,,USD\nC3,{at(12)},24,,USD\nC3,{at(15)},30,,USD\n"
        f"D4,{at(5)},15,20,USD\nD4,{at(6)},16,20,USD\nD4,{at(9)},20,20,USD\nD4,{at(20)},18,20,USD\n"
        f"E5,{at(5)},15,,USD\n",
        "promotions.csv": "sku,name,promotion_price,starts_at,ends_at\nA1,Week of kettles,32,2025-11-08,2025-11-15\n",
    }
    rows = made(files)["promotions"].select(
        "product", "origin", pl.col("discount_pct").round(2), pl.col("starts_at").dt.day().alias("first"),
        pl.col("ends_at").dt.day().alias("last"), "is_open", "discount_is_stated",
    ).sort("product", "first")  # fmt: skip
    assert rows.rows() == [
        ("Fan", "price path", 20.0, 8, 15, False, False),
        ("Kettle", "record", 20.0, 8, 15, False, False),
        ("Lamp", "text", 20.0, None, 5, False, True),
        ("Pan", "list price", 25.0, 5, 9, False, False),
        ("Pan", "list price", 10.0, 20, None, True, False),
    ]
