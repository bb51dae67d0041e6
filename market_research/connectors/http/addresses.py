"""Connections to public addresses only: the address that was checked is the one that is connected to.

Names are resolved here and nowhere else, so a name that changes its address between check and connection (DNS
rebinding) gains nothing.
"""

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore

from market_research.connectors.http.config import Network
from market_research.connectors.http.network import NO_ROUTE

_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")


class AddressRefused(Exception):
    """A name leads to an address that must not be met."""


class NoNetwork(httpcore.ConnectError):
    """A name is not resolved, or no route leads to it: either may be so for all hosts."""


class OutOfTime(Exception):
    """The time for one attempt has passed."""


def public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address, or the IPv4 address that it wraps, belongs to the public Internet."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public(inner)
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast


class Deadline(threading.local):
    """When the attempt that this thread makes must be over; connections are shared, attempts are not."""

    at: float | None = None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        self.at = time.monotonic() + seconds
        try:
            yield
        finally:
            self.at = None

    def left(self, timeout: float | None) -> float | None:
        """The time for the next step.

        Raises:
            OutOfTime: there is none left.
        """
        if self.at is None:
            return timeout
        left = self.at - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left if timeout is None else min(timeout, left)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections for the pool: checks addresses, and holds each step to the attempt's deadline."""

    def __init__(self, deadline: Deadline, allowed_hosts: Iterable[str], allowed_networks: Iterable[Network]) -> None:
        self.deadline = deadline
        self.allowed_hosts = frozenset(allowed_hosts)
        self.allowed_networks = tuple(allowed_networks)
        self.plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of the host that answers; all of them must be allowed.

        Raises:
            AddressRefused: one of them is not.
            httpcore.ConnectError, httpcore.ConnectTimeout: no such name, or no address answers.
        """
        addresses = resolve(host, port, self.deadline.left(timeout))
        self.check(host, port, addresses)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                stream = self.plain.connect_tcp(
                    str(address), port, self.deadline.left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                no_route = isinstance(error.__cause__, OSError) and error.__cause__.errno in NO_ROUTE
                failure = NoNetwork(str(error)) if no_route else error
            else:
                return _DeadlineStream(stream, self.deadline)
        raise failure

    def check(self, host: str, port: int, addresses: Iterable[IPv4Address | IPv6Address]) -> None:
        """Refuse a host with an address that must not be met.

        Raises:
            AddressRefused: one of them is not public, and not allowed.
        """
        if host.lower() in self.allowed_hosts or f"{host.lower()}:{port}" in self.allowed_hosts:
            return
        for address in addresses:
            if not public(address) and not any(address in network for network in self.allowed_networks):
                raise AddressRefused(
                    f"{host} leads to the address {address}, which is not public; if it is meant, add its network to "
                    "MARKET_RESEARCH_HTTP_ALLOWED_NETWORKS"
                )


def resolve(host: str, port: int, seconds: float | None) -> list[IPv4Address | IPv6Address]:
    """All addresses of a name. The system's resolver knows no deadline, so it is asked in a thread of its own.

    Raises:
        NoNetwork: it is not resolved, or not in time.
    """
    answer: Future[list[Any]] = Future()

    def ask() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.set_exception(error)

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        found = answer.result(seconds)
    except FutureTimeout as error:
        raise NoNetwork(f"the name {host} is not resolved in time") from error
    except (OSError, UnicodeError) as error:
        raise NoNetwork(f"the name {host} cannot be resolved ({error})") from error
    # A zone (fe80::1%eth0) is no part of the address.
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


class _DeadlineStream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.deadline.left(timeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self.stream.start_tls(ssl_context, server_hostname, self.deadline.left(timeout))
        return _DeadlineStream(secured, self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)
