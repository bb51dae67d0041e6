"""Real 10-K filings as the SEC has them, dropped into a new industry: their figures to the dollar, in a report."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.house import FORMATS, House
from e2e.test_evidence import words

# Revenue as the filings' income statements print it, in dollars; fiscal years by the Compustat rule.
REVENUE = {
    "nvda": {2024: 130_497_000_000, 2023: 60_922_000_000, 2022: 26_974_000_000},
    "wmt": {2024: 680_985_000_000, 2023: 648_125_000_000, 2022: 611_289_000_000},
}
ALL = "MARKET_RESEARCH_ALL_FILINGS"
# Read before the tests' own environment is made, which has no settings of the person who runs them.
WANTED = bool(os.environ.get(ALL))


@pytest.mark.parametrize("ticker", REVENUE)
def test_a_real_filing_becomes_facts_to_the_dollar_and_a_traceable_report(
    ticker: str, real_data: Path, new_house: Callable[[str], House], tmp_path: Path
) -> None:
    if not WANTED:
        pytest.skip(f"one filing, of another company, is enough in every run; {ALL}=1 takes these too")
    house = new_house("home")
    given = tmp_path / "10-K.html"
    shutil.copyfile(next((real_data / "sec_10k").glob(f"{ticker}-*.html")), given)
    house.cli("ingest", given, "--industry", "fresh")
    house.cli("run", "--industry", "fresh")
    report = house.report("fresh")
    assert set(report) == set(FORMATS)
    assert all(report.values())
    stated = dict(house.query("SELECT fiscal_year, value FROM annual_facts WHERE metric = 'revenue'"))
    assert {year: stated[year] for year in REVENUE[ticker]} == REVENUE[ticker]
    for year, value in REVENUE[ticker].items():
        reported = "SELECT count(*) FROM facts WHERE fiscal_year = ? AND value = ? AND unit = 'USD' AND dimensions = ''"
        assert house.query(reported, [year, value])[0][0] >= 1
    newest = max(stated)
    shown = f"${stated[newest] / 1e9:.1f}billion"
    assert shown in words(report["md"], "md"), shown

    claims = house.query(
        """SELECT c.claim_id, f.fact_id, f.raw FROM claims AS c, unnest(c.fact_ids) AS cited(id)
        JOIN facts AS f ON f.fact_id = cited.id WHERE c.verdict = 'kept' AND f.metric = 'revenue' AND f.fiscal_year = ?
        AND f.raw IS NOT NULL ORDER BY c.ordinal LIMIT 1""",
        [newest],
    )
    claim_id, fact_id, raw = claims[0]
    printed = house.cli("trace", claim_id, env={"COLUMNS": "400"}).stdout
    assert fact_id in printed
    assert "file 10-K.html" in printed
    place = re.search(rf"{fact_id}.*?at ([^\n]+?): '([^']*)'", printed, re.DOTALL)
    assert place
    assert raw in place[2]
    stored = Path(re.findall(r"bytes in (\S+)", printed)[0])
    assert stored.read_bytes() == given.read_bytes()
