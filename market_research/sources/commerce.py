"""Tables of commerce, told by their headers: catalogues, prices, reviews, sales, stock and promotions of offers.

What is offered must be named by a column that can be nothing else (``sku``, ``asin``, ``product_id`` …): an ``id``
beside a ``name`` would make a catalogue of every list.
"""

from market_research.cleaning.schema.commerce import (
    EXCHANGE_RATES,
    INVENTORY_RECORDS,
    PRICE_RECORDS,
    PRODUCT_RECORDS,
    PROMOTION_RECORDS,
    REVIEW_RECORDS,
    SALES_RECORDS,
)
from market_research.sources.dataset import Dataset, Field

_OFFER = (
    Field("tenant", ("tenant", "tenant_id")),
    Field("marketplace", ("marketplace", "market_place", "channel", "shop", "store")),
    Field(
        "sku",
        (
            "sku",
            "seller_sku",
            "asin",
            "product_id",
            "product_code",
            "item_id",
            "item_number",
            "stock_code",
            "stockcode",
        ),
        needed=True,
    ),
)
_CURRENCY = Field("currency", ("currency", "ccy", "currency_code"))

CATALOGUE = Dataset(
    PRODUCT_RECORDS,
    (
        *_OFFER,
        Field("name", ("name", "product_name", "title", "product_title", "item_name"), needed=True),
        Field("brand", ("brand", "manufacturer", "maker")),
        Field("model", ("model", "model_number", "modelno", "mpn", "part_number")),
        Field("gtin", ("gtin", "ean", "upc", "gtin13", "ean13", "isbn", "barcode")),
        Field("category", ("category", "product_type", "department", "group")),
        Field("description", ("description", "product_description", "details")),
        Field("seller", ("seller", "merchant", "vendor")),
        Field("price", ("price", "current_price", "sale_price", "unit_price")),
        Field("cost", ("cost", "unit_cost", "cost_price")),
        _CURRENCY,
        Field("stock", ("stock", "inventory_level", "stock_level", "in_stock", "quantity_available")),
        Field("created_at", ("created_at", "created", "listed_at", "launch_date")),
        Field("updated_at", ("updated_at", "updated", "last_updated", "modified_at")),
    ),
)
REVIEWS = Dataset(
    REVIEW_RECORDS,
    (
        *_OFFER,
        Field("review_id", ("review_id", "id")),
        Field("rating", ("rating", "stars", "star_rating", "overall", "score")),
        Field("title", ("title", "review_title", "summary", "headline", "review_headline")),
        Field("text", ("text", "review", "review_text", "review_body", "verified_reviews", "comment"), needed=True),
        Field("author", ("author", "reviewer", "reviewer_id", "reviewer_name", "customer_id", "user_id"), code=True),
        Field("verified", ("verified", "verified_purchase")),
        Field("written_at", ("written_at", "review_date", "date", "created_at", "timestamp", "time"), needed=False),
    ),
)
SALES = Dataset(
    SALES_RECORDS,
    (
        *_OFFER,
        Field("date", ("date", "day", "sale_date", "order_date", "sold_on"), needed=True),
        Field("quantity", ("quantity", "units", "units_sold", "qty", "pieces"), needed=True),
        Field("revenue", ("revenue", "sales", "amount", "net_sales", "total")),
        _CURRENCY,
    ),
)
STOCK = Dataset(
    INVENTORY_RECORDS,
    (
        *_OFFER,
        Field("counted_at", ("at", "date", "counted_at", "as_of", "timestamp", "updated_at"), needed=True),
        Field("on_hand", ("on_hand", "stock_on_hand", "inventory_level", "stock_level", "available"), needed=True),
        Field("on_order", ("on_order", "inbound", "quantity_on_order")),
        Field("lead_days", ("lead_days", "lead_time_days", "lead_time")),
        Field("order_multiple", ("order_multiple", "pack_size", "minimum_order")),
    ),
)
PROMOTIONS = Dataset(
    PROMOTION_RECORDS,
    (
        *_OFFER,
        Field("name", ("name", "promotion", "promotion_name", "campaign")),
        Field("discount_pct", ("discount_pct", "discount_percent", "discount", "percent_off")),
        Field("promotion_price", ("promotion_price", "promo_price", "deal_price")),
        _CURRENCY,
        Field("starts_at", ("starts_at", "start", "start_date", "valid_from"), needed=True),
        Field("ends_at", ("ends_at", "end", "end_date", "valid_to", "valid_until"), needed=True),
    ),
)
PRICES = Dataset(
    PRICE_RECORDS,
    (
        *_OFFER,
        Field("price", ("price", "current_price", "sale_price", "unit_price"), needed=True),
        Field("list_price", ("list_price", "regular_price", "msrp", "was_price")),
        _CURRENCY,
        Field("observed_at", ("at", "timestamp", "observed_at", "date", "scraped_at", "time", "day"), needed=True),
    ),
)
RATES = Dataset(
    EXCHANGE_RATES,
    (
        Field("date", ("date", "day"), needed=True),
        Field("currency", ("currency", "ccy", "currency_code", "from"), needed=True),
        Field("base", ("base", "base_currency", "to")),
        Field("rate", ("rate", "exchange_rate", "fx_rate"), needed=True),
    ),
)
# In this order: a catalogue has a price too, and sales of a day one as well.
COMMERCE_TABLES: tuple[Dataset, ...] = (REVIEWS, PROMOTIONS, SALES, STOCK, CATALOGUE, PRICES, RATES)
