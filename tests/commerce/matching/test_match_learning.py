"""A model of decisions: when there is one, what it keeps, and that its confidence is what is found."""

import polars as pl
import pytest

from benchmarks.catalogues import catalogues
from market_research.commerce.matching.calibration import calibration_error, reliability
from market_research.commerce.matching.decisions import match, pairs_of
from market_research.commerce.matching.evidence import evidence
from market_research.commerce.matching.learning import Learned, learn


@pytest.fixture(scope="module")
def known() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    offers, same = catalogues(600)
    # Without identifiers and prices the two shops are hard enough to leave doubt.
    offers = offers.with_columns(pl.lit(None, pl.String).alias("gtin"), pl.lit(None, pl.String).alias("model"),
                                 name=pl.col("name").str.replace_all(r"\b[A-Z]{2,3}[- ]?\d+\b", ""))  # fmt: skip
    found = evidence(offers)
    truth = found.join(same.with_columns(same=True), on=["product_a", "product_b"], how="left", maintain_order="left")
    return offers, found, truth.select("product_a", "product_b", pl.col("same").fill_null(value=False))


def test_fewer_than_fifty_decisions_or_decisions_of_one_kind_teach_nothing(
    known: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
) -> None:
    _, found, truth = known
    assert learn(found, truth.head(49)) is None
    assert learn(found, truth.filter(~pl.col("same")).head(300)) is None
    assert learn(found, truth.head(300)) is not None


def test_a_stored_model_decides_as_the_trained_one_did(known: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]) -> None:
    offers, _, truth = known
    pairs, model = match(offers, decided=truth.head(300))
    assert model is not None
    assert model.decisions == 300
    stored = Learned.model_validate_json(model.model_dump_json())
    again = pairs_of(evidence(offers, decided=truth.head(300)), truth.head(300), stored)
    assert again.equals(pairs)
    assert set(pairs["method"].unique()) == {"decided", "learned"}


def test_confidence_learned_from_some_products_is_what_is_found_on_others(
    known: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
) -> None:
    _, found, truth = known
    half = pl.col("product_a").str.slice(-1).is_in(["0", "1", "4", "5", "8"])
    model = learn(found, truth.filter(half))
    pairs = pairs_of(found, None, model).filter(~half)
    marked = pairs.join(truth, on=["product_a", "product_b"], how="left", maintain_order="left")
    assert marked.height > 100
    assert calibration_error(reliability(marked["confidence"], marked["same"])) < 0.12


def test_the_table_of_reliability_counts_by_tenths() -> None:
    table = reliability([0.05, 0.95, 0.99, 1.0], [False, True, True, False])
    assert table.rows() == [(0.0, 1, 0.05, 0.0), (0.9, 3, pytest.approx(0.98), pytest.approx(2 / 3))]
    assert calibration_error(table) == pytest.approx((0.05 + 3 * (0.98 - 2 / 3)) / 4)
    assert calibration_error(reliability([], [])) == 0.0
