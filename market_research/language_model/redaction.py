"""Keeping keys out of everything that is shown."""

import os
import re
from collections.abc import Iterable

from market_research.connectors.http.redaction import HIDDEN, without_secrets

_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_SHAPES = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|r8)[-_][\w*.\-]{6,}"  # as providers make and echo them
    r"|\bAIza[\w\-]{20,}|\bAKIA[0-9A-Z]{12,}"
    r"|(?<=Bearer )[\w*.~+/\-]{6,}=*"
    r"|(?<=://)[^/@\s]+(?=@)"
)
SHORTEST = 6
LONGEST_MESSAGE = 500


def secrets_here() -> frozenset[str]:
    """Values of the environment's variables that are keys by their name."""
    return frozenset(
        value for name, value in os.environ.items() if _NAMES.search(name) and len(value.strip()) >= SHORTEST
    )


def shown(text: str, secrets: Iterable[str]) -> str:
    """A message of somebody else's as it may stand in errors, logs and rows: one line, short, without keys."""
    line = " ".join(without_secrets(text, secrets)[: 20 * LONGEST_MESSAGE].split())
    hidden = _SHAPES.sub(HIDDEN, line)
    return hidden if len(hidden) <= LONGEST_MESSAGE else f"{hidden[:LONGEST_MESSAGE]}…"
