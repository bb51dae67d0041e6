"""Fits the guard's small classifier: `python scripts/train_guard.py` writes market_research/guard/trained.json.

A logistic regression on the vectors of passages (all-MiniLM-L6-v2). Attacks and benign prompts come from the public
sets that `benchmarks/injection.py` reads, of its half `tune` alone; benign texts besides are passages of annual
reports, product reviews, newspaper snippets and `about_models.txt`, written for this: market news about language
models, which speak of them and not to them. Each text weighs one, however many passages it makes. Texts that
nearly repeat each other are kept in one fold; the bias is set so that of the benign texts, judged by folds that had
not seen them, at most `FALSE` get a score of a half. The file holds numbers, the hash of what they are made from and
the figures of the folds, no text.
"""

import csv
import hashlib
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import injection  # noqa: E402

from market_research import files, settings  # noqa: E402
from market_research.guard import trained  # noqa: E402
from market_research.retrieval import embedding, minilm  # noqa: E402

FOLDS, RIDGE, FALSE, SAME = 5, 0.5, 0.002, 0.85
ABOUT_MODELS, ABOUT_WEIGHT = Path(__file__).with_name("about_models.txt"), 3.0
"""There are few of these, and a report on such a market is full of them."""
PASSAGES_OF_ONE, FILED, OTHERS = 12, 700, 150


def texts() -> tuple[list[tuple[str, bool, str]], str]:
    """Set, whether it is an attack, and the text; and the hash of what was read."""
    attacks, benign = injection.read_sets()
    made = [
        (name, attack, text)
        for group, attack in ((attacks, True), (benign, False))
        for name, found in group.items()
        for text in found
        # Single lines that ask for a piece of work are attacks by their place alone.
        if injection.number(text) % 2 == 0 and name != "bipia"
    ]
    filings = [injection.staged(path.read_bytes(), path.name) for path in sorted(injection.FILINGS.glob("*.html"))]
    others = {"filings": [text for filing in filings for text in filing.passages["text"]]}
    data = injection.REAL_DATA
    with (data / "amazon_reviews_stars" / "amazon_alexa.tsv").open(encoding="utf-8-sig", newline="") as file:
        others["reviews"] = [row["verified_reviews"] for row in csv.DictReader(file, delimiter="\t")]
    news = (data / "vader_ground_truth" / "nytEditorialSnippets_GroundTruth.txt").read_text("utf-8", "replace")
    others["news"] = [line.rpartition("\t")[2] for line in news.splitlines()]
    made += [("about_models", False, line) for line in ABOUT_MODELS.read_text("utf-8").splitlines()]
    chosen = random.Random(1)
    for name, found in others.items():
        found = sorted({text for text in found if len(text) > 40})
        made += [(name, False, text) for text in chosen.sample(found, FILED if name == "filings" else OTHERS)]
    return made, hashlib.sha256(json.dumps(made).encode()).hexdigest()


def fitted(vectors: Any, attack: Any, weight: Any) -> Any:
    """Weights and, last, the bias."""
    wide = numpy.hstack([vectors, numpy.ones((len(vectors), 1))])
    sign = 2.0 * attack - 1

    def loss(b: Any) -> tuple[float, Any]:
        margin = sign * (wide @ b)
        slope = -(wide * (weight * sign / (1 + numpy.exp(margin)))[:, None]).sum(0)
        slope[:-1] += RIDGE * b[:-1]
        return float((weight * numpy.logaddexp(0, -margin)).sum() + RIDGE * (b[:-1] @ b[:-1]) / 2), slope

    return minimize(loss, numpy.zeros(wide.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x


def main() -> int:
    """Fit, judge by folds, write."""
    if not injection.SETS.is_dir():
        print(f"The sets are missing at {injection.SETS}; MARKET_RESEARCH_REAL_DATA names their folder.")
        return 3
    found, origin = texts()
    pieces = [(n, piece) for n, (_, _, text) in enumerate(found) for piece in trained.pieces(text)[:PASSAGES_OF_ONE]]
    at = numpy.array([n for n, _ in pieces])
    vectors = embedding.load(settings.load().models).embed([piece for _, piece in pieces])
    attack = numpy.array([is_attack for _, is_attack, _ in found], dtype=float)
    each = numpy.array([ABOUT_WEIGHT if name == "about_models" else 1.0 for name, _, _ in found])
    weight = (each / numpy.bincount(at, minlength=len(found)))[at]
    means = numpy.zeros((len(found), vectors.shape[1]))
    numpy.add.at(means, at, vectors)
    means /= numpy.linalg.norm(means, axis=1, keepdims=True) + 1e-9
    group = connected_components(means @ means.T > SAME)[1]
    fold = numpy.random.default_rng(0).integers(0, FOLDS, group.max() + 1)[group]
    margins = numpy.full(len(found), -numpy.inf)
    for number in range(FOLDS):
        learn = fold[at] != number
        b = fitted(vectors[learn], attack[at][learn], weight[learn] / weight[learn].mean())
        numpy.maximum.at(margins, at[~learn], vectors[~learn] @ b[:-1] + b[-1])
    benign = numpy.sort(margins[attack == 0])[::-1]
    offset = float(benign[int(FALSE * len(benign))])
    b = fitted(vectors, attack[at], weight / weight.mean())
    names = numpy.array([name for name, _, _ in found])
    shares = {name: round(float((margins[names == name] > offset).mean()), 3) for name in dict.fromkeys(names.tolist())}
    kept = {
        "model": minilm.MODEL_NAME,
        "inputs_sha256": origin,
        "texts": {"attacks": int(attack.sum()), "benign": int((1 - attack).sum())},
        "found_by_folds": shares,
        "bias": round(float(b[-1]) - offset, 4),
        "weights": [round(float(value), 4) for value in b[:-1]],
    }
    files.write_bytes(trained.WEIGHTS, (json.dumps(kept) + "\n").encode())
    print(json.dumps({key: value for key, value in kept.items() if key != "weights"}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
