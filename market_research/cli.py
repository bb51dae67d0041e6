"""The command line. Every command has an example in its help; every error says what to do next.

Like ``definitions``, this is a place where all parts meet; commands only parse arguments, call, and print.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from market_research import cli_dictionary, cli_frameworks, cli_review, cli_search, cli_sources
from market_research import cli_reading as reading
from market_research.cli_data import data
from market_research.cli_matches import matches
from market_research.cli_models import models
from market_research.cli_prompts import prompts
from market_research.cli_quarantine import quarantine
from market_research.cli_security import security
from market_research.console import IndustryOption, err, out, workspace_here
from market_research.errors import InvalidInput, MarketResearchError

app = typer.Typer(
    name="market-research",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Market research reports that can be audited: every sentence cited, every number traced to its source.\n\n"
    "Start with `market-research demo`, or add an industry, drop files into its inbox, and run:\n\n"
    "`market-research industry add chips` · `market-research ingest 10k.html --industry chips` · `market-research run`",
)
industry_app = typer.Typer(no_args_is_help=True, help="Add, list and remove industries.", rich_markup_mode="markdown")
app.add_typer(industry_app, name="industry")
app.add_typer(reading.reports, name="report")
app.add_typer(data, name="data")
app.add_typer(quarantine, name="quarantine")
app.add_typer(prompts, name="prompt")
app.add_typer(models, name="models")
app.add_typer(security, name="security")
app.add_typer(matches, name="matches")


def main() -> NoReturn:
    """Run the command line; errors become one sentence on stderr, ``--debug`` shows the traceback."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    code = 0
    try:
        app(standalone_mode=True)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except MarketResearchError as error:
        if debug:
            raise
        err.print(f"[bold red]Error:[/] {_plain(f'{error}{full_disk(error)}')}", highlight=False, soft_wrap=True)
        code = 1
    except KeyboardInterrupt:
        err.print("Stopped. The last finished state is untouched; run the command again to go on.")
        code = 130
    except Exception as error:
        if debug:
            raise
        said = full_disk(error).strip() or f"{error} (add --debug for the traceback)"
        err.print(f"[bold red]Unexpected {type(error).__name__}:[/] {_plain(said)}", highlight=False, soft_wrap=True)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Some native libraries complain on stderr while the interpreter unloads them, and take their time: leave at once.
    os._exit(code)


def full_disk(error: Exception) -> str:
    """What to do where an error says, in the words of the system or of SQLite, that the disk is full; else nothing."""
    if not any(words in str(error) for words in ("No space left on device", "database or disk is full")):
        return ""
    return " The disk is full: free some space and run the command again. What was finished before is untouched."


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


@app.command()
def demo() -> None:
    """Make finished reports of the bundled industries, one of them simulated, without key or network.

    Example: `market-research demo`
    """
    from resources.sample import install_sample

    workspace = workspace_here()
    industries = install_sample(workspace)
    out.print(f"The sample of {len(industries)} industries lies in {workspace.settings.inbox}.", highlight=False)
    _run(workspace, industries)
    out.print(
        '\nNext: `make ui` shows the graph; `market-research sql "SELECT * FROM market_share"` asks the warehouse.'
    )


@industry_app.command("add")
def industry_add(
    key: Annotated[str, typer.Argument(help="Short name: lower case, digits, - and _.")],
    title: Annotated[str | None, typer.Option(help="Name for people.")] = None,
    company: Annotated[list[str] | None, typer.Option(help="A company to cover; may be repeated.")] = None,
    definition: Annotated[str, typer.Option(help="What belongs to the industry.")] = "",
    country: Annotated[list[str] | None, typer.Option(help="A country to compare with; may be repeated.")] = None,
) -> None:
    """Add an industry; everything can be refined later with a request file.

    Example: `market-research industry add chips --title "Semiconductors" --company NVIDIA --company Intel`
    """
    from market_research.industries import ResearchRequest, check_key

    request = ResearchRequest.model_validate(
        {"industry": check_key(key), "title": title, "definition": definition, "companies": company or [],
         "countries": country or []}
    )  # fmt: skip
    workspace = workspace_here()
    workspace.registry.add(request)
    workspace.inbox(key).mkdir(parents=True, exist_ok=True)
    out.print(
        f"Added [bold]{key}[/]. Drop files into {workspace.inbox(key)} or use `market-research ingest`.",
        highlight=False,
    )


@industry_app.command("list")
def industry_list() -> None:
    """Show every industry with its documents, its request's status and its newest edition.

    Example: `market-research industry list`
    """
    from market_research.console import table
    from resources.overview import industries

    out.print(
        table(industries(workspace_here()), empty="No industry yet. Add one with `market-research industry add KEY`.")
    )


@industry_app.command("remove")
def industry_remove(key: str) -> None:
    """Take an industry out of runs and of the next warehouse. Its data stay in the lake.

    Example: `market-research industry remove chips`
    """
    from resources.runner import instance

    workspace = workspace_here()
    workspace.registry.remove(key)
    with instance(workspace) as found:
        found.delete_dynamic_partition("industry", key)
    out.print(f"Removed [bold]{key}[/].")


@app.command()
def request(
    file: Annotated[Path, typer.Argument(help="The request, a YAML file.")],
    run: Annotated[bool, typer.Option(help="Make the report at once.")] = True,
) -> None:
    """Make a report from a request file: the industry, its companies, the years, what to stress, and the data to use.

    Example: `market-research request sample/retail/request.yaml`
    """
    from resources.sample import accept_request

    workspace = workspace_here()
    accepted = accept_request(workspace, file)
    out.print(f"Request {accepted.request_id} for [bold]{accepted.industry}[/] accepted.", highlight=False)
    if run:
        _run(workspace, [accepted.industry])


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.")],
    industry: IndustryOption,
) -> None:
    """Copy documents into an industry's inbox and read them; a new industry is made if the key is new.

    Example: `market-research ingest ~/Downloads/*.html prices.csv --industry chips`
    """
    from market_research.console import table
    from market_research.industries import check_key
    from resources.intake import ingest_files

    workspace = workspace_here()
    with out.status("Reading…") as status:
        done = ingest_files(
            workspace,
            paths,
            check_key(industry),
            progress=lambda n, of, name: status.update(f"Reading {n} of {of}: {name}"),
        )
    if done.created:
        out.print(f"Made the new industry [bold]{industry}[/].")
    out.print(table(done.documents, empty="Nothing new: these documents were read before."))
    if done.refused.height:
        out.print("[yellow]Set aside[/] (also in the table `quarantine`):")
        out.print(table(done.refused))
    out.print(f"Next: `market-research run --industry {industry}` makes the report.")
    if done.documents.is_empty() and done.refused.height:
        raise typer.Exit(1)


@app.command()
def run(
    industry: Annotated[
        list[str] | None, typer.Option("--industry", "-i", help="Only this industry; may be repeated.")
    ] = None,
    only: Annotated[str | None, typer.Option(help="Only these assets (Dagster's selection syntax).")] = None,
    force: Annotated[bool, typer.Option(help="Make everything again, changed or not.")] = False,
) -> None:
    """Bring industries up to date: inbox to finished report. What has not changed is not made again.

    Examples: `market-research run` · `market-research run --industry chips` · `market-research run --only report`
    """
    workspace = workspace_here()
    keys = industry or workspace.registry.known()
    if not keys:
        raise InvalidInput(
            "There is no industry yet; add one with `market-research industry add KEY`, or try the demo."
        )
    _run(workspace, keys, only=only, force=force)


def _run(workspace, keys: list[str], *, only: str | None = None, force: bool = False) -> None:  # type: ignore[no-untyped-def]
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from market_research.console import table
    from resources.overview import finished
    from resources.runner import run_industries

    columns = (
        TextColumn("{task.description:<44}"),
        BarColumn(bar_width=30),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as shown:
        tasks = {key: shown.add_task(key, total=None) for key in keys}

        def progress(label: str, done: int, total: int) -> None:
            key = label.partition(" · ")[0]
            shown.update(tasks[key], description=label, completed=done, total=total)

        ran = run_industries(workspace, keys, only=only, force=force, progress=progress)
    done = finished(workspace, ran)
    out.print(table(done.drop("report")))
    for key, path in done.select("industry", "report").rows():
        out.print(f"[bold]{key}[/]  {path}", highlight=False, soft_wrap=True)


@app.command()
def doctor(
    ask: Annotated[bool, typer.Option(help="Put one small question to the language model; it costs a little.")] = False,
) -> None:
    """Say what is installed, reachable and configured, and what to do about the rest.

    Examples: `market-research doctor` · `market-research doctor --ask`
    """
    from market_research.console import table
    from resources.doctor import examine

    frame = examine(workspace_here(), ask=ask)
    out.print(table(frame))
    if (frame["state"] == "missing").any():
        raise typer.Exit(1)


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port of the web server.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Open Dagster: the graph, partitions, runs, checks and freshness; sensors and schedules run while it does.

    Example: `market-research ui --port 3001`
    """
    from resources.runner import serve

    raise typer.Exit(serve(workspace_here(), host=host, port=port))


app.registered_commands += [
    *cli_search.commands.registered_commands,
    *cli_sources.commands.registered_commands,
    *reading.commands.registered_commands,
    *cli_review.commands.registered_commands,
    *cli_frameworks.commands.registered_commands,
    *cli_dictionary.commands.registered_commands,
]

if __name__ == "__main__":
    main()
