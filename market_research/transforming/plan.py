"""Which rules a request has for a document, and reading the document by them."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from market_research.cleaning.names import Known
from market_research.errors import UnreadableDocument
from market_research.sources import tables
from market_research.sources.grid import Table
from market_research.sources.parse import guarded, parse
from market_research.sources.parsed import Parsed
from market_research.sources.raw_tables import is_tables_alone, raw_tables
from market_research.transforming.apply import Numbered, Reference, apply
from market_research.transforming.rules import Normalise, Transformation, lookups_of
from market_research.transforming.working import RuleFailed

if TYPE_CHECKING:
    from market_research.industries import ResearchRequest

INBOX = "inbox"
PRIVATE = (INBOX, "rest", "sql", "web_page")
"""Sources whose documents rules may be for: public ones are read as they are."""


@dataclass(frozen=True)
class RuleSet:
    """Rules that belong together, and the tables of a document that they are for."""

    label: str
    rules: Transformation


def rules_for(request: "ResearchRequest", source: str, path: str) -> tuple[RuleSet, ...]:
    """The rules for a document: those of its declared source first, then the transformations that match it, in order.

    ``path`` is the document's, ``source`` says where it came from.
    """
    from market_research.connectors.declared import source_of

    if source not in PRIVATE:
        return ()
    own = path.removeprefix(f"fetched/{source}/")
    declared = None if source == INBOX else source_of(request, source, own)
    found = []
    if declared is not None and declared.rules:
        found.append(RuleSet(f"source {declared.name}", Transformation(match=declared.name, rules=declared.rules)))
    for number, transformation in enumerate(request.transformations, 1):
        if transformation.match == (declared and declared.name) or transformation.is_for(path):
            found.append(RuleSet(f"transformation {number}", transformation))
    return tuple(found)


def lookups_needed(sets: Sequence[RuleSet]) -> set[str]:
    """Names of the lookups that the rules read."""
    return {name for item in sets for name in lookups_of(item.rules.rules)}


def names_companies(sets: Sequence[RuleSet]) -> bool:
    """Whether what the rules do depends on the request's companies."""
    operations = {
        operation
        for item in sets
        for rule in item.rules.rules
        if isinstance(rule, Normalise)
        for listed in rule.columns.values()
        for operation in listed
    }
    return "company" in operations or "companies" in lookups_needed(sets)


def fingerprint(sets: Sequence[RuleSet], *others: object) -> str:
    """A hash of rules and of what else decides what they do."""
    said = [[item.label, item.rules.model_dump(mode="json")] for item in sets]
    return hashlib.sha256(json.dumps([said, *others], sort_keys=True, default=str).encode()).hexdigest()[:16]


def companies_of(request: "ResearchRequest") -> tuple[Known, ...]:
    """The companies of a request, by all their names."""
    return tuple(Known(c.name, c.ticker, c.cik, c.aliases) for c in request.companies)


def parse_by_rules(
    content: bytes,
    path: str,
    kind: str,
    *,
    source: str,
    request: "ResearchRequest",
    sets: Sequence[RuleSet],
    reference: Callable[[], Reference],
) -> Parsed | None:
    """What a document of a media type says once its tables went through the rules; None if it has no tables.

    Its text and its title stay as they are.

    Raises:
        UnreadableDocument: damaged, or a rule cannot be applied to one of its tables; the message names the rule.
    """

    def read(content: bytes, path: str) -> Parsed:
        found = raw_tables(content, path, kind, source=source, request=request)
        if not found:
            return Parsed("")
        known = reference()
        try:
            made = tables.collect([_transformed(table, sets, known) for table in found])
        except RuleFailed as error:
            raise UnreadableDocument(
                f"{path}: {error}. Change the rule or the file, then `market-research quarantine retry`."
            ) from error
        if is_tables_alone(kind, source):
            return made
        whole = parse(content, path, media_type=kind)
        return replace(
            whole, rows=made.rows, numbers=made.numbers, rejects=made.rejects, gaps=made.gaps, replaced=made.replaced,
            filled=made.filled,
        )  # fmt: skip

    parsed = guarded(read, content, path)
    return parsed if parsed.kind else None


def _transformed(table: Table, sets: Sequence[RuleSet], reference: Reference) -> Table:
    numbered = [
        Numbered(f"{item.label}, rule {number} ({rule.rule})", rule)
        for item in sets
        if item.rules.is_for_table(table.name)
        for number, rule in enumerate(item.rules.rules, 1)
    ]
    return apply(table, numbered, reference) if numbered else table
