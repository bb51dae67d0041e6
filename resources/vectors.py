"""Passages with their vectors in LanceDB: one table an industry and model, so that no industry's words weigh in
another's search and vectors of two models never meet.

A table is named ``<industry>.<hash of model and shape>`` and says in its schema which model made it. Which one is
searched stands in ``current/<industry>.json``, written when a table is complete: until then the one before is searched.
Ids are content hashes: only passages that are not there yet are embedded, chunk after chunk, each committed whole.
"""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from market_research import files
from market_research.retrieval import minilm
from market_research.retrieval.filters import Filters, literal
from market_research.retrieval.search import HIT_SCHEMA, Threshold, combined

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

EMBED_CHUNK = 256
# Below this many rows an exact scan answers in milliseconds, and an index would only lose neighbours.
VECTOR_INDEX_FROM = 20_000
NPROBES, EF, REFINE = 20, 800, 2
CANDIDATES = 3
"""Candidates of each list for every result wanted: copies and what is below the threshold leave some out."""
COLUMNS: dict[str, pl.DataType] = {
    "passage_id": pl.String(), "industry": pl.String(), "document_id": pl.String(), "kind": pl.String(),
    "dated": pl.Date(), "entities": pl.List(pl.String()), "heading": pl.String(), "text": pl.String(),
}  # fmt: skip
SHAPE = "2"
"""Changes with the columns: tables of another shape are made anew from the vectors that they hold."""
_FOUND = [name for name in HIT_SCHEMA if name in COLUMNS]


class Embeds(Protocol):
    """A model: its name tells its vectors from all others'."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> "NDArray[float32]":
        """Unit vectors of texts."""
        ...


@dataclass(frozen=True)
class Synchronised:
    """What one synchronisation did; ``before`` is the model whose table was searched until then."""

    total: int
    embedded: int
    deleted: int
    before: str | None = None


@dataclass(frozen=True)
class Current:
    """The table that an industry's searches read."""

    table: str
    model: str


@dataclass(frozen=True)
class Vectors:
    """The vector store under one folder."""

    root: Path

    def current(self, industry: str) -> Current | None:
        """The table that is searched; None while there is none."""
        try:
            name = str(json.loads(self._pointer(industry).read_bytes())["table"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            # Before tables had models, they had the industry's name.
            name = industry
        table = self._opened(name)
        return Current(name, _model_of(table)) if table is not None else None

    def synchronise(
        self,
        industry: str,
        passages: pl.DataFrame,
        model: Embeds,
        *,
        keep: Collection[str] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> Synchronised:
        """Make the industry's table of this model hold exactly these passages, then let it be searched.

        What a kill interrupts goes on where it was. Tables of other models go, but for those of ``keep``.

        Args:
            industry: whose.
            passages: columns of ``COLUMNS``; those that are absent are null.
            model: embeds what is new.
            keep: names of models.
            progress: told how many of how many new ones are done.

        Raises:
            ModelError: the model gave no vectors; what was searched before still is.
        """
        before = self.current(industry)
        name = table_name(industry, model.name)
        wanted = _conformed(passages).unique("passage_id", maintain_order=True)
        stored = self._rows(name)
        gone = sorted(set(stored["passage_id"]) - set(wanted["passage_id"]))
        # Also those whose document is told anew: their vectors stay.
        changed = wanted.join(stored, on=list(COLUMNS), how="anti", nulls_equal=True, maintain_order="left")
        donors = {name, before.table} if before and before.model == model.name else {name}
        self._delete(name, gone)
        embedded = self._insert(name, changed, model, donors, progress)
        if changed.height or gone or self._is_behind(name):
            self._index(name)
        self._switch(industry, name)
        self._drop_others(industry, {name, *(table_name(industry, other) for other in keep)})
        return Synchronised(wanted.height, embedded, len(gone), before.model if before else None)

    def stored(self, industry: str) -> "tuple[list[str], NDArray[float32]]":
        """Ids of all passages that are searched now with their vectors, one row each."""
        import numpy

        at = self.current(industry)
        if at is None:
            return [], numpy.zeros((0, 0), numpy.float32)
        rows = self._opened(at.table).search().select(["passage_id", "vector"]).limit(None).to_arrow()
        flat = numpy.asarray(rows["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False), numpy.float32)
        return rows["passage_id"].to_pylist(), flat.reshape(rows.num_rows, -1)

    def search(
        self,
        industry: str,
        query: str,
        vector: "NDArray[float32] | None",
        *,
        limit: int = 10,
        filters: Filters | None = None,
        per_document: int | None = None,
        threshold: Threshold | None = None,
    ) -> pl.DataFrame:
        """Best passages by words and meaning, as ``combined`` says. No rows for an empty query.

        Args:
            industry: whose passages.
            query: words or a question.
            vector: its embedding by the model of the current table, or None: then only words are looked for.
            limit: how many at most.
            filters: which passages may be found.
            per_document: at most so many of one document.
            threshold: from when on a passage is an answer; None gives the best, whatever they are.
        """
        at = self.current(industry)
        if at is None or not query.strip():
            return pl.DataFrame(schema=HIT_SCHEMA)
        try:
            lists = self._candidates(at.table, query, vector, CANDIDATES * limit, filters or Filters())
        except Exception:
            now = self.current(industry)
            if now is None or now == at or (vector is not None and now.model != at.model):
                raise
            # Another process has put a new table into its place meanwhile.
            lists = self._candidates(now.table, query, vector, CANDIDATES * limit, filters or Filters())
        return combined(*lists, query, vector, limit=limit, per_document=per_document, threshold=threshold)

    def _candidates(
        self, name: str, query: str, vector: "NDArray[float32] | None", count: int, filters: Filters
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """By words and by meaning, best first, ties by id."""
        table = self._opened(name)
        # A schema is read from the disk each time that it is asked for.
        names = set(table.schema.names)
        where = filters.expression if "kind" in names else None
        columns = [column for column in _FOUND if column in names]
        empty = pl.DataFrame(schema={**{name: HIT_SCHEMA[name] for name in _FOUND}, "vector": _vector_type(table)})
        if not table.count_rows():
            return empty, empty

        def found(search: Any, score: str, *, descending: bool) -> pl.DataFrame:
            search = search.where(where, prefilter=True) if where else search
            rows = pl.DataFrame(search.limit(count).select([*columns, "vector", score]).to_arrow())
            rows = rows.sort([score, "passage_id"], descending=[descending, False])
            return pl.concat([empty, rows.drop(score)], how="diagonal_relaxed").select(empty.columns)

        words = found(table.search(_plain(query), query_type="fts"), "_score", descending=True)
        if vector is None:
            return words, empty
        return words, found(_near(table, vector), "_distance", descending=False)

    def nearest(self, industry: str, vector: "NDArray[float32]", *, limit: int) -> list[str]:
        """Ids of the passages nearest in meaning, as the index gives them."""
        at = self.current(industry)
        if at is None:
            return []
        found = _near(self._opened(at.table), vector).limit(limit).select(["passage_id", "_distance"]).to_arrow()
        return [str(name) for name in found["passage_id"].to_pylist()]

    def _connection(self) -> Any:
        return _connected(self.root)

    def _opened(self, name: str) -> Any:
        """The table, or None."""
        try:
            inode = (self.root / f"{name}.lance").stat().st_ino
            return _table(self.root, name, inode)
        except (ValueError, FileNotFoundError):
            return None

    def _pointer(self, industry: str) -> Path:
        return self.root / "current" / f"{industry}.json"

    def _switch(self, industry: str, name: str) -> None:
        with files.replacing(self._pointer(industry)) as temporary:
            temporary.write_text(json.dumps({"table": name}))

    def _drop_others(self, industry: str, keep: Collection[str]) -> None:
        for path in (*self.root.glob(f"{industry}.lance"), *self.root.glob(f"{industry}.*.lance")):
            if path.stem not in keep:
                self._connection().drop_table(path.stem)

    def _rows(self, name: str) -> pl.DataFrame:
        """What is stored, without the vectors."""
        table = self._opened(name)
        if table is None:
            return pl.DataFrame(schema=COLUMNS)
        return _conformed(pl.DataFrame(table.search().select(list(COLUMNS)).to_arrow()))

    def _delete(self, name: str, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), 500):
            self._opened(name).delete(_among(ids[start : start + 500]))

    def _insert(
        self,
        name: str,
        rows: pl.DataFrame,
        model: Embeds,
        donors: Collection[str],
        progress: Callable[[int, int], None] | None,
    ) -> int:
        """Put rows into the table, with the vectors that donors have; returns how many were embedded."""
        embedded = 0
        for start in range(0, rows.height, EMBED_CHUNK):
            chunk = rows.slice(start, EMBED_CHUNK)
            known = {key: vector for donor in sorted(donors) for key, vector in self._vectors(donor, chunk).items()}
            missing = chunk.filter(~pl.col("passage_id").is_in(sorted(known)))
            if missing.height:
                known |= dict(zip(missing["passage_id"], model.embed(_told(missing)), strict=True))
                embedded += missing.height
            self._merge(name, chunk, known, model.name)
            if progress:
                progress(min(start + EMBED_CHUNK, rows.height), rows.height)
        return embedded

    def _vectors(self, name: str, chunk: pl.DataFrame) -> dict[str, Any]:
        """Vectors of those passages that are stored under the same headings: they belong to what was embedded."""
        table = self._opened(name)
        if table is None:
            return {}
        search = table.search().where(_among(chunk["passage_id"].to_list()))
        stored = pl.DataFrame(search.select(["passage_id", "heading", "vector"]).limit(chunk.height).to_arrow())
        same = stored.join(chunk, on=["passage_id", "heading"], how="semi", nulls_equal=True)
        return dict(zip(same["passage_id"], same["vector"].to_numpy(), strict=True))

    def _merge(self, name: str, chunk: pl.DataFrame, vectors: dict[str, Any], model: str) -> None:
        import numpy
        import pyarrow as pa

        listed = numpy.stack([vectors[passage_id] for passage_id in chunk["passage_id"]]).astype(numpy.float32)
        dimensions = listed.shape[1]
        fields = [pa.field(column, _arrow_type(dtype)) for column, dtype in COLUMNS.items()]
        kind = pa.list_(pa.float32(), dimensions)
        schema = pa.schema([*fields, pa.field("vector", kind)], metadata={"model": model})
        arrays = [pa.array(chunk[column].to_list(), field.type) for column, field in zip(COLUMNS, fields, strict=True)]
        rows = pa.table(
            [*arrays, pa.FixedSizeListArray.from_arrays(pa.array(listed.ravel()), dimensions)], schema=schema
        )
        table = self._connection().create_table(name, schema=schema, exist_ok=True)
        table.merge_insert("passage_id").when_matched_update_all().when_not_matched_insert_all().execute(rows)

    def _is_behind(self, name: str) -> bool:
        """True if a kill came between rows and their index."""
        table = self._opened(name)
        if table is None or not table.count_rows():
            return False
        indexes = table.list_indices()
        return not indexes or any(table.index_stats(index.name).num_unindexed_rows for index in indexes)

    def _index(self, name: str) -> None:
        """Rebuild the indexes and drop old versions: the same passages then give the same index, however they came."""
        from lancedb.index import FTS, HnswSq

        table = self._opened(name)
        if table is None:
            return
        table.optimize(cleanup_older_than=timedelta(days=1))
        if table.count_rows():
            table.create_index("text", config=FTS(stem=True, remove_stop_words=True), replace=True)
        if table.count_rows() >= VECTOR_INDEX_FROM:
            table.create_index("vector", config=HnswSq(distance_type="cosine"), replace=True)


@lru_cache(maxsize=8)
def _connected(root: Path) -> Any:
    os.environ.setdefault("LANCE_LOG", "error")
    import lancedb

    # What other processes write is seen by the next search.
    return lancedb.connect(str(root), read_consistency_interval=timedelta(0))


@lru_cache(maxsize=32)
def _table(root: Path, name: str, inode: int) -> Any:
    """An open table, which keeps its indexes in memory; ``inode`` tells a table from an earlier one of its name."""
    return _connected(root).open_table(name)


def _near(table: Any, vector: "NDArray[float32]") -> Any:
    search = table.search(vector).distance_type("cosine")
    if table.count_rows() < VECTOR_INDEX_FROM:
        return search
    return search.nprobes(NPROBES).ef(EF).refine_factor(REFINE)


def table_name(industry: str, model: str) -> str:
    """The name of the table of a model's vectors."""
    return f"{industry}.{hashlib.sha256(f'{SHAPE} {model}'.encode()).hexdigest()[:12]}"


def _model_of(table: Any) -> str:
    """The model that a table's schema names; those without a name are of the one that there was."""
    return (table.schema.metadata or {}).get(b"model", minilm.MODEL_NAME.encode()).decode()


def _conformed(passages: pl.DataFrame) -> pl.DataFrame:
    present = set(passages.columns)
    return passages.select(
        (pl.col(name) if name in present else pl.lit(None)).cast(dtype).alias(name) for name, dtype in COLUMNS.items()
    ).with_columns(pl.col("entities").fill_null([]))


def _told(rows: pl.DataFrame) -> list[str]:
    """What is embedded: the text under its headings."""
    return [f"{heading}\n{text}" if heading else text for heading, text in rows.select("heading", "text").rows()]


def _plain(query: str) -> str:
    """The words of a query: the store must read no syntax in them."""
    return " ".join("".join(char if char.isalnum() else " " for char in query).split()) or query


def _among(ids: Sequence[str]) -> str:
    return f"passage_id IN ({', '.join(map(literal, ids))})"


def _arrow_type(dtype: pl.DataType) -> Any:
    import pyarrow as pa

    if dtype == pl.Date():
        return pa.date32()
    return pa.list_(pa.string()) if isinstance(dtype, pl.List) else pa.string()


def _vector_type(table: Any) -> pl.DataType:
    return pl.Array(pl.Float32(), table.schema.field("vector").type.list_size)
