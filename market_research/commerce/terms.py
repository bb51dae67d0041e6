"""What a request says about its commerce: whose offers are one's own, in which currency, within which limits."""

from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from market_research.commerce.identifiers import OWN_SHOP, offers
from market_research.commerce.pricing.promotions import promotions_in

OFFER_TEXTS = {
    **dict.fromkeys(("tenant", "marketplace", "sku", "document_id", "locator", "text", "currency"), pl.String()),
    "price": pl.Float64(),
    "seen_at": pl.Datetime("us", "UTC"),
}
NO_TEXTS = pl.DataFrame(schema=OFFER_TEXTS)


class CommerceTerms(BaseModel):
    """The part ``commerce`` of a research request; every field has a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    own_marketplaces: tuple[str, ...] = Field(
        (), description="Marketplaces whose whole catalogue is one's own; records that name none are one's own shop's."
    )
    own_sellers: tuple[str, ...] = Field((), description="Sellers on any marketplace that are oneself.")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field("USD", description="Amounts are compared in it.")
    alert_pct: float = Field(5.0, gt=0, lt=100, description="Price changes above this many percent are alerts.")
    minimum_margin_pct: float = Field(10.0, ge=0, lt=100, description="No recommended price leaves less margin.")
    largest_change_pct: float = Field(20.0, gt=0, le=100, description="No recommended price is further from today's.")
    rounding: Literal["none", "0.99", "0.95", "0.05", "1"] = Field(
        "0.99", description="Prices end in .99 or .95, or are multiples of 0.05 or 1."
    )


def terms_table(terms: CommerceTerms) -> pl.DataFrame:
    """One row: currency, alert_pct, minimum_margin_pct, largest_change_pct, rounding."""
    columns = ("currency", "alert_pct", "minimum_margin_pct", "largest_change_pct", "rounding")
    return pl.DataFrame([{name: getattr(terms, name) for name in columns}])


def own_table(terms: CommerceTerms, own_shop: str) -> pl.DataFrame:
    """How one's own offers are told: kind (marketplace or seller) and name in lower case."""
    places = {own_shop, *(name.strip().lower() for name in terms.own_marketplaces)}
    rows = [("marketplace", name) for name in sorted(places)]
    rows += [("seller", name) for name in sorted({name.strip().lower() for name in terms.own_sellers})]
    return pl.DataFrame(rows, schema={"kind": pl.String, "name": pl.String}, orient="row")


def promotion_texts(texts: pl.DataFrame) -> pl.DataFrame:
    """Promotions that texts of ``OFFER_TEXTS`` tell of: their columns and those of ``promotions_in``."""
    rows = texts.with_row_index("place")
    return (
        rows.drop("text", "price", "seen_at")
        .join(promotions_in(texts), on="place", maintain_order="left")
        .drop("place")
    )


def references(terms: CommerceTerms, named: pl.DataFrame, texts: pl.DataFrame = NO_TEXTS) -> dict[str, pl.DataFrame]:
    """What the SQL files of commerce refer to as ``reference.*``: offers, own_offers, commerce_terms, promotion_texts.

    ``named`` are the offers that records name, see ``identifiers.offers``; ``texts`` what catalogues say of them.
    """
    return {
        "offers": offers(named),
        "own_offers": own_table(terms, OWN_SHOP),
        "commerce_terms": terms_table(terms),
        "promotion_texts": promotion_texts(texts),
    }
