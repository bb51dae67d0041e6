"""Asking the process in which users' SQL runs: it knows no secret, and can be ended whatever it does."""

import io
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from market_research.transforming import sandbox
from market_research.transforming.working import RuleFailed

GRACE = 10.0
"""Seconds that an answer may take longer than the expression itself may."""


@dataclass
class Session:
    """One such process, started when first needed, and anew after it had to be ended."""

    seconds: float = sandbox.SECONDS
    _process: subprocess.Popen[bytes] | None = None
    _lookups: dict[str, pl.DataFrame] = field(default_factory=dict)
    _rows: pl.DataFrame | None = None

    def evaluate(
        self, lookups: Mapping[str, pl.DataFrame], rows: pl.DataFrame, expression: str
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """As ``sandbox.evaluate``, in the process.

        Raises:
            RuleFailed: the expression cannot be evaluated over these rows, or takes too much time or memory.
        """
        process = self._running()
        # Opening the process, reading rows and writing values takes its time too.
        timer = threading.Timer(3 * self.seconds + GRACE, process.kill)
        timer.daemon = True
        timer.start()
        try:
            self._prepare(process, lookups, rows)
            _send(process, "evaluate", text=expression)
            head = json.loads(_read_line(process))
            if "problem" in head:
                raise RuleFailed(head["problem"])
            values, failed = (pl.read_ipc(io.BytesIO(_read(process, size))) for size in head["sizes"])
        except (OSError, EOFError) as error:
            self.close()
            raise RuleFailed("the expression takes too much memory or time; make it simpler") from error
        finally:
            timer.cancel()
        return values, failed

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process, self._lookups, self._rows = None, {}, None

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            module = "market_research.transforming.sandbox_process"
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-m", module, str(self.seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
            )
        return self._process

    def _prepare(
        self, process: subprocess.Popen[bytes], lookups: Mapping[str, pl.DataFrame], rows: pl.DataFrame
    ) -> None:
        """Give the process what it does not have yet."""
        same = lookups.keys() == self._lookups.keys() and all(lookups[name] is self._lookups[name] for name in lookups)
        if not same:
            _send(process, "lookups")
            for name, frame in lookups.items():
                _send(process, "lookup", name=name, table=frame)
            self._lookups = dict(lookups)
        if rows is not self._rows:
            _send(process, "rows", table=rows)
            self._rows = rows


def _send(
    process: subprocess.Popen[bytes], do: str, *, name: str = "", text: str = "", table: pl.DataFrame | None = None
) -> None:
    content = b""
    if table is not None:
        buffer = io.BytesIO()
        table.write_ipc(buffer)
        content = buffer.getvalue()
    assert process.stdin is not None
    process.stdin.write(json.dumps({"do": do, "name": name, "text": text, "size": len(content)}).encode() + b"\n")
    process.stdin.write(content)
    process.stdin.flush()


def _read_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return line


def _read(process: subprocess.Popen[bytes], size: int) -> bytes:
    assert process.stdout is not None
    content = process.stdout.read(size)
    if len(content) < size:
        raise EOFError
    return content
