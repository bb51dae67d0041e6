"""From offers to the pairs worth deciding on, each with its features and how likely it looks without labels."""

from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import polars as pl

from market_research.commerce.matching.blocking import Views, candidates, views
from market_research.commerce.matching.features import FEATURES, compared
from market_research.commerce.matching.normalising import OFFERS, prepared
from market_research.commerce.matching.reasons import reasons
from market_research.commerce.matching.scoring import Tables, score
from market_research.errors import MarketResearchError

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

BEST = 3
"""Pairs kept for each offer and other catalogue."""
EVIDENCE = pl.Schema(
    {"product_a": pl.String, "product_b": pl.String, "marketplace_a": pl.String, "marketplace_b": pl.String}
    | {name: pl.Float64() for name in (*FEATURES, "log_odds", "chance", "lead", "lead_far")}
    | {"reasons": pl.String}
)
"""``log_odds`` and ``chance`` are as ``scoring.score`` gives them; ``lead`` and ``lead_far`` say how far the pair's log
odds are ahead of the best other pair of its two offers: of the nearer rival, and of the farther."""
DECIDED = pl.Schema({"product_a": pl.String, "product_b": pl.String, "same": pl.Boolean})
_NO_RIVAL = -30.0
_FARTHEST = 15.0


def evidence(
    offers: pl.DataFrame,
    embeddings: "NDArray[float32] | None" = None,
    decided: pl.DataFrame | None = None,
    within: bool = False,
    tables: Tables | None = None,
) -> pl.DataFrame:
    """The likeliest pairs of offers of different marketplaces (and of the same one if ``within``): ``EVIDENCE``.

    ``offers`` has the columns of ``normalising.OFFERS``; ``embeddings`` a unit vector for each offer. Pairs that
    ``decided`` (product_a, product_b, same) names are among them, however unlikely. In every row marketplace_a comes
    before marketplace_b in the alphabet; the order of the offers decides nothing.

    Raises:
        MarketResearchError: a column is missing, a product has two rows or no name, or the embeddings are not as many.
    """
    _check(offers, embeddings)
    ready = prepared(offers)
    seen = views(ready, embeddings)
    asked = _asked(ready, decided)
    places = ready["marketplace"].unique().sort().to_list()
    found = [EVIDENCE.to_frame()]
    for left, right in combinations_with_replacement(places, 2):
        named = asked.filter((pl.col("place_a") == left) & (pl.col("place_b") == right)).select("a", "b", "same")
        pairs = named.select("a", "b")
        if within or left != right:
            pairs = pl.concat([candidates(ready, seen, left, right), pairs]).unique().sort("a", "b")
        pairs = pairs.join(named, on=["a", "b"], how="left", maintain_order="left")
        if pairs.height:
            found.append(_weighed(ready, seen, pairs, tables))
    return pl.concat(found)


def _weighed(ready: pl.DataFrame, seen: Views, pairs: pl.DataFrame, tables: Tables | None) -> pl.DataFrame:
    """Features, odds and reasons of the best pairs (a, b, same: null where undecided), and of all that are decided."""
    made = compared(ready, seen, pairs)
    refused = (~pairs["same"]).fill_null(value=False)
    scored = score(made, refused.to_numpy(), tables)
    made = made.with_columns(
        log_odds=pl.Series(scored.log_odds, dtype=pl.Float64).clip(-30, 30).round(6),
        _stands=pl.Series(scored.stands, dtype=pl.Float64).clip(-30, 50).round(6),
        _refused=refused,
        _decided=pairs["same"].is_not_null(),
        chance=pl.Series(scored.confidence, dtype=pl.Float64).round(6),
        **{f"_{name}": pl.Series(part, dtype=pl.Float64) for name, part in scored.parts.items()},
    )
    by_side = [_ahead(side).alias(f"_ahead_{side}") for side in ("a", "b")]
    rank = pl.min_horizontal(pl.col("_stands").rank("ordinal", descending=True).over(side) for side in ("a", "b"))
    made = made.with_columns(*by_side, _rank=rank)
    made = made.filter((pl.col("_rank") <= BEST) | pl.col("_decided"))
    ids = ready.select("product_id", "marketplace")
    a, b = ids[made["a"].to_numpy()], ids[made["b"].to_numpy()]
    return made.with_columns(
        product_a=a["product_id"], product_b=b["product_id"],
        marketplace_a=a["marketplace"], marketplace_b=b["marketplace"],
        lead=pl.min_horizontal("_ahead_a", "_ahead_b"), lead_far=pl.max_horizontal("_ahead_a", "_ahead_b"),
        reasons=reasons(),
    ).select(EVIDENCE.names())  # fmt: skip


def _ahead(side: str) -> pl.Expr:
    stands = pl.col("_stands")
    counted = pl.when(~pl.col("_refused")).then(stands)
    best = counted.max().over(side)
    second = pl.when(counted.count().over(side) > 1).then(counted.top_k(2).min().over(side)).otherwise(_NO_RIVAL)
    is_best = ~pl.col("_refused") & (stands == best)
    rival = pl.when(is_best).then(second).otherwise(best.fill_null(_NO_RIVAL))
    return (stands - rival).clip(-_FARTHEST, _FARTHEST)


def _asked(ready: pl.DataFrame, decided: pl.DataFrame | None) -> pl.DataFrame:
    """The decided pairs whose offers are here, as rows of the prepared offers, the lower one first."""
    at = ready.select("product_id", place="marketplace", at=pl.int_range(pl.len(), dtype=pl.Int64))
    rows = (DECIDED.to_frame() if decided is None else decided).select(DECIDED.names()).cast(DECIDED)
    both = rows.join(at, left_on="product_a", right_on="product_id").join(
        at, left_on="product_b", right_on="product_id", suffix="_b"
    )
    turned = pl.col("at") > pl.col("at_b")

    def lower(one: str, other: str) -> pl.Expr:
        return pl.when(turned).then(other).otherwise(one)

    return both.filter(pl.col("at") != pl.col("at_b")).select(
        a=lower("at", "at_b"), b=lower("at_b", "at"),
        place_a=lower("place", "place_b"), place_b=lower("place_b", "place"), same="same",
    ).unique(["a", "b"])  # fmt: skip


def _check(offers: pl.DataFrame, embeddings: "NDArray[float32] | None") -> None:
    missing = [name for name in OFFERS if name not in offers.columns]
    if missing:
        raise MarketResearchError(f"The offers to match lack {', '.join(missing)}; give the columns, empty if unknown.")
    for name in ("product_id", "marketplace", "name"):
        if offers[name].null_count():
            raise MarketResearchError(f"{offers[name].null_count()} offers have no {name}; leave them out of matching.")
    twice = offers["product_id"].filter(offers["product_id"].is_duplicated())
    if twice.len():
        raise MarketResearchError(f"The product {twice[0]} has more than one offer; give the newest of each only.")
    if embeddings is not None and len(embeddings) != offers.height:
        raise MarketResearchError(
            f"There are {len(embeddings)} embeddings for {offers.height} offers; give one for each."
        )
