"""The embedding model: built from the published weights only, deterministic, and sensible about meaning."""

from pathlib import Path

import numpy as np
import pytest

from market_research.errors import MarketResearchError
from market_research.retrieval import embedding, minilm

PAIRS = [
    ("Revenue rose 12% to a record.", "Sales grew to their highest level ever."),
    ("The company depends on a single supplier.", "It relies on one vendor for its parts."),
    ("New export rules limit shipments to China.", "Trade restrictions curb deliveries to Chinese customers."),
    ("Subscribers cancelled the streaming service.", "Members left the video platform."),
]


@pytest.fixture(scope="module")
def embedder(models_folder: Path) -> embedding.Embedder:
    return embedding.load(models_folder)


def test_vectors_have_length_one(embedder: embedding.Embedder) -> None:
    texts = ["a", "", "One sentence.", "word " * 400, "数字", "1,234.5 %"]
    vectors = embedder.embed(texts)
    assert vectors.shape == (len(texts), embedder.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_no_vectors(embedder: embedding.Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_the_same_text_gives_the_same_vector(embedder: embedding.Embedder) -> None:
    texts = [text for pair in PAIRS for text in pair]
    assert np.array_equal(embedder.embed(texts), embedder.embed(texts))


def test_neighbours_in_a_batch_do_not_matter(embedder: embedding.Embedder) -> None:
    short = "Revenue rose."
    alone = embedder.embed([short])[0]
    among = embedder.embed(["word " * 120, short, "another one"])[1]
    assert np.allclose(alone, among, atol=1e-5)


def test_vectors_come_in_the_order_of_the_texts(embedder: embedding.Embedder) -> None:
    texts = [("word " * (40 - n)) + str(n) for n in range(40)]
    together = embedder.embed(texts)
    for place in (0, 17, 39):
        assert np.allclose(together[place], embedder.embed([texts[place]])[0], atol=1e-5)


def test_like_meaning_is_nearer_than_any_other(embedder: embedding.Embedder) -> None:
    left = embedder.embed([a for a, _ in PAIRS])
    right = embedder.embed([b for _, b in PAIRS])
    assert (left @ right.T).argmax(axis=1).tolist() == list(range(len(PAIRS)))


def test_published_similarity_is_met(embedder: embedding.Embedder) -> None:
    """The model card's library gives 0.6 to 0.7 for this pair, and about 0 for the strangers."""
    a, b, c = embedder.embed(["This is an example sentence", "Each sentence is converted", "Cats chase mice at night"])
    assert a @ b > 0.4
    assert abs(a @ c) < 0.25


def test_tampered_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray((minilm.package_folder() / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(content)
    monkeypatch.setattr(minilm, "package_folder", lambda: tmp_path)
    with pytest.raises(MarketResearchError, match="differ from the published ones"):
        minilm.build(tmp_path / "graph.onnx")
    assert not (tmp_path / "graph.onnx").exists()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package")
    with pytest.raises(MarketResearchError, match="make setup"):
        minilm.package_folder()


def test_the_graph_is_the_same_bytes_each_time(models_folder: Path, tmp_path: Path) -> None:
    minilm.build(tmp_path / "again.onnx")
    first = models_folder / f"{minilm.MODEL_NAME}.onnx"
    assert (tmp_path / "again.onnx").read_bytes() == first.read_bytes()
