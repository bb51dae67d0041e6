"""One verdict on what a person typed: an instruction, a question, the value of a template's variable."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from market_research.cleaning import advice, suspicion
from market_research.errors import InvalidInput
from market_research.guard import detect, sanitise, trained

LevelName = Literal["strict", "moderate", "permissive"]


Classify = Callable[[str], tuple[float, str]]
"""From a text to the classifier's highest score of its passages, and that passage."""
CLASSIFIED_FROM = 40
"""Shorter texts are names and topics, of which the classifier knows nothing."""


@dataclass(frozen=True, slots=True)
class Level:
    """How much is let through: size in characters, the score from which a text is refused, and how much it counts that
    the text tells the model how to answer (a document must not; the person who asks may)."""

    max_chars: int
    refuse_from: float
    own: float


LEVELS: dict[LevelName, Level] = {
    "strict": Level(max_chars=4_000, refuse_from=0.5, own=1.0),
    "moderate": Level(max_chars=20_000, refuse_from=0.6, own=0.4),
    "permissive": Level(max_chars=100_000, refuse_from=0.9, own=0.0),
}

_CHARACTER_WEIGHTS = {
    sanitise.DATA_URI: ("address: data URI", 0.2),
    sanitise.SURROGATE: ("encoding", 0.0),
    # Pasted text is full of these; by themselves they say nothing.
    **{kind: (f"characters: {kind}", 0.0) for kind in (sanitise.CONTROL, sanitise.INVISIBLE, sanitise.DIRECTION)},
    sanitise.LOOK_ALIKE: (f"characters: {sanitise.LOOK_ALIKE}", 0.2),
}


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing that was noticed: by what, how much it says (0 to 1), and the words."""

    detector: str
    score: float
    excerpt: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the text may be used, as ``cleaned``; the score (0 to 1), what was noticed, and what to do about it."""

    allowed: bool
    cleaned: str
    score: float
    flags: tuple[Flag, ...]
    advice: tuple[str, ...]
    sha256: str
    level: LevelName = "moderate"


def inspect(text: str | bytes, level: LevelName = "moderate", *, classify: Classify | None = None) -> Verdict:
    """Validate, clean and judge a typed text. A text that is too long or not UTF-8 is refused with no cleaned form.

    ``classify`` is the trained classifier, for whoever has a model to embed with; it is asked about whole texts only.
    """
    limits = LEVELS[level]
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    sha256 = hashlib.sha256(raw).hexdigest()
    # Four bytes are the most that a character takes: a longer text is not even decoded.
    if len(raw) > 4 * limits.max_chars:
        return _refused(
            Flag("size", 1.0, f"{len(raw):,} bytes; at most {limits.max_chars:,} characters"), sha256, level
        )
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            return _refused(Flag("encoding", 1.0, f"byte {error.start} is not UTF-8"), sha256, level)
    if len(text) > limits.max_chars:
        return _refused(Flag("size", 1.0, f"{len(text):,} characters; at most {limits.max_chars:,}"), sha256, level)
    clean = sanitise.sanitise(text)
    found = detect.signs(text)
    found += [
        detect.Sign(*_CHARACTER_WEIGHTS[kind], f"{count} ×")
        for kind, count in clean.found.items()
        if kind in _CHARACTER_WEIGHTS
    ]
    if classify is not None and len(clean.text) >= CLASSIFIED_FROM:
        score, piece = classify(clean.text)
        found += [detect.Sign(trained.DETECTOR, score, piece)] if score >= suspicion.NOTED_FROM else []
    score = detect.score(found, limits.own)
    flags = tuple(Flag(sign.detector, round(sign.weight, 4), suspicion.shown(sign.excerpt)) for sign in found)
    return Verdict(
        allowed=score < limits.refuse_from,
        cleaned=clean.text,
        score=score,
        flags=flags,
        advice=_advice(flags),
        sha256=sha256,
        level=level,
    )


def accepted(text: str | bytes, *, where: str, level: LevelName = "moderate") -> str:
    """The cleaned text.

    Raises:
        InvalidInput: the text is refused; the message says where it stands, what was noticed and what to do.
    """
    verdict = inspect(text, level)
    if verdict.allowed:
        return verdict.cleaned
    raise InvalidInput(refusal(verdict, where))


def refusal(verdict: Verdict, where: str) -> str:
    """A refused verdict as one message."""
    noticed = "; ".join(f"{flag.detector} ({flag.excerpt})" for flag in verdict.flags if flag.score > 0)
    return f"{where} is not accepted: {noticed}. {' '.join(verdict.advice)}"


def events(verdict: Verdict, *, industry: str, where: str) -> pl.DataFrame:
    """The flags as rows of ``security_events``: no document, and a place that names the text by its hash."""
    locator = f"typed: {where}, text {verdict.sha256[:16]}"
    noted = [
        suspicion.Event(locator, flag.detector, flag.score, _action(verdict, flag), flag.excerpt)
        for flag in verdict.flags
    ]
    return suspicion.rows(noted, industry=industry, document_id=None, level=verdict.level)


def _action(verdict: Verdict, flag: Flag) -> str:
    if not verdict.allowed:
        return "refused"
    return "cleaned" if flag.detector.startswith(("characters", "address", "encoding")) else suspicion.NOTED


def _refused(flag: Flag, sha256: str, level: LevelName) -> Verdict:
    return Verdict(False, "", 1.0, (flag,), _advice((flag,)), sha256, level)


def _advice(flags: tuple[Flag, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(said for flag in flags if (said := advice.on_typed(flag.detector))))
