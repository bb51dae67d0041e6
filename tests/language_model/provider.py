"""A language model's server on this machine that speaks the OpenAI wire format, and says what a test tells it to.

``Provider.behave`` takes a function from what was asked to what is answered: honest, sloppy or a lie. ``script`` puts
answers in a line before it, each taken once. Chat completions come whole or as a stream, with usage; embeddings are
vectors that follow from the text. It counts what it is asked, when, and how much of it at once.
"""

import base64
import hashlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIECE = 16
DIMENSIONS = 64


@dataclass(frozen=True)
class Asked:
    """What came in; ``at`` are seconds of the monotonic clock."""

    at: float
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, str]]:
        return self.body.get("messages", [])

    @property
    def texts(self) -> list[str]:
        """The texts to embed."""
        given = self.body.get("input", [])
        return [given] if isinstance(given, str) else given

    @property
    def last(self) -> str:
        """The text of the last message."""
        return self.messages[-1]["content"] if self.messages else ""

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema that the answer must fit, if one was sent."""
        return ((self.body.get("response_format") or {}).get("json_schema") or {}).get("schema")


@dataclass(frozen=True)
class Say:
    """An answer. ``cut`` ends the connection after so many characters, ``unfinished`` ends the stream there politely.

    ``pause`` are the seconds before the answer, ``drip`` those between the pieces of a stream.
    """

    text: str
    finish: str = "stop"
    refusal: str | None = None
    usage: bool = True
    pause: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    unfinished: int | None = None


@dataclass(frozen=True)
class Fail:
    """An error in the provider's own words."""

    status: int
    message: str = "The server had an error while processing your request."
    kind: str = "server_error"
    code: str | None = None
    retry_after: str | None = None


@dataclass(frozen=True)
class Raw:
    """Bytes that are no answer at all."""

    body: bytes
    status: int = 200
    media_type: str = "application/json"


Reply = Say | Fail | Raw
Behaviour = Callable[[Asked], Reply | str]


def as_json(value: Any, **how: Any) -> Say:
    """An answer that is JSON."""
    return Say(json.dumps(value), **how)


def refuse(text: str = "I can't help with that.") -> Say:
    return Say("", refusal=text)


def busy(retry_after: str | None = None) -> Fail:
    """Too many requests, for now."""
    return Fail(429, "Rate limit reached for requests.", "requests", "rate_limit_exceeded", retry_after)


def no_quota() -> Fail:
    """Too many requests, for good."""
    said = "You exceeded your current quota, please check your plan and billing details."
    return Fail(429, said, "insufficient_quota", "insufficient_quota")


def unknown_model(name: str) -> Fail:
    return Fail(404, f"The model `{name}` does not exist.", "invalid_request_error", "model_not_found")


def sloppy(behaviour: Behaviour) -> Behaviour:
    """The same answers with talk around them and JSON in a code fence."""

    def talkative(asked: Asked) -> Reply | str:
        reply = behaviour(asked)
        text = reply if isinstance(reply, str) else reply.text if isinstance(reply, Say) else None
        if text is None:
            return reply
        return f"Sure! Here is what you asked for {{as requested}}:\n\n```json\n{text}\n```\nAnything else?"

    return talkative


def tokens_of(text: str) -> int:
    """Tokens as this server counts them."""
    return max(1, len(text) // 4)


class _Server(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the play."""


@dataclass
class Provider:
    """The server; ``models`` are the names that it knows, all if empty; ``key`` is the only one that it accepts."""

    models: frozenset[str] = frozenset()
    key: str = ""
    asked: list[Asked] = field(default_factory=list)
    now: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self._line: list[Reply | Behaviour] = []
        self._behaviour: Behaviour = lambda asked: f"You said: {asked.last}"
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """The API base."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def behave(self, behaviour: Behaviour) -> None:
        """What is answered when no scripted answer is left."""
        self._behaviour = behaviour

    def script(self, *replies: Reply | Behaviour) -> None:
        """Answers for the next requests, each used once."""
        with self._lock:
            self._line.extend(replies)

    def reply_to(self, asked: Asked) -> Reply:
        """Say what a request gets: what is wrong with it, the next of the script, or what the behaviour gives."""
        with self._lock:
            self.asked.append(asked)
            model = str(asked.body.get("model"))
            if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
                shown = asked.headers.get("authorization", "").removeprefix("Bearer ")
                message = f"Incorrect API key provided: {shown}."
                return Fail(401, message, "invalid_request_error", "invalid_api_key")
            if self.models and model not in self.models:
                return unknown_model(model)
            chosen = self._line.pop(0) if self._line else self._behaviour
        reply = chosen if isinstance(chosen, Say | Fail | Raw) else chosen(asked)
        return Say(reply) if isinstance(reply, str) else reply

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            yield
        finally:
            with self._lock:
                self.now -= 1

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(**how: Any) -> Iterator[Provider]:
    """A provider that ends with the block."""
    provider = Provider(**how)
    try:
        yield provider
    finally:
        provider.close()


def _usage(asked: Asked, say: Say) -> dict[str, int]:
    sent = tokens_of("".join(message["content"] for message in asked.messages))
    received = tokens_of(say.text) if say.text else 0
    return {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}


def _completion(asked: Asked, say: Say) -> dict[str, Any]:
    message = {"role": "assistant", "content": None if say.refusal else say.text, "refusal": say.refusal}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": say.finish}
    usage = {"usage": _usage(asked, say)} if say.usage else {}
    return {**_head(asked, "chat.completion"), "choices": [choice], **usage}


def _head(asked: Asked, kind: str) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps(asked.body, sort_keys=True).encode()).hexdigest()
    return {"id": f"chatcmpl-{digest[:24]}", "object": kind, "created": 1_750_000_000, "model": asked.body.get("model")}


def _chunks(asked: Asked, say: Say) -> Iterator[dict[str, Any]]:
    """The chunks of a stream, the one with the usage last, as OpenAI sends them."""
    head = _head(asked, "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield chunk({"role": "assistant", "content": ""})
    if say.refusal:
        yield chunk({"refusal": say.refusal})
    limit = len(say.text) if say.cut is None and say.unfinished is None else say.cut or say.unfinished or 0
    step = max(PIECE, len(say.text) // 500)
    for start in range(0, limit, step):
        yield chunk({"content": say.text[start : min(start + step, limit)]})
    if limit < len(say.text):
        return
    yield chunk({}, say.finish)
    if say.usage and (asked.body.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": _usage(asked, say)}


def embedding_of(text: str) -> list[float]:
    """A unit vector that follows from the words of a text: equal texts have equal ones, similar texts similar ones."""
    vector = [0.0] * DIMENSIONS
    for word in text.lower().split():
        digest = hashlib.sha256(word.encode()).digest()
        vector[digest[0] % DIMENSIONS] += 1.0 if digest[1] % 2 else -1.0
    length = sum(value * value for value in vector) ** 0.5 or 1.0
    return [value / length for value in vector]


def _as_asked(vector: list[float], body: dict[str, Any]) -> list[float] | str:
    """Floats, or what OpenAI sends for ``base64``: the bytes of little-endian floats of four bytes."""
    if body.get("encoding_format") != "base64":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _embeddings(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("input", [])
    texts: Sequence[str] = [given] if isinstance(given, str) else given
    rows = [
        {"object": "embedding", "index": i, "embedding": _as_asked(embedding_of(text), body)}
        for i, text in enumerate(texts)
    ]
    sent = sum(map(tokens_of, texts))
    usage = {"prompt_tokens": sent, "total_tokens": sent}
    return {"object": "list", "data": rows, "model": body.get("model"), "usage": usage}


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(time.monotonic(), self.path, headers, body)
            try:
                with provider.counted():
                    self._answer(asked, provider.reply_to(asked))
            except OSError:
                self.close_connection = True

        def _answer(self, asked: Asked, reply: Reply) -> None:
            if isinstance(reply, Raw):
                self._send(reply.body, reply.status, {"Content-Type": reply.media_type})
            elif isinstance(reply, Fail):
                error = {"message": reply.message, "type": reply.kind, "param": None, "code": reply.code}
                later = {"Retry-After": reply.retry_after} if reply.retry_after else {}
                self._send(json.dumps({"error": error}).encode(), reply.status, later)
            elif self.path == "/v1/embeddings":
                if provider.closing.wait(reply.pause):
                    self.close_connection = True
                else:
                    self._send(json.dumps(_embeddings(asked.body)).encode(), cut=reply.cut)
            elif self.path != "/v1/chat/completions":
                self._send(b'{"error": {"message": "Invalid URL", "type": "invalid_request_error"}}', 404)
            elif provider.closing.wait(reply.pause):
                self.close_connection = True
            elif asked.body.get("stream"):
                self._stream(asked, reply)
            else:
                content = json.dumps(_completion(asked, reply)).encode()
                self._send(content, cut=reply.cut)

        def _send(
            self, body: bytes, status: int = 200, headers: dict[str, str] | None = None, *, cut: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if cut is None else body[:cut])
            if cut is not None:
                self._hang_up()

        def _stream(self, asked: Asked, say: Say) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for chunk in _chunks(asked, say):
                self._event(json.dumps(chunk))
                if say.drip and provider.closing.wait(say.drip):
                    return
            if say.cut is not None:
                self._hang_up()
                return
            if say.unfinished is None:
                self._event("[DONE]")
            self.wfile.write(b"0\r\n\r\n")

        def _event(self, data: str) -> None:
            line = f"data: {data}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.flush()

        def _hang_up(self) -> None:
            self.close_connection = True
            with suppress(OSError):
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
