"""Commands on what could not be accepted: see it with its reasons, and try it again."""

from typing import Annotated, Literal

import typer

from market_research.console import out, show, workspace_here

quarantine = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="See what could not be accepted, and try it again once the rules, the files or the program have changed.\n\n"
    "Nothing is dropped in silence: a document that cannot be read, a row that is damaged or that a declared rule "
    "rejects is a row of `quarantine` with its place, the reason, and what stands there. Where a rule rejected it, the "
    "reason names it: *Transformation 1, rule 3 (cast): …* is the third rule of the first of the request's "
    "`transformations`.\n\n"
    "The usual way: `quarantine list`, correct the file or the request, `market-research request FILE --no-run`, "
    "`quarantine retry`, `market-research run`.",
)
SomeIndustry = Annotated[str | None, typer.Option("--industry", "-i", help="Only this industry; all if left out.")]
SomeDocument = Annotated[str | None, typer.Option("--document", "-d", help="Only this document, by its id.")]


@quarantine.command("list")
def list_(
    industry: SomeIndustry = None,
    reason: Annotated[
        str | None, typer.Option("--reason", "-r", help="Only where the reason contains this text.")
    ] = None,
    document: SomeDocument = None,
    format: Annotated[
        Literal["table", "csv", "json"], typer.Option(help="How to print the rows; csv and json have all columns.")
    ] = "table",
) -> None:
    """List what is in quarantine now: document, place, reason, and what stands there.

    Examples: `market-research quarantine list --industry retail` ·
    `market-research quarantine list --reason "rule 3 (cast)" --format csv > to-correct.csv` ·
    `market-research quarantine list --document doc_0123456789abcdef`
    """
    from resources.dead_letters import quarantined

    workspace = workspace_here()
    rows = quarantined(workspace.lake, _industries(industry), reason=reason, document_id=document)
    if format != "table":
        show(rows, format)
        return
    columns = ["industry", "document_id", "uri", "locator", "reason", "raw"]
    show(rows.select(columns[industry is not None :]), format, empty="Nothing is in quarantine.")
    if rows.height:
        out.print("Next: correct the file or the rule, then `market-research quarantine retry`.")


@quarantine.command()
def retry(industry: SomeIndustry = None, document: SomeDocument = None) -> None:
    """Read the documents concerned again, with the present rules, files and program; say what came free.

    *free*: no longer in quarantine. *stayed*: still there, with the present reason. *new*: was not there before. Each
    document tried leaves a row in the audit log (`market-research data audit`).

    Examples: `market-research quarantine retry` · `market-research quarantine retry --industry retail` ·
    `market-research quarantine retry -i retail --document doc_0123456789abcdef`
    """
    from resources.dead_letters import FREE, NEW, STAYED, quarantined
    from resources.dead_letters import retry as try_again

    workspace = workspace_here()
    keys = _industries(industry)
    if document is not None and industry is None:
        held = quarantined(workspace.lake, keys, document_id=document)["industry"].unique().sort().to_list()
        keys = held or keys[:1]
    for key in keys:
        with workspace.lock(key), out.status(f"Reading again what {key} has in quarantine…"):
            done = try_again(
                workspace.lake, key, inbox=workspace.inbox(key), max_bytes=workspace.max_bytes, document_id=document
            )
        show(done.places.drop("document_id"), "table", empty=f"{key}: nothing is in quarantine.")
        if done.places.height:
            counts = ", ".join(f"{done.count(outcome)} {outcome}" for outcome in (FREE, STAYED, NEW))
            documents = f"{len(done.documents)} document{'s' * (len(done.documents) != 1)}"
            out.print(f"[bold]{key}[/]: {documents} read again: {counts}.", highlight=False)
        if done.count(FREE):
            out.print(f"Next: `market-research run --industry {key}` makes the report with what came free.")


def _industries(industry: str | None) -> list[str]:
    registry = workspace_here().registry
    if industry is None:
        return registry.known()
    registry.get(industry)
    return [industry]
