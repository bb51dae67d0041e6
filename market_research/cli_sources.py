"""Commands that meet the network: asking sources, and showing which there are and how they have fared."""

from typing import Annotated

import typer

from market_research.console import IndustryOption, out, workspace_here
from market_research.errors import MarketResearchError

commands = typer.Typer()


@commands.command()
def fetch(
    industry: IndustryOption,
    source: Annotated[
        list[str] | None, typer.Option("--source", "-s", help="Only this source; may be repeated.")
    ] = None,
) -> None:
    """Ask public and declared sources for an industry. Needs the network; `market-research sources` lists them.

    What each source is asked follows from the industry's request: companies, tickers, CIKs, keywords, technologies,
    countries, feeds, indicators, packages. A source that fails stops no other, and what it gave earlier stays.

    Examples: `MARKET_RESEARCH_USER_AGENT="Your Name you@example.com" market-research fetch --industry semiconductors` ·
    `market-research fetch -i semiconductors -s edgar -s feeds`
    """
    from market_research.console import table
    from resources.overview import source_runs
    from resources.sources import chosen, collect_all

    workspace = workspace_here()
    workspace.registry.get(industry)
    with out.status("Asking…") as status:
        runs = collect_all(
            workspace, industry, chosen(source), progress=lambda text: status.update(f"Asking {text}"[:100])
        )
    out.print(table(source_runs(runs), empty="The industry's request gives no source anything to ask."))
    for run in runs:
        for problem in run.problems:
            out.print(f"[yellow]{run.source}[/] ", problem.message, sep="", highlight=False, markup=True)
    if runs and not any(run.fresh or run.status in ("ok", "idle", "skipped") for run in runs):
        raise MarketResearchError("No source gave an answer; the lines above say why.")
    if any(run.new or run.changed for run in runs):
        out.print(f"Next: `market-research run --industry {industry}` makes the report.")


@commands.command()
def sources(
    industry: Annotated[str | None, typer.Option("--industry", "-i", help="Show how they have fared for it.")] = None,
) -> None:
    """List the sources that can be asked, what comes of each, and how the last asking went.

    Examples: `market-research sources` · `market-research sources --industry retail`
    """
    from market_research.console import table
    from resources.overview import known_sources

    out.print(table(known_sources(workspace_here(), industry)))
