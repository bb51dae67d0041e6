"""Passages with their vectors in LanceDB: one table an industry, so that no industry's words weigh in another's search.

Ids are content hashes. Synchronising embeds only passages that are not there yet and deletes those that
are gone; LanceDB commits each change whole.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

EMBED_CHUNK = 256
# Below this many rows an exact scan answers in milliseconds, and an index would only lose neighbours.
VECTOR_INDEX_FROM = 20_000
COLUMNS = ("passage_id", "industry", "document_id", "heading", "text")


@dataclass(frozen=True)
class Synchronised:
    """What one synchronisation did."""

    total: int
    embedded: int
    deleted: int


@dataclass(frozen=True)
class Vectors:
    """The vector store under one folder."""

    root: Path
    dimensions: int = 384

    def _table(self, industry: str) -> Any:
        # Lance asks the allocator for huge arenas otherwise; a report's passages need none of them.
        os.environ.setdefault("LANCE_LOG", "error")
        import lancedb
        import pyarrow as pa

        fields = [pa.field(name, pa.string()) for name in COLUMNS]
        schema = pa.schema([*fields, pa.field("vector", pa.list_(pa.float32(), self.dimensions))])
        return lancedb.connect(str(self.root)).create_table(industry, schema=schema, exist_ok=True)

    def synchronise(
        self,
        industry: str,
        passages: pl.DataFrame,
        embed: "Callable[[Sequence[str]], NDArray[float32]]",
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> Synchronised:
        """Make the industry's table hold exactly these passages (columns of ``PASSAGES``)."""
        table = self._table(industry)
        stored = set(table.search().select(["passage_id"]).to_arrow()["passage_id"].to_pylist())
        wanted = passages.unique("passage_id", maintain_order=True)
        new = wanted.filter(~pl.col("passage_id").is_in(sorted(stored)))
        gone = sorted(stored - set(wanted["passage_id"]))
        for start in range(0, len(gone), 500):
            ids = ", ".join(f"'{passage_id}'" for passage_id in gone[start : start + 500])
            table.delete(f"passage_id IN ({ids})")
        for start in range(0, new.height, EMBED_CHUNK):
            chunk = new.slice(start, EMBED_CHUNK)
            table.merge_insert("passage_id").when_not_matched_insert_all().execute(self._arrow(chunk, embed))
            if progress:
                progress(min(start + EMBED_CHUNK, new.height), new.height)
        if new.height or gone:
            self._index(table)
        return Synchronised(wanted.height, new.height, len(gone))

    def _arrow(self, chunk: pl.DataFrame, embed: "Callable[[Sequence[str]], NDArray[float32]]") -> Any:
        import pyarrow as pa

        headed = [f"{heading}\n{text}" if heading else text for heading, text in chunk.select("heading", "text").rows()]
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(embed(headed).ravel()), self.dimensions)
        columns = [pa.array(chunk[name].to_list(), pa.string()) for name in COLUMNS]
        return pa.table([*columns, vectors], names=[*COLUMNS, "vector"])

    @staticmethod
    def _index(table: Any) -> None:
        """Rebuild the indexes and drop old versions: the same passages then give the same index, however they came."""
        from datetime import timedelta

        from lancedb.index import FTS

        table.optimize(cleanup_older_than=timedelta(days=1))
        if table.count_rows():
            table.create_index("text", config=FTS(stem=True, remove_stop_words=True), replace=True)
        if table.count_rows() >= VECTOR_INDEX_FROM:
            table.create_index(metric="cosine", index_type="IVF_HNSW_SQ", replace=True)

    def stored(self, industry: str) -> "tuple[list[str], NDArray[float32]]":
        """Ids of all passages of the industry with their vectors, one row each."""
        import numpy

        rows = self._table(industry).search().select(["passage_id", "vector"]).limit(None).to_arrow()
        flat = rows["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        return rows["passage_id"].to_pylist(), numpy.asarray(flat, numpy.float32).reshape(-1, self.dimensions)

    def search(
        self,
        industry: str,
        query: str,
        vector: "NDArray[float32]",
        *,
        limit: int = 10,
        where: str | None = None,
    ) -> pl.DataFrame:
        """Best passages by words and meaning, ranks fused (reciprocal rank fusion).

        Returns:
            Columns passage_id, document_id, heading, text, score, best first; ties by id. No rows for an empty query.
        """
        table = self._table(industry)
        empty = pl.DataFrame(schema={**dict.fromkeys((*COLUMNS[:1], *COLUMNS[2:]), pl.String()), "score": pl.Float64()})
        if not query.strip() or not table.count_rows():
            return empty
        search = table.search(query_type="hybrid").vector(vector).text(query).distance_type("cosine")
        if where:
            search = search.where(where, prefilter=True)
        found = pl.DataFrame(search.limit(limit).to_arrow())
        if found.is_empty():
            return empty
        return (
            found.rename({"_relevance_score": "score"})
            .select("passage_id", "document_id", "heading", "text", pl.col("score").cast(pl.Float64))
            .sort(["score", "passage_id"], descending=[True, False])
        )
