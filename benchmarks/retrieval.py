"""Finding passages, timed and judged: `make bench NAME=retrieval`.

Prints tables, and as the last line one JSON object:
p50_ms, p95_ms    a search for the best 20 of 100,000 passages, from the query's text on, after warm-up
recall_vs_exact   share of the 20 nearest passages, by comparing with all, that the index gives
ndcg_at_10        text, vector, hybrid: on the unseen half of the retrieval set

The 100,000 passages are those of the real filings (10-K and 10-Q) and generated ones: each of these takes its sentences
from two real passages, and its vector lies between theirs with noise added, since embedding them would take an hour.

The retrieval set is of two parts, each halved by a hash of the question; the search was tuned on one half only.
Questions (``questions.py``) were written by hand; all passages of the filing that hold the answer's words are right.
Neighbours: the first sentence of a passage asks for the other passages under the same heading; the passage itself is
taken out of what is found. Text and hybrid go through the store; vector compares with all.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import filings
from benchmarks.questions import ANSWERED, UNANSWERED, Question
from market_research.industries import read_request
from market_research.retrieval import embedding, expansion
from market_research.retrieval.search import THRESHOLDS, Threshold
from market_research.settings import SAMPLE_FOLDER
from resources.vectors import Vectors

PASSAGES = 100_000
TOP = 20
TIMED = 300
WARM_UP = 30
NEIGHBOURS = 300
SEED = 42


class Known:
    """Gives vectors that have been made before."""

    name = embedding.Embedder.name

    def __init__(self, vectors: np.ndarray) -> None:
        self.vectors = vectors
        self.given = 0

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.given += len(texts)
        return self.vectors[self.given - len(texts) : self.given]


@dataclass(frozen=True)
class Judged:
    """A question, its vector, the passages that are right, and the one that it was taken from."""

    question: Question
    vector: np.ndarray
    right: frozenset[str]
    taken_from: str = ""


def ndcg(found: Sequence[str], right: frozenset[str], at: int = 10) -> float:
    """Normalised discounted cumulative gain, a passage being right or not."""
    gain = sum(1 / np.log2(place + 2) for place, name in enumerate(found[:at]) if name in right)
    return float(gain / sum(1 / np.log2(place + 2) for place in range(min(at, len(right)))))


def questions(rows: pl.DataFrame, embed: Callable[[list[str]], np.ndarray]) -> list[Judged]:
    """The questions written by hand, with the passages that answer."""
    even = rows.with_columns(
        even=pl.concat_str("heading", "text", separator=" ", ignore_nulls=True).str.replace_all(r"\s+", " ")
    )
    made = []
    for question, vector in zip(ANSWERED, embed([one.text for one in ANSWERED]), strict=True):
        right = even.filter(
            pl.col("file").str.starts_with(question.file) & pl.col("even").str.contains(question.words, literal=True)
        )
        made.append(Judged(question, vector, frozenset(right["passage_id"])))
    assert all(one.right for one in made), [one.question for one in made if not one.right]
    return made


def neighbours(rows: pl.DataFrame, embed: Callable[[list[str]], np.ndarray]) -> list[Judged]:
    """First sentences that ask for the other passages under their heading."""
    groups = rows.filter(pl.len().over("file", "heading").is_between(3, 12) & (pl.col("heading") != "Cover page"))
    chosen = groups.filter(
        pl.col("text").str.extract(r"^([A-Z][^.|]{60,300}\.)\s").is_not_null()
    ).sample(NEIGHBOURS, seed=SEED)  # fmt: skip
    texts = chosen["text"].str.extract(r"^([A-Z][^.|]{60,300}\.)\s").to_list()
    members = groups.group_by("file", "heading").agg("passage_id")
    together = chosen.join(members, on=["file", "heading"], suffix="_all", maintain_order="left")
    return [
        Judged(Question(text), vector, frozenset(ids) - {own}, own)
        for text, vector, own, ids in zip(
            texts, embed(texts), together["passage_id"], together["passage_id_all"], strict=True
        )
    ]


def judge(store: Vectors, rows: pl.DataFrame, made: np.ndarray, asked: Sequence[Judged]) -> dict[str, float]:
    """Mean ndcg at 10 of the three ways."""
    ids = rows["passage_id"].to_numpy()

    def by(one: Judged, way: str) -> list[str]:
        if way == "vector":
            found = ids[np.argsort(-(made @ one.vector), kind="stable")[:TOP]].tolist()
        else:
            vector = one.vector if way == "hybrid" else None
            found = store.search("real", one.question.text, vector, limit=TOP)["passage_id"].to_list()
        return [name for name in found if name != one.taken_from]

    return {
        way: round(statistics.fmean(ndcg(by(one, way), one.right) for one in asked), 4)
        for way in ("text", "vector", "hybrid")
    }


def widened(store: Vectors, embed: Callable[[list[str]], np.ndarray], asked: Sequence[Judged]) -> float:
    """Mean ndcg at 10 of the hybrid search where the sample industries' vocabulary widens it."""
    requests = [read_request(path) for path in sorted(SAMPLE_FOLDER.glob("*/request.yaml"))]
    words = [word for one in requests for word in (*one.segments, *one.technologies, *one.keywords)]

    def search(query: str) -> list[str]:
        return store.search("real", query, embed([query])[0], limit=3 * TOP)["passage_id"].to_list()

    return round(
        statistics.fmean(
            ndcg(expansion.found_by_all(expansion.queries((), [("", one.question.text)], words, ()), search), one.right)
            for one in asked
        ),
        4,
    )


def errors(
    store: Vectors, threshold: Threshold, answered: Sequence[Judged], strangers: Sequence[Judged]
) -> tuple[float, float]:
    """Shares of questions with an answer that find nothing, and of those without one that find something."""

    def nothing(one: Judged) -> bool:
        return store.search("real", one.question.text, one.vector, limit=8, threshold=threshold).is_empty()

    missed = statistics.fmean(nothing(one) for one in answered)
    return round(missed, 4), round(1 - statistics.fmean(nothing(one) for one in strangers), 4)


def many(rows: pl.DataFrame, made: np.ndarray) -> tuple[pl.DataFrame, np.ndarray]:
    """The real passages and generated ones, 100,000 in all, with their vectors."""
    dice = np.random.default_rng(SEED)
    count = PASSAGES - rows.height
    first, second = dice.integers(0, rows.height, (2, count))
    share = dice.uniform(0.5, 0.9, (count, 1)).astype(np.float32)
    mixed = share * made[first] + (1 - share) * made[second]
    mixed += dice.normal(0, 0.02, mixed.shape).astype(np.float32)
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    sentences = [text.split(". ") for text in rows["text"]]
    texts = [". ".join(sentences[a][:3] + sentences[b][-2:]) for a, b in zip(first, second, strict=True)]
    generated = pl.DataFrame({"passage_id": [f"pass_{n:016x}" for n in range(count)], "text": texts}).with_columns(
        industry=pl.lit("bench"), document_id=pl.lit("doc_generated"), heading=pl.lit(None, pl.String())
    )
    columns = ["passage_id", "industry", "document_id", "heading", "text"]
    return pl.concat([rows.select(columns), generated.select(columns)]), np.concatenate([made, mixed])


def measure_speed(store: Vectors, model: embedding.Embedder, rows: pl.DataFrame, made: np.ndarray) -> dict[str, float]:
    """Keys p50_ms, p95_ms and recall_vs_exact, and what lies behind them."""
    whole, vectors = many(rows, made)
    ids = whole["passage_id"].to_numpy()
    start = time.perf_counter()
    store.synchronise("many", whole, Known(vectors))
    built_s = time.perf_counter() - start
    texts = [one.text for one in (*ANSWERED, *UNANSWERED)]
    texts += [sentence for text in rows["text"].sample(TIMED, seed=SEED) if (sentence := text.split(". ")[0][:200])]
    totals, searches, recalls = [], [], []
    for number, text in enumerate(texts[: TIMED + WARM_UP]):
        start = time.perf_counter()
        vector = model.embed([text])[0]
        embedded = time.perf_counter()
        store.search("many", text, vector, limit=TOP)
        ends = time.perf_counter()
        if number >= WARM_UP:
            totals.append(1000 * (ends - start))
            searches.append(1000 * (ends - embedded))
        if number % 3 == 0:
            exact = set(ids[np.argpartition(-(vectors @ vector), TOP)[:TOP]])
            recalls.append(len(exact & set(store.nearest("many", vector, limit=TOP))) / TOP)
    return {
        "p50_ms": round(statistics.median(totals), 1),
        "p95_ms": round(statistics.quantiles(totals, n=20)[-1], 1),
        "recall_vs_exact": round(statistics.fmean(recalls), 4),
        "search_alone_p50_ms": round(statistics.median(searches), 1),
        "search_alone_p95_ms": round(statistics.quantiles(searches, n=20)[-1], 1),
        "build_s": round(built_s, 1),
    }


def main() -> int:
    """Measure and print."""
    rows = filings.passages()
    if rows.is_empty():
        print(f"The real filings are not at {filings.FOLDER}; MARKET_RESEARCH_REAL_DATA names their folder.")
        return 3
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        model = embedding.load(home / "models")
        rows = rows.unique("passage_id", maintain_order=True)
        made = model.embed(filings.told(rows))
        store = Vectors(home / "vectors")
        store.synchronise("real", rows, Known(made))
        figures = measure(store, model, rows, made)
    print(json.dumps(figures))
    return 0


def measure(store: Vectors, model: embedding.Embedder, rows: pl.DataFrame, made: np.ndarray) -> dict[str, object]:
    """All figures; prints the tables."""
    sets = {"questions": questions(rows, model.embed), "neighbours": neighbours(rows, model.embed)}
    strangers = [
        Judged(one, vector, frozenset())
        for one, vector in zip(UNANSWERED, model.embed([one.text for one in UNANSWERED]), strict=True)
    ]
    print(f"{rows.height} real passages; ndcg at 10{'':<16}{'text':>8}{'vector':>8}{'hybrid':>8}")
    for name, asked in sets.items():
        for half, unseen in (("seen", False), ("unseen", True)):
            some = [one for one in asked if one.question.unseen == unseen]
            print(
                f"{name:<12}{half:<8}{len(some):>4}{'':<20}",
                *(f"{v:>8}" for v in judge(store, rows, made, some).values()),
                sep="",
            )
    for half, unseen in (("seen", False), ("unseen", True)):
        some = [one for one in sets["questions"] if one.question.unseen == unseen]
        print(f"questions, {half}, hybrid widened by vocabulary: {widened(store, model.embed, some):.4f}")
    unseen_set = [one for asked in sets.values() for one in asked if one.question.unseen]
    ndcgs = judge(store, rows, made, unseen_set)
    threshold = THRESHOLDS[model.name]
    for half, unseen in (("seen", False), ("unseen", True)):
        missed, wrong = errors(
            store,
            threshold,
            [one for one in sets["questions"] if one.question.unseen == unseen],
            [one for one in strangers if one.question.unseen == unseen],
        )
        print(f"threshold, {half}: {missed:.1%} of questions with an answer find nothing, "
              f"{wrong:.1%} of those without one find something")  # fmt: skip
    speed = measure_speed(store, model, rows, made)
    aims = {"p50_ms": "< 50", "recall_vs_exact": ">= 0.98"}
    for key, value in speed.items():
        print(f"{key:<26}{value:>10}{aims.get(key, ''):>10}")
    return {**{key: speed[key] for key in ("p50_ms", "p95_ms", "recall_vs_exact")}, "ndcg_at_10": ndcgs}


if __name__ == "__main__":
    sys.exit(main())
