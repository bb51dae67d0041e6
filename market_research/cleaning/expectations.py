"""The bridge from the schema registry to Great Expectations: suites generated, run in a context that keeps nothing.

The library takes seconds to import and would send usage statistics: both are dealt with here and nowhere else.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from market_research.cleaning.schema import Table


@dataclass(frozen=True)
class Outcome:
    """Whether a table keeps its registered rules; ``failures`` name rule, column, count and examples of what broke."""

    passed: bool
    evaluated: int
    failures: tuple[str, ...]


def expectations(table: Table) -> list[Any]:
    """Great Expectations' objects for a registered table: columns, keys, nulls, ranges, sets and patterns."""
    import great_expectations.expectations as gxe

    rules: list[Any] = [gxe.ExpectTableColumnsToMatchOrderedList(column_list=[c.name for c in table.columns])]
    if len(table.key) == 1:
        rules.append(gxe.ExpectColumnValuesToBeUnique(column=table.key[0]))
    elif table.key:
        rules.append(gxe.ExpectCompoundColumnsToBeUnique(column_list=list(table.key)))
    for column in table.columns:
        if not column.nullable:
            rules.append(gxe.ExpectColumnValuesToNotBeNull(column=column.name))
        if column.minimum is not None or column.maximum is not None:
            rules.append(
                gxe.ExpectColumnValuesToBeBetween(
                    column=column.name, min_value=column.minimum, max_value=column.maximum
                )
            )
        if column.allowed:
            rules.append(gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=list(column.allowed)))
        if column.pattern:
            rules.append(gxe.ExpectColumnValuesToMatchRegex(column=column.name, regex=column.pattern))
    return rules


@lru_cache(maxsize=1)
def _context() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
    return context


@lru_cache(maxsize=64)
def _definition(table: Table) -> tuple[Any, Any]:
    import great_expectations as gx

    context = _context()
    source = context.data_sources.add_pandas(name=table.name)
    batch = source.add_dataframe_asset(name=table.name).add_batch_definition_whole_dataframe(table.name)
    suite = context.suites.add(gx.ExpectationSuite(name=table.name, expectations=expectations(table)))
    return batch, suite


def check(table: Table, frame: pl.DataFrame) -> Outcome:
    """Run the table's suite over these rows. Nested columns are not looked into."""
    batch_definition, suite = _definition(table)
    batch = batch_definition.get_batch(batch_parameters={"dataframe": _pandas(frame)})
    result = batch.validate(suite, result_format="SUMMARY")
    failures = [_failure(item) for item in result.results if not item.success]
    return Outcome(not failures, len(result.results), tuple(failures))


def _pandas(frame: pl.DataFrame) -> Any:
    """A pandas frame with nulls as None; nested columns become text, which is enough to see whether they are null."""
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    return frame.with_columns(pl.col(name).list.len().cast(pl.String) for name in nested).to_pandas()


def _failure(item: Any) -> str:
    config = item.expectation_config
    rule = config.type.removeprefix("expect_").replace("_", " ")
    where = config.kwargs.get("column") or ", ".join(config.kwargs.get("column_list", ()))
    found = item.result or {}
    examples = found.get("partial_unexpected_list") or found.get("observed_value") or ""
    problem = (item.exception_info or {}).get("exception_message") or ""
    return f"{where}: {rule}; {found.get('unexpected_count', '')} rows, e.g. {str(examples)[:200]} {problem}".strip()
