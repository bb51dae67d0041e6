"""A reviewer decides on an edition's claims, and the next editions remember while the evidence is unchanged."""

import json

import pytest

from e2e.conftest import LITTLE
from e2e.house import House

pytestmark = pytest.mark.usefixtures("light_reports")


def claims(house: House) -> list[dict[str, str]]:
    listed = house.cli("review", LITTLE, "--list", "--format", "json")
    rows: list[dict[str, str]] = json.loads(listed.stdout)
    return rows


@pytest.mark.long
def test_the_next_editions_remember_while_the_evidence_is_unchanged(house: House) -> None:
    first = house.newest(LITTLE)
    kept = [c for c in claims(house) if c["verdict"] == "kept" and c["section"] == "industry_analysis"]
    about = [c for c in kept if " from $" in c["text"] or "revenue" in c["text"]]
    approved, rejected = about[0], about[1]
    house.cli("review", LITTLE, "--claim", approved["claim_id"], "--approve", "--reviewer", "Ada")
    house.cli("review", first, "-c", rejected["claim_id"], "--reject", "--note", "Old news.", "--reviewer", "Ada")
    lie = house.cli("review", LITTLE, "-c", about[2]["claim_id"], "--edit", "Alder took $977 billion.", check=False)
    assert lie.returncode == 1
    assert "The gate refuses this edit" in lie.stderr
    house.run(LITTLE)
    second = house.newest(LITTLE)
    assert second != first
    decided = house.query(
        "SELECT text, verdict, review, reason FROM claims WHERE edition_id = ? AND review IS NOT NULL ORDER BY review",
        [second],
    )
    assert {(text, verdict, review) for text, verdict, review, _ in decided} == {
        (approved["text"], "kept", "approved"), (rejected["text"], "refused", "rejected")
    }  # fmt: skip
    assert any(reason and reason.endswith("Old news.") for *_, reason in decided)
    said = house.report(LITTLE)["md"].decode()
    assert rejected["text"] not in said
    house.run(LITTLE)
    assert house.newest(LITTLE) == second
    # Another figure of the year makes other evidence: what was decided of the old sentence speaks no longer.
    house.put_little(LITTLE, extra=300)
    house.run(LITTLE)
    assert house.query("SELECT count(*) FROM claims WHERE edition_id = ? AND review IS NOT NULL",
                       [house.newest(LITTLE)]) == [(0,)]  # fmt: skip
    log = house.query("SELECT decision, reviewer, note FROM claim_decisions ORDER BY decided_at")
    assert log == [("approved", "Ada", None), ("rejected", "Ada", "Old news.")]
