"""Offers brought to one form: words, model numbers, brand, trade item number and quantities, for comparison only."""

import polars as pl

from market_research.cleaning.disguise import plain
from market_research.commerce.identifiers import normalised_gtin

OFFERS = pl.Schema(
    {
        "product_id": pl.String,
        "marketplace": pl.String,
        "name": pl.String,
        "brand": pl.String,
        "model": pl.String,
        "gtin": pl.String,
        "category": pl.String,
        "description": pl.String,
        "price": pl.Float64,
    }
)
"""What matching reads; all but the first three may be null. Prices are in one currency."""

# A model number has a digit; shorter ones are sizes and counts, longer ones are sentences without blanks.
_SHORTEST_CODE, _LONGEST_CODE = 3, 24
_CODE = rf"^[a-z0-9]{{{_SHORTEST_CODE},{_LONGEST_CODE}}}$"
# A number with its unit is a quantity: it tells products apart, yet many products share it.
_UNITS = (
    "gb|tb|mb|kb|ghz|mhz|hz|khz|w|watt|watts|kw|v|volt|volts|mah|ah|mp|dpi|rpm|in|inch|inches|ft|feet|foot|m|mm|cm|yd|"
    "yards|oz|lb|lbs|kg|g|ml|l|pk|pack|packs|ct|count|pc|pcs|piece|pieces|sheet|sheets|port|ports|x|pin|page|pages|"
    "disc|discs|key|keys|bit|outlet|outlets|channel|channels"
)
_QUANTITY = rf"\b[0-9]+(?:\.[0-9]+)?[ -]?(?:{_UNITS})\b"
_QUANTITY_ONLY = rf"^[0-9]+(?:{_UNITS})$"
_SAME_UNITS = {
    r"(inch|inches)$": "in", r"(feet|foot)$": "ft", r"watts?$": "w", r"volts?$": "v", r"(packs?|pk)$": "pk",
    r"(pieces?|pcs|pc|count|ct)$": "pc", r"lbs$": "lb", r"yards$": "yd",
    r"(sheet|port|page|disc|key|outlet|channel)s$": "$1",
}  # fmt: skip
_BLANKS = r"[\s/|,;:()\[\]\"']+"


def prepared(offers: pl.DataFrame) -> pl.DataFrame:
    """The offers in the order of marketplace and product_id, with what is compared.

    Adds row (place in ``offers``), text (name, plain and lower case), words and all_words (lists; the second with
    brand, model and description), compact (name and model without anything between letters and digits), codes (what
    may be a model number, list), own_code (the stated model, or null), maker (brand), gtin14, quantities (list).
    """
    made = offers.select(*OFFERS.names()).cast(OFFERS).with_row_index("row")
    made = made.with_columns(
        text=_plain("name"), _brand=_plain("brand"), _model=_plain("model"), _described=_plain("description")
    ).sort("marketplace", "product_id", "row")
    return made.with_columns(
        words=_words(pl.col("text")),
        all_words=_words(pl.concat_str("text", "_brand", "_model", "_described", separator=" ")),
        compact=_squeezed(pl.col("text")) + _squeezed(pl.col("_model")),
        codes=_codes(pl.concat_str("text", "_model", separator=" ")),
        own_code=_squeezed(pl.col("_model")).replace("", None),
        maker=_squeezed(pl.col("_brand")).replace("", None),
        gtin14=pl.col("gtin").map_elements(normalised_gtin, pl.String),
        quantities=pl.col("text")
        .str.extract_all(_QUANTITY)
        .list.eval(_with_one_unit(pl.element()))
        .list.unique()
        .list.sort(),
        price=pl.when(pl.col("price") > 0).then("price"),
    ).drop("_brand", "_model", "_described")


def _plain(column: str) -> pl.Expr:
    """Lower case, without accents and disguise; empty for null."""
    text = pl.col(column).fill_null("")
    ascii_only = text.str.len_bytes() == text.str.len_chars()
    undisguised = pl.when(ascii_only).then(text).otherwise(text.map_elements(plain, pl.String, skip_nulls=True))
    return undisguised.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")


def _words(text: pl.Expr) -> pl.Expr:
    return text.str.extract_all(r"[\p{L}\p{N}]+").list.unique().list.sort()


def _squeezed(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"[^\p{L}\p{N}]", "")


def _with_one_unit(quantity: pl.Expr) -> pl.Expr:
    made = _squeezed(quantity)
    for pattern, unit in _SAME_UNITS.items():
        made = made.str.replace(pattern, unit)
    return made


def _codes(text: pl.Expr) -> pl.Expr:
    """Words with a digit, without what stands within them, and two neighbours with a digit as one: RS 120, RS-120."""
    chunks = text.str.replace_all(_BLANKS, " ").str.strip_chars().str.split(" ").list.eval(_squeezed(pl.element()))
    pairs = chunks.list.eval(pl.element() + pl.element().shift(-1))
    coded = (
        pl.element().str.contains(_CODE)
        & pl.element().str.contains("[0-9]")
        & ~pl.element().str.contains(_QUANTITY_ONLY)
    )
    return pl.concat_list(chunks, pairs).list.eval(pl.element().filter(coded)).list.unique().list.sort()
