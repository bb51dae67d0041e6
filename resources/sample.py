"""Filling inboxes from folders that carry a request: the bundled sample, and requests that name their data."""

from pathlib import Path

from market_research import files
from market_research.errors import InvalidInput, NotFound
from market_research.industries import ResearchRequest, read_request
from market_research.settings import SAMPLE_FOLDER
from resources import prompting
from resources.inbox import REQUEST
from resources.intake import copy_into_inbox
from resources.workspace import Workspace


def install_sample(workspace: Workspace, folder: Path = SAMPLE_FOLDER) -> list[str]:
    """Copy the sample's industries into the inbox and register them; returns their keys. Files that are the same stay.

    Raises:
        NotFound: the sample is not where it should be.
    """
    requests = sorted(folder.glob(f"*/{REQUEST}"))
    if not requests:
        raise NotFound(f"The bundled sample is missing at {folder}; run this from the project's checkout.")
    keys = []
    for path in requests:
        request = read_request(path)
        target = workspace.inbox(request.industry)
        for source in sorted(p for p in path.parent.rglob("*") if p.is_file()):
            files.write_bytes(target / source.relative_to(path.parent), source.read_bytes())
        workspace.registry.add(request)
        keys.append(request.industry)
    return keys


def accept_request(workspace: Workspace, path: Path, *, within: Path | None = None) -> ResearchRequest:
    """Register a request and copy the data that it names (relative to the file) into its industry's inbox.

    ``within`` is the folder that the data must lie in, where nobody vouches for the request.

    Raises:
        InvalidInput: not a request, a text that the guard refuses, or a path under ``data`` does not exist or leads out
            of ``within``.
    """
    request, typed = prompting.vetted(workspace, read_request(path), path.name)
    sources = [(path.parent / name).resolve() for name in request.data]
    for source, name in zip(sources, request.data, strict=True):
        if not source.exists():
            raise InvalidInput(f"{path.name} names the data {name!r}, but {source} does not exist.")
        if within is not None and not source.is_relative_to(within.resolve()):
            raise InvalidInput(f"{path.name} names the data {name!r}, which leads out of {within}.")
    workspace.registry.add(request)
    prompting.note(workspace, request.industry, typed)
    copy_into_inbox(workspace, sources, request.industry)
    return request
