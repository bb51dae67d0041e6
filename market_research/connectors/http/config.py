"""How to ask: limits, patience, and which addresses may be met."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from market_research.errors import InvalidInput

if TYPE_CHECKING:
    from market_research.connectors.base import Connector
    from market_research.settings import Settings

Network = IPv4Network | IPv6Network

# Parameters of these names are secrets wherever they occur in an address.
SECRET_NAMES = frozenset(
    "access_token api-key api_key apikey app_key appid auth auth_token client_secret key passwd password secret sig "
    "signature subscription-key token".split()
)


@dataclass(frozen=True)
class HostRate:
    """Requests a second that all of these hosts together get."""

    hosts: tuple[str, ...]
    per_second: float


@dataclass(frozen=True)
class FetchConfig:
    """Everything that a fetcher is told; the defaults are those of a careful visitor.

    ``mirrors`` gives a host the base URL that stands in for it. ``allowed_networks`` are private networks that may
    be met all the same, ``allowed_hosts`` names (with or without a port) whose addresses are not looked at.
    """

    user_agent: str
    cache_folder: Path
    rates: tuple[HostRate, ...] = ()
    default_rate: float = 2.0
    mirrors: Mapping[str, str] = field(default_factory=dict)
    allowed_hosts: frozenset[str] = frozenset()
    allowed_networks: tuple[Network, ...] = ()
    secret_names: frozenset[str] = SECRET_NAMES
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    attempt_seconds: float = 120.0
    total_seconds: float = 600.0
    attempts: int = 5
    backoff_seconds: float = 1.0
    max_wait_seconds: float = 120.0
    max_redirects: int = 5
    max_bytes: int = 200 * 2**20
    breaker_failures: int = 5
    breaker_seconds: float = 60.0
    robots_seconds: float = 86_400.0
    max_crawl_delay: float = 60.0
    cache_bytes: int = 4 * 2**30


def networks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks from texts such as ``10.0.0.0/8``.

    Raises:
        InvalidInput: a text is no network.
    """
    try:
        return tuple(ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise InvalidInput(f"Not a network: {error}; write it like 10.20.0.0/16.") from error


def checked_mirrors(mirrors: Mapping[str, str]) -> dict[str, str]:
    """Mirrors with their base URLs ending without a slash.

    Raises:
        InvalidInput: a base is no http(s) URL.
    """
    made = {}
    for host, base in mirrors.items():
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise InvalidInput(f"The mirror of {host} must be an http or https URL without a query, not {base!r}.")
        made[host.lower()] = base.rstrip("/")
    return made


def config_of(settings: "Settings", connectors: Iterable["Connector"] = ()) -> FetchConfig:
    """The configuration that the settings ask for, with the rates that connectors know of their hosts.

    Raises:
        InvalidInput: a network or mirror of the settings cannot be read.
    """
    rates = [HostRate(connector.hosts, connector.rate) for connector in connectors if connector.hosts]
    return FetchConfig(
        user_agent=settings.user_agent,
        cache_folder=settings.http_cache,
        rates=tuple(rates),
        mirrors=checked_mirrors(settings.http_mirrors),
        allowed_hosts=frozenset(host.lower() for host in settings.http_allowed_hosts),
        allowed_networks=networks_of(settings.http_allowed_networks),
        connect_seconds=settings.http_connect_seconds,
        attempt_seconds=settings.http_attempt_seconds,
        total_seconds=settings.http_total_seconds,
        attempts=settings.http_attempts,
        backoff_seconds=settings.http_backoff_seconds,
        max_bytes=settings.max_file_mb * 2**20,
        cache_bytes=settings.http_cache_mb * 2**20,
    )
