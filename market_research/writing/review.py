"""What a reviewer decided about sentences, remembered for as long as they rest on the same evidence.

A decision is about a sentence with its evidence, not about a place in an edition: wherever the same words stand with
the same facts and passages again, it holds. Ids of evidence are hashes of content, so changed evidence has other ids,
and a decision on what was there before no longer speaks.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from market_research.writing import gate
from market_research.writing.evidence import REVIEWER, Draft, Evidence

Kind = Literal["approved", "edited", "rejected", "withdrawn"]
KINDS: tuple[Kind, ...] = ("approved", "edited", "rejected", "withdrawn")


@dataclass(frozen=True, slots=True)
class Decision:
    """What one reviewer decided of a sentence on a day; ``new_text`` is what an edited one says now."""

    decision_id: str
    kind: Kind
    reviewer: str
    decided_on: date
    new_text: str = ""
    note: str = ""

    @property
    def said(self) -> str:
        """The decision as a reason for people."""
        return f"{self.kind} by {self.reviewer} on {self.decided_on}" + (f": {self.note}" if self.note else "")


Decisions = Mapping[str, Decision]
"""Decisions that hold now, by the key of their sentence."""


def key(draft: Draft) -> str:
    """Hash of a sentence and its evidence. Findings count where nothing else is cited: their ids change every day."""
    ids = sorted((*draft.fact_ids, *draft.passage_ids)) or sorted(draft.finding_ids)
    return hashlib.sha256(json.dumps([draft.text, ids]).encode()).hexdigest()


def decisions(rows: Iterable[Mapping[str, Any]]) -> dict[str, Decision]:
    """The decisions that hold, of rows of ``CLAIM_DECISIONS`` in the order in which they were made: the last counts."""
    found: dict[str, Decision] = {}
    for row in rows:
        one = key(drafted(row))
        found.pop(one, None)
        if row["decision"] != "withdrawn":
            found[one] = Decision(
                row["decision_id"], row["decision"], row["reviewer"], row["decided_at"].date(),
                row["new_text"] or "", row["note"] or "",
            )  # fmt: skip
    return found


def drafted(row: Mapping[str, Any]) -> Draft:
    """The sentence of a row that has the text and the lists of ids of a claim."""
    return Draft(row["text"], tuple(row["fact_ids"]), tuple(row["finding_ids"]), tuple(row["passage_ids"]))


def edited(draft: Draft, decision: Decision) -> Draft:
    """The sentence in the reviewer's words, on the same evidence."""
    return replace(draft, text=decision.new_text, writer=REVIEWER, call_id="")


@dataclass(frozen=True, slots=True)
class Settled:
    """A sentence as reviewers left it, and the last decision on it; ``failed`` is an edit that the gate refuses now."""

    draft: Draft
    decision: Decision | None = None
    failed: tuple[Draft, gate.Verdict, Decision] | None = None

    @property
    def rejected(self) -> bool:
        return self.decision is not None and self.decision.kind == "rejected"


def settled(draft: Draft, found: Decisions, evidence: Evidence) -> Settled:
    """Follow the decisions on a sentence and on what it was edited into. An edit that the gate refuses now is none."""
    last = None
    seen = {draft.text}
    while (decision := found.get(key(draft))) is not None:
        if decision.kind != "edited":
            return Settled(draft, decision)
        made = edited(draft, decision)
        if made.text in seen:
            break
        verdict = gate.judge(made, evidence)
        if not verdict.kept:
            return Settled(draft, last, (made, verdict, decision))
        seen.add(made.text)
        draft, last = made, decision
    return Settled(draft, last)


def fingerprint(found: Decisions) -> str:
    """Hash of the decisions that hold; empty if there are none."""
    if not found:
        return ""
    said = sorted((one, d.kind, d.new_text, d.reviewer, str(d.decided_on), d.note) for one, d in found.items())
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
