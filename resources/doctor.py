"""What is installed, reachable and configured, and what to do about the rest."""

import ctypes.util
import importlib.util
import os
import shutil
import sys

import polars as pl

from market_research.errors import MarketResearchError
from resources.workspace import Workspace

OK, MISSING, NOTE = "ok", "missing", "note"
Row = tuple[str, str, str]


def examine(workspace: Workspace, *, ask: bool = False) -> pl.DataFrame:
    """One row a subject: state (ok, missing, note) and what it means or what to do.

    ``ask`` puts one small question to the configured language model, which costs a fraction of a cent.
    """
    checks = (_python, _pango, _fonts, _model, _home, _disk, _lake, _warehouse, _user_interface, _agent)
    rows = [check(workspace) for check in checks]
    rows += _writers(workspace, ask=ask)
    return pl.DataFrame(rows, schema={"subject": pl.String, "state": pl.String, "detail": pl.String}, orient="row")


def _python(_: Workspace) -> Row:
    version = ".".join(map(str, sys.version_info[:3]))
    return ("Python", OK if sys.version_info >= (3, 11) else MISSING, f"{version}; 3.11 or newer is needed")


def _pango(_: Workspace) -> Row:
    found = ctypes.util.find_library("pango-1.0") or ctypes.util.find_library("pango-1.0-0")
    hint = "install it: apt-get install libpango-1.0-0 libpangoft2-1.0-0, or brew install pango"
    return ("Pango, for PDF", OK if found else MISSING, found or hint)


def _fonts(_: Workspace) -> Row:
    from matplotlib import font_manager

    names = {font.name for font in font_manager.fontManager.ttflist}
    absent = [name for name in ("Lato", "EB Garamond") if name not in names]
    if not absent:
        return ("Fonts", OK, "Lato and EB Garamond")
    return (
        "Fonts",
        NOTE,
        f"{' and '.join(absent)} missing, others stand in; apt-get install fonts-lato fonts-ebgaramond",
    )


def _model(workspace: Workspace) -> Row:
    """The embedding model in use, from what is known here; nothing is asked."""
    from market_research.retrieval import minilm
    from resources.embedding import LOCAL, wanted

    name = wanted(workspace.settings)
    if name != LOCAL:
        return _remote_model(workspace, name)
    try:
        return ("Embedding model", OK, f"{minilm.MODEL_NAME} in {minilm.package_folder()}")
    except MarketResearchError as error:
        return ("Embedding model", MISSING, str(error))


def _remote_model(workspace: Workspace, name: str) -> Row:
    from resources import models

    try:
        found = models.check_embeddings(workspace)
    except MarketResearchError as error:
        return ("Embedding model", MISSING, str(error))
    used = {at.model for key in workspace.registry.known() if (at := workspace.vectors.current(key))} - {name}
    rest = f"; some industries are still searched by {', '.join(sorted(used))} until their next run" if used else ""
    return ("Embedding model", OK if found.usable else MISSING, f"{found.detail}{rest}")


def _home(workspace: Workspace) -> Row:
    root = workspace.settings.root
    parent = next(path for path in (root, *root.parents) if path.exists())
    writable = os.access(parent, os.W_OK)
    return (
        "Data home",
        OK if writable else MISSING,
        f"{root}{'' if writable else ' cannot be written: set MARKET_RESEARCH_HOME'}",
    )


def _disk(workspace: Workspace) -> Row:
    root = workspace.settings.root
    parent = next(path for path in (root, *root.parents) if path.exists())
    free = shutil.disk_usage(parent).free / 2**30
    return ("Disk", OK if free > 2 else NOTE, f"{free:,.1f} GB free")


def _lake(workspace: Workspace) -> Row:
    """Where the lake lies; an object store is made to keep a word and to forget it."""
    lake = workspace.lake
    if lake.remote is None:
        return ("Lake", OK, f"in {lake.root}")
    try:
        lake.store.write("doctor", b"Can this be written?")
        lake.store.delete("doctor")
    except MarketResearchError as error:
        return ("Lake", MISSING, str(error))
    return ("Lake", OK, f"{lake.store.place('')} can be written; read through {lake.root}")


def _warehouse(workspace: Workspace) -> Row:
    if not workspace.settings.warehouse.is_file():
        return ("Warehouse", NOTE, "not made yet; `market-research run` makes it")
    try:
        tables = workspace.warehouse.query("SELECT count(*) FROM duckdb_tables()").item()
    except MarketResearchError as error:
        return ("Warehouse", MISSING, f"{error} Delete it and run again: it is made from the lake.")
    return ("Warehouse", OK, f"{tables} tables in {workspace.settings.warehouse}")


def _user_interface(_: Workspace) -> Row:
    found = importlib.util.find_spec("dagster_webserver") is not None
    return (
        "Dagster UI",
        OK if found else MISSING,
        "market-research ui" if found else "install the extra 'ui' (make setup)",
    )


def _agent(workspace: Workspace) -> Row:
    named = workspace.settings.is_named
    hint = "set MARKET_RESEARCH_USER_AGENT to your name and e-mail before `fetch`; SEC EDGAR asks for it"
    return ("User agent", OK if named else NOTE, workspace.settings.user_agent if named else hint)


def _writers(workspace: Workspace, *, ask: bool) -> list[Row]:
    if not workspace.settings.llm:
        offline = "offline: no language model, no key, no network; MARKET_RESEARCH_LLM names a model"
        return [("Writer", OK, offline)]
    from resources import models

    rows: list[Row] = []
    try:
        rows += [("Language model", OK if found.usable else MISSING, found.detail) for found in models.check(workspace)]
        if ask:
            rows.append(("Language model", OK, models.try_out(workspace)))
    except MarketResearchError as error:
        rows.append(("Language model", MISSING, str(error)))
    by_rules = workspace.settings.frameworks == "rules"
    who = "rules alone" if by_rules else "rules and the model; MARKET_RESEARCH_FRAMEWORKS=rules spares its calls"
    return [*rows, ("Frameworks", OK, f"SWOT, five forces and PESTEL by {who}")]
