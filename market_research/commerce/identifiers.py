"""Identifiers of offers: a SKU in one form whoever writes it, and trade item numbers with their check digit."""

import hashlib
import re
import unicodedata

import polars as pl

from market_research.cleaning.disguise import plain
from market_research.ids import content_id

DEFAULT_TENANT = "default"
OWN_SHOP = "own"
"""Tenant and marketplace of records that name none."""

# How marketplaces wrap the identifier of an offer: the part in brackets names it, the rest is the marketplace's.
_WRAPPED = {
    "shopify": re.compile(r"^gid://shopify/\w+/(\d+)$", re.I),
    "ebay": re.compile(r"^v1\|(\d+)\|\d+$", re.I),
    "amazon": re.compile(r"(?:^|/)(?:dp|gp/product)/([A-Z0-9]{10})(?:[/?]|$)", re.I),
}
_GTIN_LENGTHS = {8, 12, 13, 14}
NO_OFFERS = pl.DataFrame(schema=dict.fromkeys(("tenant", "marketplace", "sku", "gtin"), pl.String()))


def normalised_sku(sku: str, marketplace: str | None = None) -> str:
    """The SKU in capitals and digits only, without what the marketplace wraps around it; never empty.

    Letters of other scripts that look like Latin ones become those, accents go. One that has neither letters nor
    digits of that kind becomes ``X`` and eight hexadecimal digits of its hash.

    >>> normalised_sku("ab-12/ü 3"), normalised_sku("gid://shopify/ProductVariant/418", "Shopify")
    ('AB12U3', '418')
    """
    wrapped = _WRAPPED.get((marketplace or "").strip().casefold().split(".")[0])
    found = wrapped.search(sku.strip()) if wrapped else None
    text = unicodedata.normalize("NFKD", plain(found[1] if found else sku)).upper()
    made = re.sub(r"[^A-Z0-9]", "", text)
    return made or f"X{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8].upper()}"


def normalised_gtin(stated: str | None) -> str | None:
    """The number as GTIN-14, or None where its length or its check digit is wrong, or it is all zeros.

    An ISBN-10 becomes the EAN-13 that it is part of. Check digit: GS1 General Specifications, section 7.9.

    >>> normalised_gtin("4006381333931"), normalised_gtin("4006381333932"), normalised_gtin("0-306-40615-2")
    ('04006381333931', None, '09780306406157')
    """
    if stated is None:
        return None
    digits = re.sub(r"[\s.-]", "", unicodedata.normalize("NFKC", stated).upper().removesuffix(".0"))
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits):
        return _of_isbn10(digits)
    if not re.fullmatch(r"[0-9]+", digits) or len(digits) not in _GTIN_LENGTHS or not digits.strip("0"):
        return None
    full = digits.zfill(14)
    return full if _check_digit(full[:13]) == full[13] else None


def _of_isbn10(digits: str) -> str | None:
    values = [10 if char == "X" else int(char) for char in digits]
    if sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11:
        return None
    body = f"0978{digits[:9]}"
    return body + _check_digit(body)


def _check_digit(body: str) -> str:
    """The last digit of a GTIN-14 with these 13 before it: digits weigh 3 and 1 in turn, from the left."""
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(body))
    return str(-total % 10)


def offers(records: pl.DataFrame) -> pl.DataFrame:
    """Every offer that records name, once, with its identifiers.

    ``records`` has tenant, marketplace, sku and gtin as stated. The result has these columns too, with the tenant and
    the marketplace filled in as ``tenant_id`` and ``place``, and product_id, normalized_sku, gtin14. Offers of one
    place whose SKUs are the same once normalised have one product_id.
    """
    named = records.select("tenant", "marketplace", "sku", "gtin").unique(maintain_order=True)
    made = named.with_columns(
        tenant_id=pl.col("tenant").fill_null(DEFAULT_TENANT),
        place=pl.col("marketplace").str.strip_chars().str.to_lowercase().fill_null(OWN_SHOP),
        normalized_sku=pl.struct("sku", "marketplace").map_elements(
            lambda row: normalised_sku(row["sku"], row["marketplace"]), pl.String
        ),
        gtin14=pl.col("gtin").map_elements(normalised_gtin, pl.String),
    )
    product = pl.struct("tenant_id", "place", "normalized_sku").map_elements(
        lambda row: content_id("prod", *row.values()), pl.String
    )
    return made.with_columns(product_id=product)
