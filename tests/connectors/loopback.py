"""A web server on this machine whose answers, good and bad, are scripted; it counts what it is asked, and when."""

import gzip
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """What came in: when (seconds of the monotonic clock), for which path, with what."""

    at: float
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """What goes out, and how badly.

    ``cut`` ends the connection after so many bytes of the announced body, ``drip`` sends a byte every so many
    seconds, ``slow_head`` does so with the headers, ``endless`` repeats the body for ever in chunks.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0
    slow_head: float = 0.0
    endless: bool = False


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the play."""


Script = Reply | Callable[[Request], Reply]


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    """A reply in JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(json.dumps(value).encode(), status, {"Content-Type": "application/json", **named})


def page(html: str, status: int = 200) -> Reply:
    """A reply that is a web page."""
    return Reply(html.encode(), status, {"Content-Type": "text/html; charset=utf-8"})


def busy(seconds: str | None = None, status: int = 429) -> Reply:
    """A reply that asks to come back later."""
    return Reply(b"later", status, {"Retry-After": seconds} if seconds is not None else {})


def redirect(target: str, status: int = 302) -> Reply:
    """A reply that leads elsewhere."""
    return Reply(b"", status, {"Location": target})


def bomb(megabytes: int) -> Reply:
    """A small packed body that unpacks into a large one."""
    packed = gzip.compress(b"0" * (megabytes * 2**20))
    return Reply(packed, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})


def tagged(body: bytes, etag: str, media_type: str = "application/json") -> Callable[[Request], Reply]:
    """Replies 304 to whoever has the body of this tag already."""

    def answer(request: Request) -> Reply:
        headers = {"ETag": etag, "Content-Type": media_type}
        if request.headers.get("if-none-match") == etag:
            return Reply(b"", 304, headers)
        return Reply(body, 200, headers)

    return answer


class Loopback:
    """Routes to scripts: each request takes the next reply of its path's script, the last one stays."""

    def __init__(self, tls: tuple[Path, Path] | None = None) -> None:
        self.requests: list[Request] = []
        self._routes: dict[str, list[Script]] = {}
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def on(self, path: str, *replies: Script) -> str:
        """Script a path (without its query), or ``*`` for all that have no script; returns its URL."""
        with self._lock:
            self._routes[path] = list(replies)
        return self.url + path

    def asked(self, path: str) -> list[Request]:
        """Requests for a path so far."""
        with self._lock:
            return [request for request in self.requests if request.path == path]

    def take(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            script = self._routes.get(request.path) or self._routes.get("*")
            if not script:
                return Reply(b"no such thing", 404)
            chosen = script.pop(0) if len(script) > 1 else script[0]
        return chosen if isinstance(chosen, Reply) else chosen(request)

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(tls: tuple[Path, Path] | None = None) -> Iterator[Loopback]:
    """A server that ends with the block; ``tls`` are a certificate and its key."""
    server = Loopback(tls)
    try:
        yield server
    finally:
        server.close()


def _handler(server: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            reply = server.take(Request(time.monotonic(), parts.path, query, headers))
            try:
                self._send(reply)
            except OSError:
                self.close_connection = True

        def _send(self, reply: Reply) -> None:
            lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{name}: {text}" for name, text in reply.headers.items())]
            if reply.endless:
                lines.append("Transfer-Encoding: chunked")
            elif reply.status != 304:
                lines.append(f"Content-Length: {len(reply.body)}")
            self._write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), reply.slow_head)
            if reply.endless:
                chunk = b"%x\r\n%s\r\n" % (len(reply.body), reply.body)
                while not server.closing.is_set():
                    self.wfile.write(chunk)
            body = reply.body if reply.cut is None else reply.body[: reply.cut]
            self._write(body, reply.drip)
            if reply.cut is not None:
                self.close_connection = True

        def _write(self, content: bytes, pause: float) -> None:
            if not pause:
                self.wfile.write(content)
                return
            for index in range(len(content)):
                if server.closing.wait(pause):
                    return
                self.wfile.write(content[index : index + 1])
                self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
