"""How an industry's request says that documents are to be read: declared sources, rules, and the rules' lookups.

A lookup is a document of the industry like any other, by its path; its bytes come from the lake.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from market_research.connectors.declared import DeclaredSource, SqlSource, source_of
from market_research.errors import NotFound, UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.transforming import lookups
from market_research.transforming.apply import Reference
from market_research.transforming.plan import (
    PRIVATE,
    RuleSet,
    companies_of,
    fingerprint,
    lookups_needed,
    names_companies,
    rules_for,
)
from market_research.transforming.session import Session
from resources.lake import Lake
from resources.received import received
from resources.registry import Registry


@dataclass(frozen=True)
class Declarations:
    """The request of one industry, and the documents that lie at its lookups' paths (SHA-256 by path).

    ``session`` is the process for the rules' SQL, which whoever reads documents must close.
    """

    lake: Lake
    request: ResearchRequest
    contents: Mapping[str, str]
    session: Session = field(default_factory=Session)

    def rules(self, source: str, path: str) -> tuple[RuleSet, ...]:
        """The rules for a document."""
        return rules_for(self.request, source, path)

    def is_lookup(self, path: str) -> bool:
        return path in self.contents

    def declaration(self, source: str, path: str) -> str | None:
        """A hash of all that decides how a document is read, as far as it is declared; None if nothing is."""
        if source not in PRIVATE:
            return None
        own = source_of(self.request, source, path.removeprefix(f"fetched/{source}/"))
        sets = self.rules(source, path)
        # Of ten thousand documents most are read alike.
        alike = (own and own.name, tuple(item.label for item in sets), self.is_lookup(path))
        if alike not in self._hashes:
            self._hashes[alike] = self._hash(own, sets, is_lookup=self.is_lookup(path))
        return self._hashes[alike]

    def _hash(self, own: DeclaredSource | None, sets: tuple[RuleSet, ...], *, is_lookup: bool) -> str | None:
        said = None if own is None or isinstance(own, SqlSource) else own.model_dump(mode="json", exclude={"rules"})
        if said is None and not sets and not is_lookup:
            return None
        needed = {name: self.request.lookups.get(name) for name in sorted(lookups_needed(sets))}
        files = [(n, lookup and [lookup.model_dump(), self.contents.get(lookup.file)]) for n, lookup in needed.items()]
        companies = [company.model_dump() for company in self.request.companies] if names_companies(sets) else []
        return fingerprint(sets, said, files, companies, is_lookup)

    def reference_for(self, sets: tuple[RuleSet, ...]) -> Callable[[], Reference]:
        """What these rules may look things up in, read when it is asked for.

        Raises (when it is called):
            UnreadableDocument: a lookup's file is not there, or cannot be read as one.
        """

        def read() -> Reference:
            wanted = lookups_needed(sets)
            tables = {name: table for name, table in self._given.items() if name in wanted}
            tables |= {name: self._lookup(name) for name in sorted(wanted) if name in self.request.lookups}
            return Reference(companies_of(self.request), tables, self.session)

        return read

    @cached_property
    def _hashes(self) -> dict[object, str | None]:
        return {}

    @cached_property
    def _given(self) -> dict[str, pl.DataFrame]:
        return lookups.given(companies_of(self.request))

    @cached_property
    def _read(self) -> dict[str, pl.DataFrame]:
        return {}

    def _lookup(self, name: str) -> pl.DataFrame:
        if name not in self._read:
            declared = self.request.lookups[name]
            try:
                content = self.lake.get_raw(self.contents[declared.file])
            except (KeyError, NotFound):
                raise UnreadableDocument(
                    f"the lookup {name} names {declared.file}, which is not among the industry's documents; put it "
                    "into the inbox, then `market-research quarantine retry`."
                ) from None
            self._read[name] = lookups.read_lookup(name, declared, content)
        return self._read[name]


def declarations(lake: Lake, industry: str) -> Declarations | None:
    """What an industry's request declares; None where it has no request, or one without anything of the kind."""
    registry = Registry(lake)
    if industry not in registry.known():
        return None
    request = registry.get(industry)
    if not (request.sources or request.transformations or request.lookups):
        return None
    paths = [lookup.file for lookup in request.lookups.values()]
    contents = {}
    if paths:
        contents = dict(received(lake, industry).filter(pl.col("path").is_in(paths)).select("path", "sha256").rows())
    return Declarations(lake, request, contents)
