"""What reviews of offers say: by review, by product, by aspect, and the patterns in them."""

import polars as pl

from market_research.cleaning.schema.types import INDUSTRY, Column, Table, ids, text

TENANT = text("tenant", "Whose reviews they are.")
PRODUCT = text("product_id", "The offer.", pattern=r"^prod_[0-9a-f]{16}$")
_REVIEW = text("review_id", "The review, see `reviews`.", pattern=r"^rev_[0-9a-f]{16}$")
_SCORE = Column("score", pl.Float64(), "From -1 (bad) to 1 (good).", minimum=-1, maximum=1)
_METHOD = text("method", "How score and interval were made.")


def _count(name: str, description: str) -> Column:
    return Column(name, pl.Int64(), description, minimum=0)


def _bounds(least: float | None = None, most: float | None = None) -> tuple[Column, Column]:
    return (
        Column("low", pl.Float64(), "Lower end of the 95 % interval.", minimum=least, maximum=most),
        Column("high", pl.Float64(), "Upper end.", minimum=least, maximum=most),
    )


REVIEW_SENTIMENT = Table(
    "review_sentiment",
    "Whether a review is spam, and why; and what one that is not feels. Ratings are not looked at, but the model was "
    "trained on them.",
    (
        INDUSTRY, TENANT, _REVIEW, PRODUCT,
        Column("is_spam", pl.Boolean(), "Spam, or made up."),
        ids("spam_reasons", "Why, the strongest reason first."),
        text("class", "Null for spam.", nullable=True, allowed=("positive", "neutral", "negative")),
        Column("score", pl.Float64(), "From -1 (bad) to 1 (good).", nullable=True, minimum=-1, maximum=1),
        Column("confidence", pl.Float64(), "Probability that the class is right.", nullable=True, minimum=0, maximum=1),
        text("note", "Why it could not be read: no words, or another language.", nullable=True),
        text("model_version", "The model that read it, or `lexicon`.", nullable=True),
    ),
    key=("review_id",),
)  # fmt: skip

PRODUCT_SENTIMENT = Table(
    "product_sentiment",
    "What the reviews of an offer say together, and where it goes. Spam does not count.",
    (
        INDUSTRY, TENANT, PRODUCT,
        _count("reviews", "Reviews that are no spam."),
        _SCORE, *_bounds(-1, 1), _METHOD,
        _count("positive", "Positive ones."),
        _count("neutral", "Neutral ones."),
        _count("negative", "Negative ones."),
        _count("unread", "Those that could not be read; they are in no class and no score."),
        text("trend", "Over time.", allowed=("increasing", "decreasing", "stable")),
        Column("trend_rho", pl.Float64(), "Spearman's rank correlation of score and time.", nullable=True),
        Column("trend_p", pl.Float64(), "How often chance alone makes such a one.", nullable=True),
        text("trend_test", "How the trend was found, or why it was not tested."),
        Column("confidence", pl.Float64(), "Mean confidence of the classes, less where few are.", minimum=0, maximum=1),
        ids("review_ids", "The reviews."),
    ),
    key=("product_id",),
)  # fmt: skip

ASPECT_SENTIMENT = Table(
    "aspect_sentiment",
    "What about an offer reviews judge, found from the reviews themselves, and how they judge it.",
    (
        INDUSTRY, TENANT, PRODUCT,
        text("aspect", "The aspect, in the reviews' word."),
        _count("mentions", "Reviews of the offer that name it."),
        _SCORE, *_bounds(), _METHOD,
        ids("review_ids", "Those reviews."),
        text("quote", "What one of them says of it, verbatim."),
        text("quote_review_id", "Whose words these are."),
    ),
    key=("product_id", "aspect"),
)  # fmt: skip


def _patterns(name: str, description: str, pattern: str) -> Table:
    return Table(
        name,
        description,
        (
            INDUSTRY, TENANT,
            text("pattern", pattern),
            _count("count", "Reviews with it."),
            Column("share", pl.Float64(), "Of all reviews that are no spam.", minimum=0, maximum=1),
            ids("review_ids", "Those reviews."),
            ids("product_ids", "The offers that they are of."),
            ids("quotes", "What some of them say, verbatim."),
            ids("quote_review_ids", "Whose words these are, in the same order."),
        ),
        key=("tenant", "pattern"),
    )  # fmt: skip


FEATURE_REQUESTS = _patterns(
    "feature_requests", "What buyers wish for, most frequent first.", "What the wish is about."
)
COMPLAINTS = _patterns("complaints", "What two or more buyers complain of, most frequent first.", "What it is about.")

REVIEW_TOPICS = Table(
    "review_topics",
    "What reviews talk about: words that go together. A review is in the topic that it is most about, if in any.",
    (
        INDUSTRY, TENANT,
        text("topic", "Its name: the terms that weigh most."),
        _count("reviews", "Reviews in it."),
        Column("share", pl.Float64(), "Of all reviews that are no spam.", minimum=0, maximum=1),
        Column("score", pl.Float64(), "Mean score of what they say of it.", nullable=True, minimum=-1, maximum=1),
        ids("terms", "Its terms."),
        ids("review_ids", "Those reviews."),
        ids("quotes", "What some of them say, verbatim."),
        ids("quote_review_ids", "Whose words these are, in the same order."),
    ),
    key=("tenant", "topic"),
)  # fmt: skip

SENTIMENT: tuple[Table, ...] = (
    REVIEW_SENTIMENT, PRODUCT_SENTIMENT, ASPECT_SENTIMENT, FEATURE_REQUESTS, COMPLAINTS, REVIEW_TOPICS
)  # fmt: skip
