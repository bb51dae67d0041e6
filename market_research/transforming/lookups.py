"""The tables that rules' expressions may read besides the rows."""

import re
from collections.abc import Mapping, Sequence

import polars as pl

from market_research.cleaning import countries
from market_research.cleaning.names import Known
from market_research.errors import UnreadableDocument
from market_research.sources import delimited, units
from market_research.transforming.casting import cast
from market_research.transforming.rules import Cast, CastTo, Lookup
from market_research.transforming.working import RuleFailed, Working, opened

_RATE = "rate"


def given(companies: Sequence[Known]) -> dict[str, pl.DataFrame]:
    """The lookups that are always there.

    Columns: ``companies`` has name, ticker, cik and aliases (a list); ``countries`` has code and alpha3 (ISO 3166)
    and name.
    """
    text = pl.String()
    listed = [(code, countries.alpha3(code), name) for code, name in sorted(countries.english_names().items())]
    return {
        "companies": pl.DataFrame(
            [(c.name, c.ticker, c.cik, list(c.aliases)) for c in companies],
            schema={"name": text, "ticker": text, "cik": text, "aliases": pl.List(text)},
            orient="row",
        ),
        "countries": pl.DataFrame(listed, schema={"code": text, "alpha3": text, "name": text}, orient="row"),
    }


def read_lookup(name: str, lookup: Lookup, content: bytes) -> pl.DataFrame:
    """A lookup's file as a table: texts, or of the declared types; rates with the days from when to when they hold.

    Raises:
        UnreadableDocument: it cannot be read, has a row that is none, or a cell that is not of its column's type.
    """
    table = delimited.read(content, lookup.file)
    if table.rejects:
        reject = table.rejects[0]
        raise UnreadableDocument(f"the lookup {name} ({lookup.file}), {reject.locator}: {reject.reason}")
    working = opened(table)
    try:
        if lookup.kind == "rates":
            return _rates(working)
        return _typed(working, lookup.types).rows
    except RuleFailed as error:
        raise UnreadableDocument(f"the lookup {name} ({lookup.file}): {error}") from error


def _typed(working: Working, types: Mapping[str, str]) -> Working:
    if not types:
        return working
    columns = {column: CastTo.model_validate({"type": kind}) for column, kind in types.items()}
    step = cast(working, Cast(rule="cast", columns=columns))
    if step.rejected.height:
        row, reason = step.rejected.row(0)
        raise RuleFailed(f"row {row + 2}: {reason}")
    return step.working


def _rates(working: Working) -> pl.DataFrame:
    """Columns currency, valid_from, valid_to (null: still), rate; of a long table, or one with a column a currency."""
    names = {name.lower(): name for name in working.columns}
    if "date" not in names:
        raise RuleFailed("rates need a column date")
    day = names["date"]
    if {"currency", _RATE} <= set(names):
        typed = _typed(working, {day: "date", names[_RATE]: "number"}).rows
        long = typed.select(
            currency=pl.col(names["currency"]).str.strip_chars().str.to_uppercase(), valid_from=day, rate=names[_RATE]
        )
    else:
        coded = [name for name in working.columns if re.fullmatch("[A-Z]{3}", name.strip()) and units.currency(name)]
        if not coded:
            raise RuleFailed("rates need the columns date, currency and rate, or a date and a column a currency (USD)")
        typed = _typed(working, {day: "date"} | dict.fromkeys(coded, "number")).rows
        long = typed.unpivot(coded, index=day, variable_name="currency", value_name=_RATE)
        long = long.select(pl.col("currency").str.strip_chars(), pl.col(day).alias("valid_from"), _RATE)
    return (
        long.drop_nulls()
        .unique(["currency", "valid_from"], keep="last", maintain_order=True)
        .sort("currency", "valid_from")
        .with_columns(valid_to=pl.col("valid_from").shift(-1).over("currency"))
        .select("currency", "valid_from", "valid_to", _RATE)
    )
