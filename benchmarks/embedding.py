"""Embedding, against sentence-transformers on torch: `make bench NAME=embedding`.

Prints a table, and as the last line one JSON object:
ratio_to_sentence_transformers   our texts a second over theirs: the same weights, texts, machine, batch size and order,
                                 in turns, medians; 1 or more is no slower
ndcg_delta                       our ndcg at 10 less theirs on the questions of the retrieval set, by comparing with all

sentence-transformers and torch are no dependencies: MARKET_RESEARCH_TORCH_PYTHON names a Python that has them
(`python -m venv x && x/bin/pip install sentence-transformers`). Without them the benchmark exits with 3.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import filings
from benchmarks.retrieval import ndcg, questions
from market_research.retrieval import embedding, minilm

PYTHON = "MARKET_RESEARCH_TORCH_PYTHON"
ROUNDS = 5
TIMED = 320
THEIRS = """
import json, sys, time
import numpy
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
for line in sys.stdin:
    asked = json.loads(line)
    start = time.perf_counter()
    made = model.encode(asked["texts"], batch_size=32, show_progress_bar=False, convert_to_numpy=True)
    seconds = time.perf_counter() - start
    numpy.save(asked["path"], made)
    print(json.dumps(seconds), flush=True)
"""


class Theirs:
    """sentence-transformers in a process of another Python, kept between calls so that loading is not timed."""

    def __init__(self, python: str, folder: Path) -> None:
        self.path = folder / "theirs.npy"
        self.process = subprocess.Popen(
            [python, "-c", THEIRS, str(minilm.package_folder())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"},
        )  # fmt: skip

    def embed(self, texts: list[str]) -> tuple[np.ndarray, float]:
        """Vectors, and the seconds that they took there."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"texts": texts, "path": str(self.path)}) + "\n")
        self.process.stdin.flush()
        seconds = json.loads(self.process.stdout.readline())
        return np.load(self.path), float(seconds)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def quality(rows: pl.DataFrame, made: np.ndarray, asked: np.ndarray, right: list[frozenset[str]]) -> float:
    """Mean ndcg at 10 of comparing each question with all passages."""
    ids = rows["passage_id"].to_numpy()
    order = np.argsort(-(asked @ made.T), axis=1, kind="stable")[:, :10]
    return statistics.fmean(ndcg(ids[places].tolist(), good) for places, good in zip(order, right, strict=True))


def measure(ours: embedding.Embedder, theirs: Theirs, rows: pl.DataFrame) -> dict[str, float]:
    """Both figures, and what lies behind them."""
    texts = filings.told(rows)
    judged = questions(rows, ours.embed)
    asked = [one.question.text for one in judged]
    right = [one.right for one in judged]
    timed = texts[:: max(1, len(texts) // TIMED)][:TIMED]
    for warm in (ours.embed, theirs.embed):
        warm(timed[:64])
    mine, other = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        ours.embed(timed)
        mine.append(time.perf_counter() - start)
        other.append(theirs.embed(timed)[1])
    made, (their_made, _) = ours.embed(texts), theirs.embed(texts)
    own = quality(rows, made, ours.embed(asked), right)
    their = quality(rows, their_made, theirs.embed(asked)[0], right)
    return {
        "ratio_to_sentence_transformers": round(statistics.median(b / a for a, b in zip(mine, other, strict=True)), 3),
        "ndcg_delta": round(own - their, 4),
        "texts_per_s": round(len(timed) / statistics.median(mine), 1),
        "their_texts_per_s": round(len(timed) / statistics.median(other), 1),
        "least_cosine": round(float((made * their_made).sum(axis=1).min()), 5),
    }


def missing(python: str) -> str:
    """What there is not to measure with; empty if all is there."""
    if not list(filings.FOLDER.glob("sec_10k/*.html")):
        return f"The real filings are not at {filings.FOLDER}; MARKET_RESEARCH_REAL_DATA names their folder."
    try:
        done = subprocess.run([python, "-c", "import torch, sentence_transformers"], capture_output=True, check=False)
    except OSError:
        return f"{PYTHON} names no Python: {python}."
    if done.returncode:
        return f"sentence-transformers and torch are not installed; {PYTHON} names a Python that has them."
    return ""


def main() -> int:
    """Measure and print."""
    python = os.environ.get(PYTHON) or sys.executable
    if lacking := missing(python):
        print(lacking)
        return 3
    rows = filings.passages().unique("passage_id", maintain_order=True)
    with tempfile.TemporaryDirectory() as name:
        theirs = Theirs(python, Path(name))
        try:
            figures = measure(embedding.load(Path(name) / "models"), theirs, rows)
        finally:
            theirs.close()
    aims = {"ratio_to_sentence_transformers": ">= 1", "ndcg_delta": "within 0.01"}
    for key, value in figures.items():
        print(f"{key:<32}{value:>10}{aims.get(key, ''):>14}")
    print(json.dumps({key: figures[key] for key in aims}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
