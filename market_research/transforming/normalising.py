"""Texts and figures in one form: spelling, names of companies and countries, units, scales."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from market_research.cleaning import countries, metrics, names
from market_research.cleaning.similar_names import ACCEPT, match_similar
from market_research.sources import units
from market_research.transforming.casting import BAD, by_texts, to_numbers, without_bad
from market_research.transforming.rules import Normalise, Operation, Scale
from market_research.transforming.working import Origin, RuleFailed, Step, Working, as_texts, is_missing

_NAMES = ("company", "country", "currency", "unit")


def normalise(working: Working, rule: Normalise, companies: Sequence[names.Known]) -> Step:
    """Columns in the form that the rule asks for; what cannot be brought into it is set aside or kept as it says."""
    working.need((*rule.columns, *rule.sku, *rule.sku.values(), *rule.scale))
    problems: list[pl.Expr] = []
    frame, origins = working.frame, dict(working.columns)
    for name, operations in rule.columns.items():
        frame = frame.with_columns(as_texts(frame.select(name)))
        for operation in operations:
            frame = _operate(frame, name, operation, companies)
            if rule.unknown == "reject" and operation in _NAMES:
                frame = _note(frame, problems, f'"{name}" is no {operation} that is known')
            else:
                frame = frame.drop(BAD)
    for name, market in rule.sku.items():
        frame = frame.with_columns(as_texts(frame.select(name, market)))
        frame = frame.with_columns(
            pl.when(is_missing(name, pl.String()) | is_missing(market, pl.String()))
            .then(_sku(pl.col(name)))
            .otherwise(pl.format("{}:{}", _sku(pl.col(market)), _sku(pl.col(name))))
            .alias(name)
        )
    for name, scale in rule.scale.items():
        frame, name, origins = _scale(frame, name, scale, origins)
        frame = _note(frame, problems, f'the cell in "{name}" is no number of the column\'s unit')
    return without_bad(working.having(frame, origins), problems) if problems else Step(working.having(frame, origins))


def _note(frame: pl.DataFrame, problems: list[pl.Expr], reason: str) -> pl.DataFrame:
    mark = f"{BAD}{len(problems)}"
    problems.append(pl.when(mark).then(pl.lit(reason)))
    return frame.rename({BAD: mark})


def _operate(frame: pl.DataFrame, name: str, operation: Operation, companies: Sequence[names.Known]) -> pl.DataFrame:
    column = pl.col(name)
    plain: Mapping[str, pl.Expr] = {
        "trim": column.str.replace_all(r"\s+", " ").str.strip_chars(),
        "upper": column.str.to_uppercase(),
        "lower": column.str.to_lowercase(),
        "title": column.str.to_titlecase(),
        "sku": _sku(column),
    }
    if operation in plain:
        return frame.with_columns(plain[operation].alias(name), pl.lit(False).alias(BAD))
    functions: dict[str, Callable[[str], str | None]] = {
        "country": _country, "currency": units.currency, "unit": _unit,
        "company": _company_of(frame[name].drop_nulls().unique(maintain_order=True).to_list(), companies).get,
    }  # fmt: skip
    made = by_texts(frame, name, functions[operation], pl.String())
    return made.with_columns(pl.coalesce(pl.col(name), frame[name]).alias(name))


def _sku(column: pl.Expr) -> pl.Expr:
    return column.str.replace_all(r"[^\p{L}\p{N}]+", "").str.to_uppercase()


def _country(text: str) -> str | None:
    code = countries.code(text)
    return code and countries.english_name(code)


def _unit(text: str) -> str | None:
    """A unit in its usual spelling; one with a scale stays, or its figures would lose it."""
    unit, power = units.phrase(text) or (None, 0)
    return text if power else unit


def _company_of(stated: list[str], companies: Sequence[names.Known]) -> dict[str, str]:
    found = names.resolve(stated, companies)
    similar = match_similar([name for name in stated if name not in found], companies)
    return found | {match.stated: match.name for match in similar if match.confidence >= ACCEPT}


def _scale(
    frame: pl.DataFrame, name: str, scale: Scale, origins: dict[str, Origin]
) -> tuple[pl.DataFrame, str, dict[str, Origin]]:
    """A column's figures whole, its name without the scale that it stated, and whether a cell is ``BAD``."""
    origin = origins[name]
    whole = Origin(origin.column, origin.unit, 0, origin.function, origin.method)
    if scale.unit is not None:
        if scale.unit not in origins:
            raise RuleFailed(f"there is no column {scale.unit!r} to take the scale of {name!r} from")
        frame = frame.with_columns(as_texts(frame.select(scale.unit)))
        phrases = _phrases(frame[scale.unit])
        frame = frame.join(phrases, on=scale.unit, how="left", maintain_order="left")
        power = pl.col("power of it\x1f").fill_null(0)
        frame, whole = to_numbers(frame, name, whole, power=power)
        plain = pl.coalesce("unit of it\x1f", pl.col(scale.unit)).alias(scale.unit)
        frame = frame.with_columns(plain).drop("unit of it\x1f", "power of it\x1f")
        return frame, name, origins | {name: whole}
    power_of_ten = origin.power if scale.by == "header" else units.SCALES[scale.by.lower()]
    if scale.by == "header" and not origin.power:
        raise RuleFailed(f"the name of the column {name!r} states no scale; write one such as thousands")
    if origin.power not in (0, power_of_ten):
        raise RuleFailed(f"{name!r} says that it is in ten to the {origin.power}, not in {scale.by}; write `header`")
    frame, whole = to_numbers(frame, name, whole, power=power_of_ten)
    label = _without_unit(name, origins) if origin.power else name
    return (
        frame.rename({name: label}),
        label,
        {label if old == name else old: of for old, of in origins.items()} | {label: whole},
    )


def _without_unit(name: str, origins: Mapping[str, Origin]) -> str:
    """A column's name without the unit that it states at its end, if no other column has that name."""
    bracketed = units.last_brackets(name)
    plain = name.strip()[: -len(bracketed) - 2].strip() if bracketed else metrics.plain_label(name)
    return name if not plain or (plain in origins and plain != name) else plain


def _phrases(texts: pl.Series) -> pl.DataFrame:
    """Units of a column: the text, the unit without its scale (null: as it stands), and the power of ten."""
    rows = []
    for text in texts.drop_nulls().unique(maintain_order=True):
        unit, power = units.phrase(text) or (text, 0)
        rows.append((text, unit or "count" if power else text, power))
    schema = {texts.name: pl.String(), "unit of it\x1f": pl.String(), "power of it\x1f": pl.Int32()}
    return pl.DataFrame(rows, schema=schema, orient="row")
