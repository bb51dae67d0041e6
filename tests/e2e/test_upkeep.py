"""Versions, corrections and deletions through whole runs: what analysts see in the warehouse follows."""

from datetime import UTC, datetime

import pytest

from e2e.conftest import LITTLE
from e2e.house import House, results, same_bytes
from resources.trace import as_frame, trace
from resources.upkeep import correct, delete

pytestmark = pytest.mark.usefixtures("light_reports")

REVENUE = "metric = 'revenue' AND entity = 'Alder' AND fiscal_year = 2024"


@pytest.mark.long
def test_a_replaced_table_stays_findable_and_can_be_deleted_for_good(house: House) -> None:
    (before,) = house.query(f"SELECT value FROM facts WHERE industry = ? AND {REVENUE}", [LITTLE])[0]
    house.put_little(LITTLE, extra=9)
    house.run(LITTLE)
    history = f"SELECT value, ended_by FROM facts_history WHERE industry = ? AND {REVENUE} ORDER BY valid_from"
    assert house.query(history, [LITTLE]) == [(before, "replaced"), (before + 9e6, None)]
    stated = f"SELECT value, is_used FROM restatements WHERE industry = ? AND {REVENUE} ORDER BY version"
    assert house.query(stated, [LITTLE]) == [(before, False), (before + 9e6, True)]
    old = f"SELECT fact_id, document_id FROM superseded_facts WHERE industry = ? AND {REVENUE}"
    ((fact_id, document_id),) = house.query(old, [LITTLE])
    told = as_frame(trace(house.workspace, fact_id))["text"].to_list()
    assert "replaced" in told[0]
    assert "4000" not in told[-1]
    assert "5200" in told[-1]

    report, edition = house.report(LITTLE), house.newest(LITTLE)
    workspace = house.workspace
    delete(workspace.lake, LITTLE, inbox=workspace.inbox(LITTLE), document_id=document_id, reason="licence withdrawn")
    house.run(LITTLE)
    assert house.query(old, [LITTLE]) == []
    assert house.newest(LITTLE) == edition
    assert same_bytes(report, house.report(LITTLE)) == []
    log = house.query("SELECT record_id, reason FROM audit_log WHERE operation = 'delete'")
    assert log == [(document_id, "licence withdrawn")]
    assert [ran.unchanged for ran in house.run(LITTLE)] == [True]


def test_a_corrected_figure_is_used_and_leads_back_to_the_original_and_its_place(house: House) -> None:
    ((original, value),) = house.query(f"SELECT fact_id, value FROM facts WHERE industry = ? AND {REVENUE}", [LITTLE])
    edition = house.newest(LITTLE)
    corrected = correct(house.workspace.lake, LITTLE, original, value * 2, reason="misprint", now=datetime.now(UTC))
    assert [ran.unchanged for ran in house.run(LITTLE)] == [False]
    assert house.newest(LITTLE) != edition
    share = (
        "SELECT fact_id, revenue_usd FROM market_share WHERE industry = ? AND company = 'Alder' AND fiscal_year = 2024"
    )
    assert house.query(share, [LITTLE]) == [(corrected, value * 2)]
    told = as_frame(trace(house.workspace, corrected)).rows()
    assert [row[1] for row in told[:2]] == [corrected, original]
    assert "misprint" in told[0][2]
    assert "corrected" in told[1][2]
    assert "results.csv" in told[2][2]
    assert results().splitlines()[4].split(",")[2] in told[-1][2]
