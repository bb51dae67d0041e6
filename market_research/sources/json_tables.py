"""JSON and JSON Lines: arrays, maps and lists of objects as tables."""

from pathlib import PurePath
from typing import Any

from market_research.errors import UnreadableDocument
from market_research.sources.decode import decode
from market_research.sources.grid import Record, Table, damage, printable, unique_columns
from market_research.sources.jsonpath import child, load, load_document, text_of
from market_research.sources.parsed import Reject


def read(content: bytes, name: str) -> list[Table]:
    """The tables of a JSON document.

    An array of objects is a table, also as a member of the top object; so is an array of arrays
    whose first one holds the columns' names; an object of objects is a
    table of its members; any other object is a table of one row. Objects inside a row are flattened
    by one level (``nested.time``); what lies deeper stays JSON text.

    Raises:
        UnreadableDocument: not JSON, or nothing in it is tabular.
    """
    document = load_document(content, name)
    stem = PurePath(name).stem
    if isinstance(document, list):
        if _headed_arrays(document):
            return [_table_of_arrays(stem, document)]
        if document and not any(isinstance(item, dict) for item in document):
            raise UnreadableDocument(f"{name}: JSON without a table in it; send an array of objects.")
        return [of_objects(stem, [(child("$", index), item) for index, item in enumerate(document)])]
    if not isinstance(document, dict):
        raise UnreadableDocument(f"{name}: JSON without a table in it; send an array of objects.")
    if len(document) > 1 and all(isinstance(value, dict) for value in document.values()):
        return [of_objects(stem, [(child("$", key), value) for key, value in document.items()])]
    return _member_tables(stem, document)


def _headed_arrays(document: list[Any]) -> bool:
    return (
        len(document) > 1
        and all(isinstance(item, list) for item in document)
        and len(document[0]) > 1
        and all(type(name) is str and name for name in document[0])
        and len(set(document[0])) == len(document[0])
    )


def _table_of_arrays(stem: str, document: list[list[Any]]) -> Table:
    """Locators of cells are made from the column's name; the path of the row holds its number."""
    table = Table(stem, unique_columns(document[0]))
    for index, item in enumerate(document[1:], start=1):
        locator = child("$", index)
        cells = [text_of(value) for value in item]
        reason = damage(cells)
        if len(item) != len(table.columns):
            reason = f"The row has {len(item)} values where the header has {len(table.columns)}."
        if reason:
            table.rejects.append(Reject(locator, reason, printable(text_of(item) or "")))
        else:
            table.records.append(Record(locator, cells))
    return table


def _member_tables(stem: str, document: dict[str, Any]) -> list[Table]:
    tables, rest = [], {}
    for key, value in document.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            path = child("$", key)
            tables.append(of_objects(f"{stem} {key}", [(child(path, i), item) for i, item in enumerate(value)]))
        else:
            rest[key] = value
    if rest or not tables:
        tables.append(of_objects(stem, [("$", rest)]))
    return tables


def read_lines(content: bytes, name: str) -> list[Table]:
    """The table of a JSON Lines file; a line that is not an object in JSON is a reject.

    Raises:
        UnreadableDocument: not text, or not one line is an object.
    """
    items: list[tuple[str, Any]] = []
    rejects: list[Reject] = []
    for number, line in enumerate(decode(content, name).split("\n"), start=1):
        if not line.strip():
            continue
        locator = f"line {number}, $"
        try:
            items.append((locator, load(line)))
        except (ValueError, RecursionError) as error:
            reason = error.args[0] if error.args else "nested too deeply"
            rejects.append(Reject(locator, f"The line is not valid JSON: {reason}.", printable(line)))
    if not any(isinstance(item, dict) for _, item in items):
        raise UnreadableDocument(f"{name}: not one line is a JSON object; send JSON Lines or a JSON array.")
    table = of_objects(PurePath(name).stem, items)
    table.rejects[:0] = rejects
    return [table]


def of_objects(name: str, items: list[tuple[str, Any]]) -> Table:
    """A table of objects with their paths; what is no object is a reject.

    Columns are joined by NUL where they come from a nested object, which no JSON key here can hold.
    """
    flat: list[tuple[str, dict[str, str | None]]] = []
    rejects: list[Reject] = []
    columns: dict[str, None] = {}
    for locator, item in items:
        if not isinstance(item, dict):
            rejects.append(Reject(locator, "An object was expected here.", printable(text_of(item) or "null")))
            continue
        record = _flatten(item)
        reason = "A key holds a NUL byte." if _has_nul_key(item) else _damage(record)
        if reason:
            rejects.append(Reject(locator, reason, printable(text_of(item) or "")))
            continue
        flat.append((locator, record))
        columns.update(dict.fromkeys(record))
    made = [Record(locator, [record.get(column) for column in columns]) for locator, record in flat]
    return Table(name, tuple(columns), made, rejects, addressing="path")


def _has_nul_key(item: dict[str, Any]) -> bool:
    keys = [*item, *(key for value in item.values() if isinstance(value, dict) for key in value)]
    return any("\x00" in key for key in keys)


def _damage(record: dict[str, str | None]) -> str | None:
    return damage([*(key.replace("\x00", ".") for key in record), *record.values()])


def _flatten(item: dict[str, Any]) -> dict[str, str | None]:
    flat: dict[str, str | None] = {}
    for key, value in item.items():
        if isinstance(value, dict) and value:
            flat |= {f"{key}\x00{inner}": text_of(deeper) for inner, deeper in value.items()}
        else:
            flat[key] = text_of(value)
    return flat
