"""The stores of one data home."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from market_research.connectors.base import Fetcher
from market_research.settings import SQL_FOLDER, Settings
from market_research.sqlfiles import SqlTable, read_all, read_views
from resources.editions import Press, latest
from resources.lake import Lake
from resources.registry import Registry
from resources.store import RemoteStore
from resources.upkeep import DELETION
from resources.vectors import Vectors
from resources.warehouse import Published, Warehouse

if TYPE_CHECKING:
    from market_research.language_model.client import LanguageModel

# A run with this tag makes everything again, the report included.
FORCE_TAG = "market_research/force"
PUBLISHED = "published"


@dataclass(frozen=True)
class Workspace:
    """Everything under one data home."""

    settings: Settings

    @cached_property
    def lake(self) -> Lake:
        url = self.settings.lake_url
        if not url:
            return Lake(self.settings.lake)
        cache = self.settings.lake_cache
        return Lake(cache, RemoteStore(url, cache, self.settings.lake_options))

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.lake)

    @cached_property
    def vectors(self) -> Vectors:
        return Vectors(self.settings.vectors)

    @cached_property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.settings.warehouse)

    @cached_property
    def sql_tables(self) -> dict[str, SqlTable]:
        return read_all(SQL_FOLDER)

    @cached_property
    def sql_views(self) -> dict[str, SqlTable]:
        return read_views(SQL_FOLDER)

    @cached_property
    def press(self) -> Press:
        return Press(self.lake, self.registry, self.vectors, self.settings)

    @contextmanager
    def fetcher(self) -> Generator[Fetcher]:
        """The way to the network, with the rates of all known sources."""
        from market_research.connectors.http import config_of
        from market_research.connectors.http.fetcher import open_fetcher
        from market_research.connectors.registry import connectors

        with open_fetcher(config_of(self.settings, connectors().values())) as fetcher:
            yield fetcher

    @contextmanager
    def language_model(
        self, industry: str, *, run_id: str, edition_id: str | None = None
    ) -> Generator["LanguageModel"]:
        """The configured language model; its calls are booked for this industry, whose lock must be held.

        Raises:
            NoModel: none is configured, or LiteLLM is not installed.
            InvalidInput: a setting cannot be read, or names a provider that does not exist.
        """
        from resources.language_model import open_language_model

        with open_language_model(self.settings, self.lake, industry, run_id=run_id, edition_id=edition_id) as model:
            yield model

    @property
    def max_bytes(self) -> int:
        return self.settings.max_file_mb * 2**20

    def inbox(self, industry: str) -> Path:
        return self.settings.inbox / industry

    def is_up_to_date(self, industry: str) -> bool:
        """True if the newest edition is of what was collected last, its files are there, and analysts can see it."""
        if not self.press.is_current(industry):
            return False
        newest = latest(self.lake, industry)
        if newest is None or not self.settings.warehouse.is_file():
            return False
        published = self.warehouse.query(
            "SELECT count(*) FROM editions WHERE edition_id = ?", [str(newest["edition_id"])]
        )
        return bool(published.item()) and self.deletion(industry) == self.lake.read_stamp(industry, PUBLISHED)

    def publish(self, industry: str) -> Published:
        """Put the industry's state into the warehouse."""
        deletion = self.deletion(industry)
        published = self.warehouse.publish(
            self.lake,
            industry,
            self.registry.industries(),
            {table.name: table.description for table in self.sql_tables.values()},
            marts=self.sql_tables,
            views=self.sql_views.values(),
        )
        if deletion:
            self.lake.write_stamp(industry, PUBLISHED, deletion)
        return published

    def deletion(self, industry: str) -> dict[str, Any] | None:
        """What is noted of the last deletion by hand; the warehouse must have been published since."""
        return self.lake.read_stamp(industry, DELETION)

    @contextmanager
    def lock(self, industry: str) -> Generator[None]:
        """Hold an industry for one run; a second run of it waits. The system frees the lock when a process dies."""
        self.settings.locks.mkdir(parents=True, exist_ok=True)
        with FileLock(self.settings.locks / f"{industry}.lock"):
            yield
