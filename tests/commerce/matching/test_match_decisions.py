"""Equivalent offers: what is accepted, what a person decides, and what never happens."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.commerce.matching.decisions import ACCEPT_FROM, PAIRS, match, pairs_of
from market_research.commerce.matching.evidence import evidence
from market_research.commerce.matching.normalising import OFFERS
from market_research.errors import MarketResearchError

Row = dict[str, object]
GOODS = (
    ("Sony KDL-40W600B television 40 inch", "Sony", "KDL-40W600B", 499.0),
    ("Sony KDL-48W600B television 48 inch", "Sony", "KDL-48W600B", 649.0),
    ("Bose QuietComfort 35 headphones black", "Bose", None, 299.0),
    ("Bose QuietComfort 35 headphones silver", "Bose", None, 299.0),
    ("Netgear ProSafe 5 port switch GS105", "Netgear", "GS105", 39.0),
    ("Netgear ProSafe 8 port switch GS108", "Netgear", "GS108", 59.0),
    ("Garden hose 20 m green", None, None, 25.0),
    ("Weber Summit gas grill stainless steel", "Weber", None, 1999.0),
    ("Canon PG-50 black ink cartridge", "Canon", "0616B002", 29.0),
    ("Panasonic KX-TS108W corded telephone", "Panasonic", None, 19.0),
)
GTIN, OTHER_GTIN = "4006381333931", "5901234123457"


def offers(*rows: Row) -> pl.DataFrame:
    """Offers with a product_id, marketplace and name at least."""
    return pl.DataFrame([{name: row.get(name) for name in OFFERS} for row in rows], schema=OFFERS)


def offer(product: str, place: str, name: str, **more: object) -> Row:
    return {"product_id": product, "marketplace": place, "name": name, **more}


def catalogue(place: str, kept: tuple[int, ...] = tuple(range(len(GOODS)))) -> list[Row]:
    return [offer(f"{place}{at}", place, GOODS[at][0], brand=GOODS[at][1], model=GOODS[at][2], price=GOODS[at][3])
            for at in kept]  # fmt: skip


def decision(one: str, other: str, same: bool) -> pl.DataFrame:
    return pl.DataFrame({"product_a": [one], "product_b": [other], "same": [same]})


def confidence(pairs: pl.DataFrame, one: str, other: str) -> float:
    found = pairs.filter(product_a=one, product_b=other)
    return found["confidence"].item() if found.height else 0.0


some_goods = st.lists(st.integers(0, len(GOODS) - 1), unique=True, max_size=6).map(tuple)
words = st.lists(st.sampled_from("sony bose cable 40 inch black GS105 hose кабель é".split()), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("xyz"), words, st.none() | st.floats(0.5, 5000)), max_size=8))
def test_property_10_what_is_below_080_is_left_to_a_person(listed: list[tuple[str, list[str], float | None]]) -> None:
    rows = [offer(f"p{at}", place, " ".join(said), price=price) for at, (place, said, price) in enumerate(listed)]
    pairs, _ = match(offers(*rows))
    assert pairs.schema == PAIRS
    assert pairs["confidence"].is_between(0, 1).all()
    assert ((pairs["confidence"] >= ACCEPT_FROM) == (pairs["status"] == "accepted")).all()
    assert pairs["status"].is_in(["accepted", "review"]).all()
    assert (pairs["marketplace_a"] < pairs["marketplace_b"]).all()


@settings(max_examples=100, deadline=None)
@given(some_goods, some_goods, st.randoms(use_true_random=False))
def test_the_order_of_catalogues_and_offers_decides_nothing(
    left: tuple[int, ...], right: tuple[int, ...], draw: object
) -> None:
    rows = [*catalogue("x", left), *catalogue("y", right)]
    turned = rows[::-1]
    draw.shuffle(turned)  # type: ignore[attr-defined]
    assert match(offers(*rows))[0].equals(match(offers(*turned))[0])


@settings(max_examples=100, deadline=None)
@given(some_goods)
def test_identical_offers_of_two_catalogues_match(kept: tuple[int, ...]) -> None:
    pairs, _ = match(offers(*catalogue("x", kept), *catalogue("y", kept)))
    assert pairs["product_a"].to_list() == sorted(f"x{at}" for at in kept)
    assert (pairs["product_b"].str.slice(1) == pairs["product_a"].str.slice(1)).all()
    assert (pairs["status"] == "accepted").all()


@settings(max_examples=100, deadline=None)
@given(some_goods, some_goods, st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_what_a_person_decided_stays_whatever_the_scores(
    left: tuple[int, ...], right: tuple[int, ...], one: int, other: int, same: bool
) -> None:
    if not left or not right:
        return
    a, b = f"x{left[one % len(left)]}", f"y{right[other % len(right)]}"
    pairs, _ = match(offers(*catalogue("x", left), *catalogue("y", right)), decided=decision(b, a, same))
    row = pairs.filter(product_a=a, product_b=b).row(0, named=True)
    assert (row["method"], row["status"], row["confidence"]) == (
        "decided",
        *((("accepted", 1.0)) if same else ("rejected", 0.0)),
    )
    if same:
        assert pairs.filter((pl.col("product_a") == a) | (pl.col("product_b") == b)).height == 1


def test_an_offer_whose_likeliest_partner_is_rejected_gets_the_next() -> None:
    rows = [offer("a", "x", "Bose QuietComfort 35 black", gtin=GTIN), offer("b", "y", "Bose QC35", gtin=GTIN),
            offer("c", "y", "Bose QuietComfort 35 black")]  # fmt: skip
    assert match(offers(*rows))[0]["product_b"].to_list() == ["b"]
    pairs, _ = match(offers(*rows), decided=decision("a", "b", same=False))
    assert dict(pairs.select("product_b", "status").iter_rows()) == {"b": "rejected", "c": "accepted"}


def test_the_same_trade_item_number_beats_the_likeness_of_names() -> None:
    rows = [
        offer("a", "x", "Bose QuietComfort 35 headphones black", brand="Bose", gtin=GTIN, price=299.0),
        offer("b", "y", "Noise cancelling headset QC35, cordless", gtin=GTIN, price=310.0),
        offer("c", "y", "Bose QuietComfort 35 headphones black", brand="Bose", price=299.0),
    ]
    pairs, _ = match(offers(*rows))
    assert pairs.select("product_b", "method", "status").rows() == [("b", "gtin", "accepted")]
    assert "same trade item number" in pairs["reasons"].item()


@pytest.mark.parametrize("number", [GTIN, None])
def test_a_price_twenty_times_the_other_lowers_the_confidence(number: str | None) -> None:
    def at_price(price: float) -> float:
        rows = [offer("a", "x", "Cordless headset, black", gtin=number, price=30.0),
                offer("b", "y", "Black cordless headset", gtin=number, price=price)]  # fmt: skip
        return confidence(match(offers(*rows))[0], "a", "b")

    assert at_price(600.0) < ACCEPT_FROM
    assert at_price(600.0) < at_price(31.0)


def test_another_trade_item_number_lowers_the_confidence() -> None:
    def with_number(number: str | None) -> float:
        rows = [offer("a", "x", "Bose QuietComfort 35 headphones black", gtin=GTIN),
                offer("b", "y", "Bose QuietComfort 35 headphones", gtin=number)]  # fmt: skip
        return confidence(match(offers(*rows))[0], "a", "b")

    assert with_number(OTHER_GTIN) < with_number(None) < with_number(GTIN)


def test_a_number_with_a_wrong_check_digit_says_nothing() -> None:
    rows = [offer("a", "x", "Red box", gtin="4006381333932"), offer("b", "y", "Red box", gtin="4006381333932")]
    pairs, _ = match(offers(*rows))
    assert pairs["gtin"].to_list() == [None]
    assert pairs["method"].to_list() == ["scored"]


def test_other_models_of_one_series_are_no_match() -> None:
    rows = [*catalogue("x"), *catalogue("y")]
    apart = [row for row in rows if row["product_id"] not in ("x0", "y1", "x4", "y5")]
    pairs, _ = match(offers(*apart))
    for one, other in (("x1", "y0"), ("x5", "y4")):
        assert confidence(pairs, one, other) < ACCEPT_FROM


def test_letters_that_only_look_alike_and_full_width_digits_match() -> None:
    rows = [offer("a", "x", "Canon ЕОЅ R50 camera".replace("Ѕ", "S"), brand="Саnon"),
            offer("b", "y", "Canon EOS Ｒ５０ camera", brand="CANON")]  # fmt: skip
    pairs, _ = match(offers(*rows))
    assert pairs["status"].to_list() == ["accepted"]
    assert pairs["similarity"].item() > 0.99


@pytest.mark.parametrize("rows", [[], catalogue("x", (0,)), catalogue("x")])
def test_no_catalogue_or_one_has_no_pairs(rows: list[Row]) -> None:
    pairs, model = match(offers(*rows))
    assert pairs.schema == PAIRS
    assert pairs.height == 0
    assert model is None


def test_catalogues_of_one_product_each_are_told_apart_or_matched() -> None:
    assert match(offers(*catalogue("x", (0,)), *catalogue("y", (7,))))[0].height == 0
    assert match(offers(*catalogue("x", (7,)), *catalogue("y", (7,))))[0]["status"].to_list() == ["accepted"]


def test_catalogues_with_nothing_in_common_have_no_accepted_pairs() -> None:
    pairs, _ = match(offers(*catalogue("x", (0, 2, 4, 6, 8)), *catalogue("y", (1, 3, 5, 7, 9))))
    assert pairs.filter(status="accepted", brand=1.0).filter(pl.col("model") == 1).height == 0
    assert pairs.filter(status="accepted").height <= 1  # two colours of one product look like one


def test_pairs_within_a_marketplace_are_made_only_when_asked_for() -> None:
    rows = [*catalogue("x", (4, 5)), offer("x9", "x", GOODS[4][0], brand="Netgear", model="GS105", price=39.0)]
    assert match(offers(*rows))[0].height == 0
    pairs, _ = match(offers(*rows), within=True)
    assert pairs.filter(status="accepted").select("product_a", "product_b").rows() == [("x4", "x9")]


def test_three_marketplaces_are_matched_two_by_two() -> None:
    pairs, _ = match(offers(*catalogue("x"), *catalogue("y"), *catalogue("z")))
    counted = pairs.filter(status="accepted").group_by("marketplace_a", "marketplace_b").len().sort(pl.all())
    assert counted.rows() == [("x", "y", len(GOODS)), ("x", "z", len(GOODS)), ("y", "z", len(GOODS))]


def test_each_offer_has_one_partner_in_another_marketplace() -> None:
    rows = [*catalogue("x", (4,)), *(offer(f"y{at}", "y", GOODS[4][0], brand="Netgear") for at in range(3))]
    assert match(offers(*rows))[0].height == 1


def test_what_cannot_be_matched_is_refused_with_a_reason() -> None:
    row = offer("a", "x", "Box")
    with pytest.raises(MarketResearchError, match="lack price"):
        match(offers(row).drop("price"))
    with pytest.raises(MarketResearchError, match="more than one offer"):
        match(offers(row, row))
    with pytest.raises(MarketResearchError, match="have no name"):
        match(offers({**row, "name": None}))
    both = pl.concat([decision("a", "b", same=True), decision("b", "a", same=False)])
    with pytest.raises(MarketResearchError, match="keep the newer"):
        pairs_of(evidence(offers(row)), both)


def test_embeddings_are_as_many_as_offers_and_bring_meaning() -> None:
    import numpy as np

    rows = offers(offer("b", "y", "Hose"), offer("a", "x", "Pipe for gardens"))
    vectors = np.array([[1.0, 0.0], [1.0, 0.0]], dtype=np.float32)
    found = evidence(rows, vectors)
    assert found["meaning"].to_list() == [1.0]
    with pytest.raises(MarketResearchError, match="1 embeddings for 2 offers"):
        evidence(rows, vectors[:1])
