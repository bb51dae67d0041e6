"""One attempt: a request, its redirects, and the whole answer within the limits of time and size."""

import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin, urlsplit

import httpcore

from market_research.connectors.base import Reason
from market_research.connectors.http import decoding
from market_research.connectors.http.addresses import AddressRefused, Deadline, GuardedBackend, NoNetwork, OutOfTime
from market_research.connectors.http.config import FetchConfig
from market_research.connectors.http.pace import Pace

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class AttemptFailed(Exception):
    """An attempt brought no answer. ``again`` says whether another one may, ``wait`` what the server asked for;
    ``anywhere`` is False where it may be that no host at all can be reached."""

    def __init__(
        self, reason: Reason, message: str, *, again: bool, wait: float | None = None, anywhere: bool = True
    ) -> None:
        super().__init__(message)
        self.anywhere = anywhere
        self.reason = reason
        self.again = again
        self.wait = wait


@dataclass(frozen=True)
class Reply:
    """Status, headers (names in lower case) and unpacked content of the last of a chain of redirects."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes


class Transfer:
    """Connections to all hosts; safe for threads.

    It works on httpx's connection pool: there the checked address can be connected to, and no client above it
    writes whole addresses, secrets included, to the log.
    """

    def __init__(self, config: FetchConfig, pace: Pace) -> None:
        self.config = config
        self.pace = pace
        self.deadline = Deadline()
        mirrors = [urlsplit(base) for base in config.mirrors.values()]
        mirrored = {f"{base.hostname}:{base.port or _DEFAULT_PORTS[base.scheme]}" for base in mirrors}
        self.pool = httpcore.ConnectionPool(
            ssl_context=_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
            max_connections=32,
            max_keepalive_connections=16,
            keepalive_expiry=15.0,
            network_backend=GuardedBackend(self.deadline, config.allowed_hosts | mirrored, config.allowed_networks),
        )

    def attempt(
        self, url: str, headers: Mapping[str, str], *, patience: float, before: Callable[[str], None] = lambda _: None
    ) -> Reply:
        """GET, following redirects; ``before`` sees every address before it is asked and may raise.

        ``patience`` is how long to wait for the rate limit, in seconds; the answer itself has its own time.

        Raises:
            AttemptFailed: no answer in time, or one that breaks a rule.
        """
        left = self.config.attempt_seconds
        start = urlsplit(url)
        for _ in range(self.config.max_redirects + 1):
            before(url)
            host = urlsplit(url).hostname or ""
            if not self.pace.wait(host, patience):
                raise AttemptFailed("busy", f"the rate limit of {host} leaves no time for it", again=False)
            began = time.monotonic()
            reply = self._timed(url, headers, left)
            left -= time.monotonic() - began
            target = reply.headers.get("location")
            if reply.status not in REDIRECTS or not target:
                return reply
            url = self._target(url, target, start.scheme)
            if urlsplit(url).netloc != start.netloc:
                # What identifies us to one host is not for another.
                headers = {name: value for name, value in headers.items() if name.lower() in _FOR_EVERYONE}
        raise AttemptFailed(
            "refused", f"more than {self.config.max_redirects} redirects follow each other", again=False
        )

    def _timed(self, url: str, headers: Mapping[str, str], seconds: float) -> Reply:
        try:
            with self.deadline.within(seconds):
                return self._exchange(url, headers)
        except (OutOfTime, TimeoutError, httpcore.TimeoutException) as error:
            raise AttemptFailed("unreachable", "no whole answer came in time", again=True) from error
        except AddressRefused as error:
            raise AttemptFailed("refused", str(error), again=False) from error
        except httpcore.RemoteProtocolError as error:
            raise AttemptFailed("broken", f"the answer breaks off or is no HTTP ({error})", again=True) from error
        except NoNetwork as error:
            raise AttemptFailed("unreachable", f"no connection ({error})", again=True, anywhere=False) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise AttemptFailed("unreachable", f"no connection ({error})", again=True) from error
        except decoding.TooLarge as error:
            limit = f"{self.config.max_bytes / 2**20:.3g} MB"
            raise AttemptFailed("refused", f"the answer is larger than {limit}", again=False) from error
        except decoding.Damaged as error:
            raise AttemptFailed("broken", str(error), again=True) from error

    def _exchange(self, url: str, headers: Mapping[str, str]) -> Reply:
        timeouts = {
            "connect": self.config.connect_seconds,
            "read": self.config.read_seconds,
            "write": self.config.read_seconds,
            "pool": self.config.read_seconds,
        }
        address = self._mirrored(url)
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        with self.pool.stream("GET", address, headers=sent, extensions={"timeout": timeouts}) as got:
            received = {name.decode("ascii").lower(): value.decode("latin-1") for name, value in got.headers}
            if got.status in REDIRECTS or got.status == 304:
                return Reply(url, got.status, received, b"")
            declared = received.get("content-length", "")
            if declared.isdigit() and int(declared) > self.config.max_bytes:
                raise decoding.TooLarge
            coding = received.get("content-encoding", "")
            content = decoding.unpacked(got.iter_stream(), coding, self.config.max_bytes)
            return Reply(url, got.status, received, content)

    def _mirrored(self, url: str) -> httpcore.URL:
        import httpx

        parts = urlsplit(url)
        base = self.config.mirrors.get((parts.hostname or "").lower())
        if base:
            url = base + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            made = httpx.URL(url)  # puts names and paths into the form that goes over the wire
        except (httpx.InvalidURL, ValueError) as error:
            raise AttemptFailed("refused", f"the address cannot be read ({error})", again=False) from error
        return httpcore.URL(scheme=made.raw_scheme, host=made.raw_host, port=made.port, target=made.raw_path)

    def _target(self, url: str, location: str, started_with: str) -> str:
        """Where a redirect leads, checked; a mirror's own address is the address that it stands in for."""
        for host, base in self.config.mirrors.items():
            if location == base or location.startswith(f"{base}/"):
                scheme = urlsplit(url).scheme
                location = f"{scheme}://{host}{location.removeprefix(base)}"
        target = urljoin(url, location).partition("#")[0]
        problem = scheme_problem(target)
        if problem:
            raise AttemptFailed("refused", f"it redirects to another place: {problem}", again=False)
        if started_with == "https" and urlsplit(target).scheme == "http":
            raise AttemptFailed("refused", "it redirects from https to http", again=False)
        return target

    def close(self) -> None:
        """Close all connections."""
        self.pool.close()


_FOR_EVERYONE = frozenset({"user-agent", "accept", "accept-encoding", "accept-language", "host"})


def scheme_problem(url: str) -> str | None:
    """Why an address cannot be asked at all, or None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"the address cannot be read ({error})"
    if parts.scheme not in ("http", "https"):
        return "only http and https addresses are fetched"
    if not parts.hostname or port == 0:
        return "the address names no host"
    return None


@cache
def _context(*certificates: str | None) -> ssl.SSLContext:
    """Which certificates are trusted. Reading them takes as long as several answers, so it is done once."""
    import httpx

    return httpx.create_ssl_context()
