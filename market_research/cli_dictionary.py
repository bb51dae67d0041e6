"""The command that shows the data dictionary."""

from typing import Annotated, Literal

import typer

from market_research.console import show

commands = typer.Typer()


@commands.command()
def dictionary(
    table: Annotated[str | None, typer.Option("--table", "-t", help="Only this table.")] = None,
    format: Annotated[Literal["markdown", "table", "csv", "json"], typer.Option(help="How to print it.")] = "table",
) -> None:
    """Show every stored table: columns, types, keys, units, rules, and whether a column holds personal data.

    It comes from the schema registry, as do the checks and the comments in the warehouse. With `--format markdown` and
    no table it is the page `docs/data-dictionary.md`, which also describes what SQL files make.

    Examples: `market-research dictionary --table prices` · `market-research dictionary --format markdown`
    """
    from market_research.dictionary import columns, markdown
    from market_research.settings import SQL_FOLDER
    from market_research.sqlfiles import read_all, read_views

    names = None if table is None else [table]
    if format != "markdown":
        found = columns(names)
        # On a screen, columns that say nothing of any row only take room.
        empty = [name for name in found.columns if format == "table" and not found[name].str.len_chars().sum()]
        show(found.drop(empty), format)
        return
    made = [*read_all(SQL_FOLDER).values(), *read_views(SQL_FOLDER).values()] if table is None else []
    typer.echo(markdown(made, names), nl=False)
