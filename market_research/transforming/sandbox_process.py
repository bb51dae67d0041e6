"""The process in which users' SQL runs, started with the seconds that one expression may take.

Messages come on its standard input, answers go to its standard output.

A message is a line of JSON (``do``, ``name``, ``text``, ``size``) and ``size`` bytes of an Arrow table:

* ``lookups``: begin anew, then ``lookup`` for each;
* ``rows``: the rows from now on;
* ``evaluate``: answered by a line of JSON with the sizes of two Arrow tables (values, failed rows) that follow it, or
  with the ``problem``.
"""

import io
import json
import resource
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import polars as pl

from market_research.transforming import sandbox
from market_research.transforming.working import ID, RuleFailed

MOST_BYTES = 2 * 2**30
"""How much may be taken beyond what the process starts with: not all of DuckDB's memory counts for its own limit."""
TOO_MUCH = "the expression needs more memory than there is for it; make it simpler"


def limit_memory() -> None:
    """From now on an allocation beyond ``MOST_BYTES`` fails, where the system can do that."""
    try:
        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MOST_BYTES, used + MOST_BYTES))
    except (OSError, ValueError):
        pass  # not Linux: DuckDB's own limit is left


def serve(received: BinaryIO, sent: BinaryIO, seconds: float) -> None:
    """Answer messages until there are no more; an expression may take so many seconds."""
    lookups: dict[str, pl.DataFrame] = {}
    rows = pl.DataFrame(schema={ID: pl.Int64})
    with ExitStack() as stack:
        box = None
        while line := received.readline():
            message = json.loads(line)
            content = received.read(message["size"])
            match message["do"]:
                case "lookups":
                    stack.close()
                    lookups, box = {}, None
                case "lookup":
                    lookups[message["name"]] = pl.read_ipc(io.BytesIO(content))
                case "rows":
                    rows = pl.read_ipc(io.BytesIO(content))
                case "evaluate":
                    if box is None:
                        box = stack.enter_context(sandbox.opened(lookups, seconds))
                    try:
                        answer: tuple[pl.DataFrame, ...] = sandbox.evaluate(box, rows, message["text"])
                        head: dict[str, object] = {}
                    except RuleFailed as error:
                        answer, head = (), {"problem": str(error)}
                    except MemoryError:
                        answer, head = (), {"problem": TOO_MUCH}
                    _send(sent, head, answer)


def _send(sent: BinaryIO, head: dict[str, object], tables: tuple[pl.DataFrame, ...]) -> None:
    contents = []
    for table in tables:
        buffer = io.BytesIO()
        table.write_ipc(buffer)
        contents.append(buffer.getvalue())
    sent.write(json.dumps({**head, "sizes": [len(content) for content in contents]}).encode() + b"\n")
    for content in contents:
        sent.write(content)
    sent.flush()


if __name__ == "__main__":
    limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer, float(sys.argv[1]))
