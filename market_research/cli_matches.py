"""`market-research matches`: a person decides which offers of several catalogues are one product."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from market_research.console import out, show, workspace_here
from market_research.errors import InvalidInput

if TYPE_CHECKING:
    from resources.workspace import Workspace

matches = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="See which offers of different marketplaces are taken for one product, and decide where that is not sure.\n\n"
    "Pairs below a confidence of 0.80 wait for a person. Decisions hold for ever; from fifty on, a version of the "
    "model `matching` is learnt from them (`market-research models list`).",
)
Industry = Annotated[str, typer.Option("--industry", "-i", help="The industry's key.")]
_COLUMNS = ("product_a", "name_a", "price_a", "product_b", "name_b", "price_b", "confidence", "status")


@matches.command("list")
def list_(
    industry: Industry,
    status: Annotated[Literal["accepted", "review", "rejected"] | None, typer.Option(help="Only these.")] = None,
    format: Annotated[
        Literal["table", "csv", "json"], typer.Option(help="How to print the rows; csv and json have all columns.")
    ] = "table",
) -> None:
    """List the pairs, those that wait for a person first.

    Example: `market-research matches list --industry kitchen --status review`
    """
    from resources.matching import matches as pairs

    workspace = workspace_here()
    rows = pairs(workspace.lake, workspace.registry.get(industry).industry, status)
    show(rows if format != "table" else rows.select(_COLUMNS), format, empty="No pairs.")


@matches.command("review")
def review(
    industry: Industry,
    pair: Annotated[tuple[str, str] | None, typer.Option("--pair", help="Decide on these two offers, by id.")] = None,
    same: Annotated[
        bool | None, typer.Option("--same/--different", help="Whether they are one product.", show_default=False)
    ] = None,
    note: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    reviewer: Annotated[str, typer.Option(help="Who decides; the system's user if left out.")] = "",
) -> None:
    """Go through the pairs that are not sure, or decide on one by its ids. The next run heeds every decision.

    Examples: `market-research matches review --industry kitchen` ·
    `market-research matches review -i kitchen --pair prod_0123456789abcdef prod_fedcba9876543210 --different`
    """
    from resources.matching import decide

    workspace = workspace_here()
    key = workspace.registry.get(industry).industry
    if (pair is None) != (same is None):
        raise InvalidInput("To decide on one pair, give both --pair ID ID and --same or --different.")
    if pair is not None:
        decide(workspace.lake, key, *pair, same=bool(same), note=note, reviewer=reviewer)
        out.print(f"{pair[0]} and {pair[1]}: {'one product' if same else 'different products'}.", highlight=False)
    else:
        _walk(workspace, key, reviewer)
    out.print(f"Next: `market-research run --industry {key}` heeds it.")


def _walk(workspace: "Workspace", industry: str, reviewer: str) -> None:
    """Show each open pair side by side and ask."""
    from rich.table import Table

    from resources.matching import decide
    from resources.matching import matches as pairs

    left = pairs(workspace.lake, industry, "review")
    out.print(f"{left.height} pairs are open. y one product · n different · s skip · q quit")
    for number, row in enumerate(left.iter_rows(named=True), 1):
        table = Table("", "one", "other", title=f"{number} of {left.height} · confidence {row['confidence']:.2f}")
        for name in ("name", "marketplace", "price"):
            table.add_row(name, *(_cell(row[f"{name}_{side}"]) for side in "ab"))
        out.print(table)
        out.print(row["reasons"], markup=False, soft_wrap=True)
        answer = typer.prompt("y/n/s/q", default="s", show_default=False).strip().lower()[:1]
        if answer == "q":
            break
        if answer in ("y", "n"):
            decide(workspace.lake, industry, row["product_a"], row["product_b"], same=answer == "y", reviewer=reviewer)


def _cell(value: object) -> str:
    from rich.markup import escape

    return "" if value is None else f"{value:,.2f}" if isinstance(value, float) else escape(str(value))
