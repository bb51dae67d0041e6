"""Commands about language models and what calls have cost, and about the models trained from an industry's data."""

from typing import Annotated

import typer

from market_research.cli_trained import (
    compare_versions,
    list_trained,
    promote_version,
    rollback_version,
    show_version,
    split_traffic,
    train_version,
)
from market_research.console import Format, show, workspace_here
from market_research.errors import InvalidInput

models = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Language models and what they have cost (`list`, `calls`), and models trained from an industry's data.\n\n"
    "Each training is a version. A new one goes to production if it is not worse than the one there on reviews that "
    "neither had learnt from; else it waits in staging. `list -i KEY` shows them, `show` one with its history, "
    "`compare` how right each was; `train` makes one now; `promote`, `rollback` and `split` change which one is used "
    "from the next run on.",
)
FormatOption = Annotated[Format, typer.Option("--format", help="table, csv, json or parquet.")]


@models.command("list")
def list_models(
    provider: Annotated[
        list[str] | None, typer.Option("--provider", "-p", help="Models of this provider; may be repeated.")
    ] = None,
    industry: Annotated[
        str | None, typer.Option("--industry", "-i", help="Versions of the models trained from this industry's data.")
    ] = None,
    format: FormatOption = "table",
) -> None:
    """List the language models of the configured providers, or with --industry the versions of its trained models.

    Prices are dollars per million tokens, as LiteLLM and MARKET_RESEARCH_LLM_MODELS know them. Asks no network.

    Examples: `market-research models list --provider anthropic --format csv` · `market-research models list -i kitchen`
    """
    if industry is not None:
        if provider:
            raise InvalidInput("--provider is about language models, --industry about trained ones; give one of them.")
        return list_trained(industry, format)
    from resources.models import listed

    show(listed(workspace_here().settings, provider or ()), format)


models.command("show")(show_version)
models.command("train")(train_version)
models.command("promote")(promote_version)
models.command("rollback")(rollback_version)
models.command("compare")(compare_versions)
models.command("split")(split_traffic)


@models.command()
def calls(format: FormatOption = "table") -> None:
    """Show what calls have cost, by month, industry and purpose; the table `llm_calls` has every one.

    Example: `market-research models calls`
    """
    from resources.models import costs

    show(costs(workspace_here()), format, empty="No language model has been asked yet.")
