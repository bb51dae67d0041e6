"""How much attention the subjects of an industry get, and whether it grows: page views, downloads, stories."""

from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, say, within
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

INPUT = "attention"
MEASURES = {
    "page_views": "The Wikipedia article on {subject} had {count} page views",
    "downloads": "The package {subject} had {count} downloads",
    "hacker_news_points": "Stories on {subject} scored {count} on Hacker News",
}
FEWEST = {"page_views": 1_000, "downloads": 1_000, "hacker_news_points": 50}
"""Below these counts a month, a change says little."""
TOLD = 3


def note(tables: pl.DataFrame, notebook: Notebook) -> None:
    """Findings attention_change (the subjects of each measure that moved most in a year) and attention_level.

    Args:
        tables: rows of the mart ``attention``.
        notebook: where findings go.
    """
    latest = tables.filter(pl.col("is_latest")).sort("subject", "series")
    for measure in MEASURES:
        rows = latest.filter(pl.col("measure") == measure, pl.col("value") >= FEWEST[measure])
        newest = rows.filter(pl.col("month") == pl.col("month").max())
        # The same month for all, or the season would tell them apart.
        moved = newest.filter(pl.col("change_1y_pct").is_not_null(), pl.col("prior_value") >= FEWEST[measure])
        if moved.height:
            strongest = moved.sort(pl.col("change_1y_pct").abs(), "subject", descending=[True, False]).head(TOLD)
            _changes(notebook, measure, strongest.to_dicts(), newest.to_dicts())
        elif newest.height:
            most = newest.sort("value", "subject", descending=[True, False]).row(0, named=True)
            _level(notebook, measure, most)


def _changes(notebook: Notebook, measure: str, moved: list[dict[str, Any]], all_rows: list[dict[str, Any]]) -> None:
    first = moved[0]
    sentences = [_change(notebook, measure, row) for row in moved]
    most = max(all_rows, key=lambda row: (row["value"], row["subject"]))
    meaning: list[Draft] = []
    if len(all_rows) > 1 and most["subject"] != first["subject"]:
        total = _month(notebook, measure, most)
        meaning.append(
            say(f"Most attention went to {_named(notebook, most)}, with {numbers.plain(total.value)}.", total)
        )
    notebook.find(
        "attention_change", sentences, meaning=meaning, about=first["subject"], value=first["change_1y_pct"],
        unit="percent", confidence=75 if len(all_rows) > 1 else 65,
    )  # fmt: skip


def _change(notebook: Notebook, measure: str, row: dict[str, Any]) -> Draft:
    now = _month(notebook, measure, row)
    change = notebook.book.derive(
        f"{measure}_change", row["subject"], row["change_1y_pct"], "percent",
        formula="100 * (sum of the month / sum of the same month a year before - 1)",
        inputs=[*row["fact_ids"], *row["prior_fact_ids"]], period=(None, now.period_end), dimensions=row["series"],
    )  # fmt: skip
    size = numbers.percent(abs(change.value))
    moved = f"{size} more than" if change.value > 0 else f"a fall of {size} from"
    than = f"{moved} a year before" if numbers.round_half_up(change.value, 1) else "as many as a year before"
    return say(f"{_said(notebook, measure, row, now)}, {than}.", now, change)


def _level(notebook: Notebook, measure: str, row: dict[str, Any]) -> None:
    now = _month(notebook, measure, row)
    sentence = say(f"{_said(notebook, measure, row, now)}; there is no figure of a year before.", now)
    notebook.find("attention_level", [sentence], about=row["subject"], value=now.value, unit="count", confidence=60)


def _said(notebook: Notebook, measure: str, row: dict[str, Any], now: Fact) -> str:
    text = MEASURES[measure].format(subject=_named(notebook, row), count=numbers.plain(now.value))
    return f"{text} in {row['month']:%B %Y}"


def _named(notebook: Notebook, row: dict[str, Any]) -> str:
    """The subject within a sentence: things lose their capital, companies and packages keep their names."""
    request = notebook.subject.request
    things = {*request.technologies, *request.keywords}
    return within(row["subject"]) if row["subject"] in things else str(row["subject"])


def _month(notebook: Notebook, measure: str, row: dict[str, Any]) -> Fact:
    """The month's figure: the one that was reported, or the sum of those of its days."""
    reported = notebook.book.facts.get(row["fact_ids"][0]) if len(row["fact_ids"]) == 1 else None
    if reported is not None:
        return reported
    ends = [fact.period_end for i in row["fact_ids"] if (fact := notebook.book.facts.get(i)) and fact.period_end]
    return notebook.book.derive(
        f"{measure}_of_month", row["subject"], row["value"], "count", formula="sum of the month",
        inputs=row["fact_ids"], period=(row["month"], max(ends, default=row["month"])), dimensions=row["series"],
    )  # fmt: skip
