"""A text that a document holds but does not show."""

from dataclasses import dataclass

MAX_TEXT = 20_000
"""Longer hidden texts are looked at up to here."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A hidden text: how it is hidden (the detector), the text with white space made single, and where."""

    detector: str
    text: str
    locator: str
