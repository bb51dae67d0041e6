"""Commands that find passages."""

import sys
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

import typer

from market_research.console import IndustryOption, out, workspace_here

commands = typer.Typer()
EntityOption = Annotated[
    list[str] | None, typer.Option("--entity", "-e", help="Only passages about or by this company, technology …")
]
FromOption = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="From this day on.")]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Until this day.")]
KindOption = Annotated[
    list[str] | None, typer.Option("--kind", "-k", help="Only in documents of this kind: filing, news, report …")
]
NEAREST = 3
NOTHING = "Nothing was found that answers this. Say it in other words, or with fewer filters."


@commands.command()
def search(
    query: Annotated[str, typer.Argument(help="Words or a question.")],
    industry: IndustryOption,
    entity: EntityOption = None,
    since: FromOption = None,
    until: ToOption = None,
    kind: KindOption = None,
    document: Annotated[list[str] | None, typer.Option(help="Only in this document, by its id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 8,
    best: Annotated[bool, typer.Option(help="Give the best even where they are no answer.")] = False,
    format: Annotated[Literal["table", "json"], typer.Option(help="How to print what was found.")] = "table",
) -> None:
    """Search an industry's passages by words and by meaning. `market-research trace ID` shows where one stands.

    What is too far from the query is left out; where nothing is near enough, it says so and shows what is nearest.

    Example: `market-research search "export controls" --industry semiconductors --entity NVIDIA --from 2024-01-01`
    """
    from resources.searching import Search
    from resources.searching import search as find

    asked = Search(
        query=query,
        industry=industry,
        entities=entity or (),
        kinds=kind or (),
        documents=document or (),
        since=since.date() if since else None,
        until=until.date() if until else None,
        limit=limit,
        best=best,
    )
    workspace = workspace_here()
    found = find(workspace, asked)
    if format == "json":
        sys.stdout.write(found.write_json() + "\n")
        return
    if found.is_empty():
        out.print(NOTHING)
        found = find(workspace, replace(asked, best=True, limit=min(limit, NEAREST)))
        if found.height:
            out.print("The nearest, which may not be about it:\n")
    for row in found.iter_rows(named=True):
        said = [row["source"], row["publisher"], row["dated"] and row["dated"].isoformat(), row["locator"]]
        out.print(f"{row['passage_id']}  score {row['score']:.4f}  {', '.join(filter(None, said))}", style="bold",
                  highlight=False, markup=False, soft_wrap=True)  # fmt: skip
        if row["heading"]:
            out.print(row["heading"], style="dim", highlight=False, markup=False, soft_wrap=True)
        out.print(" ".join(row["text"].split()), highlight=False, markup=False, soft_wrap=True)
        out.print()


@commands.command()
def ask(
    question: Annotated[str, typer.Argument(help="A question about the industry.")],
    industry: IndustryOption,
    entity: EntityOption = None,
    since: FromOption = None,
    until: ToOption = None,
    kind: KindOption = None,
    fresh: Annotated[bool, typer.Option(help="Answer anew, also where an earlier answer fits.")] = False,
    format: Annotated[Literal["text", "json"], typer.Option(help="How to print the answer.")] = "text",
) -> None:
    """Answer a question from an industry's evidence; every sentence is cited and has passed the gate.

    A question that was asked before, in these or other words, gets the earlier answer while the evidence is the same.

    Example: `market-research ask "What drives the revenue growth of Amazon?" --industry retail`
    """
    import json

    from resources.answering import answer
    from resources.searching import Search

    asked = Search(
        query=question,
        industry=industry,
        entities=tuple(entity or ()),
        kinds=tuple(kind or ()),
        since=since.date() if since else None,
        until=until.date() if until else None,
    )
    said = answer(workspace_here(), asked, fresh=fresh)
    if format == "json":
        sys.stdout.write(json.dumps(said.row, default=str, ensure_ascii=False) + "\n")
        return
    if said.problem:
        out.print(f"Without the language model: {said.problem}", style="dim", highlight=False, markup=False)
    if not said.row["answer"]:
        out.print(
            "No answer was found near enough to the question; `market-research search` shows passages on its words."
        )
    for sentence in filter(None, said.row["answer"].split("\n")):
        out.print(sentence, highlight=False, markup=False, soft_wrap=True)
    cited = [*said.row["fact_ids"], *said.row["passage_ids"]]
    if cited:
        out.print(f"Evidence: {', '.join(cited)}", style="dim", highlight=False, markup=False, soft_wrap=True)
    if said.earlier:
        before = said.earlier
        text = f"Answer of {before['asked_at']:%Y-%m-%d %H:%M} UTC to “{before['question']}” ({before['answer_id']})"
        out.print(text, style="dim", highlight=False, markup=False, soft_wrap=True)
    refused = f", {said.row['refused']} sentences refused by the gate" if said.row["refused"] else ""
    out.print(f"{said.row['answer_id']}, by {said.row['writer']}{refused}", style="dim", highlight=False, markup=False)
