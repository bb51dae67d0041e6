"""From a claim, finding, fact or passage down to the file and the place in it."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from market_research.errors import NotFound
from market_research.writing import numbers, rows
from resources.workspace import Workspace

TABLES = {
    "claim": "claims", "find": "findings", "fact": "facts", "pass": "passages", "doc": "documents", "row": "table_rows",
    "ed": "editions", "bad": "quarantine", "ent": "entities", "repl": "replaced_rows",
    "ans": "answers", "rev": "reviews",
}  # fmt: skip
CORRECTED = re.compile(r"corrected from (fact_[0-9a-f]+): ")
KEYS = {
    "claim": "claim_id", "find": "finding_id", "fact": "fact_id", "pass": "passage_id", "doc": "document_id",
    "row": "row_id", "ed": "edition_id", "bad": "quarantine_id", "ent": "entity_id", "repl": "replaced_id",
    "ans": "answer_id", "rev": "review_id",
}  # fmt: skip
# Where a record is that stands no more.
EARLIER = {"fact": "superseded_facts", "doc": "document_versions"}
MAX_CHILDREN = 40
MAX_ROWS = 3
"""Of rows that a number was counted or averaged over, so many are opened."""
REPORTED = "reported"


@dataclass
class Node:
    """One link of the chain: what it is, in words, and what it rests on."""

    id: str
    text: str
    children: list["Node"] = field(default_factory=list)


def trace(workspace: Workspace, record_id: str) -> Node:
    """The chain below a record; ``doc_…:row 17`` is a place of a document, as rows of prices have it, and
    ``rows:reviews?product_id=…`` are rows of a table that a number was counted over.

    Raises:
        NotFound: the id is of no known kind, or no record has it.
    """
    document_id, colon, locator = record_id.partition(":")
    if colon and document_id.startswith("doc_"):
        return _Tracer(workspace).placed_in(document_id.strip(), locator.strip())
    if rows.is_rows(record_id):
        return _Tracer(workspace).rows(record_id)
    kind = record_id.partition("_")[0]
    if kind not in TABLES:
        raise NotFound(
            f"{record_id!r} is no id of this warehouse; ids start with claim_, find_, fact_, pass_, doc_, row_, ed_, "
            "ent_, repl_, ans_, rev_ or bad_."
        )
    return _Tracer(workspace).node(record_id)


@dataclass
class _Tracer:
    workspace: Workspace
    seen: set[str] = field(default_factory=set)

    def row(self, record_id: str) -> dict[str, Any]:
        kind = record_id.partition("_")[0]
        for table in filter(None, (TABLES[kind], EARLIER.get(kind))):
            found = self.workspace.warehouse.query(f"SELECT * FROM {table} WHERE {KEYS[kind]} = ? LIMIT 1", [record_id])
            if found.height:
                return found.row(0, named=True)
        raise NotFound(f"No record of {TABLES[kind]} has the id {record_id}; ids change when their content does.")

    def node(self, record_id: str) -> Node:
        if rows.is_rows(record_id):
            return self.rows(record_id)
        row = self.row(record_id)
        if record_id in self.seen:
            return Node(record_id, "(shown above)")
        self.seen.add(record_id)
        kind = record_id.partition("_")[0]
        if kind == "fact":
            return self._fact(record_id, row)
        if kind in ("pass", "row", "bad", "repl", "rev"):
            return self._placed(record_id, row)
        if kind == "doc":
            return self._document(record_id, row)
        if kind == "ans":
            node = Node(record_id, f"{row['question']} {row['answer']}  [{row['writer']}]")
            node.children = self._children([*row["fact_ids"], *row["passage_ids"]])
            return node
        if kind in ("claim", "find"):
            return self._stated(record_id, row, kind)
        text = ", ".join(f"{name}={value}" for name, value in row.items() if value not in (None, "", []))
        return Node(record_id, text)

    def placed_in(self, document_id: str, locator: str) -> Node:
        return Node(
            f"{document_id}:{locator}", f"{locator} of {document_id}", [self._place(document_id, locator, None)]
        )

    def rows(self, item: str) -> Node:
        """How many rows of a table these are, and the first of them with their places.

        Raises:
            NotFound: there is no such table or column.
        """
        table, equal = rows.read_rows(item)
        known = self.workspace.warehouse.query(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND NOT internal", [table]
        )["column_name"].to_list()
        if not known or {column.partition(".")[0] for column in equal} - set(known):
            raise NotFound(f"{item!r} names no rows of this warehouse: there is no such table or column.")
        where = " AND ".join(["true", *map(_condition, equal)])
        query = self.workspace.warehouse.query
        asked: list[object] = list(equal.values())
        total = query(f'SELECT count(*) AS n FROM "{table}" WHERE {where}', asked)["n"][0]
        first = query(f'SELECT * FROM "{table}" WHERE {where} ORDER BY ALL LIMIT {MAX_ROWS}', asked)
        node = Node(item, f"{total:,} {'row' if total == 1 else 'rows'} of {table}")
        node.children = [self._one_of(row) for row in first.to_dicts()]
        if total > MAX_ROWS:
            node.children.append(Node("", f"and {total - MAX_ROWS:,} more"))
        return node

    def _one_of(self, row: dict[str, Any]) -> Node:
        """A row of a table in words, with its place or the reviews that it sums up."""
        shown = {n: v for n, v in row.items() if v not in (None, "", []) and not isinstance(v, list | dict)}
        text = ", ".join(f"{name}={value}" for name, value in shown.items() if name not in ("industry", "tenant"))
        node = Node("", text if len(text) <= 300 else f"{text[:297]}…")
        if row.get("document_id") and row.get("locator"):
            node.children = [self._place(row["document_id"], row["locator"], None)]
        elif isinstance(row.get("review_ids"), list):
            reviews = row["review_ids"]
            node.children = [self.node(item) for item in reviews[:MAX_ROWS]]
            if len(reviews) > MAX_ROWS:
                node.children.append(Node("", f"and {len(reviews) - MAX_ROWS} more reviews"))
        elif isinstance(row.get("review_id"), str):
            node.children = [self.node(row["review_id"])]
        return node

    def _stated(self, record_id: str, row: dict[str, Any], kind: str) -> Node:
        text = row["text"] if kind == "claim" else row["statement"]
        if kind == "claim":
            text += f"  [{row['verdict']}{': ' + row['reason'] if row['reason'] else ''}, {row['writer']}]"
        node = Node(record_id, text)
        below = [*row["fact_ids"], *row["passage_ids"]]
        node.children = self._children(below)
        return node

    def _children(self, ids: list[str]) -> list[Node]:
        nodes = [self.node(item) for item in ids[:MAX_CHILDREN]]
        if len(ids) > MAX_CHILDREN:
            nodes.append(Node("", f"and {len(ids) - MAX_CHILDREN} more"))
        return nodes

    def _fact(self, record_id: str, row: dict[str, Any]) -> Node:
        when = f"fiscal {row['fiscal_year']}" if row["fiscal_year"] else ""
        if row["document_id"] and row["period_end"]:
            when = f"{row['period_start'] or ''} to {row['period_end']}".removeprefix(" to ")
        what = ", ".join(
            part for part in (row["entity"], row["metric"].replace("_", " "), row["dimensions"], when) if part
        )
        node = Node(record_id, f"{what} = {numbers.exact(row['value'], row['unit'])}")
        if row.get("ended_by"):
            node.text += f"  (until {row['valid_to']:%Y-%m-%d}: {row['ended_by']})"
        if match := CORRECTED.match(row["method"]):
            node.text += f"  {row['method']}"
            node.children = self._children([match[1]])
            return node
        if row["document_id"] is None:
            node.text += f"  by {row['method']}"
            node.children = self._children(json.loads(row["locator"]))
            return node
        if row["method"] != REPORTED:
            node.text += f"  {row['method']}"
        node.children = [self._place(row["document_id"], row["locator"], row["raw"])]
        return node

    def _placed(self, record_id: str, row: dict[str, Any]) -> Node:
        text = str(row.get("text") or row.get("record") or row.get("reason"))
        node = Node(record_id, text if len(text) <= 300 else f"{text[:297]}…")
        if row["document_id"]:
            node.children = [self._place(row["document_id"], row["locator"], None)]
        return node

    def _place(self, document_id: str, locator: str, raw: str | None) -> Node:
        """The document, and what stands at the place when it is opened again now."""
        from market_research.sources.locate import excerpt

        row = self.row(document_id)
        node = self._document(document_id, row)
        try:
            content = self.workspace.lake.get_raw(row["sha256"])
        except NotFound:
            node.children = [Node("", f"at {locator}: {raw or ''} (the bytes were deleted; `audit_log` says why)")]
            return node
        registry = self.workspace.registry
        request = registry.get(row["industry"]) if row["industry"] in registry.known() else None
        found = excerpt(content, row["path"], locator, source=row["source"], request=request)
        shown = found if found is not None else raw
        says = f"{shown!r}" if shown and len(shown) <= 200 else f"{(shown or '')[:197]!r}…"
        node.children = [Node("", f"at {locator}: {says}")]
        return node

    def _document(self, record_id: str, row: dict[str, Any]) -> Node:
        place = self.workspace.lake.raw_place(row["sha256"])
        published = f", {row['published_at']:%Y-%m-%d}" if row["published_at"] else ""
        return Node(record_id, f"{row['title']}{published}; file {row['path']}; bytes in {place}")


def _condition(column: str) -> str:
    """Of a column's value, or its bounds (``date.from``, ``date.to``), as text: days in ISO form are in their order."""
    name, _, end = column.partition(".")
    return f'"{name}"::VARCHAR {">=" if end == "from" else "<="} ?' if end else f'lower("{name}"::VARCHAR) = lower(?)'


def as_frame(node: Node) -> pl.DataFrame:
    """The chain as rows: depth, id, text."""
    rows: list[tuple[int, str, str]] = []

    def walk(current: Node, depth: int) -> None:
        rows.append((depth, current.id, current.text))
        for child in current.children:
            walk(child, depth + 1)

    walk(node, 0)
    return pl.DataFrame(rows, schema={"depth": pl.Int32, "id": pl.String, "text": pl.String}, orient="row")
