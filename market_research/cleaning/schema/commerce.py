"""Records of commerce, as received: what is offered where, at which price, what buyers say, what was sold and is left.

`tenant` names whose records they are; there is one unless files say otherwise. `marketplace` and `sku` together name
an offer, as the marketplace writes it; the cleaned tables have the normalised form beside it.
"""

import polars as pl

from market_research.cleaning.schema.types import (
    DOCUMENT,
    INDUSTRY,
    ROW_LOCATOR,
    ROW_NUMBER,
    Column,
    Table,
    text,
    time,
)

ROW = (
    INDUSTRY,
    DOCUMENT,
    ROW_NUMBER,
    ROW_LOCATOR,
    text("tenant", "Whose record it is; null is the default tenant.", nullable=True, pattern=r"^[\w.-]{1,64}$"),
    text("marketplace", "Where it is offered, as stated; null is one's own shop.", nullable=True),
    text("sku", "What is offered, by the marketplace's own identifier.", pattern=r"\w"),
)
_CURRENCY = text("currency", "Currency of the amounts, where stated.", nullable=True, pattern=r"^[A-Z]{3}$")
_MOST = 1e9


def _money(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, pl.Float64(), description, nullable=nullable, minimum=0, maximum=_MOST)


def _count(name: str, description: str, *, nullable: bool = False, minimum: float | None = 0) -> Column:
    return Column(name, pl.Float64(), description, nullable=nullable, minimum=minimum, maximum=_MOST)


PRODUCT_RECORDS = Table(
    "product_records",
    "Offers in catalogues, as received: one row a line of a catalogue. `products` has one row an offer.",
    (
        *ROW,
        text("name", "Name of the product, as offered.", pattern=r"\S", free=True),
        text("brand", "Brand or maker.", nullable=True),
        text("model", "Model or part number.", nullable=True),
        text("gtin", "GTIN, EAN, UPC or ISBN, as stated.", nullable=True),
        text("category", "Category, as stated.", nullable=True),
        text("description", "Description, as offered.", nullable=True, free=True),
        text("seller", "Who offers it; offers of one's own are told by it.", nullable=True),
        _money("price", "Price, in `currency`."),
        _money("cost", "What one piece costs the seller, in `currency`."),
        _CURRENCY,
        _count("stock", "Pieces in stock.", nullable=True),
        time("created_at", "Since when it is offered.", nullable=True),
        time(
            "updated_at", "When the row was last changed; of several rows of an offer the newest counts.", nullable=True
        ),
    ),
    key=("document_id", "tenant", "marketplace", "sku", "updated_at"),
)

PRICE_RECORDS = Table(
    "price_records",
    "Prices of offers at moments, as received. `product_prices` has one row an offer and moment.",
    (
        *ROW,
        _money("price", "Price, in `currency`.", nullable=False),
        _money(
            "list_price",
            "Price without a discount, where stated.",
        ),
        _CURRENCY,
        time("observed_at", "When the price held; without an offset it is taken for UTC."),
    ),
    key=("document_id", "tenant", "marketplace", "sku", "observed_at"),
)

REVIEW_RECORDS = Table(
    "review_records",
    "Reviews, as received. `reviews` has them by offer, `review_sentiment` says which are spam and what they feel.",
    (
        *ROW,
        text("review_id", "The marketplace's id of the review.", nullable=True),
        Column("rating", pl.Float64(), "Stars, from 1 to 5.", nullable=True, minimum=1, maximum=5),
        text("title", "Its title.", nullable=True, personal=True),
        text("text", "What the buyer says; personal data are replaced by their kind.", personal=True, pattern=r"\S"),
        text(
            "author",
            "A code of the author's name or id; the name stays in the document alone, and in rows set aside.",
            nullable=True,
        ),
        Column("verified", pl.Boolean(), "Whether the marketplace knows of the purchase.", nullable=True),
        time("written_at", "When it was written.", nullable=True),
    ),
    key=(),
)

SALES_RECORDS = Table(
    "sales_records",
    "Pieces sold on a day, as received. `sales` has one row an offer and day.",
    (
        *ROW,
        Column("date", pl.Date(), "The day."),
        _count("quantity", "Pieces sold; below zero are returns.", minimum=None),
        Column("revenue", pl.Float64(), "What was taken for them, in `currency`.", nullable=True),
        _CURRENCY,
    ),
    key=(),
)

INVENTORY_RECORDS = Table(
    "inventory_records",
    "Stock at moments, as received. `inventory` has the newest of each offer.",
    (
        *ROW,
        time("counted_at", "When it was counted."),
        _count("on_hand", "Pieces there."),
        _count("on_order", "Pieces ordered and not there yet.", nullable=True),
        _count("lead_days", "Days from order to arrival.", nullable=True),
        _count("order_multiple", "Pieces in the smallest order.", nullable=True, minimum=1),
    ),
    key=("document_id", "tenant", "marketplace", "sku", "counted_at"),
)

PROMOTION_RECORDS = Table(
    "promotion_records",
    "Promotions with their fields, as received. `promotions` has them beside those read from texts and prices.",
    (
        *ROW,
        text("name", "What it is called.", nullable=True, free=True),
        Column(
            "discount_pct", pl.Float64(), "Discount in percent.", nullable=True, minimum=0, maximum=100, unit="percent"
        ),
        _money("promotion_price", "Price during it, in `currency`."),
        _CURRENCY,
        time("starts_at", "First moment.", nullable=True),
        time("ends_at", "Last moment.", nullable=True),
    ),
    key=(),
)

EXCHANGE_RATES = Table(
    "exchange_rates",
    "Rates of exchange by day, as received: what one unit of `currency` is worth in `base`.",
    (
        *ROW[:4],
        Column("date", pl.Date(), "First day on which it holds; it does until the next one."),
        text("currency", "The currency that is converted.", pattern=r"^[A-Z]{3}$"),
        text(
            "base",
            "The currency it is converted to; null is that of the request.",
            nullable=True,
            pattern=r"^[A-Z]{3}$",
        ),
        Column("rate", pl.Float64(), "Units of `base` for one of `currency`.", minimum=1e-9, maximum=_MOST),
    ),
    key=("document_id", "date", "currency", "base"),
)

COMMERCE: tuple[Table, ...] = (
    PRODUCT_RECORDS, PRICE_RECORDS, REVIEW_RECORDS, SALES_RECORDS, INVENTORY_RECORDS, PROMOTION_RECORDS, EXCHANGE_RATES,
)  # fmt: skip

PRODUCT_MATCHES = Table(
    "product_matches",
    "Pairs of offers that are, or may be, one product: how sure that is, by what, and what a person said of it.",
    (
        INDUSTRY,
        text("product_a", "The one offer; the smaller id.", pattern=r"^prod_[0-9a-f]{16}$"),
        text("product_b", "The other offer.", pattern=r"^prod_[0-9a-f]{16}$"),
        text("marketplace_a", "Where the one is offered."),
        text("marketplace_b", "Where the other is offered."),
        Column("confidence", pl.Float64(), "How sure it is that they are one product.", minimum=0, maximum=1),
        text("method", "What decided.", allowed=("gtin", "model", "scored", "learned", "decided")),
        text("status", "Below 0.80 a person is asked.", allowed=("accepted", "review", "rejected")),
        text("reasons", "What spoke for and against it."),
        text("model_version", "Label of the version that gave the confidence, where one did.", nullable=True),
    ),
    key=("product_a", "product_b"),
)

MATCH_DECISIONS = Table(
    "match_decisions",
    "What people decided of pairs of offers. The newest on a pair holds.",
    (
        text("decision_id", "Id from the pair, the decision, the person and the time.", pattern=r"^deci_[0-9a-f]{16}$"),
        INDUSTRY,
        text("product_a", "The one offer; the smaller id.", pattern=r"^prod_[0-9a-f]{16}$"),
        text("product_b", "The other offer.", pattern=r"^prod_[0-9a-f]{16}$"),
        Column("same", pl.Boolean(), "Whether they are one product."),
        text("reviewer", "Who decided."),
        text("note", "Why.", nullable=True),
        time("decided_at", "When."),
    ),
    key=("decision_id",),
)

_PRODUCT = text("product_id", "The offer.", pattern=r"^prod_[0-9a-f]{16}$")


def _share(name: str, description: str) -> Column:
    return Column(name, pl.Float64(), description, nullable=True, unit="percent")


PRICE_ELASTICITIES = Table(
    "price_elasticities",
    "By how many percent the pieces sold of an offer change when its price rises by one percent, from its own history.",
    (
        INDUSTRY,
        _PRODUCT,
        Column("elasticity", pl.Float64(), "The estimate; null where `reason` says why there is none.", nullable=True),
        Column("lower", pl.Float64(), "Lower end of its 95 % interval.", nullable=True),
        Column("upper", pl.Float64(), "Upper end.", nullable=True),
        Column("days", pl.Int64(), "Days with a price that it comes from.", minimum=0),
        Column("prices", pl.Int64(), "Different prices among them.", minimum=0),
        text("reason", "Why there is no estimate; else empty."),
    ),
    key=("product_id",),
)

PRICE_RECOMMENDATIONS = Table(
    "price_recommendations",
    "Which price to ask for one's own offers, within the request's margin and change, and what that is expected to do. "
    "An offer that is not here is near enough where it is, or nothing is known that speaks for another price.",
    (
        INDUSTRY,
        _PRODUCT,
        text(
            "method",
            "From the offer's elasticity, or from its place among equivalent offers.",
            allowed=("elasticity", "position"),
        ),
        Column("price", pl.Float64(), "The newest price, in the currency of the request."),
        Column("recommended_price", pl.Float64(), "The price to ask.", minimum=0),
        _share("change_pct", "From the newest price."),
        Column("cost", pl.Float64(), "What a piece costs, where known.", nullable=True),
        _share("margin_pct", "Margin at the newest price, of the price."),
        _share("new_margin_pct", "Margin at the recommended price."),
        Column("elasticity", pl.Float64(), "See `price_elasticities`.", nullable=True),
        Column("elasticity_lower", pl.Float64(), "Lower end of its interval.", nullable=True),
        Column("elasticity_upper", pl.Float64(), "Upper end.", nullable=True),
        _share("quantity_effect_pct", "Expected change of pieces sold, where the elasticity is known."),
        _share("revenue_effect_pct", "Expected change of revenue."),
        _share("profit_effect_pct", "Expected change of revenue less cost."),
        Column("confidence", pl.Float64(), "From 0 to 100.", minimum=0, maximum=100),
        text("reasons", "What speaks for it, and what lowers the confidence."),
    ),
    key=("product_id",),
)
