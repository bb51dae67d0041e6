"""What buyers wish for and what they complain of: clauses that say so, put together by what they are about.

A wish is told by its wording, which does not depend on what is sold; a complaint by its wording or by the lexicon. What
a pattern is about, the clauses themselves say: the term that most of them share and that is rare elsewhere names the
first pattern, and so on with the clauses that are left.
"""

import polars as pl

from market_research.commerce.sentiment.clauses import clauses, says, telling

PATTERNS = pl.Schema(
    {
        "pattern": pl.String(),
        "count": pl.Int64(),
        "share": pl.Float64(),
        "review_ids": pl.List(pl.String()),
        "product_ids": pl.List(pl.String()),
        "quotes": pl.List(pl.String()),
        "quote_review_ids": pl.List(pl.String()),
    }
)
QUOTES = 3
_NO_LIFT = 0.1
MOST_PATTERNS = 50
LEAST_COMPLAINTS = 2
"""A complaint of one buyer is no pattern; a wish of one is a wish."""
_FELT = -0.2


def feature_requests(reviews: pl.DataFrame) -> pl.DataFrame:
    """``PATTERNS`` of what buyers wish for, most frequent first. ``share`` is of all reviews."""
    said = clauses(reviews)
    return _patterns(said.filter(_wishes()), said, reviews.height, least=1)


def complaints(reviews: pl.DataFrame) -> pl.DataFrame:
    """``PATTERNS`` of what at least two buyers complain of, most frequent first. ``share`` is of all reviews."""
    said = clauses(reviews)
    failed = says("failures")
    # A failure that is praised ("never stopped working") or denied is none.
    unhappy = (pl.col("score") < _FELT) & (pl.col("rating") < 5).fill_null(value=True)
    blamed = (unhappy | (failed & (pl.col("score") < -_FELT))) & ~_wishes()
    return _patterns(said.filter(blamed), said, reviews.height, least=LEAST_COMPLAINTS)


def _wishes() -> pl.Expr:
    return says("wishes") & ~says("regrets")


def _patterns(chosen: pl.DataFrame, said: pl.DataFrame, reviews: int, least: int) -> pl.DataFrame:
    named = _named(chosen, said, least)
    # Quotes that are neither a word nor a paragraph say it best.
    odd = (pl.col("quote").str.len_chars().cast(pl.Int64) - 80).abs()
    ordered = chosen.join(named, on="clause").with_columns(odd=odd).sort("pattern", "odd", "clause")
    one_each = ordered.unique(["pattern", "review"], keep="first", maintain_order=True)
    best = one_each.unique(["pattern", "quote"], keep="first", maintain_order=True).group_by(
        "pattern", maintain_order=True
    )
    quotes = best.agg(quotes=pl.col("quote").head(QUOTES), quote_review_ids=pl.col("review_id").head(QUOTES))
    return (
        one_each.group_by("pattern")
        .agg(
            count=pl.len().cast(pl.Int64),
            review_ids=pl.col("review_id").sort(),
            product_ids=pl.col("product_id").unique().sort(),
        )
        .filter(pl.col("count") >= least)
        .with_columns(share=(pl.col("count") / max(reviews, 1)).round(4))
        .join(quotes, on="pattern")
        .sort(["count", "pattern"], descending=[True, False])
        .match_to_schema(PATTERNS)
    )


def _named(chosen: pl.DataFrame, said: pl.DataFrame, least: int) -> pl.DataFrame:
    """``clause`` and ``pattern``: each clause by one term, the most telling that it shares with others."""
    held = telling(chosen)
    elsewhere = telling(said).group_by("term").agg(all=pl.col("review").n_unique())
    total, all_ = max(chosen["review"].n_unique(), 1), max(said["review"].n_unique(), 1)
    # A term is worth the clauses that it holds together, times how much more they use it than all reviews do; names of
    # the product are in all reviews alike. Where all reviews complain, the number alone tells.
    lift = ((pl.col("held") / total) / (pl.col("all") / all_)).clip(1).log() + _NO_LIFT
    taken: list[pl.DataFrame] = []
    left = held
    for _ in range(MOST_PATTERNS):
        top = (
            left.group_by("term")
            .agg(held=pl.col("review").n_unique())
            .filter(pl.col("held") >= max(least, 2))
            .join(elsewhere, on="term")
            .with_columns(worth=pl.col("held") * lift * (1 + 0.25 * pl.col("term").str.contains(" ", literal=True)))
            .sort(["worth", "term"], descending=[True, False])
            .head(1)
        )
        if top.is_empty():
            break
        name = top["term"][0]
        clauses_of = left.filter(pl.col("term") == name).select("clause", pattern="term")
        taken.append(clauses_of)
        left = left.join(clauses_of, on="clause", how="anti")
    if least == 1:
        longest = left.sort(["clause", pl.col("term").str.len_chars(), "term"], descending=[False, True, False])
        taken.append(longest.unique("clause", keep="first", maintain_order=True).select("clause", pattern="term"))
        nameless = chosen.join(held, on="clause", how="anti")
        taken.append(nameless.select("clause", pattern=pl.lit("other wishes")))
    empty = pl.DataFrame(schema={"clause": chosen.schema["clause"], "pattern": pl.String})
    return pl.concat([empty, *taken])
