"""What sources count of attention, from their answers to the mart, the findings, and the sentences of the report."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from market_research.analysis.base import Subject
from market_research.analysis.run import ANALYSES, findings_from_frame, run_analysis
from market_research.cleaning.reference import reference_tables
from market_research.cleaning.schema import DOCUMENTS, FACTS
from market_research.connectors import wikipedia
from market_research.connectors.reading import segment
from market_research.industries import Company, ResearchRequest
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_all
from market_research.writing.evidence import Evidence, facts_from_frame
from market_research.writing.gate import judge
from resources.inbox import collect
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from resources.staging import stage_industry

KEY = "wood"
REQUEST = ResearchRequest(
    industry=KEY,
    title="Wood",
    companies=(Company(name="Alder", ticker="ALD"),),
    technologies=("Cross-laminated timber", "Glued beam"),
)
NOW = datetime(2026, 3, 15, tzinfo=UTC)
FIRST = date(2024, 1, 1)


def months(count: int) -> list[date]:
    return [date(FIRST.year + number // 12, number % 12 + 1, 1) for number in range(count)]


def views(article: str, counts: list[int]) -> dict[str, Any]:
    """Wikimedia's answer: page views of an article by month from January 2024."""
    items = [
        {"project": "en.wikipedia", "article": article, "granularity": "monthly", "timestamp": f"{month:%Y%m}0100",
         "views": count}
        for month, count in zip(months(len(counts)), counts, strict=True)
    ]  # fmt: skip
    return {"items": items}


def days(first: date, counts: list[int]) -> dict[str, Any]:
    """npm's answer: downloads by day."""
    listed = [{"downloads": n, "day": str(first + timedelta(number))} for number, n in enumerate(counts)]
    return {"start": str(first), "end": listed[-1]["day"], "package": "planks", "downloads": listed}


def stories(of: list[tuple[str, int, int]]) -> dict[str, Any]:
    """Hacker News' answer: stories with points and comments."""
    hits = [
        {"objectID": str(number), "title": f"Timber {number}", "url": "https://wood.example", "points": points,
         "num_comments": comments, "created_at": f"{day}T10:00:00Z"}
        for number, (day, points, comments) in enumerate(of)
    ]  # fmt: skip
    return {"hits": hits, "nbPages": 1}


class Made:
    """A lake with these answers staged, the mart, and what the analysis of technology finds in it."""

    def __init__(self, root: Path, answers: dict[str, Any]) -> None:
        lake = Lake(root / "lake")
        for source in {path.partition("/")[0] for path in answers}:
            rows = [
                _row(lake, source, path, answer) for path, answer in answers.items() if path.startswith(f"{source}/")
            ]
            lake.write("fetched", DOCUMENTS.name, KEY, DOCUMENTS.frame(rows), part=source)
        (root / "inbox").mkdir()
        collect(lake, root / "inbox", KEY, max_bytes=2**20)
        results = stage_industry(lake, KEY)
        assert not [result for result in results if result.reason or result.set_aside.height]
        documents = lake.read("staged", DOCUMENTS, KEY)
        stated = lake.read("staged", FACTS, KEY)["entity"].unique().to_list()
        for name, frame in reference_tables(REQUEST, documents, stated).items():
            lake.write("reference", name, KEY, frame)
        tables = read_all(SQL_FOLDER)
        made = {name: run_sql_table(lake, KEY, tables[name], tables) for name in ("facts", "attention", "annual_facts")}
        made["technology_adoption"] = run_sql_table(lake, KEY, tables["technology_adoption"], tables)
        self.mart = made["attention"]
        subject = Subject(REQUEST, NOW.date())
        findings, derived = run_analysis(ANALYSES["technology"], made, made["facts"], subject)
        self.findings = [found for found in findings_from_frame(findings) if found.kind != "gap"]
        facts = facts_from_frame(pl.concat([FACTS.conform(made["facts"]), derived]))
        self.evidence = Evidence(
            KEY,
            {fact.fact_id: fact for fact in facts},
            {f.finding_id: f for f in self.findings},
            {},
            {"Alder": "Alder"},
        )

    def refused(self) -> list[tuple[str, str | None]]:
        drafts = [draft for found in self.findings for draft in (*found.sentences, *found.meaning)]
        verdicts = [(draft.text, judge(draft, self.evidence)) for draft in drafts]
        return [(text, verdict.reason) for text, verdict in verdicts if not verdict.kept]


def _row(lake: Lake, source: str, path: str, answer: Any) -> dict[str, Any]:
    content = json.dumps(answer).encode()
    sha256 = lake.put_raw(content)
    return {
        "document_id": f"doc_{sha256[:16]}", "industry": KEY, "source": source, "kind": "", "uri": "https://x.example",
        "path": f"fetched/{path}", "media_type": "application/json", "title": path, "publisher": "",
        "published_at": None, "retrieved_at": NOW, "size_bytes": len(content), "sha256": sha256, "licence": None,
    }  # fmt: skip


def test_page_views_are_compared_with_the_same_month_a_year_before(tmp_path: Path) -> None:
    rising = [10_000 + 100 * number for number in range(26)]
    made = Made(
        tmp_path,
        {
            f"wikipedia/{segment('Cross-laminated timber')}/views.json": views("Cross-laminated_timber", rising),
            f"wikipedia/{segment('Alder')}/views.json": views("Alder_Inc.", [50_000] * 14 + [25_000] * 12),
        },
    )
    timber = made.mart.filter(pl.col("subject") == "Cross-laminated timber")
    assert timber["value"].to_list() == rising
    assert timber["is_complete"].all()
    newest = timber.row(-1, named=True)
    assert newest["month"] == date(2026, 2, 1)
    assert newest["is_latest"]
    assert newest["prior_value"] == rising[13]
    assert newest["change_1y_pct"] == pytest.approx(100 * (rising[25] / rising[13] - 1))
    assert newest["value_12m"] == sum(rising[14:])
    assert newest["change_12m_pct"] == pytest.approx(100 * (sum(rising[14:]) / sum(rising[2:14]) - 1))
    assert timber["change_1y_pct"].null_count() == 12
    (found,) = made.findings
    assert [draft.text for draft in found.sentences] == [
        "The Wikipedia article on Alder had 25,000 page views in February 2026, a fall of 50.0% from a year before.",
        "The Wikipedia article on cross-laminated timber had 12,500 page views in February 2026, 10.6% more than a "
        "year before.",
    ]
    assert made.refused() == []


def test_downloads_are_added_up_and_months_with_missing_days_are_not_compared(tmp_path: Path) -> None:
    counts = [1_000] * (31 + 28 + 31) + [1_000] * 275 + [1_500] * (31 + 28 + 10)
    made = Made(tmp_path, {"downloads/npm/planks/2025.json": days(date(2025, 1, 1), counts)})
    newest = made.mart.filter(pl.col("is_latest")).row(0, named=True)
    assert (newest["month"], newest["value"], newest["counted"]) == (date(2026, 2, 1), 42_000, 28)
    assert newest["change_1y_pct"] == pytest.approx(50)
    assert newest["series"] == "source=npm"
    last = made.mart.sort("month").row(-1, named=True)
    assert (last["is_complete"], last["change_1y_pct"]) == (False, None)
    (found,) = made.findings
    assert found.statement == (
        "The package planks had 42,000 downloads in February 2026, 50.0% more than a year before."
    )
    assert len(newest["fact_ids"]) == 28
    assert made.refused() == []


def test_points_of_stories_are_added_up_by_month(tmp_path: Path) -> None:
    told = [("2025-12-30", 5, 1), ("2026-01-05", 40, 9), ("2026-01-20", 60, 11), ("2026-02-02", 7, 0)]
    made = Made(tmp_path, {f"hacker_news/{segment('Glued beam')}/page-1.json": stories(told)})
    points = made.mart.filter(pl.col("measure") == "hacker_news_points").sort("month")
    assert points.select("value", "counted", "is_complete").rows() == [(5, 1, False), (100, 2, True), (7, 1, False)]
    assert made.mart.filter(pl.col("measure") == "hacker_news_comments")["value"].to_list() == [1, 20, 0]
    (found,) = made.findings
    assert found.kind == "attention_level"
    assert found.statement == (
        "Stories on glued beam scored 100 on Hacker News in January 2026; there is no figure of a year before."
    )
    assert made.refused() == []


def test_without_any_count_nothing_is_said(tmp_path: Path) -> None:
    made = Made(tmp_path, {f"wikipedia/{segment('Alder')}/views.json": views("Alder_Inc.", [])})
    assert made.mart.is_empty()
    assert made.findings == []
    assert wikipedia.CONNECTOR.name == "wikipedia"
