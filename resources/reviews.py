"""What reviewers decided of claims: judged by the gate, kept in the lake, heeded by the next edition."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from market_research.cleaning.schema import CLAIM_DECISIONS, CLAIMS
from market_research.errors import InvalidInput, NotFound
from market_research.ids import content_id
from market_research.writing import gate, review
from market_research.writing.evidence import Draft, Evidence
from resources import appended, audit
from resources.lake import Lake

if TYPE_CHECKING:
    from resources.workspace import Workspace

LAYER = "reviews"
MAX_NOTE = 500


def decided(lake: Lake, industry: str) -> dict[str, review.Decision]:
    """The decisions that hold in an industry, by the key of their sentence."""
    return review.decisions(_rows(lake, industry).iter_rows(named=True))


def _rows(lake: Lake, industry: str) -> pl.DataFrame:
    rows = appended.read(lake, LAYER, CLAIM_DECISIONS, industry).drop("part")
    return rows.unique("decision_id", keep="first", maintain_order=True).sort("decided_at", maintain_order=True)


def to_review(workspace: "Workspace", edition: dict[str, Any], *, section: str | None = None) -> pl.DataFrame:
    """Claims of an edition in their order, with ``review`` as it stands now and not only when the edition was made.

    Each sentence once, as a decision holds wherever it stands. Columns of ``CLAIMS``.

    Raises:
        NotFound: the edition has no such section.
    """
    industry = str(edition["industry"])
    claims = workspace.lake.read("editions", CLAIMS, industry, part=str(edition["edition_id"]))
    if section is not None and section not in set(claims["section"]):
        known = ", ".join(claims["section"].unique(maintain_order=True))
        raise NotFound(f"The edition has no section {section!r}; there are {known}.")
    held = decided(workspace.lake, industry)
    keys = [review.key(review.drafted(row)) for row in claims.iter_rows(named=True)]
    now = [held[one].kind if one in held else None for one in keys]
    # What an edit led to bears that edit, though the decision is on the sentence that stood before.
    marked = claims.with_columns(
        review=pl.coalesce(pl.Series("now", now, dtype=pl.String), pl.col("review")), sentence=pl.Series(keys)
    )
    chosen = marked if section is None else marked.filter(pl.col("section") == section)
    return chosen.unique("sentence", keep="first", maintain_order=True).drop("sentence")


def decide(
    workspace: "Workspace",
    edition: dict[str, Any],
    claim_id: str,
    kind: review.Kind,
    *,
    new_text: str = "",
    note: str = "",
    reviewer: str = "",
    evidence: Evidence | None = None,
    now: datetime | None = None,
) -> review.Decision:
    """Record one decision on a claim of an edition. ``evidence`` spares reading it again.

    Raises:
        NotFound: the edition has no such claim.
        InvalidInput: a refused sentence cannot be approved; an edit that the gate refuses cannot stand, and says why.
    """
    industry = str(edition["industry"])
    claims = workspace.lake.read("editions", CLAIMS, industry, part=str(edition["edition_id"]))
    row = next(claims.filter(pl.col("claim_id") == claim_id).iter_rows(named=True), None)
    if row is None:
        raise NotFound(
            f"{edition['edition_id']} has no claim {claim_id!r}; "
            f"`market-research review {edition['edition_id']} --list` shows its claims."
        )
    text = " ".join(new_text.split())
    _check(kind, row, text)
    if kind == "edited":
        known = evidence or workspace.press.evidence(industry)[1]
        _check_edit(review.drafted(row), text, known)
    at = now or datetime.now(UTC)
    who = reviewer or audit.actor()
    made = {name: row[name] for name in ("claim_id", "edition_id", "section", "text")}
    made |= {name: row[name] for name in ("fact_ids", "finding_ids", "passage_ids")}
    made |= {
        "decision_id": content_id("deci", claim_id, kind, text, who, at.isoformat()),
        "industry": industry,
        "decision": kind,
        "new_text": text or None,
        "reviewer": who,
        "note": " ".join(note.split())[:MAX_NOTE] or None,
        "decided_at": at,
    }
    # Without the industry's lock: a reviewer need not wait for a run, and a row that is added disturbs none.
    appended.append(workspace.lake, LAYER, CLAIM_DECISIONS, industry, CLAIM_DECISIONS.frame([made]))
    return review.Decision(str(made["decision_id"]), kind, who, at.date(), text, str(made["note"] or ""))


def _check(kind: review.Kind, row: dict[str, Any], text: str) -> None:
    if kind == "approved" and row["verdict"] == "refused":
        raise InvalidInput(
            f"{row['claim_id']} was refused: {row['reason']}. What the evidence does not carry cannot be approved; "
            "edit it into what it does carry."
        )
    if kind == "edited" and not text:
        raise InvalidInput("An edit needs the sentence as it shall stand.")
    if kind == "edited" and text == row["text"]:
        raise InvalidInput("The edit changes nothing; approve the sentence, or word it differently.")


def _check_edit(draft: Draft, text: str, evidence: Evidence) -> None:
    verdict = gate.judge(review.edited(draft, _words(text)), evidence)
    if not verdict.kept:
        raise InvalidInput(
            f"The gate refuses this edit: it {verdict.reason}. Nothing was changed; word it differently."
        )


def _words(text: str) -> review.Decision:
    return review.Decision("", "edited", "", datetime.now(UTC).date(), text)


def compact(lake: Lake, industry: str) -> None:
    """Keep the decisions in few files; the industry's lock must be held."""
    appended.compact(lake, LAYER, CLAIM_DECISIONS, industry)
