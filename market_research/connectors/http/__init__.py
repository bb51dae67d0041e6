"""The manners of asking over HTTP: ``open_fetcher(config)`` gives the one fetcher there is."""

from market_research.connectors.http.config import FetchConfig, HostRate, config_of
from market_research.connectors.http.fetcher import PoliteFetcher, open_fetcher
from market_research.connectors.http.redaction import Secret

__all__ = ["FetchConfig", "HostRate", "PoliteFetcher", "Secret", "config_of", "open_fetcher"]
