"""The same inputs give the same bytes, wherever, whenever and in whatever order they came."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.conftest import INDUSTRY, LITTLE
from e2e.house import FEED, FILES, House, results, same_bytes
from resources.intake import ingest_files


@pytest.mark.long
def test_another_folder_process_clock_and_order_of_industries_change_no_byte(
    finished: House, new_house: Callable[[str], House], tmp_path: Path
) -> None:
    other = new_house("elsewhere with a space")
    other.define(INDUSTRY)
    other.put(INDUSTRY, *reversed(FILES))
    other.put_little(LITTLE)
    for path in (other.root / "inbox" / INDUSTRY).rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    workplace = tmp_path / "cwd"
    workplace.mkdir()
    env = {"PYTHONHASHSEED": "20", "TZ": "America/Los_Angeles", "LC_ALL": "C.UTF-8"}
    other.cli("run", "--industry", LITTLE, "--industry", INDUSTRY, env=env, cwd=workplace)
    for industry in (INDUSTRY, LITTLE):
        assert same_bytes(finished.report(industry), other.report(industry)) == [], industry


@pytest.mark.long
def test_documents_that_came_one_by_one_give_the_bytes_of_all_at_once(
    finished: House, new_house: Callable[[str], House], tmp_path: Path
) -> None:
    slow = new_house("slow")
    slow.ask(LITTLE)
    for name, content in (("news.rss", FEED), ("results.csv", results(extra=5)), ("results.csv", results())):
        path = tmp_path / name
        path.write_text(content, "utf-8")
        ingest_files(slow.workspace, [path], LITTLE)
        slow.run(LITTLE)
    assert len(slow.query("SELECT * FROM editions")) == 3
    assert same_bytes(finished.report(LITTLE), slow.report(LITTLE)) == []


def test_making_everything_again_changes_no_byte_and_no_row(house: House, finished: House) -> None:
    (house.root / "reports" / LITTLE / house.newest(LITTLE) / "report.pdf").write_bytes(b"%PDF-1.7 tampered")
    house.run(LITTLE, force=True)
    assert same_bytes(finished.report(LITTLE), house.report(LITTLE)) == []
    for table in ("facts", "findings", "claims", "passages", "market_share", "industries"):
        rows = f"SELECT * FROM {table} ORDER BY ALL"
        assert house.query(rows) == finished.query(rows), table


def test_an_unchanged_industry_is_left_alone(house: House, tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text(results(), "utf-8")
    before = {path: path.stat().st_mtime_ns for path in house.root.rglob("*") if path.is_file()}
    ingest_files(house.workspace, [tmp_path / "results.csv"], LITTLE)
    assert [ran.unchanged for ran in house.run(LITTLE)] == [True]
    after = {path: path.stat().st_mtime_ns for path in house.root.rglob("*") if path.is_file()}
    assert {path for path in after if after[path] != before.get(path) and path.suffix != ".lock"} == set()
