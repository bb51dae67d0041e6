"""Rows of a table as evidence: what a number rests on that was counted or averaged over many records.

A derived fact lists the facts that it was computed from. A mean of 400 reviews would list 400; it names the rows of the
table instead, and ``trace`` opens the table there.
"""

from urllib.parse import parse_qsl, urlencode

PREFIX = "rows:"


def rows_of(table: str, **equal: str | int | bool) -> str:
    """The rows of a table whose columns have these values: ``rows:aspect_sentiment?aspect=lid``; all without any.

    A column may be bounded: ``rows_of("sales", **{"date.from": "2025-10-03", "date.to": "2025-12-31"})``.
    """
    asked = urlencode(sorted((column, str(value).lower() if isinstance(value, bool) else str(value))
                             for column, value in equal.items()))  # fmt: skip
    return f"{PREFIX}{table}?{asked}" if asked else f"{PREFIX}{table}"


def is_rows(item: str) -> bool:
    return item.startswith(PREFIX)


def read_rows(item: str) -> tuple[str, dict[str, str]]:
    """Table and values of columns that ``rows_of`` was given, as text."""
    table, _, asked = item.removeprefix(PREFIX).partition("?")
    return table, dict(parse_qsl(asked, keep_blank_values=True))
