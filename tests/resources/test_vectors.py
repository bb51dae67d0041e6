"""The vector store: it holds exactly the passages given, embeds only new ones, and finds by word and meaning."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.language_model.errors import ModelFailed
from market_research.retrieval import embedding, minilm
from market_research.retrieval.embedding import Embedder
from market_research.retrieval.filters import Filters
from resources import vectors as store
from resources.vectors import COLUMNS, Vectors, table_name

TEXTS = {
    "pass_a": "Export rules limit shipments of accelerators to China.",
    "pass_b": "Gross margin fell because inventory was written down.",
    "pass_c": "Subscribers left after the price of the plan went up.",
    "pass_d": "The Blackwell platform ramped faster than any product before.",
}


def passages(*ids: str, **columns: Any) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "passage_id": list(ids),
            "industry": ["chips"] * len(ids),
            "document_id": ["doc_1"] * len(ids),
            "heading": [None] * len(ids),
            "text": [TEXTS[i] for i in ids],
        },
        schema_overrides={"heading": pl.String()},
    )
    return frame.with_columns(pl.Series(name, values) for name, values in columns.items())


def older_table(vectors: Vectors, embedder: Embedder, frame: pl.DataFrame) -> None:
    """The table as it was before tables had models, kinds, dates and entities."""
    import lancedb
    import pyarrow as pa
    from lancedb.index import FTS

    columns = ["passage_id", "industry", "document_id", "heading", "text"]
    made = embedder.embed(frame["text"].to_list())
    fields = [pa.field(name, pa.string()) for name in columns]
    schema = pa.schema([*fields, pa.field("vector", pa.list_(pa.float32(), 384))])
    arrays = [pa.array(frame[name].to_list(), pa.string()) for name in columns]
    listed = pa.FixedSizeListArray.from_arrays(pa.array(made.ravel()), 384)
    table = lancedb.connect(str(vectors.root)).create_table("chips", pa.table([*arrays, listed], schema=schema))
    table.create_index("text", config=FTS(stem=True, remove_stop_words=True))


class Counting:
    """Embeds, and remembers what; it may be of another name, and fail after some chunks."""

    def __init__(self, embedder: Embedder, name: str = minilm.MODEL_NAME, chunks: int = 1000) -> None:
        self.embedder = embedder
        self.name = name
        self.chunks = chunks
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        if not self.chunks:
            raise ModelFailed("The model is away.")
        self.chunks -= 1
        self.seen += texts
        return self.embedder.embed(texts)


@pytest.fixture(scope="module")
def embedder(models_folder: Path) -> Embedder:
    return embedding.load(models_folder)


@pytest.fixture
def embed(embedder: Embedder) -> Counting:
    return Counting(embedder)


@pytest.fixture
def vectors(tmp_path: Path) -> Vectors:
    return Vectors(tmp_path / "vectors")


def best(vectors: Vectors, embed: Counting, query: str, industry: str = "chips", **more: Any) -> list[str]:
    found = vectors.search(industry, query, embed.embedder.embed([query])[0], limit=4, **more)
    return found["passage_id"].to_list()


def searched_by(vectors: Vectors) -> str | None:
    at = vectors.current("chips")
    return at.model if at else None


def test_only_new_passages_are_embedded_and_those_gone_are_deleted(vectors: Vectors, embed: Counting) -> None:
    first = vectors.synchronise("chips", passages("pass_a", "pass_b"), embed)
    assert (first.total, first.embedded, first.deleted) == (2, 2, 0)
    second = vectors.synchronise("chips", passages("pass_b", "pass_c"), embed)
    assert (second.total, second.embedded, second.deleted) == (2, 1, 1)
    third = vectors.synchronise("chips", passages("pass_b", "pass_c"), embed)
    assert (third.embedded, third.deleted) == (0, 0)
    assert embed.seen == [TEXTS[i] for i in ("pass_a", "pass_b", "pass_c")]
    assert set(best(vectors, embed, "anything at all")) == {"pass_b", "pass_c"}


def test_a_passage_is_found_by_its_meaning_and_by_a_rare_word(vectors: Vectors, embed: Counting) -> None:
    vectors.synchronise("chips", passages(*TEXTS), embed)
    assert best(vectors, embed, "trade restrictions on Chinese customers")[0] == "pass_a"
    assert best(vectors, embed, "Blackwell")[0] == "pass_d"


def test_industries_do_not_see_each_other(vectors: Vectors, embed: Counting) -> None:
    vectors.synchronise("chips", passages("pass_a"), embed)
    vectors.synchronise("streaming", passages("pass_c"), embed)
    assert best(vectors, embed, "subscribers", "chips") == ["pass_a"]


def test_an_empty_store_finds_nothing(vectors: Vectors, embed: Counting) -> None:
    assert best(vectors, embed, "anything") == []
    vectors.synchronise("chips", passages("pass_a"), embed)
    vectors.synchronise("chips", passages(), embed)
    assert best(vectors, embed, "anything") == []


def test_who_asks_nothing_finds_nothing(vectors: Vectors, embed: Counting) -> None:
    vectors.synchronise("chips", passages("pass_a"), embed)
    assert best(vectors, embed, " ") == []


@pytest.mark.parametrize("query", ["the", "'; DROP TABLE chips; --", '"unclosed', "a AND OR (", "*", "数字"])
def test_any_query_is_answered(vectors: Vectors, embed: Counting, query: str) -> None:
    vectors.synchronise("chips", passages(*TEXTS), embed)
    assert len(best(vectors, embed, query)) == 4


def test_the_way_to_the_same_passages_does_not_matter(tmp_path: Path, embed: Counting) -> None:
    straight, roundabout = Vectors(tmp_path / "a"), Vectors(tmp_path / "b")
    straight.synchronise("chips", passages(*TEXTS), embed)
    for ids in (("pass_d",), ("pass_d", "pass_a", "pass_b"), tuple(TEXTS)):
        roundabout.synchronise("chips", passages(*ids), embed)
    for query in ("price", "inventory of accelerators", "Blackwell in China"):
        assert best(straight, embed, query) == best(roundabout, embed, query)


def test_filters_leave_out_what_they_do_not_name(vectors: Vectors, embed: Counting) -> None:
    given = passages(
        *TEXTS,
        kind=["filing", "news", "filing", None],
        dated=[date(2024, 1, 1), date(2024, 6, 1), None, date(2025, 1, 1)],
        entities=[["NVIDIA"], ["NVIDIA", "Walmart"], None, ["O'Reilly \\ Sons"]],
    )
    vectors.synchronise("chips", given, embed)

    def found(**conditions: Any) -> set[str]:
        return set(best(vectors, embed, "prices and rules", filters=Filters(**conditions)))

    assert found(kinds=("filing",)) == {"pass_a", "pass_c"}
    assert found(entities=("Walmart", "O'Reilly \\ Sons")) == {"pass_b", "pass_d"}
    assert found(since=date(2024, 6, 1)) == {"pass_b", "pass_d"}
    assert found(until=date(2024, 6, 1)) == {"pass_a", "pass_b"}
    assert found(entities=("NVIDIA",), kinds=("news",), documents=("doc_1",)) == {"pass_b"}
    assert found(documents=("doc_2",)) == set()


@settings(max_examples=40)
@given(text=st.text(min_size=1, max_size=40))
def test_no_value_of_a_filter_breaks_out_of_it(hostile: tuple[Vectors, Counting], text: str) -> None:
    vectors, embed = hostile
    for filters in (Filters(kinds=(text,)), Filters(entities=(text,)), Filters(documents=(text,))):
        assert best(vectors, embed, "rules", filters=filters) == []
    assert best(vectors, embed, "rules", filters=Filters(entities=(text, "NVIDIA"))) == ["pass_a"]


@pytest.mark.parametrize(
    "text", ["' OR 1=1 --", "']) OR (true", "\\' OR true --", "x'; DROP TABLE chips; --", "''", "%", "\x00"]
)
def test_hostile_values_find_nothing(hostile: tuple[Vectors, Counting], text: str) -> None:
    vectors, embed = hostile
    for filters in (Filters(kinds=(text,)), Filters(entities=(text,)), Filters(documents=(text,))):
        assert best(vectors, embed, "rules", filters=filters) == []


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> tuple[Vectors, Counting]:
    vectors, embed = Vectors(tmp_path_factory.mktemp("hostile")), Counting(embedder)
    vectors.synchronise("chips", passages("pass_a", kind=["filing of 2024"], entities=[["NVIDIA"]]), embed)
    return vectors, embed


def test_a_document_told_anew_keeps_its_vectors_and_a_new_heading_does_not(vectors: Vectors, embed: Counting) -> None:
    vectors.synchronise("chips", passages("pass_a", "pass_b", kind=["note", "note"]), embed)
    again = vectors.synchronise("chips", passages("pass_a", "pass_b", kind=["news", "note"]), embed)
    assert again.embedded == 0
    assert best(vectors, embed, "rules", filters=Filters(kinds=("news",))) == ["pass_a"]
    headed = vectors.synchronise("chips", passages("pass_a", "pass_b", heading=["Risks", None]), embed)
    assert headed.embedded == 1
    assert embed.seen[-1] == f"Risks\n{TEXTS['pass_a']}"


def test_a_table_of_the_older_shape_is_searched_and_gives_its_vectors_on(vectors: Vectors, embed: Counting) -> None:
    older_table(vectors, embed.embedder, passages("pass_a", "pass_b"))
    assert best(vectors, embed, "trade restrictions on Chinese customers")[0] == "pass_a"
    done = vectors.synchronise("chips", passages("pass_a", "pass_b", "pass_c", kind=["x", "y", "z"]), embed)
    assert (done.embedded, embed.seen) == (1, [TEXTS["pass_c"]])
    assert best(vectors, embed, "rules", filters=Filters(kinds=("y",))) == ["pass_b"]
    assert not (vectors.root / "chips.lance").exists()


def test_until_another_model_is_through_the_one_before_is_searched(
    vectors: Vectors, embed: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "EMBED_CHUNK", 1)
    vectors.synchronise("chips", passages(*TEXTS), embed)
    failing = Counting(embed.embedder, "other/model", chunks=2)
    with pytest.raises(ModelFailed):
        vectors.synchronise("chips", passages(*TEXTS), failing)
    assert searched_by(vectors) == minilm.MODEL_NAME
    assert len(best(vectors, embed, "rules")) == 4

    back = Counting(embed.embedder, "other/model")
    done = vectors.synchronise("chips", passages(*TEXTS), back)
    assert (done.embedded, done.before) == (2, minilm.MODEL_NAME)
    assert failing.seen + back.seen == list(TEXTS.values())
    assert searched_by(vectors) == "other/model"
    assert [path.stem for path in vectors.root.glob("*.lance")] == [table_name("chips", "other/model")]


def test_a_search_that_meets_the_swap_reads_the_new_table(
    vectors: Vectors, embed: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors.synchronise("chips", passages(*TEXTS), embed)
    before = vectors.current("chips")
    monkeypatch.setattr(store, "SHAPE", "3")
    vectors.synchronise("chips", passages(*TEXTS), embed)
    answers = iter([before])
    current = vectors.current
    monkeypatch.setattr(Vectors, "current", lambda self, industry: next(answers, None) or current(industry))
    assert len(best(vectors, embed, "rules")) == 4


def test_without_a_vector_words_alone_find(vectors: Vectors, embed: Counting) -> None:
    vectors.synchronise("chips", passages(*TEXTS), embed)
    assert vectors.search("chips", "Blackwell platform", None)["passage_id"].to_list() == ["pass_d"]


def test_rows_have_the_declared_columns(vectors: Vectors, embed: Counting) -> None:
    assert set(COLUMNS) >= {"kind", "dated", "entities"}
    found = vectors.search("nobody", "anything", None)
    assert found.is_empty()
    assert "cosine" in found.columns


def test_an_index_that_a_kill_prevented_is_made_by_the_next_run(
    vectors: Vectors, embed: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Vectors, "_index", lambda self, name: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            vectors.synchronise("chips", passages(*TEXTS), embed)
    assert vectors.synchronise("chips", passages(*TEXTS), embed).embedded == 0
    assert len(embed.seen) == 4
    assert best(vectors, embed, "Blackwell")[0] == "pass_d"
