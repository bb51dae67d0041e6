"""What of a review can be read: its words together, and whether they are in the language of the models."""

import polars as pl

from market_research.cleaning import language

READ = language.REPORT
_ENGLISH = (
    "the of and to in is it i a my was for that this with on have you so not but they be as are we had one our when "
    "would if just very has can get them these it's because don't me an or at from all out love like great good"
)
_ENGLISH_WORD = rf"(?i)\b(?:{'|'.join(_ENGLISH.split())})\b"
_FEW_WORDS = 4
_ENGLISH_SHARE = 0.15
NO_WORDS = "no words"


def whole(reviews: pl.DataFrame) -> pl.Series:
    """Title and text of each review as one text, empty where both are."""
    parts = (pl.col(name).fill_null("").str.strip_chars() for name in ("title", "text"))
    said = pl.concat_str(*parts, separator=". ").str.strip_chars_start(". ")
    return reviews.select(said.alias("said"))["said"]


def notes(texts: pl.Series, known: pl.Series) -> pl.Series:
    """Why a text is not read, else null. ``known`` is how many of its words and emoji the lexicon has.

    Most texts are settled by their letters and their small words; only the others are given to the trained model.
    """
    seen = pl.DataFrame({"text": texts.fill_null("").str.head(2000), "known": known}).select(
        "text",
        "known",
        letters=pl.col("text").str.count_matches(r"\p{L}"),
        latin=pl.col("text").str.count_matches(r"\p{Latin}"),
        words=pl.col("text").str.count_matches(r"[\p{L}']+"),
        english=pl.col("text").str.count_matches(_ENGLISH_WORD),
    )
    silent = (pl.col("letters") == 0) & (pl.col("known") == 0)
    strange = (pl.col("letters") > 0) & (pl.col("latin") < 0.5 * pl.col("letters"))
    doubtful = (pl.col("words") >= _FEW_WORDS) & (pl.col("english") < _ENGLISH_SHARE * pl.col("words"))
    asked = seen.filter(~silent & (strange | doubtful)).select(
        pl.col(
            "text",
        ).unique(maintain_order=True)
    )["text"]
    told = pl.DataFrame(
        {"text": asked, "language": [language.of([text]) for text in asked]},
        schema={"text": pl.String, "language": pl.String},
    )
    other = pl.col("language").is_not_null() & (pl.col("language") != READ)
    return (
        seen.join(told, on="text", how="left", maintain_order="left")
        .select(
            pl.when(silent)
            .then(pl.lit(NO_WORDS))
            .when((strange | doubtful) & other)
            .then(pl.format("language not read ({})", "language"))
            .when(strange)
            .then(pl.lit("language not read"))
            .alias("note")
        )
        .to_series()
    )
