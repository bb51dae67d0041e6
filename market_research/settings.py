"""Configuration: defaults, then ``market_research.yaml``, then ``.env``, then the environment.

Every variable is prefixed with ``MARKET_RESEARCH_``. All paths hang on ``home``.
"""

from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where things live and which optional services are used."""

    model_config = SettingsConfigDict(
        env_prefix="MARKET_RESEARCH_",
        env_file=".env",
        yaml_file="market_research.yaml",
        extra="ignore",
        frozen=True,
    )

    home: Path = Field(Path("data"), description="Folder that holds everything the program makes.")
    max_file_mb: int = Field(200, ge=1, description="Larger files are refused at the door.")
    refresh_cron: str = Field("0 6 * * 1", description="When the refresh schedule runs (UTC).")
    sensor_seconds: int = Field(30, ge=1, description="How often sensors look for new files and requests.")
    freshness_hours: float = Field(24 * 8, gt=0, description="A report older than this is called stale in the UI.")
    sec_url: str = Field("https://data.sec.gov", description="Where company facts are fetched from.")
    user_agent: str = Field(
        "market-research (set MARKET_RESEARCH_USER_AGENT to your name and e-mail)",
        description="Who fetches; SEC EDGAR requires a name and an e-mail address.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, YamlConfigSettingsSource(settings_cls)

    @property
    def is_named(self) -> bool:
        """True if the user has said who asks: sources are then asked by the clock."""
        return self.user_agent != Settings.model_fields["user_agent"].default

    @cached_property
    def root(self) -> Path:
        """Absolute form of ``home``; relative ones count from the working directory."""
        return self.home.expanduser().resolve()

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def requests(self) -> Path:
        return self.root / "requests"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def vectors(self) -> Path:
        return self.root / "vectors"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"


def load() -> Settings:
    """Settings as the environment has them now."""
    return Settings()


SQL_FOLDER = PROJECT_ROOT / "sql"
TEMPLATES_FOLDER = PROJECT_ROOT / "templates"
SAMPLE_FOLDER = PROJECT_ROOT / "sample"
