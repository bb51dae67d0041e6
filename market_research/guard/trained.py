"""The guard's small classifier: how much a passage's vector is like those of texts that take a language model over.

Its weights are made by ``scripts/train_guard.py``, which says from what. It knows all-MiniLM-L6-v2 only: vectors of
another model mean something else. It reads English; what it says of other languages is little.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from market_research.files import sha256_file
from market_research.retrieval import chunking, minilm
from market_research.sources.parsed import Block

if TYPE_CHECKING:
    from numpy import float32, float64
    from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("trained.json")
MODEL = minilm.MODEL_NAME
"""Only vectors of this model can be judged."""
DETECTOR = "trained classifier"
_PARAGRAPH = re.compile(r"\n\s*\n")


def scores(vectors: "NDArray[float32]") -> "NDArray[float64]":
    """Scores from 0 to 1 of vectors, shape (n, 384); a half is where few benign texts lie above."""
    import numpy

    weights, bias = _weights()
    made: NDArray[float64] = 1 / (1 + numpy.exp(-(vectors @ numpy.array(weights) + bias)))
    return made


def pieces(text: str) -> list[str]:
    """A text in passages, as the model is given those of a document."""
    blocks = [Block(part.strip(), "text") for part in _PARAGRAPH.split(text) if part.strip()]
    return [passage.text for passage in chunking.passages(blocks)]


def version() -> str:
    """Hash of the weights, for whatever is made with them."""
    return sha256_file(WEIGHTS)[:16]


@cache
def _weights() -> tuple[Sequence[float], float]:
    read = json.loads(WEIGHTS.read_text("utf-8"))
    return read["weights"], read["bias"]
