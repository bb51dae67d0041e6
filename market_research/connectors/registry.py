"""All connectors by name. A new source is a module here beside and a line in ``MODULES``."""

from functools import cache
from importlib import import_module

from market_research.connectors.base import Connector

# Each module has a constant CONNECTOR. Listed in the order in which they are asked.
MODULES: tuple[str, ...] = (
    "edgar",
    "feeds",
    "world_bank",
    "owid",
    "gdelt",
    "hacker_news",
    "wikipedia",
    "downloads",
    "federal_register",
    "openalex",
    "arxiv",
    "yahoo",
    "rest",
    "sql_database",
    "web_page",
)


@cache
def connectors() -> dict[str, Connector]:
    """Every connector by its name."""
    found = [import_module(f"market_research.connectors.{name}").CONNECTOR for name in MODULES]
    return {connector.name: connector for connector in found}
