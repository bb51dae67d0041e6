"""The terminal: where commands print, and tables and trees for it."""

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import polars as pl
import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

if TYPE_CHECKING:
    from resources.workspace import Workspace

out = Console()
err = Console(stderr=True)
IndustryOption = Annotated[str, typer.Option("--industry", "-i", help="Key of the industry.")]
Format = Literal["table", "csv", "csv-raw", "json", "parquet"]
# Spreadsheets also take the wide forms of these signs, and those behind blanks; a tab or a line's end begins a cell.
_FORMULA = r"^(?:[\t\r\n]|\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"
_NUMBER = r"^[+-]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s?%?$"
MAX_ROWS = 200
MAX_WIDTH = 240


def workspace_here() -> "Workspace":
    """The workspace that the environment and the configuration file name."""
    from market_research import settings
    from resources.workspace import Workspace

    return Workspace(settings.load())


class TreeNode(Protocol):
    """What can be drawn as a tree."""

    id: str
    text: str
    children: list[Any]


def table(frame: pl.DataFrame, *, empty: str = "Nothing to show.") -> RenderableType:
    """A frame as a table: numbers to the right, long texts cut, at most 200 rows."""
    if frame.is_empty():
        return Text(empty)
    drawn = Table(show_edge=False, header_style="bold")
    for name, dtype in frame.schema.items():
        drawn.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in frame.head(MAX_ROWS).rows():
        drawn.add_row(*(Text(_cell(value)) for value in row))
    if frame.height > MAX_ROWS:
        drawn.caption = f"{MAX_ROWS} of {frame.height:,} rows; --format csv prints all"
    return drawn


def show(frame: pl.DataFrame, format: Format, *, empty: str = "Nothing to show.") -> None:
    """Print rows: as a table for people, or whole for programs."""
    if format == "table":
        out.print(table(frame, empty=empty))
    elif format == "csv":
        sys.stdout.write(csv(frame))
    elif format == "csv-raw":
        sys.stdout.write(csv(frame, raw=True))
    elif format == "json":
        sys.stdout.write(frame.write_json() + "\n")
    else:
        frame.write_parquet(sys.stdout.buffer)


def csv(frame: pl.DataFrame, *, raw: bool = False) -> str:
    """Rows as CSV, which has no nested values: lists become JSON.

    A text that a spreadsheet would run as a formula gets an apostrophe before it, which spreadsheets take for the mark
    of a text; ``raw`` leaves it out. Numbers, negative ones too, stay as they are.
    """
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    flat = frame.with_columns(
        pl.Series(
            name, [None if v is None else json.dumps(v, default=str) for v in frame[name].to_list()], dtype=pl.String
        )
        for name in nested
    )
    if raw:
        return flat.write_csv()
    texts = [name for name, dtype in flat.schema.items() if dtype in (pl.String, pl.Categorical, pl.Enum)]
    safe = flat.with_columns(_without_formulas(name) for name in texts)
    header = pl.DataFrame({"name": safe.columns}).select(_without_formulas("name"))["name"]
    return safe.rename(dict(zip(safe.columns, header, strict=True))).write_csv()


def _without_formulas(column: str) -> pl.Expr:
    text = pl.col(column).cast(pl.String)
    runs = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(runs).then("'" + text).otherwise(text).alias(column)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) and abs(value) >= 1000 else f"{value:,.6g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, list):
        value = ", ".join(str(item) for item in value)
    text = " ".join(str(value).split())
    is_path = "/" in text and " " not in text
    return text if len(text) <= MAX_WIDTH or is_path else f"{text[: MAX_WIDTH - 1]}…"


def tree(node: TreeNode) -> Tree:
    """A chain of evidence as a tree."""
    drawn = Tree(_label(node), guide_style="dim")

    def add(parent: Tree, children: list[Any]) -> None:
        for child in children:
            add(parent.add(_label(child)), child.children)

    add(drawn, node.children)
    return drawn


def _label(node: TreeNode) -> Text:
    label = Text(node.id, style="cyan") if node.id else Text()
    return label.append(f"  {node.text}" if node.id else node.text, style="default")
