"""What an instruction file leaves of an industry's material: its companies, years and chosen evidence.

Nothing is computed anew: shares, ranks and growth stay those of all covered companies. What speaks of others or of
other years is left out, by the writer as far as it can, and by the gate, which then does not know these facts at all.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from market_research.errors import InvalidInput
from market_research.writing.evidence import Evidence, Fact, Finding, Passage, reported
from market_research.writing.instruction import Instruction
from market_research.writing.material import Material, Search

# Passages to look through for each one wanted: what is left out makes room for what comes after it.
FURTHER = 5


@dataclass(frozen=True)
class Selection:
    """What may be used: nothing of ``others``, of these years only, and of ``chosen`` ids if there are any."""

    others: frozenset[str] = frozenset()
    start_year: int | None = None
    end_year: int | None = None
    chosen: frozenset[str] | None = None

    def has(self, fact: Fact, book: Mapping[str, Fact]) -> bool:
        """True if the fact may be cited; a derived one if the reported ones that it was computed from were chosen."""
        if fact.entity in self.others or not self.spans(fact.fiscal_year):
            return False
        return self.chosen is None or all(one.fact_id in self.chosen for one in reported(fact, book))

    def spans(self, year: int | None) -> bool:
        return year is None or (self.start_year or year) <= year <= (self.end_year or year)

    def shows(self, passage: Passage) -> bool:
        """Undated passages are of every year."""
        dated = self.spans(passage.published_on.year if passage.published_on else None)
        return dated and (self.chosen is None or passage.passage_id in self.chosen)


@dataclass(frozen=True)
class Selected(Mapping[str, Fact]):
    """The facts of a book that a selection has, also those that are derived later."""

    facts: Mapping[str, Fact]
    selection: Selection
    _known: dict[str, bool] = field(default_factory=dict)

    def __getitem__(self, fact_id: str) -> Fact:
        fact = self.facts[fact_id]
        if fact_id not in self._known:
            self._known[fact_id] = self.selection.has(fact, self.facts)
        if not self._known[fact_id]:
            raise KeyError(fact_id)
        return fact

    def __iter__(self) -> Iterator[str]:
        return (fact_id for fact_id in self.facts if fact_id in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def select(asked: Instruction, names: Mapping[str, str], chosen: Collection[str] | None = None) -> Selection:
    """What the instruction asks for; ``names`` are all forms of company names, ``chosen`` the ids of its ``data``.

    Raises:
        InvalidInput: a company is not one of the industry's.
    """
    forms = {form.casefold(): name for form, name in names.items()}
    unknown = [name for name in asked.companies if name.casefold() not in forms]
    if unknown:
        known = ", ".join(sorted(set(names.values())))
        raise InvalidInput(f"The industry covers no company {', '.join(map(repr, unknown))}; it covers {known}.")
    wanted = {forms[name.casefold()] for name in asked.companies}
    return Selection(
        frozenset(names.values()) - wanted if wanted else frozenset(),
        asked.start_year,
        asked.end_year,
        None if chosen is None else frozenset(chosen),
    )


def narrowed(
    m: Material, evidence: Evidence, asked: Instruction, chosen: Collection[str] | None = None
) -> tuple[Material, Evidence]:
    """Material and evidence as the instruction wants them.

    Raises:
        InvalidInput: a company is not one of the industry's, or no reported fact and no passage is left.
    """
    companies = {form: name for form, name in evidence.names.items() if form not in evidence.offers}
    selection = select(asked, companies, None if chosen is None else _with_findings(chosen, evidence))
    facts = Selected(evidence.facts, selection)
    passages = {key: passage for key, passage in evidence.passages.items() if selection.shows(passage)}
    findings = tuple(f for f in m.findings if _speaks(f, facts, passages))
    if not passages and all(fact.derived for fact in facts.values()):
        raise InvalidInput(
            f"The instruction leaves nothing of {asked.industry}; widen companies, start_year, end_year or data."
        )
    wishes = {"title": asked.title, "focus_areas": asked.focus, "instructions": asked.text.strip()}
    request = m.subject.request.model_copy(update={key: value for key, value in wishes.items() if value})
    material = replace(
        m,
        subject=replace(m.subject, request=request),
        tables={name: _rows(frame, selection) for name, frame in m.tables.items()},
        findings=findings,
        search=_search(m.search, passages),
        asked=asked,
    )
    known = {key: finding for key, finding in evidence.findings.items() if finding in findings}
    return material, replace(evidence, facts=facts, findings=known, passages=passages)


def _with_findings(chosen: Collection[str], evidence: Evidence) -> frozenset[str]:
    """The chosen ids with what the chosen findings rest on."""
    found = [evidence.findings[i] for i in chosen if i in evidence.findings]
    facts = [evidence.facts[i] for finding in found for i in finding.fact_ids if i in evidence.facts]
    origins = {one.fact_id for fact in facts for one in reported(fact, evidence.facts)}
    return frozenset({*chosen, *origins, *(i for finding in found for i in finding.passage_ids)})


def _speaks(finding: Finding, facts: Mapping[str, Fact], passages: Mapping[str, Passage]) -> bool:
    return all(i in facts for i in finding.fact_ids) and all(i in passages for i in finding.passage_ids)


def _rows(frame: pl.DataFrame, selection: Selection) -> pl.DataFrame:
    for column in ("company", "entity"):
        if selection.others and column in frame.columns:
            frame = frame.filter(~pl.col(column).is_in(sorted(selection.others)))
    if "fiscal_year" in frame.columns and (selection.start_year or selection.end_year):
        low, high = selection.start_year or 0, selection.end_year or 9999
        frame = frame.filter(pl.col("fiscal_year").is_between(low, high))
    if selection.chosen is not None and "fact_id" in frame.columns:
        frame = frame.filter(pl.col("fact_id").is_in(sorted(selection.chosen)))
    return frame


def _search(search: Search, passages: Mapping[str, Passage]) -> Search:
    def among(query: str, limit: int) -> list[Passage]:
        return [p for p in search(query, limit * FURTHER) if p.passage_id in passages][:limit]

    return among
