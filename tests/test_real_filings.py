"""A real annual report, from the file to the report and back: skipped where the real data are absent."""

import json
from pathlib import Path

import pytest

from market_research.settings import Settings
from resources.intake import ingest_files
from resources.runner import run_industries
from resources.trace import as_frame, trace
from resources.workspace import Workspace

# Revenue as the filing's consolidated statement of operations states it, in dollars.
NETFLIX_REVENUE = {2022: 31_615_550_000, 2023: 33_723_297_000, 2024: 39_000_966_000}


@pytest.fixture(scope="module")
def netflix(tmp_path_factory: pytest.TempPathFactory, real_data: Path, models_folder: Path) -> Workspace:
    home = tmp_path_factory.mktemp("netflix")
    (home / "models").symlink_to(models_folder)
    workspace = Workspace(Settings(home=home))
    done = ingest_files(workspace, [real_data / "sec_10k" / "nflx-10-k-2025-01-27.html"], "streaming")
    assert done.created
    assert done.refused.is_empty()
    run_industries(workspace, ["streaming"])
    return workspace


def test_revenue_of_each_fiscal_year_is_in_facts_to_the_dollar(netflix: Workspace) -> None:
    rows = netflix.warehouse.query(
        "SELECT DISTINCT fiscal_year, value FROM facts WHERE metric = 'revenue' AND dimensions = '' "
        "AND period_kind = 'annual' AND method = 'reported' ORDER BY fiscal_year"
    ).rows()
    assert dict(rows) == NETFLIX_REVENUE


def test_the_report_comes_in_five_formats_and_states_the_revenue(netflix: Workspace) -> None:
    edition = netflix.warehouse.query("SELECT * FROM editions").row(0, named=True)
    for kind in ("json", "md", "html", "pdf", "docx"):
        assert (netflix.settings.root / edition[f"{kind}_path"]).stat().st_size > 10_000
    report = json.loads((netflix.settings.root / edition["json_path"]).read_text("utf-8"))
    assert report["claims_refused"] == 0
    assert "$39.0 billion" in json.dumps(report["sections"])


def test_a_number_of_the_report_is_traced_to_the_tag_in_the_filing(netflix: Workspace) -> None:
    claim = netflix.warehouse.query(
        "SELECT claim_id FROM claims WHERE text LIKE 'Netflix reported revenue of $39.0 billion%' LIMIT 1"
    ).item()
    chain = as_frame(trace(netflix, claim))
    texts = chain["text"].to_list()
    assert any("39,000,966,000 USD" in text for text in texts)
    assert any("nflx-10-k-2025-01-27.html" in text for text in texts)
    assert any(text.startswith("at xbrl #") and "39,000,966" in text for text in texts)


def test_items_became_passages_with_their_headings(netflix: Workspace) -> None:
    headings = netflix.warehouse.query("SELECT DISTINCT split_part(heading, ' > ', 1) AS item FROM passages")["item"]
    found = " ".join(headings.drop_nulls().to_list()).lower()
    assert "business" in found
    assert "risk factors" in found
    assert "management" in found
