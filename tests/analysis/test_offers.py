"""Facts about offers: what a record's cell states, and what was made of it."""

from datetime import UTC, datetime

import polars as pl
import pytest

from market_research.analysis.offers import Offers
from market_research.writing.evidence import CONVERTED, RECORDED, FactBook

AT = datetime(2025, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(("stated", "method"), [("USD", RECORDED), (None, RECORDED), ("EUR", CONVERTED)])
def test_a_price_that_its_cell_states_in_another_currency_is_not_said_to_stand_there(
    stated: str | None, method: str
) -> None:
    row = {"product_id": "prod_1", "name": "Kettle", "normalized_sku": "K1", "marketplace": "own", "is_own": True}
    products = pl.DataFrame([{**row, "currency": stated}], schema_overrides={"currency": pl.String})
    offers = Offers({"products": products}, FactBook("kitchen"))
    offer = offers.of("prod_1")
    assert offer is not None
    price = offers.price(offer, 11.0, AT, "doc_1", "row 2")
    assert (price.method, price.unit, price.locator, price.made) == (method, "USD", "row 2", True)
