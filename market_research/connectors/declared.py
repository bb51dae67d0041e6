"""Sources that a user declares in a request, under ``sources``: a REST API, a database, web pages.

A declaration names environment variables where a secret is needed; it never holds one. Each may carry ``rules`` for
the tables of its answers (``transforming.rules``).
"""

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from market_research.connectors.versions import steps_of
from market_research.sources.parsed import Parsed
from market_research.transforming.rules import Rules

DECLARED_KINDS = ("rest", "sql", "web_page")
"""Connectors whose sources a request declares itself, with the variables that hold their secrets."""
READ_AS_DECLARED = ("rest", "web_page")
"""Those of them whose answers are read as the request declares it: another declaration reads them anew."""

if TYPE_CHECKING:
    from market_research.industries import ResearchRequest


def _http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http or https URL")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user or password; use `auth`")
    return text


def _json_path(text: str) -> str:
    if text != "$":
        steps_of(text)
    if "*" in text:
        raise ValueError("must lead to one place; `*` is for `volatile` only")
    return text


def _volatile_path(text: str) -> str:
    steps_of(text)
    return text


def _dates_as_text(value: object) -> object:
    """YAML reads 2024-01-31 as a date; what is sent is its text."""
    return value.isoformat() if isinstance(value, date) else value


def _selector(text: str) -> str:
    import soupsieve

    css = selector_and_attribute(text)[0]
    try:
        if css:
            soupsieve.compile(css)
    except soupsieve.SelectorSyntaxError as error:
        raise ValueError(f"is no CSS selector: {str(error).splitlines()[0]}") from error
    return text


def selector_and_attribute(text: str) -> tuple[str, str | None]:
    """A field's selector and the attribute to take (``a.more@href``); without one, the text is taken."""
    css, mark, attribute = text.rpartition("@")
    if mark and re.fullmatch(r"[\w:-]+", attribute):
        return css.strip(), attribute
    return text.strip(), None


SourceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="Name of an environment variable.")]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
JsonPath = Annotated[str, AfterValidator(_json_path)]
VolatilePath = Annotated[str, AfterValidator(_volatile_path)]
Selector = Annotated[str, AfterValidator(_selector)]
Column = Annotated[str, Field(min_length=1, max_length=200)]
Scalar = Annotated[str | int | float | bool, BeforeValidator(_dates_as_text)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bearer(_Model):
    """``Authorization: Bearer <token>``."""

    kind: Literal["bearer"]
    token: Variable


class Basic(_Model):
    """User and password."""

    kind: Literal["basic"]
    user: Variable
    password: Variable


class HeaderKey(_Model):
    """A key in a header of the given name."""

    kind: Literal["header"]
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]
    value: Variable


class QueryKey(_Model):
    """A key among the parameters of the address."""

    kind: Literal["query"]
    param: Annotated[str, Field(min_length=1)]
    value: Variable


Auth = Annotated[Bearer | Basic | HeaderKey | QueryKey, Field(discriminator="kind")]


class NoPaging(_Model):
    """One answer holds everything."""

    kind: Literal["none"]


class PageNumber(_Model):
    """Pages are numbered; an empty page, or one that is not full, is the last."""

    kind: Literal["page"]
    param: str = "page"
    first: int = 1
    size_param: str | None = None
    size: Annotated[int, Field(ge=1)] | None = None


class Offset(_Model):
    """Pages start at a record's number."""

    kind: Literal["offset"]
    param: str = "offset"
    size_param: str = "limit"
    size: Annotated[int, Field(ge=1)] = 100


class Cursor(_Model):
    """Each answer holds a mark (at ``path``) to send for the next one."""

    kind: Literal["cursor"]
    param: str = "cursor"
    path: JsonPath


class LinkHeader(_Model):
    """The ``Link`` header names the next page."""

    kind: Literal["link"]


class NextUrl(_Model):
    """Each answer holds the address of the next one at ``path``."""

    kind: Literal["next_url"]
    path: JsonPath


Paging = Annotated[
    NoPaging | PageNumber | Offset | Cursor | LinkHeader | NextUrl, Field(discriminator="kind", validate_default=True)
]


class RestSource(_Model):
    """A REST API that answers GET with JSON.

    ``records`` is the path to the list of records, ``fields`` maps columns to paths inside a record (without it,
    every member is a column), ``volatile`` names members that change at every asking without meaning anything.
    """

    kind: Literal["rest"]
    name: SourceName
    title: str = ""
    publisher: str = ""
    licence: str | None = None
    url: HttpUrl
    params: dict[str, Scalar] = {}
    headers: dict[str, str] = {}
    auth: Auth | None = None
    paging: Paging = NoPaging(kind="none")
    max_pages: Annotated[int, Field(ge=1, le=10_000)] = 100
    records: JsonPath = "$"
    fields: dict[Column, JsonPath] = {}
    volatile: tuple[VolatilePath, ...] = ()
    rules: Rules = ()

    @model_validator(mode="after")
    def _no_secret_in_plain_sight(self) -> "RestSource":
        secret = {"authorization", "proxy-authorization", "cookie", "x-api-key"}
        named = [name for name in self.headers if name.lower() in secret]
        if named:
            raise ValueError(f"the header {named[0]} is a secret; name its environment variable under `auth`")
        return self


class SqlSource(_Model):
    """A query to a database that SQLAlchemy reaches.

    The address stands in the variable ``url_env``, or in ``url`` without the password, which then stands in the
    variable ``password``.
    """

    kind: Literal["sql"]
    name: SourceName
    title: str = ""
    publisher: str = ""
    licence: str | None = None
    url: str | None = None
    url_env: Variable | None = None
    password: Variable | None = None
    query: Annotated[str, Field(min_length=1)]
    params: dict[str, Scalar | None] = {}
    max_rows: Annotated[int, Field(ge=1, le=50_000_000)] = 1_000_000
    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 300
    rules: Rules = ()

    @model_validator(mode="after")
    def _one_address_without_password(self) -> "SqlSource":
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give either `url` or `url_env`")
        if self.url is not None and re.match(r"[^/]+://[^/@]*:[^/@]*@", self.url):
            raise ValueError("`url` must not hold a password; name its environment variable as `password`")
        if self.url_env is not None and self.password is not None:
            raise ValueError("`password` goes with `url`, not with `url_env`")
        # The database's read-only transaction is what protects it; this only tells of mistakes early.
        text = re.sub(r"--[^\n]*|/\*.*?\*/|'[^']*'", " ", self.query, flags=re.S).strip()
        if not re.match(r"(?:select|with|values|table)\b", text, re.I) or ";" in text.rstrip("; \n\t"):
            raise ValueError("`query` must be one SELECT")
        return self


class WebPageSource(_Model):
    """Web pages whose parts are picked by CSS selectors.

    ``fields`` maps columns to selectors (``a@href`` takes an attribute, an empty selector the record itself). With
    ``each``, every element that it picks is a record; without it, a page is one record.
    """

    kind: Literal["web_page"]
    name: SourceName
    title: str = ""
    publisher: str = ""
    licence: str | None = None
    urls: Annotated[tuple[HttpUrl, ...], Field(min_length=1, max_length=1000)]
    each: Selector | None = None
    fields: Annotated[dict[Column, Selector], Field(min_length=1)]
    robots: bool = True
    rules: Rules = ()


DeclaredSource = Annotated[RestSource | SqlSource | WebPageSource, Field(discriminator="kind")]


def source_of(request: "ResearchRequest", kind: str, path: str) -> RestSource | SqlSource | WebPageSource | None:
    """The declared source that an answer of a connector (``rest``, ``<name>/page-1.json``) belongs to, or None."""
    name = path.partition("/")[0]
    return next((source for source in request.sources if (source.kind, source.name) == (kind, name)), None)


def reader_of(request: "ResearchRequest", kind: str, path: str) -> Callable[[bytes, str], Parsed] | None:
    """The function that reads an answer as the request declares it; None if its connector reads it."""
    from market_research.connectors import rest, web_page

    match source_of(request, kind, path):
        case RestSource() as source:
            return partial(rest.read_declared, source)
        case WebPageSource() as source:
            return partial(web_page.read_declared, source)
    return None


def volatile_of(request: "ResearchRequest", kind: str, path: str) -> tuple[str, ...]:
    """The members of an answer that do not make a new version (see ``versions.significant``)."""
    source = source_of(request, kind, path)
    return source.volatile if isinstance(source, RestSource) else ()
