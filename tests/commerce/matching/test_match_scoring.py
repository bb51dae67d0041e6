"""Scores without labels: what the features are, what estimation may and may not do, what blocking finds."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.catalogues import catalogues
from market_research.commerce.matching.blocking import candidates, views
from market_research.commerce.matching.codes import shared_codes
from market_research.commerce.matching.decisions import match
from market_research.commerce.matching.evidence import evidence
from market_research.commerce.matching.features import FEATURES, LARGEST_GAP, compared
from market_research.commerce.matching.normalising import OFFERS, prepared
from market_research.commerce.matching.scoring import LEVELS, score, usual_tables


def named(*names: str, **columns: list[object]) -> pl.DataFrame:
    rows = pl.DataFrame(
        {"product_id": [f"p{at}" for at in range(len(names))], "name": names, "marketplace": "x", **columns}
    )
    return rows.with_columns(pl.lit(None).alias(name) for name in OFFERS if name not in rows.columns).cast(OFFERS)


def test_offers_are_brought_to_one_form() -> None:
    ready = prepared(
        named("Sennheiser RS-120 Wireless, 2 Pack (40 inches)", "SENNHEISER rs 120 2-pk 40in", price=[0.0, 5.0])
    )
    assert "rs120" in ready["codes"][0]
    assert "rs120" in ready["codes"][1]
    assert ready["quantities"].to_list() == [["2pk", "40in"], ["2pk", "40in"]]
    assert ready["price"].to_list() == [None, 5.0]  # a price of nothing is not known


def test_a_model_number_counts_as_shared_only_if_one_has_all_of_the_other() -> None:
    codes = pl.Series([["fs105"], ["fs105na"], ["nkf00008"], ["nkf00001"], [], ["fs105"]])
    found = shared_codes(codes, np.array([0, 2, 0, 0]), np.array([1, 3, 4, 2]))
    assert found[0] == pytest.approx(2 / 3)  # three offers have it
    assert found[1] == 0
    assert np.isnan(found[2])
    assert found[3] == 0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.none() | st.floats(-1, 1) for _ in FEATURES], st.integers(0, 4), st.integers(5, 9)),
        min_size=1,
        max_size=30,
        unique_by=lambda row: row[-2:],
    )
)
def test_no_estimate_lets_a_feature_speak_the_wrong_way(rows: list[tuple[object, ...]]) -> None:
    pairs = pl.DataFrame(
        rows, schema={**dict.fromkeys(FEATURES, pl.Float64), "a": pl.Int64, "b": pl.Int64}, orient="row"
    )
    scored = score(pairs.with_columns(pl.col("spelling").fill_null(0.0)), np.zeros(pairs.height, dtype=bool))
    assert ((scored.confidence >= 0) & (scored.confidence <= 1)).all()
    for side in ("a", "b"):  # an offer is one product
        assert pairs.with_columns(c=scored.confidence).group_by(side).agg(pl.col("c").sum())["c"].max() <= 1 + 1e-9  # type: ignore[operator]
    for name in LEVELS:
        known = pairs.select(value=name, part=pl.Series(scored.parts[name])).drop_nulls("value").sort("value")
        steps = known["part"].diff().drop_nulls()
        assert (steps <= 1e-9).all() if name == "price" else (steps >= -1e-9).all()


def test_the_stored_tables_are_shares_of_every_level() -> None:
    for meaning in (True, False):
        for name, (matches, others) in usual_tables(meaning).items():
            assert len(matches) == len(others) == len(LEVELS[name]) + 2
            assert sum(matches) == pytest.approx(1, abs=1e-3)
            assert sum(others) == pytest.approx(1, abs=1e-3)
            assert min(*matches, *others) > 0


def test_blocking_keeps_the_pairs_of_generated_catalogues_and_few_others() -> None:
    offers, same = catalogues(2_000)
    ready = prepared(offers)
    pairs = candidates(ready, views(ready, None), "first", "second")
    ids = ready["product_id"]
    found = pl.DataFrame({"product_a": ids[pairs["a"].to_numpy()], "product_b": ids[pairs["b"].to_numpy()]})
    assert found.join(same, on=["product_a", "product_b"], how="semi").height > 0.995 * same.height
    assert pairs.height < 40 * 2_000


def test_the_truth_of_generated_catalogues_is_found() -> None:
    offers, same = catalogues(1_000)
    accepted = match(offers)[0].filter(status="accepted")
    hits = accepted.join(same, on=["product_a", "product_b"], how="semi").height
    assert hits > 0.95 * same.height
    assert hits > 0.95 * accepted.height


def test_features_are_within_what_they_are_said_to_be() -> None:
    offers, _ = catalogues(300)
    ready = prepared(offers)
    seen = views(ready, None)
    made = compared(ready, seen, candidates(ready, seen, "first", "second"))
    for name in ("similarity", "words", "texts", "letters", "contained", "spelling", "code"):
        assert made[name].drop_nulls().is_between(0, 1 + 1e-5).all(), name
    assert made["price"].drop_nulls().is_between(0, LARGEST_GAP).all()
    assert set(made["gtin"].drop_nulls().unique()) <= {-1.0, 1.0}


def test_reasons_name_what_spoke() -> None:
    rows = named("Netgear switch GS105", "Netgear GS105 switch 5 ports", brand=["Netgear"] * 2, price=[39.0, 44.0])
    found = evidence(rows.with_columns(marketplace=pl.Series(["x", "y"])))
    assert "same brand" in found["reasons"].item()
    assert "a number in both that 2 offers have" in found["reasons"].item()
