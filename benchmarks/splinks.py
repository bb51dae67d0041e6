"""The same catalogues matched by splink on DuckDB: what `make bench NAME=matching ARGS=--splink` prints.

splink gets what is its own to use: the prepared fields, our blocking (so that recall is the same), random pairs for u,
expectation maximisation for m under two blocking rules, half of the smaller catalogue as the prior. Its probabilities
are read as they are, and with one partner for each offer.
"""

import logging
import time
from typing import Any

import polars as pl

from market_research.commerce.matching.assignment import one_to_one
from market_research.commerce.matching.blocking import candidates, views
from market_research.commerce.matching.normalising import prepared


def _alike(column: str, cuts: tuple[float, ...]) -> dict[str, Any]:
    """Levels by the share of the shorter list's entries that are in the other."""
    one, other = f"{column}_l", f"{column}_r"
    share = f"len(list_intersect({one}, {other})) / greatest(1, least(len({one}), len({other})))"
    levels: list[dict[str, Any]] = [{
        "sql_condition": f"len({one}) = 0 OR len({other}) = 0", "label_for_charts": "unknown", "is_null_level": True
    }]  # fmt: skip
    levels += [{"sql_condition": f"{share} >= {cut}", "label_for_charts": f">= {cut}"} for cut in cuts]
    levels.append({"sql_condition": "ELSE", "label_for_charts": "else"})
    return {"output_column_name": column, "comparison_levels": levels}


def _conditions(name: str, unknown: str, *conditions: str) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [{"sql_condition": unknown, "label_for_charts": "unknown", "is_null_level": True}]
    levels += [{"sql_condition": c, "label_for_charts": c} for c in (*conditions, "ELSE")]
    return {"output_column_name": name, "comparison_levels": levels}


COMPARISONS = [
    _alike("words", (0.9, 0.75, 0.6, 0.45, 0.3, 0.15)),
    _alike("codes", (0.99, 0.5, 0.01)),
    _conditions(
        "model", "own_code_l IS NULL OR own_code_r IS NULL", "own_code_l = own_code_r",
        "starts_with(own_code_l, own_code_r) OR starts_with(own_code_r, own_code_l)",
    ),
    _conditions(
        "brand", "maker_l IS NULL OR maker_r IS NULL", "contains(maker_l, maker_r) OR contains(maker_r, maker_l)"
    ),
    _conditions(
        "price", "price_l IS NULL OR price_r IS NULL",
        *(f"abs(ln(price_l / price_r)) < {gap}" for gap in (0.1, 0.25, 0.5, 1.0)),
    ),
]  # fmt: skip


def linked(offers: pl.DataFrame) -> pl.DataFrame:
    """Candidate pairs of two catalogues with splink's probability: product_a, product_b, confidence."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    ready = prepared(offers)
    left, right = ready["marketplace"].unique().sort().to_list()
    pairs = candidates(ready, views(ready, None), left, right).with_row_index("pair")
    near = [pairs.group_by(side).agg(near="pair").rename({side: "at"}) for side in ("a", "b")]
    rows = ready.with_columns(at=pl.int_range(pl.len(), dtype=pl.Int64)).select(
        "at",
        "marketplace",
        "words",
        "codes",
        "own_code",
        "price",
        unique_id="product_id",
        maker=pl.col("maker").fill_null(pl.col("text").str.extract(r"^([a-z0-9]+)")),
        longest=pl.col("codes").list.eval(pl.element().sort_by(pl.element().str.len_chars())).list.last(),
    )
    rows = rows.join(pl.concat(near), on="at", how="left").with_columns(pl.col("near").fill_null([]))
    api = DuckDBAPI()
    sides = [rows.filter(marketplace=place).drop("marketplace", "at").sort("unique_id") for place in (left, right)]
    prior = 0.5 * min(side.height for side in sides) / (sides[0].height * sides[1].height)
    settings = SettingsCreator(
        link_type="link_only", comparisons=COMPARISONS, probability_two_random_records_match=prior,
        blocking_rules_to_generate_predictions=[block_on("near", arrays_to_explode=["near"])],
    )  # fmt: skip
    tables = [api.register(side.to_arrow(), table_name=f"side_{at}") for at, side in enumerate(sides)]
    linker = Linker(tables, settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in (block_on("maker"), block_on("longest")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, fix_u_probabilities=True)
    found = linker.inference.predict().as_duckdbpyrelation().pl()
    turned = pl.col("unique_id_l") > pl.col("unique_id_r")
    first, second = (pl.when(turned == flag).then("unique_id_l").otherwise("unique_id_r") for flag in (False, True))
    return found.select(
        product_a=first, product_b=second, confidence="match_probability", log_odds="match_weight"
    ).unique(["product_a", "product_b"]).sort("product_a", "product_b")  # fmt: skip


def compare(sets: list[Any]) -> None:
    """Print F1 of splink on each data set of ``benchmarks.matching``."""
    from benchmarks.matching import ACCEPT_FROM, LIKELY, f1

    logging.getLogger("splink").setLevel(logging.ERROR)  # it warns of each level that no pair has
    print("\n== splink")
    for known in sets:
        start = time.perf_counter()
        pairs = linked(known.offers).with_columns(a="product_a", b="product_b")
        seconds = time.perf_counter() - start
        for name, kept in (("all", pairs), ("one to one", one_to_one(pairs))):
            shown = ", ".join(
                f"from {least}: F1 {score:.3f} (precision {precision:.3f}, recall {recall:.3f})"
                for least in (LIKELY, ACCEPT_FROM, 0.99)
                for score, precision, recall in [f1(known, kept.filter(pl.col("confidence") >= least))]
            )
            print(f"  {known.name:<15} {name:<11} {seconds:5.1f} s  {shown}")
