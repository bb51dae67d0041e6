"""Titles of documents: as words only, without personal data, wherever they come from."""

import polars as pl

from market_research.cleaning import neutral, personal


def clean(title: str) -> str:
    """The title without markup and with personal data replaced by their kind."""
    return personal.redact(neutral.tidy(title))[0]


def clean_column(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows with the column ``title`` clean."""
    suspects = pl.col("title").str.contains(neutral.CANDIDATE) | pl.col("title").str.contains(personal.CANDIDATE)
    made = {title: clean(title) for title in frame.filter(suspects)["title"].unique()}
    return frame.with_columns(pl.col("title").replace(made)) if made else frame
