"""yfinance's session, held to this program's rules: whom it may meet, how long it waits, how much it takes.

yfinance needs a session of curl_cffi, which speaks as a browser does, so the fetcher cannot stand in for it.
"""

import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

HOSTS = ("yahoo.com",)
"""Domains that may be asked, with all below them."""
REQUEST_SECONDS = 30.0
TOTAL_SECONDS = 90.0
MAX_BYTES = 32 * 2**20
MAX_REDIRECTS = 8
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class BeyondBounds(Exception):
    """An answer, or the way to it, breaks a rule."""


class NoTimeLeft(Exception):
    """All requests of a session together have taken too long."""


def bounded_session(instead: str | None = None, *, max_bytes: int = MAX_BYTES, seconds: float = TOTAL_SECONDS) -> Any:
    """A session for one question, with all its cookies, crumbs and redirects.

    ``instead`` names a server that every address is turned to (a mirror, a test). Errors of the rules reach the
    caller through yfinance: ``BeyondBounds``, ``NoTimeLeft``.
    """
    from curl_cffi.requests import Session

    ends = time.monotonic() + seconds

    class Bounded(Session):
        def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
            follow = kwargs.pop("allow_redirects", True)
            for _ in range(MAX_REDIRECTS + 1):
                response = self._one(method, url, *args, **kwargs)
                target = response.headers.get("location")
                if not follow or response.status_code not in _REDIRECTS or not target:
                    return response
                url, method = urljoin(url, target), "GET"
                for sent in ("data", "json", "params"):
                    kwargs.pop(sent, None)
            raise BeyondBounds(f"more than {MAX_REDIRECTS} redirects follow each other")

        def _one(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
            left = ends - time.monotonic()
            if left <= 0:
                raise NoTimeLeft
            check_host(url)
            if instead is None:
                check_address(url)
            body = bytearray()

            def take(chunk: bytes) -> None:
                body.extend(chunk)
                if len(body) > max_bytes:
                    raise BeyondBounds

            kwargs |= {"timeout": min(REQUEST_SECONDS, left), "allow_redirects": False, "content_callback": take}
            try:
                response = super().request(method, _turned(url, instead), *args, **kwargs)
            except Exception as error:
                if len(body) > max_bytes:  # curl tells only that its reader gave up
                    raise BeyondBounds(f"the answer is larger than {max_bytes / 2**20:.3g} MB") from error
                raise
            response.content = bytes(body)
            return response

    return Bounded() if instead else Bounded(impersonate="chrome")


def _turned(url: str, instead: str | None) -> str:
    if instead is None:
        return url
    parts, other = urlsplit(url), urlsplit(instead)
    return urlunsplit((other.scheme, other.netloc, parts.path, parts.query, ""))


def check_host(url: str, domains: Iterable[str] = HOSTS) -> None:
    """Refuse an address that is not one of the domains, by https.

    Raises:
        BeyondBounds: it is another.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or not any(host == domain or host.endswith(f".{domain}") for domain in domains):
        raise BeyondBounds(f"it leads to {parts.scheme}://{host}, which is no host of Yahoo")


def check_address(url: str) -> None:
    """Refuse a host whose name leads to an address that is not public.

    Raises:
        BeyondBounds: one of its addresses is not.
        NoNetwork: the name is not resolved.
    """
    from market_research.connectors.http.addresses import public, resolve

    host = urlsplit(url).hostname or ""
    private = next((address for address in resolve(host, 443, REQUEST_SECONDS) if not public(address)), None)
    if private is not None:
        raise BeyondBounds(f"{host} leads to the address {private}, which is not public")
