"""Matches of a simulated shop's offers: found again, doubtful ones shown to a person, decisions heeded and audited."""

import itertools
import shutil
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
from resources import model_registry as registry
from resources.checks import check_table
from resources.commerce import write_references
from resources.inbox import collect
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from resources.matching import decide, matches, train_matching, withdrawn_versions, write_matches
from resources.model_registry import Scope
from resources.staging import stage_industry

KEY, NOW = "simulated_shop", datetime(2026, 1, 3, tzinfo=UTC)


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


def test_without_a_decision_nothing_is_asked_of_the_registry(
    lake: Lake, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    names, parts = Lake.names, Lake.parts

    def watched(self: Lake, layer: str, *about: str) -> object:
        asked.append(layer)
        return names(self, layer, *about)

    def read(self: Lake, layer: str, *about: str) -> object:
        asked.append(layer)
        return parts(self, layer, *about)

    without = Lake(tmp_path / "lake")
    shutil.copytree(lake.root, without.root)
    shutil.rmtree(without.root / "reviews", ignore_errors=True)
    monkeypatch.setattr(Lake, "names", watched)
    monkeypatch.setattr(Lake, "parts", read)
    write_matches(without, settings, KEY)
    assert sorted(asked) == ["commerce", "commerce", "reviews"]


def test_from_fifty_decisions_on_a_version_weighs_the_pairs_and_is_named(
    shop: Simulated, lake: Lake, settings: Settings, tmp_path: Path
) -> None:
    true = _true(shop, lake)
    shown = matches(lake, KEY)
    products = pl.concat(pl.read_parquet(path) for path in lake.parts("commerce", "products", KEY))
    places = dict(products.select("product_id", "marketplace").rows())
    own = [product for product, place in places.items() if place == OWN]
    wrong = [(min(one, two), max(one, two)) for one, two in itertools.product(own, places) if places[two] != OWN]
    pairs = sorted(true)[:30] + [pair for pair in wrong if pair not in true][:25]
    assert shown.height
    copy = Lake(tmp_path / "lake")
    shutil.copytree(lake.root, copy.root)
    shutil.rmtree(copy.root / "reviews", ignore_errors=True)
    for one, other in pairs:
        decide(copy, KEY, one, other, same=(one, other) in true, reviewer="ann", now=NOW)
    write_matches(copy, settings, KEY, now=NOW)
    (version,) = registry.listed(copy, KEY).rows(named=True)
    assert (version["model"], version["stage"], version["trained_on"]) == ("matching", "production", 55)
    stored = copy.read("reference", PRODUCT_MATCHES, KEY)
    by = dict(stored.group_by("method").agg(pl.col("model_version").unique()).rows())
    assert by == {"decided": [None], "learned": [version["label"]]}
    assert check_table(copy, "reference", PRODUCT_MATCHES, KEY).passed
    said = train_matching(copy, settings, KEY, now=NOW)
    assert said == {
        version["tenant"]: "Not trained again: there is nothing new to learn from since version 1, which is in "
        "production."
    }
    scope = Scope(copy, KEY, version["tenant"], "matching")
    assert withdrawn_versions(scope) == set()
    gone = products.filter(pl.col("product_id") != pairs[0][0])
    copy.write("commerce", "products", KEY, gone)
    assert withdrawn_versions(scope) == {version["version_id"]}


def test_a_decision_on_what_is_not_there_is_refused(lake: Lake) -> None:
    known = matches(lake, KEY)["product_a"][0]
    with pytest.raises(InvalidInput, match="one offer"):
        decide(lake, KEY, known, known, same=True)
    with pytest.raises(NotFound, match="no offer"):
        decide(lake, KEY, known, "prod_0000000000000000", same=True)
    with pytest.raises(NotFound, match="no commerce tables"):
        matches(lake, "elsewhere")
