"""Which reviews are spam or made up, and why: signs of the text, and of how reviews came in together.

A text is judged as posts are (``cleaning/spam.py``). Beside that a review is judged by the company it keeps: its
author's other reviews of the day, the same text elsewhere, a rush of five stars without purchases. Signs are taken for
independent; a review is set aside from the same score on as a post. Nothing is decided by a text's opinion.
"""

from datetime import UTC, datetime

import polars as pl

from market_research.cleaning import spam
from market_research.errors import MarketResearchError

REVIEWS = pl.Schema(
    {
        "review_id": pl.String(),
        "product_id": pl.String(),
        "rating": pl.Float64(),
        "title": pl.String(),
        "text": pl.String(),
        "author": pl.String(),
        "verified": pl.Boolean(),
        "written_at": pl.Datetime("us", "UTC"),
    }
)
"""Reviews as all of this package takes them; ``review_id``, ``product_id`` and ``text`` must be there."""
NEEDED = ("review_id", "product_id", "text")
JUDGED = pl.Schema({"review_id": pl.String(), "is_spam": pl.Boolean(), "spam_reasons": pl.List(pl.String())})

TELLING_CHARACTERS = 40
"""Shorter texts ("Love it!") are written by many people of their own accord."""
COPIES = 3
"""Products under which the same telling text is no accident; two may be two colours of one thing."""
BUSY_AUTHOR, TIRELESS_AUTHOR = 5, 10
"""Reviews of one author in a day: a sign, and enough by itself."""
RUSH = 10
"""Five stars without a purchase for one product in a day, the fewest that are a rush."""
RUSH_TIMES = 5
"""How many times the product's usual day a rush must be."""
RUSH_SHARE = 0.8
OTHER_DAYS = 3
"""Other days with reviews that must be there to say what is usual."""
_LAST = pl.lit(datetime(9999, 1, 1, tzinfo=UTC), dtype=pl.Datetime("us", "UTC"))


class BadReviews(MarketResearchError):
    """Reviews that cannot be read as such."""


def conformed(reviews: pl.DataFrame) -> pl.DataFrame:
    """The columns of ``REVIEWS`` in their types, rows in their order; what optional columns lack is null.

    Ratings outside 1 to 5 are null: nothing can be learnt from them.

    Raises:
        BadReviews: a needed column is absent, or a column cannot be read in its type.
    """
    missing = [name for name in NEEDED if name not in reviews.columns]
    if missing:
        raise BadReviews(f"Reviews lack the column {', '.join(missing)}: give every review {', '.join(NEEDED)}.")
    columns = [
        _column(reviews.schema[name], name, wanted) if name in reviews.columns else pl.lit(None, wanted).alias(name)
        for name, wanted in REVIEWS.items()
    ]
    try:
        made = reviews.select(columns)
    except pl.exceptions.PolarsError as error:
        raise BadReviews(f"Reviews cannot be read: {str(error).splitlines()[0]}. Mind the columns' types.") from None
    return made.with_columns(pl.when(pl.col("rating").is_between(1, 5)).then("rating"))


def _column(found: pl.DataType, name: str, wanted: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(found, pl.Datetime) and name == "written_at":
        return column.dt.convert_time_zone("UTC").cast(wanted) if found.time_zone else column.cast(wanted)
    return column.cast(wanted)


def judged(reviews: pl.DataFrame) -> pl.DataFrame:
    """``JUDGED``: one row a review, in their order; ``spam_reasons`` has those of spam only, the strongest first."""
    given = conformed(reviews).with_row_index("row")
    said = pl.concat_str(pl.col("title"), pl.col("text"), separator="\n", ignore_nulls=True)
    given = given.with_columns(
        said=said,
        same=pl.col("text").fill_null("").str.to_lowercase().str.replace_all(r"\W+", " ").str.strip_chars(),
        day=pl.col("written_at").dt.date(),
        order=pl.struct(pl.col("written_at").fill_null(_LAST), "row").rank("ordinal"),
    ).with_columns(telling=pl.col("same").str.len_chars() >= TELLING_CHARACTERS)  # fmt: skip
    signs = (*_again(), *_by_author(), _rush(), _on_several_products())
    seen = given.select("row", "review_id", "said", *(seen.alias(reason) for reason, _, seen in signs))
    texts = given.select(pl.col("said").unique(maintain_order=True))["said"]
    by_text = pl.concat(
        [texts.to_frame(), spam.judge(texts).rename({"score": "text_score", "reasons": "text_reasons"})],
        how="horizontal",
    )
    left = 1 - pl.col("text_score")
    for reason, weight, _ in signs:
        left = left * pl.when(pl.col(reason)).then(1 - weight).otherwise(1.0)
    ordered = sorted(signs, key=lambda sign: -sign[1])
    named = pl.concat_list(
        *(pl.when(pl.col(reason)).then(pl.lit(reason)) for reason, _, _ in ordered)
    ).list.drop_nulls()
    return (
        seen.join(by_text, on="said", how="left", maintain_order="left")
        .with_columns(is_spam=(1 - left) >= spam.SPAM_FROM, found=pl.concat_list(named, "text_reasons"))
        .select(
            "review_id",
            "is_spam",
            spam_reasons=pl.when("is_spam").then("found").otherwise(pl.lit([], pl.List(pl.String()))),
        )
        .match_to_schema(JUDGED)
    )


Signs = tuple[tuple[str, float, pl.Expr], ...]


def _again() -> Signs:
    """Copies of one review: the first stays. The first is the oldest, of those without a time the one given first."""
    order = pl.col("order")
    first = order == order.min().over("review_id")
    whole = ("product_id", "author", "same")
    copy = (
        pl.col("same").ne("") & (order > order.min().over(whole)) & (pl.col("author").is_not_null() | pl.col("telling"))
    )
    return (
        ("the same review id again", 0.8, pl.col("review_id").is_not_null() & ~first),
        ("the same review of the same author again", 0.8, copy & pl.col("author").is_not_null()),
        ("the same text on the same product again", 0.8, copy & pl.col("author").is_null()),
    )


def _by_author() -> Signs:
    written = pl.len().over("author", "day")
    known = pl.col("author").is_not_null() & pl.col("day").is_not_null()
    return (
        (f"{TIRELESS_AUTHOR} or more reviews of one author in a day", 0.8, known & (written >= TIRELESS_AUTHOR)),
        (
            f"{BUSY_AUTHOR} or more reviews of one author in a day",
            0.5,
            known & written.is_between(BUSY_AUTHOR, TIRELESS_AUTHOR - 1),
        ),
    )


def _on_several_products() -> tuple[str, float, pl.Expr]:
    products = pl.col("product_id").n_unique().over("same")
    return (f"the same text on {COPIES} or more products", 0.8, pl.col("telling") & (products >= COPIES))


def _rush() -> tuple[str, float, pl.Expr]:
    """A day on which one product has many five stars without a purchase, few else, and far more than on its other days.

    Where nobody says whether there was a purchase, nothing is taken for a rush: whole shops do not say.
    """
    praise = (pl.col("rating") == 5) & pl.col("verified").eq(False)
    here = ("product_id", "day")
    rush = praise.sum().over(here)
    other_days = pl.col("day").n_unique().over("product_id") - 1
    span = (pl.col("day").max() - pl.col("day").min()).over("product_id").dt.total_days()
    usual = (pl.len().over("product_id") - pl.len().over(here)) / span.clip(1)
    seen = (
        praise
        & pl.col("day").is_not_null()
        & (rush >= RUSH)
        & (rush >= RUSH_SHARE * pl.len().over(here))
        & (other_days >= OTHER_DAYS)
        & (rush >= RUSH_TIMES * usual)
    )
    return ("a rush of five stars without purchases on one product in a day", 0.8, seen.fill_null(value=False))
