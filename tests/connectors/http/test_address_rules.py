"""Which addresses are met: private ones, redirects, mirrors, certificates and names that change."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from market_research.connectors.base import FetchFailed
from market_research.connectors.http.fetcher import PoliteFetcher

from ..loopback import Loopback, as_json, redirect, serving

Open = Callable[..., PoliteFetcher]
GOOD = as_json({"rows": [1, 2, 3]})


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.2/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[fec0::1]/",
        "http://[::7f00:1]/",
        "http://224.0.0.1/",
    ],
)
def test_private_addresses_are_refused_at_once_and_behind_redirects(
    address: str, server: Loopback, fetcher: Open
) -> None:
    opened = fetcher()
    with pytest.raises(FetchFailed) as failed:
        opened.get(address)
    assert failed.value.reason == "refused"
    with pytest.raises(FetchFailed) as failed:
        opened.get(server.on("/a", redirect(address)))
    assert failed.value.reason == "refused"
    assert len(server.requests) == 1


def test_another_port_of_an_allowed_host_is_still_refused(server: Loopback, fetcher: Open) -> None:
    with serving() as other, pytest.raises(FetchFailed, match="not public"):
        fetcher().get(server.on("/a", redirect(other.on("/b", GOOD))))


def test_certificates_are_checked_against_the_name(
    server: Loopback, fetcher: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = _certificate("localhost", tmp_path)
    with serving(tls=(certificate, key)) as secure:
        secure.on("/a", GOOD)
        allowed = frozenset({f"{name}:{secure.port}" for name in ("localhost", "127.0.0.1")})
        with pytest.raises(FetchFailed, match="certificate") as failed:
            fetcher(allowed_hosts=allowed, attempts=1).get(f"https://localhost:{secure.port}/a")
        assert failed.value.reason == "unreachable"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        opened = fetcher(allowed_hosts=allowed, attempts=1)
        assert opened.get(f"https://localhost:{secure.port}/a").content == GOOD.body
        with pytest.raises(FetchFailed, match="certificate"):
            opened.get(f"https://127.0.0.1:{secure.port}/a")


def test_private_networks_can_be_allowed(server: Loopback, fetcher: Open) -> None:
    from market_research.connectors.http.config import networks_of

    opened = fetcher(allowed_hosts=frozenset(), allowed_networks=networks_of(["127.0.0.0/8"]))
    assert opened.get(server.on("/a", GOOD)).content == GOOD.body


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_checked(
    server: Loopback, fetcher: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    answers = iter(["127.0.0.1", "10.0.0.1", "10.0.0.1"])
    real = socket.getaddrinfo
    asked: list[str] = []

    def changing(host: str, *args: object, **kwargs: object) -> object:
        if host == "rebinding.example":
            asked.append(host)
            host = next(answers)
        return real(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    from market_research.connectors.http.config import networks_of

    opened = fetcher(allowed_hosts=frozenset(), allowed_networks=networks_of(["127.0.0.1/32"]))
    server.on("/a", GOOD)
    url = f"http://rebinding.example:{server.port}/a"
    assert opened.get(url).content == GOOD.body
    assert len(asked) == 1
    opened.transfer.pool.close()  # the next question needs a new connection, and the name is another place now
    got = opened.get(url)
    assert got.stale
    assert "not public" in str(got.problem)


def test_a_name_that_is_not_resolved_in_time_is_given_up(fetcher: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(8))
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="in time") as failed:
        fetcher(attempts=1, attempt_seconds=0.2).get("http://slow.example/")
    assert failed.value.reason == "unreachable"
    assert time.monotonic() - began < 5


def test_redirects_are_followed_with_relative_targets(server: Loopback, fetcher: Open) -> None:
    server.on("/deep/b", redirect("../c?x=1", 307))
    server.on("/c", GOOD)
    got = fetcher().get(server.on("/a", redirect("/deep/b", 301)))
    assert got.content == GOOD.body
    assert server.asked("/c")[0].query == {"x": "1"}


def test_a_loop_of_redirects_ends(server: Loopback, fetcher: Open) -> None:
    server.on("/b", redirect("/a"))
    with pytest.raises(FetchFailed, match="more than 5 redirects") as failed:
        fetcher().get(server.on("/a", redirect("/b")))
    assert failed.value.reason == "refused"
    assert len(server.requests) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.com/a", "javascript:alert(1)", "gopher://x"])
def test_redirects_to_other_schemes_are_refused(target: str, server: Loopback, fetcher: Open) -> None:
    with pytest.raises(FetchFailed, match="only http and https"):
        fetcher().get(server.on("/a", redirect(target)))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://x/?key=s3cret",
        "data.json",
        "",
        "http://",
        "http://a:b/",
        "http://[::1",
        "http://[x]/",
    ],
)
def test_only_web_addresses_are_fetched(url: str, fetcher: Open) -> None:
    with pytest.raises(FetchFailed) as failed:
        fetcher().get(url)
    assert failed.value.reason == "refused"
    assert "s3cret" not in str(failed.value)


def test_an_address_that_only_looks_like_one_is_refused(fetcher: Open) -> None:
    for url in ("http://exa mple.com/", "http://%zz/", "http://a..b/", "http://-/", "http://" + "a" * 300 + ".com/"):
        with pytest.raises(FetchFailed):
            fetcher(attempts=1).get(url)


def test_https_is_not_left_for_http_unless_it_began_there(server: Loopback, fetcher: Open) -> None:
    opened = fetcher(mirrors={"secure.example": server.url, "plain.example": server.url})
    server.on("/a", redirect("http://plain.example/c"))
    server.on("/b", redirect("https://secure.example/a"))
    server.on("/c", GOOD)
    with pytest.raises(FetchFailed, match="from https to http"):
        opened.get("https://secure.example/a")
    assert opened.get("http://plain.example/b").content == GOOD.body


def test_credentials_do_not_follow_a_redirect_to_another_host(server: Loopback, fetcher: Open) -> None:
    opened = fetcher(mirrors={"one.example": server.url, "two.example": server.url})
    server.on("/a", redirect("/b"))
    server.on("/b", redirect("https://two.example/c"))
    server.on("/c", GOOD)
    opened.get("https://one.example/a", headers={"Authorization": "Bearer x", "X-Api-Key": "y"})
    assert server.asked("/b")[0].headers["authorization"] == "Bearer x"
    assert not {"authorization", "x-api-key"} & set(server.asked("/c")[0].headers)


def test_a_mirror_stands_in_for_a_host_and_is_not_seen(server: Loopback, fetcher: Open) -> None:
    opened = fetcher(mirrors={"data.example": f"{server.url}/mirrored"}, allowed_hosts=frozenset())
    server.on("/mirrored/api/a", redirect(f"{server.url}/mirrored/b"))
    server.on("/mirrored/b", GOOD)
    got = opened.get("https://data.example/api/a", params={"p": "1"})
    assert got.content == GOOD.body
    assert got.url == "https://data.example/api/a?p=1"
    with pytest.raises(FetchFailed) as failed:
        opened.get("https://data.example/none")
    assert str(failed.value).startswith("https://data.example/none: ")


def _certificate(name: str, folder: Path) -> tuple[Path, Path]:
    """A certificate for a name, signed by itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret
