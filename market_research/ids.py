"""Short ids made from content, the same on every machine and in every run.

An id is a prefix that names its kind and the first 16 hex digits of a SHA-256 (64 bits: among a
million ids the chance of any collision is about 3 in 100 million). Parts are joined with the ASCII
unit separator, which no parser lets through, so ("ab", "c") and ("a", "bc") differ.
"""

import hashlib
from typing import Literal

Kind = Literal[
    "doc", "fact", "pass", "row", "find", "claim", "ed", "ent", "sec", "req", "bad", "srun", "alert", "audit", "lin",
    "repl",
    "call", "deci", "item", "change", "mig", "ans", "prod", "rev", "pair", "model", "stage", "split", "eval", "drift",
]  # fmt: skip

SEPARATOR = "\x1f"


def content_id(kind: Kind, *parts: object) -> str:
    """Id of a record from the parts that define it; ``None`` counts as an empty part."""
    text = SEPARATOR.join("" if part is None else str(part) for part in parts)
    return f"{kind}_{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def document_id(content: bytes) -> str:
    """Id of a raw document: its bytes alone, so that the same file is one document wherever it came from."""
    return f"doc_{hashlib.sha256(content).hexdigest()[:16]}"
