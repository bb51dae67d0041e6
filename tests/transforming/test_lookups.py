"""Lookups: what expressions find in the files that a request names."""

from datetime import date

import pytest

from market_research.errors import UnreadableDocument
from market_research.transforming.lookups import given, read_lookup
from market_research.transforming.rules import Lookup
from tests.transforming.ruled import COMPANIES

LONG = "Date,Currency,Rate\n2024-07-01,usd,1.08\n2024-01-01,USD,1.10\n2024-01-01,GBP,0.86\n"
WIDE = "Date,USD,GBP,\n2024-07-01,1.08,N/A,\n2024-01-01,1.10,0.86,\n"


@pytest.mark.parametrize("text", [LONG, WIDE], ids=["long", "a column a currency"])
def test_rates_hold_until_the_next_day_that_has_one(text: str) -> None:
    found = read_lookup("rates", Lookup(file="ecb.csv", kind="rates"), text.encode())
    assert found.rows() == [
        ("GBP", date(2024, 1, 1), None, 0.86),
        ("USD", date(2024, 1, 1), date(2024, 7, 1), 1.10),
        ("USD", date(2024, 7, 1), None, 1.08),
    ]


def test_columns_are_texts_unless_a_type_is_declared() -> None:
    text = b"code,weight\n007,1.5\n"
    assert read_lookup("x", Lookup(file="x.csv"), text).rows() == [("007", "1.5")]
    assert read_lookup("x", Lookup(file="x.csv", types={"weight": "number"}), text).rows() == [("007", 1.5)]


@pytest.mark.parametrize(
    ("lookup", "text", "word"),
    [
        (Lookup(file="x.csv", types={"a": "number"}), "a,b\n1,2\nx,3\n", "row 3"),
        (Lookup(file="x.csv", types={"c": "number"}), "a,b\n1,2\n", "no column 'c'"),
        (Lookup(file="x.csv"), "a,b\n1,2\n3\n", "row 3: The row has 1 fields"),
        (Lookup(file="x.csv", kind="rates"), "day,USD\n2024-01-01,1\n", "need a column date"),
        (Lookup(file="x.csv", kind="rates"), "date,value\n2024-01-01,1\n", "a column a currency"),
    ],
)
def test_a_file_that_is_none_says_so_with_its_name(lookup: Lookup, text: str, word: str) -> None:
    with pytest.raises(UnreadableDocument, match=rf"the lookup mine \(x.csv\).*{word}"):
        read_lookup("mine", lookup, text.encode())


def test_companies_and_countries_are_always_there() -> None:
    tables = given(COMPANIES)
    assert tables["companies"].row(1) == ("Cisco Systems", "CSCO", None, ["CISCO"])
    assert ("KR", "KOR", "South Korea") in tables["countries"].rows()
