"""The SWOT of a company: shown as it stands, made anew, or changed in words."""

from typing import Annotated, Literal

import polars as pl
import typer

from market_research.console import IndustryOption, err, out, show, table, workspace_here
from market_research.errors import InvalidInput

commands = typer.Typer()
Component = Literal["strengths", "weaknesses", "opportunities", "threats"]


@commands.command()
def swot(
    subject: Annotated[str, typer.Argument(help="A company of the industry.")],
    industry: IndustryOption,
    only: Annotated[
        str | None, typer.Option(help="Make these components anew, such as strengths,threats; or all.")
    ] = None,
    component: Annotated[Component | None, typer.Option(help="The component to change with --modify.")] = None,
    modify: Annotated[
        str | None, typer.Option(help="What to change about the component, in your words; needs a language model.")
    ] = None,
    format: Annotated[Literal["table", "json"], typer.Option(help="How to print the rows.")] = "table",
) -> None:
    """Show the SWOT of a company as it stands, make components of it anew, or change one in words.

    Made anew, rows come from rules and, where one is configured, from the language model, source by source. A change
    is kept with its version, and stands in the next editions while the evidence for the component is the same.

    Examples: `market-research swot NVIDIA -i semiconductors` · `market-research swot NVIDIA -i semiconductors --only
    threats` · `market-research swot NVIDIA -i semiconductors --component threats --modify "Drop the oldest row."`
    """
    from market_research.writing.frameworks.plan import plan
    from market_research.writing.frameworks.rows import SWOT
    from resources import frameworks

    if (component is None) != (modify is None):
        raise InvalidInput("A change needs both --component and --modify.")
    if only is not None and modify is not None:
        raise InvalidInput("Make components anew with --only or change one with --modify, one after the other.")
    workspace = workspace_here()
    workspace.registry.get(industry)
    with workspace.lock(industry):
        material, evidence = workspace.press.evidence(industry)
        if only is None and modify is None:
            made = frameworks.standing(workspace.lake, material, evidence, subject)
        else:
            names = SWOT if only == "all" else tuple(name.strip() for name in (only or "").split(",") if name.strip())
            wanted = plan(names, {component: modify} if component and modify is not None else None)
            made = _watched(workspace, material, evidence, subject, wanted)
    rows = frameworks.shown(made)
    if format == "json":
        show(rows, "json")
        return
    for name, part in rows.partition_by("component", as_dict=True, maintain_order=True).items():
        out.print(f"\n[bold]{str(name[0]).capitalize()}[/] of {subject}", highlight=False)
        out.print(table(part.select("item", "text", pl.col("confidence").cast(pl.Int64), "period", "evidence")))
    for one in made:
        if one.why:
            out.print(one.why, highlight=False, markup=False)
        for refused in one.refused:
            err.print(f"Left out: {refused.sentence.text} ({refused.reason})", highlight=False, markup=False)
    if modify is not None:
        out.print(f"\nKept. `market-research run --industry {industry}` makes the edition with it.", highlight=False)


def _watched(workspace, material, evidence, subject, wanted):  # type: ignore[no-untyped-def]
    """Run the plan with a bar for each source."""
    import uuid

    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    from market_research.writing.frameworks.progress import Progress as Notice
    from resources import frameworks

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), TextColumn("{task.percentage:>3.0f} %"),
               TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=err, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def notify(notice: Notice) -> None:
            if notice.source_id not in tasks:
                tasks[notice.source_id] = bars.add_task("", total=100)
            said = f"{notice.title[:40]} · {notice.description}"
            bars.update(tasks[notice.source_id], completed=notice.percent, description=said)

        return frameworks.of_subject(
            workspace.settings, workspace.lake, material, evidence, subject, wanted, run_id=f"swot {uuid.uuid4()}",
            notify=notify,
        )  # fmt: skip
