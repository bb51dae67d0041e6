"""The workspace as the Dagster resource that assets are given: apart, so that commands need not load Dagster."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from market_research import settings as configuration
from resources import audit
from resources.workspace import Workspace


class WorkspaceResource(dg.ConfigurableResource):
    """Gives assets their workspace and holds the industry's lock for as long as the run lasts.

    ``home`` is the data home; empty takes it from ``MARKET_RESEARCH_HOME`` or the configuration file.
    """

    home: str = ""

    def workspace(self) -> Workspace:
        settings = configuration.load()
        return Workspace(settings.model_copy(update={"home": Path(self.home)}) if self.home else settings)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["WorkspaceResource"]:
        run = context.run
        industry = run.tags.get("dagster/partition") if run is not None else None
        if industry is None:
            yield self
            return
        with self.workspace().lock(industry), audit.acting_as(f"dagster run {context.run_id}"):
            yield self
