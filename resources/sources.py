"""Which connectors to ask for an industry, and asking them over one fetcher."""

from collections.abc import Callable, Sequence

from market_research.connectors.base import Connector
from market_research.connectors.registry import connectors
from market_research.errors import InvalidInput
from resources.collecting import SourceRun, collect_sources
from resources.workspace import Workspace


def chosen(names: Sequence[str] | None) -> list[Connector]:
    """The connectors of these names, or all.

    Raises:
        InvalidInput: there is no source of a name; the message lists those that there are.
    """
    known = connectors()
    for name in names or ():
        if name not in known:
            raise InvalidInput(f"There is no source {name!r}; there are {', '.join(known)}.")
    return [known[name] for name in names] if names else list(known.values())


def collect_all(
    workspace: Workspace,
    industry: str,
    asked: Sequence[Connector],
    *,
    progress: Callable[[str], None] | None = None,
) -> list[SourceRun]:
    """Ask connectors side by side, in the order of their list; those with nothing to ask are left out."""
    with workspace.lock(industry), workspace.fetcher() as fetcher:
        runs = {run.source: run for run in collect_sources(workspace, industry, asked, fetcher, progress=progress)}
    found = [runs[connector.name] for connector in asked]
    return [run for run in found if run.status != "idle"]
