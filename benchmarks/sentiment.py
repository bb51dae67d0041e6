"""Sentiment on real reviews, tweets and newspaper snippets: `make bench NAME=sentiment`; ARGS="--splits 2 --words 32".

Prints tables, and as the last line one JSON object:
macro_f1          three classes of star-rated reviews, trained on one half, tested on the other: mean of the splits
vader_macro_f1    the same of VADER's own code with its own limits, on the same halves
r_tweets, r_news  correlation with what people rated, less VADER's; trained on a half of the reviews: mean of the splits
reviews_per_s     reviews to classes, scores and confidences, embedding and all

Equal reviews are embedded once. The halves are drawn with the seeds 0, 1, 2, ...
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from market_research.commerce.sentiment import aspects, classify, model, patterns, products, topics
from market_research.retrieval import embedding

PROJECT = Path(__file__).resolve().parents[1]
REAL_DATA = "MARKET_RESEARCH_REAL_DATA"
SCALES = (1_000, 10_000, 100_000)


def reviews(folder: Path) -> pl.DataFrame:
    """The star-rated reviews, their product told by the variation."""
    path = folder / "amazon_reviews_stars" / "amazon_alexa.tsv"
    read = pl.read_csv(path, separator="\t", encoding="utf8", infer_schema=False)
    return read.rename(lambda name: name.removeprefix("\ufeff")).select(
        review_id=pl.int_range(pl.len()).cast(pl.String),
        product_id=pl.col("variation").str.strip_chars(),
        rating=pl.col("ating").cast(pl.Float64),
        text=pl.col("verified_reviews").fill_null(""),
        written_at=pl.col("date").str.to_datetime("%d-%b-%y"),
    )


def rated(path: Path) -> tuple[np.ndarray, pl.DataFrame]:
    """People's mean ratings, and the texts as reviews."""
    lines = [line.split("\t", 2) for line in path.read_text(encoding="utf-8").splitlines() if line.count("\t") >= 2]
    texts = [line[2] for line in lines]
    frame = pl.DataFrame({"review_id": [line[0] for line in lines], "product_id": path.stem, "text": texts})
    return np.array([float(line[1]) for line in lines]), frame


def vader(texts: Sequence[str]) -> np.ndarray:
    """The compound scores of VADER's own code."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    return np.array([analyser.polarity_scores(text)["compound"] for text in texts])


def classes(compound: np.ndarray) -> np.ndarray:
    return np.array(model.CLASSES)[np.where(compound >= 0.05, 2, np.where(compound <= -0.05, 0, 1))]


def right(frame: pl.DataFrame) -> np.ndarray:
    stars = frame["rating"].to_numpy()
    return np.array(model.CLASSES)[np.where(stars <= 2, 0, np.where(stars < 4, 1, 2))]


class Remembered:
    """An embedder that keeps its vectors, so that the splits need not make them again."""

    def __init__(self, embed: Callable[[Sequence[str]], Any]) -> None:
        self.embed, self.kept = embed, dict[str, np.ndarray]()

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in texts if text not in self.kept]
        if new:
            self.kept.update(zip(new, self.embed(new), strict=True))
        return np.array([self.kept[text] for text in texts])


def quality(folder: Path, given: pl.DataFrame, embed: Any, splits: int) -> dict[str, float]:
    """The figures of the docstring, and a table of the splits."""
    from sklearn.metrics import f1_score

    told, by_vader = right(given), classes(vader(given["text"].to_list()))
    outside = {
        "r_tweets": rated(folder / "vader_ground_truth" / "tweets_GroundTruth.txt"),
        "r_news": rated(folder / "vader_ground_truth" / "nytEditorialSnippets_GroundTruth.txt"),
    }
    theirs = {
        name: np.corrcoef(people, vader(frame["text"].to_list()))[0, 1] for name, (people, frame) in outside.items()
    }
    rows = []
    for seed in range(splits):
        order = np.random.RandomState(seed).permutation(given.height)
        learn, test = order[: given.height // 2], order[given.height // 2 :]
        made = classify.trained(given[learn], embed, "all-MiniLM-L6-v2" if embed else None)
        said = classify.review_sentiment(given[test], made, embed)
        row = {
            "macro_f1": f1_score(told[test], said["class"], average="macro"),
            "vader_macro_f1": f1_score(told[test], by_vader[test], average="macro"),
            "correct": float(np.mean(told[test] == said["class"].to_numpy())),
            "confidence": float(said["confidence"].mean()),
        }
        for name, (people, frame) in outside.items():
            score = classify.review_sentiment(frame, made, embed)["score"]
            row[name] = np.corrcoef(people, score)[0, 1] - theirs[name]
        rows.append({name: float(value) for name, value in row.items()})
        print(
            f"{'with' if embed else 'no'} vectors, split {seed}: "
            + ", ".join(f"{k} {v:.3f}" for k, v in rows[-1].items())
        )
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def speed(given: pl.DataFrame, made: model.Model, embed: Any) -> float:
    start = time.perf_counter()
    classify.review_sentiment(given, made, embed)
    return given.height / (time.perf_counter() - start)


def copies(given: pl.DataFrame, size: int) -> pl.DataFrame:
    """So many reviews; each copy of one is another text."""
    times = range(-(-size // given.height))
    many = (given.with_columns(pl.col("text") + f" {n}", pl.col("review_id") + f".{n}") for n in times)
    return pl.concat(many).head(size)


def scaling(given: pl.DataFrame, made: model.Model) -> None:
    """Reviews a second without vectors as they become more; each copy is another text."""
    print("\nreviews   classes/s  products/s   aspects/s    topics/s    wishes/s complaints/s")
    for size in SCALES:
        many = copies(given, size)
        said = classify.review_sentiment(many, made)
        steps: list[Callable[[], object]] = [
            partial(classify.review_sentiment, many, made),
            partial(products.product_sentiment, said, many),
            partial(aspects.review_aspects, many),
            partial(topics.topics, many),
            partial(patterns.feature_requests, many),
            partial(patterns.complaints, many),
        ]
        rates = []
        for step in steps:
            start = time.perf_counter()
            step()
            rates.append(size / (time.perf_counter() - start))
        print(f"{size:7,} " + " ".join(f"{rate:11,.0f}" for rate in rates))


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--splits", type=int, default=6)
    options.add_argument("--layers", type=int, default=classify.EMBEDDER_LAYERS, help="layers of the embedder")
    options.add_argument("--words", type=int, default=classify.EMBEDDED_WORDS, help="words of a text that are embedded")
    asked = options.parse_args()
    folder = Path(os.environ.get(REAL_DATA) or PROJECT.parent / "shared" / "data")
    missing = [name for name in ("amazon_reviews_stars", "vader_ground_truth") if not (folder / name).is_dir()]
    if missing:
        print(
            f"The real data are not at {folder} ({', '.join(missing)}); {REAL_DATA} names their folder.",
            file=sys.stderr,
        )
        return 3
    classify.EMBEDDED_WORDS = asked.words
    given = reviews(folder)
    with tempfile.TemporaryDirectory() as models:
        embedder = embedding.load(Path(models), asked.layers)
        remembered = Remembered(embedder.embed)
        made = classify.trained(given, remembered, embedder.name)
        plain = classify.trained(given)
        short = given.filter(pl.col("text").str.count_matches(r"\S+") <= 30)
        classify.review_sentiment(given.head(200), made, embedder.embed)
        rates = {
            "all reviews, with vectors": speed(given, made, embedder.embed),
            "reviews of at most 30 words, with vectors": speed(short, made, embedder.embed),
            "30,000 different reviews, without": speed(copies(given, 30_000), plain, None),
        }
        words = quality(folder, given, None, asked.splits)
        found = quality(folder, given, remembered, asked.splits)
    print("\n" + "\n".join(f"{name:<45}{rate:10,.0f} a second" for name, rate in rates.items()))
    scaling(given, plain)
    order = ("macro_f1", "vader_macro_f1", "r_tweets", "r_news", "correct", "confidence")
    print("\n                        F1  VADER's   tweets     news  correct confidence")
    for name, row in (("words and lexicon", words), ("and vectors", found)):
        print(f"{name:<18}" + " ".join(f"{row[key]:8.3f}" for key in order))
    keys = ("macro_f1", "vader_macro_f1", "r_tweets", "r_news")
    print(
        json.dumps(
            {key: round(found[key], 4) for key in keys} | {"reviews_per_s": round(rates["all reviews, with vectors"])}
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
