"""What rules did, turned into records: the table that is left, rejects, replaced rows and filled cells."""

import json
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from market_research.sources.grid import Origin, Record, Table, Transformed, printable
from market_research.sources.parsed import Filled, Reject, Replaced
from market_research.transforming.expressions import columns_of
from market_research.transforming.places import places_of_made
from market_research.transforming.rules import Aggregate, Enrich, Fill, Rename, Rule
from market_research.transforming.working import ID, Step, Working, as_texts

How = Literal["superseded", "aggregated"]


@dataclass
class Told:
    """What the rules did, in their order, by ids of rows; ``made`` are rows of no source as they stood when they went.

    ``filled_now`` are the filled cells that are still there: by column the strategies by row.
    """

    rejected: list[tuple[str, pl.DataFrame]] = field(default_factory=list)
    replaced: list[tuple[str, How, pl.DataFrame]] = field(default_factory=list)
    filled: list[tuple[str, Origin, str, list[int]]] = field(default_factory=list)
    filled_now: dict[str, dict[int, str]] = field(default_factory=dict)
    made: dict[int, dict[str, str | None]] = field(default_factory=dict)


def tell(told: Told, label: str, rule: Rule, before: Working, step: Step) -> Working:
    """Note what one rule did; gives what it left, with a word on columns that come of filled cells."""
    left = _from_filled(told, rule, step.working)
    if step.rejected.height:
        told.rejected.append((label, step.rejected))
    if step.replaced.height:
        how: How = "aggregated" if isinstance(rule, Aggregate) else "superseded"
        told.replaced.append((label, how, step.replaced))
    if before.members.height:
        gone = before.frame.join(step.working.frame, on=ID, how="anti", maintain_order="left")
        gone = gone.join(before.members, on=ID, how="semi", maintain_order="left")
        told.made |= dict(zip(gone[ID], as_texts(gone.drop(ID)).iter_rows(named=True), strict=True))
    if isinstance(rule, Fill) and step.filled.len():
        rows = step.filled.to_list()
        told.filled.append((rule.column, before.columns[rule.column], rule.described, rows))
        told.filled_now.setdefault(rule.column, {}).update(dict.fromkeys(rows, rule.described))
    elif isinstance(rule, Rename):
        told.filled_now = {rule.columns.get(name, name): rows for name, rows in told.filled_now.items()}
    elif isinstance(rule, Enrich):
        told.filled_now = {name: rows for name, rows in told.filled_now.items() if name not in rule.columns}
    elif isinstance(rule, Aggregate):
        told.filled_now = {}
    return left


def _from_filled(told: Told, rule: Rule, left: Working) -> Working:
    filled = {name.lower() for name, rows in told.filled_now.items() if rows}
    if isinstance(rule, Enrich):
        used = {name for name, text in rule.columns.items() if columns_of(text) & filled}
    elif isinstance(rule, Aggregate):
        used = {name for name, of in rule.results.items() if of.column.lower() in filled}
    else:
        return left
    columns = {
        name: replace(origin, method=f"{origin.method} (some of it filled in)") if name in used else origin
        for name, origin in left.columns.items()
    }
    return left.having(left.frame, columns)


def closed(table: Table, working: Working, told: Told) -> Table:
    """The table that is left of ``table``, whose rejects stay."""
    places = [record.locator for record in table.records]
    made = places_of_made(working.members, places)
    read = len(places)
    labels = [table.label(index) for index in range(len(table.columns))]

    def place(row: int) -> str:
        return places[row] if row < read else made[row]

    def record(row: int) -> dict[str, str | None]:
        return dict(zip(labels, table.records[row].cells, strict=True)) if row < read else told.made[row]

    rejects = [
        Reject(place(row), _sentence(f"{label}: {reason}"), printable(json.dumps(record(row), ensure_ascii=False)))
        for label, frame in told.rejected
        for row, reason in frame.rows()
    ]
    replaced = [
        Replaced(record(row), place(row), how, place(by), label)
        for label, how, frame in told.replaced
        for row, by in frame.rows()
    ]
    filled = [
        Filled(
            name if origin.column is None else labels[origin.column],
            _cell(table, origin, name, row, place(row)),
            strategy,
        )
        for name, origin, strategy, rows in told.filled
        for row in rows
    ]
    result = replace(table, columns=tuple(working.columns), records=[], rejects=[*table.rejects, *rejects])
    result.transformed = Transformed(table, tuple(working.columns.values()), replaced, filled)
    cells_filled = _by_row(told, list(working.columns))
    result.records = [
        Record(place(row), list(cells), table.records[row] if row < read else None, cells_filled.get(row))
        for row, cells in zip(working.frame[ID].to_list(), as_texts(working.rows).rows(), strict=True)
    ]
    return result


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def _cell(table: Table, origin: Origin, name: str, row: int, place: str) -> str:
    if row < len(table.records) and origin.column is not None:
        return table.cell_locator(table.records[row], origin.column)
    return f'{place}, computed "{name}"'


def _by_row(told: Told, columns: list[str]) -> dict[int, dict[int, str]]:
    """The filled cells that are still there, by row and number of the column."""
    found: dict[int, dict[int, str]] = {}
    for name, rows in told.filled_now.items():
        if name in columns:
            number = columns.index(name)
            for row, strategy in rows.items():
                found.setdefault(row, {})[number] = strategy
    return found
