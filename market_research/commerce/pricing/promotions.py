"""Promotions that texts of offers tell of: by how much an offer is reduced, and from when to when.

Read are English phrases of shops: "20% off", "save $10", "was $49.99", "3 for 2", "until 31 December", "for 7 days".
What is only "up to" so much is no promise for one offer, and says nothing.
"""

import polars as pl

PROMOTIONS_READ: dict[str, pl.DataType] = {
    "place": pl.UInt32(),
    "words": pl.String(),
    "discount_pct": pl.Float64(),
    "starts_at": pl.Datetime("us", "UTC"),
    "ends_at": pl.Datetime("us", "UTC"),
}
_AMOUNT = r"(\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,6}(?:\.\d{1,2})?)"
_SIGN = r"[$€£]\s?"
_UP_TO = r"(?i)\bup to\s+(?:\d{1,2}(?:\.\d+)?\s?(?:%|percent)|[$€£]\s?[\d.,]+)"
_PERCENT = (
    r"(?i)\b(\d{1,2}(?:\.\d{1,2})?)\s?(?:%|percent)\s*(?:off|discount|reduction|cheaper)\b",
    r"(?i)\b(?:sav(?:e|ing)|discount(?: of)?|reduced by|cut by)\s+(\d{1,2}(?:\.\d{1,2})?)\s?(?:%|percent)",
    r"(?:^|\s)[-−–](\d{1,2}(?:\.\d{1,2})?)\s?%",
)
_MONEY_OFF = (rf"(?i)\bsav(?:e|ing)\s+{_SIGN}{_AMOUNT}", rf"(?i){_SIGN}{_AMOUNT}\s*(?:off|discount)\b")
_WAS = rf"(?i)\b(?:was|instead of|rrp|list price|regularly|formerly)\s*:?\s*{_SIGN}{_AMOUNT}"
_NOW = rf"(?i)\b(?:now|only|today)\s*:?\s*{_SIGN}{_AMOUNT}"
_GET_FREE = r"(?i)\bbuy one,? get one(?: for)? free\b|\bbogo\b"
_MANY = r"(?i)\b([2-6])\s?for\s?(?:the price of\s)?([1-5])(?:\s*(?:deal|offer|sale|promotion)\b|\s*[.,;:!)]|\s*$)"
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?)"
)
_ORDINAL, _YEAR = r"\d{1,2}(?:st|nd|rd|th)?", r"(?:,?\s+\d{4})?"
_DATE = rf"(\d{{4}}-\d{{2}}-\d{{2}}|{_ORDINAL}\s+(?:of\s+)?{_MONTH}\b\.?{_YEAR}|{_MONTH}\.?\s+{_ORDINAL}\b{_YEAR})"
_UNTIL = (
    r"(?i)\b(?:until|till|through|thru|ends?(?:\s+on)?|ending(?:\s+on)?|valid to|expires?(?:\s+on)?|to|by)\s+" + _DATE
)
_FROM = rf"(?i)\b(?:from|starts?(?:\s+on)?|starting(?:\s+on)?|beginning)\s+{_DATE}"
_SPAN = rf"(?i){_DATE}\s*(?:-|–|—)\s*{_DATE}"
_LASTING = r"(?i)\bfor\s+(\d{1,3})\s+(day|week)s?\b|\b(\d{1,3})[- ](day|week)\s+(?:sale|offer|deal|promotion)\b"
_DAY = 86_400_000_000


def promotions_in(texts: pl.DataFrame) -> pl.DataFrame:
    """The promotion that each text tells of; texts that tell of none have no row.

    Args:
        texts: text; price (what is asked now, or null); seen_at (UTC, when the text was shown, or null).

    Returns:
        place (the row's number), words (as they stand in the text), discount_pct (of the price before), starts_at and
        ends_at (null where it does not say; the last day is counted to its end).
        "Save $10" is 10 of the price and 10; a day without a year is the next one after the text was shown.
    """
    plain = texts.with_row_index("place").with_columns(plain=pl.col("text").fill_null("").str.replace_all(_UP_TO, " "))
    found = plain.select(
        "place", "text", "plain", "price", "seen_at",
        percent=pl.coalesce(pl.col("plain").str.extract(one) for one in _PERCENT).cast(pl.Float64, strict=False),
        off=_number(pl.coalesce(pl.col("plain").str.extract(one) for one in _MONEY_OFF)),
        was=_number(pl.col("plain").str.extract(_WAS)),
        now=pl.coalesce(_number(pl.col("plain").str.extract(_NOW)), "price"),
        free=pl.col("plain").str.contains(_GET_FREE),
        take=pl.col("plain").str.extract(_MANY, 1).cast(pl.Float64),
        pay=pl.col("plain").str.extract(_MANY, 2).cast(pl.Float64),
    )  # fmt: skip
    discount = pl.coalesce(
        "percent",
        100 * (pl.col("was") - pl.col("now")) / pl.col("was"),
        100 * pl.col("off") / (pl.col("off") + pl.col("price")),
        pl.when("free").then(50.0),
        100 * (pl.col("take") - pl.col("pay")) / pl.col("take"),
    )
    told = found.with_columns(discount_pct=discount.round(2)).filter(
        pl.col("discount_pct").is_between(0, 100, closed="none")
    )
    made = _dated(told).with_columns(words=_words(told["text"]))
    return made.select(pl.col(name).cast(kind) for name, kind in PROMOTIONS_READ.items())


def _number(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)


def _words(texts: pl.Series) -> pl.Series:
    """The first sentence that holds the promotion, as it stands, of 200 characters at most."""
    telling = "|".join(f"(?:{one.removeprefix('(?i)')})" for one in (*_PERCENT, *_MONEY_OFF, _WAS, _GET_FREE, _MANY))
    parts = texts.str.replace_all(r"([.!?;|])\s+", "$1\n").str.split("\n")
    return (
        pl.DataFrame({"place": range(len(texts)), "part": parts})
        .explode("part")
        .with_columns(tells=pl.col("part").str.contains(f"(?i){telling}"))
        .sort("place", pl.col("tells").fill_null(False), descending=[False, True], maintain_order=True)
        .unique("place", keep="first", maintain_order=True)["part"]
        .str.strip_chars()
        .str.slice(0, 200)
    )


def _dated(told: pl.DataFrame) -> pl.DataFrame:
    """With starts_at and ends_at."""
    text, seen = pl.col("plain"), pl.col("seen_at").dt.date()
    last = pl.coalesce(text.str.extract(_SPAN, 2), text.str.extract(_UNTIL))
    first = pl.coalesce(text.str.extract(_SPAN, 1), text.str.extract(_FROM))
    lasting = pl.coalesce(text.str.extract(_LASTING, 1), text.str.extract(_LASTING, 3)).cast(pl.Int64, strict=False)
    unit = pl.coalesce(text.str.extract(_LASTING, 2), text.str.extract(_LASTING, 4)).str.to_lowercase()
    days = lasting * pl.when(unit == "week").then(7).otherwise(1)
    dated = told.with_columns(last=_day(last, seen), days=days).with_columns(
        # The first day of a span is the one before its last day, the year of which may be all that is said.
        first=_day(first, pl.coalesce("last", seen), before=True)
    )
    start = pl.coalesce("first", pl.when(pl.col("days").is_not_null()).then(seen))
    end = pl.coalesce("last", start + pl.duration(days=pl.col("days") - 1))
    made = dated.with_columns(start=start, end=end).with_columns(
        starts_at=pl.col("start").cast(pl.Datetime("us", "UTC")),
        ends_at=pl.col("end").cast(pl.Datetime("us", "UTC")) + pl.duration(microseconds=_DAY - 1),
    )
    # What ends before it starts was not understood.
    sound = pl.col("starts_at").is_null() | pl.col("ends_at").is_null() | (pl.col("starts_at") <= pl.col("ends_at"))
    return made.with_columns(pl.when(sound).then(name).alias(name) for name in ("starts_at", "ends_at"))


def _day(text: pl.Expr, seen: pl.Expr, *, before: bool = False) -> pl.Expr:
    """The day; without a year the next one from ``seen`` on, or the last one up to it."""
    plain = (
        text.str.replace_all(r"(?i)(\d)(?:st|nd|rd|th)\b", "$1")
        .str.replace_all(r"(?i)\bof\b|[.,]", " ")
        .str.replace_all(r"(?i)\bsept\b", "sep")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )
    formats = ("%Y-%m-%d", "%d %B %Y", "%B %d %Y", "%d %b %Y", "%b %d %Y")
    with_year = pl.coalesce(plain.str.to_date(form, strict=False) for form in formats)
    added = pl.coalesce(
        pl.format("{} {}", plain, seen.dt.year()).str.to_date(form, strict=False) for form in formats[1:]
    )
    turned = (
        pl.when(added > seen).then(added.dt.offset_by("-1y")).otherwise(added)
        if before
        else pl.when(added < seen).then(added.dt.offset_by("1y")).otherwise(added)
    )
    return pl.coalesce(with_year, turned)
