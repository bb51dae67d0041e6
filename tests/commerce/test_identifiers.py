"""SKUs in one form and trade item numbers with their check digits: properties of seed 003, and cases from life."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.commerce.identifiers import normalised_gtin, normalised_sku, offers

SKUS = st.text(min_size=1, max_size=30)


@given(SKUS, st.sampled_from([None, "amazon", "Shopify", "ebay.de", "bay"]))
def test_property_4_a_sku_has_one_form_of_capitals_and_digits(sku: str, marketplace: str | None) -> None:
    made = normalised_sku(sku, marketplace)
    assert re.fullmatch(r"[A-Z0-9]+", made)
    assert made == normalised_sku(sku, marketplace)
    assert normalised_sku(made) == made


@given(
    st.from_regex(r"[A-Z0-9]{3,12}", fullmatch=True), st.sampled_from([" ", "-", "_", "/", ".", "\u200b"]), st.data()
)
def test_property_4_separators_case_and_invisible_characters_make_no_other_sku(
    sku: str, separator: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(sku)))
    assert normalised_sku(f" {sku[:at].lower()}{separator}{sku[at:]} ") == sku


@pytest.mark.parametrize(
    ("sku", "marketplace", "expected"),
    [
        ("АВ-12", None, "AB12"),  # Cyrillic letters
        ("ＡＢ１２", None, "AB12"),  # full width
        ("https://example.com/dp/B00TEST123/ref=x", "amazon", "B00TEST123"),
        ("v1|110123456789|0", "eBay", "110123456789"),
        ("gid://shopify/Product/77", "shopify", "77"),
        ("gid://shopify/Product/77", "bay", "GIDSHOPIFYPRODUCT77"),
    ],
)
def test_look_alikes_and_what_marketplaces_wrap_around_it_are_seen_through(
    sku: str, marketplace: str | None, expected: str
) -> None:
    assert normalised_sku(sku, marketplace) == expected


def test_skus_of_other_scripts_stay_apart() -> None:
    assert len({normalised_sku(sku) for sku in ("电水壶", "烤面包机", "---", "!!!")}) == 4


@given(
    st.text("0123456789", min_size=7, max_size=13).filter(lambda text: text.strip("0") and len(text) in (7, 11, 12, 13))
)
def test_of_ten_last_digits_one_makes_a_trade_item_number(body: str) -> None:
    good = [digit for digit in "0123456789" if normalised_gtin(body + digit)]
    assert len(good) == 1
    number = body + good[0]
    assert normalised_gtin(number) == number.zfill(14)
    assert normalised_gtin(f"{number[:4]}-{number[4:]}") == number.zfill(14)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("036000291452", "00036000291452"),
        ("4006381333931", "04006381333931"),
        ("4006381333931.0", "04006381333931"),  # as a spreadsheet writes it
        ("0-306-40615-2", "09780306406157"),
        ("080442957X", "09780804429573"),
        ("4006381333932", None), ("0000000000000", None), ("abc", None), ("", None), ("12345", None), (None, None),
    ],
)  # fmt: skip
def test_numbers_without_their_check_digit_are_none(stated: str | None, expected: str | None) -> None:
    assert normalised_gtin(stated) == expected


def test_an_offer_is_one_product_however_its_sku_is_written() -> None:
    frame = pl.DataFrame(
        {
            "tenant": [None, None, "acme", None],
            "marketplace": ["Bay", "bay ", "bay", None],
            "sku": ["ab-1", "AB1", "AB1", "AB1"],
            "gtin": [None, "4006381333931", None, None],
        }
    )
    made = offers(frame)
    first, second, other_tenant, own = made["product_id"].to_list()
    assert first == second
    assert len({first, other_tenant, own}) == 3
    assert made["gtin14"].to_list() == [None, "04006381333931", None, None]
