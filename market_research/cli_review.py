"""`market-research review`: a person goes through an edition's sentences, and the next edition remembers."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import polars as pl
import typer

from market_research.console import out, show, tree, workspace_here
from market_research.errors import InvalidInput, MarketResearchError

if TYPE_CHECKING:
    from resources.workspace import Workspace

commands = typer.Typer()
SHOWN = ("claim_id", "section", "text", "verdict", "review", "reason")


@commands.command()
def review(
    edition: Annotated[str, typer.Argument(help="An edition's id, or an industry for its newest.")],
    claim: Annotated[list[str] | None, typer.Option("--claim", "-c", help="Decide on this claim; repeatable.")] = None,
    approve: Annotated[bool, typer.Option("--approve", help="It may stand as it is.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="It shall not be said.")] = False,
    edit: Annotated[str | None, typer.Option("--edit", help="What it shall say, on the same evidence.")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take earlier decisions on it back.")] = False,
    note: Annotated[str, typer.Option(help="Why; kept with the decision and shown as a refusal's reason.")] = "",
    reviewer: Annotated[str, typer.Option(help="Who decides; the system's user if left out.")] = "",
    section: Annotated[str | None, typer.Option(help="Only claims of this section.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Only list claims and what was decided of them.")] = False,
    format: Annotated[
        Literal["table", "csv", "json"], typer.Option(help="How to list; csv and json have all columns.")
    ] = "table",
) -> None:
    """Approve, edit or reject the sentences of an edition, one after the other or by id.

    An edited sentence passes the gate again. The next edition (`market-research run`) heeds every decision wherever the
    same sentence rests on the same evidence; where the evidence has changed, the sentence is new and open again. All
    decisions are rows of `claim_decisions`.

    Examples: `market-research review retail` (walks through what nobody decided yet) ·
    `market-research review retail --list --section trends_outlook` ·
    `market-research review retail --claim claim_0123456789abcdef --reject --note "Old news."` ·
    `market-research review retail -c claim_0123456789abcdef --edit "Revenue came to $1.2 billion in fiscal 2018."`
    """
    from resources.overview import edition as find
    from resources.reviews import to_review

    workspace = workspace_here()
    found = find(workspace, edition)
    kind = _kind(approve, reject, edit, withdraw)
    if claim:
        _by_id(workspace, found, claim, kind, edit or "", note, reviewer)
        return
    if kind is not None:
        raise InvalidInput("Say which sentence is meant: --claim ID; `--list` shows the ids.")
    claims = to_review(workspace, found, section=section)
    if list_ or format != "table" or not out.is_terminal:
        show(claims if format != "table" else claims.select(SHOWN), format, empty="No claims.")
        return
    _walk(workspace, found, claims, reviewer)


def _kind(approve: bool, reject: bool, edit: str | None, withdraw: bool) -> Any:
    chosen = [
        kind
        for kind, given in (
            ("approved", approve), ("rejected", reject), ("edited", edit is not None), ("withdrawn", withdraw)
        )
        if given
    ]  # fmt: skip
    if len(chosen) > 1:
        raise InvalidInput("Give one of --approve, --reject, --edit and --withdraw.")
    return chosen[0] if chosen else None


def _by_id(
    workspace: "Workspace", edition: dict[str, Any], claims: list[str], kind: Any, text: str, note: str, reviewer: str
) -> None:
    from resources.reviews import decide

    if kind is None:
        raise InvalidInput("Say what is decided: --approve, --reject, --edit TEXT or --withdraw.")
    for claim_id in claims:
        decide(workspace, edition, claim_id, kind, new_text=text, note=note, reviewer=reviewer)
        out.print(f"{claim_id}: {kind}.", highlight=False)
    _next(edition)


def _walk(workspace: "Workspace", edition: dict[str, Any], claims: pl.DataFrame, reviewer: str) -> None:
    """Show each open sentence with its evidence and ask."""
    from resources.reviews import decide
    from resources.trace import trace

    left = claims.filter(pl.col("review").is_null() & (pl.col("verdict") == "kept"))
    out.print(f"{left.height} of {claims.height} sentences are open. a approve · e edit · r reject · s skip · q quit")
    _, evidence = workspace.press.evidence(str(edition["industry"]))
    decided = 0
    for number, row in enumerate(left.iter_rows(named=True), 1):
        out.rule(f"{number} of {left.height} · {row['section']}", align="left")
        out.print(tree(trace(workspace, row["claim_id"])), soft_wrap=True)
        while True:
            answer = typer.prompt("a/e/r/s/q", default="s", show_default=False).strip().lower()[:1]
            if answer in ("s", "q"):
                break
            kind: Any = {"a": "approved", "e": "edited", "r": "rejected"}.get(answer)
            if kind is None:
                continue
            text = typer.prompt("Shall say", default=row["text"]) if kind == "edited" else ""
            note = typer.prompt("Why", default="", show_default=False) if kind == "rejected" else ""
            try:
                decide(
                    workspace, edition, row["claim_id"], kind,
                    new_text=text, note=note, reviewer=reviewer, evidence=evidence,
                )  # fmt: skip
            except MarketResearchError as error:
                out.print(str(error), markup=False, soft_wrap=True)
                continue
            decided += 1
            break
        if answer == "q":
            break
    out.print(f"{decided} decided.")
    if decided:
        _next(edition)


def _next(edition: dict[str, Any]) -> None:
    out.print(f"Next: `market-research run --industry {edition['industry']}` makes the edition that heeds it.")
