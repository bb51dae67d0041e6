"""Reviews of a simulated shop: planted spam is found, what is said agrees with the stars, tables keep their rules."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning.schema import SENTIMENT
from market_research.commerce.simulation import Simulated, simulate
from market_research.industries import ResearchRequest
from market_research.settings import SQL_FOLDER, Settings
from market_research.sqlfiles import read_all
from resources.checks import check_table
from resources.commerce import write_references
from resources.inbox import collect
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from resources.sentiment import write_sentiment
from resources.staging import stage_industry

KEY = "simulated_shop"


def read(folder: Path, root: Path, models: Path) -> tuple[Lake, dict[str, int]]:
    """What is in a folder, up to the tables of sentiment."""
    (root / "models").symlink_to(models)
    lake = Lake(root / "lake")
    collect(lake, folder, KEY, max_bytes=2**24, now=datetime(2026, 1, 2, tzinfo=UTC))
    stage_industry(lake, KEY)
    write_references(lake, ResearchRequest(industry=KEY))
    tables = read_all(SQL_FOLDER)
    run_sql_table(lake, KEY, tables["reviews"], tables)
    return lake, write_sentiment(lake, Settings(home=root), KEY)


def table(lake: Lake, name: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in lake.parts("commerce", name, KEY)])


@pytest.fixture(scope="module")
def shop() -> Simulated:
    return simulate(days=200)


@pytest.fixture(scope="module")
def lake(shop: Simulated, tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Lake:
    folder = tmp_path_factory.mktemp("inbox")
    shop.records["reviews.csv"].write_csv(folder / "reviews.csv")
    made, counted = read(folder, tmp_path_factory.mktemp("home"), models_folder)
    assert counted["reviews"] == shop.records["reviews.csv"].height
    return made


def test_planted_spam_is_found_and_little_else_is_called_so(shop: Simulated, lake: Lake) -> None:
    marked = table(lake, "reviews").join(table(lake, "review_sentiment").select("review_id", "is_spam"), on="review_id")
    planted = marked["stated_id"].is_in(shop.truth["spam"]["review_id"].implode())
    assert marked.filter(planted)["is_spam"].mean() == 1
    assert marked.filter(~planted)["is_spam"].mean() <= 0.05
    assert (table(lake, "review_sentiment").filter("is_spam")["spam_reasons"].list.len() > 0).all()


def test_what_is_felt_agrees_with_the_stars_and_products_come_from_it(lake: Lake) -> None:
    felt = table(lake, "review_sentiment").filter(~pl.col("is_spam"))
    assert felt.select("class", "score", "confidence").null_count().sum_horizontal().item() == 0
    both = felt.join(table(lake, "reviews").select("review_id", "rating"), on="review_id")
    assert both.select(pl.corr("score", "rating")).item() > 0.5
    products = table(lake, "product_sentiment")
    assert products["reviews"].sum() == felt.height
    assert set(products["product_id"]) == set(felt["product_id"])


def test_quotes_are_verbatim_and_spam_is_in_no_pattern(lake: Lake) -> None:
    texts = dict(table(lake, "reviews").select("review_id", "text").rows())
    spam = set(table(lake, "review_sentiment").filter("is_spam")["review_id"])
    for name in ("feature_requests", "complaints", "review_topics"):
        rows = table(lake, name)
        assert rows.height
        assert spam.isdisjoint(rows["review_ids"].explode())
        for quotes, ids in rows.select("quotes", "quote_review_ids").rows():
            assert all(quote in texts[review] for quote, review in zip(quotes, ids, strict=True))
    for quote, review in table(lake, "aspect_sentiment").select("quote", "quote_review_id").rows():
        assert quote in texts[review]


def test_every_table_keeps_the_registrys_rules(lake: Lake) -> None:
    for known in SENTIMENT:
        outcome = check_table(lake, "commerce", known, KEY)
        assert outcome.passed, (known.name, outcome.failures)


def test_few_reviews_are_read_by_the_lexicon_and_none_leave_empty_tables(tmp_path: Path, models_folder: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "reviews.csv").write_text(
        "sku,rating,review\nA,5,I love it\nA,1,It broke at once and I hate it\nA,3,\U0001f600\n"
    )
    lake, counted = read(folder, tmp_path, models_folder)
    assert counted == {"reviews": 3, "spam": 0}
    assert table(lake, "review_sentiment")["class"].to_list()[:2] == ["positive", "negative"]
    assert set(table(lake, "review_sentiment")["model_version"]) == {"lexicon"}
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "none").mkdir()
    lake, counted = read(tmp_path / "none", empty, models_folder)
    assert counted == {"reviews": 0, "spam": 0}
    assert all(table(lake, known.name).is_empty() for known in SENTIMENT)


def test_two_marketplaces_may_count_their_reviews_the_same_way(tmp_path: Path, models_folder: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    rows = "".join(f"{place},A,7,4,A fine thing that works well in {place}\n" for place in ("bay", "mart"))
    (folder / "reviews.csv").write_text(
        f"marketplace,sku,review_id,rating,review\n{rows}bay,A,7,4,A fine thing again\n"
    )
    _, counted = read(folder, tmp_path, models_folder)
    assert counted == {"reviews": 3, "spam": 1}
