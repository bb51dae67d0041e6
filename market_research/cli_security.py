"""Commands on the security log: what looked like orders to a language model, and what was done about it."""

from typing import Annotated, Literal

import typer

from market_research.console import err, out, show, workspace_here

security = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="See what looked like orders to a language model: in documents, in what people typed, at the writers.\n\n"
    "*set aside*: hidden text that never becomes part of the document's text. *noted*: it stands there to be read. "
    "*withheld from the writer*: no report is written from it. *refused*, *cleaned*: typed texts.",
)
_COLUMNS = ("event_id", "industry", "document_id", "locator", "detector", "score", "action", "level", "excerpt")


@security.command("list")
def list_(
    industry: Annotated[
        str | None, typer.Option("--industry", "-i", help="Only this industry; all if left out.")
    ] = None,
    detector: Annotated[str | None, typer.Option(help="Only where the detector's name contains this text.")] = None,
    action: Annotated[str | None, typer.Option(help="Only where what was done contains this text.")] = None,
    document: Annotated[str | None, typer.Option("--document", "-d", help="Only this document, by its id.")] = None,
    least: Annotated[float, typer.Option(min=0, max=1, help="Only scores from this one on.")] = 0.0,
    format: Annotated[
        Literal["table", "csv", "json"], typer.Option(help="How to print the rows; csv and json have all columns.")
    ] = "table",
) -> None:
    """List the security events, the highest score first.

    Examples: `market-research security list --industry retail` ·
    `market-research security list --detector "hidden text" --least 0.9` ·
    `market-research security list --action withheld --format json`
    """
    from resources.security import log

    workspace = workspace_here()
    keys = workspace.registry.known() if industry is None else [workspace.registry.get(industry).industry]
    rows = log(workspace.lake, keys, detector=detector, action=action, document_id=document, least=least)
    if format != "table":
        show(rows, format)
        return
    left_out = {"level", *(["industry"] if industry else ()), *(["document_id"] if document else ())}
    show(rows.select(name for name in _COLUMNS if name not in left_out), format, empty="Nothing was noticed.")
    if rows.height:
        err.print("`market-research security show ID` says what to do about one of them.")


@security.command("show")
def show_(event_id: Annotated[str, typer.Argument(help="Id of an event, as `security list` prints it.")]) -> None:
    """Show one event whole, with the advice on it.

    Example: `market-research security show sec_0123456789abcdef`
    """
    from resources.security import event

    workspace = workspace_here()
    found = event(workspace.lake, workspace.registry.known(), event_id)
    for name, value in found.items():
        if value is not None:
            out.print(f"[bold]{name:<12}[/]", end=" ", highlight=False)
            out.print(str(value), markup=False, highlight=False, soft_wrap=True)
