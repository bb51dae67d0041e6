"""Embedding texts on this machine, without torch and without a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from market_research.retrieval import minilm

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

BATCH = 32


@dataclass(frozen=True)
class Embedder:
    """all-MiniLM-L6-v2: texts to unit vectors of 384 floats; text past 256 tokens is not seen."""

    session: Any
    tokenizer: Any

    name = minilm.MODEL_NAME
    dimensions = minilm.WIDTH

    def embed(self, texts: Sequence[str]) -> "NDArray[float32]":
        """Vectors of the texts, shape (len(texts), 384), each of length 1."""
        import numpy

        vectors = numpy.empty((len(texts), self.dimensions), dtype=numpy.float32)
        encodings = self.tokenizer.encode_batch(list(texts))
        # Texts of like length share a batch, so that little is computed for padding.
        order = sorted(range(len(texts)), key=lambda index: len(encodings[index].ids))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            vectors[batch] = self._run([encodings[index].ids for index in batch])
        return vectors

    def _run(self, ids: list[list[int]]) -> "NDArray[float32]":
        import numpy

        width = max(len(row) for row in ids)
        input_ids = numpy.zeros((len(ids), width), dtype=numpy.int64)
        mask = numpy.zeros_like(input_ids)
        for row, tokens in enumerate(ids):
            input_ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        positions = numpy.broadcast_to(numpy.arange(width, dtype=numpy.int64), input_ids.shape)
        feeds = {
            "input_ids": input_ids,
            "attention_mask": mask,
            "position_ids": numpy.ascontiguousarray(positions),
        }
        return self.session.run(["embedding"], feeds)[0]


@lru_cache(maxsize=2)
def load(models_folder: Path, layers: int = minilm.LAYERS) -> Embedder:
    """The embedder; builds its graph in ``models_folder`` at the first call.

    With fewer ``layers`` it is quicker, and its vectors mean something else: they are only compared with each other.

    Raises:
        MarketResearchError: the model's package is missing or its weights are not the published ones.
    """
    import onnxruntime
    from filelock import FileLock
    from tokenizers import Tokenizer

    name = minilm.MODEL_NAME if layers == minilm.LAYERS else f"{minilm.MODEL_NAME}-{layers}-layers"
    graph = models_folder / f"{name}.onnx"
    if not graph.is_file():
        models_folder.mkdir(parents=True, exist_ok=True)
        with FileLock(graph.with_suffix(".lock")):  # it takes seconds; a second process waits for the first one's
            if not graph.is_file():
                minilm.build(graph, layers)
    tokenizer = Tokenizer.from_file(str(minilm.package_folder() / "tokenizer.json"))
    tokenizer.enable_truncation(minilm.MAX_TOKENS)
    tokenizer.no_padding()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    return Embedder(session, tokenizer)
