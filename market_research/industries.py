"""Research requests and the industries that they define.

A request is one YAML file: which industry, which companies, segments, technologies and years, and
what to stress. It is the whole definition of an industry: saving it again under the same key
changes the industry.
"""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from market_research.commerce.terms import CommerceTerms
from market_research.connectors.declared import DeclaredSource
from market_research.errors import InvalidInput
from market_research.ids import content_id
from market_research.transforming.errors import explain_all
from market_research.transforming.rules import GIVEN_LOOKUPS, Lookups, Transformation, lookups_of

KEY_PATTERN = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")


def _clean(text: str) -> str:
    """Plain text on one line: control characters and markup brackets have no place in a request."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f<>]", " ", text).split())


Text = Annotated[str, AfterValidator(_clean), Field(max_length=4000)]
Name = Annotated[str, AfterValidator(_clean), Field(min_length=1, max_length=200)]


class Company(BaseModel):
    """A company of the industry: its name in reports, and every other form of it in sources."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    ticker: Name | None = None
    cik: Annotated[str, Field(pattern=r"^\d{1,10}$")] | None = None
    aliases: tuple[Name, ...] = ()


class ResearchRequest(BaseModel):
    """What to research, and for whom. Only ``industry`` is required."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    industry: Annotated[str, Field(pattern=KEY_PATTERN.pattern)]
    title: Name | None = None
    definition: Text = ""
    segments: tuple[Name, ...] = ()
    companies: tuple[Company, ...] = ()
    technologies: tuple[Name, ...] = ()
    keywords: tuple[Name, ...] = ()
    countries: tuple[Name, ...] = ()
    metrics: tuple[Name, ...] = ()
    start_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    end_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    focus_areas: tuple[Name, ...] = ()
    instructions: Text = ""
    customer: Name | None = None
    feeds: tuple[Annotated[str, Field(pattern=r"^https?://")], ...] = ()
    sic: tuple[Annotated[str, Field(pattern=r"^\d{2,4}$")], ...] = Field((), description="SIC codes of the industry.")
    naics: tuple[Annotated[str, Field(pattern=r"^\d{2,6}$")], ...] = Field((), description="NAICS codes of it.")
    packages: tuple[Annotated[str, Field(pattern=r"^(pypi|npm):\S+$")], ...] = Field(
        (), description="Software packages whose downloads show adoption, such as pypi:numpy."
    )
    indicators: tuple[Annotated[str, Field(pattern=r"^(worldbank|owid):\S+$")], ...] = Field(
        (),
        description="Series to follow, such as worldbank:NY.GDP.MKTP.CD or owid:share-of-electricity-low-carbon.",
    )
    sources: tuple[DeclaredSource, ...] = Field(
        (), description="Private sources: REST APIs, SQL databases and web pages, each with a name of its own."
    )
    transformations: tuple[Transformation, ...] = Field(
        (), description="Rules for the tables of private sources: of files in the inbox, and of declared sources."
    )
    lookups: Lookups = Field({}, description="CSV files of the inbox that the rules' expressions may read, by name.")
    commerce: CommerceTerms = Field(
        CommerceTerms(), description="Whose offers are one's own, their currency, and limits of prices and alerts."
    )
    data: tuple[Name, ...] = Field((), description="Files or folders to ingest, relative to the request file.")
    created_on: date | None = None

    @model_validator(mode="before")
    @classmethod
    def _accept_plain_names(cls, values: Any) -> Any:
        """``competitors: [A, B]`` and ``companies: [A, B]`` are short forms of the list of objects."""
        if not isinstance(values, dict):
            return values
        values = dict(values)
        listed = [*(values.get("companies") or ()), *(values.pop("competitors", None) or ())]
        values["companies"] = [{"name": item} if isinstance(item, str) else item for item in listed]
        return {key: value for key, value in values.items() if value is not None}

    @model_validator(mode="after")
    def _years_in_order(self) -> "ResearchRequest":
        if self.start_year and self.end_year and self.start_year > self.end_year:
            raise ValueError(f"start_year {self.start_year} is after end_year {self.end_year}")
        return self

    @model_validator(mode="after")
    def _sources_told_apart(self) -> "ResearchRequest":
        names = [source.name for source in self.sources]
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated:
            raise ValueError(f"two sources are called {repeated}; each needs a name of its own")
        return self

    @model_validator(mode="after")
    def _rules_know_what_they_read(self) -> "ResearchRequest":
        names = {source.name for source in self.sources}
        known = {*GIVEN_LOOKUPS, *self.lookups}
        taken = next((name for name in (*GIVEN_LOOKUPS, "rows") if name in self.lookups), None)
        if taken:
            raise ValueError(f"a lookup cannot be called {taken}, which is there already; choose another name")
        listed = [(f"source {source.name}", source.rules) for source in self.sources]
        for number, transformation in enumerate(self.transformations, 1):
            listed.append((f"transformation {number}", transformation.rules))
            if re.fullmatch(r"[\w-]+", transformation.match) and transformation.match not in names:
                raise ValueError(
                    f"transformation {number} is for {transformation.match!r}, which is no declared source "
                    f"({', '.join(sorted(names)) or 'there is none'}); write its name, or a pattern such as crm/*.csv"
                )
        for label, rules in listed:
            for position, rule in enumerate(rules, 1):
                for unknown in sorted(lookups_of([rule]) - known):
                    raise ValueError(
                        f"{label}, rule {position} ({rule.rule}) reads {unknown!r}, which is no lookup; there are "
                        f"{', '.join(sorted(known))}; name its file under `lookups`"
                    )
        return self

    @property
    def display_title(self) -> str:
        return self.title or self.industry.replace("_", " ").replace("-", " ").capitalize()

    @property
    def request_id(self) -> str:
        return content_id("req", self.model_dump_json())


def check_key(key: str) -> str:
    """The key itself if it can name an industry.

    Raises:
        InvalidInput: it cannot.
    """
    if not KEY_PATTERN.fullmatch(key):
        raise InvalidInput(
            f"{key!r} cannot be an industry key: use lower-case letters, digits, - and _, starting with a letter or "
            "digit, for example 'cloud_software'."
        )
    return key


def parse_request(text: str, *, name: str = "request") -> ResearchRequest:
    """Read a request from YAML.

    Raises:
        InvalidInput: not YAML, or a field is unknown, missing or out of range; the message names it.
    """
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInput(f"{name} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise InvalidInput(f"{name} must be a YAML mapping with at least 'industry: <key>'.")
    try:
        return ResearchRequest.model_validate(values)
    except ValidationError as error:
        raise InvalidInput(f"{name} is not a valid request: {explain_all(error.errors())}.") from error


def read_request(path: Path) -> ResearchRequest:
    """Read a request file; errors name the file.

    Raises:
        InvalidInput: unreadable, or not a request.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"Cannot read the request {path}: {error}.") from error
    return parse_request(text, name=path.name)


def dump_request(request: ResearchRequest) -> str:
    """The request as YAML, without empty fields; ``parse_request`` of it gives the same request."""
    values = {
        key: value
        for key, value in request.model_dump(mode="json", exclude_none=True).items()
        if value not in ("", [], {})
    }
    for name, declared in (("sources", request.sources), ("transformations", request.transformations)):
        if declared:
            values[name] = [item.model_dump(mode="json", exclude_defaults=True) for item in declared]
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100)
