"""Commands about language models: which there are, and what calls have cost."""

from typing import Annotated

import typer

from market_research.console import Format, show, workspace_here

models = typer.Typer(
    no_args_is_help=True, help="Language models: which there are, and what they have cost.", rich_markup_mode="markdown"
)
FormatOption = Annotated[Format, typer.Option("--format", help="table, csv, json or parquet.")]


@models.command("list")
def list_models(
    provider: Annotated[
        list[str] | None, typer.Option("--provider", "-p", help="Models of this provider; may be repeated.")
    ] = None,
    format: FormatOption = "table",
) -> None:
    """List the models of the configured providers with context size and price. Asks nothing of the network.

    Prices are dollars per million tokens, as LiteLLM and MARKET_RESEARCH_LLM_MODELS know them.

    Examples: `market-research models list` · `market-research models list --provider anthropic --format csv`
    """
    from resources.models import listed

    show(listed(workspace_here().settings, provider or ()), format)


@models.command()
def calls(format: FormatOption = "table") -> None:
    """Show what calls have cost, by month, industry and purpose; the table `llm_calls` has every one.

    Example: `market-research models calls`
    """
    from resources.models import costs

    show(costs(workspace_here()), format, empty="No language model has been asked yet.")
