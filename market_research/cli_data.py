"""Commands on the data store: ask it as of a day, see how fresh it is, expire, delete, correct."""

import re
from datetime import timedelta
from typing import Annotated, Literal

import typer

from market_research.console import Format, IndustryOption, out, show, workspace_here
from market_research.errors import InvalidInput

data = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Ask the data store, also as of an earlier day; see how fresh it is; expire, delete and correct.\n\n"
    "`sql` asks the warehouse, which shows what the last run left. `data` reads the lake itself: every version of "
    "every document, fact and passage, with the time in which it stood.",
)
WhereOption = Annotated[
    str | None, typer.Option("--where", "-w", help="A condition in SQL, e.g. \"metric = 'revenue' AND value > 1e9\".")
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="What stood at the end of this day (UTC), e.g. 2025-01-01; now if left out."),
]
FormatOption = Annotated[Format, typer.Option(help="How to print the rows.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it stands in the audit log.")]
SourceOption = Annotated[str | None, typer.Option(help="`inbox`, or a connector's name.")]


@data.command()
def facts(
    industry: IndustryOption, where: WhereOption = None, as_of: AsOfOption = None, format: FormatOption = "table"
) -> None:
    """Show reported facts; with `--as-of`, those that stood at the end of that day.

    Example: `market-research data facts --industry retail --where "metric = 'revenue' AND fiscal_year = 2018"`

    Columns: those of the table `facts`, and valid_from, valid_to, ended_by (replaced, removed, expired, corrected),
    superseded_by.
    """
    _ask("facts", industry, where, as_of, format)


@data.command()
def documents(
    industry: IndustryOption, where: WhereOption = None, as_of: AsOfOption = None, format: FormatOption = "table"
) -> None:
    """Show documents; with `--as-of`, those that were current at the end of that day.

    Example: `market-research data documents --industry retail --where "source = 'inbox'" --as-of 2025-01-01`
    """
    _ask("documents", industry, where, as_of, format)


@data.command()
def passages(
    industry: IndustryOption, where: WhereOption = None, as_of: AsOfOption = None, format: FormatOption = "table"
) -> None:
    """Show passages of text; with `--as-of`, those that stood at the end of that day.

    Example: `market-research data passages --industry retail --where "text ILIKE '%tariff%'" --format csv`
    """
    _ask("passages", industry, where, as_of, format)


@data.command()
def audit(
    industry: IndustryOption, where: WhereOption = None, as_of: AsOfOption = None, format: FormatOption = "table"
) -> None:
    """Show what was done to records, by whom and why: receive, replace, remove, delete, expire, correct, quarantine.

    Example: `market-research data audit --industry retail --where "operation IN ('delete', 'correct')"`
    """
    _ask("audit", industry, where, as_of, format)


@data.command()
def lineage(
    industry: IndustryOption, where: WhereOption = None, as_of: AsOfOption = None, format: FormatOption = "table"
) -> None:
    """Show which transformation made which table of what, with the version of its code.

    Example: `market-research data lineage --industry retail --where "target_table = 'marts.market_share'"`
    """
    _ask("lineage", industry, where, as_of, format)


def _ask(
    what: Literal["facts", "documents", "passages", "audit", "lineage"],
    industry: str,
    where: str | None,
    as_of: str | None,
    format: Format,
) -> None:
    from datetime import date

    from resources.asking import ask

    workspace = workspace_here()
    workspace.registry.get(industry)
    try:
        day = date.fromisoformat(as_of) if as_of else None
    except ValueError as error:
        raise InvalidInput(f"--as-of must be a day such as 2025-01-01, not {as_of!r}.") from error
    show(ask(workspace.lake, industry, what, where=where, as_of=day), format, empty="No rows.")


@data.command()
def freshness(industry: IndustryOption, format: FormatOption = "table") -> None:
    """Show each source's documents, its newest one, its age, and whether it is stale.

    Example: `market-research data freshness --industry retail`
    """
    from market_research.connectors.registry import connectors
    from resources.upkeep import freshness as measure

    workspace = workspace_here()
    workspace.registry.get(industry)
    hours = {name: connector.freshness_hours for name, connector in connectors().items()}
    frame = measure(workspace.lake, industry, hours, workspace.settings.freshness_hours)
    show(frame, format, empty="No documents yet.")


@data.command()
def expire(
    industry: IndustryOption,
    older_than: Annotated[str, typer.Option(help="Age in days, e.g. 400d; by date of publication, else of arrival.")],
    source: SourceOption = None,
    dry_run: Annotated[bool, typer.Option(help="Only show what would expire.")] = False,
) -> None:
    """Take old documents out of use. They stay in the history (`--as-of`), and their bytes in the lake.

    Example: `market-research data expire --industry retail --older-than 400d --source rss --dry-run`
    """
    from resources import upkeep

    match = re.fullmatch(r"(\d+)\s*d", older_than.strip())
    if match is None:
        raise InvalidInput(f"--older-than must be days such as 400d, not {older_than!r}.")
    workspace = workspace_here()
    workspace.registry.get(industry)
    with workspace.lock(industry):
        gone = upkeep.expire(
            workspace.lake,
            industry,
            inbox=workspace.inbox(industry),
            older_than=timedelta(days=int(match[1])),
            source=source,
            dry_run=dry_run,
        )
    show(gone, "table", empty="Nothing is that old.")
    if gone.height:
        done = "Would expire" if dry_run else "Expired"
        out.print(f"{done}: {gone.height}. `market-research run --industry {industry}` makes the report without them.")


@data.command()
def delete(
    industry: IndustryOption,
    reason: ReasonOption,
    document_id: Annotated[str | None, typer.Argument(help="Id of the document.", metavar="DOCUMENT_ID")] = None,
    source: SourceOption = None,
) -> None:
    """Delete a document, or all of a source: every version's rows, and the bytes unless another industry holds them.

    A file that still lies in the inbox is left alone; it comes back only if it is put there anew. Finished reports
    stay as they are; the warehouse and the search follow with the next run.

    Example: `market-research data delete doc_0123456789abcdef --industry retail --reason "licence withdrawn"`
    """
    from resources import upkeep

    workspace = workspace_here()
    workspace.registry.get(industry)
    with workspace.lock(industry):
        gone = upkeep.delete(
            workspace.lake,
            industry,
            inbox=workspace.inbox(industry),
            reason=reason,
            document_id=document_id,
            source=source,
        )
    show(gone, "table")
    out.print(f"Next: `market-research run --industry {industry}` makes the report without them.")


@data.command()
def correct(
    fact_id: Annotated[str, typer.Argument(help="Id of a reported fact.", metavar="FACT_ID")],
    industry: IndustryOption,
    value: Annotated[float, typer.Option(help="The right value, in the fact's own unit.")],
    reason: ReasonOption,
) -> None:
    """Correct a fact. The original stays in `superseded_facts`; later runs use the corrected one, which names it.

    Example: `market-research data correct fact_0123456789abcdef --industry retail --value 5.2e9 --reason "misprint"`
    """
    from resources import upkeep

    workspace = workspace_here()
    workspace.registry.get(industry)
    with workspace.lock(industry):
        corrected = upkeep.correct(workspace.lake, industry, fact_id, value, reason=reason)
    out.print(f"{corrected} stands in place of {fact_id}. Next: `market-research run --industry {industry}`.")
