"""What `market-research models` does with trained models: their versions, which one is used, and how right each was."""

from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from market_research.console import Format, IndustryOption, out, show, table, workspace_here
from market_research.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from resources.workspace import Workspace

VersionArgument = Annotated[str, typer.Argument(help="The version's id, or its number with --model.")]
ModelOption = Annotated[
    str | None, typer.Option("--model", "-m", help='Which model: "review sentiment", "matching" or "demand".')
]
TenantOption = Annotated[str | None, typer.Option("--tenant", help="Whose model, where there are several tenants.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept in the history.")]
FormatOption = Annotated[Format, typer.Option("--format", help="table, csv, json or parquet.")]
_LISTED = (
    "version_id", "tenant", "model", "number", "stage", "macro_f1", "mape_pct", "trained_on", "reason", "as_of",
    "split_share",
)  # fmt: skip
NONE = (
    "No model has been trained yet: `market-research run` trains one when twenty rated reviews of each class are there "
    "or fifty decisions on pairs of offers."
)


def _here(industry: str) -> "tuple[Workspace, str]":
    workspace = workspace_here()
    return workspace, workspace.registry.get(industry).industry


def list_trained(industry: str, format: Format) -> None:
    """Print the versions of an industry's trained models, those of each model newest first."""
    from resources.model_registry import listed

    workspace, key = _here(industry)
    rows = listed(workspace.lake, key)
    show(rows if format != "table" else rows.select(_LISTED), format, empty=NONE)


def show_version(
    version: VersionArgument, industry: IndustryOption, model: ModelOption = None, tenant: TenantOption = None
) -> None:
    """Show a version: what it was trained on, its metrics, its stages, how right it was lately, and alerts about it.

    Example: `market-research models show 2 -i kitchen --model demand`
    """
    from market_research.cleaning.schema import DRIFT_ALERTS, MODEL_EVALUATIONS, MODEL_METRICS, MODEL_STAGES
    from resources.model_registry import find, rows

    workspace, key = _here(industry)
    row = find(workspace.lake, key, version, model=model, tenant=tenant)
    for name, value in row.items():
        if value is not None:
            out.print(f"{name:>14}  {value}", markup=False, highlight=False, soft_wrap=True)
    parts = (
        (MODEL_METRICS, ("metric", "value", "rows", "measured_on")),
        (MODEL_STAGES, ("happened_at", "stage", "cause", "reason", "actor")),
        (
            MODEL_EVALUATIONS,
            ("evaluated_at", "trigger", "rows", "macro_f1", "mape_pct", "mase", "change_pct", "verdict"),
        ),
        (DRIFT_ALERTS, ("raised_at", "kind", "metric", "old_value", "new_value", "severity", "action")),
    )
    for about, columns in parts:
        found = rows(workspace.lake, about, key).filter(pl.col("version_id") == row["version_id"])
        out.print(f"\n[bold]{about.name}[/]")
        out.print(table(found.select(columns), empty="None."))


def train_version(
    industry: IndustryOption,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", "-k", help="sentiment, matching or demand; may be repeated. Without it all."),
    ] = None,
    tenant: TenantOption = None,
) -> None:
    """Train a version on what the last run took in. As in a run it goes to production if it is not worse than the one
    there, else it waits in staging; nothing is trained twice on the same data.

    A version whose file was lost is trained anew. How demand is forecast is chosen by a new back-test.

    Example: `market-research models train -i kitchen --kind sentiment`
    """
    from resources.model_training import KINDS, train

    unknown = [name for name in kind or () if name not in KINDS]
    if unknown:
        raise InvalidInput(f"No model is trained of {unknown[0]!r}; --kind is one of: {', '.join(KINDS)}.")
    workspace, key = _here(industry)
    with workspace.lock(key), out.status(f"Training on the data of {key}…"):
        done = train(workspace, key, tuple(name for name in KINDS if name in (kind or KINDS)), tenant=tenant)
    for model, owner, said in done:
        out.print(f"{model} ({owner}): {said}", markup=False, highlight=False, soft_wrap=True)
    if any("now in production" in said for *_, said in done):
        _next(key)


def promote_version(
    version: VersionArgument, industry: IndustryOption, reason: ReasonOption, model: ModelOption = None,
    tenant: TenantOption = None,
) -> None:  # fmt: skip
    """Put a version into production, whatever the comparison said; the one there is archived and can be gone back to.

    Example: `market-research models promote 3 -i kitchen -m "review sentiment" --reason "better on complaints"`
    """
    from resources.model_registry import Scope, find, promote

    workspace, key = _here(industry)
    with workspace.lock(key):
        row = find(workspace.lake, key, version, model=model, tenant=tenant)
        scope = Scope(workspace.lake, key, row["tenant"], row["model"])
        promote(workspace.lake, key, row["version_id"], reason, gone=_withdrawn(scope))
    out.print(f"Version {row['number']} of {row['model']} is in production.", highlight=False)
    _next(key)


def rollback_version(
    industry: IndustryOption, reason: ReasonOption, model: ModelOption = None, tenant: TenantOption = None
) -> None:
    """Go back to the version that was in production before. The one rolled back is not promoted again by itself.

    Example: `market-research models rollback -i kitchen --reason "complaints are read as praise"`
    """
    from resources.model_registry import find, rollback

    workspace, key = _here(industry)
    with workspace.lock(key):
        scope = _scope(workspace, key, model, tenant)
        version = rollback(scope, reason, gone=_withdrawn(scope))
        row = find(workspace.lake, key, version)
    out.print(f"Version {row['number']} of {row['model']} is in production again.", highlight=False)
    _next(key)


def split_traffic(
    version: VersionArgument, industry: IndustryOption,
    share: Annotated[float, typer.Option("--share", help="Share of the reviews, 0 to 1; 0 ends it.")] = 0.1,
    model: ModelOption = None, tenant: TenantOption = None,
) -> None:  # fmt: skip
    """Try a version beside the one in production: a share of the reviews, told by a hash of their ids, is read by it.

    Example: `market-research models split 3 -i kitchen -m "review sentiment" --share 0.2`
    """
    from resources.model_registry import find, set_split

    workspace, key = _here(industry)
    with workspace.lock(key):
        row = find(workspace.lake, key, version, model=model, tenant=tenant)
        set_split(workspace.lake, key, row["version_id"], share)
    told = f"reads {share:.0%} of the reviews" if share else "reads no reviews beside the one in production"
    out.print(f"Version {row['number']} of {row['model']} {told}; `models compare` shows both.", highlight=False)
    _next(key)


def compare_versions(
    industry: IndustryOption, model: ModelOption = None, tenant: TenantOption = None, format: FormatOption = "table"
) -> None:
    """Compare versions: on what each served, and two by two on the same reviews or days.

    Only predictions made before their actuals were known or learnt from count. `on_served` is on those that were used
    (the split of the traffic), `on_same` on those that the version in production predicted as well.

    Example: `market-research models compare -i kitchen --model "review sentiment"`
    """
    from resources.model_compare import compared

    workspace, key = _here(industry)
    show(compared(workspace.lake, key, model=model, tenant=tenant), format, empty=NONE)


def _scope(workspace: "Workspace", industry: str, model: str | None, tenant: str | None) -> Any:
    """The one model that is meant.

    Raises:
        NotFound: there is none, or there are several.
    """
    from resources.model_registry import CHOSEN_HERE
    from resources.model_watch import scopes

    found = [
        scope
        for scope in scopes(workspace.lake, industry)
        if (scope.model == model or (model is None and scope.model in CHOSEN_HERE)) and tenant in (None, scope.tenant)
    ]
    if len(found) != 1:
        what = "several models" if found else "no such trained model"
        raise NotFound(
            f"{industry} has {what}; `market-research models list -i {industry}` shows models and tenants: "
            "say which with --model and --tenant."
        )
    return found[0]


def _withdrawn(scope: Any) -> set[str]:
    """Versions that must not go to production, for their data were withdrawn; none of a model that nobody chooses."""
    from resources import matching, matching_model, sentiment, sentiment_model

    known = {
        sentiment_model.MODEL: sentiment.withdrawn_versions,
        matching_model.MODEL: matching.withdrawn_versions,
    }
    return known[scope.model](scope) if scope.model in known else set()


def _next(industry: str) -> None:
    out.print(f"Next: `market-research run --industry {industry}` works by it.")
