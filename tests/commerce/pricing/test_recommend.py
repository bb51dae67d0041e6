"""Recommended prices: within margin and change whatever is asked, with a confidence, and better by their own count."""

import math
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.commerce.pricing.recommend import RECOMMENDATIONS, Offer, recommend, recommendations
from market_research.commerce.pricing.rounding import rounded
from market_research.commerce.terms import CommerceTerms

MONEY = st.floats(0.5, 5000).map(lambda value: round(value, 2))
TERMS = st.builds(
    CommerceTerms,
    minimum_margin_pct=st.floats(0, 60),
    largest_change_pct=st.floats(1, 100),
    rounding=st.sampled_from(["none", "0.99", "0.95", "0.05", "1"]),
)


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    price = draw(MONEY)
    e = draw(st.none() | st.floats(-6, 1))
    width = draw(st.floats(0.01, 2))
    return Offer(
        "prod_0000000000000001",
        price,
        cost=draw(st.none() | st.floats(0.05, 1.3).map(lambda share: round(price * share, 2))),
        elasticity=e,
        lower=None if e is None else e - width,
        upper=None if e is None else e + width,
        median=draw(st.none() | st.floats(0.3, 3).map(lambda share: price * share)),
        equivalents=3,
        position_confidence=draw(st.floats(0, 100)),
    )


@given(offers(), TERMS)
def test_property_14_a_recommended_price_keeps_the_least_margin_and_the_largest_change(
    offer: Offer, terms: CommerceTerms
) -> None:
    found = recommend(offer, terms)
    if found is None:
        return
    price = found["recommended_price"]
    assert abs(price / offer.price - 1) * 100 <= terms.largest_change_pct + 1e-6
    if offer.cost is not None:
        assert (price - offer.cost) / price * 100 >= terms.minimum_margin_pct - 1e-6
    assert rounded(price, terms.rounding) == price


@given(offers(), TERMS)
def test_property_15_every_recommendation_has_a_confidence_from_0_to_100_and_reasons(
    offer: Offer, terms: CommerceTerms
) -> None:
    found = recommend(offer, terms)
    if found:
        assert 0 <= found["confidence"] <= 100
        assert found["reasons"]
        assert set(found) == set(RECOMMENDATIONS)


@given(MONEY, st.floats(0.2, 0.8), st.floats(-6, -1.2))
def test_where_demand_is_known_the_expected_profit_does_not_fall(price: float, share: float, e: float) -> None:
    offer = Offer("p", price, cost=price * share, elasticity=e, lower=e - 0.1, upper=e + 0.1)
    found = recommend(offer, CommerceTerms(rounding="none", minimum_margin_pct=0))
    if found and found["profit_effect_pct"] is not None:
        assert found["profit_effect_pct"] >= -1e-6


def test_the_best_price_is_the_one_of_lerners_rule() -> None:
    offer = Offer("p", 19.0, cost=10.0, elasticity=-2.0, lower=-2.2, upper=-1.8)
    found = recommend(offer, CommerceTerms(rounding="none"))
    assert found is not None
    assert found["recommended_price"] == 20.0
    assert found["quantity_effect_pct"] == pytest.approx(100 * ((20 / 19) ** -2 - 1))


def test_a_rise_away_from_cheaper_equivalents_says_so_and_is_less_sure() -> None:
    alone = Offer("p", 19.0, cost=10.0, elasticity=-1.8, lower=-2.0, upper=-1.6)
    dear = replace(alone, median=15.2, equivalents=3, position_confidence=90)
    apart, beside = (recommend(one, CommerceTerms(rounding="none")) for one in (alone, dear))
    assert apart is not None
    assert beside is not None
    assert apart["recommended_price"] == beside["recommended_price"] > 19
    assert beside["confidence"] == apart["confidence"] - 15
    assert "25.0 % above the median of 3 equivalent offers already" in beside["reasons"]


def test_without_a_history_the_price_moves_towards_the_equivalents_median() -> None:
    found = recommend(
        Offer("p", 30.0, cost=10.0, median=26.0, equivalents=4, position_confidence=90), CommerceTerms(rounding="0.99")
    )
    assert found is not None
    assert (found["method"], found["recommended_price"], found["elasticity"]) == ("position", 25.99, None)
    assert found["confidence"] == pytest.approx(54)


@pytest.mark.parametrize(
    "offer",
    [
        Offer("p", 30.0),
        Offer("p", 30.0, median=30.5, equivalents=2, position_confidence=80),  # near enough
        Offer(
            "p", 30.0, cost=40.0, median=20.0, equivalents=2, position_confidence=80
        ),  # no allowed price has the margin
        Offer("p", 30.0, cost=10.0, elasticity=-0.5, lower=-1.4, upper=0.4),  # the interval holds zero
        Offer(
            "p",
            30.0,
            cost=10.0,
            elasticity=-0.5,
            lower=-1.4,
            upper=0.4,
            median=26.0,
            equivalents=4,
            position_confidence=90,
        ),  # others are cheaper, but what is known of its own demand says that following them costs money
    ],
)
def test_nothing_is_recommended_where_nothing_speaks_for_it_or_the_limits_leave_no_price(offer: Offer) -> None:
    assert recommend(offer, CommerceTerms()) is None


@given(MONEY, st.sampled_from(["none", "0.99", "0.95", "0.05", "1"]), MONEY, MONEY)
def test_a_rounded_price_lies_within_its_bounds(price: float, rule: str, one: float, other: float) -> None:
    least, most = sorted((one, other))
    made = rounded(price, rule, least=least, most=most)
    if made is not None:
        assert least - 1e-6 <= made <= most + 1e-6
    assert rounded(price, rule) is None or math.isclose(rounded(price, rule), price, abs_tol=1.01)  # type: ignore[arg-type]


def test_offers_come_as_a_frame_with_what_is_not_known_left_null() -> None:
    frame = pl.DataFrame(
        [{"product_id": "p", "price": 30.0, "median": 26.0, "equivalents": 4, "position_confidence": 90.0}],
        schema=dict.fromkeys(Offer.__dataclass_fields__, pl.Float64())
        | {"product_id": pl.String(), "equivalents": pl.Int64()},
    )
    made = recommendations(frame, CommerceTerms())
    assert made.schema == RECOMMENDATIONS
    assert made["recommended_price"].to_list() == [25.99]


@given(offers(), TERMS)
def test_an_effect_is_told_only_of_an_elasticity_whose_interval_is_below_zero(
    offer: Offer, terms: CommerceTerms
) -> None:
    found = recommend(offer, terms)
    if found is not None:
        known = offer.upper is not None and offer.upper < 0
        assert (found["quantity_effect_pct"] is not None) == known
        assert (found["revenue_effect_pct"] is not None) == known
        assert known or found["profit_effect_pct"] is None
