"""A scripted server, and fetchers that may reach it and are quick to try again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from market_research.connectors.http import FetchConfig, PoliteFetcher, open_fetcher

from .loopback import Loopback, serving


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as made:
        yield made


@pytest.fixture
def fetcher(server: Loopback, tmp_path: Path) -> Iterator[Callable[..., PoliteFetcher]]:
    """A function that opens a fetcher for the server; its keyword arguments change the configuration."""
    with ExitStack() as stack:

        def opened(**changes: Any) -> PoliteFetcher:
            values: dict[str, Any] = {
                "user_agent": "market-research tests test@example.com",
                "cache_folder": tmp_path / "http",
                "default_rate": 1000.0,
                "allowed_hosts": frozenset({f"127.0.0.1:{server.port}"}),
                "attempts": 3,
                "backoff_seconds": 0.02,
                "attempt_seconds": 5.0,
                "total_seconds": 10.0,
            }
            return stack.enter_context(open_fetcher(FetchConfig(**(values | changes))))

        yield opened
