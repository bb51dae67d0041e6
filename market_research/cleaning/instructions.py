"""Texts that give orders to a language model: families of phrases, each with a weight, added up to a score."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
import yaml

PHRASES = Path(__file__).with_name("instructions.yaml")
MAX_EXCERPT = 160


@dataclass(frozen=True)
class Family:
    """Phrases that want the same. ``amidst`` families count only where other text stands around them."""

    name: str
    weight: float
    why: str
    pattern: str
    amidst: bool


@cache
def families() -> tuple[Family, ...]:
    """The families of ``instructions.yaml``, in its order."""
    read = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    return tuple(
        Family(
            name,
            float(given["weight"]),
            given["why"],
            # Bounds of words after Unicode's rules would leave the fast matcher at the first curly quote.
            "(?i)" + "|".join(f"(?:{pattern})" for pattern in given["patterns"]).replace(r"\b", r"(?-u:\b)"),
            bool(given.get("amidst")),
        )
        for name, given in read.items()
    )


def judge(texts: pl.Series, *, amidst: bool = True) -> pl.DataFrame:
    """One row a text: ``score`` (0 to 1), ``family`` (the heaviest), ``families`` (how many) and ``excerpt``.

    Families are taken for independent signs: the score is one less the product of what each leaves open. With
    ``amidst`` false the texts are all that there is (a prompt, a hidden line), and a request in them is their point.
    """
    text = texts.rename("text").fill_null("").to_frame()
    counted = [family for family in families() if amidst or not family.amidst]
    marked = text.with_columns(pl.col("text").str.contains(family.pattern).alias(family.name) for family in counted)
    left_open = pl.lit(1.0)
    heaviest = pl.lit(None, dtype=pl.String)
    excerpt = pl.lit(None, dtype=pl.String)
    for family in sorted(counted, key=lambda family: family.weight):
        left_open = left_open * pl.when(pl.col(family.name)).then(1 - family.weight).otherwise(1.0)
        heaviest = pl.when(pl.col(family.name)).then(pl.lit(family.name)).otherwise(heaviest)
    count = pl.sum_horizontal(pl.col(family.name).cast(pl.Int32) for family in counted)
    scored = marked.select(
        "text", (1 - left_open).round(4).alias("score"), heaviest.alias("family"), count.alias("families")
    )
    found = scored.filter(pl.col("score") > 0)
    if found.is_empty():
        return scored.select("score", "family", "families", excerpt.alias("excerpt"))
    for family in counted:
        # Only what was found is searched again, for the words themselves.
        excerpt = (
            pl.when(pl.col("family") == family.name)
            .then(pl.col("text").str.extract(f"({family.pattern})", 1))
            .otherwise(excerpt)
        )
    words = found.unique("text").select("text", excerpt.str.strip_chars().str.slice(0, MAX_EXCERPT).alias("excerpt"))
    joined = scored.join(words, on="text", how="left", maintain_order="left")
    return joined.select("score", "family", "families", "excerpt")
