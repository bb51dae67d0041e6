"""Nothing is lost: every row of every messy file is staged or set aside, counted here by other means than the readers'.

A row that stands in the lake may have cells set aside as well; it counts once. A document that is refused or set aside
as a whole takes its rows with it, and there is a reason for all of them together.
"""

import csv
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from market_research.cleaning.schema import DOCUMENTS, PASSAGES, PRICES, QUARANTINE, TABLE_ROWS
from resources.checks import check_table
from resources.inbox import collect
from resources.lake import Lake
from resources.staging import stage_industry

KEY = "messy"
WHOLE = {"document", "whole file"}
BARS = ("messy_csvkit/realdata/event-notification-rpt-lastmonth.txt",)
# Records above the header: an empty one and a title.
ABOVE = {"messy_csvkit/realdata/Datagov_FY10_EDU_recp_by_State.csv": 2}
FOLDERS = {
    "messy_csvkit": 20,
    "messy_csvtest": 40,
    "messy_json": 300,
    "rss_feeds": 14,
    "macro": 6,
    "tech_adoption": 11,
    "fortune500": 60,
}


@dataclass(frozen=True)
class Stored:
    """What the lake has of one file: places of rows, places set aside, and reasons for the file as a whole."""

    rows: set[str]
    texts: set[str]
    aside: set[str]
    reasons: list[str]

    @property
    def rejected(self) -> set[str]:
        """Places set aside that are rows of their own, not cells of rows that are stored."""
        return {place for place in self.aside if not any(_is_within(place, row) for row in self.rows)}


def _is_within(place: str, row: str) -> bool:
    return place == row or place.startswith((f"{row},", f"{row}.", f"{row}["))


@pytest.fixture(scope="module")
def lake(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("accounting")
    for name in FOLDERS:
        shutil.copytree(real_data / name, folder / "inbox" / name)
    made = Lake(folder / "lake")
    collect(made, folder / "inbox", KEY, max_bytes=2**28)
    stage_industry(made, KEY)
    return made


@pytest.fixture(scope="module")
def stored(lake: Lake) -> dict[str, Stored]:
    documents = lake.read("staged", DOCUMENTS, KEY).select("document_id", "path")
    place = pl.coalesce("locator", pl.format("row {}", "row_number"))
    prices = lake.read("staged", PRICES, KEY).select("document_id", locator=place)
    rows = pl.concat([lake.read("staged", TABLE_ROWS, KEY).select("document_id", "locator"), prices])
    places = {
        "rows": rows.join(documents, on="document_id"),
        "texts": lake.read("staged", PASSAGES, KEY).join(documents, on="document_id"),
        "aside": lake.read("staged", QUARANTINE, KEY).rename({"uri": "path"}),
    }
    found: dict[str, dict[str, set[str]]] = {
        name: {path: set(each) for path, each in frame.group_by("path").agg("locator").iter_rows()}
        for name, frame in places.items()
    }
    reasons: dict[str, list[str]] = {}
    for path, reason in places["aside"].filter(pl.col("locator").is_in(sorted(WHOLE))).select("path", "reason").rows():
        reasons.setdefault(path, []).append(reason)
    paths = set(documents["path"]) | set(reasons)
    return {
        path: Stored(
            *(found[name].get(path, set()) for name in ("rows", "texts")),
            found["aside"].get(path, set()) - WHOLE,
            reasons.get(path, []),
        )
        for path in paths
    }


def text_of(path: Path) -> str:
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def csv_rows(text: str, delimiter: str) -> int:
    """Records below the header, by the standard library without strictness; blank lines are none."""
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return sum(1 for record in records if len(record) > 1 or any(map(str.strip, record))) - 1


def dialect(text: str) -> str:
    head = text.lstrip("\r\n").splitlines()[0]
    return max(",;\t|", key=head.count)


def json_rows(document: Any) -> int:
    """Objects of a list; rows below a list of names; of an object its lists of objects, and itself if more is in it."""
    if isinstance(document, list):
        lists = len(document) > 1 and all(isinstance(item, list) for item in document)
        headed = lists and all(isinstance(name, str) for name in document[0])
        return len(document) - headed
    tables = [v for v in document.values() if isinstance(v, list) and v and all(isinstance(item, dict) for item in v)]
    return sum(map(len, tables)) + (len(tables) < len(document) or not tables)


def rows_in(path: Path, name: str) -> int:
    text = text_of(path)
    if name in BARS:
        return csv_rows(text, "|")
    if path.suffix == ".csv":
        return csv_rows(text, dialect(text)) - ABOVE.get(name, 0)
    try:
        return json_rows(json.loads(text))
    except ValueError:
        return len([line for line in text.split("\n") if line.strip()])


@pytest.mark.parametrize(("folder", "at_least"), FOLDERS.items())
def test_rows_in_are_rows_staged_and_rows_set_aside(
    real_data: Path, stored: dict[str, Stored], folder: str, at_least: int
) -> None:
    import feedparser

    wrong = []
    paths = sorted(path for path in (real_data / folder).rglob("*") if path.is_file())
    assert len(paths) >= at_least
    for path in paths:
        name = path.relative_to(real_data).as_posix()
        found = stored.get(name)
        if found is None:
            wrong.append(f"{name} left no trace")
        elif found.reasons:
            continue
        elif path.suffix in {".rss", ".atom"}:
            items = len(feedparser.parse(path.read_bytes()).entries)
            if items != len(found.texts | found.rejected) and (items or not found.texts):
                wrong.append(f"{name}: {items} items, {len(found.texts)} stored, {len(found.rejected)} set aside")
        elif path.suffix == ".txt" and name not in BARS:
            if not found.texts:
                wrong.append(f"{name}: none of its text is stored")
        elif rows_in(path, name) != len(found.rows) + len(found.rejected):
            wrong.append(f"{name}: {rows_in(path, name)} in, {len(found.rows)} stored, {sorted(found.rejected)[:9]}")
    assert wrong == []


def test_what_is_staged_of_them_keeps_the_rules_of_its_tables(lake: Lake) -> None:
    for table in (DOCUMENTS, PASSAGES, TABLE_ROWS, PRICES, QUARANTINE):
        outcome = check_table(lake, "staged", table, KEY)
        assert outcome.passed, outcome.failures
