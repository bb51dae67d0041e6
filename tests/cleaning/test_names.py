"""Company names."""

import pytest

from market_research.cleaning.names import Known, normalised, normalised_cik, resolve


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("NVIDIA CORP", "Nvidia"),
        ("Amazon.com, Inc.", "AMAZON COM INC"),
        ("Tesla, Inc.", "Tesla"),
        ("AT&T Inc.", "AT and T"),
        ("The Walt Disney Company", "Walt Disney"),
        ("U.S. Steel Corp.", "US Steel"),
        ("Nestlé S.A.", "NESTLE SA"),
        ("SNOWFLAKE INC. /DE/", "Snowflake"),
        ("McDonald’s Corp", "McDonald's"),
    ],
)
def test_forms_of_one_name_are_equal(left: str, right: str) -> None:
    assert normalised(left) == normalised(right)


@pytest.mark.parametrize(("left", "right"), [("Amazon.com", "Amazon"), ("Delta Air Lines", "Delta"), ("Group", "Co")])
def test_different_names_stay_different(left: str, right: str) -> None:
    assert normalised(left) != normalised(right)


def test_names_are_resolved_by_cik_ticker_alias_and_form() -> None:
    companies = [
        Known("Nvidia", "NVDA", "1045810"),
        Known("Amazon", "AMZN", "0001018724", ("Amazon.com",)),
        Known("Meta Platforms", "META"),
    ]
    identifiers = {"Facebook": ("META", None), "Graphics maker": (None, "0001045810")}
    stated = ["NVIDIA CORP", "AMAZON COM INC", "NVDA", "Facebook", "Graphics maker", "Unknown", "nvda"]
    assert resolve(stated, companies, identifiers) == {
        "NVIDIA CORP": "Nvidia",
        "AMAZON COM INC": "Amazon",
        "NVDA": "Nvidia",
        "Facebook": "Meta Platforms",
        "Graphics maker": "Nvidia",
    }


def test_an_ambiguous_name_is_not_resolved() -> None:
    assert resolve(["Delta"], [Known("Delta Corp"), Known("Delta Inc")]) == {}


def test_ciks_are_ten_digits() -> None:
    assert [normalised_cik(cik) for cik in (1045810, "CIK0001045810", "x", None, "")] == [
        "0001045810",
        "0001045810",
        None,
        None,
        None,
    ]
