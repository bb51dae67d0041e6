"""How often the watch on the sentiment model is right: `make bench NAME=drift`; ARGS="--splits 2 --draws 100".

A model is trained on one half of real star-rated reviews. Lots of the other half, drawn at random, have not drifted: an
alert on them is a false one. Lots into which reviews of another fashion of speech were mixed have: an alert is right.

A fall of more than 10 % that lots without drift have in more than one of twenty cases is told as info and changes
nothing.

Prints tables by size of the lot, and as the last line one JSON object:
told_falsely   share of lots of 300 without drift that are told at all
false_alarms   share of them on which something is done: the check warns, a version is trained
false_alarms_least  the same of lots of the fewest reviews that are judged
found          share of lots of 300, a quarter of them in the other fashion (which is simulated), on which it is done
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.sentiment import PROJECT, REAL_DATA, Remembered, reviews
from market_research.commerce.registry import drift, metrics
from market_research.commerce.sentiment import classify, model
from market_research.commerce.simulation import later_reviews
from market_research.retrieval import embedding

MODEL = "review sentiment"
LOTS = (drift.LEAST_ROWS, 60, 100, 300, 1000)


def compared(given: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Predicted and actual classes, one row a review."""
    right = given.select("review_id", actual_class=model.class_of(pl.col("rating")))
    return right.join(said.select("review_id", predicted_class="class"), on="review_id")


def alarms(
    rows: pl.DataFrame, other: pl.DataFrame, held: pl.DataFrame, lot: tuple[int, float], baseline: float, draws: int
) -> tuple[float, float]:
    """Share of lots (size, share of them from ``other``) that are told to have drifted, and of those acted on."""
    rng = np.random.default_rng(0)
    size, mixed = lot[0], round(lot[0] * lot[1])
    told = acted = 0
    for _ in range(draws):
        own, theirs = rng.integers(rows.height, size=size - mixed), rng.integers(other.height, size=mixed)
        judged = drift.judge(MODEL, metrics.of_classes(pl.concat([rows[own], other[theirs]])), baseline)
        if judged.verdict == "drift" and judged.now is not None:
            told += 1
            acted += (metrics.chance(held, judged.now, size) or 0.0) <= drift.MOST_CHANCE
    return told / draws, acted / draws


def measured(given: pl.DataFrame, embed: Any, splits: int, draws: int) -> dict[tuple[int, float], tuple[float, float]]:
    """As ``alarms``, the mean over the splits, by size of the lot and share of the other fashion."""
    fashion = later_reviews(reviews=600).select(
        "review_id", "text", product_id="sku", rating=pl.col("rating").cast(pl.Float64)
    )
    found: dict[tuple[int, float], list[tuple[float, float]]] = {}
    for seed in range(splits):
        order = np.random.RandomState(seed).permutation(given.height)
        learn, test = given[order[: given.height // 2]], given[order[given.height // 2 :]]
        made, held = classify.trained_and_held_out(learn, embed, "all-MiniLM-L6-v2")
        known = compared(learn, held)
        baseline = metrics.of_classes(known).macro_f1
        assert baseline is not None
        rows = compared(test, classify.review_sentiment(test, made, embed))
        other = compared(fashion, classify.review_sentiment(fashion, made, embed))
        print(
            f"split {seed}: macro F1 {baseline:.3f} held out in training, {metrics.of_classes(rows).macro_f1:.3f} on "
            f"the other half, {metrics.of_classes(other).macro_f1:.3f} in the other fashion"
        )
        for size in LOTS:
            for share in (0.0, 0.25, 0.5):
                found.setdefault((size, share), []).append(alarms(rows, other, known, (size, share), baseline, draws))
    means = {key: np.mean(values, axis=0) for key, values in found.items()}
    return {key: (float(told), float(acted)) for key, (told, acted) in means.items()}


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--splits", type=int, default=4)
    options.add_argument("--draws", type=int, default=200)
    asked = options.parse_args()
    folder = Path(os.environ.get(REAL_DATA) or PROJECT.parent / "shared" / "data")
    if not (folder / "amazon_reviews_stars").is_dir():
        print(f"The real reviews are not at {folder}; {REAL_DATA} names their folder.", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory() as models:
        embedder = embedding.load(Path(models), classify.EMBEDDER_LAYERS)
        found = measured(reviews(folder), Remembered(embedder.embed), asked.splits, asked.draws)
    for number, what in enumerate(("told", "acted on")):
        print(f"\n{what}: reviews   no drift   a quarter       half in the other fashion")
        for size in LOTS:
            print(f"{size:15,}" + "".join(f"{100 * found[size, share][number]:9.1f} %" for share in (0.0, 0.25, 0.5)))
    keys = {
        "told_falsely": found[300, 0.0][0], "false_alarms": found[300, 0.0][1],
        "false_alarms_least": found[drift.LEAST_ROWS, 0.0][1], "found": found[300, 0.25][1],
    }  # fmt: skip
    print(json.dumps({name: round(value, 4) for name, value in keys.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
