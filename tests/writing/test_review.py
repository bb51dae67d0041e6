"""Decisions of reviewers: what they hold for, what they change in a report, and that the gate stands above them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from market_research.report.assemble import Edition, assemble
from market_research.writing import review
from market_research.writing.evidence import REVIEWER, Draft, Evidence, Fact, Passage
from market_research.writing.outline import Gap, Outline, Paragraph, Refused, Section

FACT = Fact("fact_1", "Alder", "revenue", 4.2e9, "USD", fiscal_year=2023)
OTHER = Fact("fact_2", "Alder", "revenue", 3.1e9, "USD", fiscal_year=2022)
PASSAGE = Passage("pass_1", "doc_1", "Alder opened its third mill and said that demand is rising.")
EVIDENCE = Evidence("timber", {"fact_1": FACT, "fact_2": OTHER}, {}, {"pass_1": PASSAGE}, {"Alder": "Alder"})
TRUE = Draft("Alder took $4.2 billion of revenue in fiscal 2023.", ("fact_1",))


def row(draft: Draft, kind: str, new_text: str = "", at: int = 1) -> dict[str, Any]:
    return {
        "decision_id": f"deci_{at}", "text": draft.text, "fact_ids": list(draft.fact_ids),
        "finding_ids": list(draft.finding_ids), "passage_ids": list(draft.passage_ids), "decision": kind,
        "new_text": new_text or None, "reviewer": "Ada", "note": None, "decided_at": datetime(2026, 1, at, tzinfo=UTC),
    }  # fmt: skip


def made(draft: Draft, *rows: dict[str, Any], evidence: Evidence = EVIDENCE) -> tuple[list[str], list[dict[str, Any]]]:
    """Sentences of a report of this one, and its claims."""
    import polars as pl

    documents = pl.DataFrame([{"document_id": "doc_1", "title": "Notes", "publisher": None, "kind": "news",
                               "published_at": None, "uri": "n", "licence": None, "sha256": "0"}])  # fmt: skip
    block = Refused(draft, "was said badly") if draft.writer == "refused" else Paragraph((draft,))
    sections = (Section("one", "One", [block, Gap(Draft("Alder opened its third mill.", (), (), ("pass_1",)))]),)
    outline = Outline("T", "S", "P", "offline", (), (), sections)
    edition = Edition("ed_0123456789abcdef", "timber", date(2026, 1, 1), "0" * 64)
    report, claims = assemble(outline, edition, evidence, documents, review.decisions(rows))
    texts = [
        s.text for section in report.sections for b in section.blocks if b.type == "paragraph" for s in b.sentences
    ]
    return texts, claims.to_dicts()


def test_an_approved_sentence_stands_and_says_that_it_was_approved() -> None:
    texts, claims = made(TRUE, row(TRUE, "approved"))
    assert texts == [TRUE.text]
    assert (claims[0]["review"], claims[0]["decision_id"], claims[0]["writer"]) == ("approved", "deci_1", "offline")
    assert claims[1]["review"] is None


def test_a_rejected_sentence_is_left_out_with_who_and_when() -> None:
    texts, claims = made(TRUE, row(TRUE, "rejected") | {"note": "Old news."})
    assert texts == []
    assert (claims[0]["verdict"], claims[0]["review"]) == ("refused", "rejected")
    assert claims[0]["reason"] == "rejected by Ada on 2026-01-01: Old news."


def test_an_edited_sentence_stands_in_the_reviewers_words() -> None:
    words = "In fiscal 2023 the revenue of Alder came to $4.2 billion."
    texts, claims = made(TRUE, row(TRUE, "edited", words))
    assert texts == [words]
    assert (claims[0]["text"], claims[0]["writer"], claims[0]["review"]) == (words, REVIEWER, "edited")


def test_an_edit_that_the_gate_refuses_now_is_recorded_and_the_sentence_stands_as_it_was() -> None:
    wrong = "Alder took $9.2 billion of revenue in fiscal 2023."
    texts, claims = made(TRUE, row(TRUE, "edited", wrong))
    assert texts == [TRUE.text]
    assert [(c["text"], c["verdict"]) for c in claims[:2]] == [(wrong, "refused"), (TRUE.text, "kept")]


@pytest.mark.parametrize(
    "changed",
    [replace(TRUE, fact_ids=("fact_1", "fact_2")), replace(TRUE, text=TRUE.text.replace("took", "had"))],
    ids=["evidence", "words"],
)
def test_a_decision_holds_for_the_same_words_on_the_same_evidence_only(changed: Draft) -> None:
    texts, claims = made(changed, row(TRUE, "rejected"))
    assert texts == [changed.text]
    assert claims[0]["review"] is None


def test_the_order_of_citations_and_the_days_finding_do_not_matter() -> None:
    cited = replace(TRUE, fact_ids=("fact_2", "fact_1"), finding_ids=("find_1",))
    assert review.key(cited) == review.key(replace(TRUE, fact_ids=("fact_1", "fact_2"), finding_ids=("find_2",)))
    assert review.key(Draft("x", (), ("find_1",))) != review.key(Draft("x", (), ("find_2",)))


def test_the_last_decision_counts_and_a_withdrawn_one_is_gone() -> None:
    assert made(TRUE, row(TRUE, "rejected"), row(TRUE, "approved", at=2))[1][0]["review"] == "approved"
    texts, claims = made(TRUE, row(TRUE, "rejected"), row(TRUE, "withdrawn", at=2))
    assert texts == [TRUE.text]
    assert claims[0]["review"] is None


def test_an_edited_sentence_can_be_edited_again_approved_or_rejected() -> None:
    one, two = "Alder had $4.2 billion of revenue in fiscal 2023.", "Revenue of Alder was $4.2 billion in fiscal 2023."
    edits = (row(TRUE, "edited", one), row(replace(TRUE, text=one), "edited", two, at=2))
    assert made(TRUE, *edits)[0] == [two]
    assert made(TRUE, *edits, row(replace(TRUE, text=two), "rejected", at=3))[0] == []
    texts, claims = made(TRUE, *edits, row(replace(TRUE, text=two), "approved", at=3))
    assert (texts, claims[0]["review"], claims[0]["writer"]) == ([two], "approved", REVIEWER)


def test_two_edits_that_lead_back_to_each_other_come_to_an_end() -> None:
    one = "Alder had $4.2 billion of revenue in fiscal 2023."
    assert made(TRUE, row(TRUE, "edited", one), row(replace(TRUE, text=one), "edited", TRUE.text, at=2))[0] == [one]


def test_a_refused_sentence_of_a_model_comes_back_in_the_reviewers_words() -> None:
    wrong = Draft("Alder took $9 trillion.", ("fact_1",), writer="refused")
    texts, claims = made(wrong, row(wrong, "edited", TRUE.text))
    assert texts == [TRUE.text]
    assert [(c["verdict"], c["writer"]) for c in claims[:2]] == [("refused", "refused"), ("kept", REVIEWER)]
    assert made(wrong, row(wrong, "approved"))[0] == []


def test_only_decisions_that_hold_change_the_fingerprint() -> None:
    assert review.fingerprint({}) == ""
    once = review.fingerprint(review.decisions([row(TRUE, "rejected")]))
    assert once != review.fingerprint(review.decisions([row(TRUE, "approved")]))
    back = review.decisions([row(TRUE, "rejected"), row(TRUE, "withdrawn", at=2)])
    assert review.fingerprint(back) == ""
