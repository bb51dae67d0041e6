"""`market-research report --instruction FILE`: a report as its reader asked for it, beside the industry's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.conftest import LITTLE
from e2e.house import House
from tests.language_model.provider import Provider, serving
from tests.writing.llm.authors import honest

pytestmark = pytest.mark.usefixtures("light_reports")

KEY = "sk-loopback-0123456789abcdef"
MODEL = "openai/gpt-4o-mini"
ASKED = f"""---
industry: {LITTLE}
title: Alder and Birch
sections: [competitive_landscape, industry_analysis]
companies: [Alder, Birch]
start_year: 2022
formats: [md, html]
---
Dwell on who gained.
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(key=KEY) as server:
        server.behave(honest)
        yield server


def test_the_report_asked_for_stands_beside_the_industrys_own(house: House, tmp_path: Path) -> None:
    own = house.newest(LITTLE)
    file = tmp_path / "two.md"
    file.write_text(ASKED)
    done = house.cli("report", "--instruction", file)
    (made,) = house.query("SELECT edition_id, md_path, pdf_path FROM editions WHERE instruction = 'two.md'")
    assert str(house.root / "reports" / LITTLE / made[0] / "report.md") in done.stdout
    assert made[2] is None
    text = (house.root / made[1]).read_text()
    assert "# Alder and Birch" in text
    said = house.query("SELECT text FROM claims WHERE edition_id = ? AND verdict = 'kept'", [made[0]])
    # Whom a quotation names is its source's affair.
    assert not [one for (one,) in said if ("Cedar" in one or "Dogwood" in one) and "“" not in one]
    kept = house.query(
        "SELECT DISTINCT f.entity, f.fiscal_year FROM claims AS c, unnest(c.fact_ids) AS u(fact_id) "
        "JOIN facts AS f USING (fact_id) WHERE c.edition_id = ? AND c.verdict = 'kept' AND f.document_id IS NOT NULL",
        [made[0]],
    )
    assert kept
    assert {name for name, _ in kept} <= {"Alder", "Birch"}
    assert min(year for _, year in kept) >= 2022
    # The industry's own report is still what its name means, and is not made again for this.
    assert house.cli("report", "show", LITTLE).stdout == house.cli("report", "show", own).stdout
    missing = house.cli("report", "open", made[0], "--format", "pdf", check=False)
    assert missing.returncode == 1
    assert "asked for json, html, md" in missing.stderr
    assert [ran.unchanged for ran in house.run(LITTLE)] == [True]
    # Asked for again, it is the same edition.
    house.cli("report", "--instruction", file)
    assert house.query("SELECT count(*) FROM editions WHERE instruction = 'two.md'") == [(1,)]


def test_a_query_chooses_the_evidence_and_the_readers_words_reach_the_model(
    house: House, tmp_path: Path, provider: Provider
) -> None:
    file = tmp_path / "alder.md"
    query = "SELECT finding_id FROM findings WHERE kind = 'market_growth'"
    file.write_text(f'---\nindustry: {LITTLE}\ndata: "{query}"\nformats: [md]\n---\nTell me about Alder\'s growth.\n')
    env = {"OPENAI_API_KEY": KEY, "MARKET_RESEARCH_LLM": MODEL, "MARKET_RESEARCH_LLM_API_BASE": provider.url}
    house.cli("report", "--instruction", file, env=env)
    assert provider.asked
    assert all("Tell me about Alder's growth." in asked.last for asked in provider.asked if "Questions" in asked.last)
    said = house.query(
        "SELECT c.text, c.passage_ids FROM editions AS e JOIN claims AS c USING (edition_id) "
        "WHERE e.instruction = 'alder.md' AND c.verdict = 'kept' AND c.writer = ?", [MODEL]
    )  # fmt: skip
    chosen = {one for (one,) in house.query(query.replace("finding_id", "statement"))}
    assert chosen & {text for text, _ in said}
    assert not [text for text, passages in said if passages]
    file.write_text(f"---\nindustry: {LITTLE}\ndata: SELECT fact_id FROM facts WHERE value > 1e30\n---\nGrowth.\n")
    nothing = house.cli("report", "--instruction", file, check=False)
    assert nothing.returncode == 1
    assert "the query finds nothing" in nothing.stderr
