"""Facts about offers: what a record's cell states, and what was made of it."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from market_research.analysis.offers import Offer, Offers
from market_research.writing.evidence import CONVERTED, RECORDED, FactBook

OFFER = Offer("prod_1", "Kettle", "own", True)
RATES = pl.DataFrame(
    {"currency": "EUR", "date": [date(2025, 11, 1), date(2025, 11, 19), date(2025, 11, 21)], "rate": [1.0, 1.1, 1.2],
     "document_id": "doc_2", "locator": ["row 2", "row 3", "row 4"]}
)  # fmt: skip


def row(stated: float, currency: str, which: str = "", amount: float = 11.0) -> dict[str, Any]:
    placed = {"observed_at": datetime(2025, 11, 20, tzinfo=UTC), "document_id": "doc_1", "locator": "row 2"}
    values = {"price": amount, "stated_price": stated, "stated_currency": currency, **placed}
    return {f"{which}{name}": value for name, value in values.items()}


@pytest.fixture
def offers() -> Offers:
    return Offers({"currency_rates": RATES}, FactBook("kitchen"), "USD")


def test_a_price_that_its_cell_states_in_the_currency_of_the_request_is_recorded(offers: Offers) -> None:
    price = offers.price(OFFER, row(11.0, "USD"))
    assert (price.method, price.unit, price.value, price.locator, price.made) == (RECORDED, "USD", 11.0, "row 2", True)


def test_a_price_stated_in_another_currency_rests_on_its_cell_and_on_the_rate_of_its_day(offers: Offers) -> None:
    price = offers.price(OFFER, row(10.0, "EUR", "other_"), "other_")
    assert (price.method, price.unit, price.value, price.document_id) == (CONVERTED, "USD", 11.0, None)
    stated, rate = (offers.book.facts[i] for i in price.inputs)
    assert (stated.value, stated.unit, stated.method, stated.locator) == (10.0, "EUR", RECORDED, "row 2")
    assert (rate.metric, rate.value, rate.document_id, rate.locator) == ("exchange_rate", 1.1, "doc_2", "row 3")


def test_a_change_in_one_currency_is_between_the_prices_as_stated(offers: Offers) -> None:
    same = offers.moved(OFFER, {**row(10.0, "EUR"), **row(9.0, "EUR", "old_", 12.0)}, "", "old_")
    assert [(fact.value, fact.unit) for fact in same] == [(10.0, "EUR"), (9.0, "EUR")]
    other = offers.moved(OFFER, {**row(10.0, "EUR"), **row(12.0, "USD", "old_", 12.0)}, "", "old_")
    assert [(fact.value, fact.unit) for fact in other] == [(11.0, "USD"), (12.0, "USD")]
