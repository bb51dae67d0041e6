"""Configuration: defaults, then ``market_research.yaml``, then ``.env``, then the environment.

Every variable is prefixed with ``MARKET_RESEARCH_``. All paths hang on ``home``.
"""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)


def _listed(value: object) -> object:
    """``a, b`` as the environment writes lists."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Format = Literal["pdf", "html", "docx", "md", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)

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
    lake_url: str = Field("", description="Object store for the lake, e.g. s3://bucket/prefix; empty is a folder here.")
    lake_options: dict[str, Any] = Field(
        default_factory=dict,
        repr=False,  # may hold keys
        description="Arguments of fsspec for the object store, as JSON; keys are better set in fsspec's own variables.",
    )
    max_file_mb: int = Field(
        200, ge=1, description="Larger files are refused at the door; price tables may be ten times as large."
    )
    refresh_cron: str = Field("0 6 * * 1", description="When the refresh schedule runs (UTC).")
    evaluation_cron: str = Field("0 5 * * *", description="When trained models are looked at that are due (UTC).")
    critical_models: Listed = Field(
        ("review sentiment",),
        description="Trained models (review sentiment, matching, demand) looked at daily, divided by commas; the "
        "others weekly.",
    )
    sensor_seconds: int = Field(30, ge=1, description="How often sensors look for new files and requests.")
    freshness_hours: float = Field(24 * 8, gt=0, description="A report older than this is called stale in the UI.")
    user_agent: str = Field(
        "market-research (set MARKET_RESEARCH_USER_AGENT to your name and e-mail)",
        description="Who fetches; SEC EDGAR requires a name and an e-mail address.",
    )

    formats: Annotated[tuple[Format, ...], NoDecode, BeforeValidator(_listed)] = Field(
        FORMATS, min_length=1, description="Forms of every report (divided by commas); JSON is always made."
    )

    prompts: Path | None = Field(
        None, description="Folder of own prompts, laid over the shipped ones by name; unset is prompts/ under home."
    )

    guard: Literal["strict", "moderate", "permissive"] = Field(
        "moderate", description="How much the guard lets through, of what is typed and of documents' texts to writers."
    )

    source_variables: Listed = Field(
        (), description="Environment variables that sources declared in requests may read (divided by commas)."
    )
    http_allowed_networks: Listed = Field(
        (), description="Private networks that may be fetched from, such as 10.20.0.0/16 (divided by commas)."
    )
    http_allowed_hosts: Listed = Field(
        (), description="Hosts (name, or name:port) that may be fetched from whatever address they have."
    )
    http_mirrors: dict[str, str] = Field(
        {}, description="Base URLs that stand in for hosts: {data.sec.gov: https://mirror.example.com/sec}."
    )
    http_connect_seconds: float = Field(10.0, gt=0, description="How long to wait for a connection.")
    http_attempt_seconds: float = Field(120.0, gt=0, description="How long one attempt at an answer may take in all.")
    http_total_seconds: float = Field(600.0, gt=0, description="How long one question may take with all its attempts.")
    http_attempts: int = Field(5, ge=1, le=20, description="Attempts at one question before its last copy is used.")
    http_backoff_seconds: float = Field(
        1.0, gt=0, description="Wait before the second attempt; it doubles before each further one."
    )
    http_cache_mb: int = Field(4096, ge=1, description="Size of the store of earlier answers; the oldest leave first.")

    llm: str = Field(
        "", description="Language model that writes, by LiteLLM's name (openai/gpt-4o-mini); empty: the offline writer."
    )
    llm_fast: str = Field("", description="A cheaper model for small questions; empty is the same.")
    llm_fallbacks: Listed = Field((), description="Models asked in this order where one fails (divided by commas).")
    llm_api_base: str = Field("", description="URL that stands in for the model's provider.")
    llm_endpoints: Path | None = Field(
        None, description="YAML file of endpoints that LiteLLM does not speak; their models are endpoint/NAME/MODEL."
    )
    llm_models: dict[str, dict[str, Any]] = Field(
        {},
        description="What LiteLLM does not know of models, or knows wrongly: input_usd and output_usd (dollars per "
        "million tokens), context_tokens, answer_tokens, json_schema (JSON).",
    )
    llm_attempt_seconds: float = Field(120.0, gt=0, description="How long one attempt at an answer may take.")
    llm_total_seconds: float = Field(600.0, gt=0, description="How long one call may take with its attempts and waits.")
    llm_attempts: int = Field(4, ge=1, le=20, description="Attempts at one model before the next one is asked.")
    llm_backoff_seconds: float = Field(1.0, gt=0, description="Wait before the second attempt; it doubles each time.")
    llm_concurrency: int = Field(
        32, ge=1, description="Calls that may be under way at once; a model on your own machine may want fewer."
    )
    llm_requests_per_minute: int = Field(0, ge=0, description="Requests a minute to one model; 0 is no limit.")
    llm_tokens_per_minute: int = Field(0, ge=0, description="Tokens a minute of one model, both ways; 0 is no limit.")
    llm_run_usd: float = Field(5.0, ge=0, description="Dollars that one run may spend; 0 is no limit.")
    llm_month_usd: float = Field(50.0, ge=0, description="Dollars that all runs of a month may spend; 0 is no limit.")
    llm_cache_days: float = Field(30.0, ge=0, description="How long an answer is used again for the same prompt.")

    widen_searches: bool = Field(
        False,
        description="Widen a section's searches by the industry's vocabulary and by the fast model. Off, because on "
        "the questions of `make bench NAME=retrieval` the vocabulary made the search find less.",
    )

    frameworks: Literal["rules", "model"] = Field(
        "model",
        description="Who finds rows of SWOT, five forces and PESTEL where a model is configured: rules alone cost "
        "nothing, the model about four calls for each source of a company.",
    )

    embeddings: str = Field(
        "",
        description="Embedding model of the search, by LiteLLM's name (openai/text-embedding-3-small); empty: "
        "all-MiniLM-L6-v2 on this machine.",
    )
    embeddings_api_base: str = Field("", description="URL that stands in for the embedding model's provider.")

    answer_days: float = Field(30.0, ge=0, description="How long an answer is given again to similar questions.")

    @field_validator("lake_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        if value and "://" not in value:
            raise ValueError(f"{value!r} is no URL such as s3://bucket/prefix; leave it empty for a folder under home")
        if value.startswith(("file:", "local:")):
            raise ValueError(f"{value!r} is a folder; leave lake_url empty and set home instead")
        return value

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
        """The lake, where it is a folder of this machine."""
        return self.root / "lake"

    @property
    def lake_cache(self) -> Path:
        """Where tables of a lake in an object store are kept for reading, apart for each store."""
        return self.root / "cache" / f"lake-{hashlib.sha256(self.lake_url.encode()).hexdigest()[:8]}"

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
    def own_prompts(self) -> Path:
        return self.root / "prompts" if self.prompts is None else self.prompts.expanduser().resolve()

    @property
    def prompt_secret(self) -> Path:
        """The key of the marks that fence outside text in prompts; made at first use."""
        return self.root / "prompt-secret"

    @property
    def http_cache(self) -> Path:
        return self.root / "http"

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
