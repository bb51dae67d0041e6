"""Commands that only read: finished reports, SQL and the chain of evidence."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from market_research.console import Format, out, show, workspace_here
from market_research.settings import Format as ReportFormat

commands = typer.Typer()
reports = typer.Typer(
    no_args_is_help=True, help="List, show, open and compare finished reports.", rich_markup_mode="markdown"
)


@reports.callback(invoke_without_command=True)
def report_from(
    context: typer.Context,
    instruction: Annotated[
        Path | None, typer.Option(help="A file with settings and, in your own words, what the report should dwell on.")
    ] = None,
    check: Annotated[bool, typer.Option(help="Only say how the file is understood.")] = False,
) -> None:
    """List, show, open and compare finished reports; make one from your own instruction file.

    The industry must have been run: the report is made of its evidence as it stands, narrowed to what the file asks
    for. What you write in your own words reaches a language model; without one it guides the search for quotations.

    The file opens with settings between two lines of `---` (`industry` is required; `title`, `sections`, `questions`,
    `focus`, `companies`, `start_year`, `end_year`, `data` (a SELECT of fact, finding or passage ids), `contexts`,
    `formats`), and below stands what you want in your own words.

    Examples: `market-research report --instruction margins.md --check` ·
    `market-research report --instruction margins.md`
    """
    if context.invoked_subcommand is not None:
        return
    if instruction is None:
        out.print(context.get_help())
        raise typer.Exit(2)
    from resources.instructed import instructed
    from resources.prompting import read

    workspace = workspace_here()
    made = read(workspace, instruction)
    for name, value in made.model_dump(mode="json", exclude_defaults=True).items():
        said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        out.print(f"{name}  {said}", highlight=False, markup=False, soft_wrap=True)
    if check:
        return
    with out.status("Writing the report…"):
        edition = instructed(workspace, instruction.name, made)
    out.print(f"{edition.edition_id}: {edition.kept} sentences kept, {edition.refused} refused.", highlight=False)
    for format in ("pdf", "html", "docx", "md", "json"):
        if (path := edition.folder / f"report.{format}").is_file():
            out.print(str(path), highlight=False, soft_wrap=True)


@reports.command("list")
def report_list() -> None:
    """List all editions, newest last.

    Example: `market-research report list`
    """
    from market_research.console import table

    frame = workspace_here().warehouse.query(
        "SELECT industry, edition_id, as_of, writer, instruction, created_at FROM editions ORDER BY created_at"
    )
    out.print(table(frame, empty="No report yet. `market-research run` makes them."))


@reports.command("show")
def report_show(report: Annotated[str, typer.Argument(help="An edition's id, or an industry for its newest.")]) -> None:
    """Print a report in the terminal.

    Example: `market-research report show retail`
    """
    from rich.markdown import Markdown

    from resources.overview import report_file

    path = report_file(workspace_here(), report, "md")
    text = path.read_text("utf-8")
    if out.is_terminal:
        out.print(Markdown(text))
    else:
        sys.stdout.write(text)


@reports.command("open")
def report_open(
    report: Annotated[str, typer.Argument(help="An edition's id, or an industry for its newest.")],
    format: Annotated[ReportFormat, typer.Option(help="Which form.")] = "pdf",
) -> None:
    """Open a report in the program for its format; prints the path as well.

    Example: `market-research report open retail --format html`
    """
    from resources.overview import report_file

    path = report_file(workspace_here(), report, format)
    out.print(str(path), highlight=False, soft_wrap=True)
    typer.launch(str(path))


@reports.command("diff")
def report_diff(
    report: Annotated[str, typer.Argument(help="An edition's id, or an industry for its newest.")],
    other: Annotated[
        str | None, typer.Argument(help="The edition to compare with; the one before if left out.")
    ] = None,
) -> None:
    """Compare two editions sentence by sentence.

    Example: `market-research report diff retail`
    """
    from market_research.console import table
    from resources.overview import difference

    out.print(table(difference(workspace_here(), report, other), empty="The two editions say the same."))


@commands.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT.")],
    format: Annotated[Format, typer.Option(help="How to print the rows.")] = "table",
) -> None:
    """Ask the warehouse. Read-only: nothing can be changed, no other file can be reached.

    Example: `market-research sql "SELECT company, share_pct FROM market_share WHERE fiscal_year = 2018" --format csv`
    """
    frame = workspace_here().warehouse.query(query)
    show(frame, format, empty="No rows.")


@commands.command()
def trace(
    record_id: Annotated[str, typer.Argument(help="A claim, finding, fact, passage or document id.", metavar="ID")],
) -> None:
    """Walk from a claim, finding, fact or passage down to the file and the place in it.

    Example: `market-research trace claim_0123456789abcdef`; ids stand in the tables `claims`, `findings` and `facts`,
    in `report.json`, and in the evidence appendix of the HTML report.
    """
    from market_research.console import tree
    from resources.trace import trace as walk

    out.print(tree(walk(workspace_here(), record_id)), soft_wrap=True)
