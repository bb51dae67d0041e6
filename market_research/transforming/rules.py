"""The rules that a request may declare for its own tables, and which documents they are for.

Rules stand in a list and are done one after the other; each sees the columns as the one before left them. Cells are
texts until a rule makes them something else (``cast``, ``normalise`` with a scale, ``enrich``).
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from market_research.sources import cells, units
from market_research.transforming.expressions import checked_expression, tables_of

Column = Annotated[str, Field(min_length=1, max_length=200)]
Columns = Annotated[tuple[Column, ...], Field(min_length=1)]
LookupName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Expression = Annotated[
    str,
    # YAML reads 1 and true as what they are; as expressions they are texts like all others.
    BeforeValidator(lambda value: str(value).lower() if isinstance(value, (bool, int, float)) else value),
    Field(min_length=1, max_length=10_000),
    AfterValidator(checked_expression),
]
GIVEN_LOOKUPS = ("companies", "countries")
"""Lookups that are always there."""


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _dates_as_text(value: object) -> object:
    """YAML reads 2024-01-31 as a date; a text of it fits columns of dates and of texts."""
    return value.isoformat() if isinstance(value, date) else value


OneOrMany = Annotated[Columns, BeforeValidator(_one_or_many)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    example: ClassVar[str] = ""


def _different(names: tuple[str, ...], what: str) -> None:
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(f"{what} {repeated!r} is named twice; name it once")


class Rename(_Model):
    """Give columns other names: old to new. A unit in the old name (``revenue ($ thousands)``) stays known."""

    example: ClassVar[str] = "{rule: rename, columns: {Firma: company, Umsatz: revenue}}"
    rule: Literal["rename"]
    columns: Annotated[dict[Column, Column], Field(min_length=1)]

    @model_validator(mode="after")
    def _told_apart(self) -> "Rename":
        _different(tuple(self.columns.values()), "the new name")
        return self


class Drop(_Model):
    """Leave columns out."""

    example: ClassVar[str] = "{rule: drop, columns: [note, phone]}"
    rule: Literal["drop"]
    columns: OneOrMany


class Keep(_Model):
    """Leave out all columns but these, and put these in order."""

    example: ClassVar[str] = "{rule: keep, columns: [company, year, revenue]}"
    rule: Literal["keep"]
    columns: OneOrMany

    @model_validator(mode="after")
    def _told_apart(self) -> "Keep":
        _different(self.columns, "the column")
        return self


Type = Literal["number", "integer", "date", "boolean", "text"]


def _format(text: str) -> str:
    day = date(2024, 2, 29)
    written = datetime(2024, 2, 29, 13, 14, 15).strftime(text)  # noqa: DTZ001  (only its text matters)
    try:
        if datetime.strptime(written, text).date() != day:  # noqa: DTZ007
            raise ValueError("does not name a day, month and year")
    except ValueError as error:
        raise ValueError(f"is no format of a date such as %d.%m.%Y: {error}") from error
    return text


class CastTo(_Model):
    """A type, and for dates their format as ``strftime`` writes it, or several that are tried in order."""

    type: Type
    format: Annotated[tuple[Annotated[str, AfterValidator(_format)], ...], BeforeValidator(_one_or_many)] = ()

    @model_validator(mode="after")
    def _format_of_dates(self) -> "CastTo":
        if self.format and self.type != "date":
            raise ValueError(f"`format` is for dates, not for the type {self.type}; leave it out")
        return self


def _short(member: str) -> BeforeValidator:
    """A text alone stands for the object that has it as this member."""
    return BeforeValidator(lambda value: {member: value} if isinstance(value, str) else value)


class Cast(_Model):
    """Give columns a type: number, integer, date, boolean (yes/no, true/false, y/n, 1/0) or text.

    Numbers are understood as people write them: ``$1,234.5``, ``(12)``, ``12 %``, ``3.4 million``. Without a format a
    date is understood in its usual forms; 03/04/2024 has the day first only if the column shows it elsewhere. A row
    with a text that is not of the type is a dead letter. A missing cell stays missing.
    """

    example: ClassVar[str] = '{rule: cast, columns: {revenue: number, closed: {type: date, format: "%d.%m.%Y"}}}'
    rule: Literal["cast"]
    columns: Annotated[dict[Column, Annotated[CastTo, _short("type")]], Field(min_length=1)]


Operation = Literal["trim", "upper", "lower", "title", "sku", "company", "country", "currency", "unit"]
_Operations = Annotated[tuple[Operation, ...], BeforeValidator(_one_or_many), Field(min_length=1)]


def _scale(text: str) -> str:
    if text != "header" and text.lower() not in units.SCALES:
        raise ValueError(
            "is no scale: write a word such as thousands or millions, `header` to take it from the column's own name, "
            "or {unit: COLUMN} to take it from another column"
        )
    return text


class Scale(_Model):
    """What a column's figures are counted in: ``by`` a word, or as the column ``unit`` says row by row."""

    by: Annotated[str, AfterValidator(_scale)] = ""
    unit: Column | None = None

    @model_validator(mode="after")
    def _one(self) -> "Scale":
        if bool(self.by) == (self.unit is not None):
            raise ValueError("give a word such as thousands, or {unit: COLUMN}")
        return self


class Normalise(_Model):
    """Bring texts and figures to one form.

    ``columns``: one operation or several in order. ``trim`` (also makes white space inside one space), ``upper``,
    ``lower``, ``title``, ``sku`` (letters and digits only, upper case), ``company`` (to the name in the request, by
    names, aliases and spelling), ``country`` (to its English name), ``currency`` (to its ISO code), ``unit`` (to its
    usual spelling). ``sku`` maps a column to the one that names the marketplace, so that equal codes of two markets
    stay apart: ``AMAZON:B00X4WHP5E``.
    ``scale`` makes figures whole: ``thousands`` and the like, ``header`` (as the column's name says, which is then
    left without it), or ``{unit: COLUMN}``. What is no number is a dead letter.
    ``unknown``: what company, country, currency and unit do with a name that they do not know: keep or reject it.
    """

    example: ClassVar[str] = "{rule: normalise, columns: {company: [trim, company]}, scale: {revenue: thousands}}"
    rule: Literal["normalise"]
    columns: dict[Column, _Operations] = {}
    sku: dict[Column, Column] = {}
    scale: dict[Column, Annotated[Scale, _short("by")]] = {}
    unknown: Literal["keep", "reject"] = "keep"

    @model_validator(mode="after")
    def _something(self) -> "Normalise":
        if not (self.columns or self.sku or self.scale):
            raise ValueError("says nothing to do; give `columns`, `sku` or `scale`")
        _different((*self.columns, *self.sku, *self.scale), "the column")
        return self


class Fill(_Model):
    """Fill missing cells of a column, and flag each: ``constant`` (``value``), ``previous``, ``next``, ``mean``,
    ``median``, or ``interpolate`` (on a straight line between the neighbours).

    ``by`` names columns within whose groups it is done, ``order`` the column that says what comes before; without it
    the order of the file. What no strategy can fill (no neighbour, an empty group) stays missing.
    """

    example: ClassVar[str] = "{rule: fill, column: price, strategy: previous, by: [sku], order: date}"
    rule: Literal["fill"]
    column: Column
    strategy: Literal["constant", "previous", "next", "mean", "median", "interpolate"]
    value: Annotated[str | int | float | bool | None, BeforeValidator(_dates_as_text)] = None
    by: Annotated[tuple[Column, ...], BeforeValidator(_one_or_many)] = ()
    order: Column | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Fill":
        if (self.strategy == "constant") != (self.value is not None):
            raise ValueError("`value` goes with the strategy constant, and only with it")
        if isinstance(self.value, str) and cells.is_missing(self.value):
            raise ValueError(f"the value {self.value!r} says itself that something is missing; give another")
        if self.order is not None and self.strategy in ("constant", "mean", "median"):
            raise ValueError(f"`order` has no meaning for the strategy {self.strategy}; leave it out")
        if self.column in (*self.by, self.order):
            raise ValueError(f"the column {self.column!r} cannot be filled by itself")
        return self

    @property
    def described(self) -> str:
        """The strategy in words, for the flag of each filled cell."""
        words = [self.strategy if self.value is None else f"constant {self.value}"]
        words += [f"by {', '.join(self.by)}"] if self.by else []
        words += [f"in the order of {self.order}"] if self.order else []
        return " ".join(words)


class Enrich(_Model):
    """Add columns, or replace the values of existing ones, each by a scalar SQL expression over the row's columns.

    Subqueries may read the lookups; every row stays one row. Expressions are DuckDB's; a row for which one fails (a
    text that is no number, a division by zero) is a dead letter: ``TRY(…)`` gives a missing value instead.
    """

    example: ClassVar[str] = (
        "{rule: enrich, columns: {margin: TRY(profit / revenue), "
        'region: "(SELECT r.region FROM regions AS r WHERE r.country = rows.country)"}}'
    )
    rule: Literal["enrich"]
    columns: Annotated[dict[Column, Expression], Field(min_length=1)]


class Validate(_Model):
    """Conditions in SQL, each with a name; a row for which one is false, unknown (null) or fails is a dead letter."""

    example: ClassVar[str] = "{rule: validate, conditions: {positive revenue: revenue > 0}}"
    rule: Literal["validate"]
    conditions: Annotated[dict[Column, Expression], Field(min_length=1)]


class Deduplicate(_Model):
    """Of the rows with one key the newest stays; the others are kept as superseded, with their place.

    ``newest`` is a column of dates, numbers, or texts that are ISO dates; a missing one counts as oldest. Rows that
    lack a part of the key are no duplicates of anything. Where two are equally new the order of the file does not
    decide: the one whose cells come last in the alphabet stays.
    """

    example: ClassVar[str] = "{rule: deduplicate, key: [sku, marketplace], newest: updated_at}"
    rule: Literal["deduplicate"]
    key: OneOrMany
    newest: Column


Function = Literal["sum", "mean", "median", "min", "max", "first", "last", "count"]


class Of(_Model):
    """A function over a column, which is called as the result unless named."""

    column: Column = ""
    function: Function


class Aggregate(_Model):
    """One row for each combination of ``by``: result columns with a function each, over cells that are not missing.

    ``first`` and ``last`` go by the order of the file. The place of the new row names the rows that it is made of.
    """

    example: ClassVar[str] = (
        "{rule: aggregate, by: [company, year], columns: {revenue: sum, deals: {column: id, function: count}}}"
    )
    rule: Literal["aggregate"]
    by: OneOrMany
    columns: Annotated[dict[Column, Annotated[Of, _short("function")]], Field(min_length=1)]

    @cached_property
    def results(self) -> dict[str, Of]:
        """Result columns, each with its source and its function."""
        return {name: of if of.column else Of(column=name, function=of.function) for name, of in self.columns.items()}

    @model_validator(mode="after")
    def _told_apart(self) -> "Aggregate":
        _different((*self.by, *self.columns), "the column")
        _different(tuple(f"{of.function} of {of.column}" for of in self.results.values()), "the")
        return self


RULES: dict[str, type[_Model]] = {
    "rename": Rename, "drop": Drop, "keep": Keep, "cast": Cast, "normalise": Normalise, "fill": Fill, "enrich": Enrich,
    "validate": Validate, "deduplicate": Deduplicate, "aggregate": Aggregate,
}  # fmt: skip
Rule = Annotated[
    Rename | Drop | Keep | Cast | Normalise | Fill | Enrich | Validate | Deduplicate | Aggregate,
    Field(discriminator="rule"),
]
Rules = Annotated[tuple[Rule, ...], Field(max_length=100)]


class Lookup(_Model):
    """A CSV file that expressions may read: its path among the industry's documents, and types of its columns.

    Columns without a type are texts. ``kind: rates`` is for dated exchange rates: a file with the columns date,
    currency and rate, or with a date and a column per currency; expressions see currency, valid_from, valid_to (the
    day on which the next rate begins, or null) and rate.
    """

    file: Annotated[str, Field(min_length=1, max_length=1000)]
    kind: Literal["table", "rates"] = "table"
    types: dict[Column, Type] = {}


Lookups = dict[LookupName, Annotated[Lookup, _short("file")]]


def _glob(text: str) -> str:
    if text.startswith("/") or ".." in text.split("/"):
        raise ValueError("must be a path inside the inbox, such as crm/*.csv, or the name of a declared source")
    return text


class Transformation(_Model):
    """Rules, and what they are for.

    ``match``: the name of a declared source, or a pattern for paths in the industry's inbox (``*`` stays within a
    folder, ``**`` goes through all). ``table``: a pattern for the name of the table, where a document has several.
    """

    example: ClassVar[str] = '{match: "crm/*.csv", rules: [{rule: drop, columns: [phone]}]}'
    match: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_glob)]
    table: Annotated[str, Field(min_length=1, max_length=500)] = "*"
    rules: Annotated[Rules, Field(min_length=1)]

    def is_for(self, path: str) -> bool:
        """Whether the pattern fits a path in the inbox."""
        return _pattern(self.match).fullmatch(path) is not None

    def is_for_table(self, name: str) -> bool:
        return _pattern(self.table).fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    """A path's pattern as an expression: ``**/`` any folders or none, ``*`` and ``?`` within one."""
    forms = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    return re.compile("".join(forms.get(part) or re.escape(part) for part in parts), re.S)


def lookups_of(rules: Iterable[Rule]) -> set[str]:
    """Names of the tables that the rules' expressions read, besides the rows."""
    return {name for rule in rules for text in _expressions(rule) for name in tables_of(text)} - {"rows"}


def _expressions(rule: Rule) -> Iterable[str]:
    if isinstance(rule, Enrich):
        return rule.columns.values()
    return rule.conditions.values() if isinstance(rule, Validate) else ()
