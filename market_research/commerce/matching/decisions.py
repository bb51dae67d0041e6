"""Equivalent products: pairs that are accepted, left to a person, or decided by one."""

from typing import TYPE_CHECKING

import polars as pl

from market_research.commerce.matching.assignment import one_to_one
from market_research.commerce.matching.evidence import DECIDED, evidence
from market_research.commerce.matching.features import FEATURES
from market_research.commerce.matching.learning import Learned, learn, probabilities, with_decisions
from market_research.errors import MarketResearchError

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

ACCEPTED, REVIEW, REJECTED = "accepted", "review", "rejected"
ACCEPT_FROM = 0.80
"""Confidence below it is for a person to decide."""
SHOWN_FROM = 0.05
"""Pairs less likely than one in twenty are not worth a person's look."""
PAIRS = pl.Schema(
    {"product_a": pl.String, "product_b": pl.String, "marketplace_a": pl.String, "marketplace_b": pl.String}
    | {"confidence": pl.Float64(), "method": pl.String(), "status": pl.String(), "reasons": pl.String()}
    | {name: pl.Float64() for name in (*FEATURES, "log_odds", "lead", "lead_far")}
)
_SURE = 1 - 1e-6


def match(
    offers: pl.DataFrame,
    embeddings: "NDArray[float32] | None" = None,
    decided: pl.DataFrame | None = None,
    within: bool = False,
) -> tuple[pl.DataFrame, Learned | None]:
    """Equivalent offers (``PAIRS``), and the model that was trained for it if people have decided enough pairs.

    Arguments and errors as of ``evidence.evidence`` and ``pairs_of``.
    """
    found = evidence(offers, embeddings, decided, within)
    model = None if decided is None else learn(found, _checked(decided))
    return pairs_of(found, decided, model), model


def pairs_of(found: pl.DataFrame, decided: pl.DataFrame | None = None, model: Learned | None = None) -> pl.DataFrame:
    """One partner for each offer and other marketplace: ``PAIRS``, sorted by the products.

    ``confidence`` is the model's probability, or without one the chance that scoring gives. ``method``: decided (a
    person), learned (the model), gtin or model (that identifier is the same), scored. ``status``: accepted from
    ``ACCEPT_FROM`` on, review below, rejected by a person. What was decided stays, whatever the scores; an offer that a
    person has given a partner gets no other in that marketplace.

    Raises:
        MarketResearchError: a pair is decided both ways.
    """
    known = with_decisions(found, _checked(decided))
    confidence = known["chance"] if model is None else pl.Series(probabilities(model, known), dtype=pl.Float64)
    known = known.with_columns(confidence=confidence.clip(0, _SURE).round(4), a="product_a", b="product_b")
    settled = known.filter(pl.col("same").is_not_null())
    matched = settled.filter("same")
    free = known.filter(pl.col("same").is_null() & (pl.col("confidence") >= SHOWN_FROM))
    for mine, other in (("a", "b"), ("b", "a")):
        partnered = pl.concat(
            [matched.select(pl.col(f"product_{side}").alias(f"product_{mine}"),
                            pl.col(f"marketplace_{away}").alias(f"marketplace_{other}"))
             for side, away in (("a", "b"), ("b", "a"))]
        )  # fmt: skip
        free = free.join(partnered, on=[f"product_{mine}", f"marketplace_{other}"], how="anti", maintain_order="left")
    groups = free.partition_by("marketplace_a", "marketplace_b", maintain_order=True)
    taken = pl.concat([settled, *(one_to_one(group) for group in groups)])
    return taken.with_columns(
        confidence=pl.when("same").then(1.0).when(pl.col("same").is_null()).then("confidence").otherwise(0.0),
        method=_method(model is not None),
        status=_status(),
    ).select(PAIRS.names()).cast(PAIRS).sort("product_a", "product_b")  # fmt: skip


def _method(learned: bool) -> pl.Expr:
    by_score = (
        pl.lit("learned")
        if learned
        else pl.when(pl.col("gtin") == 1)
        .then(pl.lit("gtin"))
        .when(pl.col("model") == 1)
        .then(pl.lit("model"))
        .otherwise(pl.lit("scored"))
    )
    return pl.when(pl.col("same").is_not_null()).then(pl.lit("decided")).otherwise(by_score)


def _status() -> pl.Expr:
    by_score = pl.when(pl.col("confidence") >= ACCEPT_FROM).then(pl.lit(ACCEPTED)).otherwise(pl.lit(REVIEW))
    return (
        pl.when("same").then(pl.lit(ACCEPTED)).when(pl.col("same").is_null()).then(by_score).otherwise(pl.lit(REJECTED))
    )


def _checked(decided: pl.DataFrame | None) -> pl.DataFrame:
    """The decisions, each pair once in one order."""
    rows = (DECIDED.to_frame() if decided is None else decided).select(DECIDED.names()).cast(DECIDED).unique()
    ordered = rows.select(
        product_a=pl.min_horizontal("product_a", "product_b"), product_b=pl.max_horizontal("product_a", "product_b"),
        same="same",
    ).unique(maintain_order=True).sort("product_a", "product_b")  # fmt: skip
    both = ordered.filter(pl.struct("product_a", "product_b").is_duplicated())
    if both.height:
        one, other = both.row(0)[:2]
        raise MarketResearchError(
            f"{one} and {other} are decided to be one product and not to be; keep the newer decision."
        )
    return ordered
