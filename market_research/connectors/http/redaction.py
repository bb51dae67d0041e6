"""Addresses and messages without the secrets that were sent along."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

HIDDEN = "***"


class Secret(str):
    """A text that is sent but never shown: as a parameter or header, the fetcher hides it whatever its name is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"


def shown_url(url: str, secret_names: Iterable[str], secrets: Iterable[str] = ()) -> str:
    """The address as it may stand in tables and messages.

    User and password are left out; values of parameters that are secret by name or by value are ``***``.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    names, values = frozenset(secret_names), frozenset(secrets)
    query = parts.query
    pairs = parse_qsl(query, keep_blank_values=True)
    if any(name.lower() in names or value in values for name, value in pairs):
        hidden = [(name, HIDDEN if name.lower() in names or value in values else value) for name, value in pairs]
        query = urlencode(hidden, safe="*")
    return without_secrets(urlunsplit((parts.scheme, host, parts.path, query, "")), values)


def secrets_of(
    params: Mapping[str, str] | None, headers: Mapping[str, str] | None, secret_names: Iterable[str]
) -> frozenset[str]:
    """Values among parameters and headers that must not be shown: by their type, by their name, or credentials."""
    names = frozenset(secret_names) | {"authorization", "proxy-authorization", "cookie", "x-api-key"}
    pairs = [*(params or {}).items(), *(headers or {}).items()]
    return frozenset(
        str(value) for name, value in pairs if value and (isinstance(value, Secret) or name.lower() in names)
    )


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret, also in its encoded form, replaced."""
    for secret in sorted(secrets, key=len, reverse=True):
        # One or two letters would be found everywhere and hide nothing.
        if len(secret) > 2:
            for form in (secret, quote(secret, safe=""), quote(secret)):
                text = text.replace(form, HIDDEN)
    return text
