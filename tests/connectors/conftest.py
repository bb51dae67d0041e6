"""A scripted server, and fetchers that may reach it and are quick to try again."""

from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from market_research.connectors.base import Context
from market_research.connectors.http import FetchConfig
from market_research.connectors.http.fetcher import PoliteFetcher, open_fetcher

from .loopback import Loopback, serving
from .postgres import NoPostgres, running


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL that tests may fill; skips where there is none."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(running())
        except NoPostgres as error:
            pytest.skip(str(error))
        yield url


@pytest.fixture
def context(fetcher: Callable[..., PoliteFetcher]) -> Callable[..., Context]:
    """A function that makes the context of a fetch from mirrors, held paths and variables."""

    def made(
        mirrors: dict[str, str] | None = None,
        *,
        as_of: date = date(2024, 6, 30),
        held: Container[str] = (),
        env: dict[str, str] | None = None,
        **changes: Any,
    ) -> Context:
        opened = fetcher(mirrors=mirrors or {}, attempts=2, **changes)
        return Context(opened, as_of, held.__contains__, (env or {}).get)

    return made
