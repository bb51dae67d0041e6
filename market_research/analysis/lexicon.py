"""The terms that passages are read for: topics from ``topics.yaml``, names and technologies from the request."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from market_research.industries import ResearchRequest

TERMS_SCHEMA = {"kind": pl.String(), "name": pl.String(), "pattern": pl.String(), "case_sensitive": pl.Boolean()}


@cache
def topics() -> tuple[dict[str, Any], ...]:
    """The topic lexicon: name, PESTEL dimension and words of each."""
    return tuple(yaml.safe_load(Path(__file__).with_name("topics.yaml").read_text("utf-8")))


def dimension_of(topic: str) -> str:
    """The PESTEL dimension of a topic of the lexicon."""
    return next(str(entry["dimension"]) for entry in topics() if entry["name"] == topic)


def words_of(topic: str) -> str:
    """The words that mark a topic, for searching; empty if the lexicon has no such topic."""
    found = (entry["words"] for entry in topics() if entry["name"] == topic)
    return " ".join(str(word).removesuffix("*") for words in found for word in words)


def terms(request: ResearchRequest) -> pl.DataFrame:
    """One row per term: kind (company, technology, keyword, segment, topic), name, RE2 pattern, case-sensitivity."""
    rows: list[tuple[str, str, str, bool]] = []
    for entry in topics():
        words = [str(word) for word in entry["words"]]
        rows.append(("topic", str(entry["name"]), pattern(words), False))
    for company in request.companies:
        rows.append(("company", company.name, pattern([company.name, *company.aliases]), True))
    for kind, names in (
        ("technology", request.technologies),
        ("keyword", request.keywords),
        ("segment", request.segments),
    ):
        rows += [(kind, name, pattern([name.lower()]), False) for name in names]
    return pl.DataFrame(rows, schema=TERMS_SCHEMA, orient="row").unique(["kind", "name"], maintain_order=True)


def pattern(words: list[str]) -> str:
    """A regular expression that finds any of the words as a whole; ``*`` at the end stands for any ending."""
    alternatives = []
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        stem = re.escape(word.removesuffix("*"))
        alternatives.append(stem + (r"\w*" if word.endswith("*") else ""))
    return rf"\b(?:{'|'.join(alternatives)})\b"
