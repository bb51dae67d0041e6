"""The manners of asking over HTTP. ``fetcher.open_fetcher(config)`` gives the one fetcher there is.

What is imported here is light; the fetcher brings its HTTP library along and is imported where it is opened.
"""

from market_research.connectors.http.config import FetchConfig, HostRate, config_of
from market_research.connectors.http.redaction import Secret

__all__ = ["FetchConfig", "HostRate", "Secret", "config_of"]
