"""Rules applied to one table, one after the other; no row is lost on the way."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import assert_never

import polars as pl

from market_research.cleaning.names import Known
from market_research.sources.grid import Table
from market_research.transforming import casting, filling, merging, normalising, sql_rules
from market_research.transforming.closing import Told, closed, tell
from market_research.transforming.rules import (
    Aggregate,
    Cast,
    Deduplicate,
    Drop,
    Enrich,
    Fill,
    Keep,
    Normalise,
    Rename,
    Rule,
    Validate,
    lookups_of,
)
from market_research.transforming.session import Session
from market_research.transforming.working import ID, RuleFailed, Step, Working, named, opened


@dataclass(frozen=True)
class Numbered:
    """A rule with what it is called in reasons: ``transformation 1, rule 3 (cast)``."""

    label: str
    rule: Rule


@dataclass(frozen=True)
class Reference:
    """What rules may look things up in: the industry's companies, and tables by name."""

    companies: Sequence[Known] = ()
    lookups: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    session: Session | None = None
    """The process for SQL, shared by many tables; without it each table has its own."""


def apply(table: Table, rules: Sequence[Numbered], reference: Reference) -> Table:
    """The table that the rules make of a table; rows that they reject are among its rejects.

    Raises:
        RuleFailed: a rule cannot be applied to this table; the message names it and says what to change.
    """
    working, told = opened(table), Told()
    wanted = lookups_of(item.rule for item in rules)
    lookups = {name: frame for name, frame in reference.lookups.items() if name in wanted}
    with ExitStack() as stack:
        session = reference.session or stack.enter_context(Session())
        evaluate = partial(session.evaluate, lookups)
        for item in rules:
            try:
                step = _apply(working, item.rule, reference, evaluate)
                _told_apart(step.working.columns)
            except RuleFailed as error:
                raise RuleFailed(f"{item.label}: {error}") from None
            working = tell(told, item.label, item.rule, working, step)
    return closed(table, working, told)


def _apply(working: Working, rule: Rule, reference: Reference, evaluate: sql_rules.Evaluate) -> Step:
    match rule:
        case Rename():
            return _rename(working, rule)
        case Drop():
            working.need(rule.columns)
            return _select(working, [name for name in working.columns if name not in rule.columns])
        case Keep():
            working.need(rule.columns)
            return _select(working, list(rule.columns))
        case Cast():
            return casting.cast(working, rule)
        case Normalise():
            return normalising.normalise(working, rule, reference.companies)
        case Fill():
            return filling.fill(working, rule)
        case Deduplicate():
            return merging.deduplicate(working, rule)
        case Aggregate():
            return merging.aggregate(working, rule)
        case Enrich():
            return sql_rules.enrich(working, rule, evaluate)
        case Validate():
            return sql_rules.validate(working, rule, evaluate)
        case _:
            assert_never(rule)


def _rename(working: Working, rule: Rename) -> Step:
    working.need(rule.columns)
    columns = {
        rule.columns.get(name, name): named(origin, rule.columns[name]) if name in rule.columns else origin
        for name, origin in working.columns.items()
    }
    if len(columns) < len(working.columns):
        taken = next(new for new in rule.columns.values() if new in working.columns and new not in rule.columns)
        raise RuleFailed(f"there is a column {taken!r} already; drop it first, or choose another name")
    return Step(working.having(working.frame.rename(rule.columns), columns))


def _select(working: Working, names: list[str]) -> Step:
    columns = {name: working.columns[name] for name in names}
    return Step(working.having(working.frame.select(ID, *names), columns))


def _told_apart(columns: Mapping[str, object]) -> None:
    """SQL does not tell names apart by their case."""
    seen: dict[str, str] = {}
    for name in columns:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise RuleFailed(f"the columns {other!r} and {name!r} differ in case only; choose another name")
