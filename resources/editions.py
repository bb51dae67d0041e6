"""Making an edition: gather the evidence from the lake, write, judge, render, record."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path

import polars as pl

from market_research.analysis.base import Subject
from market_research.analysis.run import ANALYSES, as_of, derived_frame, findings_from_frame, used_facts
from market_research.cleaning.schema import (
    CLAIMS,
    CORRECTIONS,
    DOCUMENTS,
    EDITIONS,
    ENTITIES,
    FACTS,
    FINDINGS,
    QUARANTINE,
    SECURITY_EVENTS,
)
from market_research.guard import retrieved
from market_research.ids import content_id
from market_research.report.appendix import closure
from market_research.report.assemble import Edition, assemble
from market_research.report.render import render
from market_research.settings import TEMPLATES_FOLDER, Settings
from market_research.version import code_version
from market_research.writing import questions, review
from market_research.writing.evidence import Evidence, FactBook, Finding, Passage, facts_from_frame, named_offers
from market_research.writing.frameworks.progress import Notify, silent
from market_research.writing.instruction import Instruction
from market_research.writing.material import Material, Search
from market_research.writing.outline import OFFLINE
from market_research.writing.selection import narrowed
from resources import commerce, frameworks, matching, model_registry, replying, reviews, security, writing
from resources.embedding import query_vector, wanted
from resources.lake import Lake
from resources.received import received
from resources.registry import Registry
from resources.staleness import stale_sources
from resources.vectors import Vectors

LAYER = "editions"
MARTS = tuple(sorted({name for analysis in ANALYSES.values() for name in analysis.inputs}))
COMMERCE_TABLES = tuple(sorted({name for analysis in ANALYSES.values() for name in analysis.commerce}))


@dataclass(frozen=True)
class Made:
    """A finished edition and what the gate said of its sentences."""

    edition_id: str
    folder: Path
    as_of: str
    kept: int
    refused: int
    sections: int
    figures: int
    sources: int
    unchanged: bool = False


def inputs_sha256(lake: Lake, registry: Registry, industry: str, writer: str = "") -> str:
    """Hash over all that an edition is made from: documents, sidecars, corrections, request, code, SQL, templates,
    which sources' documents may be out of date, what reviewers decided, which trained models read the reviews, and what
    a model writes with (``writing.inputs``).
    """
    columns = ["document_id", "sha256", "path", "uri", "title", "publisher", "kind", "published_at", "licence"]
    documents = received(lake, industry).select(columns).sort("path")
    corrections = lake.read("corrections", CORRECTIONS, industry).sort("corrected_at", "corrected_id")
    content = json.dumps([documents.rows(), corrections.rows()], default=str)
    parts = [content, registry.fingerprint(industry), code_version()]
    # Only what is said of them: that a source was asked again and said the same makes no new edition.
    stale = stale_sources(lake, industry)
    parts += [json.dumps(stale.rows(), default=str)] if stale.height else []
    parts += [part for part in (review.fingerprint(reviews.decided(lake, industry)), writer) if part]
    matched = matching.decided(lake, industry)
    parts += [json.dumps(sorted(matched["decision_id"]))] if matched.height else []
    readers = model_registry.in_use(lake, industry)
    parts += [json.dumps(readers)] if readers else []
    changed = frameworks.newest_changes(lake, industry)
    parts += [json.dumps(changed["change_id"].to_list())] if changed.height else []
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def latest(lake: Lake, industry: str) -> dict[str, object] | None:
    """The row of the newest edition of the industry's own report, not of one that an instruction file asked for."""
    editions = lake.read(LAYER, EDITIONS, industry).filter(pl.col("instruction").is_null())
    editions = editions.sort(["created_at", "edition_id"])
    return editions.row(-1, named=True) if editions.height else None


@dataclass(frozen=True)
class Wish:
    """A report that a reader asks for: the instruction, its file's name, and the evidence ids that its query gave."""

    name: str
    asked: Instruction
    chosen: frozenset[str] | None = None

    @property
    def content(self) -> str:
        chosen = None if self.chosen is None else sorted(self.chosen)
        return json.dumps([self.name, self.asked.model_dump(mode="json"), chosen])


@dataclass(frozen=True)
class Press:
    """Where editions are made: the stores that they draw on and the folder that they go to."""

    lake: Lake
    registry: Registry
    vectors: Vectors
    settings: Settings

    def inputs_sha256(self, industry: str) -> str:
        level = "" if self.settings.guard == "moderate" else f"guard {self.settings.guard} "
        searched_by = wanted(self.settings) if self.settings.embeddings else ""
        writer = level + writing.inputs(self.settings) + searched_by
        return inputs_sha256(self.lake, self.registry, industry, writer)

    def is_current(self, industry: str) -> bool:
        """True if the newest edition was made from exactly the present inputs and its files are there.

        One that is offline though a model is configured was made while that could not write: it is tried again.
        """
        newest = latest(self.lake, industry)
        if newest is None or newest["inputs_sha256"] != self.inputs_sha256(industry):
            return False
        if self.settings.llm and newest["writer"] == OFFLINE:
            return False
        root = self.settings.reports.parent
        return all((root / str(newest[f"{kind}_path"])).is_file() for kind in {"json", *self.settings.formats})

    def make(
        self,
        industry: str,
        wish: Wish | None = None,
        *,
        now: datetime | None = None,
        run_id: str = "",
        notify: Notify = silent,
    ) -> Made:
        """Write, judge and render an edition, the industry's own or one asked for; whole or none.

        The same inputs give the same edition. Calls of a language model are booked for the run, or without one for the
        edition. ``notify`` is told how far the frameworks have come.

        Raises:
            InvalidInput: what is asked for cannot be had; the message says why.
        """
        inputs = self.inputs_sha256(industry)
        if wish:
            asked = f"{inputs}\x1f{wish.content}{replying.inputs(self.settings)}"
            inputs = hashlib.sha256(asked.encode()).hexdigest()
        edition_id = content_id("ed", industry, inputs)
        material, evidence = self.evidence(industry)
        permitted = evidence
        if wish:
            material, permitted = narrowed(material, evidence, wish.asked, wish.chosen)
        material, written = writing.write(
            self.settings, self.lake, material, permitted, run_id=run_id or edition_id, edition_id=edition_id,
            whole=evidence if wish else None, notify=notify,
        )  # fmt: skip
        answered = replying.of_readers(self, material, permitted, run_id=run_id or edition_id, edition_id=edition_id)
        written = questions.with_answers(material, written, answered)
        withheld = retrieved.rows(material.look, industry=industry)
        self.lake.write(security.WITHHELD, SECURITY_EVENTS.name, industry, withheld, part=edition_id)
        edition = Edition(edition_id, industry, material.subject.as_of, inputs)
        decided = reviews.decided(self.lake, industry)
        report, claims = assemble(written, edition, evidence, material.documents, decided, permitted)
        folder = self.settings.reports / industry / edition_id
        formats = wish.asked.formats if wish else self.settings.formats
        paths = render(report, folder, templates=TEMPLATES_FOLDER, formats=formats)
        row = {"writer": written.writer, "instruction": wish.name if wish else None}
        frameworks.record(self.lake, material, permitted, edition_id)
        self._record(industry, edition, row, claims, material, paths, now or datetime.now(UTC))
        figures = sum(block.type == "figure" for section in report.sections for block in section.blocks)
        return Made(
            edition_id=edition_id,
            folder=folder,
            as_of=report.as_of.isoformat(),
            kept=report.claims_kept,
            refused=report.claims_refused,
            sections=len(report.sections),
            figures=figures,
            sources=len(report.sources),
        )

    def evidence(self, industry: str) -> tuple[Material, Evidence]:
        """What writers of the industry's next edition work from, and what the gate judges them by.

        Facts that a writer derives from the material's book belong to the evidence at once.
        """
        material, passages = self._material(industry)
        offers = named_offers(material.book)
        return material, Evidence(
            industry=industry,
            facts=material.book.facts,
            findings={finding.finding_id: finding for finding in material.findings},
            passages=passages,
            names={name: name for name in offers} | self._names(industry),
            offers=offers,
        )

    def _mart(self, name: str, industry: str) -> pl.DataFrame:
        return pl.read_parquet(self.lake.parts("marts", name, industry))

    def _material(self, industry: str) -> tuple[Material, dict[str, Passage]]:
        facts = self.lake.read("clean", FACTS, industry)
        documents = self.lake.read("staged", DOCUMENTS, industry)
        text = pl.read_parquet(self.lake.parts("clean", "passages", industry))
        tables = {name: self._mart(name, industry) for name in MARTS}
        tables |= (sold := commerce.tables(self.lake, industry, COMMERCE_TABLES))
        tables["quarantine"] = self.lake.read("staged", QUARANTINE, industry).sort("quarantine_id")
        found = security.found(self.lake, industry)
        tables["security_events"] = found
        tables["fact_counts"] = pl.DataFrame({"reported": [facts.height], "passages": [text.height]})
        book = FactBook(industry)
        for fact in used_facts(tables, facts):
            book.add(fact)
        for analysis in ANALYSES:
            # Only what the analyses made now: facts kept for earlier editions must not speak in this one.
            for fact in facts_from_frame(self.lake.read("derived", FACTS, industry, part=analysis)):
                book.add(fact)
        findings = [
            finding
            for analysis in ANALYSES
            for path in self.lake.parts("findings", FINDINGS.name, industry)
            if path.stem == analysis
            for finding in findings_from_frame(pl.read_parquet(path))
        ]
        passages = _passages(text)
        passages |= _reviews(commerce.quoted_reviews(self.lake, industry, sold)) if sold else {}
        newest = partial(commerce.newest_record, self.lake, industry)
        subject = Subject(self.registry.get(industry), as_of(documents, facts, newest))
        search = _searcher(self.settings, self.lake, self.vectors, industry, passages)
        look = retrieved.Look(self.settings.guard, retrieved.known_of(found))
        # A finding that quotes what the guard withholds is withheld with it.
        findings = [f for f in findings if _is_sound(f, passages, look)] if sold else findings
        told = {key: passage for key, passage in passages.items() if key.startswith("rev_")}
        return Material(
            subject, tables, book, tuple(findings), documents, search, look=look, reviews=told,
            widened=self.settings.widen_searches,
        ), passages  # fmt: skip

    def _names(self, industry: str) -> dict[str, str]:
        """Forms of company names to canonical ones. Forms of one or two letters would match ordinary words."""
        entities = self.lake.read("clean", ENTITIES, industry).filter(pl.col("kind") == "company")
        names = {name: name for name in entities["name"]}
        for name, aliases in entities.select("name", "aliases").rows():
            names |= {alias: name for alias in aliases or () if len(alias) > 2 and alias not in names}
        return names

    def _record(
        self,
        industry: str,
        edition: Edition,
        about: dict[str, str | None],
        claims: pl.DataFrame,
        material: Material,
        paths: dict[str, Path],
        now: datetime,
    ) -> None:
        """Claims and the facts that the writer derived first, the edition's row last: it says that all is there."""
        self.lake.write(LAYER, CLAIMS.name, industry, claims, part=edition.edition_id)
        cited = [fact_id for ids in claims["fact_ids"].to_list() for fact_id in ids]
        cited += [fact_id for one in material.frameworks for fact_id in one.fact_ids]
        derived = [fact for fact in closure(material.book.facts, cited) if fact.made]
        self.lake.write("derived", FACTS.name, industry, derived_frame(industry, derived), part=edition.edition_id)
        before = self.lake.read(LAYER, EDITIONS, industry).sort("created_at")
        others = before.filter(pl.col("edition_id") != edition.edition_id)
        same = before.filter(pl.col("edition_id") == edition.edition_id)
        # What is compared with what: editions of the industry's own report, and those of one instruction file.
        alike = others.filter(pl.col("instruction").eq_missing(pl.lit(about["instruction"])))
        previous = (
            same["previous_edition_id"][0] if same.height else (alike["edition_id"][-1] if alike.height else None)
        )
        row = {
            **about,
            "edition_id": edition.edition_id,
            "industry": industry,
            "as_of": edition.as_of,
            "inputs_sha256": edition.inputs_sha256,
            "previous_edition_id": previous,
            "created_at": now,
            **{
                f"{kind}_path": path.relative_to(self.settings.reports.parent).as_posix()
                for kind, path in paths.items()
            },
        }
        self.lake.write(LAYER, EDITIONS.name, industry, pl.concat([others, EDITIONS.frame([row])]))
        reviews.compact(self.lake, industry)


def _passages(text: pl.DataFrame) -> dict[str, Passage]:
    columns = ("passage_id", "document_id", "text", "heading", "locator", "dated")
    return {row[0]: Passage(*row) for row in text.select(columns).rows()}


def _is_sound(finding: Finding, passages: dict[str, Passage], look: retrieved.Look) -> bool:
    quoted = [passages[i] for i in finding.passage_ids if i in passages and i.startswith("rev_")]
    return len(look.passages(quoted)) == len(quoted)


def _reviews(rows: pl.DataFrame) -> dict[str, Passage]:
    """Reviews as passages that may be quoted."""
    return {
        row["review_id"]: Passage(
            row["review_id"], row["document_id"], row["text"], row["title"] or "Review", row["locator"],
            row["written_at"].date() if row["written_at"] else None,
        )
        for row in rows.iter_rows(named=True)
    }  # fmt: skip


def _searcher(settings: Settings, lake: Lake, vectors: Vectors, industry: str, passages: dict[str, Passage]) -> Search:
    """A search over the industry's passages; the model is loaded at the first question."""

    @lru_cache(maxsize=256)
    def search(query: str, limit: int) -> list[Passage]:
        if not passages:
            return []
        vector = query_vector(settings, lake, vectors, industry, query)
        found = vectors.search(industry, query, vector, limit=limit)
        return [passages[passage_id] for passage_id in found["passage_id"] if passage_id in passages]

    return search
