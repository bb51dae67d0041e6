"""Which pairs hold together: each offer has one partner in another catalogue, the likeliest that is still free."""

import polars as pl


def one_to_one(pairs: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``pairs`` (a, b, confidence, log_odds; one pair of marketplaces) that are taken, in their order.

    From the likeliest pair on, each pair whose two offers are both free is taken. All that are the best of both their
    offers are taken at once, which comes to the same.
    """
    left = pairs.select("a", "b", "confidence", "log_odds").sort(
        ["confidence", "log_odds", "a", "b"], descending=[True, True, False, False]
    )
    left = left.select("a", "b", order=pl.int_range(pl.len()))
    taken = [left.select("a", "b").clear()]
    while left.height:
        # With two catalogues an offer is always on the same side; within one it may be on either.
        ends = pl.concat([left.select("order", offer="a"), left.select("order", offer="b")])
        first = ends.group_by("offer").agg(first=pl.col("order").min())
        best = left.join(first.rename({"offer": "a", "first": "of_a"}), on="a").join(
            first.rename({"offer": "b", "first": "of_b"}), on="b"
        )
        now = best.filter((pl.col("order") == pl.col("of_a")) & (pl.col("order") == pl.col("of_b"))).select("a", "b")
        taken.append(now)
        gone = pl.concat([now["a"], now["b"]]).implode()
        left = left.filter(~pl.col("a").is_in(gone) & ~pl.col("b").is_in(gone))
    return pairs.join(pl.concat(taken), on=["a", "b"], how="semi", maintain_order="left")
